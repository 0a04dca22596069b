//! A shard with its queue: one writer at a time, and nobody waits for it.

use crate::batch::Held;
use crate::depletion::Depletions;
use crate::utilisation::Utilisation;
use crossbeam_queue::ArrayQueue;
use hashbrown::HashMap;
use openmvno_charging::{JournalWriter, Limits, Shard};
use openmvno_diameter::LocalIdentity;
use openmvno_diameter::peer::Profile;
use parking_lot::{Mutex, MutexGuard};
use std::sync::Arc;

/// A request that waits for its shard.
#[derive(Debug)]
pub(crate) enum Job {
    /// A Credit-Control-Request in its wire form.
    Diameter {
        connection: u32,
        /// As of [`crate::node::Arrival`].
        tag: u64,
        peer: u16,
        identity: Arc<LocalIdentity>,
        profile: Arc<Profile>,
        frame: Box<[u8]>,
        now: i64,
    },
    /// A request in JSON.
    Control {
        token: u64,
        json: Box<[u8]>,
        now: i64,
    },
}

/// The queue of a shard is full.
#[derive(Debug)]
pub(crate) struct QueueFull;

/// CCR by (peer, request kind, Result-Code).
pub(crate) type Counters = HashMap<(u16, &'static str, u32), u64>;

/// What the shard's writer works on.
#[derive(Debug)]
pub(crate) struct ShardCore {
    pub(crate) id: u16,
    /// Whether this node decides; else it follows the journal.
    pub(crate) owned: bool,
    /// Whether the directory has its lines.
    pub(crate) listed: bool,
    pub(crate) shard: Shard,
    pub(crate) journal: JournalWriter,
    pub(crate) held: Held,
    /// The seq of the last row taken.
    pub(crate) seq: u64,
    pub(crate) counters: Counters,
    /// Sessions of gateways that go on without credit.
    pub(crate) depletions: Depletions,
    /// A payload buffer to use again.
    pub(crate) spare: Vec<u8>,
    /// What held the answers of the last batch, to use again.
    pub(crate) spare_held: Held,
    pub(crate) utilisation: Utilisation,
}

impl ShardCore {
    pub(crate) fn has_pending(&self) -> bool {
        !self.journal.is_empty() || !self.held.is_empty() || self.shard.has_orders()
    }
}

#[derive(Debug)]
pub(crate) struct ShardCell {
    queue: ArrayQueue<Job>,
    core: Mutex<ShardCore>,
}

impl ShardCell {
    pub(crate) fn new(id: u16, limits: Limits, queue: usize) -> Self {
        let core = ShardCore {
            id,
            owned: false,
            listed: false,
            shard: Shard::new(id, limits),
            journal: JournalWriter::default(),
            held: Held::default(),
            seq: 0,
            counters: Counters::new(),
            depletions: Depletions::default(),
            spare: Vec::new(),
            spare_held: Held::default(),
            utilisation: Utilisation::default(),
        };
        Self {
            queue: ArrayQueue::new(queue.max(1)),
            core: Mutex::new(core),
        }
    }

    /// Requests that wait.
    pub(crate) fn queued(&self) -> usize {
        self.queue.len()
    }

    /// How many may wait.
    pub(crate) fn queue_limit(&self) -> usize {
        self.queue.capacity()
    }

    /// The writer's place, for timers, commands and batches, which may wait for it.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ShardCore> {
        self.core.lock()
    }

    /// Runs `now` as the writer when the shard is free, else queues what `later` makes. Queued
    /// jobs are given to `serve`, in order, by whoever is the writer.
    pub(crate) fn run<T>(
        &self,
        now: impl FnOnce(&mut ShardCore) -> T,
        later: impl FnOnce() -> Job,
        serve: &dyn Fn(&mut ShardCore, Job),
    ) -> Result<Option<T>, QueueFull> {
        if let Some(mut core) = self.core.try_lock() {
            let begun = core.utilisation.begin();
            self.drain(&mut core, serve);
            let result = now(&mut core);
            core.utilisation.end(begun);
            drop(core);
            self.drain_if_free(serve);
            return Ok(Some(result));
        }
        self.queue.push(later()).map_err(|_| QueueFull)?;
        self.drain_if_free(serve);
        Ok(None)
    }

    /// The writer's place once everything that waits is served.
    pub(crate) fn drained(&self, serve: &dyn Fn(&mut ShardCore, Job)) -> MutexGuard<'_, ShardCore> {
        let mut core = self.core.lock();
        self.drain(&mut core, serve);
        core
    }

    fn drain(&self, core: &mut ShardCore, serve: &dyn Fn(&mut ShardCore, Job)) {
        while let Some(job) = self.queue.pop() {
            serve(core, job);
        }
    }

    /// A job pushed while the writer was leaving must not be left behind.
    pub(crate) fn drain_if_free(&self, serve: &dyn Fn(&mut ShardCore, Job)) {
        while !self.queue.is_empty() {
            let Some(mut core) = self.core.try_lock() else {
                return;
            };
            self.drain(&mut core, serve);
        }
    }
}
