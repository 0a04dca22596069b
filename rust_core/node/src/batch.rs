//! Group commit: what waits for durability, and what may leave after it.

use crate::bundles::Outcomes;
use crate::live_trace::{Traced, Watchers};
use crate::span::Span;
use openmvno_charging::Order;
use std::collections::BTreeMap;

/// An answer held until its batch is durable.
#[derive(Debug)]
pub(crate) struct HeldAnswer {
    pub(crate) connection: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// After this the client has given up: it is not sent.
    pub(crate) deadline: i64,
}

/// Everything held by one shard.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    pub(crate) answers: Vec<HeldAnswer>,
    pub(crate) outcomes: Vec<(u64, Box<[u8]>)>,
    pub(crate) spans: Vec<Span>,
    pub(crate) orders: Vec<Order>,
    /// Exchanges that somebody looks at, until they are durable.
    pub(crate) traced: Vec<(Watchers, Traced)>,
}

impl Held {
    pub(crate) fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.outcomes.is_empty() && self.orders.is_empty()
    }

    /// Holds the answer that `write` appends.
    pub(crate) fn hold(
        &mut self,
        connection: u32,
        deadline: i64,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        write(&mut self.bytes);
        let end = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.answers.push(HeldAnswer {
            connection,
            start,
            end,
            deadline,
        });
    }
}

/// A batch that is out for commit.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) number: u64,
    /// By shard.
    pub(crate) held: Vec<(u16, Held)>,
    pub(crate) taken_ns: u64,
}

/// What one commit makes durable, as PostgreSQL binary arrays.
#[derive(Debug)]
pub struct Batch {
    /// Counts batches.
    pub number: u64,
    /// Journal rows; 0 when only answers wait.
    pub rows: u32,
    /// Records in them.
    pub records: u32,
    /// `int4[]`.
    pub shards: Vec<u8>,
    /// `int8[]`.
    pub seqs: Vec<u8>,
    /// `bytea[]`.
    pub payloads: Vec<u8>,
}

/// What may leave after a commit.
#[derive(Debug, Default)]
pub struct Released {
    /// Bytes by connection.
    pub writes: Vec<(u32, Vec<u8>)>,
    /// Outcomes by token, JSON.
    pub outcomes: Vec<(u64, Box<[u8]>)>,
    /// Outcomes of whole bundles by their numbers.
    pub bundles: Vec<(u64, Outcomes)>,
    /// Finished spans, a JSON array; empty when there are none.
    pub spans: Vec<u8>,
}

/// Sorts what is held by connection; answers past their deadline are dropped.
pub(crate) fn release(flight: &mut Flight, now: i64, now_ns: u64) -> Released {
    let mut writes: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
    let mut released = Released::default();
    let mut spans = Vec::new();
    let taken_ns = flight.taken_ns;
    for (_, held) in &mut flight.held {
        for answer in held.answers.iter().filter(|answer| answer.deadline >= now) {
            let bytes = &held.bytes[answer.start as usize..answer.end as usize];
            writes
                .entry(answer.connection)
                .or_default()
                .extend_from_slice(bytes);
        }
        released.outcomes.append(&mut held.outcomes);
        spans.extend(held.spans.drain(..).map(|span| Span {
            taken_ns,
            committed_ns: now_ns,
            ..span
        }));
        held.bytes.clear();
        held.answers.clear();
    }
    released.writes = writes.into_iter().collect();
    if !spans.is_empty() {
        released.spans = serde_json::to_vec(&spans).unwrap_or_default();
    }
    released
}

const OID_BYTEA: u32 = 17;
const OID_INT8: u32 = 20;
const OID_INT4: u32 = 23;

/// A one-dimensional PostgreSQL array without nulls in binary form.
fn array(oid: u32, count: usize, room: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(20 + room);
    out.extend_from_slice(&u32::from(count > 0).to_be_bytes());
    out.extend_from_slice(&0u32.to_be_bytes());
    out.extend_from_slice(&oid.to_be_bytes());
    if count > 0 {
        out.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_be_bytes());
        out.extend_from_slice(&1u32.to_be_bytes());
    }
    out
}

fn element(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// The binary arrays of a batch's rows.
pub(crate) fn arrays(number: u64, records: u32, rows: &[(u16, u64, Vec<u8>)]) -> Batch {
    let count = rows.len();
    let mut shards = array(OID_INT4, count, count * 8);
    let mut seqs = array(OID_INT8, count, count * 12);
    let total = rows.iter().map(|(_, _, payload)| payload.len() + 4).sum();
    let mut payloads = array(OID_BYTEA, count, total);
    for (shard, seq, payload) in rows {
        element(&mut shards, &u32::from(*shard).to_be_bytes());
        element(&mut seqs, &seq.to_be_bytes());
        element(&mut payloads, payload);
    }
    let rows = u32::try_from(count).unwrap_or(u32::MAX);
    Batch {
        number,
        rows,
        records,
        shards,
        seqs,
        payloads,
    }
}
