//! The node: connections, shards, batches, recovery.

use crate::account_view::account_json;
use crate::batch::Flight;
use crate::bundles::Bundles;
use crate::config::EngineConfig;
use crate::connection::Connection;
use crate::directory::Directory;
use crate::evidence::Lookup;
use crate::forwards::Forwards;
use crate::links::Links;
use crate::live_trace::LiveTraces;
use crate::orders::Orders;
use crate::routes::Routes;
use crate::shard_cell::{Counters, ShardCell};
use crate::statistics::{CcrCount, ShardLoad, Statistics, merge};
use openmvno_charging::{Evidence, Identity, Uuid};
use openmvno_diameter::LocalIdentity;
use openmvno_diameter::peer::{PeerSettings, PeerTable, Profile};
use openmvno_rating::{Catalog, Mistake};
use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

/// What a call of the node could not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeError {
    /// No such shard.
    ShardUnknown(u16),
    /// Commands must come in order: this seq was expected.
    CommandGap(u64),
    /// The shard is another node's.
    NotOwned(u16),
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
            Self::NotOwned(shard) => write!(formatter, "shard {shard} is another node's"),
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
    /// Close the connection after them: why, for people.
    pub close: Option<String>,
}

/// Bytes for one connection, and why to close it after them if it is to be closed.
pub type Written = (u32, Vec<u8>, Option<String>);

#[derive(Debug)]
pub(crate) struct Parked {
    pub(crate) connection: u32,
    /// As of [`Arrival`].
    pub(crate) tag: u64,
    pub(crate) peer: u16,
    pub(crate) identity: Arc<LocalIdentity>,
    pub(crate) profile: Arc<Profile>,
    pub(crate) frame: Option<Box<[u8]>>,
    pub(crate) control: Option<(u64, Box<[u8]>)>,
    pub(crate) lookup: Lookup,
    pub(crate) told: bool,
}

/// One node of the charging engine.
#[derive(Debug)]
pub struct Node {
    pub(crate) config: EngineConfig,
    pub(crate) identity: Arc<LocalIdentity>,
    pub(crate) settings: Arc<PeerSettings>,
    pub(crate) peers: RwLock<Arc<PeerTable>>,
    pub(crate) shards: Vec<ShardCell>,
    pub(crate) directory: Directory,
    pub(crate) connections: RwLock<BTreeMap<u32, Arc<Mutex<Connection>>>>,
    pub(crate) next_connection: AtomicU32,
    /// Connections without CER, oldest first.
    pub(crate) half_open: Mutex<BTreeSet<u32>>,
    /// Hosts whose last connection was lost to its watchdog.
    pub(crate) lost: Mutex<BTreeSet<String>>,
    /// What the database said about ICCIDs.
    pub(crate) cards: papaya::HashMap<Box<str>, Identity>,
    pub(crate) hosts: RwLock<Vec<String>>,
    /// Highest Origin-State-Id seen from each host.
    pub(crate) states: papaya::HashMap<Box<str>, u32>,
    pub(crate) refused: Mutex<Counters>,
    /// How many shards are this node's; of the others it follows the journal.
    pub(crate) owned: AtomicUsize,
    /// By shard: the owner number of the node that has it, 0 while nobody is known to.
    pub(crate) owners: Vec<AtomicU64>,
    /// Requests that other nodes are to decide.
    pub(crate) forwards: Forwards,
    /// Doors of other nodes whose requests are decided here.
    pub(crate) links: Links,
    pub(crate) storage: AtomicBool,
    pub(crate) flight: Mutex<Option<Flight>>,
    pub(crate) next_batch: AtomicU64,
    pub(crate) parked: Mutex<BTreeMap<u64, Parked>>,
    pub(crate) next_parked: AtomicU64,
    pub(crate) snapshot_turn: AtomicU32,
    pub(crate) bundles: Bundles,
    pub(crate) routes: Routes,
    pub(crate) orders: Mutex<Orders>,
    pub(crate) live_traces: LiveTraces,
}

