//! The compiled catalogue and its look-ups.

use openmvno_money::{Currency, Rounding};
use serde::{Deserialize, Serialize};

use crate::mistakes::Mistake;
use crate::rate::{Rate, RateId};
use crate::service::{Service, ServiceId};
use crate::tariff::{Direction, Selector, Tariff};

/// Index of a product in its catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductId(pub u16);

/// What happens to usage beyond the balance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overrun {
    /// The operator bears it.
    #[default]
    Absorb,
    /// The customer owes it: the balance goes below zero.
    Debt,
}

/// A product of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Name in the catalogue.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// What happens to usage beyond the balance.
    pub overrun: Overrun,
    /// Per service: the tariff of each direction.
    pub(crate) tariffs: Vec<[Option<u32>; 2]>,
}

/// A compiled catalogue document: immutable, `Send + Sync`, shared by `Arc`.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(crate) currency: Currency,
    pub(crate) rounding: Rounding,
    pub(crate) services: Vec<Service>,
    pub(crate) rates: Vec<Rate>,
    pub(crate) tariffs: Vec<Tariff>,
    pub(crate) products: Vec<Product>,
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

    /// Whether the product has any price for the service, in either direction.
    #[must_use]
    pub fn sells(&self, product: ProductId, service: ServiceId) -> bool {
        self.product(product)
            .and_then(|product| product.tariffs.get(usize::from(service.0)))
            .is_some_and(|directions| directions.iter().any(Option::is_some))
    }

    /// The rate a product has for a service, a direction and a destination or rating group; `None`
    /// when the product does not sell it.
    #[must_use]
    pub fn find_rate(
        &self,
        product: ProductId,
        service: ServiceId,
        direction: Direction,
        selector: Selector<'_>,
    ) -> Option<(RateId, &Rate)> {
        let product = self.product(product)?;
        let directions = product.tariffs.get(usize::from(service.0))?;
        let tariff = usize::try_from(directions[direction as usize]?).ok()?;
        let rate = self.tariffs.get(tariff)?.find(selector)?;
        Some((rate, self.rate(rate)?))
    }
}

fn ends_with_context(context: &str, known: &str) -> bool {
    context
        .strip_suffix(known)
        .is_some_and(|before| before.is_empty() || before.ends_with('.'))
}
