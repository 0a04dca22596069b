//! Group commit and snapshots: what is taken, what is released.

use crate::batch::{Batch, Flight, Released, arrays, release};
use crate::span::now_ns;
use std::sync::atomic::Ordering;

use crate::node::{Node, NodeError};

impl Node {
    /// Whether a batch waits to be taken.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.forwards.is_outgoing() || self.shards.iter().any(|cell| cell.lock().has_pending())
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
            let orders = core.shard.take_orders();
            core.held.orders.extend(orders);
            if !core.held.is_empty() {
                let spare = std::mem::take(&mut core.spare_held);
                held.push((core.id, std::mem::replace(&mut core.held, spare)));
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
            Some(mut out) if out.number == number => {
                let mut released = release(&mut out, now, now_ns());
                released
                    .writes
                    .extend(self.links.settle(&mut released.outcomes));
                released.bundles = self.bundles.settle(&mut released.outcomes);
                for (shard, held) in &mut out.held {
                    self.take_orders(*shard, held, now);
                    self.show_traced(held, now);
                }
                released.writes.extend(self.orders_due(now));
                for (shard, emptied) in out.held {
                    self.shards[usize::from(shard)].lock().spare_held = emptied;
                }
                Ok(released)
            }
            other => {
                *flight = other;
                Err(NodeError::BatchUnknown(number))
            }
        }
    }

    /// Whether what is applied can become durable.
    pub(crate) fn has_storage(&self) -> bool {
        self.storage.load(Ordering::Relaxed)
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
            if !core.owned {
                self.snapshot_turn.fetch_add(1, Ordering::Relaxed);
                continue;
            }
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
}
