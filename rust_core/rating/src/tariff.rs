//! The look-up of before: one product, and a number or a rating group alone.

use crate::catalog::Catalog;
use crate::facts::{Direction, Facts, Location, Relation};
use crate::ids::{ProductId, ServiceId};
use crate::rate::{Rate, RateId};

/// What a rate is chosen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector<'a> {
    /// The other party's number in international digits without `+`.
    Destination(&'a str),
    /// The Rating-Group (RFC 8506 §8.29); `None` where the request has none.
    RatingGroup(Option<u32>),
}

impl Catalog {
    /// The rate a product has for a service, a direction and a destination or rating group.
    #[must_use]
    pub fn find_rate(
        &self,
        product: ProductId,
        service: ServiceId,
        direction: Direction,
        selector: Selector<'_>,
    ) -> Option<(RateId, &Rate)> {
        let (destination, rating_group) = match selector {
            Selector::Destination(digits) => (digits, None),
            Selector::RatingGroup(group) => ("", group),
        };
        let facts = Facts {
            service,
            direction,
            destination,
            relation: Relation::default(),
            rating_group,
            service_identifier: None,
            location: Location::default(),
            apn: "",
            rat_type: None,
            qos_class: None,
            slice: "",
            access_network: "",
            at: 0,
            time_zone: &self.time_zone,
            seed: "",
        };
        let guided = self.guide(&[product], &facts).ok()?;
        Some((guided.rate, self.rate(guided.rate)?))
    }
}
