//! Discounts, and the one place where an exact price becomes micros.

use openmvno_money::{Micros, Rounding};
use serde::{Deserialize, Serialize};

use crate::rate::PriceOverflow;

/// Basis points taken off a price: 0 to 10,000; more counts as 10,000.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Discount(pub u16);

const WHOLE: u16 = 10_000;

/// With a denominator up to this, the discounted one is at most 2⁶³ and every amount that fits
/// [`Micros`] has a discounted numerator below 2¹²⁶: an overflow of i128 then always means an amount
/// that does not fit, never a lost exact result.
pub(crate) const LARGEST_DENOMINATOR: u64 = (1 << 63) / WHOLE as u64;

impl Discount {
    /// Nothing is taken off.
    pub const NONE: Self = Self(0);

    /// Basis points that stay.
    fn kept(self) -> i128 {
        i128::from(WHOLE.saturating_sub(self.0))
    }

    /// `numerator / denominator` micros less the discount, rounded.
    pub(crate) fn amount(
        self,
        numerator: i128,
        denominator: u64,
        rounding: Rounding,
    ) -> Result<Micros, PriceOverflow> {
        if self.0 == 0 {
            return rounding
                .micros(numerator, i128::from(denominator))
                .map_err(|_| PriceOverflow);
        }
        if self.kept() == 0 {
            return Ok(Micros::ZERO);
        }
        let numerator = numerator.checked_mul(self.kept()).ok_or(PriceOverflow)?;
        let denominator = i128::from(denominator) * i128::from(WHOLE);
        rounding
            .micros(numerator, denominator)
            .map_err(|_| PriceOverflow)
    }

    /// The largest numerator over `denominator`, at most [`LARGEST_DENOMINATOR`], whose
    /// [`Discount::amount`] is at most `ceiling`.
    pub(crate) fn largest_numerator(
        self,
        ceiling: Micros,
        denominator: u64,
        rounding: Rounding,
    ) -> i128 {
        if self.0 == 0 {
            return rounding.largest_numerator(ceiling, denominator);
        }
        if self.kept() == 0 {
            return i128::MAX;
        }
        let denominator = denominator.saturating_mul(u64::from(WHOLE));
        rounding.largest_numerator(ceiling, denominator) / self.kept()
    }
}
