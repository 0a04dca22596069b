//! Reading the rates of rate tables.

use openmvno_money::Rounding;

use crate::calendar::PeriodId;
use crate::digit_trie::VALUE_LIMIT;
use crate::document::Object;
use crate::expression::Expression;
use crate::fields::{effective, known, name};
use crate::mistakes::Mistakes;
use crate::rate::{Rate, RateId};
use crate::selectors::{Clash, Effective, Entry, Key, MOST_VARIANTS, Selectors};
use crate::zone::ZoneId;

use super::ROUNDINGS;
use super::calendars::Scope;
use super::conditions::{self, Names};
use super::formulas::Formulas;
use super::keys;
use super::simple::{self, Prices};

/// Prefixes under which rates are filed, in the whole document: rates of large destinations could otherwise fill any
/// memory.
const MOST_LINKS: usize = 10_000_000;

pub(super) struct Rates<'a> {
    pub(super) names: &'a Names<'a>,
    formulas: &'a Formulas,
    rounding: Rounding,
    fields: Vec<&'static str>,
    pub(super) list: Vec<Rate>,
    prices: Prices,
    links: usize,
}

/// The table being read.
struct Table {
    scope: Scope,
    selectors: Selectors,
    /// By entry: where its rate is in the document.
    positions: Vec<usize>,
}

impl<'a> Rates<'a> {
    pub(super) fn new(names: &'a Names<'a>, formulas: &'a Formulas, rounding: Rounding) -> Self {
        const OTHERS: [&str; 9] = [
            "name",
            "rounding",
            "period",
            "effective_from",
            "effective_until",
            "forbidden",
            "hidden",
            "formula",
            "expression",
        ];
        Self {
            names,
            formulas,
            rounding,
            fields: [&keys::FIELDS[..], &simple::FIELDS, &OTHERS].concat(),
            list: Vec::new(),
            prices: Prices::default(),
            links: 0,
        }
    }

    /// The rates of one table.
    pub(super) fn read(
        &mut self,
        object: &Object<'_>,
        calendar: Option<u16>,
        mistakes: &mut Mistakes,
    ) -> Selectors {
        let mut table = Table {
            scope: Scope::Table(calendar),
            selectors: Selectors::default(),
            positions: Vec::new(),
        };
        let rates = object.required_list("rates", mistakes);
        for (position, (path, value)) in rates.into_iter().enumerate() {
            if let Some(rate) = Object::open(value, path, &self.fields, mistakes) {
                table.positions.push(position);
                self.rate(&rate, &mut table, mistakes);
            }
        }
        self.links += table.selectors.links();
        table.selectors
    }

    fn rate(&mut self, object: &Object<'_>, table: &mut Table, mistakes: &mut Mistakes) {
        let hidden = object.boolean("hidden", mistakes);
        let period = self.period(object, table.scope, mistakes);
        let effective = effective(object, mistakes);
        let forbidden = object.boolean("forbidden", mistakes);
        let rate = self.price(object, forbidden, table.scope, mistakes);
        let keys = keys::read(object, &self.names.destinations, mistakes);
        // An entry that went wrong is filed for the sake of its selector; the document is refused anyway. But dates or a
        // period that could not be read would only make it clash with others.
        let entry = table.selectors.add(Entry {
            rate,
            hidden: hidden.unwrap_or(false),
            period: period.unwrap_or(None),
            effective: effective.unwrap_or(Effective::ALWAYS),
        });
        if period.is_none() || effective.is_none() {
            return;
        }
        for key in keys {
            if let Err(why) = self.file(key, entry, object, table) {
                mistakes.add(&object.at(keys::field(object)), why);
                return;
            }
        }
    }

