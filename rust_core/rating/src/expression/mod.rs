//! Price expressions: the charge as a text that is checked when the catalogue is compiled.
//!
//! What passes the check can be evaluated for every usage up to [`LARGEST_UNITS`]: nothing overflows,
//! nothing is divided by zero, and the value never falls as the usage grows.

mod check;
mod evaluate;
mod growth;
mod parse;
mod parser;
mod range;
mod syntax;
mod token;

use openmvno_money::{Micros, Rounding};

use crate::calendar::PeriodId;
use crate::discount::Discount;
use crate::priced::PriceContext;
use crate::rate::PriceOverflow;
use crate::zone::ZoneId;
use syntax::Value;

/// Usage beyond 2⁵⁰ units (a pebibyte) has no price by expression.
pub(crate) const LARGEST_UNITS: u64 = 1 << 50;

/// A charge is at most so many major units.
const LARGEST_CHARGE: i128 = 1_000_000_000_000;

/// Why a text is no price expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {}: {message}", at + 1)]
pub struct ExpressionError {
    /// Where: bytes of the text before it.
    pub at: usize,
    /// What is wrong there.
    pub message: String,
}

impl ExpressionError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
        }
    }
}

/// A checked price expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    value: Value,
    free: bool,
}

/// The codes an expression may name.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    zone: &'a dyn Fn(&str) -> Option<ZoneId>,
    period: &'a dyn Fn(&str) -> Option<PeriodId>,
}

impl Expression {
    /// Reads and checks `text`; `zone` and `period` resolve the codes it names.
    ///
    /// # Errors
    /// What is no expression of the catalogue's language, names something unknown, is too large, or could
    /// make the charge fall as units grow.
    pub fn parse(
        text: &str,
        zone: &dyn Fn(&str) -> Option<ZoneId>,
        period: &dyn Fn(&str) -> Option<PeriodId>,
    ) -> Result<Self, ExpressionError> {
        let value = parse::parse(text, Names { zone, period })?;
        let highest = check::check(&value)?;
        Ok(Self {
            value,
            free: highest.sign() <= 0,
        })
    }

    /// No usage costs anything.
    pub(crate) const fn is_free(&self) -> bool {
        self.free
    }

    /// What `units` units cost together, rounded once.
    pub(crate) fn amount(
        &self,
        context: &PriceContext<'_>,
        units: u64,
        discount: Discount,
        rounding: Rounding,
    ) -> Result<Micros, PriceOverflow> {
        if units == 0 {
            return Ok(Micros::ZERO);
        }
        if units > LARGEST_UNITS {
            return Err(PriceOverflow);
        }
        let value = evaluate::value(&self.value, context, units).ok_or(PriceOverflow)?;
        let numerator = value.numerator().max(0);
        if numerator > LARGEST_CHARGE.saturating_mul(value.denominator()) {
            return Err(PriceOverflow);
        }
        let micros = i128::from(Micros::PER_MAJOR_UNIT);
        let denominator = u64::try_from(value.denominator()).map_err(|_| PriceOverflow)?;
        let numerator = numerator.checked_mul(micros).ok_or(PriceOverflow)?;
        discount.amount(numerator, denominator, rounding)
    }
}
