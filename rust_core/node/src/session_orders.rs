//! What the shards want of the gateways: taken when durable, sent in turn, answered.

use crate::batch::Held;
use crate::link_wire::{EntryKind, append};
use crate::node::Node;
use openmvno_charging::Order;
use openmvno_diameter::peer::Condition;
use openmvno_diameter::session_request::SessionAnswer;
use openmvno_diameter::{Message, next_frame};

/// Sessions of a shard looked at in one tick after a change of the catalogue.
const SESSIONS_PER_SWEEP: usize = 500;

impl Node {
    /// Queues the orders of a batch that is durable.
    pub(crate) fn take_orders(&self, shard: u16, held: &mut Held, now: i64) {
        if held.orders.is_empty() {
            return;
        }
        let mut orders = self.orders.lock();
        for order in held.orders.drain(..) {
            orders.enqueue(shard, order, now);
        }
    }

    /// The requests to gateways whose turn it is, by connection.
    pub(crate) fn orders_due(&self, now: i64) -> Vec<(u32, Vec<u8>)> {
        let wanted = |shard: u16, order: &Order| {
            let core = self.shards[usize::from(shard)].lock();
            core.shard.is_wanted(order)
        };
        let route = |gateway: &str| self.routes.to(gateway, |id| self.may_send(id));
        let identity = |id: u32| self.links.identity(id);
        let mut due = {
            let mut orders = self.orders.lock();
            orders.due(now, (&self.identity, &identity), route, wanted)
        };
        for (id, out) in &mut due {
            if self.links.has(*id) {
                *out = as_entries(out);
            }
        }
        due
    }

    /// Whether requests of ours may go by a connection: not by one whose watchdog is overdue or that
    /// is ending. One that is being read from this moment is as good as open.
    pub(crate) fn may_send(&self, id: u32) -> bool {
        if self.links.has(id) {
            return true;
        }
        let connection = self.connections.read().get(&id).cloned();
        connection.is_some_and(|connection| {
            let peer = connection.try_lock();
            peer.is_none_or(|one| one.peer.condition() == Condition::Open)
        })
    }

    /// Goes on asking the sessions that a change of catalogue concerns, as fast as their gateways take
    /// the requests.
    pub(crate) fn reauthorise_for_catalogs(&self, now: i64) {
        let shards = usize::from(self.config.shards);
        let room = (self.orders.lock().room() / shards).min(SESSIONS_PER_SWEEP);
        for cell in &self.shards {
            cell.lock().shard.reauthorise_for_catalog(now, room);
        }
    }

    /// A Re-Auth- or Abort-Session-Answer: after 2001 or 2002 the client comes by itself (RFC 8506
    /// §5.5); a session it does not know is given up.
    pub(crate) fn session_answer(&self, message: &Message<'_>, now: i64) {
        let Some(answer) = SessionAnswer::parse(message) else {
            return;
        };
        let unknown = self.orders.lock().answered(answer, now);
        if let Some((shard, order)) = unknown {
            let mut core = self.shards[usize::from(shard)].lock();
            let core = &mut *core;
            if !core.owned {
                // Its next owner asks by itself.
                return;
            }
            core.shard.lost(&order, now, &mut core.journal);
        }
    }
}

/// Requests to gateways as another node's door gets them.
fn as_entries(requests: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = requests;
    while let Ok(Some(length)) = next_frame(rest, usize::MAX) {
        let (request, behind) = rest.split_at(length);
        append(&mut out, EntryKind::Order, 0, |out| {
            out.extend_from_slice(request);
        });
        rest = behind;
    }
    out
}
