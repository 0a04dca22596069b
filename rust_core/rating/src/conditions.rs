//! Conditions on a usage: of a rate table in a product, of what a bucket pays for, of a discount.

use crate::facts::{Direction, Facts};
use crate::ids::ServiceId;
use crate::provisional::{PeriodId, ZoneId};

/// All that are given must hold; an empty list is not given. Sorted, so that equal conditions are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Conditions {
    pub(crate) directions: Vec<Direction>,
}

/// What a bucket pays for, or a discount applies to.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    pub(crate) service: ServiceId,
    pub(crate) conditions: Conditions,
}

impl Covered {
    pub(crate) fn holds(
        &self,
        facts: &Facts<'_>,
        _zone: Option<ZoneId>,
        _period: PeriodId,
    ) -> bool {
        self.service == facts.service
            && (self.conditions.directions.is_empty()
                || self.conditions.directions.contains(&facts.direction))
    }
}
