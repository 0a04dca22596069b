//! Which shards are this node's: taken with a record of its own, given away once it decides nothing
//! more.

use crate::node::{Node, NodeError};
use crate::shard_cell::ShardCore;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

impl Node {
    /// Shards become this node's: its first record is in the next batch of each. All that others wrote
    /// has been replayed. Clients that announced themselves before are noted now.
    ///
    /// # Errors
    /// [`NodeError::ShardUnknown`].
    pub fn begin(&self, shards: &[u16], now: i64) -> Result<(), NodeError> {
        self.orders.lock().start(now);
        let announced: BTreeMap<_, _> = (self.states.pin().iter())
            .map(|(host, &state)| (host.clone(), state))
            .collect();
        for &shard in shards {
            let mut core = self.cell(shard)?.lock();
            let core = &mut *core;
            if core.owned {
                continue;
            }
            core.shard.begin(self.config.owner, now, &mut core.journal);
            for (host, state) in core.shard.peers().filter(|(_, state)| *state > 0) {
                let known = self.state_of(host);
                self.states.pin().insert(host.into(), state.max(known));
            }
            for (host, &state) in &announced {
                core.shard.peer_state(host, state, now, &mut core.journal);
            }
            self.list(core);
            core.owned = true;
            self.owned.fetch_add(1, Ordering::Relaxed);
            self.set_owner(shard, self.config.owner);
        }
        Ok(())
    }

    /// Nothing more is decided for a shard: what is applied becomes durable, what comes from now on
    /// waits for the next owner.
    ///
    /// # Errors
    /// [`NodeError::ShardUnknown`], [`NodeError::NotOwned`].
    pub fn give(&self, shard: u16) -> Result<(), NodeError> {
        let cell = self.cell(shard)?;
        let mut core = cell.drained(&|core, job| self.serve_queued(core, job));
        if !core.owned {
            return Err(NodeError::NotOwned(shard));
        }
        core.owned = false;
        self.owned.fetch_sub(1, Ordering::Relaxed);
        self.set_owner(shard, 0);
        Ok(())
    }

    /// From now on the lines of the shards that are followed are found, too.
    pub fn follow(&self, now: i64) {
        self.orders.lock().start(now);
        for cell in &self.shards {
            self.list(&mut cell.lock());
        }
    }

    fn list(&self, core: &mut ShardCore) {
        if core.listed {
            return;
        }
        for (slot, account) in (0u32..).zip(core.shard.accounts().iter()) {
            let of = (core.shard.tenant_of(account), account);
            self.directory.refresh(core.id, slot, of, &[]);
        }
        core.listed = true;
    }

    /// Another node is known to have a shard; 0: nobody is.
    pub fn set_owner(&self, shard: u16, owner: u64) {
        if let Some(known) = self.owners.get(usize::from(shard)) {
            known.store(owner, Ordering::Relaxed);
        }
        self.forwards.owners_changed();
    }

    /// The owner number of who has a shard; 0: nobody is known to.
    #[must_use]
    pub fn owner_of(&self, shard: u16) -> u64 {
        let owner = self.owners.get(usize::from(shard));
        owner.map_or(0, |owner| owner.load(Ordering::Relaxed))
    }

    /// This node's shards.
    #[must_use]
    pub fn owned_shards(&self) -> Vec<u16> {
        let own = |&shard: &u16| self.owner_of(shard) == self.config.owner;
        (0..self.config.shards).filter(own).collect()
    }

    pub(crate) fn owns_all(&self) -> bool {
        self.owned.load(Ordering::Relaxed) == self.shards.len()
    }
}
