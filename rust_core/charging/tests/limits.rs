//! Caps and limits of lines and accounts.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;
use smallvec::smallvec;

/// 1.00 per 1,000 octets, music nothing; messages 0.50.
fn plain() -> String {
    catalogue(
        r#""rate_tables": [
            {"code": "data", "service": "data", "rates": [
              {"rating_group": 10, "name": "web", "price": "1.00", "per": 1000},
              {"rating_group": 20, "name": "music", "price": "0"}]},
            {"code": "sms", "service": "sms", "rates": [
              {"default": true, "name": "sms", "price": "0.50"}]}],
          "buckets": [{"code": "own", "unit": "octet", "amount": 1000, "pays": [
            {"service": "data", "rating_groups": [10]}]}],
          "products": [
            {"code": "basic", "name": "Basic", "rate_tables": ["data", "sms"]},
            {"code": "family", "name": "Family", "rate_tables": ["data", "sms"], "buckets": ["own"]}]"#,
    )
}

fn open<'a>(line: u16, name: &'a str, ask: u64) -> Request<'a> {
    Request {
        line,
        ..data(Kind::Initial, name, 0, &[units(Some(10), Some(ask), None)])
    }
}

fn close(name: &str, used: u64) -> Request<'_> {
    data(
        Kind::Terminate,
        name,
        9,
        &[units(Some(10), None, Some(used))],
    )
}

