//! A calendar that knows its last answer: nearly every usage is rated now, in one zone, and gets it.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering, fence};

use crate::calendar::{Calendar, PeriodId};
use crate::time::{Millis, TimeZone};

/// The answer and what it is to. Threads share it without waiting for each other: `turn` is odd while one
/// writes, and who sees it odd or changed looks the answer up.
#[derive(Debug, Default)]
struct Last {
    turn: AtomicU64,
    zone: AtomicU64,
    from: AtomicI64,
    until: AtomicI64,
    period: AtomicU64,
}

impl Last {
    fn get(&self, at: Millis, zone: u64) -> Option<(PeriodId, Millis)> {
        let turn = self.turn.load(Ordering::Acquire);
        let from = self.from.load(Ordering::Relaxed);
        let until = self.until.load(Ordering::Relaxed);
        let period = self.period.load(Ordering::Relaxed);
        let here = self.zone.load(Ordering::Relaxed) == zone && from <= at && at < until;
        fence(Ordering::Acquire);
        let whole = turn & 1 == 0 && self.turn.load(Ordering::Relaxed) == turn;
        let period = u16::try_from(period).ok().map(PeriodId);
        period
            .filter(|_| here && whole)
            .map(|period| (period, until))
    }

    fn set(&self, at: Millis, zone: u64, period: PeriodId, until: Millis) {
        let turn = self.turn.load(Ordering::Relaxed);
        let free = turn & 1 == 0
            && self
                .turn
                .compare_exchange(
                    turn,
                    turn.wrapping_add(1),
                    Ordering::Acquire,
                    Ordering::Relaxed,
                )
                .is_ok();
        if !free {
            return;
        }
        fence(Ordering::Release);
        self.zone.store(zone, Ordering::Relaxed);
        self.from.store(at, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
        self.period.store(u64::from(period.0), Ordering::Relaxed);
        self.turn.store(turn.wrapping_add(2), Ordering::Release);
    }
}

/// A calendar with its last answer.
#[derive(Debug, Default)]
pub(crate) struct Remembering {
    calendar: Calendar,
    last: Last,
}

impl Remembering {
    pub(crate) fn new(calendar: Calendar) -> Self {
        Self {
            calendar,
            last: Last::default(),
        }
    }

    /// As [`Calendar::at`].
    pub(crate) fn at(&self, at: Millis, zone: &TimeZone) -> (PeriodId, Option<Millis>) {
        let address = zone.address();
        if let Some((period, until)) = self.last.get(at, address) {
            return (period, Some(until));
        }
        let (period, until, ends) = self.calendar.look(at, zone);
        // An answer that only says when to look again holds for its own moment.
        if let Some(until) = until.filter(|_| ends) {
            self.last.set(at, address, period, until);
        }
        (period, until)
    }
}

impl Clone for Remembering {
    fn clone(&self) -> Self {
        Self::new(self.calendar.clone())
    }
}
