//! Admission: which requests are taken on when more is asked than may be or can be done.
//!
//! Two limits, both off when zero: requests a second, and how long the oldest request has waited for
//! its answer. A request that is refused here was not read any further and changed nothing. Work that
//! ends what was begun goes before new work under both. Time comes with the buffers; a request costs
//! a branch while nothing is limited and waits are short.

use crate::overload::Overload;
use crate::precedence::{Claim, claim};
use openmvno_charging::Kind;
use openmvno_diameter::Message;
use openmvno_diameter::overload_control::OverloadReport;
use openmvno_diameter::protocol_error::refuse_overloaded;
use serde::Serialize;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::control::{Refused, RequestJson};
use crate::diameter_request::kind_word;
use crate::node::{Arrival, Node};

/// What may come at once after a pause: as much as the rate allows in this time, milliseconds.
const BURST_MS: i64 = 100;
/// Requests are counted in thousandths, so that a rate a second and a time in milliseconds multiply.
const WHOLE: i64 = 1_000;
/// Nobody waits.
const NOBODY: i64 = i64::MAX;

/// What the oldest wait leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stance {
    /// Everything, unlimited.
    Open,
    /// As much as the rate allows.
    Rated,
    /// What ends what was begun.
    Finishing,
    /// Nothing.
    Shut,
}

/// Which limit a request was refused by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Rate,
    QueueAge,
}

/// What the door does with the requests of one buffer, or of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) stance: Stance,
    now: i64,
}

impl Turn {
    /// Whether every request may pass without a look at it.
    pub(crate) fn is_free(self) -> bool {
        self.stance == Stance::Open
    }
}

/// The limits of a node and what they have done.
#[derive(Debug)]
pub(crate) struct Admission {
    /// Requests a second; 0: any number.
    rate: i64,
    /// Milliseconds; 0: any age. New work is refused from half of it.
    queue_age: i64,
    /// Until when what was admitted fills the rate, thousandths of requests since 1970.
    filled: AtomicI64,
    /// Since when the oldest answer that is in no batch yet is held.
    held_since: AtomicI64,
    /// The same of the batch that is out.
    out_since: AtomicI64,
    by_rate: AtomicU64,
    by_queue_age: AtomicU64,
    pub(crate) overload: Overload,
}

/// Requests refused, for metrics.
#[derive(Debug, Default, Serialize)]
pub(crate) struct AdmissionCounts {
    rate: u64,
    queue_age: u64,
}

impl Admission {
    pub(crate) fn new(rate: u32, queue_age: i64) -> Self {
        Self {
            rate: i64::from(rate),
            queue_age,
            filled: AtomicI64::new(0),
            held_since: AtomicI64::new(NOBODY),
            out_since: AtomicI64::new(NOBODY),
            by_rate: AtomicU64::new(0),
            by_queue_age: AtomicU64::new(0),
            overload: Overload::default(),
        }
    }

    /// How long the oldest request has waited, milliseconds.
    fn oldest_wait(&self, now: i64) -> i64 {
        let held = self.held_since.load(Ordering::Relaxed);
        let since = held.min(self.out_since.load(Ordering::Relaxed));
        now.saturating_sub(since).max(0)
    }

    /// What to do with requests that arrive now.
    pub(crate) fn turn(&self, now: i64) -> Turn {
        let wait = if self.queue_age == 0 {
            0
        } else {
            self.oldest_wait(now)
        };
        let stance = if wait > self.queue_age {
            Stance::Shut
        } else if wait > self.queue_age / 2 {
            Stance::Finishing
        } else if self.rate > 0 {
            Stance::Rated
        } else {
            Stance::Open
        };
        Turn { stance, now }
    }

