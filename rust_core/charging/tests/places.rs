//! Where the user is decides the price: the documented table of a UK operator.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

/// A minute to numbers of `home`, `zone1` and `zone2`, incoming, a message and a megabyte.
fn tables() -> String {
    let mut tables = String::new();
    let mut uses = String::new();
    for (zone, [home, one, two, incoming, message, megabyte]) in [
        ("home", ["0.03", "0.20", "0.35", "0", "0.05", "0.10"]),
        ("zone1", ["0.20", "0.60", "1.00", "0.50", "0.30", "0.50"]),
        ("zone2", ["0.40", "0.95", "0.80", "0.70", "0.50", "0.70"]),
    ] {
        tables += &format!(
            r#"{{"code": "out-{zone}", "service": "voice", "rates": [
                 {{"prefix": "44", "name": "home", "price": "{home}", "per": 60, "first_interval": 60, "next_interval": 60}},
                 {{"prefix": "1", "name": "one", "price": "{one}", "per": 60, "first_interval": 60, "next_interval": 60}},
                 {{"prefix": "61", "name": "two", "price": "{two}", "per": 60, "first_interval": 60, "next_interval": 60}}]}},
               {{"code": "in-{zone}", "service": "voice", "direction": "terminating", "rates": [
                 {{"default": true, "name": "incoming", "price": "{incoming}", "per": 60, "first_interval": 60, "next_interval": 60}}]}},
               {{"code": "sms-{zone}", "service": "sms", "rates": [
                 {{"default": true, "name": "sms", "price": "{message}"}}]}},
               {{"code": "data-{zone}", "service": "data", "rates": [
                 {{"default": true, "name": "data", "price": "{megabyte}", "per": 1000000}}]}},"#
        );
        for table in ["out", "in", "sms", "data"] {
            uses += &format!(r#"{{"table": "{table}-{zone}", "when": {{"zones": ["{zone}"]}}}},"#);
        }
    }
    catalogue(&format!(
        r#""unknown_zone": "reject",
          "zones": [
            {{"code": "home", "plmns": ["234"], "msc_prefixes": ["44"]}},
            {{"code": "zone1", "plmns": ["310", "302"], "msc_prefixes": ["1"]}},
            {{"code": "zone2", "plmns": ["505"], "msc_prefixes": ["61"]}}],
          "rate_tables": [{}],
          "products": [{{"code": "uk", "name": "UK", "rate_tables": [{}]}}]"#,
        tables.trim_end_matches(','),
        uses.trim_end_matches(',')
    ))
}

fn at<'a>(plmn: &'a str, msc: &'a str) -> Option<Context<'a>> {
    Some(Context {
        plmn,
        msc,
        ..Context::default()
    })
}

fn story() -> Bench {
    Bench::story(&tables(), "uk", 100 * EUR, "2026-03-10T12:00:00Z")
}

#[test]
fn l1_to_l5_every_cell_of_the_table() {
    let mut bench = story();
    for (msc, prices) in [
        ("447700900000", [30_000, 200_000, 350_000, 0, 50_000]),
        (
            "12125550000",
            [200_000, 600_000, 1_000_000, 500_000, 300_000],
        ),
        ("61400000000", [400_000, 950_000, 800_000, 700_000, 500_000]),
    ] {
        let context = at("", msc);
        let to = |destination| Request {
            destination,
            context,
            ..call()
        };
        for (destination, price) in ["4420", "1212", "612"].into_iter().zip(prices) {
            assert_eq!(
                bench.spend(&to(destination), 300).cost,
                Some(5 * price),
                "{msc}"
            );
        }
        let incoming = Request {
            direction: Direction::Terminating,
            ..to("4420")
        };
        assert_eq!(
            bench.spend(&incoming, 240).cost,
            Some(4 * prices[3]),
            "{msc}"
        );
        let text = Request {
            context,
            ..message()
        };
        assert_eq!(bench.send(&text).cost, Some(prices[4]), "{msc}");
    }
    // L1, L2 and L5 by name.
    let costs: Vec<i64> = bench.bills().iter().map(|bill| bill.amount).collect();
    assert_eq!((costs[5], costs[13], costs[3]), (1_000_000, 2_800_000, 0));
    bench.audit_at_rest();
}

#[test]
fn data_goes_by_the_network_code() {
    let mut bench = story();
    for (plmn, cost) in [("23415", 100_000), ("310410", 500_000), ("50501", 700_000)] {
        let megabyte = Request {
            context: at(plmn, ""),
            ..surf(1)
        };
        assert_eq!(bench.spend(&megabyte, 1_000_000).cost, Some(cost));
    }
}

#[test]
fn the_place_of_the_first_request_prices_the_session_after_a_restart_too() {
    let mut bench = story();
    let open = Request {
        destination: "4420",
        context: at("", "12125550000"),
        ..voice(Kind::Initial, "call", 0, Some(300), None)
    };
    bench.go(open);
    assert_eq!(bench.balance().1, EUR);
    bench.shard = bench.replayed();
    bench.go(voice(Kind::Update, "call", 1, Some(300), Some(300)));
    bench.go(voice(Kind::Terminate, "call", 2, None, Some(0)));
    assert_eq!(bench.balance(), (99 * EUR, 0));
}

#[test]
fn an_unknown_network_is_rejected() {
    let mut bench = story();
    let lost = Request {
        context: at("99999", "447700900000"),
        destination: "4420",
        ..voice(Kind::Initial, "call", 0, Some(60), None)
    };
    assert_eq!(bench.go(lost).result, ResultCode::AUTHORIZATION_REJECTED);
    let data = Request {
        context: at("99999", ""),
        ..data(Kind::Initial, "surf", 0, &[units(Some(1), Some(1), None)])
    };
    assert_eq!(
        bench.go(data).units[0].result,
        ResultCode::AUTHORIZATION_REJECTED
    );
    bench.audit_at_rest();
}
