//! Which rate decides: selectors, order of products, conditions, dates and periods.

mod catalogue;

use catalogue::{call, compile, data, guided, named, november, voice, with};
use openmvno_rating::{
    Catalog, Direction, Facts, Location, NotRated, ProductId, Relation, ServiceId, TimeZone,
};
use serde_json::{Value, json};

fn rate(selector: &str, value: &Value, name: &str) -> Value {
    json!({selector: value, "name": name, "price": "1"})
}

/// One voice table with these rates in one product `p`.
fn table(rates: &Value) -> Catalog {
    compile(&with(&json!({
        "rate_tables": [{"code": "t", "service": "voice", "rates": rates}],
        "products": [{"code": "p", "rate_tables": ["t"]}]})))
}

#[test]
fn r9_the_longest_prefix_that_holds_now() {
    let catalog = table(&json!([
        rate("prefix", &json!("44"), "uk"),
        rate("prefix", &json!("447"), "uk-mobile"),
        {"prefix": "4477", "name": "future", "price": "1", "effective_from": "2026-11-10T00:00:00Z"},
        {"prefix": "4478", "name": "past", "price": "1", "effective_until": "2026-11-10T00:00:00+01:00"},
        {"prefix": "4479", "name": "premium", "forbidden": true},
    ]));
    let at = |number, at| {
        let facts = Facts { at, ..call(number) };
        named(&catalog, &["p"], &facts)
    };
    let before = november(9, 22, 59);
    assert_eq!(at("442079460000", before), Ok("uk"));
    assert_eq!(at("447300900123", before), Ok("uk-mobile"));
    assert_eq!(at("447700900123", before), Ok("uk-mobile"), "not yet");
    assert_eq!(at("447800900123", before), Ok("past"));
    assert_eq!(
        at("447800900123", november(9, 23, 0)),
        Ok("uk-mobile"),
        "half-open"
    );
    assert_eq!(at("447700900123", november(10, 0, 0)), Ok("future"));
    assert_eq!(at("447900900123", before), Err(NotRated::Forbidden));
    assert_eq!(at("385", before), Err(NotRated::NoRate));
    assert_eq!(at("", before), Err(NotRated::NoRate));
}

#[test]
fn a_decision_stands_until_something_it_saw_may_change() {
    let catalog = table(&json!([
        rate("prefix", &json!("44"), "uk"),
        {"prefix": "447", "name": "autumn", "price": "1",
         "effective_from": "2026-11-10T00:00:00Z", "effective_until": "2026-11-20T00:00:00Z"},
        {"prefix": "447", "name": "winter", "price": "1", "effective_from": "2026-11-25T00:00:00Z"},
    ]));
    let until = |number, at| {
        let facts = Facts { at, ..call(number) };
        guided(&catalog, &["p"], &facts).expect("a rate").until()
    };
    assert_eq!(
        until("442", november(1, 0, 0)),
        None,
        "no dated rate was looked at"
    );
    assert_eq!(until("447", november(1, 0, 0)), Some(november(10, 0, 0)));
    assert_eq!(until("447", november(10, 0, 0)), Some(november(20, 0, 0)));
    assert_eq!(until("447", november(20, 0, 0)), Some(november(25, 0, 0)));
    assert_eq!(until("447", november(25, 0, 0)), None);
}

#[test]
fn symbols_before_prefixes_and_the_default_last() {
    let catalog = table(&json!([
        rate("default", &json!(true), "default"),
        rate("prefix", &json!("385"), "prefix"),
        rate("symbol", &json!("on_net"), "on_net"),
        rate("symbol", &json!("favourite"), "favourite"),
        rate("symbol", &json!("cug"), "cug"),
    ]));
    let find = |destination, on_net, favourite, cug| {
        let relation = Relation {
            on_net,
            favourite,
            cug,
        };
        let facts = Facts {
            relation,
            ..call(destination)
        };
        named(&catalog, &["p"], &facts)
    };
    assert_eq!(find("38591", true, true, true), Ok("cug"));
    assert_eq!(find("38591", true, true, false), Ok("favourite"));
    assert_eq!(find("38591", true, false, false), Ok("on_net"));
    assert_eq!(find("38591", false, false, false), Ok("prefix"));
    assert_eq!(find("1", false, false, true), Ok("cug"));
    assert_eq!(find("1", false, false, false), Ok("default"));
}

#[test]
fn rating_groups_and_their_default() {
    let catalog = compile(&with(&json!({
        "rate_tables": [{"code": "t", "service": "data", "rates": [
            rate("rating_group", &json!(10), "ten"), rate("default", &json!(true), "rest")]}],
        "products": [{"code": "p", "rate_tables": ["t"]}]})));
    assert_eq!(named(&catalog, &["p"], &data(10)), Ok("ten"));
    assert_eq!(named(&catalog, &["p"], &data(11)), Ok("rest"));
    let without = Facts {
        rating_group: None,
        ..data(0)
    };
    assert_eq!(named(&catalog, &["p"], &without), Ok("rest"));
}

