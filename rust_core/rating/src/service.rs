//! What is charged: voice seconds, messages, octets.

use serde::{Deserialize, Serialize};

/// What one unit of usage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// CC-Time, RFC 8506 §8.21.
    Second,
    /// CC-Total-Octets, RFC 8506 §8.23.
    Octet,
    /// CC-Service-Specific-Units, RFC 8506 §8.26.
    Event,
}

/// How much is granted at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Units, when the request leaves the size to us (an empty Requested-Service-Unit).
    pub default: u64,
    /// Where the request leaves the size to us: the affordable usage divided by this, at least `default`, at
    /// most `maximum`; at least 1. `None`: always `default`.
    pub share: Option<u32>,
    /// Units, at most, whatever was requested.
    pub maximum: u64,
    /// Seconds a grant lasts: Validity-Time, RFC 8506 §8.33.
    pub validity_time_seconds: u32,
    /// Units left of a grant at which the client asks for more: Time-, Volume- or Unit-Quota-Threshold,
    /// TS 32.299 §7.2.220, §7.2.238 and §7.2.231.
    pub threshold: Option<u32>,
    /// Seconds without traffic after which the client gives a grant back: Quota-Holding-Time, TS 32.299
    /// §7.2.142. 0: never.
    pub holding_time_seconds: Option<u32>,
}

/// What the client does when the last units are used up: Final-Unit-Action, RFC 8506 §8.35.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FinalUnit {
    /// The service ends.
    #[default]
    Terminate,
    /// The user is led to a server.
    Redirect {
        /// What the address is.
        to: RedirectTo,
        /// Redirect-Server-Address.
        address: String,
        /// What the user may reach beside it.
        filters: Filters,
    },
    /// The user may only reach some.
    Restrict(Filters),
}

/// Redirect-Address-Type, RFC 8506 §8.38.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectTo {
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// An HTTP URL.
    Url,
    /// A SIP URI.
    SipUri,
}

/// What a user may still reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Filter-Id: names of filters the client has.
    pub ids: Vec<String>,
    /// Restriction-Filter-Rule: IPFilterRule, RFC 6733 §4.3.1.
    pub rules: Vec<String>,
}

/// A service of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Name in the catalogue.
    pub code: String,
    /// What its usage is counted in.
    pub unit: Unit,
    /// Its Service-Context-Ids, RFC 8506 §8.42; none for services of rated files.
    pub service_contexts: Vec<String>,
    /// How much is granted at a time.
    pub grant: Grant,
    /// What the client does when the last units are used up.
    pub final_unit: FinalUnit,
    /// Trigger-Type of the changes that the client reports at once, TS 32.299 §7.2.226; `None`: what it
    /// would report anyway.
    pub triggers: Option<Vec<u32>>,
}
