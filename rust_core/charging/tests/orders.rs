//! What the engine asks of gateways of its own accord: to come anew (RAR) and to end sessions (ASR).

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

/// Data at 1.00 a thousand octets; an add-on and a wallet of octets.
fn catalog() -> String {
    catalogue(
        r#""rate_tables": [{"code": "data", "service": "data", "rates": [
             {"default": true, "name": "web", "price": "1.00", "per": 1000}]}],
           "buckets": [
             {"code": "pack", "unit": "octet", "amount": 5000, "pays": [{"service": "data"}],
              "renew": "day"},
             {"code": "extra", "unit": "octet", "amount": 0, "pays": [{"service": "data"}],
              "top_ups": [{"code": "small", "price": "1.00", "amount": 1000, "days": 1}]}],
           "products": [
             {"code": "basic", "name": "Basic", "rate_tables": ["data"]},
             {"code": "other", "name": "Other", "rate_tables": ["data"]},
             {"code": "daily", "name": "Daily", "rate_tables": ["data"], "buckets": ["pack"]},
             {"code": "more", "name": "More", "kind": "addon", "buckets": ["pack"]}]"#,
    )
}

fn bench(balance: i64) -> Bench {
    Bench::story(&catalog(), "basic", balance, "2026-03-10T12:00:00Z")
}

