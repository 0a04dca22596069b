//! Sessions as a subscriber and an operator live them, to the micro.

mod common;

use common::*;
use openmvno_charging::*;

#[test]
fn a_call_is_reserved_charged_and_released() {
    let mut bench = Bench::with_balance(EUR);
    let opened = bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    assert_eq!(
        (opened.result, opened.units[0].granted),
        (ResultCode::SUCCESS, Some(60))
    );
    assert_eq!(bench.balance(), (EUR, 100_000));
    let more = bench.charge(&voice(Kind::Update, "call", 1, Some(60), Some(60)));
    assert_eq!(more.units[0].granted, Some(60));
    assert_eq!(bench.balance(), (900_000, 100_000));
    // 65 s in all: 60 and one interval of 6 (R1): 0.11.
    let closed = bench.charge(&voice(Kind::Terminate, "call", 2, None, Some(5)));
    assert_eq!(
        (closed.result, closed.cost),
        (ResultCode::SUCCESS, Some(110_000))
    );
    assert_eq!(bench.balance(), (890_000, 0));
    assert_eq!(bench.cdrs(), [(CdrKind::Session, 65, 110_000, 0)]);
}

#[test]
fn retransmissions_get_the_same_answer_and_charge_once() {
    let mut bench = Bench::with_balance(EUR);
    let steps = [
        voice(Kind::Initial, "call", 0, Some(60), None),
        voice(Kind::Update, "call", 1, Some(60), Some(60)),
        voice(Kind::Terminate, "call", 2, None, Some(30)),
    ];
    for step in &steps {
        let first = bench.charge(step);
        let balance = bench.balance();
        for retransmitted in [false, true] {
            let again = Request {
                retransmitted,
                ..step.clone()
            };
            assert_eq!(bench.charge(&again), first);
        }
        assert_eq!(bench.balance(), balance);
    }
    assert_eq!(bench.cdrs().len(), 1);
}

#[test]
fn the_same_key_with_other_content_is_refused() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    bench.charge(&voice(Kind::Update, "call", 1, Some(60), Some(60)));
    let before = bench.balance();
    let other = bench.charge(&voice(Kind::Update, "call", 1, Some(60), Some(59)));
    assert_eq!(other.result, ResultCode::INVALID_AVP_VALUE);
    assert_eq!(other.failed, Some(FailedField::RequestNumber));
    let older = bench.charge(&voice(Kind::Update, "call", 0, Some(60), Some(1)));
    assert_eq!(older.failed, Some(FailedField::RequestNumber));
    assert_eq!(bench.balance(), before);
}

#[test]
fn two_rating_groups_share_one_balance_that_runs_out() {
    let mut bench = Bench::with_balance(EUR);
    let both = [
        units(Some(10), Some(700), None),
        units(Some(20), Some(60_000), None),
    ];
    let opened = bench.charge(&data(Kind::Initial, "data", 0, &both));
    // 0.70 for the first group; 0.30 of 0.60 for the second, and that is the last of it.
    assert_eq!(
        (opened.units[0].granted, opened.units[0].last),
        (Some(700), false)
    );
    assert_eq!(
        (opened.units[1].granted, opened.units[1].last),
        (Some(30_000), true)
    );
    assert_eq!(bench.balance(), (EUR, EUR));
    let denied = bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    assert_eq!(denied.result, ResultCode::CREDIT_LIMIT_REACHED);
    let used = [
        units(Some(10), None, Some(700)),
        units(Some(20), None, Some(30_000)),
    ];
    bench.charge(&data(Kind::Terminate, "data", 1, &used));
    assert_eq!(bench.balance(), (0, 0));
}

#[test]
fn a_failure_of_a_rating_group_stays_in_its_mscc() {
    let mut bench = Bench::with_balance(EUR);
    let all = [
        units(Some(99), Some(1), None),
        units(Some(10), Some(100), None),
    ];
    let answer = bench.charge(&data(Kind::Initial, "data", 0, &all));
    assert_eq!(answer.result, ResultCode::SUCCESS);
    assert_eq!(answer.units[0].result, ResultCode::RATING_FAILED);
    assert_eq!(answer.units[1].granted, Some(100));
}

#[test]
fn usage_beyond_the_grant_is_paid_as_far_as_the_balance_reaches() {
    let mut bench = Bench::with_balance(300_000);
    bench.charge(&data(
        Kind::Initial,
        "data",
        0,
        &[units(Some(10), Some(300), None)],
    ));
    bench.charge(&data(
        Kind::Terminate,
        "data",
        1,
        &[units(Some(10), None, Some(1_000))],
    ));
    assert_eq!(bench.balance(), (0, 0));
    assert_eq!(bench.cdrs(), [(CdrKind::Session, 1_000, EUR, 700_000)]);

    let mut debtor = Bench::with(300_000, "debt");
    debtor.charge(&data(
        Kind::Initial,
        "data",
        0,
        &[units(Some(10), Some(300), None)],
    ));
    debtor.charge(&data(
        Kind::Terminate,
        "data",
        1,
        &[units(Some(10), None, Some(1_000))],
    ));
    assert_eq!(debtor.balance(), (-700_000, 0));
    assert_eq!(debtor.cdrs(), [(CdrKind::Session, 1_000, EUR, 0)]);
}

