//! A Credit-Control-Request on its way to its shard and its answer on the way out.

use crate::adaptation::{self, is_repeated_termination};
use crate::batch::Held;
use crate::diameter_answer::{write_answer, write_failure};
use crate::diameter_request::{Parts, build, kind, kind_word};
use crate::shard_cell::{Job, ShardCore};
use crate::span::{Span, now_ns, sampled};
use openmvno_charging::{Answer, Kind, LineAddress, Outcome, ResultCode, ServiceName};
use openmvno_diameter::protocol_error::refuse_overloaded;
use openmvno_diameter::{CreditControlRequest, Message};
use std::sync::Arc;

use crate::node::{Arrival, Node};

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
        self.serve_request(&request, message, arrival, out);
    }

    pub(crate) fn serve_request(
        &self,
        request: &CreditControlRequest<'_>,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        out: &mut Vec<u8>,
    ) {
        if request.origin_host != arrival.peer_host {
            self.routes.came_by(request.origin_host, arrival.connection);
        }
        let overload = arrival.profile.overload;
        if let Some(state) = request.origin_state_id {
            self.peer_state(request.origin_host, state, arrival.now);
        }
        let word = kind_word(kind(request));
        if !self.serves() {
            self.count_refused(arrival.peer, word, 3_004);
            refuse_overloaded(&self.identity, message, overload, out);
            return;
        }
        let address = match self.locate(request, arrival.profile) {
            Ok(address) => address,
            Err(failure) => {
                if let Some(iccid) = self.unknown_card(request, arrival.profile) {
                    if !self.park_card(iccid, arrival) {
                        self.count_refused(arrival.peer, word, 3_004);
                        refuse_overloaded(&self.identity, message, overload, out);
                    }
                    return;
                }
                self.count_refused(arrival.peer, word, failure.result_code);
                return write_failure(&failure, &self.identity, &request.answer_context(), out);
            }
        };
        let cell = &self.shards[usize::from(address.shard)];
        let now = |core: &mut ShardCore| {
            self.charge_diameter(core, request, address, arrival, Some(&mut *out))
        };
        let later = || Job::Diameter {
            connection: arrival.connection,
            peer: arrival.peer,
            profile: Arc::clone(arrival.profile),
            frame: arrival.frame.into(),
            now: arrival.now,
        };
        let served = cell.run(now, later, &|core, job| self.serve_queued(core, job));
        if !matches!(served, Ok(Some(true) | None)) {
            self.count_refused(arrival.peer, word, 3_004);
            refuse_overloaded(&self.identity, message, overload, out);
        }
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
                    write_failure(&failure, &self.identity, &context, out);
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
        let who = (&*self.identity, &**profile, self.config.on_failure());
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
                held.hold(arrival.connection, deadline, write);
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
