//! Timings of sampled requests, handed to the exporter when their answer leaves.

use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds of Unix time now.
pub(crate) fn now_ns() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// One charged request from socket to commit.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Span {
    pub(crate) session: String,
    pub(crate) peer: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    pub(crate) number: u32,
    pub(crate) result: u16,
    pub(crate) shard: u16,
    /// The bytes were handed to the core.
    pub(crate) received_ns: u64,
    /// The shard had applied it.
    pub(crate) applied_ns: u64,
    /// Its batch left for the journal.
    pub(crate) taken_ns: u64,
    /// Its batch was durable and the answer left.
    pub(crate) committed_ns: u64,
}

/// Whether a session is traced: all of its requests or none.
pub(crate) fn sampled(session: &str, one_in: u64) -> bool {
    one_in != 0 && xxhash_rust::xxh3::xxh3_64(session.as_bytes()) % one_in == 0
}