fn ask(session: &'static str, number: u32, ask: u64, used: Option<u64>) -> Request<'static> {
    let kind = if number == 0 {
        Kind::Initial
    } else {
        Kind::Update
    };
    data(kind, session, number, &[units(Some(1), Some(ask), used)])
}

impl Bench {
    /// The orders since the last look: what, for which session.
    fn orders(&mut self) -> Vec<(OrderKind, String)> {
        let orders = self.shard.take_orders();
        assert!(
            orders
                .iter()
                .all(|order| { (&*order.gateway, &*order.realm) == ("gw.example", "example") })
        );
        let told = orders
            .into_iter()
            .map(|order| (order.kind, order.session.into()));
        told.collect()
    }
}

fn anew(session: &str) -> (OrderKind, String) {
    (OrderKind::Reauthorise, session.to_owned())
}

#[test]
fn a_top_up_calls_back_only_sessions_that_ran_short() {
    let mut bench = bench(2 * EUR);
    let rich = bench.go(ask("rich", 0, 500, None)).units[0];
    assert_eq!((rich.granted, rich.last), (Some(500), false));
    let last = bench.go(ask("last", 0, 5_000, None)).units[0];
    assert_eq!((last.granted, last.last), (Some(1_500), true));
    let denied = bench.go(ask("none", 0, 500, None)).units[0];
    assert_eq!(denied.result, ResultCode::CREDIT_LIMIT_REACHED);
    bench.pay_in(EUR);
    assert_eq!(bench.orders(), [anew("last"), anew("none")]);
    // Money that goes out calls nobody.
    bench.done(
        "adjust_balance",
        &format!(
            r#""amount":-1000000,"reason":"adjustment","reference":"{}""#,
            id(1)
        ),
    );
    assert_eq!(bench.orders(), []);
}

#[test]
fn what_comes_after_the_order_is_granted_anew() {
    let mut bench = bench(EUR);
    bench.go(ask("surf", 0, 5_000, None));
    bench.pay_in(EUR);
    assert_eq!(bench.orders(), [anew("surf")]);
    let again = bench.go(ask("surf", 1, 1_000, Some(400))).units[0];
    assert_eq!((again.granted, again.last), (Some(1_000), false));
    bench.pay_in(EUR);
    assert_eq!(bench.orders(), [], "it has all it asked for");
    bench.audit();
}

#[test]
fn an_order_has_no_point_once_its_session_has_asked_by_itself() {
    let mut bench = bench(EUR);
    bench.go(ask("surf", 0, 5_000, None));
    bench.pay_in(EUR);
    let order = bench.shard.take_orders().remove(0);
    assert!(bench.shard.is_wanted(&order));
    bench.go(ask("surf", 1, 100, None));
    assert!(!bench.shard.is_wanted(&order));
}

#[test]
fn a_block_and_its_end_call_back_every_session_of_the_line() {
    let mut bench = bench(10 * EUR);
    bench.add_line(1, "basic");
    bench.go(ask("mine", 0, 500, None));
    bench.go(Request {
        line: 1,
        ..ask("theirs", 0, 500, None)
    });
    bench.change_line(0, r#""status":"blocked""#);
    assert_eq!(bench.orders(), [anew("mine")]);
    let denied = bench.go(ask("mine", 1, 500, Some(100))).units[0];
    assert_eq!(
        (denied.result, denied.granted),
        (ResultCode::END_USER_SERVICE_DENIED, None)
    );
    bench.change_line(0, r#""status":"blocked""#);
    assert_eq!(bench.orders(), [], "nothing changed");
    bench.change_line(0, r#""status":"active""#);
    assert_eq!(bench.orders(), [anew("mine")]);
    bench.audit();
}

#[test]
fn quota_bought_or_changed_calls_back() {
    let mut bench = bench(10 * EUR);
    bench.go(ask("surf", 0, 500, None));
    let terms = format!(
        r#""line":"{}","instance":"{}","product":"more""#,
        line(0),
        id(1)
    );
    bench.done("add_product", &terms);
    assert_eq!(bench.orders(), [anew("surf")], "an add-on");
    let gone = format!(r#""line":"{}","instance":"{}""#, line(0), id(1));
    bench.done("remove_product", &gone);
    assert_eq!(bench.orders(), [anew("surf")], "its end");
    bench.change_line(0, r#""product":"other""#);
    assert_eq!(bench.orders(), [anew("surf")], "another main product");
    bench.change_line(0, r#""spending_cap":{"amount":1000000,"renew":"month"}"#);
    assert_eq!(bench.orders(), [anew("surf")], "a spending cap");
}

#[test]
fn content_of_a_wallet_and_credit_call_back_who_ran_short() {
    let mut bench = bench(EUR);
    bench.go(ask("surf", 0, 5_000, None));
    let content = format!(
        r#""line":"{}","bucket":"extra","option":"small","pay":"none","reference":"{}""#,
        line(0),
        id(2)
    );
    bench.done("top_up_wallet", &content);
    assert_eq!(bench.orders(), [anew("surf")]);
    bench.done("change_account", r#""credit_limit":1000000"#);
    assert_eq!(bench.orders(), [anew("surf")]);
}

#[test]
fn a_quota_that_begins_anew_calls_back_who_ran_short() {
    let mut bench = Bench::story(&catalog(), "daily", 0, "2026-03-10T23:59:00Z");
    bench.go(ask("surf", 0, 9_000, None));
    assert_eq!(bench.orders(), []);
    bench.reach("2026-03-11T00:00:00Z");
    assert_eq!(bench.orders(), [anew("surf")]);
}

#[test]
fn another_catalogue_calls_back_the_sessions_that_go_on_under_it() {
    let mut bench = bench(10 * EUR);
    let dearer = compiled(&catalog().replace("1.00", "2.00"));
    bench.shard.load_catalog(TENANT, 2, dearer);
    bench.go(ask("surf", 0, 500, None));
    bench.go(ask("walk", 0, 500, None));
    bench.activate(2);
    assert_eq!(bench.orders(), []);
    bench.shard.reauthorise_for_catalog(bench.now, 1);
    assert_eq!(bench.orders(), [anew("surf")], "one at a time");
    bench.shard.reauthorise_for_catalog(bench.now, 10);
    assert_eq!(bench.orders(), [anew("walk")]);
    bench.shard.reauthorise_for_catalog(bench.now, 10);
    assert_eq!(bench.orders(), []);
}

#[test]
fn an_aborted_session_gets_nothing_more_and_ends_by_its_report() {
    let mut bench = bench(10 * EUR);
    bench.go(ask("surf", 0, 500, None));
    bench.go(ask("walk", 0, 500, None));
    let terms = format!(r#""line":"{}","session":"surf""#, line(0));
    let outcome = bench.done("abort_session", &terms);
    assert!(outcome.contains(r#""sessions":["surf"]"#), "{outcome}");
    assert_eq!(bench.orders(), [(OrderKind::Abort, "surf".to_owned())]);
    let denied = bench.go(ask("surf", 1, 500, Some(100)));
    assert_eq!(denied.result, ResultCode::SUCCESS);
    assert_eq!(
        (denied.units[0].result, denied.units[0].granted),
        (ResultCode::END_USER_SERVICE_DENIED, None)
    );
    let end = data(
        Kind::Terminate,
        "surf",
        2,
        &[units(Some(1), None, Some(50))],
    );
    assert_eq!(bench.go(end).cost, Some(150_000));
    assert_eq!(bench.last_bill().usage, 150);
    assert_eq!(
        bench.go(ask("walk", 1, 500, None)).units[0].granted,
        Some(500)
    );
    bench.audit();
}

#[test]
fn an_aborted_session_that_goes_on_asking_ends_by_tcc() {
    let mut bench = bench(10 * EUR);
    bench.go(ask("surf", 0, 500, None));
    bench.done("abort_session", &format!(r#""line":"{}""#, line(0)));
    bench.tick_after(600_000);
    bench.go(ask("surf", 1, 500, Some(100)));
    assert_eq!(bench.shard.sessions().count(), 1);
    bench.tick_after(601_000);
    assert!(bench.shard.sessions().all(|session| session.expired));
    assert_eq!(bench.last_bill().usage, 100);
    bench.audit();
}

#[test]
fn a_session_that_is_not_open_cannot_be_aborted() {
    let mut bench = bench(EUR);
    let terms = format!(r#""line":"{}","session":"surf""#, line(0));
    assert_eq!(bench.refused("abort_session", &terms), "session_unknown");
    let unknown = format!(r#""line":"{}""#, id(9));
    assert_eq!(bench.refused("abort_session", &unknown), "line_unknown");
    let none = bench.done("abort_session", &format!(r#""line":"{}""#, line(0)));
    assert!(none.contains(r#""sessions":[]"#), "{none}");
}

#[test]
fn a_session_its_client_does_not_know_is_given_up_and_may_report_late() {
    let mut bench = bench(EUR);
    bench.go(ask("surf", 0, 5_000, None));
    bench.pay_in(EUR);
    let order = bench.shard.take_orders().remove(0);
    bench.shard.lost(&order, bench.now, &mut bench.journal);
    assert!(bench.shard.sessions().all(|session| session.expired));
    assert_eq!(bench.balance(), (2 * EUR, 0), "nothing is held any more");
    let late = data(
        Kind::Terminate,
        "surf",
        1,
        &[units(Some(1), None, Some(300))],
    );
    assert_eq!(bench.go(late).cost, Some(300_000));
    bench.audit_at_rest();
}

#[test]
fn a_session_that_was_heard_of_since_is_not_given_up() {
    let mut bench = bench(EUR);
    bench.go(ask("surf", 0, 5_000, None));
    bench.pay_in(EUR);
    let order = bench.shard.take_orders().remove(0);
    bench.go(ask("surf", 1, 100, Some(10)));
    bench.shard.lost(&order, bench.now, &mut bench.journal);
    assert!(bench.shard.sessions().all(|session| !session.expired));
}

#[test]
fn the_next_owner_orders_the_end_again() {
    let mut bench = bench(EUR);
    bench.go(ask("surf", 0, 500, None));
    bench.done("abort_session", &format!(r#""line":"{}""#, line(0)));
    bench.orders();
    bench.shard = bench.replayed();
    assert_eq!(bench.orders(), [], "replay orders nothing");
    let now = bench.now;
    bench.shard.begin(2, now, &mut bench.journal);
    assert_eq!(bench.orders(), [(OrderKind::Abort, "surf".to_owned())]);
}
