//! Counters and gauges of a node, for metrics.

use crate::forwards::ForwardCounts;
use crate::links::LinkCounts;
use crate::orders::OrderCounts;
use crate::shard_cell::Counters;
use serde::Serialize;

/// Credit-control requests of one peer, kind and Result-Code.
#[derive(Debug, Serialize)]
pub(crate) struct CcrCount {
    pub(crate) peer: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) result: u32,
    pub(crate) count: u64,
}

/// How full a shard is, and how busy.
#[derive(Debug, Serialize)]
pub(crate) struct ShardLoad {
    pub(crate) shard: u16,
    pub(crate) sessions: usize,
    pub(crate) answers: usize,
    /// Of sessions and answers together.
    pub(crate) memory_limit: usize,
    pub(crate) accounts: usize,
    pub(crate) queued: usize,
    pub(crate) queue_limit: usize,
    pub(crate) pending_bytes: usize,
    pub(crate) pending_limit: usize,
    /// Nanoseconds it was being applied since the start.
    pub(crate) busy_ns: u64,
}

/// Everything a node tells about itself.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Statistics {
    pub(crate) ccr: Vec<CcrCount>,
    pub(crate) connections: usize,
    pub(crate) sessions: usize,
    pub(crate) reserved_micros: i64,
    pub(crate) remembered_answers: usize,
    pub(crate) accounts: usize,
    pub(crate) queued: usize,
    pub(crate) pending_bytes: usize,
    pub(crate) parked: usize,
    pub(crate) owned_shards: Vec<u16>,
    pub(crate) forwards: ForwardCounts,
    pub(crate) links: LinkCounts,
    pub(crate) storage_available: bool,
    pub(crate) orders: OrderCounts,
    pub(crate) shard_loads: Vec<ShardLoad>,
}

/// Adds counters up over shards.
pub(crate) fn merge(total: &mut Counters, part: &Counters) {
    let mut keys: Vec<_> = part.iter().collect();
    keys.sort_unstable();
    for (&key, &count) in keys {
        *total.entry(key).or_default() += count;
    }
}
