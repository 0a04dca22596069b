//! The amount type.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::decimal::{self, DecimalError};

/// An amount of money in 10⁻⁶ of the major unit of a currency known from the context.
///
/// There are no arithmetic operators on purpose: every sum is checked and the caller decides what an
/// overflow means.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Micros(pub i64);

impl Micros {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount, 9,223,372,036,854.775807 major units.
    pub const MAX: Self = Self(i64::MAX);
    /// The smallest amount.
    pub const MIN: Self = Self(i64::MIN);
    /// How many micros one major unit has.
    pub const PER_MAJOR_UNIT: i64 = 1_000_000;

    /// The amount as a count of micros.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Whole major units, `None` when they do not fit.
    #[must_use]
    pub fn from_major(units: i64) -> Option<Self> {
        units.checked_mul(Self::PER_MAJOR_UNIT).map(Self)
    }

    /// `self + other`, `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// `self - other`, `None` on overflow.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// `self × factor`, `None` on overflow.
    #[must_use]
    pub const fn checked_mul(self, factor: i64) -> Option<Self> {
        match self.0.checked_mul(factor) {
            Some(product) => Some(Self(product)),
            None => None,
        }
    }

    /// `-self`, `None` for [`Micros::MIN`].
    #[must_use]
    pub const fn checked_neg(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(negated) => Some(Self(negated)),
            None => None,
        }
    }

    /// The magnitude, `None` for [`Micros::MIN`].
    #[must_use]
    pub const fn checked_abs(self) -> Option<Self> {
        match self.0.checked_abs() {
            Some(magnitude) => Some(Self(magnitude)),
            None => None,
        }
    }

    /// The sum of all amounts, `None` when it does not fit. An overflow halfway that later amounts
    /// would undo is no overflow.
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut total: i128 = 0;
        for amount in amounts {
            total = total.checked_add(i128::from(amount.0))?;
        }
        i64::try_from(total).ok().map(Self)
    }

    /// Below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Above zero.
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// A decimal string in major units with at least `digits` decimals (at most 6) and never fewer
    /// than the exact value needs: `12.50`, `0.0475`.
    #[must_use]
    pub fn to_decimal(self, digits: u8) -> String {
        decimal::format_micros(self, usize::from(digits))
    }
}

impl fmt::Display for Micros {
    /// The shortest exact decimal string in major units: `12.5`, `-0.000001`, `0`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&decimal::format_micros(*self, 0))
    }
}

impl FromStr for Micros {
    type Err = DecimalError;

    /// Reads a decimal string in major units, exactly: more than 6 decimals are an error.
    fn from_str(text: &str) -> Result<Self, DecimalError> {
        let scaled = decimal::parse_scaled(text, decimal::MICROS_DECIMALS)?;
        i64::try_from(scaled)
            .map(Self)
            .map_err(|_| DecimalError::TooLarge)
    }
}
