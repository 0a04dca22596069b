//! Used-up buckets: as usual, refused, throttled; and pools.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn quota(price: &str, exhausted: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [
            {{"code": "data", "service": "data", "rates": [
              {{"default": true, "name": "web", "price": "{price}", "per": 1000}}]}},
            {{"code": "sms", "service": "sms", "rates": [
              {{"default": true, "name": "sms", "price": "{price}", "per": 1}}]}}],
          "buckets": [
            {{"code": "quota", "unit": "octet", "amount": 5000, "pays": [{{"service": "data"}}],
              "renew": "month", {exhausted}}},
            {{"code": "texts", "unit": "event", "amount": 2, "pays": [{{"service": "sms"}}],
              "renew": "month", {exhausted}}}],
          "products": [{{"code": "basic", "name": "Basic", "rate_tables": ["data", "sms"],
            "buckets": ["quota", "texts"]}}]"#
    ))
}

#[test]
fn q7_as_usual_the_price_goes_on() {
    let catalog = quota("1.00", r#""exhausted": "pay_as_you_go""#);
    let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T12:00:00Z");
    assert_eq!(bench.spend(&surf(1), 7_000).cost, Some(2 * EUR));
    assert_eq!(
        bench.last_bill().parts,
        ["bucket:quota 0..5000 =5000", "balance 5000..7000 =2000000"]
    );
    bench.audit_at_rest();
}

#[test]
fn q7_blocked_usage_is_refused_whatever_it_would_cost() {
    for price in ["1.00", "0"] {
        let catalog = quota(price, r#""exhausted": "block""#);
        let mut bench = Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T12:00:00Z");
        let ask = |number, ask, used| {
            let kind = if number == 0 {
                Kind::Initial
            } else {
                Kind::Update
            };
            data(kind, "surf", number, &[units(Some(1), Some(ask), used)])
        };
        let opened = bench.go(ask(0, 7_000, None)).units[0];
        assert_eq!(
            (opened.granted, opened.last),
            (Some(5_000), true),
            "price {price}"
        );
        let denied = bench.go(ask(1, 1, Some(5_000))).units[0];
        assert_eq!(
            (denied.granted, denied.result),
            (None, ResultCode::CREDIT_LIMIT_REACHED)
        );
        // What was used all the same nobody pays for.
        bench.go(data(
            Kind::Terminate,
            "surf",
            2,
            &[units(Some(1), None, Some(1_000))],
        ));
        let bill = bench.last_bill();
        assert_eq!((bill.usage, bill.amount), (6_000, bill.overrun));
        for result in [
            ResultCode::SUCCESS,
            ResultCode::SUCCESS,
            ResultCode::CREDIT_LIMIT_REACHED,
        ] {
            assert_eq!(bench.send(&message()).result, result, "price {price}");
        }
        let question = Request {
            kind: Kind::CheckBalance,
            ..message()
        };
        assert_eq!(bench.go(question).enough, Some(false), "price {price}");
        assert_eq!(bench.balance(), (10 * EUR, 0));
        bench.reach("2026-04-01T00:00:00Z");
        assert_eq!(bench.send(&message()).result, ResultCode::SUCCESS);
        bench.audit_at_rest();
    }
}

#[test]
fn q7_throttled_usage_is_free_and_goes_on() {
    let catalog = quota("1.00", r#""exhausted": "throttle", "throttle": "256kbps""#);
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-10T12:00:00Z");
    let closed = bench.spend(&surf(1), 7_000);
    assert_eq!((closed.result, closed.cost), (ResultCode::SUCCESS, Some(0)));
    assert_eq!(
        bench.last_bill().parts,
        ["bucket:quota 0..5000 =5000", "throttle:quota 5000..7000 =0"]
    );
    let opened = bench.go(data(
        Kind::Initial,
        "more",
        0,
        &[units(Some(1), Some(9), None)],
    ));
    assert_eq!(
        (opened.units[0].granted, opened.units[0].last),
        (Some(9), false)
    );
    assert_eq!(bench.balance(), (EUR, 0));
    bench.audit();
}

#[test]
fn a_line_without_the_bucket_pays_as_if_there_were_no_rule() {
    let with = quota("1.00", r#""exhausted": "block""#);
    let catalog = with.replace(
        r#""products": ["#,
        r#""products": [{"code": "bare", "name": "Bare", "rate_tables": ["data", "sms"]}, "#,
    );
    let mut bench = Bench::story(&catalog, "bare", EUR, "2026-03-10T12:00:00Z");
    assert_eq!(bench.spend(&surf(1), 1_000).cost, Some(EUR));
    bench.audit_at_rest();
}

fn pool(extra: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [{{"code": "data", "service": "data", "rates": [
            {{"default": true, "name": "web", "price": "1.00", "per": 1000000000}}]}}],
          "buckets": [{{"code": "gb30", "unit": "octet", "amount": 30000000000, "renew": "month",
            "shared": true, "prorate_first": true, "pays": [{{"service": "data"}}] {extra}}}],
          "products": [{{"code": "sim", "name": "SIM", "rate_tables": ["data"],
            "buckets": ["gb30"]}}]"#
    ))
}

const GB: i64 = 1_000_000_000;

#[test]
fn q9_ten_lines_share_three_hundred_and_an_eleventh_brings_its_days() {
    let mut bench = Bench::story(&pool(""), "sim", 0, "2026-04-01T00:00:00Z");
    for number in 1..10 {
        bench.add_line(number, "sim");
    }
    assert_eq!(bench.free("gb30").iter().sum::<i64>(), 300 * GB);
    // One line may use what all brought.
    let third = Request { line: 3, ..surf(1) };
    bench.spend(&third, 100 * GB as u64);
    assert_eq!(bench.free("gb30").iter().sum::<i64>(), 200 * GB);
    // 16 April at noon: 15 of 30 days are left, today's counted whole.
    bench.reach("2026-04-16T12:00:00Z");
    let id = Uuid([0x70; 16]);
    bench.done(
        "open_line",
        &format!(
            r#""line":"{id}","product":"sim","msisdn":"385920000001","imsi":"219020000000001",
               "status":"active""#
        ),
    );
    assert_eq!(bench.free("gb30").last(), Some(&(15 * GB)));
    bench.reach("2026-05-01T00:00:00Z");
    assert_eq!(bench.free("gb30"), [30 * GB; 11]);
    bench.audit_at_rest();
}

#[test]
fn q9_the_share_of_a_month_is_rounded_up_to_a_whole_unit() {
    let catalog = pool("").replace("30000000000", "1000");
    // 31 days, 10 of them left.
    let bench = Bench::story(&catalog, "sim", 0, "2026-03-22T23:59:59Z");
    assert_eq!(bench.free("gb30"), [323]);
}

#[test]
fn a_member_gets_no_more_than_its_cap_of_each_shared_bucket() {
    let catalog = pool(r#", "member_cap": 1000"#)
        .replace("30000000000", "3000")
        .replace("\"per\": 1000000000", "\"per\": 1000");
    let mut bench = Bench::story(&catalog, "sim", 0, "2026-04-01T00:00:00Z");
    let open = |line, name| Request {
        line,
        ..data(Kind::Initial, name, 0, &[units(Some(1), Some(2_000), None)])
    };
    bench.add_line(1, "sim");
    let first = bench.go(open(0, "a")).units[0];
    // 1,000 of each of the two buckets.
    assert_eq!((first.granted, first.last), (Some(2_000), true));
    let again = bench.go(open(0, "b")).units[0];
    assert_eq!(again.result, ResultCode::CREDIT_LIMIT_REACHED);
    assert_eq!(bench.go(open(1, "c")).units[0].granted, Some(2_000));
    bench.audit();
    bench.go(data(
        Kind::Terminate,
        "a",
        1,
        &[units(Some(1), None, Some(500))],
    ));
    assert_eq!(bench.go(open(0, "d")).units[0].granted, Some(1_500));
    bench.audit();
}

#[test]
fn a_closed_line_brings_nothing_to_the_pool_any_more() {
    let mut bench = Bench::story(&pool(""), "sim", 0, "2026-04-01T00:00:00Z");
    bench.add_line(1, "sim");
    bench.change_line(1, r#""status":"closed""#);
    bench.tick_after(1);
    assert_eq!(bench.free("gb30"), [30 * GB]);
    bench.reach("2026-05-01T00:00:00Z");
    assert_eq!(bench.free("gb30"), [30 * GB]);
    bench.audit_at_rest();
}