#[test]
fn a_destination_is_every_prefix_of_it() {
    let catalog = compile(&with(&json!({
        "destinations": [
            {"code": "europe", "include": ["croatia", "germany"], "prefixes": ["33"]},
            {"code": "croatia", "prefixes": ["385"]},
            {"code": "germany", "prefixes": ["49", "4915"]}],
        "rate_tables": [{"code": "t", "service": "voice", "rates": [
            rate("destination", &json!("europe"), "europe"),
            rate("prefix", &json!("491"), "mobile")]}],
        "products": [{"code": "p", "rate_tables": ["t"]}]})));
    for (number, name) in [
        ("3851", Ok("europe")),
        ("331", Ok("europe")),
        ("4930", Ok("europe")),
        ("4917", Ok("mobile")),
        ("49151", Ok("europe")),
        ("1", Err(NotRated::NoRate)),
    ] {
        assert_eq!(named(&catalog, &["p"], &call(number)), name, "{number}");
    }
}

/// Add-ons decide before the main product where they have a rate, and only there.
#[test]
fn addons_come_first_and_what_they_lack_falls_through() {
    let catalog = compile(&with(&json!({
        "rate_tables": [
            {"code": "main", "service": "voice", "rates": [rate("prefix", &json!(""), "main")]},
            {"code": "europe", "service": "voice", "rates": [rate("prefix", &json!("4"), "europe")]},
            {"code": "uk", "service": "voice", "rates": [
                rate("prefix", &json!("44"), "uk"), {"prefix": "449", "forbidden": true}]},
            {"code": "sms", "service": "sms", "direction": "terminating", "rates": [
                rate("prefix", &json!(""), "sms")]}],
        "products": [
            {"code": "main", "rate_tables": ["main"]},
            {"code": "uk", "kind": "addon", "precedence": 2, "rate_tables": ["uk"]},
            {"code": "europe", "kind": "addon", "precedence": 1, "rate_tables": ["europe", "sms"]}]})));
    let all = ["uk", "europe", "main"];
    assert_eq!(named(&catalog, &all, &call("441")), Ok("uk"));
    assert_eq!(named(&catalog, &all, &call("49")), Ok("europe"));
    assert_eq!(named(&catalog, &all, &call("1")), Ok("main"));
    assert_eq!(
        named(&catalog, &all, &call("449")),
        Err(NotRated::Forbidden)
    );
    assert_eq!(
        named(&catalog, &["europe", "uk", "main"], &call("441")),
        Ok("europe")
    );
    let decided = guided(&catalog, &all, &call("49")).expect("a rate");
    assert_eq!(decided.product, ProductId(2));
    assert_eq!(
        catalog
            .table(decided.table)
            .map(|table| table.code.as_str()),
        Some("europe")
    );

    let sms = Facts {
        service: ServiceId(1),
        ..voice()
    };
    assert_eq!(named(&catalog, &["main"], &sms), Err(NotRated::NotSold));
    assert_eq!(
        named(&catalog, &all, &sms),
        Err(NotRated::NoRate),
        "sold, incoming"
    );
    let incoming = Facts {
        direction: Direction::Terminating,
        ..sms
    };
    assert_eq!(named(&catalog, &all, &incoming), Ok("sms"));
    let forwarded = Facts {
        direction: Direction::Forwarded,
        ..call("49")
    };
    assert_eq!(named(&catalog, &all, &forwarded), Err(NotRated::NoRate));
    assert_eq!(named(&catalog, &[], &call("49")), Err(NotRated::NotSold));
}

fn conditional(when: &Value) -> Catalog {
    compile(&with(&json!({
        "destinations": [{"code": "croatia", "prefixes": ["385"]}],
        "zones": [{"code": "home", "plmns": ["21901"]}, {"code": "away", "plmns": ["310"]}],
        "cell_groups": [{"code": "stadium", "cells": ["21901-100", "21901-200-7788"]}],
        "rate_tables": [
            {"code": "special", "service": "voice", "rates": [rate("prefix", &json!(""), "special")]},
            {"code": "usual", "service": "voice", "rates": [rate("prefix", &json!(""), "usual")]}],
        "products": [{"code": "p", "rate_tables": [{"table": "special", "when": when}, "usual"]}]})))
}

