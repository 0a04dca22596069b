//! From what is known of a usage to what prices it.

use crate::calendar::PeriodId;
use crate::catalog::Catalog;
use crate::conditions::Seen;
use crate::facts::{Facts, Guided, Location, NotRated, Special};
use crate::ids::{BucketRuleId, DiscountId, PartnerId, PaysId, ProductId};
use crate::priced::PriceContext;
use crate::product::TableUse;
use crate::rate::Rate;
use crate::selectors::{Looked, Moment, Until};
use crate::table::{RateTable, Switch};
use crate::time::{Millis, local};
use crate::zone::ZoneId;

impl Catalog {
    /// What a number, international digits, is whatever else is in the catalogue.
    #[must_use]
    pub fn special(&self, destination: &str) -> Special {
        self.places.special(destination)
    }

    /// The zone of a location; `None` when nothing is known of it, or its network is in no zone and the
    /// catalogue has none for such.
    ///
    /// # Errors
    /// [`NotRated::UnknownZone`] when the network is in no zone and the catalogue rejects those.
    pub fn zone_of(&self, location: &Location<'_>) -> Result<Option<ZoneId>, NotRated> {
        self.places.zone_of(location)
    }

    /// The rate of a usage. `products` in the order of deciding: add-ons by precedence, higher first, then the
    /// main product.
    ///
    /// # Errors
    /// Why there is none.
    pub fn guide(&self, products: &[ProductId], facts: &Facts<'_>) -> Result<Guided, NotRated> {
        let mut search = Search::new(self, facts)?;
        for id in products {
            let Some(product) = self.product(*id) else {
                continue;
            };
            let tables = product.tables.get(facts.service, facts.direction);
            if let Some(found) = search.tables(tables, *id)? {
                return Ok(found);
            }
        }
        Err(if self.sells(products, facts.service) {
            NotRated::NoRate
        } else {
            NotRated::NotSold
        })
    }

    /// The rate a partner's tables have for the usage; its product is [`ProductId::NONE`].
    ///
    /// # Errors
    /// Why there is none.
    pub fn partner_rate(&self, partner: PartnerId, facts: &Facts<'_>) -> Result<Guided, NotRated> {
        let tables = &self.partner(partner).ok_or(NotRated::NotSold)?.tables;
        let listed = tables.get(facts.service, facts.direction);
        let found = Search::new(self, facts)?.tables(listed, ProductId::NONE)?;
        found.ok_or(if tables.sells(facts.service) {
            NotRated::NoRate
        } else {
            NotRated::NotSold
        })
    }

    /// What price expressions and draws need of a usage.
    #[must_use]
    pub fn price_context<'a>(&self, facts: &Facts<'a>, guided: &Guided) -> PriceContext<'a> {
        let asks = self.rate(guided.rate).is_some_and(Rate::asks_the_time);
        let (local_hour, local_weekday) = if asks {
            local(facts.at, facts.time_zone)
        } else {
            (0, 1)
        };
        PriceContext {
            seed: facts.seed,
            destination: facts.destination,
            zone: guided.zone,
            rating_group: facts.rating_group,
            period: guided.period,
            local_hour,
            local_weekday,
        }
    }

    /// The first entry of a bucket's `pays` that covers the usage.
    #[must_use]
    pub fn pays(&self, rule: BucketRuleId, facts: &Facts<'_>, guided: &Guided) -> Option<PaysId> {
        let seen = self.seen(facts, guided.zone);
        let pays = &self.bucket_rule(rule)?.pays;
        let entry = pays
            .iter()
            .position(|pays| pays.covered.holds(seen, guided.period))?;
        Some(PaysId::of(entry))
    }

    /// The discount of the usage: the first one of the products, in their order, that applies.
    #[must_use]
    pub fn discount_for(
        &self,
        products: &[ProductId],
        facts: &Facts<'_>,
        guided: &Guided,
    ) -> Option<DiscountId> {
        let seen = self.seen(facts, guided.zone);
        let applies = |discount: &DiscountId| {
            self.discount_rule(*discount).is_some_and(|rule| {
                rule.applies
                    .iter()
                    .any(|covered| covered.holds(seen, guided.period))
            })
        };
        products
            .iter()
            .filter_map(|product| self.product(*product))
            .flat_map(|product| &product.discounts)
            .copied()
            .find(applies)
    }

    const fn seen<'a>(&'a self, facts: &'a Facts<'a>, zone: Option<ZoneId>) -> Seen<'a> {
        Seen {
            facts,
            zone,
            places: &self.places,
        }
    }
}

