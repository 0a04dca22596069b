//! How often runs come to what they are there for.

use openmvno_charging::{AdjustReason, Cause, Effect, Record};

/// How often something happened to buckets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Happened {
    /// They came with products and top-ups.
    pub bought: u64,
    /// Their next period began.
    pub renewed: u64,
    /// One ended with money in it.
    pub lost: u64,
    /// CDRs say that they paid.
    pub paid: u64,
    /// A throttled profile let usage go on.
    pub throttled: u64,
    /// A discount was given.
    pub discounted: u64,
}

impl Happened {
    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        self.bought += other.bought;
        self.renewed += other.renewed;
        self.lost += other.lost;
        self.paid += other.paid;
        self.throttled += other.throttled;
        self.discounted += other.discounted;
    }

    /// Counts what a record did.
    pub(super) fn count(&mut self, record: &Record<'_>) {
        let by_clock = record.cause == Cause::Timer;
        for effect in &record.effects {
            match effect {
                Effect::BucketOpened(_) if by_clock => self.renewed += 1,
                Effect::BucketOpened(_) => self.bought += 1,
                Effect::Adjusted {
                    reason: AdjustReason::Breakage,
                    ..
                } => self.lost += 1,
                Effect::Recorded(cdr) => {
                    for part in &cdr.parts {
                        self.paid += u64::from(part.payer == "bucket");
                        self.throttled += u64::from(part.payer == "throttle");
                        self.discounted += u64::from(part.discount > 0);
                    }
                }
                _ => {}
            }
        }
    }
}
