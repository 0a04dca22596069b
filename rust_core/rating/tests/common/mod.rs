//! Catalogues and usages for tests.
#![allow(dead_code)]

use openmvno_rating::{
    Catalog, Direction, Facts, Guided, Location, Mistake, NotRated, ProductId, Relation, ServiceId,
    TimeZone,
};
use serde_json::{Value, json};

pub(crate) fn compile(document: &Value) -> Catalog {
    try_compile(document).expect("a correct document")
}

pub(crate) fn try_compile(document: &Value) -> Result<Catalog, Vec<Mistake>> {
    Catalog::compile(document.to_string().as_bytes())
}

/// Voice, SMS and data, to be extended.
pub(crate) fn base() -> Value {
    let grant = json!({"default": 60, "maximum": 3_600, "validity_time": 600});
    json!({
        "currency": "EUR",
        "services": [
            {"code": "voice", "unit": "second", "grant": grant},
            {"code": "sms", "unit": "event", "grant": grant},
            {"code": "data", "unit": "octet", "grant": grant}]
    })
}

/// Fields of the document beside those of [`base`].
pub(crate) fn with(fields: &Value) -> Value {
    let mut document = base();
    for (name, value) in fields.as_object().expect("an object") {
        document[name] = value.clone();
    }
    document
}

static UTC: TimeZone = TimeZone::UTC;

/// Voice to nobody in particular, at the epoch.
pub(crate) fn voice<'a>() -> Facts<'a> {
    Facts {
        service: ServiceId(0),
        direction: Direction::Originating,
        destination: "",
        relation: Relation::default(),
        rating_group: None,
        service_identifier: None,
        location: Location::default(),
        apn: "",
        rat_type: None,
        qos_class: None,
        slice: "",
        access_network: "",
        at: 0,
        time_zone: &UTC,
        seed: "",
    }
}

pub(crate) fn call(destination: &str) -> Facts<'_> {
    Facts {
        destination,
        ..voice()
    }
}

pub(crate) fn data<'a>(rating_group: u32) -> Facts<'a> {
    Facts {
        service: ServiceId(2),
        rating_group: Some(rating_group),
        ..voice()
    }
}

pub(crate) fn products(catalog: &Catalog, codes: &[&str]) -> Vec<ProductId> {
    let id = |code: &&str| catalog.product_by_code(code).expect("a product");
    codes.iter().map(id).collect()
}

/// The name of the rate that decides.
pub(crate) fn named<'a>(
    catalog: &'a Catalog,
    codes: &[&str],
    facts: &Facts<'_>,
) -> Result<&'a str, NotRated> {
    guided(catalog, codes, facts)
        .map(|guided| catalog.rate(guided.rate).expect("a known rate").name())
}

pub(crate) fn guided(
    catalog: &Catalog,
    codes: &[&str],
    facts: &Facts<'_>,
) -> Result<Guided, NotRated> {
    catalog.guide(&products(catalog, codes), facts)
}

/// Milliseconds of a UTC minute of November 2026.
pub(crate) const fn november(day: i64, hour: i64, minute: i64) -> i64 {
    // 2026-11-01T00:00:00Z.
    1_793_491_200_000 + ((day - 1) * 1_440 + hour * 60 + minute) * 60_000
}
