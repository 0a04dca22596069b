//! Where the user is, and numbers that are free whatever else there is.

mod common;

use common::{call, compile, guided, voice, with};
use openmvno_rating::{Catalog, Direction, Facts, Location, Micros, NotRated, ServiceId, Special};
use serde_json::{Value, json};

fn zones(unknown: &Value) -> Catalog {
    compile(&with(&json!({
        "zones": [
            {"code": "home", "plmns": ["21901"], "msc_prefixes": ["38591"]},
            {"code": "country", "plmns": ["219"], "msc_prefixes": ["385"]},
            {"code": "america", "plmns": ["310", "302720"], "msc_prefixes": ["1"]}],
        "unknown_zone": unknown})))
}

fn zone<'a>(catalog: &'a Catalog, plmn: &str, cell: &str, msc: &str) -> Result<&'a str, NotRated> {
    let zone = catalog.zone_of(&Location { plmn, msc, cell })?;
    Ok(zone.and_then(|zone| catalog.zone_code(zone)).unwrap_or(""))
}

#[test]
fn the_network_decides_then_the_cell_then_the_switch() {
    let catalog = zones(&json!(null));
    let zone = |plmn, cell, msc| zone(&catalog, plmn, cell, msc);
    assert_eq!(zone("21901", "310260-1-1", "1212"), Ok("home"));
    assert_eq!(zone("", "310260-1-1", "38591"), Ok("america"));
    assert_eq!(zone("", "", "385911"), Ok("home"), "the longest prefix");
    assert_eq!(zone("", "", "385981"), Ok("country"));
    assert_eq!(zone("21910", "", ""), Ok("country"), "the country");
    assert_eq!(zone("219010", "", ""), Ok("country"), "not network 219 01");
    assert_eq!(zone("302720", "", ""), Ok("america"));
    assert_eq!(zone("302721", "", ""), Ok(""));
    assert_eq!(
        zone("23415", "", "38591"),
        Ok(""),
        "the switch is not asked"
    );
    assert_eq!(zone("", "", "44"), Ok(""));
    assert_eq!(zone("", "", ""), Ok(""));
    assert_eq!(zone("2", "", ""), Ok(""));
    assert_eq!(zone("21é1", "", ""), Ok(""));
}

#[test]
fn an_unknown_network_is_rejected_or_in_the_zone_for_such() {
    let rejecting = zones(&json!("reject"));
    assert_eq!(
        zone(&rejecting, "23415", "", ""),
        Err(NotRated::UnknownZone)
    );
    assert_eq!(zone(&rejecting, "", "", "44"), Err(NotRated::UnknownZone));
    assert_eq!(zone(&rejecting, "", "", ""), Ok(""), "nothing is known");
    assert_eq!(zone(&rejecting, "21901", "", ""), Ok("home"));
    let default = zones(&json!("america"));
    assert_eq!(zone(&default, "23415", "", ""), Ok("america"));
}

/// The documented table of a UK operator: rows are where to, columns where from.
fn table_l() -> Catalog {
    let zones = ["home", "zone1", "zone2"];
    let calls = [
        ["0.03", "0.20", "0.35"],
        ["0.20", "0.60", "1.00"],
        ["0.40", "0.95", "0.80"],
    ];
    let incoming = ["0", "0.50", "0.70"];
    let sms = ["0.05", "0.30", "0.50"];
    let data = ["0.10", "0.50", "0.70"];
    let mut tables = Vec::new();
    let mut used = Vec::new();
    for (place, zone) in zones.iter().enumerate() {
        let rates: Vec<Value> = zones
            .iter()
            .zip(calls[place])
            .map(|(to, price)| json!({"destination": to, "price": price, "per": 60}))
            .collect();
        let mut add = |kind: &str, service: &str, direction: &str, rates: Value| {
            let code = format!("{kind}-{zone}");
            tables.push(
                json!({"code": code, "service": service, "direction": direction, "rates": rates}),
            );
            used.push(json!({"table": code, "when": {"zones": [zone]}}));
        };
        add("call", "voice", "originating", json!(rates));
        add(
            "in",
            "voice",
            "terminating",
            json!([{"prefix": "", "price": incoming[place], "per": 60}]),
        );
        add(
            "sms",
            "sms",
            "originating",
            json!([{"prefix": "", "price": sms[place]}]),
        );
        add(
            "data",
            "data",
            "originating",
            json!([{"default": true, "price": data[place], "per": 1_000_000}]),
        );
    }
    compile(&with(&json!({
        "destinations": [
            {"code": "home", "prefixes": ["44"]},
            {"code": "zone1", "prefixes": ["1"]},
            {"code": "zone2", "prefixes": ["61"]}],
        "zones": [
            {"code": "home", "plmns": ["234"], "msc_prefixes": ["44"]},
            {"code": "zone1", "plmns": ["310", "302"], "msc_prefixes": ["1"]},
            {"code": "zone2", "plmns": ["505"], "msc_prefixes": ["61"]}],
        "unknown_zone": "reject",
        "rate_tables": tables,
        "products": [{"code": "p", "rate_tables": used}]})))
}

