//! Stand-ins until the time and price modules arrive.
#![allow(missing_docs)]

use serde::{Deserialize, Serialize};

pub type Millis = i64;
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct PeriodId(pub u16);
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ZoneId(pub u16);
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Discount(pub u16);
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone;
impl TimeZone {
    pub const UTC: Self = Self;
    pub fn parse(_: &str) -> Option<Self> {
        Some(Self)
    }
}
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Renew {
    #[default]
    Never,
    Hour,
    Day,
    Week,
    Month,
}
#[derive(Clone, Copy, Debug)]
pub struct PriceContext<'a> {
    pub seed: &'a str,
    pub destination: &'a str,
    pub zone: Option<ZoneId>,
    pub rating_group: Option<u32>,
    pub period: PeriodId,
    pub local_hour: u8,
    pub local_weekday: u8,
}
