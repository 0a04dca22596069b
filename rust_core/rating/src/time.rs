//! Instants, time zones and local time. The rules of the zones are compiled in: the same usage is rated
//! the same on every machine.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZoneDatabase};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::offsets::{Span, Zone};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds left out.
pub type Millis = i64;

/// A zone of the IANA time zone database. Copies are cheap.
#[derive(Clone)]
pub struct TimeZone(&'static Zone);

static UTC: Zone = Zone::UTC;

/// The zones read so far: a catalogue or account that names one finds it laid out already. They are some
/// hundred at most, and stay.
static KNOWN: Mutex<BTreeMap<String, &'static Zone>> = Mutex::new(BTreeMap::new());

const DAY: Millis = 86_400_000;

/// As its IANA name.
impl Serialize for TimeZone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TimeZone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <&str>::deserialize(deserializer)?;
        Self::parse(name)
            .ok_or_else(|| D::Error::custom(format!("{name} is not an IANA time zone")))
    }
}

impl TimeZone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(&UTC);

    /// By its IANA name, `None` for a name that is not in the database.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(zone) = known.get(name) {
            return Some(Self(zone));
        }
        let rules = TimeZoneDatabase::bundled().get(name).ok()?;
        // The database also answers to names in other letter case; a catalogue has only the one.
        if rules.iana_name() != Some(name) {
            return None;
        }
        let zone: &'static Zone = Box::leak(Box::new(Zone::new(rules)));
        known.insert(name.to_owned(), zone);
        Some(Self(zone))
    }

    /// Its IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.rules.iana_name().unwrap_or("UTC")
    }

    pub(crate) fn civil(&self, at: Millis) -> civil::DateTime {
        let offset = Offset::from_seconds(self.0.offset(at)).unwrap_or(Offset::UTC);
        offset.to_datetime(timestamp(at))
    }

    /// Where it is laid out: two zones there are not one.
    pub(crate) fn address(&self) -> u64 {
        std::ptr::from_ref(self.0).addr() as u64
    }

    /// Seconds from UTC at `at`.
    pub(crate) fn offset(&self, at: Millis) -> i32 {
        self.0.offset(at)
    }

    /// The offset in force at `at` and the changes of the clocks around it.
    pub(crate) fn span(&self, at: Millis) -> Span {
        self.0.span(at)
    }

    /// The last instant up to `at` at which the offset changed.
    pub(crate) fn last_transition(&self, at: Millis) -> Option<Millis> {
        // `preceding` looks strictly before, and transitions fall on whole seconds.
        let after = timestamp(at.saturating_add(1));
        let last = self.0.rules.preceding(after).next()?;
        Some(last.timestamp().as_millisecond())
    }

    /// The first instant of a local day: the earlier midnight where there are two, the end of the gap
    /// where there is none.
    pub(crate) fn first_instant(&self, date: civil::Date) -> Option<Millis> {
        if let Some(instant) = self.undisturbed(date) {
            return Some(instant);
        }
        let midnight = self.0.rules.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        let in_gap = matches!(midnight.offset(), AmbiguousOffset::Gap { .. });
        // In a gap: midnight by the old offset, which the clocks passed over at the transition before.
        let instant = midnight.compatible().ok()?.as_millisecond();
        if in_gap {
            return self.last_transition(instant);
        }
        Some(instant)
    }

    /// Midnight of a day around which the clocks do not change.
    fn undisturbed(&self, date: civil::Date) -> Option<Millis> {
        let local = Offset::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        let local = local.as_millisecond();
        let span = self.0.span(local);
        let instant = local - Millis::from(span.offset) * 1_000;
        // No offset is larger than a day and two hours; two days are beyond doubt.
        let quiet =
            instant - 2 * DAY >= span.from? && span.until.is_none_or(|end| instant + 2 * DAY < end);
        quiet.then_some(instant)
    }
}

impl PartialEq for TimeZone {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.0.rules == other.0.rules
    }
}

impl Eq for TimeZone {}

impl std::fmt::Debug for TimeZone {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "TimeZone({})", self.name())
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
    let local = LocalTime::of(at, zone);
    // An hour is below 24.
    (
        u8::try_from(local.second / 3_600).unwrap_or(0),
        local.weekday(),
    )
}

/// Local time by arithmetic: days since 1970-01-01 and seconds since midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LocalTime {
    pub(crate) day: i32,
    pub(crate) second: u32,
}

const SECONDS: i64 = 86_400;

impl LocalTime {
    pub(crate) fn of(at: Millis, zone: &TimeZone) -> Self {
        Self::with_offset(at, zone.offset(at))
    }

    pub(crate) fn with_offset(at: Millis, offset: i32) -> Self {
        // The instants there are keep days within 32 bits.
        let at = at.clamp(
            Timestamp::MIN.as_millisecond(),
            Timestamp::MAX.as_millisecond(),
        );
        let seconds = at.div_euclid(1_000) + i64::from(offset);
        Self {
            day: i32::try_from(seconds.div_euclid(SECONDS)).unwrap_or(0),
            second: u32::try_from(seconds.rem_euclid(SECONDS)).unwrap_or(0),
        }
    }

    /// The instant by an offset; `None` beyond the last one there is.
    pub(crate) fn instant(self, offset: i32) -> Option<Millis> {
        let seconds = i64::from(self.day) * SECONDS + i64::from(self.second) - i64::from(offset);
        let instant = seconds * 1_000;
        (instant <= Timestamp::MAX.as_millisecond()).then_some(instant)
    }

    /// 1 for Monday to 7.
    pub(crate) fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.day + 3).rem_euclid(7) + 1).unwrap_or(1)
    }

    /// Month and day of the month.
    pub(crate) fn month_and_day(self) -> (u8, u8) {
        // Years counted from 1 March, so that the leap day is the last of one.
        let days = self.day + 719_468;
        let of_era = days.rem_euclid(146_097);
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        (
            u8::try_from(month).unwrap_or(1),
            u8::try_from(day).unwrap_or(1),
        )
    }
}

/// Days since 1970-01-01.
pub(crate) fn day_number(date: civil::Date) -> i32 {
    let (month, day) = (i32::from(date.month()), i32::from(date.day()));
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
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
