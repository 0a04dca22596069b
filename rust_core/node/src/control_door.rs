//! Charging requests in JSON.

use crate::control::{Refused, RequestJson};
use crate::evidence::Lookup;
use crate::outcome::{closed_json, error_json, expired_json, outcome_json, restarted_json};
use crate::running_total::{Reported, reported};
use crate::shard_cell::{Job, ShardCore};
use openmvno_charging::{
    Evidence, Identity, IdentityDirectory, Kind, LineAddress, Outcome, ResultCode,
};
use std::sync::Arc;

use crate::node::{Node, Parked};
use crate::parking::lookup_of;

/// Where a request in JSON is decided.
#[derive(Debug)]
pub(crate) enum Placed {
    /// Here, and nothing had to be journaled: its outcome.
    Now(Box<[u8]>),
    /// Its outcome comes with a batch.
    Later,
    /// By the owner of this shard; `None`: of any that knows what it is about.
    Elsewhere(Option<u16>),
}

/// The outcome of a request about nothing that any node knows.
pub(crate) fn unknown(request: &RequestJson) -> Box<[u8]> {
    let running = matches!(request.kind(), Kind::Update | Kind::Terminate);
    error_json(if running {
        ResultCode::UNKNOWN_SESSION_ID
    } else {
        ResultCode::USER_UNKNOWN
    })
}

impl Node {
    /// A charging request in JSON. The outcome is returned at once when nothing had to be
    /// journaled, else it comes with [`Node::release`] under `token`.
    ///
    /// # Errors
    /// [`Refused`]: nothing has changed.
    pub fn submit(&self, token: u64, json: &[u8], now: i64) -> Result<Option<Box<[u8]>>, Refused> {
        let request = RequestJson::parse(json)?;
        // What other nodes send here was judged by their doors.
        self.admit_control(&request, now)?;
        match self.place(token, &request, now)? {
            Placed::Now(outcome) => Ok(Some(outcome)),
            Placed::Later => Ok(None),
            Placed::Elsewhere(shard) => self.forward_control(token, json, shard, now),
        }
    }

    /// Decides a request whose shard is ours; else says whose it may be.
    pub(crate) fn place(
        &self,
        token: u64,
        request: &RequestJson,
        now: i64,
    ) -> Result<Placed, Refused> {
        if !self.has_storage() {
            return Err(Refused::Overloaded);
        }
        if let Some((client, state)) = request.restarted() {
            if self.owned_shards().is_empty() {
                return Ok(Placed::Elsewhere(None));
            }
            self.client_restarted(token, client, state, now);
            return Ok(Placed::Later);
        }
        let Some(address) = self.locate_control(request, None) else {
            if !self.owns_all() {
                return Ok(Placed::Elsewhere(None));
            }
            return Ok(Placed::Now(unknown(request)));
        };
        let cell = &self.shards[usize::from(address.shard)];
        let served = cell.run(
            |core| {
                if !core.owned {
                    return Ok(Placed::Elsewhere(Some(address.shard)));
                }
                if core.journal.len() > self.config.pending_bytes_per_shard {
                    return Err(Refused::Overloaded);
                }
                let evidence = Evidence::Unasked;
                let outcome = self.charge_control(core, request, address, (token, now), evidence);
                Ok(outcome.map_or(Placed::Later, Placed::Now))
            },
            || Job::Control {
                token,
                json: request.source().into(),
                now,
            },
            &|core, job| self.serve_queued(core, job),
        );
        match served {
            Ok(Some(placed)) => placed,
            Ok(None) => Ok(Placed::Later),
            Err(_) => Err(Refused::Overloaded),
        }
    }

    /// The line of a request of a tenant; another tenant's are not found.
    pub(crate) fn locate_control(
        &self,
        request: &RequestJson,
        held: Option<&ShardCore>,
    ) -> Option<LineAddress> {
        let by_identity = request
            .identities()
            .find_map(|identity: Identity| self.directory.holder(identity));
        let running = matches!(request.kind(), Kind::Update | Kind::Terminate);
        let found = match (running, held) {
            (true, None) => self
                .locate_session(request.session(), by_identity)
                .or(by_identity),
            (true, Some(core)) => {
                let own = core.shard.session_owner(request.session());
                own.map(|(account, line)| LineAddress {
                    shard: core.id,
                    account,
                    line,
                })
                .or(by_identity)
            }
            (false, held) => {
                let about = (request.session(), request.kind(), request.report().number);
                let answered = by_identity.and_then(|line| self.locate_answer(about, line, held));
                answered.or(by_identity)
            }
        }?;
        let owned = |core: &ShardCore| {
            let account = core.shard.account_at(found.account)?;
            request
                .may_be_of(core.shard.tenant_of(account))
                .then_some(found)
        };
        match held {
            Some(core) if core.id == found.shard => owned(core),
            Some(_) => None,
            None => owned(&self.shards[usize::from(found.shard)].lock()),
        }
    }

    /// Hands a request to its shard: its outcome, unless it is held or waits for the database.
    pub(crate) fn decide_control(
        &self,
        core: &mut ShardCore,
        request: &RequestJson,
        address: LineAddress,
        (token, now): (u64, i64),
        evidence: Evidence,
    ) -> Option<Box<[u8]>> {
        core.shard.turn_catalogs(now, &mut core.journal);
        let report = match reported(core, request, address) {
            Reported::Now(report) => report,
            Reported::Expired => return Some(expired_json()),
            Reported::Closed => {
                // Its end may be on its way to the disk still.
                self.admission.held(now);
                core.held.outcomes.push((token, closed_json()));
                return None;
            }
        };
        let numbering = core.shard.numbering(address.account, &self.directory);
        let destination = numbering.normalise(request.destination());
        let destination = destination.as_str();
        let relation = self.relation(core, address, request.kind(), destination);
        let report = (report, self.state_of(request.origin()));
        let charging = request.request(address, now, (destination, relation), report, evidence);
        let outcome = core.shard.charge(&charging, now, &mut core.journal);
        let (answer, held) = match outcome {
            Outcome::Held(answer) => (answer, true),
            Outcome::Immediate(answer) => (answer, false),
        };
        if answer.needs_evidence {
            let lookup = lookup_of(core, &charging, address)?;
            return self.park_control(lookup, request, token);
        }
        let account = core.shard.account_at(address.account)?;
        let balance = (account.balance, account.reserved, account.available(now));
        let json = outcome_json(&answer, balance, account.currency.code());
        if held {
            self.admission.held(now);
            core.held.outcomes.push((token, json));
            return None;
        }
        Some(json)
    }

    /// A client that counts sessions by its own starts lost the older ones: they are closed in
    /// slices from now on. The outcome is held behind the record of it on every shard.
    fn client_restarted(&self, token: u64, client: &str, state: u32, now: i64) {
        self.peer_state(client, state, now);
        if let Some(last) = self.shards.last() {
            last.lock().held.outcomes.push((token, restarted_json()));
        }
    }

    pub(crate) fn park_control(
        &self,
        lookup: Lookup,
        request: &RequestJson,
        token: u64,
    ) -> Option<Box<[u8]>> {
        let json = request.source().into();
        let control = Some((token, json));
        let parked = Parked {
            connection: 0,
            tag: 0,
            peer: 0,
            identity: Arc::clone(&self.identity),
            profile: Arc::default(),
            frame: None,
            control,
            lookup,
            told: false,
        };
        if self.park(parked) {
            None
        } else {
            Some(error_json(ResultCode::TOO_BUSY))
        }
    }
}
