//! Requests of a subscriber somebody looks at: served as all others are, and copied.

use crate::account_view::account_json;
use crate::batch::Held;
use crate::control::RequestJson;
use crate::identities::identities;
use crate::link_wire::entries;
use crate::live_trace::{Traced, Watchers};
use crate::session_view::session_json;
use crate::shard_cell::ShardCore;
use openmvno_charging::{Evidence, IdentityDirectory, LineAddress};
use openmvno_diameter::CreditControlRequest;
use serde_json::json;

use crate::node::{Arrival, Node};

/// How things stood before a request.
struct Before {
    watchers: Watchers,
    state: String,
    journal: usize,
    answers: usize,
    outcomes: usize,
}

impl Node {
    /// See [`Node::decide_diameter`].
    #[inline]
    pub(crate) fn charge_diameter(
        &self,
        core: &mut ShardCore,
        request: &CreditControlRequest<'_>,
        address: LineAddress,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
    ) -> bool {
        if self.live_traces.any() {
            return self.charge_watched(core, request, address, arrival, immediate);
        }
        self.decide_diameter(core, request, address, arrival, immediate)
    }

    #[cold]
    fn charge_watched(
        &self,
        core: &mut ShardCore,
        request: &CreditControlRequest<'_>,
        address: LineAddress,
        arrival: &Arrival<'_>,
        mut immediate: Option<&mut Vec<u8>>,
    ) -> bool {
        let Some(before) = self.before(core, address, request.session_id) else {
            return self.decide_diameter(core, request, address, arrival, immediate);
        };
        let written = immediate.as_ref().map_or(0, |out| out.len());
        let done = self.decide_diameter(core, request, address, arrival, immediate.as_deref_mut());
        let at_once = immediate.map_or(&[][..], |out| &out[written..]);
        let held = core.held.answers.get(before.answers);
        let held = held.map(|held| &core.held.bytes[held.start as usize..held.end as usize]);
        // To another node's door the answer goes in an entry of its own.
        let held = match arrival.tag {
            0 => held,
            _ => held.and_then(|held| entries(held).next().map(|entry| entry.octets)),
        };
        let answer = held.unwrap_or(at_once).to_vec();
        let is_held = held.is_some();
        if !answer.is_empty() {
            let exchange = Traced {
                door: "diameter",
                peer: request.origin_host.to_owned(),
                session: request.session_id.to_owned(),
                at: arrival.now,
                request: arrival.frame.to_vec(),
                answer,
                ..Traced::default()
            };
            self.note(core, before, address, exchange, is_held);
        }
        done
    }

    /// See [`Node::decide_control`].
    pub(crate) fn charge_control(
        &self,
        core: &mut ShardCore,
        request: &RequestJson,
        address: LineAddress,
        (token, now): (u64, i64),
        evidence: Evidence,
    ) -> Option<Box<[u8]>> {
        let watched = self.live_traces.any();
        let before = watched.then(|| self.before(core, address, request.session()));
        let outcome = self.decide_control(core, request, address, (token, now), evidence);
        if let Some(before) = before.flatten() {
            let held = core.held.outcomes.get(before.outcomes);
            let held = held.map(|(_, outcome)| outcome.to_vec());
            let is_held = held.is_some();
            let answer = held.or_else(|| outcome.as_deref().map(<[u8]>::to_vec));
            if let Some(answer) = answer {
                let exchange = Traced {
                    door: "engine",
                    peer: request.origin().to_owned(),
                    session: request.session().to_owned(),
                    at: now,
                    request: request.source().to_vec(),
                    answer,
                    ..Traced::default()
                };
                self.note(core, before, address, exchange, is_held);
            }
        }
        outcome
    }

    /// A request that was refused before any shard served it, with its answer.
    pub(crate) fn note_refused(
        &self,
        request: &CreditControlRequest<'_>,
        arrival: &Arrival<'_>,
        answer: &[u8],
    ) {
        if !self.live_traces.any() {
            return;
        }
        let numbering = self.directory.numbering();
        let named = identities(request, numbering, arrival.profile);
        let session = request.session_id;
        let watchers = self
            .live_traces
            .watchers(|subject| subject.is_named_by(&named, session));
        if watchers.is_empty() {
            return;
        }
        let exchange = Traced {
            door: "diameter",
            peer: request.origin_host.to_owned(),
            session: session.to_owned(),
            at: arrival.now,
            answered: arrival.now,
            request: arrival.frame.to_vec(),
            answer: answer.to_vec(),
            ..Traced::default()
        };
        self.live_traces.put(&watchers, exchange);
    }

    /// How things stand, when somebody looks at the line or the session.
    fn before(&self, core: &ShardCore, address: LineAddress, session: &str) -> Option<Before> {
        let account = core.shard.account_at(address.account)?;
        let line = account.lines.get(usize::from(address.line))?.id;
        let tenant = core.shard.tenant_of(account);
        let watchers = self
            .live_traces
            .watchers(|subject| subject.is((tenant, line), session));
        (!watchers.is_empty()).then(|| Before {
            watchers,
            state: state_json(core, address, session),
            journal: core.journal.len(),
            answers: core.held.answers.len(),
            outcomes: core.held.outcomes.len(),
        })
    }

    /// The batch that held them is durable.
    pub(crate) fn show_traced(&self, held: &mut Held, now: i64) {
        for (watchers, mut exchange) in held.traced.drain(..) {
            let in_time =
                exchange.door != "diameter" || exchange.at + self.config.answer_deadline_ms >= now;
            exchange.answered = if in_time { now } else { 0 };
            self.live_traces.put(&watchers, exchange);
        }
    }

    fn note(
        &self,
        core: &mut ShardCore,
        before: Before,
        address: LineAddress,
        mut exchange: Traced,
        is_held: bool,
    ) {
        exchange.shard = Some(core.id);
        exchange.journal = core.journal.payload_since(before.journal);
        exchange.after = state_json(core, address, &exchange.session);
        exchange.before = before.state;
        if is_held {
            core.held.traced.push((before.watchers, exchange));
        } else {
            exchange.answered = exchange.at;
            self.live_traces.put(&before.watchers, exchange);
        }
    }
}

/// The account as a quote takes it, and the open session.
fn state_json(core: &ShardCore, address: LineAddress, session: &str) -> String {
    let shard = &core.shard;
    let Some(account) = shard.account_at(address.account) else {
        return String::new();
    };
    let line = account.lines.get(usize::from(address.line));
    let mut open = shard.open_sessions(account);
    let open = open.find(|one| &*one.id == session);
    json!({
        "account_id": account.id,
        "line": line.map(|line| line.id),
        "account": account_json(account, shard.catalog_of(account), shard.clock()),
        "session": open.map(|one| session_json(shard, one)),
    })
    .to_string()
}
