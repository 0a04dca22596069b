//! A compiled rate table: from destination or rating group to rate.

use std::collections::BTreeMap;

use crate::digit_trie::DigitTrie;
use crate::rate::RateId;

/// What a rate is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    /// The other party's number in international digits without `+`.
    Destination(&'a str),
    /// The Rating-Group (RFC 8506 §8.29); `None` where the request has none.
    RatingGroup(Option<u32>),
}

/// The selectors of one rate table.
#[derive(Clone, Debug)]
pub(crate) struct Tariff {
    prefixes: DigitTrie,
    groups: BTreeMap<u32, RateId>,
    default: Option<RateId>,
}

impl Tariff {
    pub(crate) fn new() -> Self {
        Self {
            prefixes: DigitTrie::new(),
            groups: BTreeMap::new(),
            default: None,
        }
    }

    /// `false` when the prefix is taken.
    pub(crate) fn add_prefix(&mut self, prefix: &str, rate: RateId) -> bool {
        self.prefixes.insert(prefix.as_bytes(), rate.0)
    }

    /// `false` when the rating group is taken.
    pub(crate) fn add_group(&mut self, group: u32, rate: RateId) -> bool {
        let vacant = !self.groups.contains_key(&group);
        self.groups.entry(group).or_insert(rate);
        vacant
    }

    /// `false` when there is a default already.
    pub(crate) fn set_default(&mut self, rate: RateId) -> bool {
        let vacant = self.default.is_none();
        self.default.get_or_insert(rate);
        vacant
    }

    /// The longest prefix or the rating group itself, else the default.
    pub(crate) fn find(&self, selector: Selector<'_>) -> Option<RateId> {
        let found = match selector {
            Selector::Destination(digits) => {
                self.prefixes.longest_prefix(digits.as_bytes()).map(RateId)
            }
            Selector::RatingGroup(Some(group)) => self.groups.get(&group).copied(),
            Selector::RatingGroup(None) => None,
        };
        found.or(self.default)
    }
}