    /// Takes a request on, unless a limit is against it and it is no emergency.
    fn admit(&self, turn: Turn, claim: &Claim<'_>) -> Result<(), Limit> {
        let finishing = matches!(claim.kind, Kind::Update | Kind::Terminate);
        let admitted = match turn.stance {
            Stance::Shut => Err(Limit::QueueAge),
            Stance::Finishing if !finishing => Err(Limit::QueueAge),
            _ if self.rate > 0 => self.take(turn.now, finishing),
            _ => Ok(()),
        };
        let admitted = admitted.or_else(|limit| claim.is_emergency().then_some(()).ok_or(limit));
        self.overload.offered(claim.takes_reports);
        match admitted {
            Ok(()) => {}
            Err(Limit::Rate) => drop(self.by_rate.fetch_add(1, Ordering::Relaxed)),
            Err(Limit::QueueAge) => drop(self.by_queue_age.fetch_add(1, Ordering::Relaxed)),
        }
        admitted
    }

    /// A leaky bucket (the generic cell rate algorithm) of which new work may fill one half only: as
    /// long as the ends of what was begun come in below the rate, none of them is refused.
    fn take(&self, now: i64, finishing: bool) -> Result<(), Limit> {
        let empty = now.saturating_mul(self.rate);
        let burst = (self.rate * BURST_MS).max(2 * WHOLE);
        let room = if finishing { burst } else { burst / 2 };
        let taken = self
            .filled
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |filled| {
                let filled = filled.max(empty) + WHOLE;
                (filled <= empty + room).then_some(filled)
            });
        taken.map(drop).map_err(|_| Limit::Rate)
    }

    /// An answer is held from `since` on.
    pub(crate) fn held(&self, since: i64) {
        if self.held_since.load(Ordering::Relaxed) > since {
            self.held_since.store(since, Ordering::Relaxed);
        }
    }

    /// A batch of what is held is being taken.
    pub(crate) fn batch_taken(&self) {
        let since = self.held_since.swap(NOBODY, Ordering::Relaxed);
        self.out_since.store(since, Ordering::Relaxed);
    }

    /// No batch is out.
    pub(crate) fn batch_released(&self) {
        self.out_since.store(NOBODY, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> AdmissionCounts {
        AdmissionCounts {
            rate: self.by_rate.load(Ordering::Relaxed),
            queue_age: self.by_queue_age.load(Ordering::Relaxed),
        }
    }

    /// What clients are told of the load, once in a while.
    pub(crate) fn tick(&self, now: i64) {
        let counts = self.counts();
        self.overload.tick(now, counts.rate + counts.queue_age);
    }

    /// What a client that takes overload reports is told now.
    pub(crate) fn report(&self) -> Option<OverloadReport> {
        self.overload.report()
    }
}

/// Refusals of one buffer by the kind of the request, counted together.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    any: bool,
    by_kind: [(Option<Kind>, u64); 7],
}

impl Refusals {
    fn add(&mut self, kind: Kind) {
        self.any = true;
        let place = |one: &&mut (Option<Kind>, u64)| one.0.is_none_or(|known| known == kind);
        if let Some(place) = self.by_kind.iter_mut().find(place) {
            *place = (Some(kind), place.1 + 1);
        }
    }
}

impl Node {
    /// Whether a Credit-Control-Request is taken on; otherwise its refusal is appended.
    pub(crate) fn admit(
        &self,
        turn: Turn,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        (refusals, out): (&mut Refusals, &mut Vec<u8>),
    ) -> bool {
        let claim = claim(message);
        if self.admission.admit(turn, &claim).is_ok() {
            return true;
        }
        refusals.add(claim.kind);
        let start = out.len();
        refuse_overloaded(arrival.identity, message, arrival.profile.overload, out);
        self.tell_overload(message, start, out);
        false
    }

    /// The refusals of a buffer go into the metrics.
    pub(crate) fn note_refusals(&self, peer: u16, refusals: &Refusals) {
        if !refusals.any {
            return;
        }
        for &(kind, count) in &refusals.by_kind {
            if let Some(kind) = kind {
                self.add_refused(peer, kind_word(kind), 3_004, count);
            }
        }
    }

