//! What a quote is asked for.

use crate::clock::Millis;
use crate::quote_account::LiveAccount;
use openmvno_rating::{Direction, parse_instant};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// A request that cannot be quoted, and which field is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuoteError {
    /// The field, or empty.
    pub field: String,
    /// A sentence.
    pub message: String,
}

impl QuoteError {
    pub(crate) fn new(field: &str, message: String) -> Self {
        Self {
            field: field.to_owned(),
            message,
        }
    }

    pub(crate) fn unknown(field: &str, code: &str) -> Self {
        Self::new(field, format!("the catalogue has no {code}"))
    }
}

impl fmt::Display for QuoteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.field, self.message)
        }
    }
}

impl std::error::Error for QuoteError {}

/// A bucket as a quote assumes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenBucket {
    pub(crate) code: String,
    pub(crate) remaining: String,
    #[serde(default, deserialize_with = "optional_instant")]
    pub(crate) expires_at: Option<Millis>,
}

/// A discount's volume as a quote assumes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenCounter {
    pub(crate) discount: String,
    pub(crate) used: String,
}

/// Where the user is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenLocation {
    #[serde(default)]
    pub(crate) plmn: Option<String>,
    #[serde(default)]
    pub(crate) msc: Option<String>,
    #[serde(default)]
    pub(crate) cell: Option<String>,
}

/// See `docs/catalogue.md`, Quote and explain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuoteRequest {
    /// The line's id, where the account is given.
    #[serde(default)]
    pub(crate) line: Option<String>,
    /// In place of the product and what follows of it: the account as the engine holds it.
    #[serde(default)]
    pub(crate) account: Option<LiveAccount>,
    #[serde(default)]
    pub(crate) product: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) addons: Vec<String>,
    pub(crate) service: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) direction: Direction,
    #[serde(default)]
    pub(crate) destination: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) on_net: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) favourite: bool,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) cug: bool,
    #[serde(default)]
    pub(crate) rating_group: Option<u32>,
    #[serde(default, deserialize_with = "instant")]
    pub(crate) at: Millis,
    #[serde(default)]
    pub(crate) time_zone: Option<String>,
    pub(crate) usage: u64,
    #[serde(default)]
    pub(crate) usage_after_change: Option<u64>,
    #[serde(default = "session", deserialize_with = "session_or_default")]
    pub(crate) session: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) location: GivenLocation,
    #[serde(default)]
    pub(crate) apn: Option<String>,
    #[serde(default)]
    pub(crate) service_identifier: Option<u32>,
    #[serde(default)]
    pub(crate) rat_type: Option<u8>,
    #[serde(default)]
    pub(crate) qos_class: Option<u8>,
    #[serde(default)]
    pub(crate) slice: Option<String>,
    #[serde(default)]
    pub(crate) access_network: Option<String>,
    #[serde(default)]
    pub(crate) balance: Option<String>,
    #[serde(default)]
    pub(crate) buckets: Option<Vec<GivenBucket>>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) counters: Vec<GivenCounter>,
}

impl QuoteRequest {
    pub(crate) fn parse(json: &[u8]) -> Result<Self, QuoteError> {
        serde_json::from_slice(json).map_err(|error| QuoteError::new("", error.to_string()))
    }
}

fn session() -> String {
    "quote".to_owned()
}

fn session_or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_else(session))
}

/// Null says the same as nothing.
fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// RFC 3339 with an offset.
fn optional_instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Millis>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    let instant = parse_instant(&text);
    instant.map(Some).ok_or_else(|| {
        serde::de::Error::custom(format!(
            "{text} is not an instant such as 2026-11-27T19:58:00+01:00"
        ))
    })
}

pub(crate) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Millis, D::Error> {
    Ok(optional_instant(deserializer)?.unwrap_or(0))
}
