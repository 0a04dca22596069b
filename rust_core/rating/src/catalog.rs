//! The compiled catalogue and its look-ups.

use std::collections::HashMap;

use openmvno_money::{Currency, Rounding};

use crate::bucket::BucketRule;
use crate::discount::DiscountRule;
use crate::facts::{Direction, Facts, Guided, Location, NotRated, Special};
use crate::ids::{BucketRuleId, DiscountId, PartnerId, PaysId, ProductId, ServiceId, TableId};
use crate::mistakes::Mistake;
use crate::numbering::Numbering;
use crate::product::{Partner, Product};
use crate::provisional::{PeriodId, PriceContext, TimeZone, ZoneId};
use crate::rate::{Rate, RateId};
use crate::service::{Service, Unit};
use crate::table::RateTable;
use crate::tariff::{Selector, Tariff};

/// A compiled catalogue document: immutable, `Send + Sync`, shared by `Arc`.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(crate) currency: Currency,
    pub(crate) rounding: Rounding,
    pub(crate) services: Vec<Service>,
    pub(crate) rates: Vec<Rate>,
    pub(crate) tariffs: Vec<Tariff>,
    pub(crate) products: Vec<Product>,
    pub(crate) time_zone: TimeZone,
    pub(crate) numbering: Numbering,
    pub(crate) tables: Vec<RateTable>,
    pub(crate) bucket_rules: Vec<BucketRule>,
    pub(crate) bucket_codes: HashMap<String, BucketRuleId>,
    pub(crate) discount_rules: Vec<DiscountRule>,
    pub(crate) partners: Vec<Partner>,
    pub(crate) zones: Vec<String>,
    pub(crate) periods: Vec<String>,
}

impl Catalog {
    /// Compiles a catalogue document in JSON.
    ///
    /// # Errors
    /// Every mistake of the document with its place, at most [`Mistake::LIMIT`] of them.
    pub fn compile(document_json: &[u8]) -> Result<Self, Vec<Mistake>> {
        crate::compile::compile(document_json)
    }

    /// The currency of every price.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// How charges become micros.
    #[must_use]
    pub const fn rounding(&self) -> Rounding {
        self.rounding
    }

    /// All services, in the document's order.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// All products, in the document's order.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// All rates, in the document's order.
    #[must_use]
    pub fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// The service of an index.
    #[must_use]
    pub fn service(&self, service: ServiceId) -> Option<&Service> {
        self.services.get(usize::from(service.0))
    }

    /// The product of an index.
    #[must_use]
    pub fn product(&self, product: ProductId) -> Option<&Product> {
        self.products.get(usize::from(product.0))
    }

    /// The rate of an index.
    #[must_use]
    pub fn rate(&self, rate: RateId) -> Option<&Rate> {
        self.rates.get(usize::try_from(rate.0).ok()?)
    }

    /// The service of a catalogue code.
    #[must_use]
    pub fn service_by_code(&self, code: &str) -> Option<ServiceId> {
        let position = self
            .services
            .iter()
            .position(|service| service.code == code)?;
        u16::try_from(position).ok().map(ServiceId)
    }

    /// The product of a catalogue code.
    #[must_use]
    pub fn product_by_code(&self, code: &str) -> Option<ProductId> {
        let position = self
            .products
            .iter()
            .position(|product| product.code == code)?;
        u16::try_from(position).ok().map(ProductId)
    }

    /// The service of a Service-Context-Id. TS 32.299 §7.1.12 lets a gateway put extensions, MNC, MCC
    /// and release before the service's own part (`001.01.8.32251@3gpp.org`), so the longest catalogue
    /// context that ends it at a dot decides.
    #[must_use]
    pub fn service_by_context(&self, context: &str) -> Option<ServiceId> {
        let mut best: Option<(usize, usize)> = None;
        for (position, service) in self.services.iter().enumerate() {
            for known in &service.service_contexts {
                let longer = best.is_none_or(|(length, _)| known.len() > length);
                if longer && ends_with_context(context, known) {
                    best = Some((known.len(), position));
                }
            }
        }
        u16::try_from(best?.1).ok().map(ServiceId)
    }

    /// Whether any of the products has a rate table of the service, in any direction.
    #[must_use]
    pub fn sells(&self, products: &[ProductId], service: ServiceId) -> bool {
        products
            .iter()
            .filter_map(|product| self.product(*product))
            .any(|product| product.tables.sells(service))
    }

    /// The time zone of lines without their own.
    #[must_use]
    pub const fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// How numbers become international digits.
    #[must_use]
    pub const fn numbering(&self) -> &Numbering {
        &self.numbering
    }

    /// All rate tables, in the document's order.
    #[must_use]
    pub fn tables(&self) -> &[RateTable] {
        &self.tables
    }

    /// The rate table of an index.
    #[must_use]
    pub fn table(&self, table: TableId) -> Option<&RateTable> {
        self.tables.get(table.index())
    }

    /// All buckets, in the document's order.
    #[must_use]
    pub fn bucket_rules(&self) -> &[BucketRule] {
        &self.bucket_rules
    }

    /// The bucket of an index.
    #[must_use]
    pub fn bucket_rule(&self, bucket: BucketRuleId) -> Option<&BucketRule> {
        self.bucket_rules.get(bucket.index())
    }

