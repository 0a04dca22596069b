//! Figures of campaigns for people.
// Rates are statistics, not money.
#![allow(clippy::float_arithmetic)]

use std::fmt::Write;

use crate::campaign::Progress;

/// A table of campaigns with their sum.
#[must_use]
pub fn table(campaigns: &[Progress]) -> String {
    let mut table = format!(
        "{:<18}{:>14}{:>12}{:>9}{:>8}{:>7}{:>12}  seed\n",
        "parser", "executions", "per second", "seconds", "kinds", "new", "slowest µs"
    );
    for one in campaigns {
        let seconds = one.elapsed.as_secs_f64();
        let rate = one.executions as f64 / seconds.max(1e-9);
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "{:<18}{:>14}{rate:>12.0}{seconds:>9.1}{:>8}{:>7}{:>12.1}  {}",
            one.target,
            one.executions,
            one.classes,
            one.new,
            one.slowest.as_secs_f64() * 1e6,
            one.seed
        );
    }
    let total: u64 = campaigns.iter().map(|one| one.executions).sum();
    let seconds: f64 = campaigns.iter().map(|one| one.elapsed.as_secs_f64()).sum();
    let rate = total as f64 / seconds.max(1e-9);
    let _ = writeln!(table, "{:<18}{total:>14}{rate:>12.0}{seconds:>9.1}", "all");
    table
}
