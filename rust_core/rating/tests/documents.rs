//! Catalogue documents: what a correct one yields, and every mistake of a wrong one with its place.

mod catalogue;

use openmvno_rating::{Catalog, Direction, Facts, Mistake, Overrun, Unit};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Value {
    json!({
        "currency": "EUR",
        "services": [
            {"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org", "32276@3gpp.org"],
             "grant": {"default": 60, "maximum": 86400, "validity_time": 600}},
            {"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
             "grant": {"default": 1, "maximum": 100, "validity_time": 600}},
            {"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
             "grant": {"default": 1_048_576, "maximum": 1_099_511_627_776_u64, "validity_time": 300}}
        ],
        "rate_tables": [
            {"code": "voice-standard", "service": "voice", "direction": "originating", "rates": [
                {"prefix": "385", "name": "Croatia", "price": "0.10", "per": 60, "first_interval": 60,
                 "next_interval": 6, "first_price": "0.10", "connection_fee": "0.05"},
                {"prefix": "38591", "price": "0.12", "per": 60},
                {"default": true, "name": "Elsewhere", "price": "1", "per": 60}]},
            {"code": "voice-incoming", "service": "voice", "direction": "terminating", "rates": [
                {"prefix": "", "price": "0"}]},
            {"code": "data-standard", "service": "data", "rates": [
                {"rating_group": 10, "price": "0.05", "per": 1_048_576},
                {"rating_group": 4_294_967_295_u32, "price": "0"},
                {"default": true, "price": "0.10", "per": 1_048_576}]}
        ],
        "products": [
            {"code": "prepaid-basic", "name": "Prepaid Basic",
             "rate_tables": ["voice-standard", "voice-incoming", "data-standard"], "overrun": "absorb"},
            {"code": "data-only", "rate_tables": ["data-standard"], "overrun": "debt"}
        ]
    })
}

fn compile(document: &Value) -> Result<Catalog, Vec<Mistake>> {
    Catalog::compile(document.to_string().as_bytes())
}

/// The paths of the mistakes after `change`.
fn mistakes(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut document = sample();
    change(&mut document);
    let found = compile(&document).expect_err("a mistake");
    found.into_iter().map(|mistake| mistake.path).collect()
}

#[test]
fn a_correct_document_answers_every_look_up() {
    let catalog = compile(&sample()).expect("correct");
    assert_eq!(catalog.currency().code(), "EUR");
    let voice = catalog.service_by_code("voice").expect("voice");
    let data = catalog.service_by_code("data").expect("data");
    let sms = catalog.service_by_code("sms").expect("sms");
    let grant = catalog.service(data).expect("data").grant;
    assert_eq!(
        (grant.default, grant.maximum),
        (1_048_576, 1_099_511_627_776)
    );
    assert_eq!(grant.validity_time_seconds, 300);
    assert_eq!(
        catalog.service(sms).map(|service| service.unit),
        Some(Unit::Event)
    );
    let basic = catalog.product_by_code("prepaid-basic").expect("basic");
    let only = catalog.product_by_code("data-only").expect("data only");
    assert_eq!(
        catalog.product(only).map(|product| product.overrun),
        Some(Overrun::Debt)
    );
    assert_eq!(
        catalog.product(only).map(|product| product.name.as_str()),
        Some("data-only")
    );
    let find = |product, service, direction, (destination, rating_group)| {
        let facts = Facts {
            service,
            direction,
            rating_group,
            ..catalogue::call(destination)
        };
        let guided = catalog.guide(&[product], &facts).ok()?;
        assert!(catalog.rate(guided.rate).is_some());
        Some(guided.rate.0)
    };
    let out = Direction::Originating;
    assert_eq!(find(basic, voice, out, ("38521000", None)), Some(0));
    assert_eq!(find(basic, voice, out, ("38591000", None)), Some(1));
    assert_eq!(find(basic, voice, out, ("385", None)), Some(0));
    assert_eq!(find(basic, voice, out, ("1212", None)), Some(2));
    assert_eq!(find(basic, voice, out, ("", None)), Some(2));
    let calling_in = ("1212", None);
    assert_eq!(
        find(basic, voice, Direction::Terminating, calling_in),
        Some(3)
    );
    assert_eq!(find(basic, data, out, ("", Some(10))), Some(4));
    assert_eq!(find(basic, data, out, ("", Some(u32::MAX))), Some(5));
    assert_eq!(find(basic, data, out, ("", Some(11))), Some(6));
    assert_eq!(find(basic, data, out, ("", None)), Some(6));
    assert_eq!(find(basic, sms, out, ("385", None)), None);
    assert_eq!(find(only, voice, out, ("385", None)), None);
}

