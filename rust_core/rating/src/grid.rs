//! Billed units: usage counted in whole intervals.

use crate::rate::PriceOverflow;

/// From `from` units on, a started `interval` is billed whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GridStep {
    pub(crate) from: u64,
    /// At least one.
    pub(crate) interval: u64,
}

/// How usage is rounded up to billed units. Each step but the last spans whole intervals, the first
/// begins at zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    grace: u64,
    steps: Box<[GridStep]>,
}

impl Grid {
    /// `steps` in the order of their beginnings.
    pub(crate) fn new(grace: u64, steps: Vec<GridStep>) -> Self {
        Self {
            grace,
            steps: steps.into_boxed_slice(),
        }
    }

    /// Usage up to the grace is billed 0; more is billed from its first unit.
    pub(crate) fn billed(&self, usage: u64, continuing: bool) -> Result<u64, PriceOverflow> {
        if usage <= self.grace(continuing) {
            return Ok(0);
        }
        self.begun(usage, continuing)
    }

    /// The end of the interval that the last of `usage` units lies in, within the grace too.
    pub(crate) fn begun(&self, usage: u64, continuing: bool) -> Result<u64, PriceOverflow> {
        if usage == 0 {
            return Ok(0);
        }
        let step = self.step(usage, continuing);
        (usage - step.from)
            .div_ceil(step.interval)
            .checked_mul(step.interval)
            .and_then(|units| units.checked_add(step.from))
            .ok_or(PriceOverflow)
    }

    /// The largest usage billed at most `billed`.
    pub(crate) fn within(&self, billed: u64, continuing: bool) -> u64 {
        let step = self.step(billed, continuing);
        let into = billed - step.from;
        (billed - into % step.interval).max(self.grace(continuing))
    }

    const fn grace(&self, continuing: bool) -> u64 {
        if continuing { 0 } else { self.grace }
    }

    /// The last step that begins before `position`. A continuing stretch has the last interval alone.
    fn step(&self, position: u64, continuing: bool) -> GridStep {
        const UNITS: GridStep = GridStep {
            from: 0,
            interval: 1,
        };
        if continuing {
            let interval = self.steps.last().map_or(1, |step| step.interval);
            return GridStep { from: 0, interval };
        }
        let before = |step: &&GridStep| step.from < position;
        self.steps
            .iter()
            .rev()
            .find(before)
            .copied()
            .unwrap_or(UNITS)
    }
}