#[test]
fn a_silent_session_is_given_up_and_a_late_report_counts_once() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&data(
        Kind::Initial,
        "data",
        0,
        &[units(Some(10), Some(300), None)],
    ));
    bench.charge(&data(
        Kind::Update,
        "data",
        1,
        &[units(Some(10), Some(300), Some(200))],
    ));
    assert_eq!(bench.balance(), (800_000, 300_000));
    bench.tick_after(1_199_000);
    assert_eq!(bench.balance(), (800_000, 300_000));
    bench.tick_after(2_000);
    assert_eq!(bench.balance(), (800_000, 0));
    let update = data(
        Kind::Update,
        "data",
        2,
        &[units(Some(10), Some(300), Some(50))],
    );
    assert_eq!(bench.charge(&update).result, ResultCode::UNKNOWN_SESSION_ID);
    let late = data(
        Kind::Terminate,
        "data",
        2,
        &[units(Some(10), None, Some(50))],
    );
    for _ in 0..2 {
        assert_eq!(bench.charge(&late).result, ResultCode::SUCCESS);
        assert_eq!(bench.balance(), (750_000, 0));
    }
    let expected = [
        (CdrKind::Session, 200, 200_000, 0),
        (CdrKind::Correction, 50, 50_000, 0),
    ];
    assert_eq!(bench.cdrs(), expected);
    bench.tick_after(61_000);
    assert_eq!(bench.charge(&late).result, ResultCode::UNKNOWN_SESSION_ID);
}

#[test]
fn a_restarted_client_loses_its_older_sessions() {
    let mut bench = Bench::with_balance(EUR);
    bench
        .shard
        .peer_state("gw.example", 1, bench.now, &mut bench.journal);
    bench.charge(&voice(Kind::Initial, "old", 0, Some(60), None));
    bench
        .shard
        .peer_state("gw.example", 2, bench.now, &mut bench.journal);
    let newer = Request {
        origin_state: 2,
        ..voice(Kind::Initial, "new", 0, Some(60), None)
    };
    bench.charge(&newer);
    bench.tick_after(100);
    assert_eq!(bench.balance(), (EUR, 100_000));
    let old = voice(Kind::Update, "old", 1, Some(60), Some(60));
    assert_eq!(bench.charge(&old).result, ResultCode::UNKNOWN_SESSION_ID);
}

#[test]
fn a_line_out_of_service_gets_no_grant_but_its_usage_counts() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    let block = format!(
        r#"{{"type":"change_line","tenant":"{TENANT}","account":"{ACCOUNT}","line":"{LINE}",
           "status":"blocked"}}"#
    );
    assert!(bench.command(&block).contains("ok"));
    let update = bench.charge(&voice(Kind::Update, "call", 1, Some(60), Some(60)));
    assert_eq!(update.result, ResultCode::END_USER_SERVICE_DENIED);
    assert_eq!(bench.balance(), (900_000, 0));
    let other = bench.charge(&voice(Kind::Initial, "other", 0, Some(60), None));
    assert_eq!(other.result, ResultCode::END_USER_SERVICE_DENIED);
}

#[test]
fn refusals_change_nothing() {
    let mut bench = Bench::with_balance(EUR);
    bench.commit();
    let rows = bench.rows.len();
    let fax = Request {
        service: ServiceName::Context("fax@example"),
        ..voice(Kind::Initial, "a", 0, Some(1), None)
    };
    assert_eq!(
        bench.charge(&fax).result,
        ResultCode::AUTHORIZATION_REJECTED
    );
    let abroad = Request {
        destination: "4420",
        ..voice(Kind::Initial, "b", 0, Some(60), None)
    };
    assert_eq!(bench.charge(&abroad).result, ResultCode::RATING_FAILED);
    let unknown = voice(Kind::Terminate, "c", 1, None, Some(9));
    assert_eq!(
        bench.charge(&unknown).result,
        ResultCode::UNKNOWN_SESSION_ID
    );
    bench.commit();
    assert_eq!(bench.rows.len(), rows);
}

#[test]
fn usage_without_a_price_is_kept_for_repair() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&data(
        Kind::Initial,
        "tunnel",
        0,
        &[units(Some(10), Some(10), None)],
    ));
    let reports = [
        units(Some(10), None, Some(5)),
        units(Some(77), None, Some(123)),
    ];
    let answer = bench.charge(&data(Kind::Terminate, "tunnel", 1, &reports));
    assert_eq!(answer.result, ResultCode::SUCCESS);
    bench.commit();
    let mut kept = Vec::new();
    for row in &bench.rows {
        for record in JournalReader::new(row).expect("format") {
            for effect in record.expect("readable").effects {
                if let Effect::Noticed(notice) = effect {
                    kept.push((notice.kind, notice.rating_group, notice.value));
                }
            }
        }
    }
    assert_eq!(kept, [(NoticeKind::UnratedUsage, Some(77), 123)]);
}
