//! One-time events: debits, refunds, enquiries.

mod common;

use common::*;
use openmvno_charging::*;
use smallvec::smallvec;

fn sms(kind: Kind, session: &str, number: u32) -> Request<'_> {
    Request {
        service: SMS,
        ..request(kind, session, number)
    }
}

#[test]
fn a_message_is_debited_once() {
    let mut bench = Bench::with_balance(EUR);
    for _ in 0..3 {
        let answer = bench.charge(&sms(Kind::Debit, "m1", 0));
        assert_eq!(
            (answer.result, answer.cost),
            (ResultCode::SUCCESS, Some(500_000))
        );
        assert_eq!(bench.balance(), (500_000, 0));
    }
    bench.charge(&sms(Kind::Debit, "m2", 0));
    assert_eq!(
        bench.charge(&sms(Kind::Debit, "m3", 0)).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    assert_eq!(bench.balance(), (0, 0));
}

#[test]
fn a_refused_message_stays_refused_although_there_is_money_by_now() {
    let mut bench = Bench::with_balance(0);
    let refused = bench.charge(&sms(Kind::Debit, "m1", 0));
    assert_eq!(refused.result, ResultCode::CREDIT_LIMIT_REACHED);
    bench.command(&top_up(EUR));
    let again = bench.charge(&sms(Kind::Debit, "m1", 0));
    assert_eq!(again.result, ResultCode::CREDIT_LIMIT_REACHED);
    assert_eq!(bench.balance(), (EUR, 0));
    let other = bench.charge(&sms(Kind::Debit, "m2", 0));
    assert_eq!(other.result, ResultCode::SUCCESS);
    assert_eq!(bench.balance(), (500_000, 0));
}

#[test]
fn a_retransmission_memory_does_not_know_asks_the_database_first() {
    let mut bench = Bench::with_balance(EUR);
    let unsure = Request {
        retransmitted: true,
        ..sms(Kind::Debit, "m1", 0)
    };
    assert!(bench.charge(&unsure).needs_evidence);
    let charged = Request {
        evidence: Evidence::Charged,
        ..unsure.clone()
    };
    assert_eq!(bench.charge(&charged).result, ResultCode::SUCCESS);
    assert_eq!(bench.balance(), (EUR, 0));
    let first_seen = Request {
        evidence: Evidence::Nothing,
        ..unsure
    };
    assert_eq!(bench.charge(&first_seen).result, ResultCode::SUCCESS);
    assert_eq!(bench.balance(), (500_000, 0));
}

#[test]
fn a_refund_names_its_debit_and_happens_once() {
    let mut bench = Bench::with_balance(EUR);
    let debit = bench.charge(&Request {
        correlation: "c1",
        ..sms(Kind::Debit, "m1", 0)
    });
    let nameless = bench.charge(&sms(Kind::Refund, "r0", 0));
    assert_eq!(nameless.result, ResultCode::MISSING_AVP);
    let refund = Request {
        refund_of: debit.cdr,
        ..sms(Kind::Refund, "r1", 0)
    };
    for _ in 0..2 {
        let answer = bench.charge(&refund);
        assert_eq!(
            (answer.result, answer.cost),
            (ResultCode::SUCCESS, Some(500_000))
        );
        assert_eq!(bench.balance(), (EUR, 0));
    }
    let again = Request {
        refund_of: debit.cdr,
        evidence: Evidence::Nothing,
        ..sms(Kind::Refund, "r2", 0)
    };
    assert_eq!(bench.charge(&again).result, ResultCode::INVALID_AVP_VALUE);
    let by_evidence = Request {
        evidence: Evidence::Debit {
            cdr: debit.cdr.expect("a debit has a CDR"),
            refundable: 500_000,
        },
        ..again
    };
    assert_eq!(
        bench.charge(&by_evidence).result,
        ResultCode::INVALID_AVP_VALUE
    );
    assert_eq!(bench.balance(), (EUR, 0));
}

#[test]
fn a_refund_never_exceeds_the_debit() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&Request {
        correlation: "c1",
        ..sms(Kind::Debit, "m1", 0)
    });
    let two = smallvec![units(None, Some(2), None)];
    let refund = Request {
        correlation: "c1",
        units: two,
        ..sms(Kind::Refund, "r1", 0)
    };
    let answer = bench.charge(&refund);
    assert_eq!(answer.failed, Some(FailedField::RequestedUnits));
    assert_eq!(bench.balance(), (500_000, 0));
}

#[test]
fn enquiries_move_nothing() {
    let mut bench = Bench::with_balance(600_000);
    let price = bench.charge(&sms(Kind::PriceEnquiry, "p", 0));
    assert_eq!(price.cost, Some(500_000));
    assert_eq!(
        bench.charge(&sms(Kind::CheckBalance, "c", 0)).enough,
        Some(true)
    );
    let two = smallvec![units(None, Some(2), None)];
    let more = Request {
        units: two,
        ..sms(Kind::CheckBalance, "c", 1)
    };
    assert_eq!(bench.charge(&more).enough, Some(false));
    assert_eq!(bench.balance(), (600_000, 0));
}

#[test]
fn money_may_be_asked_for_directly() {
    let mut bench = Bench::with_balance(EUR);
    let mut unit = units(None, Some(250_000), None);
    unit.money = true;
    let debit = Request {
        units: smallvec![unit],
        ..sms(Kind::Debit, "m", 0)
    };
    assert_eq!(bench.charge(&debit).cost, Some(250_000));
    assert_eq!(bench.balance(), (750_000, 0));
}

#[test]
fn commands_refuse_what_cannot_be() {
    let mut bench = Bench::with_balance(EUR);
    for (json, code) in [
        ("{}".to_owned(), "command_malformed"),
        (top_up(-2 * EUR), "insufficient_balance"),
        (top_up(i64::MAX), "amount_overflow"),
        (
            format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":7}}"#),
            "catalog_unknown",
        ),
        (
            format!(
                r#"{{"type":"adjust_balance","tenant":"{LINE}","account":"{ACCOUNT}","amount":1,"reason":"top_up","reference":"{LINE}"}}"#
            ),
            "account_unknown",
        ),
    ] {
        let outcome = bench.command(&json);
        assert!(outcome.contains(code), "{outcome}");
    }
    assert_eq!(bench.balance(), (EUR, 0));
    assert_eq!(bench.shard.command_seq(), bench.commands);
}

#[test]
fn a_file_record_is_charged_as_far_as_the_balance_reaches() {
    let mut bench = Bench::with_balance(150_000);
    let record = |key: &str| {
        format!(
            r#"{{"type":"rate_usage","tenant":"{TENANT}","account":"{ACCOUNT}","line":"{LINE}",
               "content_key":"{key}","service":"voice","direction":"originating",
               "destination":"385911234567","usage":65,"started_at":1700000000000}}"#
        )
    };
    let outcome = bench.command(&record("one"));
    assert!(outcome.contains("\"charged\":110000"), "{outcome}");
    assert_eq!(bench.balance(), (40_000, 0));
    let outcome = bench.command(&record("two"));
    assert!(outcome.contains("\"overrun\":70000"), "{outcome}");
    assert_eq!(bench.balance(), (0, 0));
    let expected = [
        (CdrKind::File, 65, 110_000, 0),
        (CdrKind::File, 65, 110_000, 70_000),
    ];
    assert_eq!(bench.cdrs(), expected);
}
