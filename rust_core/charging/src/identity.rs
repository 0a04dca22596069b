//! The identities a network knows a line by.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;

/// Which number plan an identity is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IdentityKind {
    /// `END_USER_E164`: an MSISDN.
    Msisdn,
    /// `END_USER_IMSI`.
    Imsi,
}

/// An MSISDN or IMSI in one word: 1 to 15 digits (ITU-T E.164 §6, E.212 §6), their count and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity(NonZeroU64);

impl Identity {
    /// Packs digits; `None` when they are not 1 to 15 digits.
    #[must_use]
    pub fn new(kind: IdentityKind, digits: &str) -> Option<Self> {
        if digits.is_empty() || digits.len() > 15 {
            return None;
        }
        let mut number = 0u64;
        for byte in digits.bytes() {
            number = number * 10 + u64::from(byte.checked_sub(b'0').filter(|&digit| digit < 10)?);
        }
        let kind = match kind {
            IdentityKind::Msisdn => 0,
            IdentityKind::Imsi => 1 << 60,
        };
        NonZeroU64::new(kind | (digits.len() as u64) << 52 | number).map(Self)
    }
}

impl fmt::Display for Identity {
    /// The digits.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.0.get();
        let (count, number) = ((word >> 52) & 0xf, word & ((1 << 52) - 1));
        write!(formatter, "{number:0width$}", width = count as usize)
    }
}

/// Where a line lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAddress {
    /// Shard.
    pub shard: u16,
    /// Account slot on it.
    pub account: u32,
    /// Line ordinal in the account.
    pub line: u16,
}

/// Who holds which identity, over all shards.
pub trait IdentityDirectory {
    /// The live line of an identity.
    fn holder(&self, identity: Identity) -> Option<LineAddress>;
}
