//! The watchdog algorithm of RFC 3539 §3.4.1, from the moment a connection is open.

/// Largest deviation of a period (RFC 3539 §3.4.1: "uniformly distributed between -2 and +2").
const JITTER_MS: u64 = 2_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expiry {
    /// The period is not over.
    NotDue,
    /// Send a DWR.
    Probe,
    /// The DWR is unanswered: wait one more period.
    Suspect,
    /// Give the connection up.
    Down,
}

#[derive(Debug)]
pub(super) struct Watchdog {
    period_ms: u64,
    deadline_ms: u64,
    pending: bool,
    suspect: bool,
    random: u32,
}

impl Watchdog {
    pub(super) fn new(period_ms: u64, seed: u32) -> Self {
        Self {
            period_ms,
            deadline_ms: u64::MAX,
            pending: false,
            suspect: false,
            // Xorshift needs a state other than zero.
            random: seed | 1,
        }
    }

    pub(super) fn deadline_ms(&self) -> u64 {
        self.deadline_ms
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

    /// A message other than a DWA arrived.
    pub(super) fn on_traffic(&mut self, now_ms: u64) {
        self.suspect = false;
        self.set(now_ms);
    }

    /// A DWA arrived.
    pub(super) fn on_answer(&mut self, now_ms: u64) {
        self.pending = false;
        self.suspect = false;
        self.set(now_ms);
    }

    pub(super) fn on_tick(&mut self, now_ms: u64) -> Expiry {
        if now_ms < self.deadline_ms {
            return Expiry::NotDue;
        }
        if self.suspect {
            return Expiry::Down;
        }
        self.set(now_ms);
        if self.pending {
            self.suspect = true;
            return Expiry::Suspect;
        }
        self.pending = true;
        Expiry::Probe
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_after_the_period_with_jitter() {
        for seed in 0..200 {
            let mut watchdog = Watchdog::new(30_000, seed);
            watchdog.set(1_000);
            let wait = watchdog.deadline_ms() - 1_000;
            assert!((28_000..=32_000).contains(&wait), "{wait}");
            assert_eq!(watchdog.on_tick(1_000 + wait - 1), Expiry::NotDue);
            assert_eq!(watchdog.on_tick(1_000 + wait), Expiry::Probe);
        }
    }

    #[test]
    fn an_unanswered_probe_ends_in_down() {
        let mut watchdog = Watchdog::new(30_000, 1);
        watchdog.set(0);
        assert_eq!(watchdog.on_tick(watchdog.deadline_ms()), Expiry::Probe);
        assert_eq!(watchdog.on_tick(watchdog.deadline_ms()), Expiry::Suspect);
        assert_eq!(watchdog.on_tick(watchdog.deadline_ms()), Expiry::Down);
    }

    #[test]
    fn traffic_ends_suspicion_and_an_answer_ends_the_probe() {
        let mut watchdog = Watchdog::new(30_000, 1);
        watchdog.set(0);
        assert_eq!(watchdog.on_tick(watchdog.deadline_ms()), Expiry::Probe);
        let suspected = watchdog.deadline_ms();
        assert_eq!(watchdog.on_tick(suspected), Expiry::Suspect);
        watchdog.on_traffic(suspected + 1);
        assert_eq!(watchdog.on_tick(suspected + 2), Expiry::NotDue);
        assert_eq!(watchdog.on_tick(watchdog.deadline_ms()), Expiry::Suspect);
        watchdog.on_answer(suspected + 40_000);
        assert_eq!(watchdog.on_tick(watchdog.deadline_ms()), Expiry::Probe);
    }
}
