//! Exact prices.

use openmvno_money::decimal::{self, DecimalError};

/// Decimals a price string may have.
pub(crate) const PRICE_DECIMALS: u32 = 18;

/// What 10⁻¹⁸ of a major unit is counted in: this many to the micro.
const PER_MICRO: u128 = 1_000_000_000_000;

/// Prices stay below 10¹² major units, close to the largest amount there is.
const LARGEST: i128 = 10_i128.pow(30);

/// Micros per unit as a reduced fraction: 0.05 per MiB is 50000 / 1048576 = 3125 / 65536.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// Micros, never negative.
    pub numerator: u128,
    /// Units those micros pay for, at least one.
    pub denominator: u128,
}

/// Why a price was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PriceError {
    #[error(transparent)]
    Decimal(#[from] DecimalError),
    #[error("a price cannot be negative")]
    Negative,
    #[error("price too large: at most 1000000000000 major units")]
    TooLarge,
}

impl Price {
    /// Free of charge.
    pub const ZERO: Self = Self {
        numerator: 0,
        denominator: 1,
    };

    /// Reads a decimal string of major units per `per` units; `per` must be at least one.
    pub(crate) fn parse(text: &str, per: u64) -> Result<Self, PriceError> {
        let scaled = decimal::parse_scaled(text, PRICE_DECIMALS)?;
        if scaled > LARGEST {
            return Err(PriceError::TooLarge);
        }
        let numerator = u128::try_from(scaled).map_err(|_| PriceError::Negative)?;
        // 10¹² × 2⁶⁴ stays far below 2¹²⁸.
        Ok(Self::reduced(numerator, PER_MICRO * u128::from(per.max(1))))
    }

    fn reduced(numerator: u128, denominator: u128) -> Self {
        let divisor = greatest_common_divisor(numerator, denominator);
        Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        }
    }

    /// The numerator over another denominator, `None` when it is no multiple of ours or overflows.
    pub(crate) fn numerator_over(self, denominator: u64) -> Option<i128> {
        let denominator = u128::from(denominator);
        if denominator % self.denominator != 0 {
            return None;
        }
        let scaled = self.numerator.checked_mul(denominator / self.denominator)?;
        i128::try_from(scaled).ok()
    }
}

/// The least common multiple of the prices' denominators, `None` beyond [`LARGEST_DENOMINATOR`].
pub(crate) fn common_denominator(prices: &[Price]) -> Option<u64> {
    let mut common: u128 = 1;
    for price in prices {
        let divisor = greatest_common_divisor(common, price.denominator);
        common = (common / divisor).checked_mul(price.denominator)?;
    }
    u64::try_from(common)
        .ok()
        .filter(|&denominator| denominator <= LARGEST_DENOMINATOR)
}

/// With a denominator up to 2⁶³ every amount that fits [`openmvno_money::Micros`] has a numerator below
/// 2¹²⁶: an overflow of i128 then always means an amount that does not fit, never a lost exact result.
pub(crate) const LARGEST_DENOMINATOR: u64 = 1 << 63;

fn greatest_common_divisor(first: u128, second: u128) -> u128 {
    let (mut larger, mut smaller) = (first, second);
    while smaller != 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    larger.max(1)
}