    /// The bucket of a catalogue code.
    #[must_use]
    pub fn bucket_rule_by_code(&self, code: &str) -> Option<BucketRuleId> {
        self.bucket_codes.get(code).copied()
    }

    /// All discounts, in the document's order.
    #[must_use]
    pub fn discount_rules(&self) -> &[DiscountRule] {
        &self.discount_rules
    }

    /// The discount of an index.
    #[must_use]
    pub fn discount_rule(&self, discount: DiscountId) -> Option<&DiscountRule> {
        self.discount_rules.get(discount.index())
    }

    /// The discount of a catalogue code.
    #[must_use]
    pub fn discount_by_code(&self, code: &str) -> Option<DiscountId> {
        let position = self
            .discount_rules
            .iter()
            .position(|rule| rule.code == code)?;
        Some(DiscountId::of(position))
    }

    /// All partners, in the document's order.
    #[must_use]
    pub fn partners(&self) -> &[Partner] {
        &self.partners
    }

    /// The partner of an index.
    #[must_use]
    pub fn partner(&self, partner: PartnerId) -> Option<&Partner> {
        self.partners.get(partner.index())
    }

    /// The partner of a catalogue code.
    #[must_use]
    pub fn partner_by_code(&self, code: &str) -> Option<PartnerId> {
        let position = self
            .partners
            .iter()
            .position(|partner| partner.code == code)?;
        Some(PartnerId::of(position))
    }

    /// The codes of all zones, in the document's order.
    #[must_use]
    pub fn zones(&self) -> &[String] {
        &self.zones
    }

    /// The code of a zone.
    #[must_use]
    pub fn zone_code(&self, zone: ZoneId) -> Option<&str> {
        self.zones.get(usize::from(zone.0)).map(String::as_str)
    }

    /// The code of a period; empty for peak, which has none.
    #[must_use]
    pub fn period_code(&self, period: PeriodId) -> &str {
        let named = usize::from(period.0).checked_sub(1);
        named
            .and_then(|period| self.periods.get(period))
            .map_or("", String::as_str)
    }

    /// What a number, international digits, is whatever else is in the catalogue.
    #[must_use]
    pub fn special(&self, _destination: &str) -> Special {
        Special::Ordinary
    }

    /// The zone of a location; `None` when nothing is known of it, or its network is in no zone and the
    /// catalogue has none for such.
    ///
    /// # Errors
    /// [`NotRated::UnknownZone`] when the network is in no zone and the catalogue rejects those.
    pub fn zone_of(&self, _location: &Location<'_>) -> Result<Option<ZoneId>, NotRated> {
        Ok(None)
    }

    /// The rate of a usage. `products` in the order of deciding: add-ons by precedence, higher first, then the
    /// main product.
    ///
    /// # Errors
    /// Why there is none.
    pub fn guide(&self, products: &[ProductId], facts: &Facts<'_>) -> Result<Guided, NotRated> {
        let unit = self.service(facts.service).map(|service| service.unit);
        let selector = if unit == Some(Unit::Octet) {
            Selector::RatingGroup(facts.rating_group)
        } else {
            Selector::Destination(facts.destination)
        };
        for product in products {
            let tables = self
                .product(*product)
                .map(|product| product.tables.get(facts.service, facts.direction));
            for entry in tables.unwrap_or_default() {
                if let Some(rate) = self.tariffs[entry.table.index()].find(selector) {
                    return Ok(Guided {
                        table: entry.table,
                        rate,
                        product: *product,
                        period: PeriodId(0),
                        zone: None,
                        hidden: false,
                        until: None,
                    });
                }
            }
        }
        Err(if self.sells(products, facts.service) {
            NotRated::NoRate
        } else {
            NotRated::NotSold
        })
    }

    /// What price expressions and draws need of a usage.
    #[must_use]
    pub fn price_context<'a>(&self, facts: &Facts<'a>, guided: &Guided) -> PriceContext<'a> {
        PriceContext {
            seed: facts.seed,
            destination: facts.destination,
            zone: guided.zone,
            rating_group: facts.rating_group,
            period: guided.period,
            local_hour: 0,
            local_weekday: 1,
        }
    }

    /// The first entry of a bucket's `pays` that covers the usage.
    #[must_use]
    pub fn pays(&self, rule: BucketRuleId, facts: &Facts<'_>, guided: &Guided) -> Option<PaysId> {
        let pays = &self.bucket_rule(rule)?.pays;
        let entry = pays
            .iter()
            .position(|pays| pays.covered.holds(facts, guided.zone, guided.period))?;
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
        let products = products.iter().filter_map(|product| self.product(*product));
        products
            .flat_map(|product| &product.discounts)
            .copied()
            .find(|discount| {
                self.discount_rule(*discount).is_some_and(|rule| {
                    rule.applies
                        .iter()
                        .any(|covered| covered.holds(facts, guided.zone, guided.period))
                })
            })
    }

    /// The rate a partner's tables have for the usage; its product is [`ProductId::NONE`].
    ///
    /// # Errors
    /// Why there is none.
    pub fn partner_rate(&self, partner: PartnerId, _facts: &Facts<'_>) -> Result<Guided, NotRated> {
        let _tables = &self.partner(partner).ok_or(NotRated::NotSold)?.tables;
        Err(NotRated::NotSold)
    }

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
            relation: crate::facts::Relation::default(),
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

fn ends_with_context(context: &str, known: &str) -> bool {
    context
        .strip_suffix(known)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
