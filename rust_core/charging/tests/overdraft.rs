//! Several sessions on one balance: never more than there is.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

/// 1.00 a minute to the second, three minutes at a time; a message is 0.50.
fn per_minute() -> String {
    catalogue(
        r#""rate_tables": [
            {"code": "voice", "service": "voice", "rates": [
              {"default": true, "name": "voice", "price": "1.00", "per": 60}]},
            {"code": "sms", "service": "sms", "rates": [
              {"default": true, "name": "sms", "price": "0.50"}]},
            {"code": "data", "service": "data", "rates": [
              {"default": true, "name": "data", "price": "1.00", "per": 1000}]}],
          "products": [{"code": "basic", "name": "Basic", "rate_tables": ["voice", "sms", "data"]}]"#,
    )
    .replace(r#""default": 60"#, r#""default": 180"#)
}

fn ask<'a>(line: u16, name: &'a str, number: u32, used: Option<u64>) -> Request<'a> {
    let mut unit = units(None, None, used);
    unit.requested = Requested::ServerChooses;
    let kind = if number == 0 {
        Kind::Initial
    } else {
        Kind::Update
    };
    Request {
        line,
        units: smallvec::smallvec![unit],
        ..request(kind, name, number)
    }
}

fn granted(answer: &Answer) -> (Option<u64>, bool) {
    (answer.units[0].granted, answer.units[0].last)
}

#[test]
fn o2_john_and_jane_spend_ten_exactly() {
    let mut bench = Bench::story(&per_minute(), "basic", 10 * EUR, "2026-03-10T12:00:00Z");
    bench.add_line(1, "basic");
    bench.add_line(2, "basic");
    let available = |bench: &Bench| bench.account().available(bench.now);
    assert_eq!(
        granted(&bench.go(ask(0, "john", 0, None))),
        (Some(180), false)
    );
    assert_eq!(available(&bench), 7 * EUR);
    assert_eq!(
        granted(&bench.go(ask(1, "jane", 0, None))),
        (Some(180), false)
    );
    assert_eq!(available(&bench), 4 * EUR);
    bench.now += 180_000;
    assert_eq!(
        granted(&bench.go(ask(0, "john", 1, Some(180)))),
        (Some(180), false)
    );
    assert_eq!(available(&bench), EUR);
    assert_eq!(
        granted(&bench.go(ask(1, "jane", 1, Some(180)))),
        (Some(60), true)
    );
    assert_eq!(available(&bench), 0);
    let third = bench.go(ask(2, "third", 0, None));
    assert_eq!(third.result, ResultCode::CREDIT_LIMIT_REACHED);
    bench.audit();
    bench.now += 180_000;
    let end = |line, name, used| Request {
        line,
        ..voice(Kind::Terminate, name, 2, None, Some(used))
    };
    assert_eq!(bench.go(end(1, "jane", 60)).cost, Some(4 * EUR));
    assert_eq!(bench.go(end(0, "john", 180)).cost, Some(6 * EUR));
    assert_eq!(bench.balance(), (0, 0));
    let amounts: Vec<_> = bench
        .bills()
        .iter()
        .map(|bill| (bill.amount, bill.overrun))
        .collect();
    assert_eq!(amounts, [(4 * EUR, 0), (6 * EUR, 0)]);
    bench.audit_at_rest();
}

#[test]
fn o3_a_message_shortens_the_next_grant_and_a_payment_extends_it() {
    for (paid, next) in [(0, (Some(30), true)), (5 * EUR, (Some(180), false))] {
        let mut bench = Bench::story(&per_minute(), "basic", 4 * EUR, "2026-03-10T12:00:00Z");
        assert_eq!(
            granted(&bench.go(ask(0, "call", 0, None))),
            (Some(180), false)
        );
        assert_eq!(bench.send(&message()).cost, Some(500_000));
        // What a running grant holds no message can have.
        assert_eq!(bench.send(&message()).cost, Some(500_000));
        assert_eq!(
            bench.send(&message()).result,
            ResultCode::CREDIT_LIMIT_REACHED
        );
        bench.pay_in(500_000 + paid);
        bench.now += 180_000;
        assert_eq!(granted(&bench.go(ask(0, "call", 1, Some(180)))), next);
        bench.audit();
    }
}

