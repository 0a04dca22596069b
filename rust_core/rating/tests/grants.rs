//! What a service says of its grants: thresholds, holding time, triggers, the last units.

mod catalogue;

use catalogue::{base, compile, products, try_compile};
use openmvno_rating::{Filters, FinalUnit, RedirectTo, ServiceId};
use serde_json::{Value, json};

fn document() -> Value {
    let mut document = base();
    document["services"][2]["grant"]["threshold"] = json!(1_000);
    document["services"][2]["grant"]["holding_time"] = json!(300);
    document["services"][2]["triggers"] = json!(["rat", "location"]);
    document["services"][2]["final_unit"] = json!({
        "action": "redirect", "redirect_to": "https://topup.example/",
        "filter_ids": ["dns"], "filter_rules": ["permit out ip from 192.0.2.1 to any"]});
    document["products"] = json!([
        {"code": "basic"},
        {"code": "walled", "final_units": [
            {"service": "data", "action": "restrict", "filter_ids": ["portal"]}]},
        {"code": "hard", "kind": "addon", "final_units": [
            {"service": "data", "action": "terminate"}]}]);
    document
}

#[test]
fn a_service_says_when_its_clients_come_back() {
    let catalog = compile(&document());
    let data = catalog.service(ServiceId(2)).expect("data");
    assert_eq!(
        (data.grant.threshold, data.grant.holding_time_seconds),
        (Some(1_000), Some(300))
    );
    assert_eq!(data.triggers, Some(vec![3, 4]), "ascending");
    let voice = catalog.service(ServiceId(0)).expect("voice");
    assert_eq!((voice.grant.threshold, &voice.triggers), (None, &None));
    let mut none = document();
    none["services"][2]["triggers"] = json!([]);
    let catalog = compile(&none);
    let data = catalog.service(ServiceId(2)).expect("data");
    assert_eq!(data.triggers, Some(Vec::new()), "none at all");
}

#[test]
fn the_first_product_that_says_so_decides_what_follows_the_last_units() {
    let catalog = compile(&document());
    let action = |codes: &[&str], service| {
        let products = products(&catalog, codes);
        catalog.final_unit(&products, ServiceId(service)).clone()
    };
    let redirect = FinalUnit::Redirect {
        to: RedirectTo::Url,
        address: "https://topup.example/".into(),
        filters: Filters {
            ids: vec!["dns".into()],
            rules: vec!["permit out ip from 192.0.2.1 to any".into()],
        },
    };
    assert_eq!(action(&["basic"], 2), redirect);
    let portal = Filters {
        ids: vec!["portal".into()],
        rules: Vec::new(),
    };
    assert_eq!(action(&["walled"], 2), FinalUnit::Restrict(portal));
    assert_eq!(action(&["hard", "walled"], 2), FinalUnit::Terminate);
    assert_eq!(action(&["walled"], 0), FinalUnit::Terminate);
}

#[test]
fn a_server_is_named_by_url_uri_or_address() {
    for (address, to) in [
        ("http://topup.example", RedirectTo::Url),
        ("sip:topup@example.org", RedirectTo::SipUri),
        ("192.0.2.1", RedirectTo::Ipv4),
        ("2001:db8::1", RedirectTo::Ipv6),
    ] {
        let mut one = document();
        one["services"][2]["final_unit"] = json!({"action": "redirect", "redirect_to": address});
        let catalog = compile(&one);
        let found = &catalog.service(ServiceId(2)).expect("data").final_unit;
        let FinalUnit::Redirect { to: read, .. } = found else {
            panic!("{address}: {found:?}");
        };
        assert_eq!(*read, to, "{address}");
    }
}

#[test]
fn mistakes_are_named_at_their_place() {
    let at = |place: &str, value: Value| {
        let mut document = document();
        *document.pointer_mut(place).expect("a place") = value;
        let mistakes = try_compile(&document).expect_err(place);
        let paths: Vec<String> = mistakes.into_iter().map(|one| one.path).collect();
        assert_eq!(paths.len(), 1, "{place}: {paths:?}");
        paths[0].clone()
    };
    let unit = "/services/2/final_unit";
    for (place, value, path) in [
        (
            "/services/2/grant/threshold",
            json!(0),
            "services[2].grant.threshold",
        ),
        (
            "/services/2/grant/holding_time",
            json!(-1),
            "services[2].grant.holding_time",
        ),
        (
            "/services/2/triggers",
            json!(["rat", "rat"]),
            "services[2].triggers[1]",
        ),
        (
            "/services/2/triggers",
            json!(["moon"]),
            "services[2].triggers[0]",
        ),
        (
            unit,
            json!({"action": "redirect"}),
            "services[2].final_unit.redirect_to",
        ),
        (
            unit,
            json!({"action": "redirect", "redirect_to": "ftp://x"}),
            "services[2].final_unit.redirect_to",
        ),
        (
            unit,
            json!({"action": "restrict"}),
            "services[2].final_unit",
        ),
        (
            unit,
            json!({"action": "restrict", "filter_rules": ["allow all"]}),
            "services[2].final_unit.filter_rules[0]",
        ),
        (
            unit,
            json!({"action": "terminate", "filter_ids": ["x"]}),
            "services[2].final_unit",
        ),
        (
            "/products/1/final_units/0/service",
            json!("fax"),
            "products[1].final_units[0].service",
        ),
        (
            "/products/1/final_units",
            json!([{"service": "data", "action": "terminate"},
                   {"service": "data", "action": "terminate"}]),
            "products[1].final_units[1].service",
        ),
    ] {
        assert_eq!(at(place, value), path);
    }
}
