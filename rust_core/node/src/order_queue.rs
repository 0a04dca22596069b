//! The orders that wait for one gateway, and how fast they may go.

use hashbrown::HashMap;
use openmvno_charging::Order;
use std::collections::VecDeque;

/// After this an order is forgotten.
const LIFETIME_MS: i64 = 60_000;
/// A gateway may be sent at once what its rate allows in this time, milliseconds.
const BURST_MS: i64 = 100;
/// Allowances are counted in thousandths of a request.
const WHOLE: i64 = 1_000;

/// An order on its way.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) shard: u16,
    pub(crate) order: Order,
    pub(crate) since: i64,
    pub(crate) attempts: u8,
    /// The same whenever it is sent again.
    pub(crate) end_to_end: u32,
}

/// The orders for one gateway, in their turn.
#[derive(Debug)]
pub(crate) struct Queue {
    turn: VecDeque<Box<str>>,
    /// By Session-Id.
    waiting: HashMap<Box<str>, Waiting>,
    allowance: i64,
    refilled: i64,
}

impl Queue {
    pub(crate) fn new(now: i64, per_second: i64) -> Self {
        Self {
            turn: VecDeque::new(),
            waiting: HashMap::new(),
            allowance: burst(per_second),
            refilled: now,
        }
    }

    pub(crate) fn push(&mut self, waiting: Waiting) {
        let session = waiting.order.session.clone();
        self.turn.push_back(session.clone());
        self.waiting.insert(session, waiting);
    }

    fn pop(&mut self) -> Option<Waiting> {
        let session = self.turn.pop_front()?;
        self.waiting.remove(&session)
    }

    /// The next one, if one may be sent now.
    pub(crate) fn next(&mut self) -> Option<Waiting> {
        if self.allowance < WHOLE {
            return None;
        }
        self.pop()
    }

    /// One was sent.
    pub(crate) fn spend(&mut self) {
        self.allowance -= WHOLE;
    }

    /// What waits for a session.
    pub(crate) fn of_session(&mut self, session: &str) -> Option<&mut Waiting> {
        self.waiting.get_mut(session)
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Time passed.
    pub(crate) fn refill(&mut self, now: i64, per_second: i64) {
        let passed = (now - self.refilled).max(0);
        self.refilled = now;
        // Thousandths of a request per millisecond are requests per second.
        self.allowance = (self.allowance + passed * per_second).min(burst(per_second));
    }

    /// Forgets what waited too long; how many.
    pub(crate) fn forget_old(&mut self, now: i64) -> u64 {
        let mut forgotten = 0;
        while let Some(oldest) = self.turn.front() {
            let since = self.waiting.get(oldest).map_or(0, |waiting| waiting.since);
            if now - since < LIFETIME_MS {
                break;
            }
            self.pop();
            forgotten += 1;
        }
        forgotten
    }

    /// Nothing waits, and a queue begun anew would be the same.
    pub(crate) fn is_idle(&self, per_second: i64) -> bool {
        self.turn.is_empty() && self.allowance >= burst(per_second)
    }
}

/// The most that may be sent at once: at least one request.
fn burst(per_second: i64) -> i64 {
    (per_second * BURST_MS).max(WHOLE)
}
