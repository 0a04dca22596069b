//! Time as nanoseconds since the start of the run.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Nanoseconds of a second.
pub(crate) const SECOND: u64 = 1_000_000_000;
/// Nanoseconds of a millisecond.
pub(crate) const MILLISECOND: u64 = 1_000_000;
/// Nanoseconds of a microsecond.
pub(crate) const MICROSECOND: u64 = 1_000;

/// A monotone clock that also knows the calendar time of its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    start: Instant,
    unix_start: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            start: Instant::now(),
            unix_start: since_epoch.unwrap_or_default(),
        }
    }

    /// Nanoseconds since the start.
    pub(crate) fn now(&self) -> u64 {
        nanoseconds(self.start.elapsed())
    }

    /// Unix time in nanoseconds at `now`.
    pub(crate) fn unix_nanoseconds(&self, now: u64) -> u64 {
        nanoseconds(self.unix_start).saturating_add(now)
    }

    /// Unix time in seconds at `now`.
    pub(crate) fn unix_seconds(&self, now: u64) -> i64 {
        i64::try_from(self.unix_nanoseconds(now) / SECOND).unwrap_or(i64::MAX)
    }
}

/// Whole nanoseconds; saturates after 584 years.
pub(crate) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
