//! The node: connections, shards, batches, recovery.

use crate::batch::{Batch, Flight, Released, arrays, release};
use crate::config::EngineConfig;
use crate::connection::Connection;
use crate::control::{Refused, RequestJson, error_json, outcome_json};
use crate::diameter_answer::{write_answer, write_failure};
use crate::diameter_request::{Parts, build, identities, kind, kind_word};
use crate::directory::{Directory, identities_of};
use crate::evidence::{Finding, Lookup};
use crate::number::NumberPlan;
use crate::shard_cell::{Counters, Job, ShardCell, ShardCore};
use crate::span::{Span, now_ns, sampled};
use crate::statistics::{CcrCount, Statistics, merge};
use openmvno_charging::{
    Answer, CommandRow, Evidence, Identity, IdentityDirectory, Kind, LineAddress, META_SLICE,
    Outcome, ResultCode, ServiceName, Uuid,
};
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::peer::PeerSettings;
use openmvno_diameter::protocol_error::refuse_overloaded;
use openmvno_diameter::{
    AnswerContext, CreditControlRequest, LocalIdentity, Message, Peer, PeerAction,
    dictionary as avp, next_frame,
};
use openmvno_rating::{Catalog, Mistake};
use parking_lot::{Mutex, RwLock};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// Sessions closed by one tick of one shard: no command does unbounded work.
const SESSIONS_PER_TICK: usize = 500;

/// Requests that may wait for the database at a time.
const PARKED_REQUESTS: usize = 10_000;

/// What a call of the node could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeError {
    /// No such shard.
    ShardUnknown(u16),
    /// Commands must come in order: this seq was expected.
    CommandGap(u64),
    /// A stored record cannot be read.
    Damaged(String),
    /// The batch is not the one that is out.
    BatchUnknown(u64),
}

impl fmt::Display for NodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShardUnknown(shard) => write!(formatter, "shard {shard} does not exist"),
            Self::CommandGap(seq) => write!(formatter, "command seq {seq} must come next"),
            Self::Damaged(what) => formatter.write_str(what),
            Self::BatchUnknown(number) => write!(formatter, "batch {number} is not out"),
        }
    }
}

impl std::error::Error for NodeError {}

/// What came of a buffer.
#[derive(Debug, Default)]
pub struct Feed {
    /// Bytes to send at once.
    pub write: Vec<u8>,
    /// Close the connection after them.
    pub close: bool,
}

/// Bytes for one connection, and whether to close it after them.
pub type Written = (u32, Vec<u8>, bool);

#[derive(Debug)]
struct Parked {
    connection: u32,
    peer: u16,
    frame: Option<Box<[u8]>>,
    control: Option<(u64, Box<[u8]>)>,
    lookup: Lookup,
    told: bool,
}

/// One node of the charging engine.
#[derive(Debug)]
pub struct Node {
    config: EngineConfig,
    identity: Arc<LocalIdentity>,
    settings: Arc<PeerSettings>,
    plan: NumberPlan,
    shards: Vec<ShardCell>,
    directory: Directory,
    connections: RwLock<BTreeMap<u32, Arc<Mutex<Connection>>>>,
    next_connection: AtomicU32,
    hosts: RwLock<Vec<String>>,
    /// Highest Origin-State-Id seen from each host.
    states: papaya::HashMap<Box<str>, u32>,
    refused: Mutex<Counters>,
    storage: AtomicBool,
    flight: Mutex<Option<Flight>>,
    next_batch: AtomicU64,
    parked: Mutex<BTreeMap<u64, Parked>>,
    next_parked: AtomicU64,
    snapshot_turn: AtomicU32,
}

/// A Credit-Control-Request on its way to its shard.
struct Arrival<'a> {
    connection: u32,
    peer: u16,
    frame: &'a [u8],
    now: i64,
    received_ns: u64,
    evidence: Evidence,
}

