//! What is known of a usage when its price is looked for, and what the look-up finds.

use serde::{Deserialize, Serialize};

use crate::calendar::PeriodId;
use crate::ids::{ProductId, ServiceId, TableId};
use crate::rate::RateId;
use crate::time::{Millis, TimeZone};
use crate::zone::ZoneId;

/// Who started the usage, from the charged line's view (Role-Of-Node, TS 32.299 §7.2.151).
/// The order is fixed: journals keep it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The charged line calls or sends.
    #[default]
    Originating,
    /// The charged line is called.
    Terminating,
    /// A call to the charged line goes on to another number, at the line's expense.
    Forwarded,
}

/// Where the served user is, as the network says it. Empty text: not said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Location<'a> {
    /// MCC and MNC of the serving network, 5 or 6 digits.
    pub plmn: &'a str,
    /// Digits of the serving MSC's or SGSN's number, without `+`.
    pub msc: &'a str,
    /// `PLMN-LAC-cell` or `PLMN-TAC-ECI`, decimal without leading zeros (but for the PLMN's).
    pub cell: &'a str,
}

/// The line's relation to the other party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    /// The other party is a live line of the same tenant.
    pub on_net: bool,
    /// The other party is on the line's Friends & Family list.
    pub favourite: bool,
    /// Both lines are in one closed user group.
    pub cug: bool,
}

/// Everything prices and conditions may depend on. Empty text and `None`: not known, and a condition
/// that asks for it does not hold.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What is used.
    pub service: ServiceId,
    /// Who started it.
    pub direction: Direction,
    /// The other party's number, international digits without `+`.
    pub destination: &'a str,
    /// The line's relation to that number.
    pub relation: Relation,
    /// Rating-Group, RFC 8506 §8.29.
    pub rating_group: Option<u32>,
    /// Service-Identifier, RFC 8506 §8.28.
    pub service_identifier: Option<u32>,
    /// Where the user is.
    pub location: Location<'a>,
    /// Access point or data network name.
    pub apn: &'a str,
    /// 3GPP-RAT-Type, TS 29.061 §16.4.7.
    pub rat_type: Option<u8>,
    /// QoS class identifier or 5QI.
    pub qos_class: Option<u8>,
    /// Network slice: `SST-SD`, as the catalogue writes it.
    pub slice: &'a str,
    /// Kind of access network, as the catalogue writes it.
    pub access_network: &'a str,
    /// When: Unix milliseconds.
    pub at: Millis,
    /// The line's local time.
    pub time_zone: &'a TimeZone,
    /// Session-Id: what the draws of random formulas are made of.
    pub seed: &'a str,
}

/// What prices a usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guided {
    /// The rate table that decided.
    pub table: TableId,
    /// The rate.
    pub rate: RateId,
    /// The product that names the table.
    pub product: ProductId,
    /// The period of the table's calendar.
    pub period: PeriodId,
    /// Where the user is.
    pub zone: Option<ZoneId>,
    /// The price is not to be announced.
    pub hidden: bool,
    /// How long the decision stands, Unix milliseconds: until the next instant at which anything it
    /// looked at may change. `Millis::MAX`: for good, or the table keeps the price of the start.
    pub stands_until: Millis,
}

impl Guided {
    /// When to ask again, if ever.
    #[must_use]
    pub fn until(&self) -> Option<Millis> {
        (self.stands_until < Millis::MAX).then_some(self.stands_until)
    }

    /// The same rate, of the same table and period: who was asked to pay need not be asked anew.
    #[must_use]
    pub fn prices_as(&self, other: &Self) -> bool {
        (self.rate, self.table, self.period) == (other.rate, other.table, other.period)
    }
}

/// Why nothing prices a usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotRated {
    /// None of the products has a rate table of the service.
    #[error("the service is not sold")]
    NotSold,
    /// The rate tables have no rate for it.
    #[error("there is no rate")]
    NoRate,
    /// The rate is marked `forbidden`.
    #[error("the usage is forbidden")]
    Forbidden,
    /// The user's network is in no zone, and the catalogue rejects those.
    #[error("the network is in no zone")]
    UnknownZone,
}

/// What a number is, whatever else is in the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Charged.
    Ordinary,
    /// Free, and never refused.
    Emergency,
    /// Free, and refused only by barring.
    TollFree,
}