    fn file(
        &self,
        key: Key<'_>,
        entry: u32,
        object: &Object<'_>,
        table: &mut Table,
    ) -> Result<(), String> {
        if self.links + table.selectors.links() >= MOST_LINKS {
            return Err(format!("more than {MOST_LINKS} prefixes in rate tables"));
        }
        let Err(clash) = table.selectors.file(key, entry) else {
            return Ok(());
        };
        let subject = match key {
            Key::Prefix(prefix) if object.get("destination").is_some() => {
                format!("prefix {prefix} ")
            }
            _ => String::new(),
        };
        Err(match clash {
            Clash::With(other) => {
                let position = table.positions.get(other as usize).copied().unwrap_or(0);
                format!(
                    "{subject}is already in this rate table, at overlapping dates: rates[{position}]"
                )
            }
            Clash::TooMany => format!("{subject}has more than {MOST_VARIANTS} rates"),
        })
    }

    /// `None` after a mistake.
    #[expect(clippy::option_option, reason = "missing and wrong differ")]
    fn period(
        &self,
        object: &Object<'_>,
        scope: Scope,
        mistakes: &mut Mistakes,
    ) -> Option<Option<PeriodId>> {
        let Some(value) = object.get("period") else {
            return Some(None);
        };
        let path = object.at("period");
        conditions::period(&path, value, (self.names, scope), mistakes).map(Some)
    }

    /// Compiles the price. `None` for a forbidden rate, and after a mistake.
    fn price(
        &mut self,
        object: &Object<'_>,
        forbidden: Option<bool>,
        scope: Scope,
        mistakes: &mut Mistakes,
    ) -> Option<RateId> {
        let id = u32::try_from(self.list.len()).ok();
        let Some(id) = id.filter(|&id| id < VALUE_LIMIT) else {
            mistakes.add(&object.path, "too many rates");
            return None;
        };
        let name = name(object, mistakes).unwrap_or("");
        let rounding = object.choice("rounding", Some(self.rounding), ROUNDINGS, mistakes)?;
        let complex = ["formula", "expression"].map(|field| object.get(field).is_some());
        let forbidden = forbidden?;
        let rate = match complex {
            [false, false] if forbidden && object.get("price").is_none() => return None,
            [false, false] => simple::read(object, name, rounding, &mut self.prices, mistakes),
            [true, false] => self.formula(object, name, rounding, mistakes),
            [false, true] => self.expression(object, name, (rounding, scope), mistakes),
            [true, true] => {
                mistakes.add(&object.path, "has a formula and an expression");
                None
            }
        };
        if complex.contains(&true) {
            for field in simple::FIELDS
                .iter()
                .filter(|field| object.get(field).is_some())
            {
                let message =
                    "stands beside a formula or an expression, which make the price alone";
                mistakes.add(&object.at(field), message);
            }
        }
        let rate = rate.filter(|_| !forbidden)?;
        self.list.push(rate);
        Some(RateId(id))
    }

    fn formula(
        &self,
        object: &Object<'_>,
        name: &str,
        rounding: Rounding,
        mistakes: &mut Mistakes,
    ) -> Option<Rate> {
        let codes = &self.formulas.codes;
        let position = known(object, "formula", "formula", codes, mistakes)?;
        let terms = self.formulas.list.get(position)?.as_ref()?;
        match Rate::formula(name, terms, rounding) {
            Ok(rate) => Some(rate),
            Err(error) => {
                mistakes.add(&object.at("formula"), error.to_string());
                None
            }
        }
    }

    fn expression(
        &self,
        object: &Object<'_>,
        name: &str,
        (rounding, scope): (Rounding, Scope),
        mistakes: &mut Mistakes,
    ) -> Option<Rate> {
        let text = object.string("expression", mistakes)?;
        let zone = |code: &str| {
            let (_, position) = self.names.zones.codes.get(code)?;
            u16::try_from(*position).ok().map(ZoneId)
        };
        let period = |code: &str| self.names.calendars.period(code, scope).ok();
        match Expression::parse(text, &zone, &period) {
            Ok(expression) => Some(Rate::expression(name, &expression, rounding)),
            Err(error) => {
                mistakes.add(&object.at("expression"), error.to_string());
                None
            }
        }
    }
}
