//! Measures look-up, charge and affordable usage: `cargo run --release -p openmvno-rating --example measure`.
#![allow(clippy::print_stdout, clippy::float_arithmetic)]

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Instant;

use openmvno_rating::{Catalog, Direction, Micros, Selector};
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
    json!({
        "currency": "EUR",
        "services": [
            {"code": "voice", "unit": "second", "grant": grant},
            {"code": "data", "unit": "octet", "grant": grant}],
        "rate_tables": [
            {"code": "t", "service": "voice", "rates": rates},
            {"code": "d", "service": "data", "rates": [
                {"rating_group": 10, "price": "0.05", "per": 1_048_576}]}],
        "products": [{"code": "p", "rate_tables": ["t", "d"]}]
    })
    .to_string()
}

fn main() {
    let mut sequence = Sequence(42);
    let document = document(&mut sequence);
    let started = Instant::now();
    let catalog = Catalog::compile(document.as_bytes()).expect("correct");
    println!("compile {PREFIXES} prefixes: {:?}", started.elapsed());
    let product = catalog.product_by_code("p").expect("the product");
    let voice = catalog.service_by_code("voice").expect("voice");
    let data = catalog.service_by_code("data").expect("data");
    let numbers: Vec<String> = (0..1 << 16).map(|_| sequence.number()).collect();
    let out = Direction::Originating;
    measure("longest prefix", |round| {
        let number = &numbers[round as usize & 0xffff];
        let found = catalog.find_rate(product, voice, out, Selector::Destination(number));
        found.map_or(0, |(id, _)| u64::from(id.0))
    });
    measure("rating group", |round| {
        let group = Selector::RatingGroup(Some(10 + (round & 1)));
        let found = catalog.find_rate(product, data, out, group);
        found.map_or(0, |(id, _)| u64::from(id.0))
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