impl Node {
    /// A node without accounts; recovery or commands bring them.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        let (limits, queue) = (config.limits(), config.queue_per_shard);
        Self {
            identity: Arc::new(config.identity()),
            settings: Arc::new(config.peer_settings()),
            plan: config.number_plan(),
            shards: (0..config.shards)
                .map(|id| ShardCell::new(id, limits, queue))
                .collect(),
            directory: Directory::default(),
            connections: RwLock::default(),
            next_connection: AtomicU32::new(1),
            hosts: RwLock::new(vec![String::new()]),
            states: papaya::HashMap::new(),
            refused: Mutex::default(),
            storage: AtomicBool::new(true),
            flight: Mutex::default(),
            next_batch: AtomicU64::new(1),
            parked: Mutex::default(),
            next_parked: AtomicU64::new(1),
            snapshot_turn: AtomicU32::new(0),
            config,
        }
    }

    fn cell(&self, shard: u16) -> Result<&ShardCell, NodeError> {
        self.shards
            .get(usize::from(shard))
            .ok_or(NodeError::ShardUnknown(shard))
    }

    // ---- catalogue --------------------------------------------------------------------------

    /// Compiles a catalogue version and keeps it on every shard.
    ///
    /// # Errors
    /// The mistakes of the document.
    pub fn load_catalog(
        &self,
        tenant: Uuid,
        version: u64,
        document: &[u8],
    ) -> Result<(), Vec<Mistake>> {
        let catalog = Arc::new(Catalog::compile(document)?);
        for cell in &self.shards {
            cell.lock()
                .shard
                .load_catalog(tenant, version, Arc::clone(&catalog));
        }
        Ok(())
    }

    // ---- recovery -----------------------------------------------------------------------------

    /// Puts a snapshot slice back.
    ///
    /// # Errors
    /// [`NodeError::Damaged`], [`NodeError::ShardUnknown`].
    pub fn restore_slice(
        &self,
        shard: u16,
        slice: i32,
        seq: u64,
        payload: &[u8],
    ) -> Result<(), NodeError> {
        let mut core = self.cell(shard)?.lock();
        if slice == META_SLICE {
            core.seq = core.seq.max(seq);
        }
        core.shard
            .restore_slice(slice, seq, payload)
            .map_err(|error| NodeError::Damaged(format!("shard {shard} slice {slice}: {error}")))
    }

    /// The first journal seq to replay.
    ///
    /// # Errors
    /// [`NodeError::ShardUnknown`].
    pub fn replay_from(&self, shard: u16) -> Result<u64, NodeError> {
        Ok(self.cell(shard)?.lock().shard.replay_floor() + 1)
    }

    /// Applies the effects of journal rows, shards side by side.
    ///
    /// # Errors
    /// [`NodeError::Damaged`] naming the row.
    pub fn replay(&self, rows: &[(u16, u64, &[u8])]) -> Result<u64, NodeError> {
        let mut by_shard: BTreeMap<u16, Vec<(u64, &[u8])>> = BTreeMap::new();
        for &(shard, seq, payload) in rows {
            by_shard.entry(shard).or_default().push((seq, payload));
        }
        let one = |shard: u16, rows: Vec<(u64, &[u8])>| -> Result<u64, NodeError> {
            let mut core = self.cell(shard)?.lock();
            let mut records = 0;
            for (seq, payload) in rows {
                records += core.shard.replay(seq, payload).map_err(|error| {
                    NodeError::Damaged(format!("journal shard {shard} seq {seq}: {error}"))
                })?;
                core.seq = core.seq.max(seq);
            }
            Ok(records)
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = by_shard
                .into_iter()
                .map(|(shard, rows)| scope.spawn(move || one(shard, rows)))
                .collect();
            let mut total = 0;
            for thread in threads {
                total += thread.join().map_err(|_| {
                    NodeError::Damaged("a journal record does not fit the state".into())
                })??;
            }
            Ok(total)
        })
    }

    /// Recovery is over: this owner's first record is in the next batch of every shard.
    pub fn begin(&self, now: i64) {
        for cell in &self.shards {
            let mut core = cell.lock();
            let core = &mut *core;
            core.shard.begin(self.config.owner, now, &mut core.journal);
            for (slot, account) in (0u32..).zip(core.shard.accounts()) {
                self.directory.refresh(core.id, slot, account, &[]);
            }
        }
    }

    // ---- the Diameter door ----------------------------------------------------------------------

    /// A transport connected.
    pub fn connect(&self, now: i64) -> u32 {
        let id = self.next_connection.fetch_add(1, Ordering::Relaxed);
        let peer = Peer::new(
            Arc::clone(&self.identity),
            Arc::clone(&self.settings),
            clock(now),
            id,
        );
        let connection = Connection {
            peer,
            inbound: Vec::new(),
            host: 0,
            closed: false,
        };
        self.connections
            .write()
            .insert(id, Arc::new(Mutex::new(connection)));
        id
    }

    /// A transport is gone.
    pub fn disconnect(&self, connection: u32) {
        self.connections.write().remove(&connection);
    }

    /// Bytes arrived: whole messages are served, the rest is kept.
    pub fn feed(&self, id: u32, data: &[u8], now: i64) -> Feed {
        let mut feed = Feed::default();
        let connection = self.connections.read().get(&id).cloned();
        let Some(connection) = connection else {
            feed.close = true;
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
        connection.closed = feed.close;
        if used < buffer.len() && !feed.close {
            let rest = buffer[used..].to_vec();
            connection.inbound = rest;
        }
        feed
    }

    fn serve_buffer(
        &self,
        id: u32,
        connection: &mut Connection,
        buffer: &[u8],
        (now, received_ns): (i64, u64),
        feed: &mut Feed,
    ) -> usize {
        let mut at = 0;
        while !feed.close {
            let rest = &buffer[at..];
            let frame = match next_frame(rest, self.config.message_bytes) {
                Ok(Some(length)) => &rest[..length],
                Ok(None) => break,
                Err(error) => {
                    connection
                        .peer
                        .on_stream_error(error, rest, &mut feed.write);
                    feed.close = true;
                    break;
                }
            };
            at += frame.len();
            let Ok(message) = Message::parse(frame) else {
                feed.close = true;
                break;
            };
            let action = connection
                .peer
                .on_message(clock(now), &message, &mut feed.write);
            match action {
                PeerAction::CreditControl => {
                    let arrival = Arrival {
                        connection: id,
                        peer: connection.host,
                        frame,
                        now,
                        received_ns,
                        evidence: Evidence::Unasked,
                    };
                    self.credit_control(&message, &arrival, &mut feed.write);
                }
                other => self.after(connection, other, now, feed),
            }
        }
        at
    }

    /// What else a peer's message may bring about.
    fn after(&self, connection: &mut Connection, action: PeerAction, now: i64, feed: &mut Feed) {
        match action {
            PeerAction::Established {
                origin_host,
                origin_state_id,
                ..
            } => {
                connection.host = self.host_index(&origin_host);
                self.peer_state(&origin_host, origin_state_id.unwrap_or(0), now);
            }
            PeerAction::OriginStateChanged {
                origin_host,
                state_id,
            } => {
                self.peer_state(&origin_host, state_id, now);
            }
            PeerAction::Close(_) => feed.close = true,
            PeerAction::Nothing | PeerAction::Answered | PeerAction::CreditControl => {}
        }
    }

    /// A host named its Origin-State-Id, in a capabilities exchange, a watchdog or a request that a
    /// relay brought: a higher one than before means its older sessions are gone.
    fn peer_state(&self, host: &str, state: u32, now: i64) {
        let states = self.states.pin();
        if state == 0 || states.get(host).is_some_and(|&known| known >= state) {
            return;
        }
        states.insert(host.into(), state);
        for cell in &self.shards {
            let mut core = cell.lock();
            let core = &mut *core;
            core.shard.peer_state(host, state, now, &mut core.journal);
        }
    }

    /// The state a session of this host opens in.
    fn state_of(&self, host: &str) -> u32 {
        self.states.pin().get(host).copied().unwrap_or(0)
    }

    fn host_index(&self, host: &str) -> u16 {
        let mut hosts = self.hosts.write();
        let found = hosts.iter().position(|known| known == host);
        let index = found.unwrap_or_else(|| {
            hosts.push(host.to_owned());
            hosts.len() - 1
        });
        u16::try_from(index).unwrap_or(0)
    }

    fn credit_control(&self, message: &Message<'_>, arrival: &Arrival<'_>, out: &mut Vec<u8>) {
        let request = match CreditControlRequest::parse(message) {
            Ok(request) => request,
            Err(failure) => {
                self.count_refused(arrival.peer, "malformed", failure.result_code);
                let context = AnswerContext::of(message);
                return write_failure(&failure, &self.identity, &context, out);
            }
        };
        if let Some(state) = request.origin_state_id {
            self.peer_state(request.origin_host, state, arrival.now);
        }
        let word = kind_word(kind(&request));
        if !self.storage.load(Ordering::Relaxed) {
            self.count_refused(arrival.peer, word, 3_004);
            refuse_overloaded(&self.identity, message, out);
            return;
        }
        let address = match self.locate(&request) {
            Ok(address) => address,
            Err(failure) => {
                self.count_refused(arrival.peer, word, failure.result_code);
                return write_failure(&failure, &self.identity, &request.answer_context(), out);
            }
        };
        let cell = &self.shards[usize::from(address.shard)];
        let now = |core: &mut ShardCore| {
            self.charge_diameter(core, &request, address, arrival, Some(&mut *out))
        };
        let later = || Job::Diameter {
            connection: arrival.connection,
            peer: arrival.peer,
            frame: arrival.frame.into(),
            now: arrival.now,
        };
        let served = cell.run(now, later, &|core, job| self.serve_queued(core, job));
        if !matches!(served, Ok(Some(true) | None)) {
            self.count_refused(arrival.peer, word, 3_004);
            refuse_overloaded(&self.identity, message, out);
        }
    }

    /// The line a request is about: by Subscription-Id, or by its open session when it names none.
    fn locate(&self, request: &CreditControlRequest<'_>) -> Result<LineAddress, Failure> {
        let named = identities(request, &self.plan);
        let running = matches!(kind(request), Kind::Update | Kind::Terminate);
        let by_identity = named
            .iter()
            .find_map(|&identity| self.directory.holder(identity));
        if running {
            return self
                .locate_session(request.session_id, by_identity)
                .or(by_identity)
                .ok_or_else(|| result(ResultCode::UNKNOWN_SESSION_ID));
        }
        if request.subscription_ids.is_empty() {
            return Err(Failure::missing(avp::SUBSCRIPTION_ID));
        }
        by_identity.ok_or_else(|| result(ResultCode::USER_UNKNOWN))
    }

    /// Where a session is open or remembered: on its subscriber's shard, or on any when the
    /// request names no subscriber or the subscriber has moved.
    fn locate_session(&self, session: &str, hint: Option<LineAddress>) -> Option<LineAddress> {
        let on = |shard: u16, hint: Option<LineAddress>| {
            let core = self.shards[usize::from(shard)].lock();
            match core.shard.session_owner(session) {
                Some((account, line)) => Some(LineAddress {
                    shard,
                    account,
                    line,
                }),
                None if core.shard.remembers(session) => Some(hint.unwrap_or(LineAddress {
                    shard,
                    account: 0,
                    line: 0,
                })),
                None => None,
            }
        };
        if let Some(found) = hint.and_then(|hint| on(hint.shard, Some(hint))) {
            return Some(found);
        }
        let others = 0..self.config.shards;
        others
            .filter(|&shard| hint.is_none_or(|hint| hint.shard != shard))
            .find_map(|shard| on(shard, None))
    }

    /// Hands a request to its shard; the answer goes to `immediate` when nothing has to be durable
    /// first, else it is held. Returns false when the shard is overloaded.
    fn charge_diameter(
        &self,
        core: &mut ShardCore,
        request: &CreditControlRequest<'_>,
        address: LineAddress,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
    ) -> bool {
        if core.journal.len() > self.config.pending_bytes_per_shard {
            return false;
        }
        let service = ServiceName::Context(request.service_context_id);
        let unit = core
            .shard
            .unit_of(address.account, request.session_id, service);
        let parts = Parts::of(request, &self.plan);
        let when = (arrival.now, arrival.evidence);
        let state = request
            .origin_state_id
            .unwrap_or_else(|| self.state_of(request.origin_host));
        let built = parts.as_ref().map_err(Clone::clone);
        let charging = built.and_then(|parts| build(request, parts, (address, state), unit, when));
        let charging = match charging {
            Ok(charging) => charging,
            Err(failure) => {
                let context = request.answer_context();
                self.count(core, arrival.peer, request, failure.result_code);
                self.send(core, arrival, immediate, |out| {
                    write_failure(&failure, &self.identity, &context, out);
                });
                return true;
            }
        };
        let outcome = core.shard.charge(&charging, arrival.now, &mut core.journal);
        let (answer, held) = match outcome {
            Outcome::Held(answer) => (answer, true),
            Outcome::Immediate(answer) => (answer, false),
        };
        if answer.needs_evidence && self.park_diameter(core, &charging, address, arrival) {
            return true;
        }
        self.count(core, arrival.peer, request, u32::from(answer.result.0));
        let account = core.shard.account_at(address.account);
        let currency = account.map(|account| account.currency);
        if held {
            self.trace(core, request, &answer, arrival);
        }
        self.send(core, arrival, immediate.filter(|_| !held), |out| {
            write_answer(&answer, request, currency, &self.identity, out);
        });
        true
    }

    fn send(
        &self,
        core: &mut ShardCore,
        arrival: &Arrival<'_>,
        immediate: Option<&mut Vec<u8>>,
        write: impl FnOnce(&mut Vec<u8>),
    ) {
        match immediate {
            Some(out) => write(out),
            None => {
                let deadline = arrival.now + self.config.answer_deadline_ms;
                core.held.hold(arrival.connection, deadline, write);
            }
        }
    }

    fn count(
        &self,
        core: &mut ShardCore,
        peer: u16,
        request: &CreditControlRequest<'_>,
        result: u32,
    ) {
        *core
            .counters
            .entry((peer, kind_word(kind(request)), result))
            .or_default() += 1;
    }

    fn count_refused(&self, peer: u16, word: &'static str, result: u32) {
        *self.refused.lock().entry((peer, word, result)).or_default() += 1;
    }

    fn trace(
        &self,
        core: &mut ShardCore,
        request: &CreditControlRequest<'_>,
        answer: &Answer,
        arrival: &Arrival<'_>,
    ) {
        if !sampled(request.session_id, self.config.trace_one_in) {
            return;
        }
        core.held.spans.push(Span {
            session: request.session_id.to_owned(),
            peer: request.origin_host.to_owned(),
            kind: kind_word(kind(request)),
            number: request.request_number,
            result: answer.result.0,
            shard: core.id,
            received_ns: arrival.received_ns,
            applied_ns: now_ns(),
            taken_ns: 0,
            committed_ns: 0,
        });
    }

    fn serve_queued(&self, core: &mut ShardCore, job: Job) {
        match job {
            Job::Diameter {
                connection,
                peer,
                frame,
                now,
            } => {
                let arrival = Arrival {
                    connection,
                    peer,
                    frame: &frame,
                    now,
                    received_ns: 0,
                    evidence: Evidence::Unasked,
                };
                self.serve_frame(core, &arrival);
            }
            Job::Control { token, json, now } => {
                if let Ok(request) = RequestJson::parse(&json) {
                    let found = self.locate_control(&request, Some(core));
                    let evidence = Evidence::Unasked;
                    let outcome = match found {
                        Some(address) if address.shard == core.id => {
                            self.charge_control(core, &request, address, (token, now), evidence)
                        }
                        _ => Some(error_json(ResultCode::TOO_BUSY)),
                    };
                    core.held
                        .outcomes
                        .extend(outcome.map(|outcome| (token, outcome)));
                }
            }
        }
    }

    /// Serves a frame whose shard we already hold.
    fn serve_frame(&self, core: &mut ShardCore, arrival: &Arrival<'_>) {
        let Ok(message) = Message::parse(arrival.frame) else {
            return;
        };
        let Ok(request) = CreditControlRequest::parse(&message) else {
            return;
        };
        let named = identities(&request, &self.plan);
        let own = core.shard.session_owner(request.session_id);
        let address = match own {
            Some((account, line)) => Some(LineAddress {
                shard: core.id,
                account,
                line,
            }),
            None => named
                .iter()
                .find_map(|&identity| self.directory.holder(identity)),
        };
        match address.filter(|address| address.shard == core.id) {
            Some(address) => {
                self.charge_diameter(core, &request, address, arrival, None);
            }
            None => {
                let failure = result(ResultCode::UNKNOWN_SESSION_ID);
                let context = request.answer_context();
                self.send(core, arrival, None, |out| {
                    write_failure(&failure, &self.identity, &context, out);
                });
            }
        }
    }

    // ---- evidence from the database -----------------------------------------------------------

    fn park_diameter(
        &self,
        core: &ShardCore,
        request: &openmvno_charging::Request<'_>,
        address: LineAddress,
        arrival: &Arrival<'_>,
    ) -> bool {
        let Some(lookup) = lookup_of(core, request, address) else {
            return false;
        };
        self.park(Parked {
            connection: arrival.connection,
            peer: arrival.peer,
            frame: Some(arrival.frame.into()),
            control: None,
            lookup,
            told: false,
        })
    }

    fn park(&self, parked: Parked) -> bool {
        let mut all = self.parked.lock();
        if all.len() >= PARKED_REQUESTS {
            return false;
        }
        all.insert(self.next_parked.fetch_add(1, Ordering::Relaxed), parked);
        true
    }

    /// Questions to the database that have not been handed out yet: (id, question).
    pub fn lookups(&self) -> Vec<(u64, Lookup)> {
        let mut parked = self.parked.lock();
        let new = parked.iter_mut().filter(|(_, parked)| !parked.told);
        new.map(|(&id, parked)| {
            parked.told = true;
            (id, parked.lookup.clone())
        })
        .collect()
    }

    /// The database has answered: the parked request is decided now. Its answer comes with the
    /// next batch.
    ///
    /// # Errors
    /// [`NodeError::Damaged`] when the finding is not one.
    pub fn resume(&self, id: u64, finding: &[u8], now: i64) -> Result<(), NodeError> {
        let finding: Finding = serde_json::from_slice(finding)
            .map_err(|error| NodeError::Damaged(format!("finding: {error}")))?;
        let Some(parked) = self.parked.lock().remove(&id) else {
            return Ok(());
        };
        let evidence = Evidence::from(finding);
        if let Some(frame) = &parked.frame {
            let (connection, peer) = (parked.connection, parked.peer);
            let arrival = Arrival {
                connection,
                peer,
                frame,
                now,
                received_ns: 0,
                evidence,
            };
            self.resume_diameter(&arrival);
        }
        if let Some((token, json)) = &parked.control
            && let Ok(request) = RequestJson::parse(json)
        {
            self.resume_control(&request, *token, now, evidence);
        }
        Ok(())
    }

    fn resume_diameter(&self, arrival: &Arrival<'_>) {
        let Ok(message) = Message::parse(arrival.frame) else {
            return;
        };
        let Ok(request) = CreditControlRequest::parse(&message) else {
            return;
        };
        if let Ok(address) = self.locate(&request) {
            let mut core = self.shards[usize::from(address.shard)].lock();
            self.charge_diameter(&mut core, &request, address, arrival, None);
        }
    }

    fn resume_control(&self, request: &RequestJson, token: u64, now: i64, evidence: Evidence) {
        let Some(address) = self.locate_control(request, None) else {
            return;
        };
        let mut core = self.shards[usize::from(address.shard)].lock();
        let outcome = self.charge_control(&mut core, request, address, (token, now), evidence);
        core.held
            .outcomes
            .extend(outcome.map(|outcome| (token, outcome)));
    }

    // ---- control ----------------------------------------------------------------------------------

    /// A charging request in JSON. The outcome is returned at once when nothing had to be
    /// journaled, else it comes with [`Node::release`] under `token`.
    ///
    /// # Errors
    /// [`Refused`]: nothing has changed.
    pub fn submit(&self, token: u64, json: &[u8], now: i64) -> Result<Option<Box<[u8]>>, Refused> {
        let request = RequestJson::parse(json)?;
        if !self.storage.load(Ordering::Relaxed) {
            return Err(Refused::Overloaded);
        }
        let Some(address) = self.locate_control(&request, None) else {
            let running = matches!(request.kind(), Kind::Update | Kind::Terminate);
            let unknown = if running {
                ResultCode::UNKNOWN_SESSION_ID
            } else {
                ResultCode::USER_UNKNOWN
            };
            return Ok(Some(error_json(unknown)));
        };
        let cell = &self.shards[usize::from(address.shard)];
        let served = cell.run(
            |core| {
                if core.journal.len() > self.config.pending_bytes_per_shard {
                    return Err(Refused::Overloaded);
                }
                let evidence = Evidence::Unasked;
                Ok(self.charge_control(core, &request, address, (token, now), evidence))
            },
            || Job::Control {
                token,
                json: json.into(),
                now,
            },
            &|core, job| self.serve_queued(core, job),
        );
        match served {
            Ok(Some(outcome)) => outcome,
            Ok(None) => Ok(None),
            Err(_) => Err(Refused::Overloaded),
        }
    }

    /// The line of a request of a tenant; another tenant's are not found.
    fn locate_control(
        &self,
        request: &RequestJson,
        held: Option<&ShardCore>,
    ) -> Option<LineAddress> {
        let by_identity = request
            .identities()
            .find_map(|identity: Identity| self.directory.holder(identity));
        let running = matches!(request.kind(), Kind::Update | Kind::Terminate);
        let found = match (running, held) {
            (true, None) => self
                .locate_session(request.session(), by_identity)
                .or(by_identity),
            (true, Some(core)) => {
                let own = core.shard.session_owner(request.session());
                own.map(|(account, line)| LineAddress {
                    shard: core.id,
                    account,
                    line,
                })
                .or(by_identity)
            }
            (false, _) => by_identity,
        }?;
        let owned = |core: &ShardCore| {
            let account = core.shard.account_at(found.account)?;
            (core.shard.tenant_of(account) == request.tenant()).then_some(found)
        };
        match held {
            Some(core) if core.id == found.shard => owned(core),
            Some(_) => None,
            None => owned(&self.shards[usize::from(found.shard)].lock()),
        }
    }

    fn charge_control(
        &self,
        core: &mut ShardCore,
        request: &RequestJson,
        address: LineAddress,
        (token, now): (u64, i64),
        evidence: Evidence,
    ) -> Option<Box<[u8]>> {
        let charging = request.request(address, now, evidence);
        let outcome = core.shard.charge(&charging, now, &mut core.journal);
        let (answer, held) = match outcome {
            Outcome::Held(answer) => (answer, true),
            Outcome::Immediate(answer) => (answer, false),
        };
        if answer.needs_evidence
            && let Some(lookup) = lookup_of(core, &charging, address)
        {
            return self.park_control(lookup, request, token);
        }
        let account = core.shard.account_at(address.account)?;
        let balance = (account.balance, account.reserved, account.available());
        let json = outcome_json(&answer, balance, account.currency.code());
        if held {
            core.held.outcomes.push((token, json));
            return None;
        }
        Some(json)
    }

    fn park_control(&self, lookup: Lookup, request: &RequestJson, token: u64) -> Option<Box<[u8]>> {
        let json = request.source().into();
        let control = Some((token, json));
        let parked = Parked {
            connection: 0,
            peer: 0,
            frame: None,
            control,
            lookup,
            told: false,
        };
        if self.park(parked) {
            None
        } else {
            Some(error_json(ResultCode::TOO_BUSY))
        }
    }

    /// The next `engine_command` row of a shard. A row already applied is ignored.
    ///
    /// # Errors
    /// [`NodeError::CommandGap`] when it is not the next.
    pub fn command(
        &self,
        token: u64,
        shard: u16,
        row: CommandRow<'_>,
        now: i64,
    ) -> Result<(), NodeError> {
        let mut core = self.cell(shard)?.lock();
        let core = &mut *core;
        let expected = core.shard.command_seq() + 1;
        if row.seq < expected {
            return Ok(());
        }
        if row.seq > expected {
            return Err(NodeError::CommandGap(expected));
        }
        let before = self.identities_before(core, row.json);
        let (outcome, slot) = core
            .shard
            .administer(row, &self.directory, now, &mut core.journal);
        if let Some(slot) = slot
            && let Some(account) = core.shard.account_at(slot)
        {
            self.directory.refresh(core.id, slot, account, &before);
        }
        core.held.outcomes.push((token, outcome.into_boxed_bytes()));
        Ok(())
    }

    /// The identities a `change_line` may take from its account.
    fn identities_before(&self, core: &ShardCore, json: &str) -> Vec<Identity> {
        #[derive(serde::Deserialize)]
        struct Target {
            tenant: Uuid,
            account: Uuid,
        }
        if !json.contains("change_line") {
            return Vec::new();
        }
        let target = serde_json::from_str::<Target>(json).ok();
        let account = target.and_then(|target| core.shard.account(target.tenant, target.account));
        account.map(identities_of).unwrap_or_default()
    }

    /// The seq of the last command applied on a shard.
    ///
    /// # Errors
    /// [`NodeError::ShardUnknown`].
    pub fn command_seq(&self, shard: u16) -> Result<u64, NodeError> {
        Ok(self.cell(shard)?.lock().shard.command_seq())
    }

    /// Timers of sessions and connections.
    pub fn tick(&self, now: i64) -> Vec<Written> {
        if self.storage.load(Ordering::Relaxed) {
            for cell in &self.shards {
                let mut core = cell.lock();
                let core = &mut *core;
                core.shard.tick(now, SESSIONS_PER_TICK, &mut core.journal);
            }
        }
        let connections: Vec<_> = self
            .connections
            .read()
            .iter()
            .map(|(&id, one)| (id, Arc::clone(one)))
            .collect();
        let mut written = Vec::new();
        for (id, connection) in connections {
            let mut connection = connection.lock();
            if connection.closed || connection.peer.deadline_ms() > clock(now) {
                continue;
            }
            let mut out = Vec::new();
            let close = matches!(
                connection.peer.on_tick(clock(now), &mut out),
                PeerAction::Close(_)
            );
            connection.closed |= close;
            if close || !out.is_empty() {
                written.push((id, out, close));
            }
        }
        written
    }

    /// Ends every connection with a DPR (RFC 6733 §5.4), for a clean stop.
    pub fn disconnect_peers(&self, now: i64) -> Vec<Written> {
        const REBOOTING: u32 = 0;
        let mut written = Vec::new();
        for (&id, connection) in self.connections.read().iter() {
            let mut out = Vec::new();
            connection
                .lock()
                .peer
                .disconnect(clock(now), REBOOTING, &mut out);
            if !out.is_empty() {
                written.push((id, out, false));
            }
        }
        written
    }

    /// The live balance of an account, as JSON.
    #[must_use]
    pub fn balance(&self, tenant: Uuid, account: Uuid) -> Option<String> {
        let shard = openmvno_charging::shard_of(tenant, account, self.config.shards);
        let core = self.shards[usize::from(shard)].lock();
        let account = core.shard.account(tenant, account)?;
        let sessions = account.open.len();
        let json = json!({
            "currency": account.currency.code(),
            "balance": account.balance,
            "reserved": account.reserved,
            "available": account.available(),
            "sessions": sessions,
        });
        Some(json.to_string())
    }

    // ---- group commit ---------------------------------------------------------------------------

    /// Whether a batch waits to be taken.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.shards.iter().any(|cell| cell.lock().has_pending())
    }

    /// Everything that waits, unless a batch is out already.
    pub fn take_batch(&self) -> Option<Batch> {
        let mut flight = self.flight.lock();
        if flight.is_some() {
            return None;
        }
        let mut rows = Vec::new();
        let mut held = Vec::new();
        let mut records = 0;
        for cell in &self.shards {
            let mut core = cell.lock();
            if !core.held.is_empty() {
                held.push(std::mem::take(&mut core.held));
            }
            if core.journal.is_empty() {
                continue;
            }
            records += core.journal.records();
            core.seq += 1;
            let (shard, seq) = (core.id, core.seq);
            core.shard.mark(seq);
            let spare = std::mem::take(&mut core.spare);
            rows.push((shard, seq, core.journal.take(spare)));
        }
        if rows.is_empty() && held.is_empty() {
            return None;
        }
        let number = self.next_batch.fetch_add(1, Ordering::Relaxed);
        let batch = arrays(number, records, &rows);
        for (shard, _, payload) in rows {
            self.shards[usize::from(shard)].lock().spare = payload;
        }
        *flight = Some(Flight {
            number,
            held,
            taken_ns: now_ns(),
        });
        Some(batch)
    }

    /// The batch is durable: what it held may leave.
    ///
    /// # Errors
    /// [`NodeError::BatchUnknown`].
    pub fn release(&self, number: u64, now: i64) -> Result<Released, NodeError> {
        let mut flight = self.flight.lock();
        match flight.take() {
            Some(out) if out.number == number => Ok(release(out, now, now_ns())),
            other => {
                *flight = other;
                Err(NodeError::BatchUnknown(number))
            }
        }
    }

    /// Storage is away, or back.
    pub fn set_storage(&self, available: bool) {
        self.storage.store(available, Ordering::Relaxed);
    }

    /// Up to `limit` slices (shard, slice, seq, payload) of shards whose memory equals the journal.
    pub fn snapshot_due(&self, limit: usize) -> Vec<(u16, i32, u64, Vec<u8>)> {
        let mut slices = Vec::new();
        let count = u32::from(self.config.shards);
        for _ in 0..count {
            let turn = self.snapshot_turn.load(Ordering::Relaxed) % count;
            let mut core = self.shards[turn as usize].lock();
            while slices.len() < limit && core.journal.is_empty() {
                let seq = core.seq;
                let Some((slice, payload)) = core.shard.next_slice(seq) else {
                    self.snapshot_turn.fetch_add(1, Ordering::Relaxed);
                    break;
                };
                slices.push((core.id, slice, seq, payload));
            }
            if slices.len() >= limit || !core.journal.is_empty() {
                break;
            }
        }
        slices
    }

    // ---- observation --------------------------------------------------------------------------------

    /// Counters and gauges, JSON.
    #[must_use]
    pub fn statistics(&self) -> String {
        let mut statistics = Statistics {
            connections: self.connections.read().len(),
            parked: self.parked.lock().len(),
            storage_available: self.storage.load(Ordering::Relaxed),
            ..Statistics::default()
        };
        let mut counters = self.refused.lock().clone();
        for cell in &self.shards {
            let core = cell.lock();
            let (sessions, reserved, remembered, accounts) = core.shard.gauges();
            statistics.sessions += sessions;
            statistics.reserved_micros += reserved;
            statistics.remembered_answers += remembered;
            statistics.accounts += accounts;
            statistics.pending_bytes += core.journal.len();
            statistics.queued += cell.queued();
            merge(&mut counters, &core.counters);
        }
        let hosts = self.hosts.read();
        let mut counters: Vec<_> = counters.into_iter().collect();
        counters.sort_unstable();
        statistics.ccr = counters
            .into_iter()
            .map(|((peer, kind, result), count)| CcrCount {
                peer: hosts.get(usize::from(peer)).cloned().unwrap_or_default(),
                kind,
                result,
                count,
            })
            .collect();
        serde_json::to_string(&statistics).unwrap_or_default()
    }
}

/// The database question a request raises.
fn lookup_of(
    core: &ShardCore,
    request: &openmvno_charging::Request<'_>,
    address: LineAddress,
) -> Option<Lookup> {
    let account = core.shard.account_at(address.account)?;
    let tenant = core.shard.tenant_of(account);
    let openmvno_charging::SessionRef::Named(session) = request.session else {
        return None;
    };
    Some(match request.kind {
        Kind::Refund => Lookup::Debit {
            tenant,
            account: account.id,
            cdr: request.refund_of,
            correlation: request.correlation.to_owned(),
        },
        _ => Lookup::Session {
            tenant,
            session: session.to_owned(),
        },
    })
}

fn result(code: ResultCode) -> Failure {
    let words = match code {
        ResultCode::USER_UNKNOWN => "no line has this Subscription-Id",
        _ => "no such session is open",
    };
    Failure::new(u32::from(code.0), words)
}

fn clock(now: i64) -> u64 {
    u64::try_from(now).unwrap_or(0)
}
