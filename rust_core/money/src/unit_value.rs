//! The Diameter form of an amount: RFC 8506 §8.8 Unit-Value, `Value-Digits × 10^Exponent`.

use crate::micros::Micros;

/// Value-Digits (AVP 447) and Exponent (AVP 429; 0 when the AVP is absent).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnitValue {
    /// The significant digits.
    pub digits: i64,
    /// The power of ten they are multiplied by.
    pub exponent: i32,
}

/// Why a Unit-Value has no exact counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnitValueError {
    /// Finer than the target's exponent allows; nothing is rounded here.
    #[error("value is finer than the smallest unit")]
    Inexact,
    /// Beyond the largest value.
    #[error("value too large")]
    TooLarge,
}

const MICROS_EXPONENT: i32 = -6;

impl UnitValue {
    /// The shortest exact form with an exponent of 0 or less: 12.50 is 125 × 10⁻¹, 100 is 100 × 10⁰.
    #[must_use]
    pub const fn from_micros(amount: Micros) -> Self {
        let mut digits = amount.get();
        let mut exponent = MICROS_EXPONENT;
        while exponent < 0 && digits % 10 == 0 {
            digits /= 10;
            exponent += 1;
        }
        Self { digits, exponent }
    }

    /// The form with a given exponent.
    ///
    /// # Errors
    /// When the amount is no multiple of 10^`exponent`, or its digits do not fit.
    pub fn with_exponent(amount: Micros, exponent: i32) -> Result<Self, UnitValueError> {
        let digits = rescale(amount.get(), MICROS_EXPONENT, exponent)?;
        Ok(Self { digits, exponent })
    }

    /// The exact amount.
    ///
    /// # Errors
    /// When the value is no whole number of micros, or does not fit.
    pub fn to_micros(self) -> Result<Micros, UnitValueError> {
        rescale(self.digits, self.exponent, MICROS_EXPONENT).map(Micros)
    }
}

impl TryFrom<UnitValue> for Micros {
    type Error = UnitValueError;

    fn try_from(value: UnitValue) -> Result<Self, UnitValueError> {
        value.to_micros()
    }
}

/// The digits of `digits × 10^from` at exponent `to`.
fn rescale(digits: i64, from: i32, to: i32) -> Result<i64, UnitValueError> {
    if digits == 0 {
        return Ok(0);
    }
    let shift = i64::from(from) - i64::from(to);
    // 10¹⁹ is beyond i64: larger shifts overflow or leave nothing whole whatever the digits are.
    let power = u32::try_from(shift.unsigned_abs())
        .ok()
        .and_then(|exponent| 10_i64.checked_pow(exponent));
    match (shift >= 0, power) {
        (true, Some(power)) => digits.checked_mul(power).ok_or(UnitValueError::TooLarge),
        (true, None) => Err(UnitValueError::TooLarge),
        (false, Some(power)) if digits % power == 0 => Ok(digits / power),
        (false, _) => Err(UnitValueError::Inexact),
    }
}
