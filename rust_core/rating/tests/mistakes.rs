//! Every kind of mistake of the full document, at its place and nowhere else.
#![recursion_limit = "512"]

mod catalogue;

use catalogue::{compile, try_compile, with};
use openmvno_rating::{Currency, Facts, NotRated, PartnerRole, ProductId, ProductKind};
use proptest::prelude::*;
use serde_json::{Value, json};

fn full() -> Value {
    with(&json!({
        "rounding": "up",
        "time_zone": "Europe/Zagreb",
        "numbering": {"country_code": "385", "international_prefixes": ["00"], "national_prefix": "0",
                      "replace": [{"prefix": "0800", "with": "385800"}], "short_numbers": 6},
        "destinations": [
            {"code": "croatia", "prefixes": ["385"]},
            {"code": "germany", "prefixes": ["49"]},
            {"code": "europe", "include": ["croatia", "germany"]},
            {"code": "emergency", "kind": "emergency", "prefixes": ["112"]},
            {"code": "free", "kind": "toll_free", "prefixes": ["385800"]}],
        "zones": [
            {"code": "home", "plmns": ["21901"], "msc_prefixes": ["385"]},
            {"code": "abroad", "plmns": ["310"], "msc_prefixes": ["1"]}],
        "unknown_zone": "abroad",
        "cell_groups": [{"code": "stadium", "cells": ["21901-100", "21901-100-7788"]}],
        "calendars": [
            {"code": "business", "periods": [
                {"code": "offpeak", "weekdays": ["mon"], "from": "20:00", "to": "08:00", "months": [1], "monthdays": [31]},
                {"code": "weekend", "weekdays": ["sat", "sun"]}],
             "holidays": ["2026-12-25"], "holiday_period": "weekend"},
            {"code": "other", "periods": [{"code": "siesta", "from": "12:00", "to": "15:00"}]}],
        "formulas": [{"code": "handbook", "steps": [
            {"interval": 60, "count": 1, "price": "1.80", "per": 60},
            {"fixed": "0.50", "probability": 25},
            {"percent": "10"},
            {"disconnect": 50, "dispersion": 30},
            {"interval": 1, "price": "1.80", "per": 60}], "maximum_charge": "20.00", "allow_random": true}],
        "rate_tables": [
            {"code": "voice", "service": "voice", "calendar": "business", "switch": "split",
             "effective_from": "2026-01-01T00:00:00Z", "effective_until": "2027-01-01T00:00:00+01:00", "rates": [
                {"prefix": "1", "price": "0.10", "per": 60, "first_interval": 60, "next_interval": 6,
                 "first_price": "0.12", "connection_fee": "0.05", "free_units": 30, "grace": 5,
                 "surcharge_percent": "10", "minimum_charge": "0.02", "maximum_charge": "3.00", "rounding": "up",
                 "period": "offpeak", "effective_from": "2026-06-01T00:00:00Z",
                 "effective_until": "2026-07-01T00:00:00Z", "hidden": true},
                {"destination": "europe", "formula": "handbook"},
                {"symbol": "cug", "expression": "units * 0.02"},
                {"prefix": "900", "forbidden": true},
                {"default": true, "price": "1"}]},
            {"code": "extra", "service": "voice", "rates": [{"prefix": "", "price": "1"}]},
            {"code": "data", "service": "data", "rates": [{"rating_group": 10, "price": "1"}]},
            {"code": "wholesale", "service": "voice", "rates": [{"prefix": "", "price": "1"}]}],
        "buckets": [
            {"code": "min100", "name": "100 minutes", "unit": "second", "amount": 6_000,
             "pays": [{"service": "voice", "directions": ["originating"], "destinations": ["europe"],
                       "symbols": ["on_net"], "zones": ["home"], "rating_groups": [10], "periods": ["siesta"]}],
             "priority": 100, "renew": "month", "rollover": 1, "prorate_first": true, "exhausted": "throttle",
             "throttle": "slow", "shared": true, "member_cap": 3_000, "thresholds": [50, 80], "interval": 1},
            {"code": "wallet", "unit": "unit", "valid_days": 30,
             "pays": [{"service": "voice", "cost": 3, "per": 60}, {"service": "data"}],
             "top_ups": [{"code": "small", "price": "5.00", "amount": 100, "days": 10}]},
            {"code": "cash", "unit": "money", "amount": "5.00", "pays": [{"service": "data"}]}],
        "discounts": [
            {"code": "tiered", "applies": [{"service": "voice", "destinations": ["europe"]}], "measure": "units",
             "renew": "month", "shared": true, "mode": "split",
             "tiers": [{"from": 0, "percent": "0"}, {"from": 24_000, "percent": "10.5"}]}],
        "products": [
            {"code": "basic", "rate_tables": [
                {"table": "voice", "when": {"zones": ["home"], "cell_groups": ["stadium"], "apns": ["internet"],
                 "rating_groups": [10], "service_identifiers": [1], "rat_types": [6], "qos_classes": [9],
                 "slices": ["1-000001"], "access_networks": ["wlan"], "periods": ["offpeak"]}},
                "voice", "data"],
             "buckets": ["min100"], "discounts": ["tiered"],
             "favourites": {"limit": 5, "patterns": ["385"]},
             "closed_user_group": {"outgoing": "barred", "incoming": "allowed"}},
            {"code": "pack", "kind": "addon", "precedence": 10, "requires": ["basic"], "excludes": ["other"],
             "multiple": true, "price": "4.99", "rate_tables": ["extra"], "buckets": ["wallet", "cash"]},
            {"code": "other", "kind": "addon", "precedence": 10, "rate_tables": ["extra"]},
            {"code": "late", "kind": "addon", "precedence": 5, "rate_tables": ["extra"]}],
        "partners": [
            {"code": "reseller", "role": "reseller", "currency": "USD", "rate_tables": ["wholesale"]},
            {"code": "carrier", "role": "vendor", "currency": "USD", "rate_tables": ["wholesale"]}]
    }))
}

