//! How overloaded the node is, as Diameter clients are told (RFC 7683, loss algorithm).
//!
//! The reduction asked for is the measured excess: what clients that take reports would send without
//! one, and what the others do send, against what was admitted. So those that obey are asked for no
//! more than what the others see refused. A second without refusals gives a tenth of the rest back.

use openmvno_diameter::overload_control::OverloadReport;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// How often it is judged, milliseconds.
const WINDOW_MS: i64 = 1_000;
/// Clients are never asked to send nothing: then nobody would notice that it is over.
const SMALLEST_SHARE: u64 = 5;
/// OC-Validity-Duration: how long a client keeps to a report it hears no more of, seconds (§7.5).
const VALIDITY_SECONDS: u32 = 30;
/// A report that stays the same is sent as a new one after this, so that it does not run out.
const RENEWAL_MS: i64 = 10_000;
/// What clients send that do not take reports, and those that do.
type Offered = [u64; 2];
/// Low bits of a report's number that hold its percentage: one word tells all of it at once.
const PERCENTAGE_BITS: u32 = 8;

/// The state of it.
#[derive(Debug, Default)]
pub(crate) struct Overload {
    offered: [AtomicU64; 2],
    /// Refused before the window.
    refused_before: AtomicU64,
    window_began: AtomicI64,
    /// The number of the report in force, from the time it was made, and its percentage; 0: none.
    report: AtomicU64,
}

impl Overload {
    /// A request came while a limit is in force.
    pub(crate) fn offered(&self, takes_reports: bool) {
        self.offered[usize::from(takes_reports)].fetch_add(1, Ordering::Relaxed);
    }

    /// Judges the last window, when it is over. `refused`: requests refused for load, ever.
    pub(crate) fn tick(&self, now: i64, refused: u64) {
        let began = self.window_began.load(Ordering::Relaxed);
        if now < began + WINDOW_MS {
            return;
        }
        self.window_began.store(now, Ordering::Relaxed);
        let offered = [0, 1].map(|kind| self.offered[kind].swap(0, Ordering::Relaxed));
        let refused_before = self.refused_before.swap(refused, Ordering::Relaxed);
        self.judge(now, offered, refused.saturating_sub(refused_before));
    }

    fn judge(&self, now: i64, [plain, reporting]: Offered, refused: u64) {
        let report = self.report.load(Ordering::Relaxed);
        let share = 100 - percentage(report);
        let next = if refused > 0 {
            let admitted = (plain + reporting).saturating_sub(refused);
            let wanted = plain + reporting * 100 / share;
            // Half at most at a time: clients are still obeying the last report, and one window of
            // nothing but refusals may be a stalled disk.
            let fitting = (100 * admitted / wanted.max(1)).max(share / 2);
            fitting.clamp(SMALLEST_SHARE, more(share))
        } else {
            more(share)
        };
        let made = i64::try_from(report >> PERCENTAGE_BITS).unwrap_or(i64::MAX);
        let age = now.saturating_sub(made);
        if next == share && next == 100 {
            if age > i64::from(VALIDITY_SECONDS) * 1_000 {
                // Every client has heard that it is over, or its last report has run out.
                self.report.store(0, Ordering::Relaxed);
            }
        } else if next != share || age >= RENEWAL_MS {
            let made = u64::try_from(now).unwrap_or(0) << PERCENTAGE_BITS;
            self.report.store(made | (100 - next), Ordering::Relaxed);
        }
    }

    /// What clients are told; nothing while there is and was no overload.
    pub(crate) fn report(&self) -> Option<OverloadReport> {
        let report = self.report.load(Ordering::Relaxed);
        let reduction_percentage = percentage(report) as u32;
        (report != 0).then_some(OverloadReport {
            sequence: report,
            reduction_percentage,
            validity_seconds: if reduction_percentage == 0 {
                0
            } else {
                VALIDITY_SECONDS
            },
        })
    }
}

