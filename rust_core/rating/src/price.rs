//! Exact prices and percentages.

use openmvno_money::decimal::{self, DecimalError};

use crate::rational::Rational;

/// Decimals a price string may have.
pub(crate) const PRICE_DECIMALS: u32 = 18;

/// What 10⁻¹⁸ of a major unit is counted in: this many to the micro.
const PER_MICRO: i128 = 1_000_000_000_000;

/// Prices stay below 10¹² major units, close to the largest amount there is.
const LARGEST: i128 = 10_i128.pow(30);

/// Micros per unit as a reduced fraction, never negative: 0.05 per MiB is 50000 / 1048576 = 3125 / 65536.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Price(Rational);

/// Why a price was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// No decimal string, or too many decimals.
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    /// Below zero.
    #[error("a price cannot be negative")]
    Negative,
    /// Beyond 10¹² major units.
    #[error("price too large: at most 1000000000000 major units")]
    TooLarge,
}

impl Price {
    /// Free of charge.
    pub const ZERO: Self = Self(Rational::ZERO);

    /// Reads a decimal string of major units per `per` units (a `per` of zero counts as one). A fee is a
    /// price per one.
    ///
    /// # Errors
    /// Malformed text, more than 18 decimals, a negative price and one beyond 10¹² major units.
    pub fn parse(text: &str, per: u64) -> Result<Self, PriceError> {
        let scaled = decimal::parse_scaled(text, PRICE_DECIMALS)?;
        if scaled > LARGEST {
            return Err(PriceError::TooLarge);
        }
        if scaled < 0 {
            return Err(PriceError::Negative);
        }
        // 10¹² × 2⁶⁴ stays far below 2¹²⁷.
        Rational::new(scaled, PER_MICRO * i128::from(per.max(1)))
            .map(Self)
            .ok_or(PriceError::TooLarge)
    }

    pub(crate) const fn exact(self) -> Rational {
        self.0
    }
}

/// Ten-thousandths of a percent: `Percent(100_000)` is 10 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Percent(pub u32);

/// Why a percentage was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PercentError {
    /// No decimal string, or too many decimals.
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    /// Below zero or above 1000.
    #[error("must be from 0 to 1000 percent")]
    OutOfRange,
}

impl Percent {
    const DECIMALS: u32 = 4;
    const LARGEST: u32 = 10_000_000;
    const WHOLE: i128 = 1_000_000;

    /// Reads a decimal string of percent.
    ///
    /// # Errors
    /// Malformed text, more than 4 decimals, and percentages outside 0 to 1000.
    pub fn parse(text: &str) -> Result<Self, PercentError> {
        let scaled = decimal::parse_scaled(text, Self::DECIMALS)?;
        u32::try_from(scaled)
            .ok()
            .filter(|&scaled| scaled <= Self::LARGEST)
            .map(Self)
            .ok_or(PercentError::OutOfRange)
    }

    /// As a share of one.
    pub(crate) fn share(self) -> Rational {
        Rational::new(i128::from(self.0), Self::WHOLE).unwrap_or(Rational::ZERO)
    }
}
