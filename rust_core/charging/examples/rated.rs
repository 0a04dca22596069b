//! Usage rated in bulk under a document (`python -m bench.rich` prints one):
//! `cargo run --release -p openmvno-charging --example rated -- FILE`
#![allow(missing_docs, clippy::print_stdout, clippy::float_arithmetic)]

use openmvno_charging::{Direction, Rehearsal, RehearsedUsage};
use openmvno_rating::Catalog;
use std::time::Instant;

const LINES: u32 = 10_000;
const START: i64 = 1_793_487_600_000;
const MONTH: i64 = 30 * 86_400_000;
const ADDONS: [&str; 5] = ["evenings", "abroad", "minutes", "data-pack", "weekends"];
const VOICE: u16 = 0;
const DATA: u16 = 2;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a document");
    let events: u32 = arguments
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let document = std::fs::read(file).expect("readable");
    let lines = (0..LINES)
        .map(|_| ("prepaid-basic".into(), ADDONS.map(String::from).to_vec()))
        .collect();
    let catalog = Catalog::compile(&document).expect("correct");
    let mut rehearsal = Rehearsal::new(catalog, lines).expect("known products");
    rehearsal.begin(START);
    let mut seed = 42_u64;
    let mut chance = move |below: u64| {
        seed ^= seed >> 12;
        seed ^= seed << 25;
        seed ^= seed >> 27;
        (seed.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % below
    };
    let numbers: Vec<String> = (0..events)
        .map(|_| format!("3{:011}", chance(100_000_000_000)))
        .collect();
    let usages: Vec<RehearsedUsage<'_>> = (0_i64..)
        .zip(&numbers)
        .map(|(number, called)| {
            let data = chance(4) == 0;
            RehearsedUsage {
                line: u32::try_from(chance(u64::from(LINES))).expect("small"),
                service: if data { DATA } else { VOICE },
                direction: Direction::Originating,
                at: START + number * MONTH / i64::from(events),
                usage: 1 + chance(if data { 20 << 20 } else { 600 }),
                rating_group: data.then_some(10),
                destination: if data { "" } else { called },
                context: None,
                favourite: false,
            }
        })
        .collect();
    measure("bare price", &usages, |usage| rehearsal.price(usage).0);
    measure("with buckets and ledger", &usages, |usage| {
        rehearsal.charge(usage).0
    });
}

#[inline(never)]
fn measure<'a>(
    name: &str,
    usages: &[RehearsedUsage<'a>],
    mut work: impl FnMut(&RehearsedUsage<'a>) -> i64,
) {
    let started = Instant::now();
    let sum: i64 = usages.iter().map(&mut work).sum();
    let each = started.elapsed().as_nanos() as f64 / usages.len() as f64;
    println!("{name}: {each:.0} ns ({sum})");
}
