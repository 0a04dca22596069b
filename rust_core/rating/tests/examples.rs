//! The worked examples R1, R2, R3, R5 and R9, through a whole catalogue document.

mod catalogue;

use openmvno_rating::{Catalog, Micros, Rate};

fn catalog(rates: &str) -> Catalog {
    let document = format!(
        r#"{{"currency": "USD",
            "services": [{{"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
                           "grant": {{"default": 60, "maximum": 86400, "validity_time": 600}}}}],
            "rate_tables": [{{"code": "calls", "service": "voice", "rates": [{rates}]}}],
            "products": [{{"code": "basic", "rate_tables": ["calls"]}}]}}"#
    );
    Catalog::compile(document.as_bytes()).expect("a correct document")
}

fn find<'a>(catalog: &'a Catalog, digits: &str) -> Option<&'a Rate> {
    let guided = catalogue::guided(catalog, &["basic"], &catalogue::call(digits)).ok()?;
    catalog.rate(guided.rate)
}

fn charges(rate: &str, expected: &[(u64, &str)]) {
    let catalog = catalog(rate);
    let rate = find(&catalog, "385910000001").expect("a rate");
    for (seconds, amount) in expected {
        let charged = rate.charge(*seconds).expect("a small amount");
        assert_eq!(
            charged,
            amount.parse::<Micros>().expect("an amount"),
            "{seconds} s"
        );
    }
}

#[test]
fn r1_first_minute_then_six_seconds() {
    charges(
        r#"{"prefix": "", "price": "0.10", "per": 60, "first_interval": 60, "next_interval": 6}"#,
        &[
            (1, "0.10"),
            (60, "0.10"),
            (61, "0.11"),
            (65, "0.11"),
            (66, "0.11"),
            (67, "0.12"),
        ],
    );
}

#[test]
fn r2_half_a_minute_then_six_seconds() {
    charges(
        r#"{"prefix": "", "price": "0.05", "per": 60, "first_interval": 30, "next_interval": 6}"#,
        &[(45, "0.04"), (30, "0.025"), (31, "0.03")],
    );
}

#[test]
fn r3_by_the_second() {
    charges(
        r#"{"prefix": "", "price": "0.12", "per": 60}"#,
        &[(65, "0.13"), (1, "0.002")],
    );
}

#[test]
fn r5_no_usage_costs_nothing_not_even_the_connection() {
    charges(
        r#"{"prefix": "", "price": "0.10", "per": 60, "first_interval": 60, "next_interval": 6,
            "connection_fee": "0.05"}"#,
        &[(0, "0"), (1, "0.15"), (61, "0.16")],
    );
}

#[test]
fn r9_longest_prefix() {
    let catalog = catalog(
        r#"{"prefix": "44", "name": "United Kingdom", "price": "0.10", "per": 60},
           {"prefix": "447", "name": "United Kingdom mobile", "price": "0.20", "per": 60}"#,
    );
    let name = |digits| find(&catalog, digits).map(Rate::name);
    assert_eq!(name("447700900123"), Some("United Kingdom mobile"));
    assert_eq!(name("442079460000"), Some("United Kingdom"));
    assert_eq!(name("44"), Some("United Kingdom"));
    assert_eq!(name("4"), None);
    assert_eq!(name("385910000001"), None);
}

#[test]
fn a_first_interval_may_have_its_own_price() {
    charges(
        r#"{"prefix": "", "price": "0.06", "per": 60, "first_price": "0.60", "first_interval": 60}"#,
        &[(1, "0.60"), (60, "0.60"), (61, "0.601"), (120, "0.66")],
    );
}

#[test]
fn catalogues_are_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Catalog>();
    shared::<Rate>();
}
