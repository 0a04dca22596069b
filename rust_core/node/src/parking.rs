//! Parking requests that memory cannot decide, and taking them up again.

use crate::adaptation;
use crate::control::RequestJson;
use crate::evidence::{Finding, Lookup};
use crate::identities::card_number;
use crate::shard_cell::ShardCore;
use openmvno_charging::{Evidence, Identity, IdentityKind, Kind, LineAddress};
use openmvno_diameter::peer::Profile;
use openmvno_diameter::{CreditControlRequest, Message};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::node::{Arrival, Node, NodeError, Parked};

/// Requests that may wait for the database at a time.
const PARKED_REQUESTS: usize = 10_000;

/// SIM cards whose IMSI is remembered; then they are asked for anew.
const CARDS_REMEMBERED: usize = 200_000;

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
            tag: arrival.tag,
            peer: arrival.peer,
            identity: Arc::clone(arrival.identity),
            profile: Arc::clone(arrival.profile),
            frame: Some(arrival.frame.into()),
            control: None,
            lookup,
            told: false,
        })
    }

    /// The SIM card that a request names its subscriber by, when it was never asked for.
    pub(crate) fn unknown_card<'a>(
        &self,
        request: &CreditControlRequest<'a>,
        profile: &Profile,
    ) -> Option<&'a str> {
        card_number(request, profile).filter(|&iccid| !self.cards.pin().contains_key(iccid))
    }

    /// Keeps a request until the database has said what is on its SIM card.
    pub(crate) fn park_card(&self, iccid: &str, arrival: &Arrival<'_>) -> bool {
        self.park(Parked {
            connection: arrival.connection,
            tag: arrival.tag,
            peer: arrival.peer,
            identity: Arc::clone(arrival.identity),
            profile: Arc::clone(arrival.profile),
            frame: Some(arrival.frame.into()),
            control: None,
            lookup: Lookup::Card {
                iccid: iccid.to_owned(),
            },
            told: false,
        })
    }

    /// The identity on the SIM card that a request names.
    pub(crate) fn card(
        &self,
        request: &CreditControlRequest<'_>,
        profile: &Profile,
    ) -> Option<Identity> {
        let iccid = card_number(request, profile)?;
        self.cards.pin().get(iccid).copied()
    }

    fn remember_card(&self, lookup: &Lookup, finding: &Finding) {
        let (Lookup::Card { iccid }, Finding::Card { imsi }) = (lookup, finding) else {
            return;
        };
        let Some(identity) = Identity::new(IdentityKind::Imsi, imsi) else {
            return;
        };
        let cards = self.cards.pin();
        if cards.len() >= CARDS_REMEMBERED {
            cards.clear();
        }
        cards.insert(iccid.as_str().into(), identity);
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
        self.remember_card(&parked.lookup, &finding);
        let evidence = Evidence::from(finding);
        if let Some(frame) = &parked.frame {
            let (connection, peer) = (parked.connection, parked.peer);
            let arrival = Arrival {
                connection,
                tag: parked.tag,
                peer,
                identity: &parked.identity,
                peer_host: "",
                profile: &parked.profile,
                frame,
                now,
                received_ns: 0,
                evidence,
            };
            self.resume_diameter(&arrival, &parked.lookup);
        }
        if let Some((token, json)) = &parked.control {
            // It was read once already, when it was parked.
            let request =
                RequestJson::parse(json).map_err(|error| NodeError::Damaged(error.to_string()))?;
            self.resume_control(&request, (*token, now), evidence, &parked.lookup);
        }
        Ok(())
    }

    fn resume_diameter(&self, arrival: &Arrival<'_>, lookup: &Lookup) {
        let Ok(message) = Message::parse(arrival.frame) else {
            return;
        };
        let mut request = CreditControlRequest::unread(&message);
        if adaptation::read(&mut request, &message, arrival.profile).is_err() {
            return;
        }
        match self.locate(&request, arrival.profile) {
            Ok(address) => {
                let mut core = self.shards[usize::from(address.shard)].lock();
                if core.owned {
                    let evidence = lookup.about(&core, address, arrival.evidence);
                    let arrival = Arrival {
                        evidence,
                        ..*arrival
                    };
                    self.charge_diameter(&mut core, &request, address, &arrival, None);
                } else {
                    self.serve_moved(arrival, address.shard, &mut core.held);
                }
            }
            Err(_) if !self.owns_all() => {
                let mut core = self.shards[0].lock();
                self.serve_unknown(arrival, &mut core.held);
            }
            Err(failure) => self.fail(&request, &failure, arrival, None),
        }
    }

    fn resume_control(
        &self,
        request: &RequestJson,
        (token, now): (u64, i64),
        evidence: Evidence,
        lookup: &Lookup,
    ) {
        let Some(address) = self.locate_control(request, None) else {
            return;
        };
        let mut core = self.shards[usize::from(address.shard)].lock();
        if !core.owned {
            let shard = core.id;
            return self.submit_again(token, request, shard, now, &mut core.held);
        }
        let evidence = lookup.about(&core, address, evidence);
        let outcome = self.charge_control(&mut core, request, address, (token, now), evidence);
        core.held
            .outcomes
            .extend(outcome.map(|outcome| (token, outcome)));
    }
}

impl Lookup {
    /// What was found, as far as it is about the line's payer: a line that has gone to another one
    /// meanwhile gets nothing back there for what it did not pay.
    fn about(&self, core: &ShardCore, line: LineAddress, evidence: Evidence) -> Evidence {
        let payer = core
            .shard
            .account_at(line.account)
            .map(|account| account.id);
        match self {
            Self::Debit { account, .. } if Some(*account) != payer => Evidence::Nothing,
            _ => evidence,
        }
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
