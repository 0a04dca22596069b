//! Orders of the shards (see [`openmvno_charging::Order`]) on their way to the gateways.
//!
//! Each gateway has a queue with a limit and a rate of its own, so that a change that concerns many
//! sessions does not bring them all back at once. A request without an answer is sent again a few
//! times; what does not get through is forgotten, since the gateway comes by itself when its grant's
//! Validity-Time is over.

use crate::order_queue::{Queue, Waiting};
use hashbrown::HashMap;
use openmvno_charging::{Order, OrderKind};
use openmvno_diameter::LocalIdentity;
use openmvno_diameter::result_code;
use openmvno_diameter::session_request::{SessionAnswer, SessionCommand, SessionRequest};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long an answer is awaited before the request is sent again, milliseconds.
const ANSWER_TIMEOUT_MS: i64 = 3_000;
/// How long after a refusal that may pass the request is sent again, milliseconds.
const RETRY_MS: i64 = 1_000;
/// A request is sent at most so often.
const ATTEMPTS: u8 = 3;

#[derive(Debug)]
struct Sent {
    waiting: Waiting,
    /// When it is sent again.
    deadline: i64,
}

/// What became of orders, for metrics.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct OrderCounts {
    pub(crate) waiting: usize,
    pub(crate) outstanding: usize,
    /// First attempts.
    pub(crate) sent: u64,
    pub(crate) repeated: u64,
    pub(crate) answered: u64,
    /// For want of room, time, a connection or an answer.
    pub(crate) dropped: u64,
}

/// All orders on their way.
#[derive(Debug)]
pub(crate) struct Orders {
    queues: BTreeMap<Box<str>, Queue>,
    /// By Hop-by-Hop Identifier.
    outstanding: HashMap<u32, Sent>,
    identifier: u32,
    per_second: i64,
    waiting_limit: usize,
    counts: OrderCounts,
}

impl Orders {
    /// `per_second`: requests to one gateway; `waiting_limit`: orders that may wait for one.
    pub(crate) fn new(per_second: u32, waiting_limit: usize) -> Self {
        Self {
            queues: BTreeMap::new(),
            outstanding: HashMap::new(),
            identifier: 1,
            per_second: i64::from(per_second.max(1)),
            waiting_limit,
            counts: OrderCounts::default(),
        }
    }

    /// Identifiers begin with the low bits of the time, so that a restart does not repeat those of the
    /// last minutes (RFC 6733 §3).
    pub(crate) fn start(&mut self, now: i64) {
        if self.identifier != 1 {
            return;
        }
        let seconds = u32::try_from(now.div_euclid(1_000) & 0xfff).unwrap_or(0);
        self.identifier = seconds << 20 | 1;
    }

    pub(crate) fn next_identifier(&mut self) -> u32 {
        self.identifier = self.identifier.wrapping_add(1);
        self.identifier
    }

    /// Takes an order whose cause is durable. One that waits for the same session stands for both; an
    /// order to end it stays one.
    pub(crate) fn enqueue(&mut self, shard: u16, order: Order, now: i64) {
        let end_to_end = self.next_identifier();
        let queue = self.queues.entry(order.gateway.clone());
        let queue = queue.or_insert_with(|| Queue::new(now, self.per_second));
        if let Some(known) = queue.of_session(&order.session) {
            if known.order.kind == OrderKind::Reauthorise {
                known.order = order;
            }
            return;
        }
        if queue.len() >= self.waiting_limit {
            self.counts.dropped += 1;
            return;
        }
        queue.push(Waiting {
            shard,
            order,
            since: now,
            attempts: 0,
            end_to_end,
        });
    }

    /// How many more orders a change that concerns many sessions may make now: less than what would
    /// fill half of the fullest queue.
    pub(crate) fn room(&self) -> usize {
        let fullest = self.queues.values().map(|queue| queue.len());
        (self.waiting_limit / 2).saturating_sub(fullest.max().unwrap_or(0))
    }

