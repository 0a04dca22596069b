//! The Diameter door: connections, buffers, messages.

use crate::connection::Connection;
use crate::span::now_ns;
use openmvno_charging::Evidence;
use openmvno_diameter::peer::Transport;
use openmvno_diameter::{Acceptor, Message, Peer, PeerAction, next_frame};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::node::{Arrival, Feed, Node, clock};
use crate::peer_clocks::ClockLooks;
use crate::peers::story;

/// Hosts that metrics tell apart; the rest is counted without a name.
const HOSTS_COUNTED: usize = 1_000;

impl Node {
    /// A transport connected. Returns its id, and the oldest connection without CER when there are
    /// too many of those: it is to be closed.
    pub fn connect(&self, transport: Transport, now: i64) -> (u32, Option<u32>) {
        let id = self.next_connection.fetch_add(1, Ordering::Relaxed);
        // Held until the connection is among those that a change of the table goes through.
        let peers = self.peers.read();
        let acceptor = Acceptor {
            identity: Arc::clone(&self.identity),
            settings: Arc::clone(&self.settings),
            peers: Arc::clone(&peers),
        };
        let connection = Connection {
            peer: Peer::new(acceptor, transport, clock(now), id),
            inbound: Vec::new(),
            host: 0,
            since: now,
            closed: false,
            clock: ClockLooks::default(),
        };
        self.connections
            .write()
            .insert(id, Arc::new(Mutex::new(connection)));
        drop(peers);
        let mut half_open = self.half_open.lock();
        half_open.insert(id);
        let too_many = half_open.len() > self.config.half_open_connections;
        (id, too_many.then(|| half_open.pop_first()).flatten())
    }

    /// A transport is gone. Says why, when the peer has told by a DPR.
    pub fn disconnect(&self, id: u32) -> Option<String> {
        self.half_open.lock().remove(&id);
        self.routes.closed(id);
        let connection = self.connections.write().remove(&id)?;
        let connection = connection.lock();
        let reason = connection.peer.leaves()?;
        Some(story(&connection, &reason))
    }

    pub(crate) fn all_connections(&self) -> Vec<(u32, Arc<Mutex<Connection>>)> {
        let connections = self.connections.read();
        let all = connections.iter();
        all.map(|(&id, one)| (id, Arc::clone(one))).collect()
    }

    /// Bytes arrived: whole messages are served, the rest is kept.
    pub fn feed(&self, id: u32, data: &[u8], now: i64) -> Feed {
        let mut feed = Feed::default();
        let connection = self.connections.read().get(&id).cloned();
        let Some(connection) = connection else {
            feed.close = Some("it was closed before".to_owned());
            return feed;
        };
        let mut connection = connection.lock();
        if connection.closed {
            return feed;
        }
        let received_ns = if self.config.trace_one_in == 0 {
            0
        } else {
            now_ns()
        };
        let mut joined = std::mem::take(&mut connection.inbound);
        let buffer: &[u8] = if joined.is_empty() {
            data
        } else {
            joined.extend_from_slice(data);
            &joined
        };
        let used = self.serve_buffer(id, &mut connection, buffer, (now, received_ns), &mut feed);
        connection.closed = feed.close.is_some();
        if connection.closed || used == buffer.len() {
            return feed;
        }
        if joined.is_empty() {
            connection.inbound = data[used..].to_vec();
        } else {
            // In place: a message in many small pieces is not copied for each of them.
            joined.drain(..used);
            connection.inbound = joined;
        }
        feed
    }

    pub(crate) fn serve_buffer(
        &self,
        id: u32,
        connection: &mut Connection,
        buffer: &[u8],
        (now, received_ns): (i64, u64),
        feed: &mut Feed,
    ) -> usize {
        let mut at = 0;
        while feed.close.is_none() {
            let rest = &buffer[at..];
            let frame = match next_frame(rest, self.config.message_bytes) {
                Ok(Some(length)) => &rest[..length],
                Ok(None) => break,
                Err(error) => {
                    let action = connection
                        .peer
                        .on_stream_error(error, rest, &mut feed.write);
                    feed.close = self.closing(connection, &action);
                    break;
                }
            };
            at += frame.len();
            // A frame of the length that its header gives is a message.
            let Ok(message) = Message::parse(frame) else {
                break;
            };
            let action = connection
                .peer
                .on_message(clock(now), &message, &mut feed.write);
            match action {
                PeerAction::CreditControl => {
                    connection.clock.look(&message, now);
                    let arrival = Arrival {
                        connection: id,
                        tag: 0,
                        peer: connection.host,
                        identity: &self.identity,
                        peer_host: connection
                            .peer
                            .remote()
                            .map_or("", |remote| &remote.origin_host),
                        profile: connection.peer.profile(),
                        frame,
                        now,
                        received_ns,
                        evidence: Evidence::Unasked,
                    };
                    self.credit_control(&message, &arrival, &mut feed.write);
                }
                PeerAction::SessionAnswer => {
                    if !self.pass_order_answer(&message, frame) {
                        self.session_answer(&message, now);
                    }
                }
                other => self.after((id, connection), other, now, feed),
            }
        }
        at
    }

    /// What else a peer's message may bring about.
    pub(crate) fn after(
        &self,
        (id, connection): (u32, &mut Connection),
        action: PeerAction,
        now: i64,
        feed: &mut Feed,
    ) {
        feed.close = self.closing(connection, &action);
        match action {
            PeerAction::Established {
                origin_host,
                origin_state_id,
                ..
            } => {
                self.half_open.lock().remove(&id);
                connection.host = self.host_index(&origin_host);
                self.routes.opened(&origin_host, id);
                if self.forwards.is_open() {
                    self.tell_reach(&origin_host);
                }
                if self.was_lost(&origin_host) {
                    connection.peer.reopen(clock(now), &mut feed.write);
                }
                self.peer_state(&origin_host, origin_state_id.unwrap_or(0), now);
            }
            PeerAction::OriginStateChanged {
                origin_host,
                state_id,
            } => {
                self.peer_state(&origin_host, state_id, now);
            }
            PeerAction::Nothing
            | PeerAction::Answered
            | PeerAction::CreditControl
            | PeerAction::SessionAnswer
            | PeerAction::Close(_) => {}
        }
    }

    /// A host named its Origin-State-Id, in a capabilities exchange, a watchdog or a request that a
    /// relay brought: a higher one than before means its older sessions are gone.
    pub(crate) fn peer_state(&self, host: &str, state: u32, now: i64) {
        let states = self.states.pin();
        if state == 0 || states.get(host).is_some_and(|&known| known >= state) {
            return;
        }
        states.insert(host.into(), state);
        if self.forwards.is_open() {
            self.tell_peer_state(host, state);
        }
        for cell in &self.shards {
            let mut core = cell.lock();
            let core = &mut *core;
            if !core.owned {
                // Journaled by its owner, or when it becomes ours.
                continue;
            }
            core.shard.peer_state(host, state, now, &mut core.journal);
        }
    }

    /// The state a session of this host opens in.
    pub(crate) fn state_of(&self, host: &str) -> u32 {
        self.states.pin().get(host).copied().unwrap_or(0)
    }

    pub(crate) fn host_index(&self, host: &str) -> u16 {
        let mut hosts = self.hosts.write();
        let found = hosts.iter().position(|known| known == host);
        if found.is_none() && hosts.len() >= HOSTS_COUNTED {
            return 0;
        }
        let index = found.unwrap_or_else(|| {
            hosts.push(host.to_owned());
            hosts.len() - 1
        });
        u16::try_from(index).unwrap_or(0)
    }
}
