//! The user moves during a session: RATING_CONDITION_CHANGE (TS 32.299 §7.2.175).

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

/// Data and calls at home and twice as dear abroad; nothing is sold in a third country, where only
/// calls have a price.
fn bench() -> Bench {
    let catalog = catalogue(
        r#""zones": [{"code": "home", "plmns": ["21901"]}, {"code": "abroad", "plmns": ["310"]},
                    {"code": "far", "plmns": ["505"]}],
           "unknown_zone": "reject",
           "rate_tables": [
             {"code": "home", "service": "data", "rates": [
               {"default": true, "name": "home", "price": "1.00", "per": 1000}]},
             {"code": "abroad", "service": "data", "rates": [
               {"default": true, "name": "abroad", "price": "2.00", "per": 1000}]},
             {"code": "far", "service": "data", "rates": [
               {"default": true, "name": "far", "forbidden": true}]},
             {"code": "call-home", "service": "voice", "rates": [
               {"default": true, "name": "home", "price": "0.60", "per": 60}]},
             {"code": "call-abroad", "service": "voice", "rates": [
               {"default": true, "name": "abroad", "price": "1.20", "per": 60}]}],
           "products": [{"code": "basic", "name": "Basic", "rate_tables": [
             {"table": "home", "when": {"zones": ["home"]}},
             {"table": "abroad", "when": {"zones": ["abroad"]}},
             {"table": "far", "when": {"zones": ["far"]}},
             {"table": "call-home", "when": {"zones": ["home"]}},
             {"table": "call-abroad", "when": {"zones": ["abroad"]}}]}]"#,
    );
    Bench::story(&catalog, "basic", 10 * EUR, "2026-03-10T12:00:00Z")
}

fn within(plmn: &str) -> Option<Context<'_>> {
    Some(Context {
        plmn,
        ..Context::default()
    })
}

fn step<'a>(number: u32, plmn: &'a str, ask: Option<u64>, used: Option<u64>) -> Request<'a> {
    let kind = match (number, ask) {
        (0, _) => Kind::Initial,
        (_, Some(_)) => Kind::Update,
        (_, None) => Kind::Terminate,
    };
    Request {
        context: within(plmn),
        ..data(kind, "surf", number, &[units(Some(1), ask, used)])
    }
}

fn moved<'a>(number: u32, plmn: &'a str, ask: Option<u64>, used: Option<u64>) -> Request<'a> {
    Request {
        conditions_changed: true,
        ..step(number, plmn, ask, used)
    }
}

#[test]
fn what_was_used_has_the_old_price_and_what_follows_the_new_one() {
    let mut bench = bench();
    bench.go(step(0, "21901", Some(1_000), None));
    assert_eq!(bench.balance(), (10 * EUR, EUR));
    bench.now += 60_000;
    let granted = bench.go(moved(1, "310", Some(1_000), Some(400))).units[0];
    assert_eq!(granted.granted, Some(1_000));
    assert_eq!(bench.balance(), (9_600_000, 2 * EUR));
    let bill = bench.last_bill();
    assert_eq!(
        (bill.usage, bill.amount, &*bill.rate),
        (400, 400_000, "home")
    );
    bench.audit();
    // The place stays until the next change, whatever later requests leave out.
    bench.go(step(2, "", Some(1_000), Some(100)));
    assert_eq!(bench.balance(), (9_400_000, 2 * EUR));
    let end = bench.go(step(3, "", None, Some(100)));
    assert_eq!(end.cost, Some(800_000), "of the whole session");
    let bill = bench.last_bill();
    assert_eq!(
        (bill.usage, bill.amount, &*bill.rate),
        (200, 400_000, "abroad")
    );
    bench.audit_at_rest();
    bench.check_explanations();
}

#[test]
fn a_change_without_the_reason_is_not_one() {
    let mut bench = bench();
    bench.go(step(0, "21901", Some(1_000), None));
    bench.go(step(1, "310", Some(1_000), Some(400)));
    assert_eq!(bench.balance(), (9_600_000, EUR));
    assert_eq!(bench.cdrs(), []);
}

#[test]
fn where_nothing_may_be_used_nothing_more_is_granted() {
    let mut bench = bench();
    bench.go(step(0, "21901", Some(1_000), None));
    let denied = bench.go(moved(1, "505", Some(1_000), Some(400))).units[0];
    assert_eq!(
        (denied.result, denied.granted),
        (ResultCode::AUTHORIZATION_REJECTED, None)
    );
    assert_eq!(bench.balance(), (9_600_000, 0));
    bench.audit();
    // Back home it goes on.
    let granted = bench.go(moved(2, "21901", Some(500), None)).units[0];
    assert_eq!(granted.granted, Some(500));
    assert_eq!(
        bench.go(step(3, "21901", None, Some(500))).cost,
        Some(900_000)
    );
    bench.audit_at_rest();
    bench.check_explanations();
}

#[test]
fn a_group_that_does_not_report_yet_goes_on_as_it_began() {
    let mut bench = bench();
    let both = |number, first, second| Request {
        context: within("21901"),
        ..data(
            if number == 0 {
                Kind::Initial
            } else {
                Kind::Update
            },
            "surf",
            number,
            &[
                units(Some(1), Some(1_000), first),
                units(Some(2), Some(1_000), second),
            ],
        )
    };
    bench.go(both(0, None, None));
    bench.go(moved(1, "310", Some(1_000), Some(100)));
    // 0.10 charged; two euros held abroad for the first, and still one for the second.
    assert_eq!(bench.balance(), (9_900_000, 3 * EUR));
    bench.audit();
}

#[test]
fn a_group_that_is_given_back_holds_nothing_any_more() {
    // Quota-Holding-Time is over: a report without a request for more (TS 32.299 §6.5.4).
    let mut bench = bench();
    bench.go(step(0, "21901", Some(1_000), None));
    let quiet = Request {
        kind: Kind::Update,
        ..step(1, "21901", None, Some(100))
    };
    let answer = bench.go(quiet).units[0];
    assert_eq!((answer.result, answer.granted), (ResultCode::SUCCESS, None));
    assert_eq!(bench.balance(), (9_900_000, 0));
    bench.audit();
}

#[test]
fn a_call_is_priced_anew_from_the_second_of_the_change() {
    let mut bench = bench();
    let call = |kind, number, plmn, ask, used, changed| Request {
        context: within(plmn),
        conditions_changed: changed,
        ..voice(kind, "call", number, ask, used)
    };
    bench.go(call(Kind::Initial, 0, "21901", Some(60), None, false));
    bench.now += 30_000;
    bench.go(call(Kind::Update, 1, "310", Some(60), Some(30), true));
    bench.now += 10_000;
    let end = bench.go(call(Kind::Terminate, 2, "310", None, Some(10), false));
    assert_eq!(end.cost, Some(300_000 + 200_000));
    bench.audit_at_rest();
    bench.check_explanations();
}