fn found(document: &Value) -> Vec<String> {
    let mistakes = try_compile(document).expect_err("a mistake");
    mistakes.into_iter().map(|mistake| mistake.path).collect()
}

#[test]
fn the_full_document_is_correct() {
    let catalog = compile(&full());
    let basic = catalog.product(ProductId(0)).expect("basic");
    let favourites = basic.favourites.as_ref().expect("favourites");
    assert!(favourites.allows("38591") && !favourites.allows("49") && favourites.limit == 5);
    let barring = basic.closed_user_group.expect("barring");
    assert!(barring.outgoing_barred && !barring.incoming_barred);
    let pack = catalog.product(ProductId(1)).expect("pack");
    assert_eq!(
        (pack.kind, pack.precedence, pack.multiple),
        (ProductKind::Addon, 10, true)
    );
    assert_eq!((pack.price.get(), basic.price.get()), (4_990_000, 0));
    assert_eq!(
        (&pack.requires, &pack.excludes),
        (&vec![ProductId(0)], &vec![ProductId(2)])
    );
    let other = catalog.product(ProductId(2)).expect("other");
    assert_eq!(other.excludes, [ProductId(1)], "excluding is mutual");
    assert_eq!(catalog.zones(), ["home", "abroad"]);
    assert_eq!(catalog.time_zone().name(), "Europe/Zagreb");
}

#[test]
fn partners_have_their_own_rates_and_currency() {
    let catalog = compile(&full());
    let carrier = catalog.partner_by_code("carrier").expect("the carrier");
    let partner = catalog.partner(carrier).expect("the carrier");
    assert_eq!(partner.role, PartnerRole::Vendor);
    assert_eq!(
        partner.currency,
        Currency::from_code("USD").expect("a currency")
    );
    let guided = catalog
        .partner_rate(carrier, &catalogue::call("385"))
        .expect("a rate");
    let table = catalog.table(guided.table).expect("the table");
    assert_eq!(
        (table.code.as_str(), guided.product),
        ("wholesale", ProductId::NONE)
    );
    let data = catalogue::data(10);
    assert_eq!(catalog.partner_rate(carrier, &data), Err(NotRated::NotSold));
    let incoming = Facts {
        direction: openmvno_rating::Direction::Terminating,
        ..catalogue::voice()
    };
    assert_eq!(
        catalog.partner_rate(carrier, &incoming),
        Err(NotRated::NoRate)
    );
}

