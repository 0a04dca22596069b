//! The operator of the simulation: one tenant, two catalogue versions, a few accounts.
//!
//! Products are bare, grant quotas of their own and pools, or discounts; add-ons bring bundles and gifts;
//! wallets of money and of abstract units are topped up. Both versions know the same codes but for
//! the wallets of money, which the second one has given up.

use openmvno_charging::{Limits, Shard, Uuid};
use openmvno_rating::Catalog;
use std::sync::{Arc, LazyLock};

/// The tenant.
pub const TENANT: Uuid = Uuid([1; 16]);

/// How long a grant lasts, seconds: short, so that silent sessions expire within a run.
pub const VALIDITY_SECONDS: u32 = 30;

/// The catalogue versions: same services, other prices, intervals and tiers.
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
  "buckets": [
    {"code": "mins", "unit": "second", "amount": 120, "pays": [{"service": "voice"}],
     "renew": "hour", "rollover": 1},
    {"code": "pool", "unit": "octet", "amount": 3000, "priority": 90, "renew": "hour",
     "pays": [{"service": "data", "rating_groups": [10]}], "shared": true, "member_cap": 2000},
    {"code": "texts", "unit": "event", "amount": 4, "priority": 50, "valid_days": 1,
     "pays": [{"service": "sms"}]},
    {"code": "gift", "unit": "money", "amount": "0.40", "priority": 60, "valid_days": 1,
     "pays": [{"service": "data"}, {"service": "voice"}]},
    {"code": "purse", "unit": "money", "priority": 150, "pays": [{"service": "sms"}, {"service": "data"}],
     "top_ups": [{"code": "plus", "price": "0.30", "amount": "0.50", "days": 1},
                 {"code": "minus", "price": "0.60", "amount": "0.40", "days": 2}]},
    {"code": "coins", "unit": "unit", "priority": 120, "shared": true, "member_cap": 12, "interval": 2,
     "pays": [{"service": "voice", "cost": 3, "per": 60}, {"service": "sms"}],
     "top_ups": [{"code": "plus", "price": "0.25", "amount": 20, "days": 1}]}
  ],
  "discounts": [
    {"code": "volume", "applies": [{"service": "data"}], "measure": "units", "renew": "hour",
     "mode": "split", "tiers": [{"from": 0, "percent": "0"}, {"from": 600, "percent": "10"},
                                {"from": 1500, "percent": "25"}]},
    {"code": "spend", "applies": [{"service": "voice"}], "measure": "money", "renew": "hour",
     "mode": "split", "shared": true, "tiers": [{"from": "0", "percent": "0"},
                                                {"from": "0.20", "percent": "12.5"}]}
  ],
  "products": [
    {"code": "bare", "name": "Bare", "rate_tables": ["voice-out", "sms-out", "data"]},
    {"code": "basic", "name": "Basic", "rate_tables": ["voice-out", "sms-out", "data"],
     "buckets": ["mins", "pool"], "discounts": ["volume", "spend"]},
    {"code": "flat", "name": "Flat", "rate_tables": ["voice-out", "sms-out", "data"],
     "buckets": ["pool"], "discounts": ["spend"]},
    {"code": "extra", "name": "Extra", "kind": "addon", "multiple": true, "buckets": ["texts", "gift"]},
    {"code": "once", "name": "Once", "kind": "addon", "requires": ["basic"], "buckets": ["texts"]}
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
  "buckets": [
    {"code": "mins", "unit": "second", "amount": 90, "pays": [{"service": "voice"}],
     "renew": "hour", "rollover": 2, "exhausted": "block"},
    {"code": "pool", "unit": "octet", "amount": 2000, "priority": 90, "renew": "hour",
     "pays": [{"service": "data", "rating_groups": [10]}], "shared": true, "member_cap": 2000,
     "exhausted": "throttle", "throttle": "64kbps"},
    {"code": "texts", "unit": "event", "amount": 3, "priority": 50, "valid_days": 1,
     "pays": [{"service": "sms"}], "exhausted": "block"},
    {"code": "coins", "unit": "unit", "priority": 1200, "shared": true, "member_cap": 12, "interval": 2,
     "pays": [{"service": "voice", "cost": 3, "per": 60}, {"service": "sms"}],
     "top_ups": [{"code": "plus", "price": "0.25", "amount": 20, "days": 1}]}
  ],
  "discounts": [
    {"code": "volume", "applies": [{"service": "data"}], "measure": "units", "renew": "hour",
     "mode": "split", "tiers": [{"from": 0, "percent": "30"}, {"from": 800, "percent": "5"}]},
    {"code": "spend", "applies": [{"service": "voice"}], "measure": "money", "renew": "hour",
     "mode": "split", "shared": true, "tiers": [{"from": "0", "percent": "0"},
                                                {"from": "0.15", "percent": "50"}]}
  ],
  "products": [
    {"code": "bare", "name": "Bare", "rate_tables": ["voice-out", "sms-out", "data"]},
    {"code": "basic", "name": "Basic", "rate_tables": ["voice-out", "sms-out", "data"],
     "buckets": ["mins", "pool"], "discounts": ["volume", "spend"]},
    {"code": "flat", "name": "Flat", "rate_tables": ["voice-out", "sms-out", "data"],
     "buckets": ["pool"], "discounts": ["spend"]},
    {"code": "extra", "name": "Extra", "kind": "addon", "multiple": true, "buckets": ["texts"]},
    {"code": "once", "name": "Once", "kind": "addon", "requires": ["basic"], "buckets": ["texts"]}
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

/// The id of an add-on a line may have.
#[must_use]
pub fn instance_id(account: usize, line: usize, number: usize) -> Uuid {
    let mut id = line_id(account, line);
    id.0[0] = 4;
    id.0[13] = u8::try_from(number).unwrap_or(u8::MAX);
    id
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
