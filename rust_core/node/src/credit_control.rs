//! A Credit-Control-Request on its way to its shard and its answer on the way out.

use crate::adaptation::{self, is_repeated_termination};
use crate::batch::Held;
use crate::diameter_answer::{write_answer, write_failure};
use crate::diameter_request::{Parts, build, kind, kind_word};
use crate::shard_cell::{Job, ShardCore};
use crate::span::{Span, now_ns, sampled};
use openmvno_charging::{Answer, Kind, LineAddress, Outcome, ResultCode, ServiceName};
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::protocol_error::refuse_overloaded;
use openmvno_diameter::{CreditControlRequest, Message};
use std::sync::Arc;

use crate::link_wire::{EntryKind, append};
use crate::node::{Arrival, Node};

/// Where a request is decided.
#[derive(Debug)]
pub(crate) enum Placed {
    /// It is answered, or will be.
    Here,
    /// It cannot be taken now.
    Refused,
    /// By the owner of this shard; `None`: of any that knows what it is about.
    Elsewhere(Option<u16>),
}

impl Node {
    pub(crate) fn credit_control(
        &self,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        out: &mut Vec<u8>,
    ) {
        let request = match adaptation::read(message, arrival.profile) {
            Ok(request) => request,
            Err(failure) if adaptation::overlooks(arrival.profile, &failure) => {
                return self.overlook(arrival, &failure, out);
            }
            Err(failure) => return self.refuse_unread(message, arrival, &failure, out),
        };
        let _is_here = self.serve_request(&request, message, arrival, out);
    }

    /// Serves a request. Returns false when another node's door sent it here in vain.
    pub(crate) fn serve_request(
        &self,
        request: &CreditControlRequest<'_>,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        out: &mut Vec<u8>,
    ) -> bool {
        if arrival.tag != 0 || request.origin_host != arrival.peer_host {
            self.routes.came_by(request.origin_host, arrival.connection);
        }
        if let Some(state) = request.origin_state_id {
            self.peer_state(request.origin_host, state, arrival.now);
        }
        let start = out.len();
        let refused = match self.decide_here(request, arrival, Some(&mut *out)) {
            Placed::Here => false,
            Placed::Refused => true,
            Placed::Elsewhere(_) if arrival.tag != 0 => return false,
            Placed::Elsewhere(shard) => !self.forward_diameter(arrival, shard, out),
        };
        if refused {
            self.refuse(request, message, arrival, out);
            self.note_refused(request, arrival, &out[start..]);
        }
        true
    }

    /// The engine cannot take it now (RFC 6733 §7.1.3).
    pub(crate) fn refuse(
        &self,
        request: &CreditControlRequest<'_>,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        out: &mut Vec<u8>,
    ) {
        self.count_refused(arrival.peer, kind_word(kind(request)), 3_004);
        refuse_overloaded(arrival.identity, message, arrival.profile.overload, out);
    }

    /// Decides a request whose shard is ours; else says whose it may be.
    pub(crate) fn decide_here(
        &self,
        request: &CreditControlRequest<'_>,
        arrival: &Arrival<'_>,
        mut immediate: Option<&mut Vec<u8>>,
    ) -> Placed {
        if !self.has_storage() {
            return Placed::Refused;
        }
        let address = match self.locate(request, arrival.profile) {
            Ok(address) => address,
            Err(failure) => {
                if let Some(iccid) = self.unknown_card(request, arrival.profile) {
                    return if self.park_card(iccid, arrival) {
                        Placed::Here
                    } else {
                        Placed::Refused
                    };
                }
                if !self.owns_all() {
                    return Placed::Elsewhere(None);
                }
                self.fail(request, &failure, arrival, immediate);
                return Placed::Here;
            }
        };
        let cell = &self.shards[usize::from(address.shard)];
        let now = |core: &mut ShardCore| {
            let immediate = immediate.as_deref_mut();
            core.owned
                .then(|| self.charge_diameter(core, request, address, arrival, immediate))
        };
        let later = || Job::Diameter {
            connection: arrival.connection,
            tag: arrival.tag,
            peer: arrival.peer,
            identity: Arc::clone(arrival.identity),
            profile: Arc::clone(arrival.profile),
            frame: arrival.frame.into(),
            now: arrival.now,
        };
        let served = cell.run(now, later, &|core, job| self.serve_queued(core, job));
        match served {
            Ok(Some(Some(true)) | None) => Placed::Here,
            Ok(Some(None)) => Placed::Elsewhere(Some(address.shard)),
            Ok(Some(Some(false))) | Err(_) => Placed::Refused,
        }
    }

    /// Answers that nobody knows what a request is about.
    pub(crate) fn fail(
        &self,
        request: &CreditControlRequest<'_>,
        failure: &Failure,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
    ) {
        let context = request.answer_context();
        let write = |out: &mut Vec<u8>| {
            write_failure(failure, arrival.identity, &context, out);
        };
        if let Some(out) = immediate {
            self.count_refused(arrival.peer, kind_word(kind(request)), failure.result_code);
            let start = out.len();
            write(out);
            return self.note_refused(request, arrival, &out[start..]);
        }
        // Whose it is nobody knows, so any shard may hold the refusal until the next batch.
        let mut core = self.shards[0].lock();
        self.count(&mut core, arrival.peer, request, failure.result_code);
        self.send(&mut core, arrival, None, write);
    }

