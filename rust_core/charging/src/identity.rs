//! The identities a network knows a line by, and who the other party of a usage is.

use crate::id::Uuid;
use crate::shard::Shard;
use openmvno_rating::{Catalog, Numbering};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU64;
use std::sync::{Arc, LazyLock};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineAddress {
    /// Shard.
    pub shard: u16,
    /// Account slot on it.
    pub account: u32,
    /// Line ordinal in the account.
    pub line: u16,
}

/// What pricing asks of the other party of a usage that is a subscriber, too.
#[derive(Clone, Debug)]
pub struct Subscriber {
    /// Whose subscriber.
    pub tenant: Uuid,
    /// Closed user groups of the line.
    pub groups: Arc<[Uuid]>,
}

/// Who holds which identity, over all shards, and how the installation reads numbers.
pub trait IdentityDirectory {
    /// The live line of an identity.
    fn holder(&self, identity: Identity) -> Option<LineAddress>;

    /// The live line of an MSISDN, as the other party of a usage; nobody is known unless told
    /// otherwise.
    fn subscriber(&self, _msisdn: &str) -> Option<Subscriber> {
        None
    }

    /// How numbers become international ones where a tenant's catalogue has no rules for it.
    fn numbering(&self) -> &Numbering {
        &NO_RULES
    }
}

static NO_RULES: LazyLock<Numbering> = LazyLock::new(Numbering::default);

impl Shard {
    /// How the numbers that a line's network sends become international ones: as its catalogue says,
    /// else as the installation does.
    pub fn numbering<'a>(
        &'a self,
        account: u32,
        directory: &'a dyn IdentityDirectory,
    ) -> &'a Numbering {
        self.account_at(account)
            .and_then(|account| self.catalog_of(account))
            .map(Catalog::numbering)
            .filter(|numbering| numbering.has_rules())
            .unwrap_or_else(|| directory.numbering())
    }

    /// Whether the other party, a number in international form, is a line of the tenant, and of a
    /// closed user group of the line.
    #[must_use]
    pub fn relation(
        &self,
        (account, line): (u32, u16),
        number: &str,
        directory: &dyn IdentityDirectory,
    ) -> (bool, bool) {
        let account = self.account_at(account);
        let Some((account, other)) = account.zip(directory.subscriber(number)) else {
            return (false, false);
        };
        let line = account.lines.get(usize::from(line));
        let groups = line
            .and_then(|line| line.terms.as_deref())
            .map(|terms| &terms.groups);
        let shared = groups.is_some_and(|own| own.iter().any(|group| other.groups.contains(group)));
        let of_tenant = other.tenant == self.tenant_of(account);
        (of_tenant, of_tenant && shared)
    }
}
