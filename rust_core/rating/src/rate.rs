//! One rate: the price of a usage and the usage a budget pays for, both closed forms.

use openmvno_money::{Micros, Rounding};
use serde::{Deserialize, Serialize};

use crate::price::{Price, common_denominator};

/// Index of a rate in its catalogue; stable for one catalogue document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateId(pub u32);

/// The charge does not fit an amount (9.2 × 10¹² major units).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the charge is too large")]
pub struct PriceOverflow;

/// What a rate is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RateTerms {
    /// What people call it, for CDRs and invoices.
    pub name: String,
    /// Charged once, as soon as there is any usage; per one "unit".
    pub connection_fee: Price,
    /// Units billed at least, at `first_price`.
    pub first_interval: u64,
    /// Units each further started interval is billed by, at `next_price`.
    pub next_interval: u64,
    /// Price of the first interval's units.
    pub first_price: Price,
    /// Price of all further units.
    pub next_price: Price,
    /// How the sum becomes micros, once.
    pub rounding: Rounding,
}

/// Why terms make no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRate {
    /// An interval of zero units.
    #[error("intervals must be at least 1")]
    ZeroInterval,
    /// The prices' exact sum would need more than 2⁶³ parts of a micro.
    #[error("prices are too fine for an exact sum: use fewer decimals or a smaller `per`")]
    TooFine,
    /// A price beyond what the sum can hold.
    #[error("prices are too large for an exact sum")]
    TooLarge,
}

/// A price per unit with a first and a next interval and a connection fee.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    terms: RateTerms,
    denominator: u64,
    /// Connection fee and first interval, over `denominator`.
    opening: i128,
    /// One next interval, over `denominator`.
    step: i128,
}

impl Rate {
    /// Puts all prices over one denominator.
    ///
    /// # Errors
    /// Terms whose sums could not be exact.
    pub fn new(terms: RateTerms) -> Result<Self, InvalidRate> {
        if terms.first_interval == 0 || terms.next_interval == 0 {
            return Err(InvalidRate::ZeroInterval);
        }
        let prices = [terms.connection_fee, terms.first_price, terms.next_price];
        let denominator = common_denominator(&prices).ok_or(InvalidRate::TooFine)?;
        let over = |price: Price, units: u64| {
            price
                .numerator_over(denominator)?
                .checked_mul(i128::from(units))
        };
        let opening = over(terms.first_price, terms.first_interval)
            .zip(over(terms.connection_fee, 1))
            .and_then(|(first, fee)| first.checked_add(fee))
            .ok_or(InvalidRate::TooLarge)?;
        let step = over(terms.next_price, terms.next_interval).ok_or(InvalidRate::TooLarge)?;
        Ok(Self {
            terms,
            denominator,
            opening,
            step,
        })
    }

    /// What the rate was made of.
    #[must_use]
    pub const fn terms(&self) -> &RateTerms {
        &self.terms
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.terms.name
    }

    /// No usage costs anything.
    #[must_use]
    pub const fn is_free(&self) -> bool {
        self.opening == 0 && self.step == 0
    }

    /// The units billed for `usage`: the first interval, then whole next intervals; 0 for no usage.
    ///
    /// # Errors
    /// Never for usage below 2⁶³; beyond it, when the billed units pass 2⁶⁴.
    pub fn billed_units(&self, usage: u64) -> Result<u64, PriceOverflow> {
        if usage == 0 {
            return Ok(0);
        }
        self.further_intervals(usage)
            .checked_mul(self.terms.next_interval)
            .and_then(|further| further.checked_add(self.terms.first_interval))
            .ok_or(PriceOverflow)
    }

    /// The price of `usage` units, in micros: nothing for no usage; else the connection fee, the first
    /// interval and every started next interval, summed exactly and rounded once. Never decreases as
    /// usage grows.
    ///
    /// # Errors
    /// When the charge does not fit an amount.
    pub fn charge(&self, usage: u64) -> Result<Micros, PriceOverflow> {
        if usage == 0 {
            return Ok(Micros::ZERO);
        }
        let numerator = i128::from(self.further_intervals(usage))
            .checked_mul(self.step)
            .and_then(|further| further.checked_add(self.opening))
            .ok_or(PriceOverflow)?;
        self.terms
            .rounding
            .micros(numerator, i128::from(self.denominator))
            .map_err(|_| PriceOverflow)
    }

    /// The largest usage up to `at_most` whose charge is within `budget`: the end of the last interval
    /// the budget pays for, or `at_most`. Usage that costs nothing is within every budget, so a budget
    /// below zero counts as zero.
    #[must_use]
    pub fn affordable(&self, budget: Micros, at_most: u64) -> u64 {
        let largest = self
            .terms
            .rounding
            .largest_numerator(budget, self.denominator);
        if self.opening > largest {
            return 0;
        }
        if self.step == 0 {
            return at_most;
        }
        let intervals = (largest - self.opening) / self.step;
        // Past 2⁶⁴ units the budget reaches further than any usage.
        u64::try_from(intervals)
            .ok()
            .and_then(|intervals| intervals.checked_mul(self.terms.next_interval))
            .and_then(|further| further.checked_add(self.terms.first_interval))
            .map_or(at_most, |end| end.min(at_most))
    }

    fn further_intervals(&self, usage: u64) -> u64 {
        usage
            .saturating_sub(self.terms.first_interval)
            .div_ceil(self.terms.next_interval)
    }
}
