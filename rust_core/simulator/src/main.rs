//! `simulate`: many seeds, or one that failed with its trace.

#![forbid(unsafe_code)]

use clap::Parser;
use openmvno_simulator::{Sabotage, run};
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Run the seeded simulation of the charging core and audit every run.
#[derive(Debug, Parser)]
#[command(name = "simulate")]
struct Options {
    /// How many seeds to run.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, failed) = (AtomicU64::new(0), AtomicBool::new(false));
    let started = std::time::Instant::now();
    let work = || {
        let mut applied = 0;
        while !failed.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= options.seeds {
                break;
            }
            match run(options.from + seed, Sabotage::None) {
                Ok(summary) => applied += summary.applied,
                Err(failure) => {
                    failed.store(true, Ordering::Relaxed);
                    let mut out = stdout().lock();
                    for line in &failure.trace {
                        writeln!(out, "{line}").ok();
                    }
                    writeln!(out, "seed {}: {}", failure.seed, failure.violation).ok();
                }
            }
        }
        applied
    };
    let applied: u64 = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .sum()
    });
    if failed.load(Ordering::Relaxed) {
        return ExitCode::FAILURE;
    }
    let seconds = started.elapsed().as_secs();
    let seeds = options.seeds;
    writeln!(
        stdout(),
        "{seeds} seeds held, {applied} requests applied, {seconds} s"
    )
    .ok();
    ExitCode::SUCCESS
}
