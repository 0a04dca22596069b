//! Links: the doors of other nodes, whose requests about our shards are decided here.
//!
//! A link is to the shards what a connection of a gateway is: requests name it, answers are held for
//! it. What the door's peers see is the door's own Origin-Host.

use crate::adaptation;
use crate::control::RequestJson;
use crate::control_door::Placed;
use crate::link_wire::{Entry, EntryKind, append, entries, identity_of};
use crate::node::{Arrival, Node};
use crate::outcome::refused_json;
use crate::peer_table::read_profile;
use hashbrown::HashMap;
use openmvno_charging::Evidence;
use openmvno_diameter::peer::Profile;
use openmvno_diameter::{CreditControlRequest, LocalIdentity, Message};
use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Marks the token of a request in JSON that came by a link.
const LINKED: u64 = 1 << 62;

/// Whom requests come from: a peer of the other door.
#[derive(Clone, Debug)]
struct Origin {
    /// Index of its Origin-Host in our own list.
    peer: u16,
    host: String,
    profile: Arc<Profile>,
}

#[derive(Debug, Deserialize)]
struct OriginJson {
    host: String,
    profile: serde_json::Value,
}

#[derive(Debug)]
struct Link {
    identity: Arc<LocalIdentity>,
    origins: Mutex<HashMap<u64, Origin>>,
}

/// What other doors brought, for metrics.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct LinkCounts {
    pub(crate) open: usize,
    pub(crate) requests: u64,
}

/// All links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    open: RwLock<BTreeMap<u32, Arc<Link>>>,
    /// By token: the link and the tag of a request in JSON.
    awaited: Mutex<HashMap<u64, (u32, u64)>>,
    next_token: AtomicU64,
    requests: AtomicU64,
}

impl Links {
    pub(crate) fn counts(&self) -> LinkCounts {
        LinkCounts {
            open: self.open.read().len(),
            requests: self.requests.load(Ordering::Relaxed),
        }
    }

    fn get(&self, id: u32) -> Option<Arc<Link>> {
        self.open.read().get(&id).cloned()
    }

    /// Whether a connection is a link.
    pub(crate) fn has(&self, id: u32) -> bool {
        self.open.read().contains_key(&id)
    }

    /// Whom a link's gateways speak to.
    pub(crate) fn identity(&self, id: u32) -> Option<Arc<LocalIdentity>> {
        self.get(id).map(|link| Arc::clone(&link.identity))
    }

    fn token(&self, link: u32, tag: u64) -> u64 {
        let token = LINKED | self.next_token.fetch_add(1, Ordering::Relaxed);
        self.awaited.lock().insert(token, (link, tag));
        token
    }

    /// Takes the outcomes of other doors' requests out of `outcomes`: entries, by link.
    pub(crate) fn settle(&self, outcomes: &mut Vec<(u64, Box<[u8]>)>) -> Vec<(u32, Vec<u8>)> {
        let mut awaited = self.awaited.lock();
        if awaited.is_empty() {
            return Vec::new();
        }
        let mut written: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        outcomes.retain(|(token, outcome)| {
            let Some((link, tag)) = awaited.remove(token) else {
                return true;
            };
            let out = written.entry(link).or_default();
            append(out, EntryKind::Answer, tag, |out| {
                out.extend_from_slice(outcome);
            });
            false
        });
        written.into_iter().collect()
    }
}

impl Node {
    /// The door of another node speaks to us. Returns the id that answers to it are released under,
    /// among those of connections.
    pub fn open_link(&self, origin_host: &str, origin_realm: &str) -> u32 {
        let id = self.next_connection.fetch_add(1, Ordering::Relaxed);
        let identity = identity_of(&self.identity, origin_host, origin_realm);
        let link = Link {
            identity: Arc::new(identity),
            origins: Mutex::default(),
        };
        self.links.open.write().insert(id, Arc::new(link));
        id
    }

    /// It does not speak to us any more.
    pub fn close_link(&self, id: u32) {
        self.links.open.write().remove(&id);
        self.links.awaited.lock().retain(|_, (link, _)| *link != id);
        self.routes.closed(id);
    }