#[test]
fn the_end_of_a_context_decides_the_service() {
    let catalog = compile(&sample()).expect("correct");
    let code = |context| {
        let service = catalog.service_by_context(context)?;
        Some(catalog.service(service)?.code.clone())
    };
    assert_eq!(code("32251@3gpp.org").as_deref(), Some("data"));
    assert_eq!(code("8.32276@3gpp.org").as_deref(), Some("voice"));
    assert_eq!(code("ext.001.01.15.32274@3gpp.org").as_deref(), Some("sms"));
    assert_eq!(code("132251@3gpp.org"), None, "only at a dot");
    assert_eq!(code("32251@example.org"), None);
    assert_eq!(code(""), None);
}

#[test]
fn every_mistake_is_reported_at_its_place() {
    let found = mistakes(|document| {
        document["currency"] = json!("EUX");
        document["extra"] = json!(1);
        document["services"][0]["unit"] = json!("minute");
        document["services"][1]["code"] = json!("voice");
        document["services"][2]["grant"]["default"] = json!(0);
        document["rate_tables"][0]["rates"][0]["price"] = json!(0.1);
        document["rate_tables"][0]["rates"][0]["first_price"] = json!("free");
        document["rate_tables"][0]["rates"][1]["first_interval"] = json!(0);
        document["rate_tables"][2]["service"] = json!("dat");
        document["products"][0]["rate_tables"][1] = json!("voice-in");
    });
    let expected = [
        "extra",
        "currency",
        "services[0].unit",
        "services[1].code",
        "services[2].grant.default",
        "rate_tables[0].rates[0].price",
        "rate_tables[0].rates[0].first_price",
        "rate_tables[0].rates[1].first_interval",
        "rate_tables[2].service",
        "products[0].rate_tables[1]",
    ];
    assert_eq!(found, expected);
}

/// Each line changes one place and must be refused there and nowhere else.
#[test]
fn single_mistakes_are_refused_where_they_are() {
    let rate = "/rate_tables/0/rates/0";
    let cases: &[(&str, Value, &str)] = &[
        ("/currency", json!(null), "currency"),
        ("/currency", json!("eur"), "currency"),
        ("/services", json!([]), "services"),
        ("/services/0/grant", json!(null), "services[0].grant"),
        (
            "/services/0/grant/default",
            json!(86401),
            "services[0].grant.default",
        ),
        (
            "/services/0/grant/validity_time",
            json!(0),
            "services[0].grant.validity_time",
        ),
        (
            "/services/0/grant/maximum",
            json!(1.5),
            "services[0].grant.maximum",
        ),
        (
            "/services/0/service_contexts/1",
            json!("32274@3gpp.org"),
            "services[1].service_contexts[0]",
        ),
        (
            "/services/0/service_contexts/1",
            json!(""),
            "services[0].service_contexts[1]",
        ),
        ("/rate_tables/0", json!([]), "rate_tables[0]"),
        (
            "/rate_tables/0/direction",
            json!("up"),
            "rate_tables[0].direction",
        ),
        ("/rate_tables/0/rates", json!({}), "rate_tables[0].rates"),
        ("/rate_tables/1/rates", json!([]), "rate_tables[1].rates"),
        (
            "/rate_tables/0/code",
            json!("data-standard"),
            "rate_tables[2].code",
        ),
        (
            "/rate_tables/0/rates/1/prefix",
            json!("385"),
            "rate_tables[0].rates[1].prefix",
        ),
        (
            "/rate_tables/0/rates/1/prefix",
            json!("+385"),
            "rate_tables[0].rates[1].prefix",
        ),
        (
            "/rate_tables/0/rates/1/prefix",
            json!(385),
            "rate_tables[0].rates[1].prefix",
        ),
        (
            "/rate_tables/0/rates/1/prefix",
            json!(null),
            "rate_tables[0].rates[1]",
        ),
        (
            "/rate_tables/0/rates/2/default",
            json!(false),
            "rate_tables[0].rates[2].default",
        ),
        (
            "/rate_tables/2/rates/1/rating_group",
            json!(10),
            "rate_tables[2].rates[1].rating_group",
        ),
        (
            "/rate_tables/2/rates/1/rating_group",
            json!(4294967296_u64),
            "rate_tables[2].rates[1].rating_group",
        ),
        ("price", json!(null), "rate_tables[0].rates[0].price"),
        ("price", json!("-0.10"), "rate_tables[0].rates[0].price"),
        (
            "price",
            json!("0.1234567890123456789"),
            "rate_tables[0].rates[0].price",
        ),
        ("price", json!("0,10"), "rate_tables[0].rates[0].price"),
        ("price", json!("1e3"), "rate_tables[0].rates[0].price"),
        (
            "price",
            json!("99999999999999999999"),
            "rate_tables[0].rates[0].price",
        ),
        (
            "price",
            json!("1000000000001"),
            "rate_tables[0].rates[0].price",
        ),
        ("per", json!(0), "rate_tables[0].rates[0].per"),
        ("per", json!("60"), "rate_tables[0].rates[0].per"),
        (
            "next_interval",
            json!(-6),
            "rate_tables[0].rates[0].next_interval",
        ),
        (
            "first_price",
            json!(true),
            "rate_tables[0].rates[0].first_price",
        ),
        (
            "connection_fee",
            json!("0.0.5"),
            "rate_tables[0].rates[0].connection_fee",
        ),
        ("name", json!(7), "rate_tables[0].rates[0].name"),
        (
            "/products/0/rate_tables/1",
            json!("voice-standard"),
            "products[0].rate_tables[1]",
        ),
        (
            "/products/0/rate_tables/1",
            json!(3),
            "products[0].rate_tables[1]",
        ),
        (
            "/products/0/overrun",
            json!("ignore"),
            "products[0].overrun",
        ),
        (
            "/products/1/code",
            json!("prepaid-basic"),
            "products[1].code",
        ),
        ("/products/1/code", json!("two words"), "products[1].code"),
    ];
    for (place, value, path) in cases {
        let place = if place.starts_with('/') {
            (*place).to_owned()
        } else {
            format!("{rate}/{place}")
        };
        let found = mistakes(|document| {
            let target = document.pointer_mut(&place).expect("a place of the sample");
            *target = value.clone();
        });
        // A code that went away is missed where it was named, too.
        assert!(
            found.contains(&(*path).to_owned()),
            "{place} = {value}: {found:?}"
        );
        let follows = |other: &String| {
            other.starts_with("products[0].rate_tables") || other.ends_with("].service")
        };
        assert!(
            found.iter().all(|other| other == path || follows(other)),
            "{place} = {value}: {found:?}"
        );
    }
}

