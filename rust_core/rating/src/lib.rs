//! Rating: a catalogue document compiled into a tariff, the rate of a destination or rating group, the
//! price of a usage and, the other way round, the usage a budget pays for.
//!
//! Pure: no clock, file, socket or randomness. Exact: prices are rationals, each amount is rounded once.
#![forbid(unsafe_code)]

mod bucket;
mod catalog;
mod compile;
mod conditions;
mod digit_trie;
mod discount;
mod document;
mod facts;
mod fields;
mod ids;
mod mistakes;
mod numbering;
mod price;
mod product;
mod provisional;
mod rate;
mod service;
mod table;
mod tariff;
mod unique_keys;

pub use bucket::{BucketRule, BucketUnit, Exhausted, TopUp};
pub use catalog::Catalog;
pub use discount::{DiscountRule, Measured, Tier};
pub use facts::{Direction, Facts, Guided, Location, NotRated, Relation, Special};
pub use ids::{BucketRuleId, DiscountId, PartnerId, PaysId, ProductId, ServiceId, TableId};
pub use mistakes::Mistake;
pub use numbering::{Digits, Numbering};
pub use openmvno_money::{Currency, Micros, Rounding};
pub use price::Price;
pub use product::{Favourites, GroupBarring, Overrun, Partner, PartnerRole, Product, ProductKind};
pub use provisional::{Discount, Millis, PeriodId, PriceContext, Renew, TimeZone, ZoneId};
pub use rate::{InvalidRate, PriceOverflow, Rate, RateId, RateTerms};
pub use service::{Grant, Service, Unit};
pub use table::RateTable;
pub use tariff::Selector;
