//! Discounts whose height depends on how much was used before.

use crate::conditions::Covered;
use crate::discount::Discount;
use crate::renewal::Renew;

/// What a discount counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Measured {
    /// Billed units.
    #[default]
    Units,
    /// The undiscounted price, in micros.
    Money,
}

/// A stretch of what is counted and its discount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tier {
    /// Where it begins: units or micros.
    pub from: u64,
    /// What is taken off.
    pub discount: Discount,
}

/// A discount of the catalogue.
#[derive(Clone, Debug)]
pub struct DiscountRule {
    /// Name in the catalogue.
    pub code: String,
    /// What is counted.
    pub measure: Measured,
    /// How often counting begins anew.
    pub renew: Renew,
    /// Counted for the payer, not for each line.
    pub shared: bool,
    /// A usage that crosses a tier is shown as one part with the average; the money is the same.
    pub aggregate: bool,
    /// Ascending; the first begins at 0.
    pub tiers: Vec<Tier>,
    pub(crate) applies: Vec<Covered>,
}

impl DiscountRule {
    /// The discount of the next unit after `counted`, and where the next tier begins.
    #[must_use]
    pub fn tier(&self, counted: u64) -> (Discount, Option<u64>) {
        let next = self.tiers.partition_point(|tier| tier.from <= counted);
        let discount = next
            .checked_sub(1)
            .and_then(|current| self.tiers.get(current))
            .map_or(Discount(0), |tier| tier.discount);
        (discount, self.tiers.get(next).map(|tier| tier.from))
    }
}
