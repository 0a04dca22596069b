//! The peer table of the node: changed while connections are open, and who is connected.

use openmvno_diameter::PeerAction;
use openmvno_diameter::peer::{CloseReason, Condition};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::config::ConfigError;
use crate::connection::Connection;
use crate::node::{Node, Written, clock};
use crate::peer_table::compile;

/// Whether a peer table would be taken.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check_peers(json: &str) -> Result<(), ConfigError> {
    compile(json).map(drop)
}

impl Node {
    /// Puts another peer table in force. Connections that it does not admit any more are sent a
    /// DPR; of more connections than it allows the latest are.
    ///
    /// # Errors
    /// What is wrong with the table; the one in force stays.
    pub fn set_peers(&self, json: &str, now: i64) -> Result<Vec<Written>, ConfigError> {
        let table = Arc::new(compile(json)?);
        // Nobody connects under the old table while the connections are gone through.
        let mut in_force = self.peers.write();
        *in_force = Arc::clone(&table);
        let mut written = Vec::new();
        for (id, connection) in self.all_connections() {
            let mut out = Vec::new();
            let mut connection = connection.lock();
            connection.peer.reconsider(clock(now), &table, &mut out);
            if !out.is_empty() {
                written.push((id, out, None));
            }
        }
        Ok(written)
    }

    /// Every open connection, a JSON array.
    #[must_use]
    pub fn peer_connections(&self) -> String {
        let all = self.all_connections();
        let shown = all.iter().map(|(id, one)| view(*id, &one.lock()));
        Value::Array(shown.collect()).to_string()
    }

    /// After a connection was lost to its watchdog, the host's next one is watched more closely.
    pub(crate) fn note_loss(&self, connection: &Connection, reason: &CloseReason) {
        const HOSTS_REMEMBERED: usize = 1_000;
        let Some(remote) = connection.peer.remote() else {
            return;
        };
        let mut lost = self.lost.lock();
        if *reason == CloseReason::WatchdogExpired && lost.len() < HOSTS_REMEMBERED {
            lost.insert(remote.origin_host.to_ascii_lowercase());
        }
    }

    /// Whether the last connection of a host was lost to its watchdog.
    pub(crate) fn was_lost(&self, origin_host: &str) -> bool {
        self.lost.lock().remove(&origin_host.to_ascii_lowercase())
    }

    /// In a log line: what happened to whom.
    pub(crate) fn closing(&self, connection: &Connection, action: &PeerAction) -> Option<String> {
        let PeerAction::Close(reason) = action else {
            return None;
        };
        self.note_loss(connection, reason);
        Some(story(connection, reason))
    }
}

/// Why a connection ends, with the peer's name when it has one.
pub(crate) fn story(connection: &Connection, reason: &CloseReason) -> String {
    match connection.peer.remote() {
        Some(remote) => format!("{}: {reason}", remote.origin_host),
        None => reason.to_string(),
    }
}

fn view(id: u32, connection: &Connection) -> Value {
    let peer = &connection.peer;
    let remote = peer.remote();
    let transport = peer.transport();
    json!({
        "connection": id,
        "origin_host": remote.map(|remote| &remote.origin_host),
        "origin_realm": remote.map(|remote| &remote.origin_realm),
        "peer": peer.seat().map(|seat| seat.rule().hosts.to_string()),
        "profile": peer.seat().map(|seat| &seat.rule().profile.name),
        "address": transport.remote.to_canonical().to_string(),
        "secure": transport.certificate_names.is_some(),
        "state": word(peer.condition()),
        "since": connection.since,
    })
}

fn word(condition: Condition) -> &'static str {
    match condition {
        Condition::Unproven => "unproven",
        Condition::Open => "open",
        Condition::Suspect => "suspect",
        Condition::Reopening => "reopening",
        Condition::Ending => "ending",
        Condition::Closed => "closed",
    }
}
