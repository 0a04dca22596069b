//! Which line an MSISDN or IMSI belongs to, over all shards; read without a lock by every door.

use openmvno_charging::{
    Account, Identity, IdentityDirectory, IdentityKind, Line, LineAddress, LineStatus, Subscriber,
    Uuid,
};
use openmvno_rating::Numbering;
use std::sync::Arc;

/// The directory of live identities.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    lines: papaya::HashMap<Identity, LineAddress>,
    /// By MSISDN.
    subscribers: papaya::HashMap<Identity, Subscriber>,
    numbering: Numbering,
}

impl IdentityDirectory for Directory {
    fn holder(&self, identity: Identity) -> Option<LineAddress> {
        self.lines.pin().get(&identity).copied()
    }

    fn subscriber(&self, msisdn: &str) -> Option<Subscriber> {
        let identity = Identity::new(IdentityKind::Msisdn, msisdn)?;
        self.subscribers.pin().get(&identity).cloned()
    }

    fn numbering(&self) -> &Numbering {
        &self.numbering
    }
}

impl Directory {
    /// Nobody yet, in an installation that reads numbers so.
    pub(crate) fn new(numbering: Numbering) -> Self {
        Self {
            numbering,
            ..Self::default()
        }
    }

    /// Brings the directory up to an account's lines after a change.
    pub(crate) fn refresh(
        &self,
        shard: u16,
        slot: u32,
        (tenant, account): (Uuid, &Account),
        before: &[Identity],
    ) {
        let lines = self.lines.pin();
        let subscribers = self.subscribers.pin();
        let nobody: Arc<[Uuid]> = Arc::from([]);
        let own = |address: &LineAddress| (address.shard, address.account) == (shard, slot);
        for identity in before {
            if lines.get(identity).is_some_and(own) {
                lines.remove(identity);
                subscribers.remove(identity);
            }
        }
        for (ordinal, line) in (0u16..).zip(&account.lines) {
            if line.status == LineStatus::Closed {
                continue;
            }
            let address = LineAddress {
                shard,
                account: slot,
                line: ordinal,
            };
            for identity in identities(line) {
                lines.insert(identity, address);
            }
            if let Some(msisdn) = line.msisdn {
                let groups = line.terms.as_deref().map(|terms| &terms.groups[..]);
                let groups = groups.filter(|groups| !groups.is_empty());
                let groups = groups.map_or_else(|| Arc::clone(&nobody), Arc::from);
                subscribers.insert(msisdn, Subscriber { tenant, groups });
            }
        }
    }
}

/// All identities of an account's lines that are not closed.
pub(crate) fn identities_of(account: &Account) -> Vec<Identity> {
    let live = account
        .lines
        .iter()
        .filter(|line| line.status != LineStatus::Closed);
    live.flat_map(identities).collect()
}

fn identities(line: &Line) -> impl Iterator<Item = Identity> + use<> {
    line.msisdn.into_iter().chain(line.imsi)
}
