//! Requests of this node's doors that another node has to decide: at which node each is, and what
//! waits until a shard has an owner again.

use crate::link_wire::{EntryKind, append};
use crate::peer_table::profile_json;
use hashbrown::HashMap;
use openmvno_diameter::peer::Profile;
use parking_lot::Mutex;
use serde::Serialize;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How long a request that no node can take is kept before it is refused, milliseconds: a planned
/// hand-over takes a fraction of it.
const HOLD_MS: i64 = 2_000;
/// How soon a request is tried again whose shard another node does not have any more, milliseconds.
const RETRY_MS: i64 = 10;
/// Origins that a link tells apart; then they are numbered anew.
const ORIGINS: usize = 4_096;

/// Orders of other nodes that wait for their gateways' answers; further ones go unanswered.
const ORDERS: usize = 10_000;
/// How long an answer to one is awaited, milliseconds.
const ORDER_MS: i64 = 10_000;

/// A request of our own doors.
#[derive(Debug)]
pub(crate) enum Body {
    Diameter {
        connection: u32,
        peer: u16,
        /// Origin-Host of the connection's peer.
        host: Box<str>,
        profile: Arc<Profile>,
        frame: Box<[u8]>,
    },
    Control {
        token: u64,
        json: Box<[u8]>,
    },
}

/// A request that is not decided here.
#[derive(Debug)]
pub(crate) struct Forwarded {
    pub(crate) body: Body,
    /// The shard it is about; `None` when nobody here knows.
    pub(crate) shard: Option<u16>,
    /// Nodes that do not know it either.
    asked: SmallVec<[u64; 2]>,
    /// The node it was sent to.
    at: Option<u64>,
    /// A node got it and has not said that it did nothing with it.
    perhaps_applied: bool,
    /// A node got it and was lost before it said anything: nobody will say so of that node.
    unanswered: bool,
    pub(crate) since: i64,
    again: i64,
}

/// What is on its way to one node.
#[derive(Debug, Default)]
struct Outgoing {
    due: Vec<u8>,
    /// By profile and peer: the number the node knows the origin by.
    origins: HashMap<(usize, u16), (u64, Arc<Profile>)>,
}

impl Forwarded {
    /// Whether another node may have applied it.
    pub(crate) fn may_be_applied(&self) -> bool {
        self.perhaps_applied
    }
}

impl Outgoing {
    fn put(&mut self, tag: u64, body: &Body) {
        match body {
            Body::Diameter {
                peer,
                host,
                profile,
                frame,
                ..
            } => {
                let origin = self.origin(*peer, host, profile);
                append(&mut self.due, EntryKind::Diameter, tag, |out| {
                    out.extend_from_slice(&origin.to_le_bytes());
                    out.extend_from_slice(frame);
                });
            }
            Body::Control { json, .. } => {
                append(&mut self.due, EntryKind::Control, tag, |out| {
                    out.extend_from_slice(json);
                });
            }
        }
    }

    fn origin(&mut self, peer: u16, host: &str, profile: &Arc<Profile>) -> u64 {
        // The profile is kept with its number, so its place in memory stays its own.
        let key = (Arc::as_ptr(profile) as usize, peer);
        if let Some(&(known, _)) = self.origins.get(&key) {
            return known;
        }
        if self.origins.len() >= ORIGINS {
            self.origins.clear();
        }
        let number = self.origins.len() as u64;
        self.origins.insert(key, (number, Arc::clone(profile)));
        let json = serde_json::json!({"host": host, "profile": profile_json(profile)});
        append(&mut self.due, EntryKind::Origin, number, |out| {
            out.extend_from_slice(json.to_string().as_bytes());
        });
        number
    }
}

/// What became of requests that others decide, for metrics.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct ForwardCounts {
    /// At other nodes now.
    pub(crate) outstanding: usize,
    /// Waiting for an owner now.
    pub(crate) waiting: usize,
    pub(crate) sent: u64,
    pub(crate) answered: u64,
    /// Sent once more, to the next owner.
    pub(crate) repeated: u64,
    /// For want of room or of an owner.
    pub(crate) refused: u64,
    /// No answer in time.
    pub(crate) lost: u64,
}

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Course {
    /// It is on its way to a node, or waits for one.
    Away,
    /// No node knows it.
    Nowhere(Body),
}

/// What time has brought to a request.
#[derive(Debug)]
pub(crate) enum Due {
    /// It is to be decided or sent again.
    Again(u64, Forwarded),
    /// It has waited too long: nobody has applied it.
    Refused(Forwarded),
    /// A node may have applied it, and its answer came too late.
    Lost(Forwarded),
}