#[test]
fn l_prices_depend_on_where_and_where_to() {
    let catalog = table_l();
    let at = |msc| Location {
        msc,
        ..Location::default()
    };
    let charge = |facts: Facts<'_>, usage| {
        let guided = guided(&catalog, &["p"], &facts)?;
        let rate = catalog.rate(guided.rate).expect("the rate");
        Ok::<_, NotRated>(rate.charge(usage).expect("fits"))
    };
    let amount = |text: &str| Ok(text.parse::<Micros>().expect("an amount"));
    let call = |msc, destination| Facts {
        location: at(msc),
        ..call(destination)
    };
    let incoming = |msc| Facts {
        direction: Direction::Terminating,
        location: at(msc),
        ..voice()
    };
    assert_eq!(charge(call("1212", "447"), 300), amount("1.00"), "L1");
    assert_eq!(charge(incoming("614"), 240), amount("2.80"), "L2");
    assert_eq!(charge(incoming("447"), 240), amount("0"), "L5");
    let cells = [
        ("44", "44", "0.03"),
        ("44", "1", "0.20"),
        ("44", "61", "0.35"),
        ("1", "44", "0.20"),
        ("1", "1", "0.60"),
        ("1", "61", "1.00"),
        ("61", "44", "0.40"),
        ("61", "1", "0.95"),
        ("61", "61", "0.80"),
    ];
    for (from, to, price) in cells {
        assert_eq!(charge(call(from, to), 60), amount(price), "{from} to {to}");
    }
    let sms = Facts {
        service: ServiceId(1),
        ..call("1", "44")
    };
    assert_eq!(charge(sms, 1), amount("0.30"));
    let location = Location {
        plmn: "50501",
        ..Location::default()
    };
    let data = Facts {
        service: ServiceId(2),
        rating_group: Some(1),
        location,
        ..voice()
    };
    assert_eq!(charge(data, 2_000_000), amount("1.40"));
    assert_eq!(charge(call("385", "44"), 60), Err(NotRated::UnknownZone));
    assert_eq!(charge(call("", "44"), 60), Err(NotRated::NoRate), "nowhere");
}

#[test]
fn emergency_is_the_whole_number_and_toll_free_its_beginning() {
    let catalog = compile(&with(&json!({"destinations": [
        {"code": "help", "kind": "emergency", "prefixes": ["112", "911"], "include": ["more"]},
        {"code": "more", "prefixes": ["1920"]},
        {"code": "free", "kind": "toll_free", "prefixes": ["385800", "91"]}]})));
    for (number, special) in [
        ("112", Special::Emergency),
        ("911", Special::Emergency),
        ("1920", Special::Emergency),
        ("1121", Special::Ordinary),
        ("11", Special::Ordinary),
        ("385800123", Special::TollFree),
        ("9111", Special::TollFree),
        ("38580", Special::Ordinary),
        ("", Special::Ordinary),
    ] {
        assert_eq!(catalog.special(number), special, "{number}");
    }
    assert_eq!(compile(&with(&json!({}))).special("112"), Special::Ordinary);
}
