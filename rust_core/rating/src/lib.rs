//! Rating: a catalogue document compiled into look-ups and prices: what prices a usage, what the usage costs
//! and, the other way round, the usage a budget pays for.
//!
//! Pure: no clock, file, socket or randomness; time zones are those of the bundled database. Exact: prices are
//! rationals, each amount is rounded once.
#![forbid(unsafe_code)]

mod bucket;
mod calendar;
mod catalog;
mod compile;
mod conditions;
mod curve;
mod digit_trie;
mod discount;
mod discount_rule;
mod document;
mod draw;
mod expression;
mod facts;
mod fast_hash;
mod fields;
mod formula;
mod grid;
mod guide;
mod ids;
mod instant;
mod mistakes;
mod numbering;
mod offsets;
mod places;
mod price;
mod priced;
mod product;
mod rate;
mod rational;
mod remembered;
mod renewal;
mod selectors;
mod service;
mod table;
mod time;
mod unique_keys;
mod zone;

pub use bucket::{BucketRule, BucketUnit, Exhausted, TopUp};
pub use calendar::{Calendar, CalendarMistake, CalendarTerms, PeriodId, PeriodTerms};
pub use catalog::Catalog;
pub use discount::Discount;
pub use discount_rule::{DiscountRule, Measured, Tier};
pub use expression::{Expression, ExpressionError};
pub use facts::{Direction, Facts, Guided, Location, NotRated, Relation, Special};
pub use formula::{FormulaStep, FormulaTerms, StepMistake};
pub use ids::{BucketRuleId, DiscountId, PartnerId, PaysId, ProductId, ServiceId, TableId};
pub use instant::instant as parse_instant;
pub use mistakes::Mistake;
pub use numbering::{Digits, Numbering};
pub use openmvno_money::{Currency, Micros, Rounding};
pub use price::{Percent, PercentError, Price, PriceError};
pub use priced::{PriceContext, Priced};
pub use product::{Favourites, GroupBarring, Overrun, Partner, PartnerRole, Product, ProductKind};
pub use rate::{InvalidRate, PriceOverflow, Rate, RateId, RateTerms};
pub use renewal::{Renew, renewal_period};
pub use service::{Filters, FinalUnit, Grant, RedirectTo, Service, Unit};
pub use table::RateTable;
pub use time::{Date, Millis, TimeZone, local};
pub use zone::ZoneId;
