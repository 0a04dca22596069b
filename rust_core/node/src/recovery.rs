//! Recovery and following: snapshot slices, and the journal behind them.

use openmvno_charging::{META_SLICE, Noted, Shard};
use std::collections::BTreeMap;

use crate::directory::identities_of;
use crate::node::{Node, NodeError};
use crate::shard_cell::ShardCore;

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
            let cell = self.cell(shard)?;
            let mut core = cell.lock();
            if core.owned {
                return Err(NodeError::Damaged(format!("shard {shard} is not followed")));
            }
            let mut records = 0;
            for (seq, payload) in rows {
                records += self.follow_row(&mut core, seq, payload)?;
                core.seq = core.seq.max(seq);
            }
            drop(core);
            // What came meanwhile waits in the queue.
            cell.drain_if_free(&|core, job| self.serve_queued(core, job));
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

    /// Applies a journal row, and keeps the directory up to the lines that commands change.
    fn follow_row(&self, core: &mut ShardCore, seq: u64, payload: &[u8]) -> Result<u64, NodeError> {
        let (shard, listed) = (core.id, core.listed);
        let mut before = Vec::new();
        let note = |shard: &Shard, slot: u32, when: Noted| {
            let Some(account) = shard.account_at(slot).filter(|_| listed) else {
                return before.clear();
            };
            match when {
                Noted::Before => before = identities_of(account),
                Noted::After => {
                    let of = (shard.tenant_of(account), account);
                    self.directory.refresh(core.id, slot, of, &before);
                }
            }
        };
        core.shard
            .replay_noting(seq, payload, note)
            .map_err(|error| {
                NodeError::Damaged(format!("journal shard {shard} seq {seq}: {error}"))
            })
    }
}
