//! Exact money: integers of 10⁻⁶ of a currency's major unit, never a binary fraction.
//!
//! Every conversion either keeps the exact value or says it cannot; the only place where a value is
//! rounded is [`rounding`].
#![forbid(unsafe_code)]

mod currency;
mod currency_table;
pub mod decimal;
mod micros;
pub mod rounding;
mod unit_value;

pub use currency::{Currency, UnknownCurrency};
pub use decimal::DecimalError;
pub use micros::Micros;
pub use rounding::{Rounding, RoundingError};
pub use unit_value::{UnitValue, UnitValueError};
