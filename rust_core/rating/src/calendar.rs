//! Calendars: which period of the week and the year a moment lies in, and until when.

use serde::{Deserialize, Serialize};

use crate::offsets::Span;
use crate::time::{Date, LocalTime, Millis, TimeZone, day_number};

/// A period of a catalogue's calendars; 0 is peak, what no period covers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct PeriodId(pub u16);

impl PeriodId {
    /// Outside every period.
    pub const PEAK: Self = Self(0);
}

/// When a period holds: all given conditions together. An empty list is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeriodTerms {
    /// Which period. Several terms may be of one.
    pub period: PeriodId,
    /// Local days of the week, 1 for Monday to 7.
    pub weekdays: Vec<u8>,
    /// Where it begins in the local day, in seconds after midnight below 86,400; 0 without.
    pub from: Option<u32>,
    /// Where it ends in the local day, up to 86,400, which it is without. Before `from`: the two
    /// ends of the day.
    pub to: Option<u32>,
    /// Local months, 1 to 12.
    pub months: Vec<u8>,
    /// Local days of the month, 1 to 31.
    pub monthdays: Vec<u8>,
}

/// What a calendar is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarTerms {
    /// In order; the first that holds counts.
    pub periods: Vec<PeriodTerms>,
    /// Local days that are in `holiday_period` whatever else holds.
    pub holidays: Vec<Date>,
    /// Must be given when there are holidays.
    pub holiday_period: Option<PeriodId>,
}

/// Why terms make no calendar. Periods are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarMistake {
    /// A day of the week outside 1 to 7.
    #[error("periods[{0}]: a weekday is 1 to 7")]
    Weekday(usize),
    /// A month outside 1 to 12.
    #[error("periods[{0}]: a month is 1 to 12")]
    Month(usize),
    /// A day of the month outside 1 to 31.
    #[error("periods[{0}]: a day of the month is 1 to 31")]
    Monthday(usize),
    /// Times outside the day, or a period without length.
    #[error("periods[{0}]: times are from 00:00 to 24:00 and differ")]
    Time(usize),
    /// Holidays without a period.
    #[error("holidays need a holiday_period")]
    HolidayPeriod,
}

/// Compiled periods and holidays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    rules: Box<[Rule]>,
    /// Days since 1970-01-01, sorted.
    holidays: Box<[i32]>,
    holiday_period: PeriodId,
    /// Seconds after midnight at which a period may begin or end, sorted, without midnight.
    edges: Box<[u32]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    period: PeriodId,
    /// Bit n: n is listed.
    weekdays: u32,
    months: u32,
    monthdays: u32,
    from: u32,
    to: u32,
}

const DAY: u32 = 86_400;

/// How many days a change is looked for before the answer is "look again".
const HORIZON: u32 = 8;

impl Calendar {
    /// Checks and compiles the terms.
    ///
    /// # Errors
    /// Days, months and times that do not exist, periods without length, holidays without a period.
    pub fn compile(terms: &CalendarTerms) -> Result<Self, CalendarMistake> {
        let rules: Result<Box<[Rule]>, _> = terms
            .periods
            .iter()
            .enumerate()
            .map(|(position, period)| Rule::compile(position, period))
            .collect();
        let rules = rules?;
        if terms.holiday_period.is_none() && !terms.holidays.is_empty() {
            return Err(CalendarMistake::HolidayPeriod);
        }
        let mut edges: Vec<u32> = rules.iter().flat_map(|rule| [rule.from, rule.to]).collect();
        edges.retain(|edge| (1..DAY).contains(edge));
        edges.sort_unstable();
        edges.dedup();
        let mut holidays: Vec<i32> = terms
            .holidays
            .iter()
            .map(|date| day_number(date.0))
            .collect();
        holidays.sort_unstable();
        Ok(Self {
            rules,
            holidays: holidays.into_boxed_slice(),
            holiday_period: terms.holiday_period.unwrap_or_default(),
            edges: edges.into_boxed_slice(),
        })
    }