/// A Credit-Control-Request on its way to its shard.
pub(crate) struct Arrival<'a> {
    /// Of the gateway; of a request another node's door sent, the link to it.
    pub(crate) connection: u32,
    /// What the other door knows the request by; 0 of a request that came to our own.
    pub(crate) tag: u64,
    pub(crate) peer: u16,
    /// Whom the gateway speaks to.
    pub(crate) identity: &'a Arc<LocalIdentity>,
    /// Origin-Host of the connection's peer; empty when the request was held back meanwhile.
    pub(crate) peer_host: &'a str,
    pub(crate) profile: &'a Arc<Profile>,
    pub(crate) frame: &'a [u8],
    pub(crate) now: i64,
    pub(crate) received_ns: u64,
    pub(crate) evidence: Evidence,
}

impl Node {
    /// A node without accounts; recovery or commands bring them.
    #[must_use]
    pub fn new(config: EngineConfig) -> Self {
        let (limits, queue) = (config.limits(), config.queue_per_shard);
        Self {
            identity: Arc::new(config.identity()),
            settings: Arc::new(config.peer_settings()),
            peers: RwLock::new(Arc::new(PeerTable::open())),
            shards: (0..config.shards)
                .map(|id| ShardCell::new(id, limits, queue))
                .collect(),
            directory: Directory::new(config.number_plan()),
            connections: RwLock::default(),
            next_connection: AtomicU32::new(1),
            half_open: Mutex::default(),
            lost: Mutex::default(),
            cards: papaya::HashMap::new(),
            hosts: RwLock::new(vec![String::new()]),
            states: papaya::HashMap::new(),
            refused: Mutex::default(),
            owned: AtomicUsize::new(0),
            owners: (0..config.shards).map(|_| AtomicU64::new(0)).collect(),
            forwards: Forwards::new(config.forwarded_requests),
            links: Links::default(),
            storage: AtomicBool::new(true),
            flight: Mutex::default(),
            next_batch: AtomicU64::new(1),
            parked: Mutex::default(),
            next_parked: AtomicU64::new(1),
            snapshot_turn: AtomicU32::new(0),
            bundles: Bundles::default(),
            routes: Routes::default(),
            orders: Mutex::new(Orders::new(config.orders_per_second, config.orders_waiting)),
            live_traces: LiveTraces::default(),
            config,
        }
    }

    pub(crate) fn cell(&self, shard: u16) -> Result<&ShardCell, NodeError> {
        self.shards
            .get(usize::from(shard))
            .ok_or(NodeError::ShardUnknown(shard))
    }

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

    /// The live balance of an account, as JSON.
    #[must_use]
    pub fn balance(&self, tenant: Uuid, account: Uuid) -> Option<String> {
        let shard = openmvno_charging::shard_of(tenant, account, self.config.shards);
        let core = self.shards[usize::from(shard)].lock();
        let account = core.shard.account(tenant, account)?;
        let catalog = core.shard.catalog_of(account);
        Some(account_json(account, catalog, core.shard.clock()).to_string())
    }

    /// Counters and gauges, JSON.
    #[must_use]
    pub fn statistics(&self) -> String {
        let mut statistics = Statistics {
            connections: self.connections.read().len(),
            parked: self.parked.lock().len(),
            owned_shards: self.owned_shards(),
            forwards: self.forwards.counts(),
            links: self.links.counts(),
            storage_available: self.storage.load(Ordering::Relaxed),
            orders: self.orders.lock().counts(),
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
            statistics.shard_loads.push(ShardLoad {
                shard: core.id,
                sessions,
                answers: remembered,
                memory_limit: self.config.sessions_and_answers_per_shard,
                accounts,
                queued: cell.queued(),
                queue_limit: cell.queue_limit(),
                pending_bytes: core.journal.len(),
                pending_limit: self.config.pending_bytes_per_shard,
                busy_ns: core.utilisation.busy_ns(),
            });
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

pub(crate) fn clock(now: i64) -> u64 {
    u64::try_from(now).unwrap_or(0)
}
