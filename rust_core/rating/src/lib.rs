//! Rating: a catalogue document compiled into a tariff, the rate of a destination or rating group, the
//! price of a usage and, the other way round, the usage a budget pays for.
//!
//! Pure: no clock, file, socket or randomness. Exact: prices are rationals, each amount is rounded once.
#![forbid(unsafe_code)]

mod catalog;
mod compile;
mod digit_trie;
mod document;
mod fields;
mod mistakes;
mod price;
mod rate;
mod service;
mod tariff;
mod unique_keys;

pub use catalog::{Catalog, Overrun, Product, ProductId};
pub use mistakes::Mistake;
pub use openmvno_money::{Currency, Micros, Rounding};
pub use price::Price;
pub use rate::{InvalidRate, PriceOverflow, Rate, RateId, RateTerms};
pub use service::{Grant, Service, ServiceId, Unit};
pub use tariff::{Direction, Selector};
