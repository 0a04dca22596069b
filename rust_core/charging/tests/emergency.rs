//! Numbers that are free whatever stands against it.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn special() -> String {
    catalogue(
        r#""destinations": [
            {"code": "emergency", "kind": "emergency", "prefixes": ["112", "911"]},
            {"code": "freephone", "kind": "toll_free", "prefixes": ["385800"]}],
          "rate_tables": [
            {"code": "voice", "service": "voice", "rates": [
              {"default": true, "name": "any", "price": "0.60", "per": 60},
              {"prefix": "112", "name": "no", "forbidden": true}]},
            {"code": "data", "service": "data", "rates": [
              {"rating_group": 1, "name": "web", "price": "1.00", "per": 1000},
              {"rating_group": 2, "name": "music", "price": "0"}]}],
          "products": [
            {"code": "basic", "name": "Basic", "rate_tables": ["voice", "data"],
             "closed_user_group": {"outgoing": "barred", "incoming": "barred"}},
            {"code": "dataonly", "name": "Data", "rate_tables": ["data"]}]"#,
    )
}

fn story(product: &str, status: &str) -> Bench {
    let mut bench = Bench::story(&special(), product, 0, "2026-03-10T12:00:00Z");
    bench.change_line(0, &format!(r#""status":"{status}""#));
    bench
}

fn to<'a>(destination: &'a str, name: &'a str) -> Request<'a> {
    Request {
        destination,
        ..voice(Kind::Initial, name, 0, Some(60), None)
    }
}

#[test]
fn an_emergency_call_goes_through_whatever_the_line_may_do() {
    for product in ["basic", "dataonly"] {
        for status in ["active", "preactive", "blocked", "suspended"] {
            let mut bench = story(product, status);
            bench.change_line(0, r#""own_balance":true,"toll_free_barred":true"#);
            let opened = bench.go(to("112", "call"));
            assert_eq!(
                (opened.result, opened.units[0].granted),
                (ResultCode::SUCCESS, Some(60))
            );
            assert!(!opened.units[0].last);
            assert_eq!(bench.balance(), (0, 0));
            let update = Request {
                destination: "112",
                ..voice(Kind::Update, "call", 1, Some(60), Some(60))
            };
            assert_eq!(
                bench.go(update).units[0].granted,
                Some(60),
                "{product} {status}"
            );
            bench.go(Request {
                destination: "112",
                ..voice(Kind::Terminate, "call", 2, None, Some(30))
            });
            let bill = bench.last_bill();
            assert_eq!(
                (bill.usage, bill.amount, bill.rate.as_str()),
                (90, 0, "free")
            );
            let almost = bench.go(to("1121", "other"));
            assert_ne!(almost.result, ResultCode::SUCCESS, "{product} {status}");
            bench.audit_at_rest();
        }
    }
}

#[test]
fn a_closed_line_is_nobodys() {
    let mut bench = story("basic", "closed");
    assert_eq!(bench.go(to("112", "call")).result, ResultCode::USER_UNKNOWN);
}

#[test]
fn a_call_from_an_emergency_number_is_a_call_like_others() {
    let mut bench = story("basic", "blocked");
    let called = Request {
        direction: Direction::Terminating,
        ..to("112", "call")
    };
    assert_eq!(bench.go(called).result, ResultCode::END_USER_SERVICE_DENIED);
}

#[test]
fn a_toll_free_number_is_free_unless_a_blocked_line_is_barred_from_it() {
    for (status, barred, result) in [
        ("active", false, ResultCode::SUCCESS),
        ("active", true, ResultCode::SUCCESS),
        ("blocked", false, ResultCode::SUCCESS),
        ("blocked", true, ResultCode::END_USER_SERVICE_DENIED),
        ("suspended", true, ResultCode::END_USER_SERVICE_DENIED),
    ] {
        let mut bench = story("basic", status);
        bench.change_line(0, &format!(r#""toll_free_barred":{barred}"#));
        let opened = bench.go(to("385800123456", "call"));
        assert_eq!(opened.result, result, "{status} {barred}");
        assert_eq!(bench.balance(), (0, 0));
        bench.audit();
    }
}

#[test]
fn usage_that_costs_nothing_goes_on_where_the_barring_says_so() {
    for (allowed, music) in [(false, None), (true, Some(5_000))] {
        let mut bench = story("dataonly", "active");
        bench.change_line(0, &format!(r#""zero_rated_allowed":{allowed}"#));
        bench.pay_in(10 * EUR);
        let ask = |kind, number, used| {
            let group = |group| units(Some(group), Some(5_000), used);
            data(kind, "surf", number, &[group(1), group(2)])
        };
        bench.go(ask(Kind::Initial, 0, None));
        bench.change_line(0, r#""status":"blocked""#);
        let update = bench.go(ask(Kind::Update, 1, Some(100)));
        let granted: Vec<_> = update.units.iter().map(|unit| unit.granted).collect();
        assert_eq!(granted, [None, music], "{allowed}");
        assert_eq!(bench.balance(), (9_900_000, 0));
        let again = data(
            Kind::Initial,
            "new",
            0,
            &[units(Some(2), Some(5_000), None)],
        );
        let again = bench.go(again);
        assert_eq!(
            again.units.first().and_then(|unit| unit.granted),
            music,
            "{allowed}"
        );
        bench.audit();
    }
}
