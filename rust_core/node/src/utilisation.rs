//! How busy a shard is: one turn in so many is timed and stands for the others.

use std::time::Instant;

/// One in how many turns of a shard is timed. A prime, so that no rhythm of the traffic hides from
/// it; two readings of the clock cost as much as a twentieth of a request.
const ONE_IN: u32 = 61;

/// The time a shard was being applied, estimated.
#[derive(Debug, Default)]
pub(crate) struct Utilisation {
    left: u32,
    busy_ns: u64,
}

impl Utilisation {
    /// A turn begins: when, if it is one of those timed.
    #[inline]
    pub(crate) fn begin(&mut self) -> Option<Instant> {
        if self.left == 0 {
            self.left = ONE_IN - 1;
            return Some(Instant::now());
        }
        self.left -= 1;
        None
    }

    /// The turn is over.
    #[inline]
    pub(crate) fn end(&mut self, begun: Option<Instant>) {
        if let Some(begun) = begun {
            let elapsed = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(0);
            self.busy_ns += elapsed * u64::from(ONE_IN);
        }
    }

    /// Nanoseconds since the start of the node.
    pub(crate) fn busy_ns(&self) -> u64 {
        self.busy_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_turn_stands_for_those_that_are_not_timed() {
        let mut utilisation = Utilisation::default();
        for turn in 0..(3 * ONE_IN) {
            let begun = utilisation.begin();
            assert_eq!(begun.is_some(), turn % ONE_IN == 0);
            if begun.is_some() {
                std::thread::sleep(Duration::from_millis(1));
            }
            utilisation.end(begun);
        }
        assert!(utilisation.busy_ns() >= 3 * u64::from(ONE_IN) * 1_000_000);
    }
}
