//! Finding again the price a recorded usage was charged at.

use crate::cdr::CdrPart;
use crate::clock::Millis;
use crate::explain_record::Recorded;
use crate::payers::Stretch;
use crate::rater::{CLOCK_TOLERANCE_MS, Products, Rater};
use crate::request::UnitKey;
use crate::session::{PartPrice, RateRef, UnitState};
use openmvno_rating::{Catalog, Facts, Guided, ProductId, Unit};

/// Instants looked at for a change of price.
const LOOKS_LIMIT: usize = 4_096;

/// The price of a stretch, found again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found<'a> {
    pub(crate) product: ProductId,
    pub(crate) guided: Guided,
    pub(crate) stretch: Stretch<'a>,
}

/// What is looked for, in the words of the record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) rate: &'a str,
    /// `None`: whichever has it.
    pub(crate) place: Option<(&'a str, &'a str)>,
    pub(crate) since: Millis,
    pub(crate) origin: u64,
    pub(crate) continuing: bool,
}

impl<'a> Wanted<'a> {
    pub(crate) fn of(part: &CdrPart<'a>) -> Self {
        Self {
            rate: part.rate,
            place: Some((part.table, part.period)),
            since: part.since,
            origin: part.origin,
            continuing: part.continuing,
        }
    }

    fn is(&self, catalog: &Catalog, guided: &Guided) -> bool {
        let name = catalog
            .rate(guided.rate)
            .map_or("", openmvno_rating::Rate::name);
        let table = catalog
            .table(guided.table)
            .map_or("", |table| table.code.as_str());
        let place = (table, catalog.period_code(guided.period));
        name == self.rate && self.place.is_none_or(|wanted| wanted == place)
    }
}

/// Looks prices up as the engine did.
#[derive(Debug)]
pub(crate) struct Finder<'r, 'a> {
    pub(crate) rater: &'r Rater<'a>,
    pub(crate) state: UnitState,
    until: Millis,
}

impl<'r, 'a> Finder<'r, 'a> {
    pub(crate) fn new(rater: &'r Rater<'a>, record: &Recorded) -> Self {
        let key = UnitKey {
            rating_group: record.rating_group,
            service_identifier: record.inputs.service_identifier,
        };
        let used = i64::try_from(record.used_before().saturating_add(record.usage));
        let until = match rater.service.unit {
            Unit::Second => {
                let spent = used.unwrap_or(i64::MAX).saturating_mul(1_000);
                record.ended_at.max(record.began().saturating_add(spent))
            }
            // A client may see a change a little before our clock does.
            Unit::Octet | Unit::Event => record.ended_at.saturating_add(CLOCK_TOLERANCE_MS),
        };
        Self {
            rater,
            state: UnitState::new(key, RateRef::Free, record.began()),
            until,
        }
    }

    /// The price of the record's product that is so named, else of any other product: an add-on the
    /// line had then.
    pub(crate) fn find(&self, wanted: &Wanted<'_>) -> Option<Found<'a>> {
        let own = self.rater.products.first().copied();
        let catalog = self.rater.catalog;
        let codes = catalog.products().iter().map(|product| &product.code);
        let others = codes.filter_map(|code| catalog.product_by_code(code));
        let others = others.filter(|&id| Some(id) != own);
        own.into_iter()
            .chain(others)
            .find_map(|id| self.find_in(id, wanted))
    }

    fn find_in(&self, product: ProductId, wanted: &Wanted<'_>) -> Option<Found<'a>> {
        let catalog = self.rater.catalog;
        let mut at = wanted.since;
        for _ in 0..LOOKS_LIMIT {
            let facts = self.rater.facts_at(&self.state, at);
            let guided = catalog.guide(&[product], &facts).ok()?;
            if wanted.is(catalog, &guided) {
                let stretch = self.stretch(&guided, wanted)?;
                return Some(Found {
                    product,
                    guided,
                    stretch,
                });
            }
            at = guided.until().filter(|&until| until <= self.until)?;
        }
        None
    }

    fn stretch(&self, guided: &Guided, wanted: &Wanted<'_>) -> Option<Stretch<'a>> {
        let state = UnitState {
            rate: RateRef::Rate(*guided),
            ..self.state.clone()
        };
        let price = PartPrice {
            rate: guided.rate,
            table: guided.table,
            period: guided.period,
            continuing: wanted.continuing,
            since: wanted.since,
            origin: wanted.origin,
        };
        self.rater.stretch_of(&state, price)
    }

    /// The code of a discount that takes so much off, where the document has one for the usage.
    pub(crate) fn discount(&self, found: &Found<'a>, taken: u16) -> Option<&'a str> {
        let catalog = self.rater.catalog;
        let facts: Facts<'a> = self.rater.facts_at(&self.state, found.stretch.price.since);
        let codes = catalog.products().iter().map(|product| &product.code);
        let mut own = Products::new();
        own.push(found.product);
        own.extend(codes.filter_map(|code| catalog.product_by_code(code)));
        own.iter().find_map(|&product| {
            let id = catalog.discount_for(&[product], &facts, &found.guided)?;
            let rule = catalog.discount_rule(id)?;
            let has = rule.tiers.iter().any(|tier| tier.discount.0 == taken);
            has.then_some(rule.code.as_str())
        })
    }
}
