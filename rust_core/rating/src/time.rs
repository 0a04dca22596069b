//! Instants, time zones and local time. The rules of the zones are compiled in: the same usage is rated
//! the same on every machine.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZoneDatabase};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds left out.
pub type Millis = i64;

/// A zone of the IANA time zone database. Copies are cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(pub(crate) jiff::tz::TimeZone);

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(jiff::tz::TimeZone::UTC);

    /// By its IANA name, `None` for a name that is not in the database.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let zone = TimeZoneDatabase::bundled().get(name).ok()?;
        // The database also answers to names in other letter case; a catalogue has only the one.
        (zone.iana_name() == Some(name)).then_some(Self(zone))
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    pub(crate) fn civil(&self, at: Millis) -> civil::DateTime {
        self.0.to_datetime(timestamp(at))
    }

    /// The offset in force at `at` and, where it has one, the instant it ends.
    pub(crate) fn offset(&self, at: Millis) -> (jiff::tz::Offset, Option<Millis>) {
        let timestamp = timestamp(at);
        let next = self.0.following(timestamp).next();
        let until = next.map(|transition| transition.timestamp().as_millisecond());
        (self.0.to_offset(timestamp), until)
    }

    /// The last instant up to `at` at which the offset changed.
    pub(crate) fn last_transition(&self, at: Millis) -> Option<Millis> {
        // `preceding` looks strictly before, and transitions fall on whole seconds.
        let after = timestamp(at.saturating_add(1));
        let last = self.0.preceding(after).next()?;
        Some(last.timestamp().as_millisecond())
    }

    /// The first instant of a local day: the earlier midnight where there are two, the end of the gap
    /// where there is none.
    pub(crate) fn first_instant(&self, date: civil::Date) -> Option<Millis> {
        let midnight = self.0.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        let in_gap = matches!(midnight.offset(), AmbiguousOffset::Gap { .. });
        // In a gap: midnight by the old offset, which the clocks passed over at the transition before.
        let instant = midnight.compatible().ok()?.as_millisecond();
        if in_gap {
            return self.last_transition(instant);
        }
        Some(instant)
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

/// Instants beyond the years −9999 to 9999 become the first or the last.
pub(crate) fn timestamp(at: Millis) -> Timestamp {
    Timestamp::from_millisecond(at).unwrap_or(if at < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The local hour (0 to 23) and day of the week (1 for Monday to 7).
#[must_use]
pub fn local(at: Millis, zone: &TimeZone) -> (u8, u8) {
    let local = zone.civil(at);
    (
        local.hour().unsigned_abs(),
        local.weekday().to_monday_one_offset().unsigned_abs(),
    )
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub(crate) civil::Date);

impl Date {
    /// Reads `2026-12-25`, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |byte: (usize, u8)| match byte.0 {
            4 | 7 => byte.1 == b'-',
            _ => byte.1.is_ascii_digit(),
        };
        if text.len() != 10 || !text.bytes().enumerate().all(digits) {
            return None;
        }
        text.parse().ok().map(Self)
    }
}
