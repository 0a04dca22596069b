//! Parking requests that memory cannot decide, and taking them up again.

use crate::control::RequestJson;
use crate::evidence::{Finding, Lookup};
use crate::shard_cell::ShardCore;
use openmvno_charging::{Evidence, Kind, LineAddress};
use openmvno_diameter::{CreditControlRequest, Message};
use std::sync::atomic::Ordering;

use crate::node::{Arrival, Node, NodeError, Parked};

/// Requests that may wait for the database at a time.
const PARKED_REQUESTS: usize = 10_000;

impl Node {
    pub(crate) fn park_diameter(
        &self,
        core: &ShardCore,
        request: &openmvno_charging::Request<'_>,
        address: LineAddress,
        arrival: &Arrival<'_>,
    ) -> bool {
        let Some(lookup) = lookup_of(core, request, address) else {
            return false;
        };
        self.park(Parked {
            connection: arrival.connection,
            peer: arrival.peer,
            frame: Some(arrival.frame.into()),
            control: None,
            lookup,
            told: false,
        })
    }

    pub(crate) fn park(&self, parked: Parked) -> bool {
        let mut all = self.parked.lock();
        if all.len() >= PARKED_REQUESTS {
            return false;
        }
        all.insert(self.next_parked.fetch_add(1, Ordering::Relaxed), parked);
        true
    }

    /// Questions to the database that have not been handed out yet: (id, question).
    pub fn lookups(&self) -> Vec<(u64, Lookup)> {
        let mut parked = self.parked.lock();
        let new = parked.iter_mut().filter(|(_, parked)| !parked.told);
        new.map(|(&id, parked)| {
            parked.told = true;
            (id, parked.lookup.clone())
        })
        .collect()
    }

    /// The database has answered: the parked request is decided now. Its answer comes with the
    /// next batch.
    ///
    /// # Errors
    /// [`NodeError::Damaged`] when the finding is not one.
    pub fn resume(&self, id: u64, finding: &[u8], now: i64) -> Result<(), NodeError> {
        let finding: Finding = serde_json::from_slice(finding)
            .map_err(|error| NodeError::Damaged(format!("finding: {error}")))?;
        let Some(parked) = self.parked.lock().remove(&id) else {
            return Ok(());
        };
        let evidence = Evidence::from(finding);
        if let Some(frame) = &parked.frame {
            let (connection, peer) = (parked.connection, parked.peer);
            let arrival = Arrival {
                connection,
                peer,
                peer_host: "",
                frame,
                now,
                received_ns: 0,
                evidence,
            };
            self.resume_diameter(&arrival);
        }
        if let Some((token, json)) = &parked.control {
            // It was read once already, when it was parked.
            let request =
                RequestJson::parse(json).map_err(|error| NodeError::Damaged(error.to_string()))?;
            self.resume_control(&request, *token, now, evidence);
        }
        Ok(())
    }

    pub(crate) fn resume_diameter(&self, arrival: &Arrival<'_>) {
        let Ok(message) = Message::parse(arrival.frame) else {
            return;
        };
        let Ok(request) = CreditControlRequest::parse(&message) else {
            return;
        };
        if let Ok(address) = self.locate(&request) {
            let mut core = self.shards[usize::from(address.shard)].lock();
            self.charge_diameter(&mut core, &request, address, arrival, None);
        }
    }

    pub(crate) fn resume_control(
        &self,
        request: &RequestJson,
        token: u64,
        now: i64,
        evidence: Evidence,
    ) {
        let Some(address) = self.locate_control(request, None) else {
            return;
        };
        let mut core = self.shards[usize::from(address.shard)].lock();
        let outcome = self.charge_control(&mut core, request, address, (token, now), evidence);
        core.held
            .outcomes
            .extend(outcome.map(|outcome| (token, outcome)));
    }
}

/// The database question a request raises.
pub(crate) fn lookup_of(
    core: &ShardCore,
    request: &openmvno_charging::Request<'_>,
    address: LineAddress,
) -> Option<Lookup> {
    let account = core.shard.account_at(address.account)?;
    let tenant = core.shard.tenant_of(account);
    let openmvno_charging::SessionRef::Named(session) = request.session else {
        return None;
    };
    Some(match request.kind {
        Kind::Refund => Lookup::Debit {
            tenant,
            account: account.id,
            cdr: request.refund_of,
            correlation: request.correlation.to_owned(),
        },
        _ => Lookup::Session {
            tenant,
            session: session.to_owned(),
            number: (request.kind == Kind::Debit).then_some(request.number),
        },
    })
}