    /// A batch of another door. Returns the entries to send back at once; those of requests that
    /// change something come with [`Node::release`].
    pub fn serve_link(&self, id: u32, batch: &[u8], now: i64) -> Vec<u8> {
        let mut out = Vec::new();
        let Some(link) = self.links.get(id) else {
            return out;
        };
        let mut requests = 0;
        for entry in entries(batch) {
            match entry.kind {
                EntryKind::Origin => self.new_origin(&link, &entry),
                EntryKind::Diameter => {
                    requests += 1;
                    self.serve_linked(id, &link, &entry, now, &mut out);
                }
                EntryKind::Control => {
                    requests += 1;
                    self.submit_linked(id, &entry, now, &mut out);
                }
                EntryKind::Reaches => {
                    let hosts: Vec<String> =
                        serde_json::from_slice(entry.octets).unwrap_or_default();
                    for host in hosts {
                        self.routes.came_by(&host, id);
                    }
                }
                EntryKind::PeerState => {
                    if let Ok((host, state)) = serde_json::from_slice::<(String, u32)>(entry.octets)
                    {
                        self.peer_state(&host, state, now);
                    }
                }
                EntryKind::OrderAnswer => {
                    if let Ok(message) = Message::parse(entry.octets) {
                        self.session_answer(&message, now);
                    }
                }
                EntryKind::Answer | EntryKind::NotHere | EntryKind::Order => {}
            }
        }
        self.links.requests.fetch_add(requests, Ordering::Relaxed);
        out
    }

    fn new_origin(&self, link: &Link, entry: &Entry<'_>) {
        let Ok(json) = serde_json::from_slice::<OriginJson>(entry.octets) else {
            return;
        };
        let origin = Origin {
            peer: self.host_index(&json.host),
            // What another release says beyond what we know is left out.
            profile: Arc::new(read_profile(&json.profile).unwrap_or_default()),
            host: json.host,
        };
        link.origins.lock().insert(entry.tag, origin);
    }

    fn serve_linked(&self, id: u32, link: &Link, entry: &Entry<'_>, now: i64, out: &mut Vec<u8>) {
        let read = || {
            let (number, frame) = entry.octets.split_at_checked(8)?;
            let number = u64::from_le_bytes(number.try_into().ok()?);
            let origin = link.origins.lock().get(&number).cloned()?;
            Some((origin, frame, Message::parse(frame).ok()?))
        };
        let Some((origin, frame, message)) = read() else {
            return append(out, EntryKind::NotHere, entry.tag, |_| {});
        };
        let arrival = Arrival {
            connection: id,
            tag: entry.tag,
            peer: origin.peer,
            identity: &link.identity,
            peer_host: &origin.host,
            profile: &origin.profile,
            frame,
            now,
            received_ns: 0,
            evidence: Evidence::Unasked,
        };
        let mut answer = Vec::new();
        let mut is_here = true;
        let mut request = CreditControlRequest::unread(&message);
        match adaptation::read(&mut request, &message, arrival.profile) {
            Ok(()) => {
                is_here = self.serve_request(&request, &message, &arrival, &mut answer);
            }
            Err(failure) => self.refuse_unread(&message, &arrival, &failure, &mut answer),
        }
        if !is_here {
            append(out, EntryKind::NotHere, entry.tag, |_| {});
        } else if !answer.is_empty() {
            append(out, EntryKind::Answer, entry.tag, |out| {
                out.append(&mut answer);
            });
        }
    }

    fn submit_linked(&self, id: u32, entry: &Entry<'_>, now: i64, out: &mut Vec<u8>) {
        let outcome = match RequestJson::parse(entry.octets) {
            Ok(request) => {
                let token = self.links.token(id, entry.tag);
                let placed = self.place(token, &request, now);
                if !matches!(placed, Ok(Placed::Later)) {
                    self.links.awaited.lock().remove(&token);
                }
                match placed {
                    Ok(Placed::Now(outcome)) => Some(outcome),
                    Ok(Placed::Later) => return,
                    Ok(Placed::Elsewhere(_)) => None,
                    Err(refused) => Some(refused_json(&refused)),
                }
            }
            Err(refused) => Some(refused_json(&refused)),
        };
        match outcome {
            Some(outcome) => append(out, EntryKind::Answer, entry.tag, |out| {
                out.extend_from_slice(&outcome);
            }),
            None => append(out, EntryKind::NotHere, entry.tag, |_| {}),
        }
    }

    /// Whether a request in JSON came by a link.
    pub(crate) const fn is_linked(token: u64) -> bool {
        token & LINKED != 0 && token >> 63 == 0
    }
}
