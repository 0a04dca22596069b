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
}
