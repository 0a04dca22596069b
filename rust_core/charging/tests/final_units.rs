//! The end of the money: terminate, redirect, restrict, throttle.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

/// Data that redirects, by a product of its own that restricts; calls that end.
fn catalog() -> String {
    let rest = r#""rate_tables": [
             {"code": "data", "service": "data", "rates": [
               {"default": true, "name": "web", "price": "1.00", "per": 1000}]},
             {"code": "voice", "service": "voice", "rates": [
               {"default": true, "name": "call", "price": "0.60", "per": 60}]}],
           "products": [
             {"code": "basic", "name": "Basic", "rate_tables": ["data", "voice"]},
             {"code": "walled", "name": "Walled", "rate_tables": ["data"], "final_units": [
               {"service": "data", "action": "restrict", "filter_ids": ["portal"]}]}]"#;
    let data = r#""service_contexts": ["32251@3gpp.org"],"#;
    let redirected = format!(
        r#"{data} "final_unit": {{"action": "redirect", "redirect_to": "https://topup.example/"}},"#
    );
    catalogue(rest).replace(data, &redirected)
}

fn ask(number: u32, ask: u64, used: Option<u64>) -> Request<'static> {
    let kind = if number == 0 {
        Kind::Initial
    } else {
        Kind::Update
    };
    data(kind, "surf", number, &[units(Some(1), Some(ask), used)])
}

#[test]
fn a_redirected_session_goes_on_without_units_and_is_served_again_after_a_top_up() {
    for product in ["basic", "walled"] {
        let mut bench = Bench::story(&catalog(), product, EUR, "2026-03-10T12:00:00Z");
        let last = bench.go(ask(0, 5_000, None)).units[0];
        assert_eq!(
            (last.granted, last.last, last.validity),
            (Some(1_000), true, 600)
        );
        let led = bench.go(ask(1, 5_000, Some(1_000))).units[0];
        assert_eq!(
            (led.result, led.granted, led.last, led.validity),
            (ResultCode::SUCCESS, None, true, 600)
        );
        // The client asks again whenever the time is over.
        let led = bench.go(ask(2, 5_000, None)).units[0];
        assert_eq!((led.granted, led.last), (None, true));
        bench.pay_in(EUR);
        assert_eq!(bench.shard.take_orders().len(), 1);
        let again = bench.go(ask(3, 500, None)).units[0];
        assert_eq!((again.granted, again.last), (Some(500), false));
        bench.audit();
    }
}

#[test]
fn a_session_without_money_opens_redirected() {
    let mut bench = Bench::story(&catalog(), "basic", 0, "2026-03-10T12:00:00Z");
    let opened = bench.go(ask(0, 5_000, None));
    assert_eq!(opened.result, ResultCode::SUCCESS);
    assert_eq!(
        (opened.units[0].granted, opened.units[0].last),
        (None, true)
    );
    assert_eq!(bench.shard.sessions().count(), 1);
    bench.audit();
}

#[test]
fn what_is_terminated_is_refused() {
    let mut bench = Bench::story(&catalog(), "basic", 0, "2026-03-10T12:00:00Z");
    let denied = bench.go(voice(Kind::Initial, "call", 0, Some(60), None));
    assert_eq!(denied.result, ResultCode::CREDIT_LIMIT_REACHED);
    assert_eq!(bench.shard.sessions().count(), 0);
}

#[test]
fn a_blocked_line_is_not_redirected() {
    let mut bench = Bench::story(&catalog(), "basic", 0, "2026-03-10T12:00:00Z");
    bench.go(ask(0, 5_000, None));
    bench.change_line(0, r#""status":"blocked""#);
    let denied = bench.go(ask(1, 5_000, None)).units[0];
    assert_eq!(denied.result, ResultCode::END_USER_SERVICE_DENIED);
}

#[test]
fn the_last_units_at_full_speed_are_a_grant_of_their_own() {
    let catalog = catalogue(
        r#""rate_tables": [{"code": "data", "service": "data", "rates": [
             {"default": true, "name": "web", "price": "1.00", "per": 1000}]}],
           "buckets": [{"code": "quota", "unit": "octet", "amount": 5000, "renew": "month",
             "pays": [{"service": "data"}], "exhausted": "throttle", "throttle": "256kbps"}],
           "products": [{"code": "basic", "name": "Basic", "rate_tables": ["data"],
             "buckets": ["quota"]}]"#,
    );
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-10T12:00:00Z");
    let throttle = |unit: &UnitAnswer| unit.throttle.is_some();
    let first = bench.go(ask(0, 3_000, None)).units[0];
    assert_eq!((first.granted, throttle(&first)), (Some(3_000), false));
    let last = bench.go(ask(1, 3_000, Some(3_000))).units[0];
    assert_eq!(
        (last.granted, last.last, throttle(&last)),
        (Some(2_000), false, true)
    );
    let slow = bench.go(ask(2, 3_000, Some(2_000))).units[0];
    assert_eq!(
        (slow.granted, slow.last, throttle(&slow)),
        (Some(3_000), false, true)
    );
    bench.go(data(
        Kind::Terminate,
        "surf",
        3,
        &[units(Some(1), None, Some(3_000))],
    ));
    assert_eq!(
        bench.last_bill().parts,
        ["bucket:quota 0..5000 =5000", "throttle:quota 5000..8000 =0"]
    );
    // Exactly what the bucket holds is told, too.
    bench.reach("2026-04-01T00:00:00Z");
    let whole = bench.go(Request {
        session: SessionRef::Named("april"),
        ..ask(0, 5_000, None)
    });
    assert_eq!(whole.units[0].granted, Some(5_000));
    assert!(throttle(&whole.units[0]));
    bench.audit();
}
