//! Prices that change while a session runs.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

/// 1.00 by day and 0.10 from 20:00 (or the other way around): per 1,000 octets, and a minute.
fn day_and_night(day: &str, night: &str, switch: &str) -> String {
    let rates = |name: &str, per: u32, step: u32| {
        format!(
            r#""calendar": "clock", "switch": "{switch}", "rates": [
                {{"default": true, "name": "{name}-day", "price": "{day}", "per": {per},
                 "first_interval": {step}, "next_interval": {step}}},
                {{"default": true, "name": "{name}-night", "price": "{night}", "per": {per},
                 "first_interval": {step}, "next_interval": {step}, "period": "night"}}]"#
        )
    };
    catalogue(&format!(
        r#""calendars": [{{"code": "clock", "periods": [{{"code": "night",
             "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
             "from": "20:00", "to": "06:00"}}]}}],
          "rate_tables": [
            {{"code": "data", "service": "data", {}}},
            {{"code": "voice", "service": "voice", {}}}],
          "products": [{{"code": "basic", "name": "Basic", "rate_tables": ["data", "voice"]}}]"#,
        rates("web", 1_000, 1),
        rates("call", 60, 6)
    ))
}

fn ask(number: u32, ask: u64, used: Option<(u64, u64)>) -> Request<'static> {
    let mut unit = units(Some(1), Some(ask), used.map(|used| used.0));
    unit.used_after_change = used.map(|used| used.1);
    let kind = if number == 0 {
        Kind::Initial
    } else {
        Kind::Update
    };
    data(kind, "surf", number, &[unit])
}

#[test]
fn data_is_cut_at_the_byte_the_gateway_says_and_the_dearer_side_is_held() {
    for (day, night, held, cost) in [
        ("1.00", "0.10", 2_000_000, 730_000),
        ("0.10", "1.00", 2_000_000, 370_000),
    ] {
        let catalog = day_and_night(day, night, "split");
        let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T19:55:00Z");
        let opened = bench.go(ask(0, 2_000, None)).units[0];
        let boundary = bench.now + 300_000;
        assert_eq!(opened.tariff_change, Some(boundary));
        assert_eq!(bench.balance(), (10 * EUR, held));
        bench.audit();
        bench.now += 400_000;
        let next = bench.go(ask(1, 100, Some((700, 300)))).units[0];
        assert_eq!((next.granted, next.tariff_change), (Some(100), None));
        assert_eq!(bench.balance().0, 10 * EUR - cost);
        bench.go(data(
            Kind::Terminate,
            "surf",
            2,
            &[units(Some(1), None, Some(0))],
        ));
        let bill = bench.last_bill();
        assert_eq!((bill.usage, bill.amount), (1_000, cost));
        let (left, right) = (cost_of(day, 700), cost_of(night, 300));
        assert_eq!(
            bill.parts,
            [
                format!("balance 0..700 ={left}"),
                format!("balance 0..300 ={right} @night")
            ]
        );
        bench.audit_at_rest();
    }
}

fn cost_of(price: &str, octets: i64) -> i64 {
    if price == "1.00" {
        octets * 1_000
    } else {
        octets * 100
    }
}

#[test]
fn the_last_grant_before_a_dearer_night_is_what_the_night_costs() {
    let catalog = day_and_night("0.10", "1.00", "split");
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-10T19:55:00Z");
    let opened = bench.go(ask(0, 5_000, None)).units[0];
    assert_eq!((opened.granted, opened.last), (Some(1_000), true));
    assert_eq!(bench.balance(), (EUR, EUR));
    bench.now += 400_000;
    // All of it after the change: to the last micro.
    bench.go(ask(1, 0, Some((0, 1_000))));
    assert_eq!(bench.balance(), (0, 0));
    bench.audit();
}

#[test]
fn what_is_not_told_apart_was_used_before_the_change() {
    let catalog = day_and_night("1.00", "0.10", "split");
    let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T19:55:00Z");
    bench.go(ask(0, 1_000, None));
    bench.now += 400_000;
    bench.go(ask(1, 1_000, Some((500, 0))));
    assert_eq!(bench.balance(), (9_500_000, 100_000));
    bench.go(data(
        Kind::Terminate,
        "surf",
        2,
        &[units(Some(1), None, Some(500))],
    ));
    assert_eq!(bench.balance(), (9_450_000, 0));
    bench.audit_at_rest();
}

#[test]
fn a_change_after_the_grants_time_is_not_told() {
    let catalog = day_and_night("1.00", "0.10", "split");
    let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T19:50:00Z");
    assert_eq!(bench.go(ask(0, 1_000, None)).units[0].tariff_change, None);
    let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T19:50:01Z");
    assert!(
        bench.go(ask(0, 1_000, None)).units[0]
            .tariff_change
            .is_some()
    );
}

#[test]
fn a_call_is_split_at_the_second_of_the_boundary() {
    for (switch, cost) in [("split", 110_000 * 10), ("start", 2_000_000)] {
        let catalog = day_and_night("1.00", "0.10", switch);
        // 60 s by day, 60 s by night.
        let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T19:59:00Z");
        let opened = bench.go(voice(Kind::Initial, "call", 0, Some(120), None));
        assert_eq!(opened.units[0].tariff_change, None);
        assert_eq!(bench.balance().1, cost);
        bench.now += 120_000;
        let closed = bench.go(voice(Kind::Terminate, "call", 1, None, Some(120)));
        assert_eq!(closed.cost, Some(cost), "{switch}");
        bench.audit_at_rest();
    }
}

#[test]
fn an_interval_that_has_begun_is_paid_at_the_price_it_began_with() {
    let catalog = day_and_night("1.00", "0.10", "split");
    // The boundary comes after 58 s: the interval of seconds 54 to 60 is the day's.
    for reports in [vec![120], vec![57, 1, 62], vec![58, 1, 1, 60], vec![1; 120]] {
        let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T19:59:02Z");
        bench.go(voice(Kind::Initial, "call", 0, Some(120), None));
        let mut number = 0;
        for used in reports {
            number += 1;
            bench.now += 1_000 * i64::try_from(used).expect("small");
            bench.go(voice(Kind::Update, "call", number, Some(60), Some(used)));
        }
        bench.go(voice(Kind::Terminate, "call", number + 1, None, None));
        assert_eq!(bench.balance(), (10 * EUR - 1_100_000, 0));
        bench.audit_at_rest();
    }
}
