//! The one place where a rational amount becomes whole micros.
//!
//! Everything else in the product computes exactly; a number that passed through here says which rule
//! was used.

use serde::{Deserialize, Serialize};

use crate::micros::Micros;

/// How a rational amount becomes an integer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Away from zero.
    Up,
    /// To the nearest, a half away from zero.
    #[default]
    HalfUp,
    /// To the nearest, a half to the even neighbour.
    HalfEven,
    /// Towards zero.
    Down,
}

/// Why a rational amount could not be rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoundingError {
    /// The denominator is zero or negative.
    #[error("denominator must be positive")]
    Denominator,
    /// The result does not fit an amount.
    #[error("amount too large")]
    Overflow,
}

impl Rounding {
    /// `numerator / denominator` as a whole number.
    ///
    /// # Errors
    /// A denominator below one.
    pub fn quotient(self, numerator: i128, denominator: i128) -> Result<i128, RoundingError> {
        if denominator <= 0 {
            return Err(RoundingError::Denominator);
        }
        let (floor_of_magnitude, remainder) = divided(numerator, denominator);
        let remainder = remainder.unsigned_abs();
        if remainder == 0 {
            return Ok(floor_of_magnitude);
        }
        // remainder < denominator ≤ i128::MAX, so doubling stays inside u128.
        let against_half = (remainder * 2).cmp(&denominator.unsigned_abs());
        let away = match self {
            Self::Up => true,
            Self::Down => false,
            Self::HalfUp => against_half.is_ge(),
            Self::HalfEven => {
                against_half.is_gt() || (against_half.is_eq() && floor_of_magnitude % 2 != 0)
            }
        };
        // With a remainder the denominator is at least 2, so the magnitude has room for one more.
        Ok(floor_of_magnitude + if away { numerator.signum() } else { 0 })
    }

    /// `numerator / denominator` micros as an amount.
    ///
    /// # Errors
    /// A denominator below one, and a result beyond [`Micros`].
    pub fn micros(self, numerator: i128, denominator: i128) -> Result<Micros, RoundingError> {
        let whole = self.quotient(numerator, denominator)?;
        i64::try_from(whole)
            .map(Micros)
            .map_err(|_| RoundingError::Overflow)
    }

    /// The amount as a multiple of the currency's minor unit, `digits` decimals of the major unit
    /// (0 to 6; more than 6 changes nothing, for a micro is the finest there is).
    ///
    /// # Errors
    /// A result beyond [`Micros`].
    pub fn to_digits(self, amount: Micros, digits: u8) -> Result<Micros, RoundingError> {
        let step = 10_i128.pow(6 - u32::from(digits.min(6)));
        let minor_units = self.quotient(i128::from(amount.get()), step)?;
        i64::try_from(minor_units * step)
            .map(Micros)
            .map_err(|_| RoundingError::Overflow)
    }

    /// The inverse of [`Rounding::micros`]: the largest numerator over `denominator` that still rounds
    /// to at most `ceiling`. A negative ceiling counts as zero.
    #[must_use]
    pub fn largest_numerator(self, ceiling: Micros, denominator: u64) -> i128 {
        let ceiling = i128::from(ceiling.get().max(0));
        let denominator = i128::from(denominator);
        // (2⁶³ − 1) × (2⁶⁴ − 1) + 2⁶⁴ stays below 2¹²⁷, so nothing here overflows.
        let half_floor = denominator / 2;
        let half_is_exact = denominator % 2 == 0;
        let base = ceiling * denominator;
        match self {
            Self::Up => base,
            Self::Down => base + denominator - 1,
            Self::HalfEven if ceiling % 2 == 0 => base + half_floor,
            Self::HalfUp | Self::HalfEven if half_is_exact => base + half_floor - 1,
            Self::HalfUp | Self::HalfEven => base + half_floor,
        }
    }
}

/// Quotient and remainder. Nearly all amounts fit 64 bits, and dividing those is ten times as quick.
fn divided(numerator: i128, denominator: i128) -> (i128, i128) {
    if let (Ok(small), Ok(by)) = (u64::try_from(numerator), u64::try_from(denominator)) {
        return (i128::from(small / by), i128::from(small % by));
    }
    (numerator / denominator, numerator % denominator)
}
