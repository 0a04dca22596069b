//! Measures look-up, charge and affordable usage: `cargo run --release -p openmvno-rating --example measure`.
#![allow(clippy::print_stdout, clippy::float_arithmetic)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use openmvno_rating::{
    Catalog, Direction, Facts, Guided, Location, Micros, ProductId, Relation, ServiceId, TimeZone,
};
use serde_json::json;

const PREFIXES: usize = 100_000;
const ROUNDS: u32 = 2_000_000;

/// A fixed sequence, so that two runs measure the same look-ups (xorshift64*).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    }

    fn number(&mut self) -> String {
        format!("{:012}", self.next() % 1_000_000_000_000)
    }
}

fn document(sequence: &mut Sequence) -> String {
    let mut prefixes = BTreeSet::new();
    while prefixes.len() < PREFIXES {
        let length = 3 + (sequence.next() % 5) as usize;
        prefixes.insert(sequence.number()[..length].to_owned());
    }
    let rates: Vec<_> = prefixes
        .iter()
        .map(|prefix| json!({"prefix": prefix, "price": "0.10", "per": 60}))
        .collect();
    let grant = json!({"default": 1, "maximum": 1, "validity_time": 1});
    let addons: Vec<_> = (1..=5_u16)
        .map(|number| {
            json!({"code": format!("addon-{number}"), "kind": "addon", "precedence": number,
                   "rate_tables": [
                       {"table": "evening", "when": {"zones": ["home"], "periods": ["offpeak"]}},
                       {"table": "abroad", "when": {"zones": ["abroad"]}}]})
        })
        .collect();
    let mut products = vec![json!({"code": "p", "rate_tables": ["t", "d"]})];
    products.extend(addons);
    json!({
        "currency": "EUR",
        "services": [
            {"code": "voice", "unit": "second", "grant": grant},
            {"code": "data", "unit": "octet", "grant": grant}],
        "zones": [{"code": "home", "plmns": ["21901"]}, {"code": "abroad", "plmns": ["310"]}],
        "destinations": [{"code": "all", "prefixes": prefixes}],
        "calendars": [{"code": "c", "periods": [
            {"code": "offpeak", "weekdays": ["mon", "tue", "wed", "thu", "fri"],
             "from": "20:00", "to": "08:00"}]}],
        "rate_tables": [
            {"code": "t", "service": "voice", "calendar": "c", "rates": rates},
            {"code": "evening", "service": "voice", "calendar": "c", "rates": [
                {"prefix": "0", "price": "0.01", "period": "offpeak"}]},
            {"code": "abroad", "service": "voice", "rates": [
                {"destination": "all", "price": "1", "effective_from": "2026-01-01T00:00:00Z"}]},
            {"code": "d", "service": "data", "rates": [
                {"rating_group": 10, "price": "0.05", "per": 1_048_576}]}],
        "products": products
    })
    .to_string()
}

const fn facts<'a>(
    service: ServiceId,
    destination: &'a str,
    rating_group: Option<u32>,
    time_zone: &'a TimeZone,
) -> Facts<'a> {
    Facts {
        service,
        direction: Direction::Originating,
        destination,
        relation: Relation {
            on_net: false,
            favourite: false,
            cug: false,
        },
        rating_group,
        service_identifier: None,
        location: Location {
            plmn: "21901",
            msc: "",
            cell: "21901-100-7788",
        },
        apn: "internet",
        rat_type: None,
        qos_class: None,
        slice: "",
        access_network: "",
        // A Thursday afternoon.
        at: 1_795_708_800_000,
        time_zone,
        seed: "session",
    }
}

fn index(guided: Option<Guided>) -> u64 {
    guided.map_or(0, |guided| u64::from(guided.rate.0))
}

fn main() {
    let mut sequence = Sequence(42);
    let document = document(&mut sequence);
    let started = Instant::now();
    let catalog = Catalog::compile(document.as_bytes()).expect("correct");
    println!("compile {PREFIXES} prefixes: {:?}", started.elapsed());
    let voice = catalog.service_by_code("voice").expect("voice");
    let data = catalog.service_by_code("data").expect("data");
    let zone = TimeZone::parse("Europe/Zagreb").expect("a zone");
    let numbers: Vec<String> = (0..1 << 16).map(|_| sequence.number()).collect();
    let mut products: Vec<ProductId> = (0..6).rev().map(ProductId).collect();
    measure("guide voice, 5 add-ons and main", |round| {
        let number = &numbers[round as usize & 0xffff];
        let facts = facts(voice, number, None, &zone);
        index(catalog.guide(&products, &facts).ok())
    });
    products = vec![ProductId(0)];
    measure("guide voice, main", |round| {
        let number = &numbers[round as usize & 0xffff];
        let facts = facts(voice, number, None, &zone);
        index(catalog.guide(&products, &facts).ok())
    });
    measure("guide data, main", |round| {
        let facts = facts(data, "", Some(10 + (round & 1)), &zone);
        index(catalog.guide(&products, &facts).ok())
    });
    let first = facts(data, "", Some(10), &zone);
    let guided = catalog.guide(&products, &first).expect("a rate");
    measure("price context", |round| {
        let facts = facts(data, "", Some(10 + (round & 1)), &zone);
        u64::from(catalog.price_context(&facts, &guided).local_hour)
    });
    measure("calendar", |round| {
        let facts = facts(data, "", Some(10 + (round & 1)), &zone);
        u64::from(openmvno_rating::local(facts.at, &zone).0)
    });
    let rate = catalog.rates().last().expect("the data rate");
    for (name, usage) in [
        ("1 byte", 1),
        ("1 GB", 1_000_000_000),
        ("1 TB", 1_000_000_000_000),
    ] {
        measure(&format!("charge {name}"), |round| {
            let charge = rate.charge(usage + u64::from(round));
            charge.map_or(0, |amount| amount.get().unsigned_abs())
        });
    }
    measure("affordable", |round| {
        rate.affordable(Micros(50_000_000 + i64::from(round)), 1 << 40)
    });
}

fn measure(name: &str, mut work: impl FnMut(u32) -> u64) {
    let started = Instant::now();
    let mut sum = 0_u64;
    for round in 0..ROUNDS {
        sum = sum.wrapping_add(black_box(work(black_box(round))));
    }
    let elapsed = started.elapsed().as_nanos() as f64 / f64::from(ROUNDS);
    println!("{name}: {elapsed:.1} ns ({sum})");
}