    /// Hands a request to its shard; the answer goes to `immediate` when nothing has to be durable
    /// first, else it is held. Returns false when the shard is overloaded.
    pub(crate) fn decide_diameter(
        &self,
        core: &mut ShardCore,
        request: &CreditControlRequest<'_>,
        address: LineAddress,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
    ) -> bool {
        if core.journal.len() > self.config.pending_bytes_per_shard {
            return false;
        }
        core.shard.turn_catalogs(arrival.now, &mut core.journal);
        let service = ServiceName::Context(request.service_context_id);
        let unit = core
            .shard
            .unit_of(address.account, request.session_id, service);
        let numbering = core.shard.numbering(address.account, &self.directory);
        let parts = Parts::of(request, numbering);
        let state = request
            .origin_state_id
            .unwrap_or_else(|| self.state_of(request.origin_host));
        let built = parts.as_ref().map_err(Clone::clone);
        let charging = built.and_then(|parts| {
            let relation = self.relation(core, address, kind(request), parts.destination());
            build(request, parts, (address, state), unit, relation, arrival)
        });
        let mut charging = match charging {
            Ok(charging) => charging,
            Err(failure) => {
                let context = request.answer_context();
                self.count(core, arrival.peer, request, failure.result_code);
                self.send(core, arrival, immediate, |out| {
                    write_failure(&failure, arrival.identity, &context, out);
                });
                return true;
            }
        };
        let (now, profile) = (arrival.now, arrival.profile);
        let limit = profile.depleted_updates;
        let closes =
            limit.is_some_and(|limit| core.depletions.close_when_idle(&mut charging, limit, now));
        let outcome = core.shard.charge(&charging, now, &mut core.journal);
        let (mut answer, mut held) = match outcome {
            Outcome::Held(answer) => (answer, true),
            Outcome::Immediate(answer) => (answer, false),
        };
        if answer.needs_evidence && self.park_diameter(core, &charging, address, arrival) {
            return true;
        }
        if closes {
            // To the gateway it was an update without credit; its session ends with it.
            answer = Answer::of(ResultCode::CREDIT_LIMIT_REACHED);
        } else if limit.is_some() {
            core.depletions.note(&charging, &answer, profile, now);
        }
        if is_repeated_termination(profile, core, &charging, &answer) {
            // Not before the one that closed the session is durable.
            (answer, held) = (Answer::success(), true);
        }
        self.count(core, arrival.peer, request, u32::from(answer.result.0));
        let account = core.shard.account_at(address.account);
        let currency = account.map(|account| account.currency);
        let granting = matches!(charging.kind, Kind::Initial | Kind::Update);
        if held {
            self.trace(core, request, &answer, arrival);
        }
        let ShardCore {
            shard, held: out, ..
        } = core;
        let terms = granting
            .then(|| shard.grant_terms(request.session_id))
            .flatten();
        let who = (&**arrival.identity, &**profile, self.config.on_failure());
        let write = |out: &mut Vec<u8>| write_answer(&answer, request, (currency, terms), who, out);
        self.send_from(out, arrival, immediate.filter(|_| !held), write);
        true
    }

    /// Whether the other party is a line of the tenant, and of a closed user group of the line.
    /// Only what opens a session or is an event is priced by it.
    pub(crate) fn relation(
        &self,
        core: &ShardCore,
        address: LineAddress,
        kind: Kind,
        destination: &str,
    ) -> (bool, bool) {
        if matches!(kind, Kind::Update | Kind::Terminate) || destination.is_empty() {
            return (false, false);
        }
        core.shard.relation(
            (address.account, address.line),
            destination,
            &self.directory,
        )
    }

    pub(crate) fn send(
        &self,
        core: &mut ShardCore,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        self.send_from(&mut core.held, arrival, immediate, write);
    }

    fn send_from(
        &self,
        held: &mut Held,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        match immediate {
            Some(out) => write(out),
            None => {
                let deadline = arrival.now + self.config.answer_deadline_ms;
                held.hold(arrival.connection, deadline, |out| match arrival.tag {
                    0 => write(out),
                    tag => append(out, EntryKind::Answer, tag, write),
                });
            }
        }
    }

    pub(crate) fn count(
        &self,
        core: &mut ShardCore,
        peer: u16,
        request: &CreditControlRequest<'_>,
        result: u32,
    ) {
        *core
            .counters
            .entry((peer, kind_word(kind(request)), result))
            .or_default() += 1;
    }

    pub(crate) fn count_refused(&self, peer: u16, word: &'static str, result: u32) {
        *self.refused.lock().entry((peer, word, result)).or_default() += 1;
    }

    pub(crate) fn trace(
        &self,
        core: &mut ShardCore,
        request: &CreditControlRequest<'_>,
        answer: &Answer,
        arrival: &Arrival<'_>,
    ) {
        if !sampled(request.session_id, self.config.trace_one_in) {
            return;
        }
        core.held.spans.push(Span {
            session: request.session_id.to_owned(),
            peer: request.origin_host.to_owned(),
            kind: kind_word(kind(request)),
            number: request.request_number,
            result: answer.result.0,
            shard: core.id,
            received_ns: arrival.received_ns,
            applied_ns: now_ns(),
            taken_ns: 0,
            committed_ns: 0,
        });
    }
}
