//! The compiled catalogue and its look-ups.

use openmvno_money::{Currency, Rounding};

use crate::bucket::BucketRule;
use crate::calendar::PeriodId;
use crate::conditions::Conditions;
use crate::discount_rule::DiscountRule;
use crate::fast_hash::ByCode;
use crate::ids::{BucketRuleId, DiscountId, PartnerId, ProductId, ServiceId, TableId};
use crate::mistakes::Mistake;
use crate::numbering::Numbering;
use crate::places::Places;
use crate::product::{Partner, Product};
use crate::rate::{Rate, RateId};
use crate::remembered::Remembering;
use crate::service::{FinalUnit, Service};
use crate::table::RateTable;
use crate::time::TimeZone;
use crate::zone::ZoneId;

/// Positions by code.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index {
    pub(crate) services: ByCode<ServiceId>,
    pub(crate) products: ByCode<ProductId>,
    pub(crate) buckets: ByCode<BucketRuleId>,
    pub(crate) discounts: ByCode<DiscountId>,
    pub(crate) partners: ByCode<PartnerId>,
}

/// A compiled catalogue document: immutable, `Send + Sync`, shared by `Arc`.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(crate) currency: Currency,
    pub(crate) rounding: Rounding,
    pub(crate) time_zone: TimeZone,
    pub(crate) numbering: Numbering,
    pub(crate) index: Index,
    pub(crate) services: Vec<Service>,
    pub(crate) places: Places,
    pub(crate) calendars: Vec<Remembering>,
    /// Codes; the nth has the id n + 1.
    pub(crate) periods: Vec<String>,
    pub(crate) rates: Vec<Rate>,
    pub(crate) tables: Vec<RateTable>,
    /// Conditions of rate tables in products.
    pub(crate) whens: Vec<Conditions>,
    pub(crate) bucket_rules: Vec<BucketRule>,
    pub(crate) discount_rules: Vec<DiscountRule>,
    pub(crate) products: Vec<Product>,
    pub(crate) partners: Vec<Partner>,
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
        self.services.get(service.index())
    }

    /// The product of an index.
    #[must_use]
    pub fn product(&self, product: ProductId) -> Option<&Product> {
        self.products.get(product.index())
    }

    /// The rate of an index.
    #[must_use]
    pub fn rate(&self, rate: RateId) -> Option<&Rate> {
        self.rates.get(usize::try_from(rate.0).ok()?)
    }

    /// The service of a catalogue code.
    #[must_use]
    pub fn service_by_code(&self, code: &str) -> Option<ServiceId> {
        self.index.services.get(code).copied()
    }

    /// The product of a catalogue code.
    #[must_use]
    pub fn product_by_code(&self, code: &str) -> Option<ProductId> {
        self.index.products.get(code).copied()
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

    /// What the client does when the last units of a service are used up: as the first of the products
    /// that says so has it, else as the service does.
    #[must_use]
    pub fn final_unit(&self, products: &[ProductId], service: ServiceId) -> &FinalUnit {
        let products = products.iter().filter_map(|product| self.product(*product));
        let mut own = products.filter_map(|product| {
            let of = |(known, _): &&(ServiceId, FinalUnit)| *known == service;
            product
                .final_units
                .iter()
                .find(of)
                .map(|(_, action)| action)
        });
        let general = || self.service(service).map(|service| &service.final_unit);
        own.next().or_else(general).unwrap_or(&FinalUnit::Terminate)
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
        self.index.buckets.get(code).copied()
    }

    /// What a catalogue code says a bucket is.
    #[must_use]
    pub fn bucket_rule_of_code(&self, code: &str) -> Option<&BucketRule> {
        self.bucket_rule(self.bucket_rule_by_code(code)?)
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
        self.index.discounts.get(code).copied()
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
        self.index.partners.get(code).copied()
    }

    /// The codes of all zones, in the document's order.
    #[must_use]
    pub fn zones(&self) -> &[String] {
        &self.places.zones
    }

    /// The code of a zone.
    #[must_use]
    pub fn zone_code(&self, zone: ZoneId) -> Option<&str> {
        self.places
            .zones
            .get(usize::from(zone.0))
            .map(String::as_str)
    }

    /// The code of a period; empty for peak, which has none.
    #[must_use]
    pub fn period_code(&self, period: PeriodId) -> &str {
        let named = usize::from(period.0).checked_sub(1);
        named
            .and_then(|period| self.periods.get(period))
            .map_or("", String::as_str)
    }
}

fn ends_with_context(context: &str, known: &str) -> bool {
    context
        .strip_suffix(known)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