#[test]
fn two_selectors_or_none_are_refused() {
    for (field, value) in [("rating_group", json!(1)), ("default", json!(true))] {
        let found = mistakes(|document| document["rate_tables"][0]["rates"][0][field] = value);
        assert_eq!(found, ["rate_tables[0].rates[0]"]);
    }
}

#[test]
fn eighteen_decimals_are_exact_or_refused() {
    let with = |price: &str, per: u64| {
        let mut document = sample();
        document["rate_tables"][2]["rates"][0]["price"] = json!(price);
        document["rate_tables"][2]["rates"][0]["per"] = json!(per);
        compile(&document)
    };
    let catalog = with("0.000000000000000001", 1).expect("exact");
    let rate = catalog.rates()[4].clone();
    assert_eq!(
        rate.charge(500_000_000_000).map(|amount| amount.get()),
        Ok(1)
    );
    assert_eq!(
        rate.charge(499_999_999_999).map(|amount| amount.get()),
        Ok(0)
    );
    let refused = with("0.000000000000000001", 1_000_000_007).expect_err("too fine");
    assert_eq!(refused[0].path, "rate_tables[2].rates[0].price");
}

#[test]
fn a_key_that_stands_twice_is_refused() {
    let text = sample().to_string().replace(
        r#""currency":"EUR""#,
        r#""currency":"EUR","currency":"USD""#,
    );
    let found = Catalog::compile(text.as_bytes()).expect_err("twice");
    assert!(found[0].message.contains("stands twice"), "{}", found[0]);
}

#[test]
fn mistakes_are_bounded() {
    let found = mistakes(|document| {
        document["products"][0]["rate_tables"] = Value::Array(vec![json!(null); 5_000]);
    });
    assert_eq!(found.len(), Mistake::LIMIT);
}

fn arbitrary_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9.+-]{0,24}".prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "voice",
            "data",
            "EUR",
            "second",
            "385",
            "voice-standard",
            "0.05"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-z_]{1,12}", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// Every place of the document, as JSON pointers.
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_document_makes_the_compiler_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), arbitrary_json()), 1..4),
        usage in any::<u64>(), budget in any::<i64>(),
    ) {
        let mut document = sample();
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&document, "", &mut found);
            let place = index.get(&found).clone();
            *document.pointer_mut(&place).expect("a place of the document") = value;
        }
        if let Ok(catalog) = compile(&document) {
            for rate in catalog.rates() {
                let affordable = rate.affordable(openmvno_rating::Micros(budget), usage);
                prop_assert!(affordable <= usage);
                prop_assert!(rate.charge(affordable).is_ok());
            }
        }
    }

    #[test]
    fn no_bytes_make_the_compiler_panic(
        position in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..6),
        cut in any::<bool>(),
    ) {
        let mut document = sample().to_string().into_bytes();
        let at = position.index(document.len());
        let end = if cut { document.len() } else { (at + bytes.len()).min(document.len()) };
        document.splice(at..end, bytes);
        let _ = Catalog::compile(&document);
    }
}