#[derive(Debug)]
struct State {
    next: u64,
    requests: BTreeMap<u64, Forwarded>,
    links: BTreeMap<u64, Outgoing>,
    /// Orders of other nodes that left by our doors, by Hop-by-Hop Identifier.
    orders: HashMap<u32, RelayedOrder>,
    counts: ForwardCounts,
}

/// An order that another node made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RelayedOrder {
    pub(crate) node: u64,
    /// Its own Hop-by-Hop Identifier.
    pub(crate) hop_by_hop: u32,
    pub(crate) since: i64,
}

/// All requests that are not decided here.
#[derive(Debug)]
pub(crate) struct Forwards {
    /// Whether there are other nodes at all.
    open: AtomicBool,
    outgoing: AtomicBool,
    limit: usize,
    state: Mutex<State>,
}

impl Forwards {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            open: AtomicBool::new(false),
            outgoing: AtomicBool::new(false),
            limit,
            state: Mutex::new(State {
                next: 1,
                requests: BTreeMap::new(),
                links: BTreeMap::new(),
                orders: HashMap::new(),
                counts: ForwardCounts::default(),
            }),
        }
    }

    /// Whether there are other nodes.
    pub(crate) fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Relaxed);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.open.load(Ordering::Relaxed)
    }

    /// Whether something is to be sent to other nodes.
    pub(crate) fn is_outgoing(&self) -> bool {
        self.outgoing.load(Ordering::Relaxed)
    }

    pub(crate) fn counts(&self) -> ForwardCounts {
        let state = self.state.lock();
        let all = state.requests.values();
        let outstanding = all.filter(|request| request.at.is_some()).count();
        ForwardCounts {
            outstanding,
            waiting: state.requests.len() - outstanding,
            ..state.counts
        }
    }

    /// A node can be reached; `greeting` is sent first.
    pub(crate) fn link_up(&self, node: u64, greeting: Vec<u8>) {
        let mut state = self.state.lock();
        self.outgoing.store(true, Ordering::Relaxed);
        let link = Outgoing {
            due: greeting,
            ..Outgoing::default()
        };
        state.links.insert(node, link);
        for request in state.requests.values_mut() {
            request.again = 0;
        }
    }

    /// A node cannot be reached any more: what it has not answered goes to whoever is the next owner,
    /// who recognises what was applied by its Session-Id and CC-Request-Number.
    pub(crate) fn link_down(&self, node: u64) {
        let mut state = self.state.lock();
        state.links.remove(&node);
        for request in state.requests.values_mut() {
            request.asked.retain(|asked| *asked != node);
            if request.at == Some(node) {
                request.at = None;
                request.unanswered = true;
                request.again = 0;
            }
        }
    }

    /// Somebody became an owner: what waits is tried again at once.
    pub(crate) fn owners_changed(&self) {
        for request in self.state.lock().requests.values_mut() {
            request.again = 0;
        }
    }

    /// Takes a request; false when too many are away already.
    pub(crate) fn take(
        &self,
        body: Body,
        shard: Option<u16>,
        now: i64,
        owners: &Owners<'_>,
    ) -> Option<Course> {
        let mut state = self.state.lock();
        if state.requests.len() >= self.limit {
            state.counts.refused += 1;
            return None;
        }
        let tag = state.next;
        state.next += 1;
        let request = Forwarded {
            body,
            shard,
            asked: SmallVec::new(),
            at: None,
            perhaps_applied: false,
            unanswered: false,
            since: now,
            again: 0,
        };
        Some(self.send(&mut state, tag, request, now, owners))
    }

    /// Sends a request that is known already on its way once more.
    pub(crate) fn resend(
        &self,
        tag: u64,
        request: Forwarded,
        now: i64,
        owners: &Owners<'_>,
    ) -> Course {
        self.send(&mut self.state.lock(), tag, request, now, owners)
    }

    /// Keeps a request that cannot be decided here now and may have been applied elsewhere: it is
    /// tried again, and never refused.
    pub(crate) fn keep(&self, tag: u64, mut request: Forwarded, now: i64) {
        request.again = now + RETRY_MS;
        self.state.lock().requests.insert(tag, request);
    }

    fn send(
        &self,
        state: &mut State,
        tag: u64,
        mut request: Forwarded,
        now: i64,
        owners: &Owners<'_>,
    ) -> Course {
        let node = match request.shard {
            Some(shard) => Some(owners.of(shard)),
            None => match owners.next(&request.asked) {
                Some(node) => Some(node),
                None if owners.all_known() => return Course::Nowhere(request.body),
                None => None,
            },
        };
        let link = node.and_then(|node| Some((node, state.links.get_mut(&node)?)));
        if let Some((node, link)) = link {
            link.put(tag, &request.body);
            self.outgoing.store(true, Ordering::Relaxed);
            request.at = Some(node);
            request.perhaps_applied = true;
            state.counts.sent += 1;
        } else {
            request.again = now + RETRY_MS;
        }
        state.requests.insert(tag, request);
        Course::Away
    }

    /// The answer to a request has come.
    pub(crate) fn answered(&self, tag: u64) -> Option<Body> {
        let mut state = self.state.lock();
        let request = state.requests.remove(&tag)?;
        state.counts.answered += 1;
        Some(request.body)
    }

    /// A node does not know what a request is about. Returns it when another is to be asked now.
    pub(crate) fn not_here(&self, tag: u64, node: u64, now: i64) -> Option<Forwarded> {
        let mut state = self.state.lock();
        let request = state.requests.get_mut(&tag)?;
        if request.at != Some(node) {
            return None;
        }
        request.at = None;
        request.perhaps_applied = request.unanswered;
        state.counts.repeated += 1;
        let request = state.requests.get_mut(&tag)?;
        if request.shard.is_some() {
            // Our own picture is late, or the node's: it becomes clear from the journal.
            request.again = now + RETRY_MS;
            return None;
        }
        request.asked.push(node);
        state.requests.remove(&tag)
    }

    /// Requests that are to be tried again, and those whose time is over.
    pub(crate) fn due(&self, now: i64, answer_deadline_ms: i64) -> Vec<Due> {
        let mut state = self.state.lock();
        let mut tags: SmallVec<[u64; 16]> = SmallVec::new();
        for (&tag, request) in &state.requests {
            let over = now - request.since > answer_deadline_ms;
            if over || request.at.is_none() && request.again <= now {
                tags.push(tag);
            }
        }
        let mut due = Vec::new();
        for tag in tags {
            let Some(request) = state.requests.remove(&tag) else {
                continue;
            };
            let waited = now - request.since;
            if waited > answer_deadline_ms && request.perhaps_applied {
                state.counts.lost += 1;
                due.push(Due::Lost(request));
            } else if waited > HOLD_MS && !request.perhaps_applied {
                state.counts.refused += 1;
                due.push(Due::Refused(request));
            } else {
                due.push(Due::Again(tag, request));
            }
        }
        due
    }

    /// An order of another node leaves by one of our doors.
    pub(crate) fn order_sent(&self, hop_by_hop: u32, order: RelayedOrder) {
        let mut state = self.state.lock();
        if state.orders.len() >= ORDERS {
            let recent = |order: &RelayedOrder, now: i64| now - order.since < ORDER_MS;
            state.orders.retain(|_, known| recent(known, order.since));
        }
        if state.orders.len() < ORDERS {
            state.orders.insert(hop_by_hop, order);
        }
    }

    /// Whose order was answered, if it was another node's.
    pub(crate) fn order_answered(&self, hop_by_hop: u32) -> Option<RelayedOrder> {
        self.state.lock().orders.remove(&hop_by_hop)
    }

    /// Tells every node, or one, something beside requests.
    pub(crate) fn tell(&self, node: Option<u64>, kind: EntryKind, octets: &[u8]) {
        let mut state = self.state.lock();
        let links = state.links.iter_mut();
        for (_, link) in links.filter(|(known, _)| node.is_none_or(|node| node == **known)) {
            append(&mut link.due, kind, 0, |out| out.extend_from_slice(octets));
            self.outgoing.store(true, Ordering::Relaxed);
        }
    }

    /// What is to be sent, by node.
    pub(crate) fn outgoing(&self) -> Vec<(u64, Vec<u8>)> {
        let mut state = self.state.lock();
        self.outgoing.store(false, Ordering::Relaxed);
        let links = state.links.iter_mut();
        links
            .filter(|(_, link)| !link.due.is_empty())
            .map(|(&node, link)| (node, std::mem::take(&mut link.due)))
            .collect()
    }
}

/// Who has which shard.
#[derive(Debug)]
pub(crate) struct Owners<'a> {
    pub(crate) own: u64,
    pub(crate) by_shard: &'a [std::sync::atomic::AtomicU64],
}

impl Owners<'_> {
    /// 0: nobody is known to.
    fn of(&self, shard: u16) -> u64 {
        let owner = self.by_shard.get(usize::from(shard));
        owner.map_or(0, |owner| owner.load(Ordering::Relaxed))
    }

    /// Another owner that was not asked yet.
    fn next(&self, asked: &[u64]) -> Option<u64> {
        let owners = self.by_shard.iter().map(|one| one.load(Ordering::Relaxed));
        owners
            .filter(|&node| node != 0 && node != self.own)
            .find(|node| !asked.contains(node))
    }

    fn all_known(&self) -> bool {
        let mut owners = self.by_shard.iter();
        owners.all(|owner| owner.load(Ordering::Relaxed) != 0)
    }
}
