//! The door's side of a link: requests go to the node that has their shard, answers come back, orders
//! of other nodes leave by our connections.

use crate::adaptation;
use crate::batch::{Held, Released};
use crate::control::{Refused, RequestJson};
use crate::control_door::{Placed as PlacedJson, unknown};
use crate::credit_control::Placed;
use crate::diameter_answer::write_failure;
use crate::diameter_request::kind;
use crate::forwards::{Body, Course, Due, Forwarded, Owners, RelayedOrder};
use crate::link_wire::{EntryKind, append, entries};
use crate::locating::result;
use crate::node::{Arrival, Node};
use crate::outcome::{refused_json, unknown_json};
use openmvno_charging::{Evidence, Kind, ResultCode};
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::protocol_error::refuse_overloaded;
use openmvno_diameter::{CreditControlRequest, Message};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What leaves by our own doors.
#[derive(Debug, Default)]
struct Leaving {
    writes: BTreeMap<u32, Vec<u8>>,
    outcomes: Vec<(u64, Box<[u8]>)>,
}

impl Leaving {
    fn write(&mut self, connection: u32, octets: &[u8]) {
        if !octets.is_empty() {
            let out = self.writes.entry(connection).or_default();
            out.extend_from_slice(octets);
        }
    }
}

/// What is to come of a request that is tried again.
enum Next {
    /// It is answered, or will be.
    Done,
    /// Another node may have applied it, so a refusal would not be the truth.
    Later,
    /// By the owner of this shard; `None`: of any that knows what it is about.
    Elsewhere(Option<u16>),
}

impl Node {
    /// There are other nodes to send requests to, so that what is not ours may wait for one.
    pub fn set_forwarding(&self, on: bool) {
        self.forwards.set_open(on);
    }

    /// Another node can be reached.
    pub fn link_up(&self, node: u64) {
        let mut greeting = Vec::new();
        let hosts = serde_json::json!(self.routes.hosts());
        append(&mut greeting, EntryKind::Reaches, 0, |out| {
            out.extend_from_slice(hosts.to_string().as_bytes());
        });
        for (host, state) in &self.states.pin() {
            append(&mut greeting, EntryKind::PeerState, 0, |out| {
                out.extend_from_slice(&state_json(host, *state));
            });
        }
        self.forwards.link_up(node, greeting);
    }

    /// Another node cannot be reached any more.
    pub fn link_down(&self, node: u64) {
        self.forwards.link_down(node);
    }

    /// What is to be sent to other nodes.
    pub fn outgoing(&self) -> Vec<(u64, Vec<u8>)> {
        self.forwards.outgoing()
    }

    /// A batch of a node that our doors' requests were sent to.
    pub fn forward_answers(&self, node: u64, batch: &[u8], now: i64) -> Released {
        let mut leaving = Leaving::default();
        for entry in entries(batch) {
            match entry.kind {
                EntryKind::Answer => match self.forwards.answered(entry.tag) {
                    Some(Body::Diameter { connection, .. }) => {
                        leaving.write(connection, entry.octets);
                    }
                    Some(Body::Control { token, .. }) => {
                        leaving.outcomes.push((token, entry.octets.into()));
                    }
                    None => {}
                },
                EntryKind::NotHere => {
                    if let Some(request) = self.forwards.not_here(entry.tag, node, now) {
                        self.decide_again(entry.tag, request, now, &mut leaving);
                    }
                }
                EntryKind::Order => self.relay_order(node, entry.octets, now, &mut leaving),
                _ => {}
            }
        }
        self.released(leaving)
    }

    /// What waited for an owner is tried again; what waited too long is refused.
    pub fn forward_turn(&self, now: i64) -> Released {
        let mut leaving = Leaving::default();
        for due in self.forwards.due(now, self.config.answer_deadline_ms) {
            match due {
                Due::Again(tag, request) => self.decide_again(tag, request, now, &mut leaving),
                Due::Refused(request) => self.give_back(&request.body, now, &mut leaving),
                Due::Lost(request) => {
                    // The gateway asks again, and gets the true answer.
                    if let Body::Control { token, .. } = request.body {
                        leaving.outcomes.push((token, unknown_json()));
                    }
                }
            }
        }
        self.released(leaving)
    }

    fn released(&self, mut leaving: Leaving) -> Released {
        Released {
            bundles: self.bundles.settle(&mut leaving.outcomes),
            writes: leaving.writes.into_iter().collect(),
            outcomes: leaving.outcomes,
            ..Released::default()
        }
    }

