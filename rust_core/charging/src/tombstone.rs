//! Answers of closed sessions and events, remembered for retransmissions.

use crate::answer::{Answer, ResultCode, UnitAnswer};
use crate::clock::{Millis, TOMBSTONE_WINDOW_MS};
use crate::id::Uuid;
use crate::request::Kind;
use hashbrown::HashTable;
use std::collections::VecDeque;

/// Room for so many answers is never given back.
const KEPT_CAPACITY: usize = 4_096;

/// What an event's answer holds beyond a result.
#[derive(Clone, Debug)]
struct Details {
    units: Box<[UnitAnswer]>,
    cdr: Option<Uuid>,
}

/// A remembered answer, at most 64 bytes (an event's details lie behind a pointer).
#[derive(Clone, Debug)]
pub(crate) struct Tombstone {
    key: u128,
    digest: u64,
    remembered_at: Millis,
    /// `i64::MIN` for none.
    cost: i64,
    details: Option<Box<Details>>,
    number: u32,
    result: ResultCode,
    kind: Kind,
}

const _: () = assert!(size_of::<Tombstone>() <= 64);

impl Tombstone {
    /// Is this the request it answered, under the same number and kind?
    pub(crate) fn is_of(&self, number: u32, kind: Kind) -> bool {
        self.number == number && self.kind == kind
    }

    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    pub(crate) fn answer(&self) -> Answer {
        let mut answer = Answer::of(self.result);
        answer.cost = (self.cost != i64::MIN).then_some(self.cost);
        if let Some(details) = &self.details {
            answer.units = details.units.as_ref().into();
            answer.cdr = details.cdr;
        }
        answer
    }
}

/// All tombstones of a shard, oldest first: a ring in order of time and an index into it.
#[derive(Debug, Default)]
pub(crate) struct Tombstones {
    ring: VecDeque<Tombstone>,
    /// The number of tombstones ever dropped: index entries count from the first one ever.
    dropped: u32,
    index: HashTable<u32>,
}

/// The key under which a session (or one event of it) is remembered.
pub(crate) fn session_key(session: &str, kind: Kind, number: u32) -> u128 {
    let hash = xxhash_rust::xxh3::xxh3_128(session.as_bytes());
    match kind {
        Kind::Initial | Kind::Update | Kind::Terminate => hash,
        _ => hash ^ (u128::from(number) << 32 | 0x4556_454e),
    }
}

fn low(key: u128) -> u64 {
    #[allow(clippy::cast_possible_truncation)]
    let low = key as u64;
    low
}

impl Tombstones {
    pub(crate) fn len(&self) -> usize {
        self.ring.len()
    }

    pub(crate) fn find(&self, key: u128) -> Option<&Tombstone> {
        let at = |number: &u32| &self.ring[number.wrapping_sub(self.dropped) as usize];
        self.index
            .find(low(key), |number| at(number).key == key)
            .map(at)
    }

    /// Remembers an answer. An older one under the same key had been forgotten when the request
    /// was decided, which a replay cannot know from time: the newer one takes its place.
    pub(crate) fn remember(
        &mut self,
        key: u128,
        (number, kind): (u32, Kind),
        digest: u64,
        answer: &Answer,
        now: Millis,
    ) {
        self.forget_before(now - TOMBSTONE_WINDOW_MS);
        self.unlink(key);
        let has_details = !answer.units.is_empty() || answer.cdr.is_some();
        let details = has_details.then(|| {
            Box::new(Details {
                units: answer.units.as_slice().into(),
                cdr: answer.cdr,
            })
        });
        #[allow(clippy::cast_possible_truncation)]
        let place = self.dropped.wrapping_add(self.ring.len() as u32);
        self.ring.push_back(Tombstone {
            key,
            digest,
            remembered_at: now,
            cost: answer.cost.unwrap_or(i64::MIN),
            details,
            number,
            result: answer.result,
            kind,
        });
        let (ring, dropped) = (&self.ring, self.dropped);
        self.index.insert_unique(low(key), place, |&number| {
            low(ring[number.wrapping_sub(dropped) as usize].key)
        });
    }

    /// Takes a key out of the index; its place in the ring stays until its time is over.
    fn unlink(&mut self, key: u128) {
        let (ring, dropped) = (&self.ring, self.dropped);
        let entry = self.index.find_entry(low(key), |&number| {
            ring[number.wrapping_sub(dropped) as usize].key == key
        });
        if let Ok(entry) = entry {
            entry.remove();
        }
    }

    pub(crate) fn forget_before(&mut self, time: Millis) {
        while let Some(oldest) = self
            .ring
            .front()
            .filter(|oldest| oldest.remembered_at < time)
        {
            let (hash, place) = (low(oldest.key), self.dropped);
            if let Ok(entry) = self.index.find_entry(hash, |&number| number == place) {
                entry.remove();
            }
            self.ring.pop_front();
            self.dropped = self.dropped.wrapping_add(1);
        }
        self.give_back();
    }

    /// Returns the memory of a peak once three quarters of it lie empty. Half of what is left stays
    /// free, so that each shrinking is paid for by as many answers forgotten.
    fn give_back(&mut self) {
        let len = self.ring.len();
        if self.ring.capacity() <= KEPT_CAPACITY || len > self.ring.capacity() / 4 {
            return;
        }
        self.ring.shrink_to(KEPT_CAPACITY.max(len * 2));
        let (ring, dropped) = (&self.ring, self.dropped);
        self.index.shrink_to(KEPT_CAPACITY.max(len * 2), |&number| {
            low(ring[number.wrapping_sub(dropped) as usize].key)
        });
    }

    /// An outage must not eat the window: everything was remembered that much later.
    pub(crate) fn move_by(&mut self, by: Millis) {
        for tombstone in &mut self.ring {
            tombstone.remembered_at += by;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_a_peak_is_given_back_and_what_is_young_is_still_found() {
        let mut tombstones = Tombstones::default();
        let answer = Answer::of(ResultCode::SUCCESS);
        let mut remember = |key: u128, now| {
            tombstones.remember(key, (1, Kind::Terminate), 7, &answer, now);
            (tombstones.ring.capacity(), tombstones.index.capacity())
        };
        let peak = (0..100_000).map(|key| remember(key, 0)).last().unwrap();
        assert!(peak.0 >= 100_000 && peak.1 >= 100_000);
        let later = TOMBSTONE_WINDOW_MS + 1;
        let rest = (200_000..200_010)
            .map(|key| remember(key, later))
            .last()
            .unwrap();
        assert!(rest.0 < 2 * KEPT_CAPACITY && rest.1 < 3 * KEPT_CAPACITY);
        assert_eq!(tombstones.len(), 10);
        assert!((200_000..200_010).all(|key| tombstones.find(key).is_some()));
        assert!(tombstones.find(99_999).is_none());
    }
}