#[test]
fn every_condition_asks_for_its_fact() {
    let at = |plmn, cell| Location {
        plmn,
        cell,
        msc: "",
    };
    let usual = voice();
    let relation = Relation {
        favourite: true,
        ..Relation::default()
    };
    let cases: Vec<(Value, Facts<'_>, Facts<'_>)> = vec![
        (
            json!({"zones": ["home"]}),
            Facts {
                location: at("21901", ""),
                ..usual
            },
            Facts {
                location: at("310260", ""),
                ..usual
            },
        ),
        (
            json!({"cell_groups": ["stadium"]}),
            Facts {
                location: at("", "21901-100-5"),
                ..usual
            },
            Facts {
                location: at("", "21901-200-5"),
                ..usual
            },
        ),
        (
            json!({"cell_groups": ["stadium"]}),
            Facts {
                location: at("", "21901-200-7788"),
                ..usual
            },
            Facts {
                location: at("", "21901-1001-5"),
                ..usual
            },
        ),
        (
            json!({"apns": ["Internet"]}),
            Facts {
                apn: "INTERNET",
                ..usual
            },
            Facts {
                apn: "intern",
                ..usual
            },
        ),
        (
            json!({"rating_groups": [10, 4]}),
            Facts {
                rating_group: Some(4),
                ..usual
            },
            usual,
        ),
        (
            json!({"service_identifiers": [1]}),
            Facts {
                service_identifier: Some(1),
                ..usual
            },
            Facts {
                service_identifier: Some(2),
                ..usual
            },
        ),
        (
            json!({"rat_types": [6]}),
            Facts {
                rat_type: Some(6),
                ..usual
            },
            Facts {
                rat_type: Some(0),
                ..usual
            },
        ),
        (
            json!({"qos_classes": [9]}),
            Facts {
                qos_class: Some(9),
                ..usual
            },
            usual,
        ),
        (
            json!({"slices": ["1-000001"]}),
            Facts {
                slice: "1-000001",
                ..usual
            },
            Facts {
                slice: "1",
                ..usual
            },
        ),
        (
            json!({"access_networks": ["wlan"]}),
            Facts {
                access_network: "wlan",
                ..usual
            },
            usual,
        ),
        (
            json!({"destinations": ["croatia"]}),
            call("385"),
            call("38"),
        ),
        (
            json!({"symbols": ["cug", "favourite"]}),
            Facts { relation, ..usual },
            Facts {
                relation: Relation {
                    on_net: true,
                    ..Relation::default()
                },
                ..usual
            },
        ),
        (
            json!({"directions": ["originating"]}),
            usual,
            Facts {
                apn: "",
                location: at("x", ""),
                ..usual
            },
        ),
    ];
    for (when, holds, fails) in cases {
        let catalog = conditional(&when);
        assert_eq!(named(&catalog, &["p"], &holds), Ok("special"), "{when}");
        if when.get("directions").is_none() {
            assert_eq!(named(&catalog, &["p"], &fails), Ok("usual"), "{when}");
        }
    }
    let both = conditional(&json!({"apns": ["internet"], "rating_groups": [10]}));
    let one = Facts {
        apn: "internet",
        ..usual
    };
    assert_eq!(named(&both, &["p"], &one), Ok("usual"), "all conditions");
    let all = Facts {
        rating_group: Some(10),
        ..one
    };
    assert_eq!(named(&both, &["p"], &all), Ok("special"));
}

/// Two periods; the second product's table switches at the start.
fn periods() -> Catalog {
    compile(&with(&json!({
        "calendars": [{"code": "business", "periods": [
            {"code": "offpeak", "weekdays": ["mon", "tue", "wed", "thu", "fri"], "from": "20:00", "to": "08:00"},
            {"code": "weekend", "weekdays": ["sat", "sun"]}],
            "holidays": ["2026-11-18"], "holiday_period": "weekend"}],
        "rate_tables": [
            {"code": "split", "service": "voice", "calendar": "business", "rates": [
                {"prefix": "385", "name": "day", "price": "3"},
                {"prefix": "385", "name": "night", "price": "2", "period": "offpeak"},
                {"prefix": "3851", "name": "weekend", "price": "1", "period": "weekend"}]},
            {"code": "start", "service": "voice", "calendar": "business", "switch": "start", "rates": [
                {"prefix": "", "name": "start", "price": "1"}]},
            {"code": "night", "service": "voice", "calendar": "business", "rates": [
                {"prefix": "", "name": "happy", "price": "0"}]},
            {"code": "plain", "service": "voice", "rates": [{"prefix": "", "name": "plain", "price": "4"}]}],
        "products": [
            {"code": "split", "rate_tables": ["split"]},
            {"code": "start", "rate_tables": ["start"]},
            {"code": "happy", "rate_tables": [{"table": "night", "when": {"periods": ["offpeak"]}}, "plain"]},
            {"code": "mixed", "rate_tables": ["split", "plain"]}]})))
}