    /// The period `at` lies in and the instant up to which it surely lasts; the period may differ from
    /// there on. `None`: it never changes.
    #[must_use]
    pub fn at(&self, at: Millis, zone: &TimeZone) -> (PeriodId, Option<Millis>) {
        let (period, until, _) = self.look(at, zone);
        (period, until)
    }

    /// The same, and whether the period ends there: every moment until then has that answer, too.
    pub(crate) fn look(&self, at: Millis, zone: &TimeZone) -> (PeriodId, Option<Millis>, bool) {
        let span = zone.span(at);
        let local = LocalTime::with_offset(at, span.offset);
        let period = self.period(local);
        if self.rules.is_empty() && self.holidays.is_empty() {
            return (period, None, false);
        }
        let (until, ends) = self.change(period, (local, span), zone);
        (period, until, ends)
    }

    fn period(&self, local: LocalTime) -> PeriodId {
        if self.holidays.binary_search(&local.day).is_ok() {
            return self.holiday_period;
        }
        self.rules
            .iter()
            .find(|rule| rule.holds(local))
            .map_or(PeriodId::PEAK, |rule| rule.period)
    }

    /// Local time runs evenly between two changes of the zone's offset, so the next edge is found in
    /// local time and holds when it comes before the next change.
    fn change(
        &self,
        period: PeriodId,
        (mut local, mut span): (LocalTime, Span),
        zone: &TimeZone,
    ) -> (Option<Millis>, bool) {
        loop {
            let edge = self.edge(period, local);
            let instant = edge.instant(span.offset);
            match span.until {
                Some(until) if instant.is_none_or(|instant| until <= instant) => {
                    span = zone.span(until);
                    local = LocalTime::with_offset(until, span.offset);
                    if self.period(local) != period {
                        return (Some(until), true);
                    }
                }
                _ => return (instant, self.period(edge) != period),
            }
        }
    }

    /// The first local time after `local` with another period, or a midnight some days later.
    fn edge(&self, period: PeriodId, local: LocalTime) -> LocalTime {
        let mut after = local.second;
        let mut midnight = LocalTime { second: 0, ..local };
        for _ in 0..HORIZON {
            for &edge in self.edges.iter().filter(|&&edge| edge > after) {
                let time = LocalTime {
                    second: edge,
                    ..midnight
                };
                if self.period(time) != period {
                    return time;
                }
            }
            midnight.day += 1;
            after = 0;
            if self.period(midnight) != period {
                break;
            }
        }
        midnight
    }
}

impl Rule {
    fn compile(position: usize, terms: &PeriodTerms) -> Result<Self, CalendarMistake> {
        let from = terms.from.unwrap_or(0);
        let to = terms.to.unwrap_or(DAY);
        if from >= DAY || to > DAY || from == to {
            return Err(CalendarMistake::Time(position));
        }
        Ok(Self {
            period: terms.period,
            weekdays: mask(&terms.weekdays, 7).ok_or(CalendarMistake::Weekday(position))?,
            months: mask(&terms.months, 12).ok_or(CalendarMistake::Month(position))?,
            monthdays: mask(&terms.monthdays, 31).ok_or(CalendarMistake::Monthday(position))?,
            from,
            to,
        })
    }

    fn holds(&self, local: LocalTime) -> bool {
        let second = local.second;
        let in_time = if self.from < self.to {
            (self.from..self.to).contains(&second)
        } else {
            second >= self.from || second < self.to
        };
        let listed = |mask: u32, value: u8| mask >> value & 1 == 1;
        in_time && listed(self.weekdays, local.weekday()) && self.holds_in_year(local)
    }

    fn holds_in_year(&self, local: LocalTime) -> bool {
        if self.months & self.monthdays == u32::MAX {
            return true;
        }
        let (month, day) = local.month_and_day();
        self.months >> month & 1 == 1 && self.monthdays >> day & 1 == 1
    }
}

/// Bits of the listed numbers, all bits for an empty list; `None` for a number outside 1 to `last`.
fn mask(listed: &[u8], last: u8) -> Option<u32> {
    if listed.is_empty() {
        return Some(u32::MAX);
    }
    listed.iter().try_fold(0, |mask, &number| {
        (1..=last).contains(&number).then(|| mask | 1 << number)
    })
}
