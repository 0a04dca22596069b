//! What time brings about: expiry of sessions, watchdogs, a clean stop.

use crate::node::{Node, Written, clock};

/// Sessions closed by one tick of one shard: no command does unbounded work.
const SESSIONS_PER_TICK: usize = 500;

impl Node {
    /// Timers of sessions and connections.
    pub fn tick(&self, now: i64) -> Vec<Written> {
        let storage = self.has_storage();
        self.admission.tick(now);
        for cell in &self.shards {
            let mut core = cell.lock();
            let core = &mut *core;
            if core.owned && storage {
                core.depletions.forget(now);
                core.shard.tick(now, SESSIONS_PER_TICK, &mut core.journal);
            } else if !core.owned {
                core.shard.drop_spent_timers(SESSIONS_PER_TICK);
            }
        }
        if storage {
            self.reauthorise_for_catalogs(now);
        }
        let due = self.orders_due(now).into_iter();
        let mut written: Vec<Written> = due.map(|(id, out)| (id, out, None)).collect();
        for (id, connection) in self.all_connections() {
            let mut connection = connection.lock();
            let dripping = connection.is_dripping(now, self.config.message_ms);
            let due = dripping || connection.peer.deadline_ms() <= clock(now);
            if connection.closed || !due {
                continue;
            }
            let mut out = Vec::new();
            let action = if dripping {
                connection.peer.on_incomplete_message()
            } else {
                connection.peer.on_tick(clock(now), &mut out)
            };
            let close = self.closing(&connection, &action);
            connection.closed |= close.is_some();
            if close.is_some() || !out.is_empty() {
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
                written.push((id, out, None));
            }
        }
        written
    }
}