/// Place, what is put there, and where that is a mistake.
fn cases() -> Vec<(&'static str, Value, Vec<&'static str>)> {
    let lines = include_str!("mistakes/cases.txt").lines();
    let read = |line: &'static str| {
        let (place, rest) = line.split_once(" = ")?;
        let (value, paths) = rest.split_once(" => ")?;
        let value = serde_json::from_str(value).ok()?;
        Some((place, value, paths.split(", ").collect()))
    };
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| read(line).unwrap_or_else(|| panic!("no case: {line}")))
        .collect()
}

#[test]
fn single_mistakes_are_refused_where_they_are() {
    let mut wrong = Vec::new();
    for (place, value, expected) in cases() {
        let mut document = full();
        let (parent, field) = place.rsplit_once('/').expect("a pointer");
        match document
            .pointer_mut(parent)
            .expect("a place of the document")
        {
            Value::Array(list) => list[field.parse::<usize>().expect("an index")] = value.clone(),
            object => object[field] = value.clone(),
        }
        let found = match try_compile(&document) {
            Ok(_) => Vec::new(),
            Err(mistakes) => mistakes.into_iter().map(|mistake| mistake.path).collect(),
        };
        if found != expected {
            wrong.push(format!("{place} = {value}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn dates_that_do_not_overlap_may_share_a_selector() {
    let mut document = full();
    let rate = |from: &str, until: &str| json!({"prefix": "7", "price": "1", "effective_from": from, "effective_until": until});
    let (june, july, august) = (
        "2026-06-01T00:00:00Z",
        "2026-07-01T00:00:00Z",
        "2026-08-01T00:00:00Z",
    );
    document["rate_tables"][1]["rates"] = json!([rate(june, july), rate(july, august)]);
    compile(&document);
    document["rate_tables"][1]["rates"] = json!([rate(june, august), rate(july, august)]);
    assert_eq!(found(&document), ["rate_tables[1].rates[1].prefix"]);
    let mistakes = try_compile(&document).expect_err("a mistake");
    assert!(mistakes[0].message.ends_with("rates[0]"), "{}", mistakes[0]);
}

#[test]
fn addons_that_never_meet_do_not_conflict() {
    let mut document = full();
    document["products"][1]["excludes"] = json!([]);
    assert_eq!(found(&document), ["products[2].rate_tables[0]"]);
    let mut when = document.clone();
    when["products"][1]["rate_tables"] = json!([{"table": "extra", "when": {"zones": ["home"]}}]);
    compile(&when);
    when["products"][2]["rate_tables"] =
        json!([{"table": "extra", "when": {"zones": ["home", "home"]}}]);
    assert_eq!(
        found(&when),
        ["products[2].rate_tables[0]"],
        "the same condition"
    );
    document["products"][2]["kind"] = json!("main");
    document["products"][2]["precedence"] = json!(0);
    compile(&document);
}

#[test]
fn tables_at_different_dates_and_of_one_addon_do_not_conflict() {
    let dated = |code: &str, field: &str| json!({"code": code, "service": "voice", field: "2026-06-01T00:00:00Z", "rates": [{"prefix": "", "price": "1"}]});
    let addon =
        |code: &str, tables: &[&str]| json!({"code": code, "kind": "addon", "rate_tables": tables});
    let mut document = with(&json!({
        "rate_tables": [dated("old", "effective_until"), dated("new", "effective_from"), dated("newer", "effective_from")],
        "products": [addon("a", &["old", "new"])]}));
    compile(&document);
    document["products"] = json!([addon("a", &["old"]), addon("b", &["new", "newer"])]);
    compile(&document);
    document["products"] = json!([addon("a", &["newer"]), addon("b", &["old", "new"])]);
    assert_eq!(found(&document), ["products[1].rate_tables[1]"]);
}

#[test]
fn mistakes_of_all_parts_are_reported_together() {
    let mut document = full();
    document["numbering"]["country_code"] = json!("x");
    document["destinations"][2]["include"][0] = json!("europe");
    document["zones"][1]["plmns"][0] = json!("21901");
    document["calendars"][0]["holidays"][0] = json!("today");
    document["formulas"][0]["steps"][0]["interval"] = json!(0);
    document["rate_tables"][0]["rates"][2]["expression"] = json!("units +");
    document["buckets"][0]["rollover"] = json!(9);
    document["discounts"][0]["tiers"][1]["percent"] = json!("x");
    document["products"][0]["buckets"][0] = json!("x");
    document["partners"][0]["rate_tables"][0] = json!("x");
    assert_eq!(
        found(&document),
        [
            "numbering.country_code",
            "destinations[2].include[0]",
            "zones[1].plmns[0]",
            "calendars[0].holidays[0]",
            "formulas[0].steps[0].interval",
            "rate_tables[0].rates[2].expression",
            "buckets[0].rollover",
            "discounts[0].tiers[1].percent",
            "products[0].buckets[0]",
            "partners[0].rate_tables[0]",
        ]
    );
}

#[test]
fn groups_of_groups_end_in_a_mistake_not_in_memory() {
    let prefixes: Vec<String> = (0..20_000).map(|number| format!("{number:05}")).collect();
    let mut destinations = vec![json!({"code": "all", "prefixes": prefixes})];
    destinations
        .extend((0..1_000).map(|number| json!({"code": format!("d{number}"), "include": ["all"]})));
    let paths = found(&with(&json!({"destinations": destinations})));
    assert!(paths[0].starts_with("destinations["), "{}", paths[0]);
    // A long chain is no reason to run out of stack.
    let chain: Vec<Value> = (0..60_000)
        .map(|number| json!({"code": format!("d{number}"), "prefixes": [number.to_string()],
                             "include": if number < 100 { vec![format!("d{}", number + 1)] } else { Vec::new() }}))
        .collect();
    compile(&with(&json!({"destinations": chain})));
}

fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Array(elements) => {
            for (position, element) in elements.iter().enumerate() {
                places(element, &format!("{at}/{position}"), found);
            }
        }
        Value::Object(fields) => {
            for (field, element) in fields {
                places(element, &format!("{at}/{field}"), found);
            }
        }
        _ => {}
    }
}

/// Values that are right somewhere in the document, so that references go to unexpected places.
fn values() -> impl Strategy<Value = Value> {
    let mut found = Vec::new();
    let document = full();
    places(&document, "", &mut found);
    let known: Vec<Value> = found
        .iter()
        .filter_map(|place| document.pointer(place))
        .filter(|value| value.to_string().len() < 200)
        .cloned()
        .collect();
    prop_oneof![
        5 => prop::sample::select(known),
        1 => any::<u64>().prop_map(Value::from),
        1 => ".{0,9}".prop_map(Value::from),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_document_makes_the_compiler_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), values()), 1..4),
        at in any::<i64>(), destination in "[0-9]{0,9}",
    ) {
        let mut document = full();
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&document, "", &mut found);
            let place = index.get(&found).clone();
            *document.pointer_mut(&place).expect("a place of the document") = value;
        }
        let Ok(catalog) = try_compile(&document) else {
            return Ok(());
        };
        let products: Vec<ProductId> = (0..catalog.products().len()).rev().map(|id| ProductId(id as u16)).collect();
        let facts = Facts { at, ..catalogue::call(&destination) };
        if let Ok(guided) = catalog.guide(&products, &facts) {
            prop_assert!(guided.until().is_none_or(|until| until > at));
            let rate = catalog.rate(guided.rate).expect("a rate");
            let _ = rate.priced(catalog.price_context(&facts, &guided), false).billed(60);
            let _ = catalog.discount_for(&products, &facts, &guided);
            for bucket in 0..3 {
                let _ = catalog.pays(openmvno_rating::BucketRuleId(bucket), &facts, &guided);
            }
        }
    }
}