    /// Whether a request in JSON is taken on.
    ///
    /// # Errors
    /// [`Refused::Busy`].
    pub(crate) fn admit_control(&self, request: &RequestJson, now: i64) -> Result<(), Refused> {
        let turn = self.admission.turn(now);
        if turn.is_free() || request.restarted().is_some() {
            return Ok(());
        }
        let admitted = self.admission.admit(turn, &Claim::of_json(request));
        admitted.map_err(|_| Refused::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    /// How many of the requests offered each millisecond, by kind and in turn, pass in a second.
    fn passed(admission: &Admission, offered: &[(Kind, i64)], seconds: i64) -> Vec<i64> {
        let mut passed = vec![0; offered.len()];
        for ms in 0..seconds * 1_000 {
            let turn = admission.turn(NOW + ms);
            for (place, &(kind, per_ms)) in offered.iter().enumerate() {
                for _ in 0..per_ms {
                    passed[place] += i64::from(admission.admit(turn, &Claim::new(kind)).is_ok());
                }
            }
        }
        passed.iter().map(|count| count / seconds).collect()
    }

    #[test]
    fn without_limits_everything_passes() {
        let admission = Admission::new(0, 0);
        admission.held(NOW);
        assert!(admission.turn(NOW + 3_600_000).is_free());
        assert_eq!(passed(&admission, &[(Kind::Initial, 50)], 1), [50_000]);
        assert_eq!(admission.counts().rate, 0);
    }

    #[test]
    fn the_rate_is_reached_and_not_passed() {
        let admission = Admission::new(40_000, 0);
        let each_second = passed(&admission, &[(Kind::Update, 120)], 10)[0];
        // A tenth of a second's worth may come at once at the beginning.
        assert!((40_000..=40_400).contains(&each_second), "{each_second}");
        assert!(passed(&Admission::new(40_000, 0), &[(Kind::Update, 39)], 1) == [39_000]);
        assert_eq!(passed(&Admission::new(3, 0), &[(Kind::Debit, 1)], 10), [3]);
    }

    #[test]
    fn what_ends_what_was_begun_goes_first() {
        let admission = Admission::new(40_000, 0);
        let shares = passed(
            &admission,
            &[(Kind::Initial, 100), (Kind::Terminate, 30)],
            10,
        );
        assert_eq!(shares[1], 30_000);
        assert!((9_900..=10_400).contains(&shares[0]), "{shares:?}");
    }

    #[test]
    fn new_work_is_refused_at_half_the_age_and_all_at_the_whole() {
        let admission = Admission::new(0, 2_000);
        admission.held(NOW);
        admission.held(NOW + 500);
        let stances = [0, 1_000, 1_001, 2_000, 2_001].map(|ms| admission.turn(NOW + ms).stance);
        use Stance::{Finishing, Open, Shut};
        assert_eq!(stances, [Open, Open, Finishing, Finishing, Shut]);
        let turn = admission.turn(NOW + 1_500);
        assert_eq!(admission.admit(turn, &Claim::new(Kind::Update)), Ok(()));
        assert_eq!(
            admission.admit(turn, &Claim::new(Kind::Initial)),
            Err(Limit::QueueAge)
        );
    }

    #[test]
    fn the_oldest_is_the_one_that_is_out_until_it_is_released() {
        let admission = Admission::new(0, 1_000);
        admission.held(NOW);
        admission.batch_taken();
        admission.held(NOW + 900);
        assert_eq!(admission.turn(NOW + 1_500).stance, Stance::Shut);
        admission.batch_released();
        assert_eq!(admission.turn(NOW + 1_500).stance, Stance::Finishing);
        admission.batch_taken();
        admission.batch_released();
        assert_eq!(admission.turn(NOW + 9_000).stance, Stance::Open);
    }
}
