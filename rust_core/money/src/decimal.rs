//! Decimal strings: `-?digits[.digits]`, read exactly or refused.

use crate::micros::Micros;

/// Decimals an amount may have: one micro is 10⁻⁶ of the major unit.
pub const MICROS_DECIMALS: u32 = 6;

/// Why a decimal string was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Something else than an optional `-`, digits and at most one point between digits.
    #[error("not a decimal number such as 12.50")]
    Malformed,
    /// More digits after the point than can be kept; nothing is rounded here.
    #[error("more than {maximum} decimals")]
    TooManyDecimals {
        /// How many are allowed.
        maximum: u32,
    },
    /// Beyond the largest value.
    #[error("number too large")]
    TooLarge,
}

/// Reads `text` as an exact multiple of 10^-`decimals`.
///
/// # Errors
/// Malformed text, more decimals than `decimals` (even zeros) and values beyond i128.
pub fn parse_scaled(text: &str, decimals: u32) -> Result<i128, DecimalError> {
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = match magnitude.split_once('.') {
        Some((_, "")) => return Err(DecimalError::Malformed),
        Some(parts) => parts,
        None => (magnitude, ""),
    };
    if whole.is_empty() {
        return Err(DecimalError::Malformed);
    }
    let mut value: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        value = push_digit(value, byte)?;
    }
    let given = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if given > decimals {
        return Err(DecimalError::TooManyDecimals { maximum: decimals });
    }
    for _ in given..decimals {
        value = push_digit(value, b'0')?;
    }
    Ok(if negative { -value } else { value })
}

/// `value` with one more decimal digit.
fn push_digit(value: i128, byte: u8) -> Result<i128, DecimalError> {
    if !byte.is_ascii_digit() {
        return Err(DecimalError::Malformed);
    }
    value
        .checked_mul(10)
        .and_then(|tens| tens.checked_add(i128::from(byte - b'0')))
        .ok_or(DecimalError::TooLarge)
}

/// Writes the exact value with at least `minimum` decimals (at most 6 are ever needed).
pub(crate) fn format_micros(amount: Micros, minimum: usize) -> String {
    let sign = if amount.is_negative() { "-" } else { "" };
    let magnitude = amount.get().unsigned_abs();
    let unit = Micros::PER_MAJOR_UNIT.unsigned_abs();
    let fraction = format!("{:06}", magnitude % unit);
    let needed = fraction.trim_end_matches('0').len();
    let shown = needed.max(minimum.min(fraction.len()));
    let whole = magnitude / unit;
    if shown == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{}", &fraction[..shown])
    }
}
