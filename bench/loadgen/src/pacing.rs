//! The open loop's schedule: when each request is due, whatever the answers do.
// Intervals are drawn from a continuous distribution; nothing here is money.
#![allow(clippy::float_arithmetic)]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use crate::clock::{MICROSECOND, SECOND};
use crate::options::{LoadOptions, Schedule};

/// Due times, in nanoseconds.
#[derive(Debug)]
pub(crate) struct Pacing {
    schedule: Schedule,
    interval: f64,
    next: f64,
    random: fastrand::Rng,
    /// Requests are sent in ticks of this many nanoseconds: a wake-up per request costs the server's
    /// cores more than the requests themselves. What this adds is in the latency.
    tick: u64,
    next_tick: u64,
    timer: OwnedFd,
}

impl Pacing {
    pub(crate) fn new(options: &LoadOptions) -> io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        Ok(Self {
            schedule: options.schedule,
            interval: SECOND as f64 / f64::from(options.rate),
            next: 0.0,
            random: fastrand::Rng::with_seed(options.seed),
            tick: u64::from(options.tick) * MICROSECOND,
            next_tick: 0,
            timer: timerfd_create(TimerfdClockId::Monotonic, flags)?,
        })
    }

    pub(crate) fn register(&self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(
            &mut SourceFd(&self.timer.as_raw_fd()),
            token,
            Interest::READABLE,
        )
    }

    /// Begins the schedule.
    pub(crate) fn start(&mut self, now: u64) {
        self.next = now as f64;
        self.step();
    }

    /// When the next request is due, if that time has come; each due time is given once.
    pub(crate) fn due(&mut self, now: u64) -> Option<u64> {
        let next = self.next as u64;
        if next > now {
            return None;
        }
        self.step();
        Some(next)
    }

    /// Whether a tick has come; then the timer is set for the next one with anything due.
    pub(crate) fn ticks(&mut self, now: u64) -> bool {
        let come = now >= self.next_tick;
        if come {
            self.next_tick = now + self.tick;
        }
        come
    }

    fn step(&mut self) {
        self.next += match self.schedule {
            Schedule::Fixed => self.interval,
            // The inverse of the exponential distribution; 1 − random is never 0.
            Schedule::Poisson => -(1.0 - self.random.f64()).ln() * self.interval,
        };
    }

    /// Wakes the event loop when the next request is due: epoll itself only knows milliseconds.
    pub(crate) fn arm(&self, now: u64) -> io::Result<()> {
        // Zero would disarm the timer.
        let due = (self.next as u64).max(self.next_tick);
        let wait = due.saturating_sub(now).max(1);
        let seconds = i64::try_from(wait / SECOND).unwrap_or(i64::MAX);
        let nanoseconds = i64::try_from(wait % SECOND).unwrap_or(0);
        let zero = Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        let setting = Itimerspec {
            it_interval: zero,
            it_value: Timespec {
                tv_sec: seconds,
                tv_nsec: nanoseconds,
            },
        };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &setting)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Cli;
    use clap::Parser;

    fn due_within_a_second(schedule: &str) -> Vec<u64> {
        let arguments = ["loadgen", "--rate=10000", "--schedule", schedule];
        let mut pacing = Pacing::new(&Cli::parse_from(arguments).load).expect("a timer");
        pacing.start(0);
        std::iter::from_fn(|| pacing.due(SECOND)).collect()
    }

    #[test]
    fn a_fixed_schedule_has_equal_intervals() {
        let due = due_within_a_second("fixed");
        assert_eq!(due.len(), 10_000);
        assert!(due.windows(2).all(|pair| pair[1] - pair[0] == 100_000));
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_its_spread() {
        let due = due_within_a_second("poisson");
        assert!((9_600..10_400).contains(&due.len()), "{}", due.len());
        // Of exponential intervals, e⁻¹ = 36.8 % are longer than the mean.
        let long = due
            .windows(2)
            .filter(|pair| pair[1] - pair[0] > 100_000)
            .count();
        assert!((3_400..3_950).contains(&long), "{long}");
    }
}