#[test]
fn o4_a_lost_end_is_charged_as_reported_and_counts_once_when_it_comes() {
    let mut bench = Bench::story(&per_minute(), "basic", 10 * EUR, "2026-03-10T12:00:00Z");
    bench.go(ask(0, "call", 0, None));
    bench.now += 120_000;
    bench.go(ask(0, "call", 1, Some(120)));
    bench.tick_after(1_200_000);
    assert_eq!(bench.balance(), (8 * EUR, 0));
    assert_eq!(bench.last_bill().usage, 120);
    bench.audit_at_rest();
    let late = voice(Kind::Terminate, "call", 2, None, Some(60));
    for _ in 0..3 {
        assert_eq!(bench.go(late.clone()).result, ResultCode::SUCCESS);
    }
    assert_eq!(bench.balance(), (7 * EUR, 0));
    assert_eq!(bench.bills().len(), 2);
    bench.audit_at_rest();
}

#[test]
fn o5_a_duplicated_report_is_answered_the_same_and_debited_once() {
    let mut bench = Bench::story(&per_minute(), "basic", 10 * EUR, "2026-03-10T12:00:00Z");
    bench.go(ask(0, "call", 0, None));
    bench.now += 180_000;
    let update = ask(0, "call", 1, Some(180));
    let first = bench.go(update.clone());
    bench.commit();
    for _ in 0..3 {
        let again = Request {
            retransmitted: true,
            ..update.clone()
        };
        assert_eq!(bench.go(again), first);
    }
    assert!(bench.journal.is_empty());
    assert_eq!(bench.balance(), (7 * EUR, 3 * EUR));
    bench.audit();
}

/// A thousand sessions take turns, in an order that a seed makes, until nothing is granted any more.
fn a_thousand_sessions(bench: &mut Bench, floor: i64, chunk: i64) {
    let octets = u64::try_from(chunk / 1_000).expect("positive");
    let names: Vec<String> = (0..1_000).map(|number| format!("s{number}")).collect();
    let mut grants = vec![(0_u32, None::<u64>); names.len()];
    let mut seed = 7_u64;
    let mut denied = 0;
    while denied < 2_000 {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(seed >> 40).expect("24 bits") % names.len();
        let (number, running) = grants[at];
        let unit = units(Some(1), Some(octets), running);
        let kind = if number == 0 {
            Kind::Initial
        } else {
            Kind::Update
        };
        let answer = bench.go(data(kind, &names[at], number, &[unit]));
        assert_eq!(answer.result, ResultCode::SUCCESS);
        grants[at] = (number + 1, answer.units[0].granted);
        denied += usize::from(answer.units[0].granted.is_none());
        let (balance, reserved) = bench.balance();
        assert!(
            balance - reserved >= floor,
            "{balance} with {reserved} held"
        );
    }
    bench.check_state();
    for (name, (number, running)) in names.iter().zip(grants) {
        if number > 0 {
            bench.go(data(
                Kind::Terminate,
                name,
                number,
                &[units(Some(1), None, running)],
            ));
        }
    }
    let (balance, reserved) = bench.balance();
    assert_eq!(reserved, 0);
    assert!(
        (floor..=floor + chunk).contains(&balance),
        "{balance} over {floor}"
    );
    assert!(bench.bills().iter().all(|bill| bill.overrun == 0));
    bench.audit_at_rest();
}

#[test]
fn a_thousand_sessions_end_within_a_chunk_of_zero_and_never_below() {
    let mut bench = Bench::story(&per_minute(), "basic", 250_123_456, "2026-03-10T12:00:00Z");
    a_thousand_sessions(&mut bench, 0, 100_000);
}

#[test]
fn a_thousand_postpaid_sessions_end_within_a_chunk_of_the_limit() {
    let mut bench = Bench::story(&per_minute(), "basic", 0, "2026-03-10T12:00:00Z");
    bench.done("change_account", r#""credit_limit":250123456"#);
    a_thousand_sessions(&mut bench, -250_123_456, 100_000);
}

#[test]
fn a_postpaid_line_spends_to_its_limit_and_no_further() {
    let mut bench = Bench::story(&per_minute(), "basic", 0, "2026-03-10T12:00:00Z");
    assert_eq!(
        bench.send(&message()).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    bench.done("change_account", r#""credit_limit":5000000"#);
    assert_eq!(
        granted(&bench.go(ask(0, "call", 0, None))),
        (Some(180), false)
    );
    bench.now += 180_000;
    assert_eq!(
        granted(&bench.go(ask(0, "call", 1, Some(180)))),
        (Some(120), true)
    );
    bench.go(voice(Kind::Terminate, "call", 2, None, Some(120)));
    assert_eq!(bench.balance(), (-5 * EUR, 0));
    assert_eq!(
        bench.send(&message()).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    let fields =
        r#""amount":-1,"reason":"adjustment","reference":"03030303-0303-0303-0303-030303030303""#;
    assert_eq!(
        bench.refused("adjust_balance", fields),
        "insufficient_balance"
    );
    bench.audit_at_rest();
}
