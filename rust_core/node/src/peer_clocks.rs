//! How the clocks of gateways differ from ours, by the Event-Timestamp of their requests.

use openmvno_diameter::Message;
use openmvno_diameter::dictionary as avp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

use crate::node::Node;

/// How often a connection's clock is looked at: once a second costs a request nothing.
const LOOK_MS: i64 = 1_000;

/// Looks that the median is taken of.
const LOOKS: usize = 15;

/// The latest looks at one peer's clock.
#[derive(Debug, Default)]
pub(crate) struct ClockLooks {
    due: i64,
    next: usize,
    ahead_ms: Vec<i64>,
}

impl ClockLooks {
    /// A Credit-Control-Request arrived.
    #[inline]
    pub(crate) fn look(&mut self, message: &Message<'_>, now: i64) {
        if now >= self.due {
            self.due = now + LOOK_MS;
            self.note(message, now);
        }
    }

    /// Event-Timestamp is in whole seconds: what is meant lies half a second later on average.
    fn note(&mut self, message: &Message<'_>, now: i64) {
        let stamp = message.avps().find(avp::EVENT_TIMESTAMP);
        let Some(seconds) = stamp.and_then(|stamp| stamp.time().ok()) else {
            return;
        };
        let ahead = seconds
            .saturating_mul(1_000)
            .saturating_add(500)
            .saturating_sub(now);
        if self.ahead_ms.len() < LOOKS {
            self.ahead_ms.push(ahead);
        } else {
            self.ahead_ms[self.next] = ahead;
        }
        self.next = (self.next + 1) % LOOKS;
    }
}

impl Node {
    /// How far the clock of each connected host is ahead of ours, a JSON array of {peer, ahead_ms,
    /// looks}: the median of its last looks.
    #[must_use]
    pub fn peer_clocks(&self) -> String {
        let mut hosts: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (_, connection) in self.all_connections() {
            let connection = connection.lock();
            let Some(remote) = connection.peer.remote() else {
                continue;
            };
            let looks = &connection.clock.ahead_ms;
            if !looks.is_empty() {
                let host = hosts.entry(remote.origin_host.clone()).or_default();
                host.extend(looks);
            }
        }
        let shown = hosts.into_iter().map(|(peer, mut looks)| {
            looks.sort_unstable();
            json!({"peer": peer, "ahead_ms": looks[looks.len() / 2], "looks": looks.len()})
        });
        Value::Array(shown.collect()).to_string()
    }
}