fn cap(bench: &mut Bench, amount: i64) {
    bench.change_line(
        0,
        &format!(r#""spending_cap":{{"amount":{amount},"renew":"month"}}"#),
    );
}

fn story(balance: i64) -> Bench {
    Bench::story(&plain(), "basic", balance, "2026-03-10T12:00:00Z")
}

#[test]
fn a_spending_cap_stops_its_own_line_only() {
    let mut bench = story(20 * EUR);
    bench.add_line(1, "basic");
    cap(&mut bench, 2 * EUR);
    let first = bench.go(open(0, "a", 1_500)).units[0];
    assert_eq!((first.granted, first.last), (Some(1_500), false));
    let second = bench.go(open(0, "b", 1_500)).units[0];
    assert_eq!((second.granted, second.last), (Some(500), true));
    assert_eq!(
        bench.go(open(0, "c", 1)).units[0].result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    assert_eq!(
        bench.send(&message()).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    let other = bench.go(open(1, "d", 10_000)).units[0];
    assert_eq!((other.granted, other.last), (Some(10_000), false));
    bench.audit();
    bench.go(close("a", 1_500));
    bench.go(close("b", 500));
    assert_eq!(
        bench.notices(),
        [(NoticeKind::CapReached, String::new(), 2 * EUR, 2 * EUR)]
    );
    assert_eq!(
        bench.send(&message()).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    bench.reach("2026-04-01T00:00:00Z");
    assert_eq!(bench.send(&message()).result, ResultCode::SUCCESS);
    assert_eq!(
        bench.account().lines[0].cap().map(|cap| cap.spent),
        Some(500_000)
    );
    bench.audit();
}

#[test]
fn a_cap_that_comes_while_a_grant_runs_counts_what_it_holds() {
    let mut bench = story(20 * EUR);
    bench.go(open(0, "a", 1_500));
    cap(&mut bench, 2 * EUR);
    bench.audit();
    assert_eq!(bench.go(open(0, "b", 1_500)).units[0].granted, Some(500));
    bench.go(close("a", 1_500));
    bench.go(close("b", 500));
    bench.audit_at_rest();
    assert_eq!(
        bench.send(&message()).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
}

#[test]
fn a_cap_taken_away_and_set_again_while_a_grant_runs_is_no_wider() {
    let mut bench = story(20 * EUR);
    cap(&mut bench, 2 * EUR);
    bench.go(open(0, "a", 1_500));
    bench.change_line(0, r#""spending_cap":null"#);
    cap(&mut bench, 2 * EUR);
    bench.audit();
    bench.go(close("a", 1_500));
    assert_eq!(bench.go(open(0, "b", 5_000)).units[0].granted, Some(500));
    bench.audit();
}

#[test]
fn a_hold_from_before_the_caps_period_leaves_with_it() {
    let mut bench = story(20 * EUR);
    cap(&mut bench, 2 * EUR);
    bench.set("2026-03-31T23:59:00Z");
    bench.go(open(0, "a", 2_000));
    bench.reach("2026-04-01T00:00:30Z");
    // Held before, used after: it is of the new month when it is reported there.
    assert_eq!(
        bench.go(open(0, "b", 1)).units[0].result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    bench.go(close("a", 500));
    bench.audit_at_rest();
    assert_eq!(bench.go(open(0, "c", 5_000)).units[0].granted, Some(1_500));
    bench.audit();
}

#[test]
fn a_line_with_a_balance_of_its_own_never_touches_the_accounts() {
    for overrun in ["absorb", "debt"] {
        let mut bench = Bench::story_with(
            &plain(),
            "family",
            (5 * EUR, overrun),
            "2026-03-10T12:00:00Z",
        );
        bench.change_line(0, r#""own_balance":true"#);
        let opened = bench.go(open(0, "a", 5_000)).units[0];
        assert_eq!((opened.granted, opened.last), (Some(1_000), true));
        assert_eq!(
            bench.send(&message()).result,
            ResultCode::CREDIT_LIMIT_REACHED
        );
        let mut unit = units(None, Some(1), None);
        unit.money = true;
        let money = Request {
            units: smallvec![unit],
            ..message()
        };
        assert_eq!(
            bench.send(&money).result,
            ResultCode::CREDIT_LIMIT_REACHED,
            "{overrun}"
        );
        let session = Request {
            kind: Kind::Initial,
            session: SessionRef::Named("money"),
            ..money
        };
        assert_eq!(bench.go(session).result, ResultCode::CREDIT_LIMIT_REACHED);
        // What costs nothing needs no payer.
        let music = data(
            Kind::Initial,
            "music",
            0,
            &[units(Some(20), Some(9_000), None)],
        );
        assert_eq!(bench.go(music).units[0].granted, Some(9_000));
        bench.go(close("a", 1_100));
        let bill = bench.last_bill();
        assert_eq!((bill.amount, bill.overrun), (100_000, 100_000), "{overrun}");
        assert_eq!(bench.balance(), (5 * EUR, 0));
        bench.audit();
    }
}

#[test]
fn a_temporary_limit_holds_until_its_end_and_warns_when_it_is_nearly_spent() {
    let mut bench = story(0);
    let until = bench.now + HOUR;
    bench.done(
        "change_account",
        &format!(
            r#""credit_limit":1000000,"limit_warning":500000,
               "temporary_limit":{{"amount":3000000,"until":{until}}}"#
        ),
    );
    assert_eq!(
        bench
            .spend(
                &Request {
                    line: 0,
                    ..surf(10)
                },
                2_000
            )
            .cost,
        Some(2 * EUR)
    );
    assert!(bench.notices().is_empty());
    bench.send(&message());
    assert!(
        bench.notices().is_empty(),
        "half is left: {:?}",
        bench.notices()
    );
    bench.now = until - 1;
    bench.spend(&surf(10), 1);
    let warned = (NoticeKind::LimitWarning, String::new(), 500_000, 499_000);
    assert_eq!(bench.notices().first(), Some(&warned));
    assert_eq!(bench.notices().len(), 1);
    // Its time is over: the permanent limit is long spent.
    bench.tick_after(1);
    assert_eq!(
        bench.send(&message()).result,
        ResultCode::CREDIT_LIMIT_REACHED
    );
    bench.pay_in(3 * EUR);
    bench.send(&message());
    assert_eq!(bench.notices().len(), 1);
    bench.send(&message());
    assert_eq!(bench.notices().len(), 2);
    bench.done(
        "change_account",
        r#""temporary_limit":null,"limit_warning":null"#,
    );
    bench.send(&message());
    assert_eq!(bench.notices().len(), 2);
    bench.audit_at_rest();
}

#[test]
fn a_low_balance_is_told_once_and_again_after_a_top_up() {
    let mut bench = story(2 * EUR);
    bench.done("change_account", r#""low_balance":1000000"#);
    let mut told = Vec::new();
    for pay_in in [0, 0, 0, 2 * EUR, 0, 0, 0] {
        if pay_in > 0 {
            bench.pay_in(pay_in);
        }
        bench.send(&message());
        told.push(bench.notices().len());
    }
    // 1.50, 1.00, 0.50 (told), 2.00, 1.50, 1.00, 0.50 (told).
    assert_eq!(told, [0, 0, 1, 1, 1, 1, 2]);
    assert_eq!(
        bench.notices()[1],
        (NoticeKind::LowBalance, String::new(), EUR, 500_000)
    );
    bench.audit_at_rest();
}

#[test]
fn what_an_accounts_money_makes_of_it() {
    let statuses = |bench: &Bench| bench.account().money_statuses(bench.now);
    let mut bench = Bench::with(0, "debt");
    assert_eq!(statuses(&bench), ["no_available_funds"]);
    bench.pay_in(EUR);
    assert!(statuses(&bench).is_empty());
    // What a grant holds makes no status, what is charged does.
    bench.charge(&voice(Kind::Initial, "call", 0, Some(600), None));
    assert_eq!(bench.balance(), (EUR, EUR));
    assert!(statuses(&bench).is_empty());
    bench.charge(&voice(Kind::Terminate, "call", 1, None, Some(600)));
    assert_eq!(
        (bench.balance(), statuses(&bench)),
        ((0, 0), vec!["no_available_funds"])
    );
    bench.done("change_account", r#""credit_limit":500000"#);
    assert!(statuses(&bench).is_empty());
    bench.charge(&voice(Kind::Initial, "more", 0, Some(300), None));
    bench.charge(&voice(Kind::Terminate, "more", 1, None, Some(300)));
    assert_eq!(
        (bench.balance().0, statuses(&bench)),
        (-500_000, vec!["credit_exceeded"])
    );
    bench.done("change_account", r#""credit_limit":0"#);
    assert_eq!(statuses(&bench), ["credit_exceeded"]);
    bench.pay_in(2 * EUR);
    bench.change_line(0, r#""spending_cap":{"amount":100000,"renew":"day"}"#);
    bench.charge(&voice(Kind::Initial, "last", 0, Some(60), None));
    bench.charge(&voice(Kind::Terminate, "last", 1, None, Some(60)));
    assert_eq!(statuses(&bench), ["spending_limit_reached"]);
    bench.now += 2 * 24 * 3_600_000;
    assert!(statuses(&bench).is_empty(), "another day");
}
