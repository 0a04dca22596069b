//! A Credit-Control-Request on its way to its shard and its answer on the way out.

use crate::diameter_answer::{write_answer, write_failure};
use crate::diameter_request::{Parts, build, identities, kind, kind_word};
use crate::shard_cell::{Job, ShardCore};
use crate::span::{Span, now_ns, sampled};
use openmvno_charging::{
    Answer, IdentityDirectory, Kind, LineAddress, Outcome, ResultCode, ServiceName,
};
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::protocol_error::refuse_overloaded;
use openmvno_diameter::{AnswerContext, CreditControlRequest, Message, dictionary as avp};
use std::sync::atomic::Ordering;

use crate::node::{Arrival, Node};

impl Node {
    pub(crate) fn credit_control(
        &self,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        out: &mut Vec<u8>,
    ) {
        let request = match CreditControlRequest::parse(message) {
            Ok(request) => request,
            Err(failure) => {
                self.count_refused(arrival.peer, "malformed", failure.result_code);
                let context = AnswerContext::of(message);
                return write_failure(&failure, &self.identity, &context, out);
            }
        };
        if let Some(state) = request.origin_state_id {
            self.peer_state(request.origin_host, state, arrival.now);
        }
        let word = kind_word(kind(&request));
        if !self.storage.load(Ordering::Relaxed) {
            self.count_refused(arrival.peer, word, 3_004);
            refuse_overloaded(&self.identity, message, out);
            return;
        }
        let address = match self.locate(&request) {
            Ok(address) => address,
            Err(failure) => {
                self.count_refused(arrival.peer, word, failure.result_code);
                return write_failure(&failure, &self.identity, &request.answer_context(), out);
            }
        };
        let cell = &self.shards[usize::from(address.shard)];
        let now = |core: &mut ShardCore| {
            self.charge_diameter(core, &request, address, arrival, Some(&mut *out))
        };
        let later = || Job::Diameter {
            connection: arrival.connection,
            peer: arrival.peer,
            frame: arrival.frame.into(),
            now: arrival.now,
        };
        let served = cell.run(now, later, &|core, job| self.serve_queued(core, job));
        if !matches!(served, Ok(Some(true) | None)) {
            self.count_refused(arrival.peer, word, 3_004);
            refuse_overloaded(&self.identity, message, out);
        }
    }

    /// The line a request is about: by Subscription-Id, or by its open session when it names none.
    pub(crate) fn locate(
        &self,
        request: &CreditControlRequest<'_>,
    ) -> Result<LineAddress, Failure> {
        let named = identities(request, self.directory.numbering());
        let running = matches!(kind(request), Kind::Update | Kind::Terminate);
        let by_identity = named
            .iter()
            .find_map(|&identity| self.directory.holder(identity));
        if running {
            return self
                .locate_session(request.session_id, by_identity)
                .or(by_identity)
                .ok_or_else(|| result(ResultCode::UNKNOWN_SESSION_ID));
        }
        if request.subscription_ids.is_empty() {
            return Err(Failure::missing(avp::SUBSCRIPTION_ID));
        }
        by_identity.ok_or_else(|| result(ResultCode::USER_UNKNOWN))
    }

    /// Where a session is open or remembered: on its subscriber's shard, or on any when the
    /// request names no subscriber or the subscriber has moved.
    pub(crate) fn locate_session(
        &self,
        session: &str,
        hint: Option<LineAddress>,
    ) -> Option<LineAddress> {
        let on = |shard: u16, hint: Option<LineAddress>| {
            let core = self.shards[usize::from(shard)].lock();
            match core.shard.session_owner(session) {
                Some((account, line)) => Some(LineAddress {
                    shard,
                    account,
                    line,
                }),
                None if core.shard.remembers(session) => Some(hint.unwrap_or(LineAddress {
                    shard,
                    account: 0,
                    line: 0,
                })),
                None => None,
            }
        };
        if let Some(found) = hint.and_then(|hint| on(hint.shard, Some(hint))) {
            return Some(found);
        }
        let others = 0..self.config.shards;
        others
            .filter(|&shard| hint.is_none_or(|hint| hint.shard != shard))
            .find_map(|shard| on(shard, None))
    }

    /// Hands a request to its shard; the answer goes to `immediate` when nothing has to be durable
    /// first, else it is held. Returns false when the shard is overloaded.
    pub(crate) fn charge_diameter(
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
        let when = (arrival.now, arrival.evidence);
        let state = request
            .origin_state_id
            .unwrap_or_else(|| self.state_of(request.origin_host));
        let built = parts.as_ref().map_err(Clone::clone);
        let charging = built.and_then(|parts| {
            let relation = self.relation(core, address, kind(request), parts.destination());
            build(request, parts, (address, state), unit, relation, when)
        });
        let charging = match charging {
            Ok(charging) => charging,
            Err(failure) => {
                let context = request.answer_context();
                self.count(core, arrival.peer, request, failure.result_code);
                self.send(core, arrival, immediate, |out| {
                    write_failure(&failure, &self.identity, &context, out);
                });
                return true;
            }
        };
        let outcome = core.shard.charge(&charging, arrival.now, &mut core.journal);
        let (answer, held) = match outcome {
            Outcome::Held(answer) => (answer, true),
            Outcome::Immediate(answer) => (answer, false),
        };
        if answer.needs_evidence && self.park_diameter(core, &charging, address, arrival) {
            return true;
        }
        self.count(core, arrival.peer, request, u32::from(answer.result.0));
        let account = core.shard.account_at(address.account);
        let currency = account.map(|account| account.currency);
        if held {
            self.trace(core, request, &answer, arrival);
        }
        self.send(core, arrival, immediate.filter(|_| !held), |out| {
            write_answer(&answer, request, currency, &self.identity, out);
        });
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
        match immediate {
            Some(out) => write(out),
            None => {
                let deadline = arrival.now + self.config.answer_deadline_ms;
                core.held.hold(arrival.connection, deadline, write);
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

pub(crate) fn result(code: ResultCode) -> Failure {
    let words = match code {
        ResultCode::USER_UNKNOWN => "no line has this Subscription-Id",
        _ => "no such session is open",
    };
    Failure::new(u32::from(code.0), words)
}
