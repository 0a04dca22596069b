//! Which line an MSISDN or IMSI belongs to, over all shards; read without a lock by every door.

use openmvno_charging::{
    Account, Identity, IdentityDirectory, IdentityKind, Line, LineAddress, LineStatus, Subscriber,
    Uuid,
};
use openmvno_rating::Numbering;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A line that came from other payers: what was answered for it before may be remembered in their
/// shards.
#[derive(Clone, Debug)]
pub(crate) struct Traveller {
    pub(crate) tenant: Uuid,
    pub(crate) line: Uuid,
    /// The accounts it was on, the last ones.
    pub(crate) payers: Arc<[Uuid]>,
}

/// So many of a line's payers are known: more it does not have while an answer is remembered.
const PAYERS_KNOWN: usize = 8;

/// The directory of live identities.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    lines: papaya::HashMap<Identity, LineAddress>,
    /// By MSISDN.
    subscribers: papaya::HashMap<Identity, Subscriber>,
    /// Of lines that have come from another payer: whose identity it is, and the line's arrivals.
    /// Shards are followed side by side, so the old payer's may be behind the new one's.
    arrived: papaya::HashMap<Identity, (Uuid, u32)>,
    /// Which of them are where, and the accounts they were on.
    travellers: papaya::HashMap<LineAddress, (Uuid, Uuid)>,
    payers: papaya::HashMap<Uuid, Arc<[Uuid]>>,
    has_travellers: AtomicBool,
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

    /// The line at an address, if it has come there from another payer.
    pub(crate) fn traveller(&self, address: LineAddress) -> Option<Traveller> {
        if !self.has_travellers.load(Ordering::Relaxed) {
            return None;
        }
        let &(tenant, line) = self.travellers.pin().get(&address)?;
        let payers = Arc::clone(self.payers.pin().get(&line)?);
        Some(Traveller {
            tenant,
            line,
            payers,
        })
    }

    /// Keeps where a line has come from, be it still there or not.
    fn note_traveller(&self, address: LineAddress, tenant: Uuid, line: &Line) {
        let Some(from) = line.payer_change().and_then(|payer| payer.from) else {
            return;
        };
        let with_it = |known: &Arc<[Uuid]>| {
            if known.contains(&from) {
                return Arc::clone(known);
            }
            let latest = std::iter::once(from).chain(known.iter().copied());
            latest.take(PAYERS_KNOWN).collect()
        };
        let payers = self.payers.pin();
        payers.update_or_insert_with(line.id, with_it, || Arc::from([from]));
        self.travellers.pin().insert(address, (tenant, line.id));
        self.has_travellers.store(true, Ordering::Relaxed);
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
        let arrived = self.arrived.pin();
        let nobody: Arc<[Uuid]> = Arc::from([]);
        let own = |address: &LineAddress| (address.shard, address.account) == (shard, slot);
        for identity in before {
            if lines.get(identity).is_some_and(own) {
                lines.remove(identity);
                subscribers.remove(identity);
                arrived.remove(identity);
            }
        }
        for (ordinal, line) in (0u16..).zip(&account.lines) {
            let address = LineAddress {
                shard,
                account: slot,
                line: ordinal,
            };
            self.note_traveller(address, tenant, line);
            if line.status == LineStatus::Closed {
                continue;
            }
            let arrivals = line.arrivals();
            let is_behind = |identity: &Identity| {
                let known = arrived.get(identity);
                known.is_some_and(|&(id, later)| id == line.id && later > arrivals)
            };
            // What is left of a line that is elsewhere already.
            if line.identities().any(|identity| is_behind(&identity)) {
                continue;
            }
            if arrivals > 0 {
                for identity in line.identities() {
                    arrived.insert(identity, (line.id, arrivals));
                }
            }
            for identity in line.identities() {
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
    live.flat_map(Line::identities).collect()
}
