//! Conditions on a usage: of a rate table in a product, of what a bucket pays for, of a discount.

use crate::calendar::PeriodId;
use crate::facts::{Direction, Facts, Relation};
use crate::ids::ServiceId;
use crate::places::{Places, digits_within};
use crate::zone::ZoneId;

/// What the line is to the other party, as the catalogue names it. In the order rates are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Symbol {
    ClosedUserGroup,
    Favourite,
    OnNet,
}

impl Symbol {
    pub(crate) const ALL: [Self; 3] = [Self::ClosedUserGroup, Self::Favourite, Self::OnNet];

    pub(crate) const fn holds(self, relation: Relation) -> bool {
        match self {
            Self::ClosedUserGroup => relation.cug,
            Self::Favourite => relation.favourite,
            Self::OnNet => relation.on_net,
        }
    }
}

/// All that are given must hold; an empty list is not given. The compiler sorts each list, so that equal conditions
/// are equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Conditions {
    pub(crate) directions: Vec<Direction>,
    /// Positions of the document's destinations.
    pub(crate) destinations: Vec<u16>,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) zones: Vec<ZoneId>,
    /// Positions of the document's cell groups.
    pub(crate) cell_groups: Vec<u16>,
    /// Lower case: names of the DNS, TS 23.003 §9.1.
    pub(crate) apns: Vec<String>,
    pub(crate) rating_groups: Vec<u32>,
    pub(crate) service_identifiers: Vec<u32>,
    pub(crate) rat_types: Vec<u8>,
    pub(crate) qos_classes: Vec<u8>,
    pub(crate) slices: Vec<String>,
    pub(crate) access_networks: Vec<String>,
    pub(crate) periods: Vec<PeriodId>,
    /// Which of the rarer ones are given; see [`Conditions::told`].
    pub(crate) rare: bool,
}

/// A usage as conditions see it.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) zone: Option<ZoneId>,
    pub(crate) places: &'a Places,
}

impl Conditions {
    /// With `rare` set: nearly all conditions are on direction, destination, zone or rating group, and
    /// looking at nine empty lists for each usage is dear.
    pub(crate) fn told(mut self) -> Self {
        self.rare = !(self.symbols.is_empty()
            && self.cell_groups.is_empty()
            && self.apns.is_empty()
            && self.service_identifiers.is_empty()
            && self.rat_types.is_empty()
            && self.qos_classes.is_empty()
            && self.slices.is_empty()
            && self.access_networks.is_empty());
        self
    }

    /// Whether everything holds but the periods, which are asked last: they alone change with time.
    pub(crate) fn hold(&self, seen: Seen<'_>) -> bool {
        let facts = seen.facts;
        given(&self.directions, |list| list.contains(&facts.direction))
            && one_of(&self.zones, seen.zone)
            && one_of(&self.rating_groups, facts.rating_group)
            && (!self.rare || self.rare_hold(seen))
            && given(&self.destinations, |list| {
                list.iter().any(|destination| {
                    digits_within(&seen.places.destinations, *destination, facts.destination)
                })
            })
    }

    fn rare_hold(&self, seen: Seen<'_>) -> bool {
        let facts = seen.facts;
        let among = |list: &[String], text: &str| list.iter().any(|known| known == text);
        given(&self.symbols, |list| {
            list.iter().any(|symbol| symbol.holds(facts.relation))
        }) && one_of(&self.service_identifiers, facts.service_identifier)
            && one_of(&self.rat_types, facts.rat_type)
            && one_of(&self.qos_classes, facts.qos_class)
            && given(&self.slices, |list| among(list, facts.slice))
            && given(&self.access_networks, |list| {
                among(list, facts.access_network)
            })
            && given(&self.apns, |list| {
                list.iter().any(|apn| apn.eq_ignore_ascii_case(facts.apn))
            })
            && given(&self.cell_groups, |list| {
                list.iter()
                    .any(|group| seen.places.in_cells(*group, facts.location.cell))
            })
    }

    /// Whether the period is one of the given.
    pub(crate) fn hold_in(&self, period: PeriodId) -> bool {
        one_of(&self.periods, Some(period))
    }
}

fn given<T>(list: &[T], holds: impl FnOnce(&[T]) -> bool) -> bool {
    list.is_empty() || holds(list)
}

fn one_of<T: Ord>(list: &[T], value: Option<T>) -> bool {
    given(list, |list| {
        value.is_some_and(|value| list.binary_search(&value).is_ok())
    })
}

/// What a bucket pays for, or a discount applies to.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    pub(crate) service: ServiceId,
    pub(crate) conditions: Conditions,
}

impl Covered {
    pub(crate) fn holds(&self, seen: Seen<'_>, period: PeriodId) -> bool {
        self.service == seen.facts.service
            && self.conditions.hold(seen)
            && self.conditions.hold_in(period)
    }
}
