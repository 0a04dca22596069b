//! Rating: a catalogue document compiled into a tariff, the rate of a destination or rating group, the
//! price of a usage and, the other way round, the usage a budget pays for.
//!
//! Pure: no clock, file, socket or randomness; time zones are those of the bundled database. Exact: prices are rationals, each amount is rounded once.
#![forbid(unsafe_code)]

mod calendar;
mod catalog;
mod compile;
mod curve;
mod digit_trie;
mod discount;
mod document;
mod draw;
mod expression;
mod fields;
mod formula;
mod grid;
mod mistakes;
mod price;
mod priced;
mod rate;
mod rational;
mod renewal;
mod service;
mod tariff;
mod time;
mod unique_keys;
mod zone;

pub use calendar::{Calendar, CalendarMistake, CalendarTerms, PeriodId, PeriodTerms};
pub use catalog::{Catalog, Overrun, Product, ProductId};
pub use discount::Discount;
pub use expression::{Expression, ExpressionError};
pub use formula::{FormulaStep, FormulaTerms, StepMistake};
pub use mistakes::Mistake;
pub use openmvno_money::{Currency, Micros, Rounding};
pub use price::{Percent, PercentError, Price, PriceError};
pub use priced::{PriceContext, Priced};
pub use rate::{InvalidRate, PriceOverflow, Rate, RateId, RateTerms};
pub use renewal::{Renew, renewal_period};
pub use service::{Grant, Service, ServiceId, Unit};
pub use tariff::{Direction, Selector};
pub use time::{Date, Millis, TimeZone, local};
pub use zone::ZoneId;
