//! The selectors of one rate table: from a usage to the rate that holds at an instant.

use std::collections::BTreeMap;

use crate::calendar::PeriodId;
use crate::conditions::Symbol;
use crate::digit_trie::{DigitTrie, VALUE_LIMIT};
use crate::facts::Facts;
use crate::rate::RateId;
use crate::time::Millis;

/// Rates one selector may have, for different periods and dates: look-ups try them one by one.
pub(crate) const MOST_VARIANTS: usize = 256;

/// Half-open, Unix milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) from: Millis,
    pub(crate) until: Millis,
}

impl Effective {
    pub(crate) const ALWAYS: Self = Self {
        from: Millis::MIN,
        until: Millis::MAX,
    };

    pub(crate) const fn overlaps(self, other: Self) -> bool {
        self.from < other.until && other.from < self.until
    }

    /// Whether it holds; the next instant this may change goes into `until`.
    pub(crate) fn holds(self, at: Millis, until: &mut Until) -> bool {
        if at < self.from {
            until.sooner(self.from);
            return false;
        }
        if at < self.until {
            if self.until != Millis::MAX {
                until.sooner(self.until);
            }
            return true;
        }
        false
    }
}

/// The earliest instant at which a decision may change.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Until(pub(crate) Option<Millis>);

impl Until {
    pub(crate) fn sooner(&mut self, at: Millis) {
        self.0 = Some(self.0.map_or(at, |earliest| earliest.min(at)));
    }
}

/// A rate under its selector.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// `None`: forbidden.
    pub(crate) rate: Option<RateId>,
    pub(crate) hidden: bool,
    /// `None`: every period without an entry of its own.
    pub(crate) period: Option<PeriodId>,
    pub(crate) effective: Effective,
}

/// Entries of one selector, a list linked by index. Destinations put one entry under many prefixes, so the links are
/// apart from the entries.
#[derive(Clone, Copy, Debug)]
struct Link {
    entry: u32,
    /// Index + 1 of the next, 0 for none.
    next: u32,
}

/// What a rate is filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key<'a> {
    Prefix(&'a str),
    Symbol(Symbol),
    RatingGroup(u32),
    Default,
}

/// Why an entry was not filed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clash {
    /// Another entry, by index, of the same period at overlapping dates.
    With(u32),
    TooMany,
}

/// When a decision is made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) at: Millis,
    pub(crate) period: PeriodId,
}

/// What a look-up saw beside its answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looked {
    pub(crate) until: Until,
    /// Some rate it came by holds in certain periods only.
    pub(crate) periods: bool,
}

/// All selectors of a rate table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Selectors {
    entries: Vec<Entry>,
    links: Vec<Link>,
    // Everything below: index of the first link.
    symbols: [Option<u32>; 3],
    groups: BTreeMap<u32, u32>,
    prefixes: DigitTrie,
    default: Option<u32>,
}

impl Selectors {
    /// Adds an entry that [`Selectors::file`] may put under selectors.
    pub(crate) fn add(&mut self, entry: Entry) -> u32 {
        self.entries.push(entry);
        // The size of a document keeps its rates within 28 bits.
        u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX)
    }

    pub(crate) fn links(&self) -> usize {
        self.links.len()
    }

    /// Puts an entry under a selector; a prefix must be digits.
    pub(crate) fn file(&mut self, key: Key<'_>, entry: u32) -> Result<(), Clash> {
        let head = match key {
            Key::Prefix(prefix) => self.prefixes.get(prefix.as_bytes()),
            Key::Symbol(symbol) => self.symbols[symbol as usize],
            Key::RatingGroup(group) => self.groups.get(&group).copied(),
            Key::Default => self.default,
        };
        let fresh = u32::try_from(self.links.len()).unwrap_or(VALUE_LIMIT);
        if fresh >= VALUE_LIMIT {
            return Err(Clash::TooMany);
        }
        let next = match head {
            None => 0,
            Some(head) => {
                self.check(head, entry)?;
                // The new one goes second: the selector keeps its first link.
                let next = self.links[head as usize].next;
                self.links[head as usize].next = fresh + 1;
                next
            }
        };
        self.links.push(Link { entry, next });
        if head.is_some() {
            return Ok(());
        }
        match key {
            Key::Prefix(prefix) => {
                self.prefixes.insert(prefix.as_bytes(), fresh);
            }
            Key::Symbol(symbol) => self.symbols[symbol as usize] = Some(fresh),
            Key::RatingGroup(group) => {
                self.groups.insert(group, fresh);
            }
            Key::Default => self.default = Some(fresh),
        }
        Ok(())
    }

    /// Whether the entry may stand beside those of a list.
    fn check(&self, head: u32, entry: u32) -> Result<(), Clash> {
        let new = self.entries[entry as usize];
        let mut count = 0;
        for (index, other) in self.variants(head) {
            if other.period == new.period && other.effective.overlaps(new.effective) {
                return Err(Clash::With(index));
            }
            count += 1;
        }
        if count >= MOST_VARIANTS {
            return Err(Clash::TooMany);
        }
        Ok(())
    }

    fn variants(&self, head: u32) -> impl Iterator<Item = (u32, &Entry)> {
        let mut next = head + 1;
        std::iter::from_fn(move || {
            let link = self.links.get(next.checked_sub(1)? as usize)?;
            next = link.next;
            Some((link.entry, self.entries.get(link.entry as usize)?))
        })
    }

    /// The entry of a usage: by symbol, rating group, longest prefix, default. A selector whose entries do not hold
    /// at the moment is passed by.
    pub(crate) fn find(
        &self,
        facts: &Facts<'_>,
        moment: Moment,
        looked: &mut Looked,
    ) -> Option<&Entry> {
        let symbols = Symbol::ALL
            .into_iter()
            .filter(|symbol| symbol.holds(facts.relation));
        for head in symbols.filter_map(|symbol| self.symbols[symbol as usize]) {
            if let Some(entry) = self.resolve(head, moment, looked) {
                return Some(entry);
            }
        }
        let group = facts.rating_group.and_then(|group| self.groups.get(&group));
        group
            .and_then(|head| self.resolve(*head, moment, looked))
            .or_else(|| {
                let digits = facts.destination.as_bytes();
                self.prefixes
                    .find(digits, |head| self.resolve(head, moment, looked))
            })
            .or_else(|| self.resolve(self.default?, moment, looked))
    }

    /// Nearly every selector has a single entry.
    fn resolve_single(&self, entry: u32, moment: Moment, looked: &mut Looked) -> Option<&Entry> {
        let entry = self.entries.get(entry as usize)?;
        looked.periods |= entry.period.is_some();
        let due = entry.period.is_none_or(|period| period == moment.period);
        (due && entry.effective.holds(moment.at, &mut looked.until)).then_some(entry)
    }

    /// The entry of the period itself, else the one of every period.
    fn resolve(&self, head: u32, moment: Moment, looked: &mut Looked) -> Option<&Entry> {
        let first = self.links.get(head as usize)?;
        if first.next == 0 {
            return self.resolve_single(first.entry, moment, looked);
        }
        looked.periods |= self.variants(head).any(|(_, entry)| entry.period.is_some());
        let mut holding = |period: Option<PeriodId>| {
            self.variants(head)
                .map(|(_, entry)| entry)
                .filter(|entry| entry.period == period)
                .find(|entry| entry.effective.holds(moment.at, &mut looked.until))
        };
        holding(Some(moment.period)).or_else(|| holding(None))
    }
}
