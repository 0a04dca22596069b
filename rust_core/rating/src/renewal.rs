//! When what renews begins anew.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::time::{Millis, TimeZone};

/// How often something renews, at local boundaries.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Renew {
    /// Once for all time.
    #[default]
    Never,
    /// Every hour.
    Hour,
    /// Every day.
    Day,
    /// Every Monday.
    Week,
    /// Every first of a month.
    Month,
}

/// The local hour, day, week or month that holds `at`: its first instant and that of the next one. The
/// periods of a zone follow each other without gap or overlap whatever its clocks do.
#[must_use]
pub fn renewal_period(renew: Renew, at: Millis, zone: &TimeZone) -> (Millis, Millis) {
    let today = zone.civil(at).date();
    match renew {
        Renew::Never => (Millis::MIN, Millis::MAX),
        Renew::Hour => hour(at, zone),
        Renew::Day => between(at, zone, today, |date| date.tomorrow().ok()),
        Renew::Week => {
            let since_monday = i64::from(today.weekday().to_monday_zero_offset());
            let monday = today.saturating_sub(since_monday.days());
            between(at, zone, monday, |date| date.checked_add(7.days()).ok())
        }
        Renew::Month => between(at, zone, today.first_of_month(), |date| {
            date.last_of_month().tomorrow().ok()
        }),
    }
}

const HOUR: Millis = 3_600_000;

/// Whole hours of the offset in force. A change of the clocks within an hour divides it.
fn hour(at: Millis, zone: &TimeZone) -> (Millis, Millis) {
    let span = zone.span(at);
    let into = at
        .saturating_add(Millis::from(span.offset) * 1_000)
        .rem_euclid(HOUR);
    let start = at.saturating_sub(into);
    let end = start.saturating_add(HOUR);
    (
        zone.last_transition(at)
            .map_or(start, |since| since.max(start)),
        span.until.map_or(end, |until| until.min(end)),
    )
}

/// From the first instant of `first` to that of the date after it. At the end of time: for ever.
fn between(
    at: Millis,
    zone: &TimeZone,
    first: Date,
    following: impl Fn(Date) -> Option<Date>,
) -> (Millis, Millis) {
    let begins = |date: Option<Date>| date.and_then(|date| zone.first_instant(date));
    let mut start = begins(Some(first)).unwrap_or(Millis::MIN);
    let mut next = following(first);
    let mut end = begins(next).unwrap_or(Millis::MAX);
    // Clocks set back across midnight show a day again after the next one has begun.
    if at >= end {
        start = end;
        next = next.and_then(&following);
        end = begins(next).unwrap_or(Millis::MAX);
    }
    (start, end)
}
