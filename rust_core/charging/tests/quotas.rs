//! Allowances, discounts by volume, daily quotas and pools, to the unit.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn minutes(bucket: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [
            {{"code": "voice", "service": "voice", "rates": [
              {{"prefix": "", "name": "any", "price": "0.10", "per": 60,
                "first_interval": 60, "next_interval": 60}}]}}],
          "buckets": [{{"code": "min100", "unit": "second", "amount": 6000,
            "pays": [{{"service": "voice"}}], {bucket}}}],
          "products": [{{"code": "basic", "name": "Basic", "rate_tables": ["voice"],
            "buckets": ["min100"]}}]"#
    ))
}

#[test]
fn q1_the_last_two_minutes_of_a_quota_and_six_at_the_price() {
    let catalog = minutes(r#""renew": "month""#);
    let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T12:00:00Z");
    bench.spend(&call(), 98 * 60);
    assert_eq!(
        (bench.balance(), bench.free("min100")),
        ((10 * EUR, 0), vec![120])
    );
    let closed = bench.spend(&call(), 480);
    assert_eq!(closed.cost, Some(600_000));
    let bill = bench.last_bill();
    assert_eq!((bill.usage, bill.amount, bill.wallets), (480, 600_000, 0));
    assert_eq!(
        bill.parts,
        ["bucket:min100 0..120 =120", "balance 120..480 =600000"]
    );
    assert_eq!(
        (bench.balance(), bench.free("min100")),
        ((9_400_000, 0), vec![0])
    );
    bench.audit_at_rest();
}

#[test]
fn q1_what_is_held_is_what_each_payer_will_pay() {
    let catalog = minutes(r#""renew": "month""#);
    let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T12:00:00Z");
    bench.spend(&call(), 98 * 60);
    bench.go(voice(Kind::Initial, "call", 0, Some(480), None));
    assert_eq!(
        (bench.balance(), bench.free("min100")),
        ((10 * EUR, 600_000), vec![0])
    );
    // Another call meanwhile finds the quota held and pays for itself.
    bench.go(voice(Kind::Initial, "other", 0, Some(60), None));
    assert_eq!(bench.balance().1, 700_000);
    bench.audit();
    // The first one ends after one minute: what it held of the quota is free again.
    bench.go(voice(Kind::Terminate, "call", 1, None, Some(60)));
    assert_eq!(
        (bench.balance(), bench.free("min100")),
        ((10 * EUR, 100_000), vec![60])
    );
    bench.go(voice(Kind::Terminate, "other", 1, None, Some(60)));
    assert_eq!(
        (bench.balance(), bench.free("min100")),
        ((10 * EUR, 0), vec![0])
    );
    bench.audit_at_rest();
}

fn discounted(mode: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [
            {{"code": "voice", "service": "voice", "rates": [
              {{"prefix": "1", "name": "US", "price": "0.02", "per": 60,
                "first_interval": 60, "next_interval": 60}}]}}],
          "discounts": [{{"code": "us", "applies": [{{"service": "voice"}}], "measure": "units",
            "renew": "month", "mode": "{mode}", "tiers": [
              {{"from": 0, "percent": "0"}}, {{"from": 24000, "percent": "10"}},
              {{"from": 66000, "percent": "20"}}]}}],
          "products": [{{"code": "basic", "name": "Basic", "rate_tables": ["voice"],
            "discounts": ["us"]}}]"#
    ))
}

#[test]
fn q2_twelve_hundred_minutes_through_three_tiers() {
    for mode in ["split", "aggregate"] {
        let mut bench = Bench::story(&discounted(mode), "basic", 30 * EUR, "2026-03-10T00:00:00Z");
        let to_us = Request {
            destination: "12125551234",
            ..call()
        };
        let closed = bench.spend(&to_us, 1_200 * 60);
        assert_eq!(closed.cost, Some(22_200_000), "{mode}");
        assert_eq!(bench.balance(), (7_800_000, 0));
        assert_eq!(bench.account().counters[0].used, 72_000);
        bench.audit_at_rest();
    }
}

#[test]
fn q2_however_many_calls_make_the_volume_and_the_next_month_starts_anew() {
    let mut bench = Bench::story(
        &discounted("split"),
        "basic",
        30 * EUR,
        "2026-03-10T00:00:00Z",
    );
    let to_us = Request {
        destination: "12125551234",
        ..call()
    };
    for minutes in [399, 2, 699, 60, 40] {
        bench.spend(&to_us, minutes * 60);
    }
    assert_eq!(bench.balance(), (7_800_000, 0));
    bench.reach("2026-04-01T00:00:00Z");
    bench.spend(&to_us, 60);
    assert_eq!(bench.balance(), (7_780_000, 0));
    assert_eq!(bench.account().counters[0].used, 60);
    bench.audit_at_rest();
}