    fn owners(&self) -> Owners<'_> {
        Owners {
            own: self.config.owner,
            by_shard: &self.owners,
        }
    }

    /// Sends a request to the owner of a shard, or to whoever may know it. Returns false when it is to
    /// be refused; else it is answered later, or in `out` when no node knows it.
    pub(crate) fn forward_diameter(
        &self,
        arrival: &Arrival<'_>,
        shard: Option<u16>,
        out: &mut Vec<u8>,
    ) -> bool {
        if !self.forwards.is_open() {
            return false;
        }
        let body = Body::Diameter {
            connection: arrival.connection,
            peer: arrival.peer,
            host: arrival.peer_host.into(),
            profile: Arc::clone(arrival.profile),
            frame: arrival.frame.into(),
        };
        match self.forwards.take(body, shard, arrival.now, &self.owners()) {
            Some(Course::Away) => true,
            Some(Course::Nowhere(body)) => {
                self.answer_unknown(&body, arrival.now, out);
                true
            }
            None => false,
        }
    }

    pub(crate) fn forward_control(
        &self,
        token: u64,
        json: &[u8],
        shard: Option<u16>,
        now: i64,
    ) -> Result<Option<Box<[u8]>>, Refused> {
        if !self.forwards.is_open() {
            return Err(Refused::Overloaded);
        }
        let json = json.into();
        let body = Body::Control { token, json };
        match self.forwards.take(body, shard, now, &self.owners()) {
            Some(Course::Away) => Ok(None),
            Some(Course::Nowhere(body)) => Ok(unknown_outcome(&body)),
            None => Err(Refused::Overloaded),
        }
    }

    /// A request that waited here for a shard that has gone to another node meanwhile.
    pub(crate) fn serve_moved(&self, arrival: &Arrival<'_>, shard: u16, held: &mut Held) {
        self.serve_away(arrival, Some(shard), held);
    }

    /// A request that waited here, about what only other nodes may know.
    pub(crate) fn serve_unknown(&self, arrival: &Arrival<'_>, held: &mut Held) {
        self.serve_away(arrival, None, held);
    }

    fn serve_away(&self, arrival: &Arrival<'_>, shard: Option<u16>, held: &mut Held) {
        let deadline = arrival.now + self.config.answer_deadline_ms;
        if arrival.tag != 0 {
            return held.hold(arrival.connection, deadline, |out| {
                append(out, EntryKind::NotHere, arrival.tag, |_| {});
            });
        }
        let mut out = Vec::new();
        if !self.forward_diameter(arrival, shard, &mut out) {
            if let Ok(message) = Message::parse(arrival.frame) {
                let overload = arrival.profile.overload;
                refuse_overloaded(arrival.identity, &message, overload, &mut out);
            }
        }
        if !out.is_empty() {
            held.hold(arrival.connection, deadline, |held| held.append(&mut out));
        }
    }

    /// The same of a request in JSON.
    pub(crate) fn submit_again(
        &self,
        token: u64,
        request: &RequestJson,
        shard: u16,
        now: i64,
        held: &mut Held,
    ) {
        // Another door is told that it was not taken, as it would be of a full queue.
        let forwarded = if Self::is_linked(token) {
            Err(Refused::Overloaded)
        } else {
            self.forward_control(token, request.source(), Some(shard), now)
        };
        let outcome = forwarded.unwrap_or_else(|refused| Some(refused_json(&refused)));
        held.outcomes
            .extend(outcome.map(|outcome| (token, outcome)));
    }

    fn decide_again(&self, tag: u64, mut request: Forwarded, now: i64, leaving: &mut Leaving) {
        let may_be_applied = request.may_be_applied();
        let next = match &request.body {
            body @ Body::Diameter { connection, .. } => {
                let mut out = Vec::new();
                let placed = self.with_request(body, now, |message, request, arrival| {
                    let placed = self.decide_here(request, arrival, Some(&mut out));
                    if matches!(placed, Placed::Refused) && !may_be_applied {
                        self.refuse(request, message, arrival, &mut out);
                    }
                    placed
                });
                leaving.write(*connection, &out);
                match placed {
                    Some(Placed::Elsewhere(shard)) => Next::Elsewhere(shard),
                    Some(Placed::Refused) if may_be_applied => Next::Later,
                    _ => Next::Done,
                }
            }
            Body::Control { token, json } => {
                let placed =
                    RequestJson::parse(json).and_then(|request| self.place(*token, &request, now));
                let (outcome, next) = match placed {
                    Ok(PlacedJson::Now(outcome)) => (Some(outcome), Next::Done),
                    Ok(PlacedJson::Later) => (None, Next::Done),
                    Ok(PlacedJson::Elsewhere(shard)) => (None, Next::Elsewhere(shard)),
                    Err(Refused::Overloaded) if may_be_applied => (None, Next::Later),
                    Err(refused) => (Some(refused_json(&refused)), Next::Done),
                };
                let outcome = outcome.map(|outcome| (*token, outcome));
                leaving.outcomes.extend(outcome);
                next
            }
        };
        match next {
            Next::Done => return,
            Next::Later => return self.forwards.keep(tag, request, now),
            Next::Elsewhere(shard) => request.shard = shard,
        }
        if let Course::Nowhere(body) = self.forwards.resend(tag, request, now, &self.owners()) {
            match &body {
                Body::Diameter { connection, .. } => {
                    let mut out = Vec::new();
                    self.answer_unknown(&body, now, &mut out);
                    leaving.write(*connection, &out);
                }
                Body::Control { token, .. } => {
                    let outcome = unknown_outcome(&body);
                    let outcome = outcome.map(|outcome| (*token, outcome));
                    leaving.outcomes.extend(outcome);
                }
            }
        }
    }

    /// No node could take it in time.
    fn give_back(&self, body: &Body, now: i64, leaving: &mut Leaving) {
        match body {
            Body::Diameter { connection, .. } => {
                let mut out = Vec::new();
                self.with_request(body, now, |message, request, arrival| {
                    self.refuse(request, message, arrival, &mut out);
                });
                leaving.write(*connection, &out);
            }
            Body::Control { token, .. } => {
                let refused = refused_json(&Refused::Overloaded);
                leaving.outcomes.push((*token, refused));
            }
        }
    }

    /// No node knows what it is about.
    fn answer_unknown(&self, body: &Body, now: i64, out: &mut Vec<u8>) {
        self.with_request(body, now, |_, request, arrival| {
            let failure = unknown_failure(request);
            self.count_refused(
                arrival.peer,
                crate::diameter_request::kind_word(kind(request)),
                failure.result_code,
            );
            write_failure(&failure, arrival.identity, &request.answer_context(), out);
        });
    }

    fn with_request<T>(
        &self,
        body: &Body,
        now: i64,
        serve: impl FnOnce(&Message<'_>, &CreditControlRequest<'_>, &Arrival<'_>) -> T,
    ) -> Option<T> {
        let Body::Diameter {
            connection,
            peer,
            host,
            profile,
            frame,
        } = body
        else {
            return None;
        };
        let arrival = Arrival {
            connection: *connection,
            tag: 0,
            peer: *peer,
            identity: &self.identity,
            peer_host: host,
            profile,
            frame,
            now,
            received_ns: 0,
            evidence: Evidence::Unasked,
        };
        let message = Message::parse(frame).ok()?;
        let mut request = CreditControlRequest::unread(&message);
        adaptation::read(&mut request, &message, profile).ok()?;
        Some(serve(&message, &request, &arrival))
    }

    /// A host is reached by a connection of ours.
    pub(crate) fn tell_reach(&self, host: &str) {
        let hosts = serde_json::json!([host]).to_string();
        self.forwards
            .tell(None, EntryKind::Reaches, hosts.as_bytes());
    }

    /// A host named its Origin-State-Id.
    pub(crate) fn tell_peer_state(&self, host: &str, state: u32) {
        let octets = state_json(host, state);
        self.forwards.tell(None, EntryKind::PeerState, &octets);
    }

    /// An order of another node, to leave by whichever connection reaches its gateway.
    fn relay_order(&self, node: u64, octets: &[u8], now: i64, leaving: &mut Leaving) {
        let Ok(message) = Message::parse(octets) else {
            return;
        };
        let host = message.avps().find(avp::DESTINATION_HOST);
        let Some(host) = host.and_then(|host| std::str::from_utf8(host.data).ok()) else {
            return;
        };
        let is_own = |id: u32| !self.links.has(id) && self.may_send(id);
        let Some(connection) = self.routes.to(host, is_own) else {
            return;
        };
        let own = self.orders.lock().next_identifier();
        let order = RelayedOrder {
            node,
            hop_by_hop: message.header.hop_by_hop,
            since: now,
        };
        self.forwards.order_sent(own, order);
        leaving.write(connection, &with_hop_by_hop(octets, own));
    }

    /// Passes the answer to an order on when the order was another node's.
    pub(crate) fn pass_order_answer(&self, message: &Message<'_>, frame: &[u8]) -> bool {
        if !self.forwards.is_open() {
            return false;
        }
        let Some(order) = self.forwards.order_answered(message.header.hop_by_hop) else {
            return false;
        };
        let octets = with_hop_by_hop(frame, order.hop_by_hop);
        self.forwards
            .tell(Some(order.node), EntryKind::OrderAnswer, &octets);
        true
    }
}

fn state_json(host: &str, state: u32) -> Vec<u8> {
    serde_json::json!([host, state]).to_string().into_bytes()
}

/// A message under another Hop-by-Hop Identifier (RFC 6733 §3).
fn with_hop_by_hop(frame: &[u8], hop_by_hop: u32) -> Vec<u8> {
    let mut octets = frame.to_vec();
    if let Some(place) = octets.get_mut(12..16) {
        place.copy_from_slice(&hop_by_hop.to_be_bytes());
    }
    octets
}

fn unknown_failure(request: &CreditControlRequest<'_>) -> Failure {
    if matches!(kind(request), Kind::Update | Kind::Terminate) {
        return result(ResultCode::UNKNOWN_SESSION_ID);
    }
    if request.subscription_ids.is_empty() {
        return Failure::missing(avp::SUBSCRIPTION_ID);
    }
    result(ResultCode::USER_UNKNOWN)
}

fn unknown_outcome(body: &Body) -> Option<Box<[u8]>> {
    let Body::Control { json, .. } = body else {
        return None;
    };
    RequestJson::parse(json)
        .ok()
        .map(|request| unknown(&request))
}
