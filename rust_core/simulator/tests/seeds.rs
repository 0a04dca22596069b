//! Every seed keeps every promise.

use openmvno_simulator::{Sabotage, Summary, run};
use std::sync::atomic::{AtomicU64, Ordering};

fn run_all(seeds: std::ops::Range<u64>) -> Summary {
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut total = Summary::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return total;
            }
            match run(seed, Sabotage::None) {
                Ok(summary) => total.add(&summary),
                Err(failure) => {
                    let last = failure.trace.len().saturating_sub(60);
                    let trace = failure.trace[last..].join("\n");
                    panic!("{trace}\nseed {}: {}", failure.seed, failure.violation);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut total = Summary::default();
        for thread in threads {
            match thread.join() {
                Ok(part) => total.add(&part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        total
    })
}

#[test]
fn ten_thousand_seeds_keep_every_promise() {
    let total = run_all(0..10_000);
    // The runs are worth something only when all of this happens in them, often.
    assert!(total.applied > 200_000, "{total:?}");
    assert!(total.fenced > 2_000, "{total:?}");
    assert!(total.starts > 20_000, "{total:?}");
    assert!(total.slices > 10_000, "{total:?}");
    assert!(total.restarts > 20_000, "{total:?}");
    assert!(total.moved > 10_000, "{total:?}");
    assert!(total.returned > 1_000, "{total:?}");
    let buckets = total.buckets;
    assert!(buckets.bought > 70_000, "{total:?}");
    assert!(buckets.renewed > 200_000, "{total:?}");
    assert!(buckets.lost > 300, "{total:?}");
    assert!(buckets.paid > 50_000, "{total:?}");
    assert!(buckets.throttled > 150, "{total:?}");
    assert!(buckets.discounted > 25_000, "{total:?}");
}

#[test]
#[ignore = "for make soak"]
fn a_quarter_of_a_million_more_seeds_keep_every_promise() {
    run_all(1_000_000..1_250_000);
}

#[test]
fn a_seed_runs_the_same_way_every_time() {
    let all = [run(11, Sabotage::None), run(11, Sabotage::None)];
    let [first, second] = all.map(|one| format!("{one:?}"));
    assert_eq!(first, second);
}
