//! By which connection a gateway is reached: its own, or that of the agent its requests come through.

use hashbrown::HashMap;
use parking_lot::Mutex;
use smallvec::SmallVec;

/// Hosts behind agents that are remembered; to others nothing is sent of our own accord.
const RELAYED_HOSTS: usize = 10_000;

/// Which connections lead to which hosts.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    /// Open connections of each host, the youngest last.
    direct: Mutex<HashMap<Box<str>, SmallVec<[u32; 2]>>>,
    /// Hosts behind agents: the connection their last request came by.
    relayed: papaya::HashMap<Box<str>, u32>,
}

impl Routes {
    /// A connection of a host is open.
    pub(crate) fn opened(&self, host: &str, connection: u32) {
        let mut direct = self.direct.lock();
        direct.entry_ref(host).or_default().push(connection);
    }

    /// A connection is gone.
    pub(crate) fn closed(&self, connection: u32) {
        self.direct.lock().retain(|_, connections| {
            connections.retain(|known| *known != connection);
            !connections.is_empty()
        });
        self.relayed.pin().retain(|_, known| *known != connection);
    }

    /// Hosts with a connection of their own.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let direct = self.direct.lock();
        direct.keys().map(ToString::to_string).collect()
    }

    /// A request of a host came by an agent's connection.
    pub(crate) fn came_by(&self, host: &str, connection: u32) {
        let relayed = self.relayed.pin();
        match relayed.get(host) {
            Some(known) if *known == connection => {}
            None if relayed.len() >= RELAYED_HOSTS => {}
            _ => {
                relayed.insert(host.into(), connection);
            }
        }
    }

    /// The connection to send a host's messages by, of those that `may_send` lets.
    pub(crate) fn to(&self, host: &str, may_send: impl Fn(u32) -> bool) -> Option<u32> {
        let direct = self.direct.lock();
        let own = direct.get(host).into_iter().flatten().rev().copied();
        let relayed = self.relayed.pin().get(host).copied();
        own.chain(relayed).find(|&connection| may_send(connection))
    }
}
