//! Reading `calendars`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::calendar::{Calendar, CalendarMistake, CalendarTerms, PeriodId, PeriodTerms};
use crate::document::{Object, text, whole, word};
use crate::fields::{Codes, code, limited, plain_code};
use crate::mistakes::Mistakes;
use crate::time::Date;

const DAY: u32 = 86_400;

#[derive(Default)]
pub(super) struct Calendars<'a> {
    pub(super) codes: Codes,
    pub(super) list: Vec<Calendar>,
    /// Codes of all periods; [`PeriodId`] n + 1 is the nth. Calendars that name a period alike mean the same, so that
    /// a bucket for `offpeak` pays whichever table's calendar says so.
    pub(super) periods: Vec<String>,
    ids: BTreeMap<&'a str, PeriodId>,
    /// By calendar.
    named: Vec<BTreeSet<PeriodId>>,
}

/// Where a period is named.
#[derive(Clone, Copy, Debug)]
pub(super) enum Scope {
    /// In a rate table: with its calendar.
    Table(Option<u16>),
    /// Where any table may have decided.
    Anywhere,
}

pub(super) fn read<'a>(document: &Object<'a>, mistakes: &mut Mistakes) -> Calendars<'a> {
    let mut calendars = Calendars::default();
    for (path, value) in limited(document.list("calendars", mistakes), mistakes) {
        calendars.calendar(value, path, mistakes);
    }
    calendars
}

impl<'a> Calendars<'a> {
    /// The period a code means, or why it means none.
    pub(super) fn period(&self, code: &str, scope: Scope) -> Result<PeriodId, String> {
        let id = self.ids.get(code).copied();
        match (id, scope) {
            (None, Scope::Anywhere) => Err(format!("no calendar has a period {code:?}")),
            (_, Scope::Table(None)) => Err("the rate table has no calendar".to_owned()),
            (Some(id), Scope::Anywhere) => Ok(id),
            (id, Scope::Table(Some(calendar))) => id
                .filter(|id| {
                    let named = self.named.get(usize::from(calendar));
                    named.is_some_and(|named| named.contains(id))
                })
                .ok_or_else(|| format!("the rate table's calendar has no period {code:?}")),
        }
    }

    fn calendar(&mut self, value: &'a Value, path: String, mistakes: &mut Mistakes) {
        const FIELDS: &[&str] = &["code", "periods", "holidays", "holiday_period"];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        code(&object, &mut self.codes, self.list.len(), mistakes);
        let mut terms = CalendarTerms::default();
        let mut named = BTreeSet::new();
        for (path, value) in object.required_list("periods", mistakes) {
            terms
                .periods
                .extend(self.period_terms(value, path, &mut named, mistakes));
        }
        let declared = self.named.len();
        self.named.push(named);
        for (path, value) in object.list("holidays", mistakes) {
            let date = text(&path, value, mistakes).map(Date::parse);
            match date {
                Some(None) => mistakes.add(&path, "must be a day such as 2026-12-25"),
                Some(Some(date)) => terms.holidays.push(date),
                None => {}
            }
        }
        if let Some(code) = object.string("holiday_period", mistakes) {
            let scope = Scope::Table(u16::try_from(declared).ok());
            match self.period(code, scope) {
                Ok(period) => terms.holiday_period = Some(period),
                Err(_) => mistakes.add(
                    &object.at("holiday_period"),
                    format!("the calendar has no period {code:?}"),
                ),
            }
        } else if !terms.holidays.is_empty() {
            let message = "is required where there are holidays";
            mistakes.add(&object.at("holiday_period"), message);
        }
        let calendar = Calendar::compile(&terms).unwrap_or_else(|mistake| {
            if mistake != CalendarMistake::HolidayPeriod {
                mistakes.add(&object.path, mistake.to_string());
            }
            Calendar::default()
        });
        self.list.push(calendar);
    }

    fn period_terms(
        &mut self,
        value: &'a Value,
        path: String,
        named: &mut BTreeSet<PeriodId>,
        mistakes: &mut Mistakes,
    ) -> Option<PeriodTerms> {
        const FIELDS: &[&str] = &["code", "weekdays", "from", "to", "months", "monthdays"];
        let object = Object::open(value, path, FIELDS, mistakes)?;
        let period = plain_code(&object, mistakes).and_then(|code| {
            let period = self.intern(code);
            if period.is_none() {
                mistakes.add(&object.at("code"), "too many periods");
            }
            period
        });
        // Whatever else is wrong with it is no reason to call the period unknown where it is named.
        named.extend(period);
        let mut weekdays = Vec::new();
        for (path, value) in object.some_list("weekdays", mistakes) {
            weekdays.extend(word(&path, value, WEEKDAYS, mistakes));
        }
        let lone = object.get("from").is_some() != object.get("to").is_some();
        if lone {
            mistakes.add(&object.path, "`from` and `to` come together");
        }
        let from = time_of_day(&object, "from", DAY - 1, mistakes);
        let to = time_of_day(&object, "to", DAY, mistakes);
        if from.unwrap_or(0) == to.unwrap_or(DAY) {
            mistakes.add(&object.at("to"), "must differ from `from`");
            return None;
        }
        Some(PeriodTerms {
            period: period?,
            weekdays,
            from,
            to,
            months: numbers(&object, "months", 12, mistakes),
            monthdays: numbers(&object, "monthdays", 31, mistakes),
        })
    }

    /// `None` beyond 16 bits of periods.
    fn intern(&mut self, code: &'a str) -> Option<PeriodId> {
        if let Some(known) = self.ids.get(code) {
            return Some(*known);
        }
        let period = PeriodId(u16::try_from(self.periods.len() + 1).ok()?);
        self.periods.push(code.to_owned());
        self.ids.insert(code, period);
        Some(period)
    }
}

fn numbers(object: &Object<'_>, field: &str, most: u64, mistakes: &mut Mistakes) -> Vec<u8> {
    let mut found = Vec::new();
    for (path, value) in object.some_list(field, mistakes) {
        let number = whole(&path, value, (1, most), mistakes);
        found.extend(number.and_then(|number| u8::try_from(number).ok()));
    }
    found
}

/// `HH:MM` or `HH:MM:SS`, in seconds after midnight.
fn time_of_day(
    object: &Object<'_>,
    field: &str,
    latest: u32,
    mistakes: &mut Mistakes,
) -> Option<u32> {
    let text = object.string(field, mistakes)?;
    let seconds = seconds_of(text).filter(|seconds| *seconds <= latest);
    if seconds.is_none() {
        let message = "must be a local time such as 20:00 or 07:59:59, up to 24:00 where it ends";
        mistakes.add(&object.at(field), message);
    }
    seconds
}

fn seconds_of(text: &str) -> Option<u32> {
    let part = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u32>().ok())?
    };
    let parts: Option<Vec<u32>> = text.split(':').map(part).collect();
    match parts?[..] {
        [hour, minute] if minute < 60 => Some((hour * 60 + minute) * 60),
        [hour, minute, second] if minute < 60 && second < 60 => {
            Some((hour * 60 + minute) * 60 + second)
        }
        _ => None,
    }
}

const WEEKDAYS: &[(&str, u8)] = &[
    ("mon", 1),
    ("tue", 2),
    ("wed", 3),
    ("thu", 4),
    ("fri", 5),
    ("sat", 6),
    ("sun", 7),
];