/// A tenth more than what clients may send now, in percent of what they want to.
fn more(share: u64) -> u64 {
    (share + (share / 10).max(1)).min(100)
}

fn percentage(report: u64) -> u64 {
    report & ((1 << PERCENTAGE_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    /// Lets seconds pass in which clients that obey offer `demand` and `limit` is admitted of it.
    fn seconds(overload: &Overload, from: i64, count: i64, (demand, limit): (u64, u64)) -> u64 {
        let mut refused = overload.refused_before.load(Ordering::Relaxed);
        for second in from..from + count {
            let reduction = overload
                .report()
                .map_or(0, |report| report.reduction_percentage);
            let offered = demand * (100 - u64::from(reduction)) / 100;
            let admitted = offered.min(limit);
            overload.offered[1].store(offered, Ordering::Relaxed);
            refused += offered - admitted;
            overload.tick(NOW + second * 1_000, refused);
        }
        refused
    }

    #[test]
    fn the_reduction_settles_at_the_excess() {
        let overload = Overload::default();
        assert_eq!(overload.report(), None);
        seconds(&overload, 0, 2, (120_000, 40_000));
        assert_eq!(
            overload.report().expect("overload").reduction_percentage,
            67
        );
        seconds(&overload, 2, 60, (120_000, 40_000));
        let report = overload.report().expect("still");
        // A tenth more is tried when nothing is refused, and taken back.
        assert!(
            (60..=67).contains(&report.reduction_percentage),
            "{report:?}"
        );
        assert_eq!(report.validity_seconds, 30);
    }

    #[test]
    fn the_end_is_told_by_0_and_then_forgotten() {
        let overload = Overload::default();
        seconds(&overload, 0, 3, (120_000, 40_000));
        let first = overload.report().expect("overload");
        seconds(&overload, 3, 20, (10_000, 40_000));
        let last = overload.report().expect("its end");
        assert_eq!((last.reduction_percentage, last.validity_seconds), (0, 0));
        assert!(last.sequence > first.sequence);
        seconds(&overload, 23, 35, (10_000, 40_000));
        assert_eq!(overload.report(), None);
        seconds(&overload, 60, 2, (120_000, 40_000));
        assert!(overload.report().expect("again").sequence > last.sequence);
    }

    #[test]
    fn who_obeys_is_asked_for_no_more_than_what_the_others_see_refused() {
        let overload = Overload::default();
        for second in 1..20 {
            let reduction = overload
                .report()
                .map_or(0, |told| told.reduction_percentage);
            let obeying = 60_000 * (100 - u64::from(reduction)) / 100;
            overload.offered[0].store(60_000, Ordering::Relaxed);
            overload.offered[1].store(obeying, Ordering::Relaxed);
            let before = overload.refused_before.load(Ordering::Relaxed);
            overload.tick(NOW + second * 1_000, before + 60_000 + obeying - 40_000);
        }
        let told = overload.report().expect("overload").reduction_percentage;
        assert!((65..=68).contains(&told), "{told}");
    }

    #[test]
    fn numbers_rise_with_every_report_and_a_lasting_one_is_renewed() {
        let overload = Overload::default();
        let mut seen = Vec::new();
        for second in 1..30 {
            // Nothing is admitted: the reduction goes to its end and stays there.
            overload.offered[0].store(100, Ordering::Relaxed);
            overload.tick(
                NOW + second * 1_000,
                u64::try_from(second).expect("positive") * 100,
            );
            seen.push(overload.report().expect("overload"));
        }
        assert!(
            seen.windows(2)
                .all(|pair| pair[0].sequence <= pair[1].sequence)
        );
        assert_eq!(seen.last().expect("some").reduction_percentage, 95);
        let same: Vec<_> = seen
            .iter()
            .filter(|one| one.reduction_percentage == 95)
            .collect();
        assert!(same.first().expect("some").sequence < same.last().expect("some").sequence);
    }
}