/// The period of a calendar and where it may end.
#[derive(Clone, Copy)]
struct Now {
    calendar: Option<u16>,
    period: PeriodId,
    ends: Option<Millis>,
}

/// One walk through rate tables.
struct Search<'a> {
    catalog: &'a Catalog,
    seen: Seen<'a>,
    /// Until when every table passed by would be passed by again.
    until: Until,
    /// The tables of a product mostly have one calendar, and asking it is the dearest step.
    now: Option<Now>,
}

impl<'a> Search<'a> {
    fn new(catalog: &'a Catalog, facts: &'a Facts<'a>) -> Result<Self, NotRated> {
        let zone = catalog.zone_of(&facts.location)?;
        Ok(Self {
            catalog,
            seen: catalog.seen(facts, zone),
            until: Until::default(),
            now: None,
        })
    }

    /// The first table that has a rate decides. Inlined: most products of a line have no table for it.
    #[inline]
    fn tables(
        &mut self,
        tables: &[TableUse],
        product: ProductId,
    ) -> Result<Option<Guided>, NotRated> {
        for entry in tables {
            if let Some(guided) = self.table(*entry)? {
                return Ok(Some(Guided { product, ..guided }));
            }
        }
        Ok(None)
    }

    fn table(&mut self, entry: TableUse) -> Result<Option<Guided>, NotRated> {
        let Some(table) = self.catalog.table(entry.table) else {
            return Ok(None);
        };
        let when = entry
            .when
            .and_then(|when| self.catalog.whens.get(when as usize));
        if when.is_some_and(|when| !when.hold(self.seen)) {
            return Ok(None);
        }
        let facts = self.seen.facts;
        if !table.effective.holds(facts.at, &mut self.until) {
            return Ok(None);
        }
        let now = self.now(table);
        if when.is_some_and(|when| !when.hold_in(now.period)) {
            self.until_next(now);
            return Ok(None);
        }
        let moment = Moment {
            at: facts.at,
            period: now.period,
        };
        let mut looked = Looked::default();
        let found = table.selectors.find(facts, moment, &mut looked);
        if let Some(at) = looked.until.0 {
            self.until.sooner(at);
        }
        let Some(found) = found else {
            if looked.periods {
                self.until_next(now);
            }
            return Ok(None);
        };
        self.until_next(now);
        Ok(Some(Guided {
            table: entry.table,
            rate: found.rate.ok_or(NotRated::Forbidden)?,
            product: ProductId::NONE,
            period: now.period,
            zone: self.seen.zone,
            hidden: found.hidden,
            stands_until: match table.switch {
                Switch::Split => self.until.0.unwrap_or(Millis::MAX),
                Switch::Start => Millis::MAX,
            },
        }))
    }

    fn until_next(&mut self, now: Now) {
        if let Some(ends) = now.ends {
            self.until.sooner(ends);
        }
    }

    fn now(&mut self, table: &RateTable) -> Now {
        let known = self.now.filter(|now| now.calendar == table.calendar);
        let now = known.unwrap_or_else(|| self.ask(table.calendar));
        self.now = Some(now);
        now
    }

    fn ask(&self, calendar: Option<u16>) -> Now {
        let facts = self.seen.facts;
        let known = calendar.and_then(|calendar| self.catalog.calendars.get(usize::from(calendar)));
        let (period, ends) = known.map_or((PeriodId(0), None), |calendar| {
            calendar.at(facts.at, facts.time_zone)
        });
        Now {
            calendar,
            period,
            ends,
        }
    }
}
