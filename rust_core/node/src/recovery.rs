//! Recovery: snapshot slices, the journal behind them, then this owner's first record.

use openmvno_charging::META_SLICE;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use crate::node::{Node, NodeError};

impl Node {
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

    /// The seq of the last journal row that was replayed or written.
    ///
    /// # Errors
    /// [`NodeError::ShardUnknown`].
    pub fn journal_seq(&self, shard: u16) -> Result<u64, NodeError> {
        Ok(self.cell(shard)?.lock().seq)
    }

    /// Recovery is over, or a standby takes over: the shards are this node's, whose first record is
    /// in the next batch of every shard. Clients that announced themselves before are noted now.
    pub fn begin(&self, now: i64) {
        self.orders.lock().start(now);
        let announced: BTreeMap<_, _> = (self.states.pin().iter())
            .map(|(host, &state)| (host.clone(), state))
            .collect();
        for cell in &self.shards {
            let mut core = cell.lock();
            let core = &mut *core;
            core.shard.begin(self.config.owner, now, &mut core.journal);
            for (host, state) in core.shard.peers().filter(|(_, state)| *state > 0) {
                let known = self.state_of(host);
                self.states.pin().insert(host.into(), state.max(known));
            }
            for (host, &state) in &announced {
                core.shard.peer_state(host, state, now, &mut core.journal);
            }
            for (slot, account) in (0u32..).zip(core.shard.accounts().iter()) {
                let of = (core.shard.tenant_of(account), account);
                self.directory.refresh(core.id, slot, of, &[]);
            }
        }
        self.owner.store(true, Ordering::Relaxed);
    }
}
