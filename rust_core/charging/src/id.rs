//! Identifiers and the hash that places a payer on a shard.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A 128-bit identifier as PostgreSQL's `uuid` holds it (big-endian bytes).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Uuid(pub [u8; 16]);

impl Uuid {
    /// A time-ordered identifier in the layout of UUIDv7 (RFC 9562 §5.7): milliseconds, then the
    /// shard and a counter in place of randomness, so the engine stays deterministic.
    #[must_use]
    pub fn time_ordered(now_ms: i64, shard: u16, counter: u64) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&now_ms.max(0).to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&(0x7000 | (shard & 0x0fff)).to_be_bytes());
        let low = (counter & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
        bytes[8..].copy_from_slice(&low.to_be_bytes());
        Self(bytes)
    }

    /// The counter of an identifier made by [`Uuid::time_ordered`].
    #[must_use]
    pub fn counter(self) -> u64 {
        let mut low = [0; 8];
        low.copy_from_slice(&self.0[8..]);
        u64::from_be_bytes(low) & 0x3fff_ffff_ffff_ffff
    }

    /// Reads the usual text form with hyphens; `None` when it is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let raw = text.as_bytes();
        if raw.len() != 36 || [8, 13, 18, 23].iter().any(|&at| raw[at] != b'-') {
            return None;
        }
        let mut bytes = [0; 16];
        let mut digits = raw.iter().filter(|&&byte| byte != b'-');
        for byte in &mut bytes {
            let high = (*digits.next()? as char).to_digit(16)?;
            let low = (*digits.next()? as char).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        digits.next().is_none().then_some(Self(bytes))
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                formatter.write_str("-")?;
            }
            write!(formatter, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Uuid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a UUID"))
        } else {
            <[u8; 16]>::deserialize(deserializer).map(Self)
        }
    }
}

/// The shard that owns a payer: fixed for the life of an installation, whose number of shards is
/// fixed at creation.
#[must_use]
pub fn shard_of(tenant: Uuid, account: Uuid, shards: u16) -> u16 {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&tenant.0);
    key[16..].copy_from_slice(&account.0);
    let hash = xxhash_rust::xxh3::xxh3_64(&key);
    u16::try_from(hash % u64::from(shards.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let id = Uuid::time_ordered(1_700_000_000_123, 7, 42);
        assert_eq!(Uuid::parse(&id.to_string()), Some(id));
        assert_eq!(id.counter(), 42);
        assert_eq!(Uuid::parse("018bcfe5-687b-7007-8000-00000000002"), None);
        assert_eq!(Uuid::parse("018bcfe5+687b-7007-8000-00000000002a"), None);
    }

    #[test]
    fn later_identifiers_sort_later() {
        let first = Uuid::time_ordered(1_000, 3, 1);
        assert!(first < Uuid::time_ordered(1_000, 3, 2));
        assert!(first < Uuid::time_ordered(1_001, 0, 0));
    }
}