    /// The requests whose turn it is, by connection. By another node's door they leave in its name.
    /// `route` finds the one to a gateway,
    /// `wanted` says whether an order still has a point.
    pub(crate) fn due(
        &mut self,
        now: i64,
        (own, other_door): (&LocalIdentity, &dyn Fn(u32) -> Option<Arc<LocalIdentity>>),
        route: impl Fn(&str) -> Option<u32>,
        wanted: impl Fn(u16, &Order) -> bool,
    ) -> Vec<(u32, Vec<u8>)> {
        self.repeat_unanswered(now);
        let mut writes: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        let mut sent = Vec::new();
        for (gateway, queue) in &mut self.queues {
            queue.refill(now, self.per_second);
            self.counts.dropped += queue.forget_old(now);
            let Some(connection) = route(gateway) else {
                continue;
            };
            while let Some(waiting) = queue.next() {
                if wanted(waiting.shard, &waiting.order) {
                    queue.spend();
                    sent.push((connection, waiting));
                }
            }
        }
        self.queues
            .retain(|_, queue| !queue.is_idle(self.per_second));
        for (connection, waiting) in sent {
            let out = writes.entry(connection).or_default();
            let other = other_door(connection);
            self.send(waiting, now, other.as_deref().unwrap_or(own), out);
        }
        writes.into_iter().collect()
    }

    fn send(
        &mut self,
        mut waiting: Waiting,
        now: i64,
        identity: &LocalIdentity,
        out: &mut Vec<u8>,
    ) {
        let hop_by_hop = self.next_identifier();
        let retransmitted = waiting.attempts > 0;
        SessionRequest {
            command: match waiting.order.kind {
                OrderKind::Reauthorise => SessionCommand::ReAuth,
                OrderKind::Abort => SessionCommand::AbortSession,
            },
            session_id: &waiting.order.session,
            destination_host: &waiting.order.gateway,
            destination_realm: &waiting.order.realm,
            hop_by_hop,
            end_to_end: waiting.end_to_end,
            retransmitted,
        }
        .write(identity, out);
        if retransmitted {
            self.counts.repeated += 1;
        } else {
            self.counts.sent += 1;
        }
        waiting.attempts += 1;
        let deadline = now + ANSWER_TIMEOUT_MS;
        self.outstanding
            .insert(hop_by_hop, Sent { waiting, deadline });
    }

    /// Puts what was not answered in time back into its queue, at most a few times.
    fn repeat_unanswered(&mut self, now: i64) {
        let overdue = self
            .outstanding
            .extract_if(|_, sent| sent.deadline <= now)
            .map(|(_, sent)| sent.waiting);
        for waiting in overdue {
            let gateway = waiting.order.gateway.clone();
            let queue = self.queues.entry(gateway);
            let queue = queue.or_insert_with(|| Queue::new(now, self.per_second));
            // A newer order of the session goes in its place.
            let superseded = queue.of_session(&waiting.order.session).is_some();
            if waiting.attempts >= ATTEMPTS {
                self.counts.dropped += 1;
            } else if !superseded {
                queue.push(waiting);
            }
        }
    }

    /// Takes the answer to a request. Returns the order, with its shard, when its client does not know
    /// the session.
    pub(crate) fn answered(&mut self, answer: SessionAnswer, now: i64) -> Option<(u16, Order)> {
        let sent = self.outstanding.get_mut(&answer.hop_by_hop)?;
        let attempts = sent.waiting.attempts;
        let passing = match answer.result_code {
            // The first may have overtaken the answer that opened the session.
            result_code::UNKNOWN_SESSION_ID => attempts == 1,
            code => result_code::is_protocol_error(code) && attempts < ATTEMPTS,
        };
        if passing {
            sent.deadline = now + RETRY_MS;
            return None;
        }
        let sent = self.outstanding.remove(&answer.hop_by_hop)?;
        self.counts.answered += 1;
        (answer.result_code == result_code::UNKNOWN_SESSION_ID)
            .then_some((sent.waiting.shard, sent.waiting.order))
    }

    pub(crate) fn counts(&self) -> OrderCounts {
        OrderCounts {
            waiting: self.queues.values().map(|queue| queue.len()).sum(),
            outstanding: self.outstanding.len(),
            ..self.counts
        }
    }
}
