//! The operator of the simulation: one tenant, two catalogue versions, a few accounts.

use openmvno_charging::{Limits, Shard, Uuid};
use openmvno_rating::Catalog;
use std::sync::{Arc, LazyLock};

/// The tenant.
pub const TENANT: Uuid = Uuid([1; 16]);

/// How long a grant lasts, seconds: short, so that silent sessions expire within a run.
pub const VALIDITY_SECONDS: u32 = 30;

/// The catalogue versions: same services, other prices and intervals.
pub const VERSIONS: [(u64, &str); 2] = [
    (
        1,
        r#"{
  "currency": "EUR",
  "services": [
    {"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
     "grant": {"default": 60, "maximum": 300, "validity_time": 30}},
    {"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
     "grant": {"default": 1, "maximum": 5, "validity_time": 30}},
    {"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
     "grant": {"default": 500, "maximum": 2000, "validity_time": 30}}
  ],
  "rate_tables": [
    {"code": "voice-out", "service": "voice", "rates": [
      {"prefix": "385", "name": "home", "price": "0.10", "per": 60,
       "first_interval": 60, "next_interval": 6},
      {"prefix": "3859", "name": "mobile", "price": "0.25", "per": 60,
       "first_interval": 1, "next_interval": 7, "connection_fee": "0.02"}]},
    {"code": "sms-out", "service": "sms", "rates": [
      {"prefix": "", "name": "sms", "price": "0.05", "per": 1}]},
    {"code": "data", "service": "data", "rates": [
      {"rating_group": 10, "name": "web", "price": "1.00", "per": 1000, "next_interval": 10},
      {"rating_group": 20, "name": "music", "price": "0.07", "per": 1024,
       "first_interval": 250, "next_interval": 100}]}
  ],
  "products": [
    {"code": "basic", "name": "Basic", "rate_tables": ["voice-out", "sms-out", "data"]}
  ]
}"#,
    ),
    (
        2,
        r#"{
  "currency": "EUR",
  "services": [
    {"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
     "grant": {"default": 60, "maximum": 300, "validity_time": 30}},
    {"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
     "grant": {"default": 1, "maximum": 5, "validity_time": 30}},
    {"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
     "grant": {"default": 500, "maximum": 2000, "validity_time": 30}}
  ],
  "rate_tables": [
    {"code": "voice-out", "service": "voice", "rates": [
      {"prefix": "385", "name": "home", "price": "0.12", "per": 60,
       "first_interval": 30, "next_interval": 30, "first_price": "0.30"},
      {"prefix": "3859", "name": "mobile", "price": "0.333333", "per": 60,
       "first_interval": 10, "next_interval": 10}]},
    {"code": "sms-out", "service": "sms", "rates": [
      {"prefix": "", "name": "sms", "price": "0.06", "per": 1}]},
    {"code": "data", "service": "data", "rates": [
      {"rating_group": 10, "name": "web", "price": "0.50", "per": 777, "next_interval": 20},
      {"rating_group": 20, "name": "music", "price": "0", "per": 1}]}
  ],
  "products": [
    {"code": "basic", "name": "Basic", "rate_tables": ["voice-out", "sms-out", "data"]}
  ]
}"#,
    ),
];

static COMPILED: LazyLock<Vec<(u64, Arc<Catalog>)>> = LazyLock::new(|| {
    let compile = |document: &str| {
        Catalog::compile(document.as_bytes()).expect("the simulation's catalogue compiles")
    };
    VERSIONS
        .iter()
        .map(|&(version, document)| (version, Arc::new(compile(document))))
        .collect()
});

/// An empty shard that knows both catalogue versions.
#[must_use]
pub fn blank_shard(id: u16, accounts_per_slice: u32) -> Shard {
    let limits = Limits {
        accounts_per_slice,
        ..Limits::default()
    };
    let mut shard = Shard::new(id, limits);
    for (version, catalog) in COMPILED.iter() {
        shard.load_catalog(TENANT, *version, Arc::clone(catalog));
    }
    shard
}

/// The id of the account of this number.
#[must_use]
pub fn account_id(number: usize) -> Uuid {
    let mut bytes = [2; 16];
    bytes[15] = u8::try_from(number).unwrap_or(u8::MAX);
    Uuid(bytes)
}

/// The id of a line of an account.
#[must_use]
pub fn line_id(account: usize, line: usize) -> Uuid {
    let mut bytes = [3; 16];
    bytes[14] = u8::try_from(account).unwrap_or(u8::MAX);
    bytes[15] = u8::try_from(line).unwrap_or(u8::MAX);
    Uuid(bytes)
}

/// The digits of a line's MSISDN.
#[must_use]
pub fn msisdn(account: usize, line: usize) -> String {
    format!("99900{account:04}{line:02}")
}

/// The digits of a line's IMSI.
#[must_use]
pub fn imsi(account: usize, line: usize) -> String {
    format!("999700000{account:04}{line:02}")
}