#[test]
fn periods_choose_the_rate_and_end_the_decision() {
    let catalog = periods();
    let zagreb = TimeZone::parse("Europe/Zagreb").expect("a zone");
    let find = |product, number, at| {
        let facts = Facts {
            at,
            time_zone: &zagreb,
            ..call(number)
        };
        let guided = guided(&catalog, &[product], &facts).expect("a rate");
        let name = catalog.rate(guided.rate).expect("a rate").name();
        (name, catalog.period_code(guided.period), guided.until())
    };
    // 2026-11-27 is a Friday; Zagreb is one hour ahead of UTC.
    let friday_evening = november(27, 19, 0);
    assert_eq!(
        find("split", "3851", november(27, 18, 59)),
        ("day", "", Some(friday_evening))
    );
    // 24:00 ends the listed day.
    assert_eq!(
        find("split", "3851", friday_evening),
        ("night", "offpeak", Some(november(27, 23, 0)))
    );
    let (name, period, until) = find("split", "3851", november(28, 12, 0));
    assert_eq!((name, period), ("weekend", "weekend"));
    assert_eq!(until, Some(november(29, 23, 0)));
    // No rate of its own in that period: the one of every period, of the shorter prefix.
    assert_eq!(find("split", "3852", november(28, 12, 0)).0, "day");
    // The holiday, a Wednesday.
    assert_eq!(find("split", "3851", november(18, 12, 0)).1, "weekend");

    let (name, period, until) = find("start", "1", friday_evening);
    assert_eq!((name, period, until), ("start", "offpeak", None));

    // Passed by for its period: asked again when that may begin, though `plain` has no calendar.
    assert_eq!(
        find("happy", "1", november(27, 12, 0)),
        ("plain", "", Some(friday_evening))
    );
    assert_eq!(find("happy", "1", friday_evening).0, "happy");
    // Looked at in vain, and nothing in it depends on the period.
    assert_eq!(find("mixed", "1", november(27, 12, 0)), ("plain", "", None));
}

#[test]
fn a_table_has_dates_too_and_hidden_rates_say_so() {
    let catalog = compile(&with(&json!({
        "rate_tables": [
            {"code": "new", "service": "voice", "effective_from": "2026-11-10T00:00:00Z",
             "effective_until": "2026-11-20T00:00:00Z",
             "rates": [{"prefix": "", "name": "new", "price": "1", "hidden": true}]},
            {"code": "old", "service": "voice", "rates": [{"prefix": "", "name": "old", "price": "1"}]}],
        "products": [{"code": "p", "rate_tables": ["new", "old"]}]})));
    let find = |at| {
        let guided = guided(&catalog, &["p"], &Facts { at, ..voice() }).expect("a rate");
        let name = catalog.rate(guided.rate).expect("a rate").name();
        (name, guided.hidden, guided.until())
    };
    assert_eq!(
        find(november(9, 0, 0)),
        ("old", false, Some(november(10, 0, 0)))
    );
    assert_eq!(
        find(november(10, 0, 0)),
        ("new", true, Some(november(20, 0, 0)))
    );
    assert_eq!(find(november(20, 0, 0)), ("old", false, None));
}

#[test]
fn what_an_expression_asks_comes_from_the_usage() {
    let catalog = compile(&with(&json!({
        "zones": [{"code": "home", "plmns": ["21901"]}],
        "calendars": [{"code": "c", "periods": [{"code": "evening", "from": "18:00", "to": "00:00"}]}],
        "rate_tables": [{"code": "t", "service": "voice", "calendar": "c", "rates": [
            {"prefix": "", "expression": "units * (if(zone_is('home'), 1, 2) + if(period_is('evening'), 0, 10) + hour * 100)"}]}],
        "products": [{"code": "p", "rate_tables": ["t"]}]})));
    let price = |plmn, at| {
        let location = Location {
            plmn,
            ..Location::default()
        };
        let facts = Facts {
            location,
            at,
            ..voice()
        };
        let guided = guided(&catalog, &["p"], &facts).expect("a rate");
        let rate = catalog.rate(guided.rate).expect("the rate");
        let priced = rate.priced(catalog.price_context(&facts, &guided), false);
        priced
            .amount(1, openmvno_rating::Discount::NONE)
            .map(|amount| amount.get() / 1_000_000)
    };
    assert_eq!(price("21901", november(1, 19, 0)), Ok(1_901));
    assert_eq!(price("21901", november(1, 7, 0)), Ok(711));
    assert_eq!(price("21902", november(1, 7, 0)), Ok(712));
}
