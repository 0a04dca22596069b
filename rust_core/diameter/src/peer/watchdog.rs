//! The watchdog algorithm of RFC 3539 §3.4.1, from the moment a connection is open.

use super::state::Condition;

/// Largest deviation of a period (RFC 3539 §3.4.1: "uniformly distributed between -2 and +2").
const JITTER_MS: u64 = 2_000;

/// Answers that end a reopening.
const TRUSTED_AFTER: i8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// The period is not over, or one more is waited for.
    Wait,
    /// Send a DWR.
    Probe,
    /// Give the connection up.
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Okay,
    Suspect,
    /// NumDWA.
    Reopen(i8),
}

#[derive(Debug)]
pub(super) struct Watchdog {
    period_ms: u64,
    deadline_ms: u64,
    pending: bool,
    status: Status,
    random: u32,
}

impl Watchdog {
    pub(super) fn new(period_ms: u64, seed: u32) -> Self {
        Self {
            period_ms,
            deadline_ms: u64::MAX,
            pending: false,
            status: Status::Okay,
            // Xorshift needs a state other than zero.
            random: seed | 1,
        }
    }

    pub(super) fn deadline_ms(&self) -> u64 {
        self.deadline_ms
    }

    pub(super) fn condition(&self) -> Condition {
        match self.status {
            Status::Okay => Condition::Open,
            Status::Suspect => Condition::Suspect,
            Status::Reopen(_) => Condition::Reopening,
        }
    }

    /// SetWatchdog().
    pub(super) fn set(&mut self, now_ms: u64) {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 17;
        self.random ^= self.random << 5;
        let jitter = JITTER_MS.min(self.period_ms / 4);
        let deviation = u64::from(self.random) % (2 * jitter + 1);
        self.deadline_ms = now_ms + self.period_ms + deviation - jitter;
    }

    /// The connection follows one that was given up; the caller sends a DWR.
    pub(super) fn reopen(&mut self, now_ms: u64) {
        self.status = Status::Reopen(0);
        self.pending = true;
        self.set(now_ms);
    }

    /// A message other than a DWA arrived. While reopening it proves nothing.
    pub(super) fn on_traffic(&mut self, now_ms: u64) {
        if matches!(self.status, Status::Reopen(_)) {
            return;
        }
        self.status = Status::Okay;
        self.set(now_ms);
    }

    /// A DWA arrived.
    pub(super) fn on_answer(&mut self, now_ms: u64) {
        self.pending = false;
        self.status = match self.status {
            Status::Reopen(answers) if answers + 1 < TRUSTED_AFTER => Status::Reopen(answers + 1),
            _ => Status::Okay,
        };
        if self.status == Status::Okay {
            self.set(now_ms);
        }
    }

    pub(super) fn on_tick(&mut self, now_ms: u64) -> Expiry {
        if now_ms < self.deadline_ms {
            return Expiry::Wait;
        }
        if !self.pending {
            self.set(now_ms);
            self.pending = true;
            return Expiry::Probe;
        }
        self.status = match self.status {
            Status::Okay => Status::Suspect,
            Status::Reopen(answers) if answers >= 0 => Status::Reopen(-1),
            Status::Suspect | Status::Reopen(_) => return Expiry::Down,
        };
        self.set(now_ms);
        Expiry::Wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn started(seed: u32) -> Watchdog {
        let mut watchdog = Watchdog::new(30_000, seed);
        watchdog.set(0);
        watchdog
    }

    /// What the timer brings when it runs out.
    fn expire(watchdog: &mut Watchdog) -> Expiry {
        watchdog.on_tick(watchdog.deadline_ms())
    }

    #[test]
    fn probes_after_the_period_with_jitter() {
        let mut waits = std::collections::BTreeSet::new();
        for seed in 0..200 {
            let mut watchdog = Watchdog::new(30_000, seed);
            watchdog.set(1_000);
            let wait = watchdog.deadline_ms() - 1_000;
            assert!((28_000..=32_000).contains(&wait), "{wait}");
            assert_eq!(watchdog.on_tick(1_000 + wait - 1), Expiry::Wait);
            assert_eq!(watchdog.on_tick(1_000 + wait), Expiry::Probe);
            waits.insert(wait / 1_000);
        }
        assert_eq!(waits.len(), 4, "all of the range is used: {waits:?}");
    }

    #[test]
    fn an_unanswered_probe_ends_in_down() {
        let mut watchdog = started(1);
        assert_eq!(expire(&mut watchdog), Expiry::Probe);
        assert_eq!(watchdog.condition(), Condition::Open);
        assert_eq!(expire(&mut watchdog), Expiry::Wait);
        assert_eq!(watchdog.condition(), Condition::Suspect);
        assert_eq!(expire(&mut watchdog), Expiry::Down);
    }

    #[test]
    fn traffic_ends_suspicion_and_an_answer_ends_the_probe() {
        let mut watchdog = started(1);
        assert_eq!(expire(&mut watchdog), Expiry::Probe);
        let suspected = watchdog.deadline_ms();
        assert_eq!(watchdog.on_tick(suspected), Expiry::Wait);
        watchdog.on_traffic(suspected + 1);
        assert_eq!(watchdog.condition(), Condition::Open);
        // The probe is still unanswered.
        assert_eq!(expire(&mut watchdog), Expiry::Wait);
        assert_eq!(watchdog.condition(), Condition::Suspect);
        watchdog.on_answer(suspected + 40_000);
        assert_eq!(watchdog.condition(), Condition::Open);
        assert_eq!(expire(&mut watchdog), Expiry::Probe);
    }

    #[test]
    fn a_connection_after_a_failure_is_trusted_after_three_answers() {
        let mut watchdog = started(1);
        watchdog.reopen(0);
        for answers in 1..=3 {
            assert_eq!(watchdog.condition(), Condition::Reopening);
            watchdog.on_traffic(100);
            watchdog.on_answer(200);
            if answers < 3 {
                assert_eq!(expire(&mut watchdog), Expiry::Probe);
            }
        }
        assert_eq!(watchdog.condition(), Condition::Open);
    }

    #[test]
    fn a_connection_that_fails_again_while_reopening_is_given_up() {
        let mut watchdog = started(1);
        watchdog.reopen(0);
        assert_eq!(expire(&mut watchdog), Expiry::Wait);
        assert_eq!(watchdog.condition(), Condition::Reopening);
        assert_eq!(expire(&mut watchdog), Expiry::Down);

        // One late answer begins the count anew.
        let mut watchdog = started(1);
        watchdog.reopen(0);
        assert_eq!(expire(&mut watchdog), Expiry::Wait);
        watchdog.on_answer(40_000);
        for _ in 0..3 {
            assert_eq!(watchdog.condition(), Condition::Reopening);
            assert_eq!(expire(&mut watchdog), Expiry::Probe);
            watchdog.on_answer(watchdog.deadline_ms());
        }
        assert_eq!(watchdog.condition(), Condition::Open);
    }
}
