//! Time as the engine knows it.

/// Unix time in milliseconds.
pub type Millis = i64;

/// A day that no change of clocks makes longer or shorter.
pub(crate) const DAY_MS: Millis = 24 * 3_600_000;

/// A client's Event-Timestamp counts as the charge time when it is this close to our clock.
pub(crate) const CHARGE_TIME_WINDOW_MS: Millis = 60_000;

/// When something happened that a client says happened at `said`; its clock may be wrong.
#[must_use]
pub fn charge_time(said: Millis, now: Millis) -> Millis {
    if said.saturating_sub(now).saturating_abs() <= CHARGE_TIME_WINDOW_MS {
        said
    } else {
        now
    }
}

/// How long the answer of a closed session or a one-time event is remembered for retransmissions.
pub const TOMBSTONE_WINDOW_MS: Millis = 60_000;

/// How long an expired session still takes the report of a late CCR-T.
pub const LATE_WINDOW_MS: Millis = 60_000;