/// By then the old month's minutes are gone and the new month's are there: the balance need not pay.
/// No door takes an Event-Timestamp of more than a minute ago for the charge time.
#[test]
fn usage_dated_just_before_the_renewal_it_arrives_after_is_paid_by_the_new_quota() {
    let catalog = minutes(r#""renew": "month""#);
    for (seconds_ago, free, balance) in [(59, 5_940, EUR), (60, 5_940, EUR), (91, 6_000, 900_000)] {
        let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-10T00:00:00Z");
        bench.reach("2026-04-01T00:00:30Z");
        let at = bench.now - seconds_ago * 1_000;
        let ask = |kind, number, ask, used| Request {
            at,
            ..voice(kind, "call", number, ask, used)
        };
        bench.charge(&ask(Kind::Initial, 0, Some(60), None));
        bench.charge(&ask(Kind::Terminate, 1, None, Some(60)));
        assert_eq!(
            (bench.free("min100"), bench.balance()),
            (vec![free], (balance, 0)),
            "{seconds_ago} s ago"
        );
        bench.audit_at_rest();
    }
}

#[test]
fn q5_what_is_left_of_each_month_lives_as_long_as_it_may_and_the_earliest_end_is_used_first() {
    for rollover in 0..=3u8 {
        let catalog = minutes(&format!(r#""renew": "month", "rollover": {rollover}"#));
        let mut bench = Bench::story(&catalog, "basic", EUR, "2026-01-05T00:00:00Z");
        bench.spend(&call(), 90 * 60);
        let mut expected = vec![600];
        for (month, at) in [
            (1, "2026-02-01T00:00:00Z"),
            (2, "2026-03-01T00:00:00Z"),
            (3, "2026-04-01T00:00:00Z"),
            (4, "2026-05-01T00:00:00Z"),
        ] {
            // Nothing is used: each month adds 100, and a rest is gone after `rollover` months more.
            bench.reach(at);
            expected.push(6_000);
            if month > i32::from(rollover) {
                expected.remove(0);
            }
            assert_eq!(bench.free("min100"), expected, "rollover {rollover}, {at}");
        }
        bench.audit_at_rest();
    }
}

#[test]
fn q5_ten_left_make_a_hundred_and_ten_and_the_ten_go_first() {
    let catalog = minutes(r#""renew": "month", "rollover": 2"#);
    let mut bench = Bench::story(&catalog, "basic", 0, "2026-01-05T00:00:00Z");
    bench.spend(&call(), 90 * 60);
    bench.reach("2026-02-03T00:00:00Z");
    assert_eq!(bench.free("min100"), [600, 6_000]);
    bench.spend(&call(), 15 * 60);
    assert_eq!(bench.free("min100"), [0, 5_700]);
    assert_eq!(
        bench.last_bill().parts,
        ["bucket:min100 0..600 =600", "bucket:min100 600..900 =300"]
    );
    // Not a second more than all of it.
    let rest = bench
        .go(voice(Kind::Initial, "rest", 0, Some(5_760), None))
        .units[0];
    assert_eq!((rest.granted, rest.last), (Some(5_700), true));
    bench.audit();
}

fn daily() -> String {
    catalogue(
        r#""time_zone": "Europe/Zagreb",
          "rate_tables": [{"code": "data", "service": "data", "rates": [
            {"default": true, "name": "web", "price": "1.00", "per": 1000000}]}],
          "buckets": [{"code": "daily", "unit": "octet", "amount": 1000000000, "renew": "day",
            "pays": [{"service": "data"}], "exhausted": "block"}],
          "products": [{"code": "basic", "name": "Basic", "rate_tables": ["data"],
            "buckets": ["daily"]}]"#,
    )
}

#[test]
fn q6_a_gigabyte_at_every_local_midnight_and_no_carry() {
    // Midnight in Zagreb, an hour or two before that of UTC: also in the nights of 29 March and 25
    // October, whose days have 23 and 25 hours.
    for (days, midnights) in [
        (
            "2026-03-28T10:00:00Z",
            [
                "2026-03-28T23:00:00Z",
                "2026-03-29T22:00:00Z",
                "2026-03-30T22:00:00Z",
            ],
        ),
        (
            "2026-10-24T10:00:00Z",
            [
                "2026-10-24T22:00:00Z",
                "2026-10-25T23:00:00Z",
                "2026-10-26T23:00:00Z",
            ],
        ),
    ] {
        let mut bench = Bench::story(&daily(), "basic", 0, days);
        for midnight in midnights {
            bench.spend(&surf(1), 700_000_000);
            assert_eq!(bench.free("daily"), [300_000_000]);
            bench.set(midnight);
            bench.tick_after(-1);
            assert_eq!(bench.free("daily"), [300_000_000], "before {midnight}");
            bench.tick_after(1);
            assert_eq!(bench.free("daily"), [1_000_000_000], "at {midnight}");
        }
        bench.audit_at_rest();
    }
}

#[test]
fn q6_a_session_over_midnight_uses_each_days_own() {
    let mut bench = Bench::story(&daily(), "basic", 0, "2026-03-10T22:50:00Z");
    let ask = |number, used| {
        let kind = if number == 0 {
            Kind::Initial
        } else {
            Kind::Update
        };
        data(
            kind,
            "surf",
            number,
            &[units(Some(1), Some(600_000_000), used)],
        )
    };
    assert_eq!(bench.go(ask(0, None)).units[0].granted, Some(600_000_000));
    // Reported after midnight, but granted and held before: yesterday's still pays for it.
    bench.reach("2026-03-10T23:01:00Z");
    assert_eq!(bench.free("daily"), [400_000_000, 1_000_000_000]);
    assert_eq!(
        bench.go(ask(1, Some(600_000_000))).units[0].granted,
        Some(600_000_000)
    );
    bench.tick_after(1);
    assert_eq!(bench.free("daily"), [400_000_000]);
    bench.go(data(
        Kind::Terminate,
        "surf",
        2,
        &[units(Some(1), None, Some(1))],
    ));
    assert_eq!(bench.free("daily"), [999_999_999]);
    let bill = bench.last_bill();
    assert_eq!((bill.usage, bill.amount, bill.overrun), (600_000_001, 0, 0));
    bench.audit_at_rest();
}
