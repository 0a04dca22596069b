//! The offsets of a time zone, laid out for look-up: asking the rules of a zone anew for every usage
//! costs more than pricing it.

use jiff::tz;

use crate::time::{Millis, timestamp};

/// Laid out from 1970 until 2100, 1,000 changes of the clocks at most; outside that the rules are asked.
const FIRST: Millis = 0;
const LAST: Millis = 4_102_444_800_000;
const MOST: usize = 1_000;

/// An offset from UTC and how long it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// Seconds.
    pub(crate) offset: i32,
    /// When it began, where it did; never later than the moment asked about.
    pub(crate) from: Option<Millis>,
    /// The next change of the clocks.
    pub(crate) until: Option<Millis>,
}

/// A zone with its offsets.
#[derive(Debug)]
pub(crate) struct Zone {
    pub(crate) rules: tz::TimeZone,
    /// The changes of the clocks, ascending; the first entry stands for the beginning.
    starts: Vec<Millis>,
    /// From each of them on, seconds.
    offsets: Vec<i32>,
    /// From here on the rules are to be asked.
    end: Millis,
}

impl Zone {
    pub(crate) const UTC: Self = Self {
        rules: tz::TimeZone::UTC,
        starts: Vec::new(),
        offsets: Vec::new(),
        end: Millis::MAX,
    };

    pub(crate) fn new(rules: tz::TimeZone) -> Self {
        let mut zone = Self {
            rules,
            end: Millis::MAX,
            ..Self::UTC
        };
        zone.add(FIRST);
        let changes = zone.rules.clone();
        for change in changes.following(timestamp(FIRST)) {
            let at = change.timestamp().as_millisecond();
            if at >= LAST || zone.starts.len() == MOST {
                zone.end = at;
                break;
            }
            zone.add(at);
        }
        zone
    }

    fn add(&mut self, at: Millis) {
        self.starts.push(at);
        let offset = self.rules.to_offset(timestamp(at));
        self.offsets.push(offset.seconds());
    }

    /// Seconds from UTC at `at`.
    pub(crate) fn offset(&self, at: Millis) -> i32 {
        if self.starts.is_empty() {
            return 0;
        }
        match self.position(at) {
            Some(position) => self.offsets[position],
            None => self.rules.to_offset(timestamp(at)).seconds(),
        }
    }

    /// The offset at `at` and the changes of the clocks around it. Where it began is told only of what
    /// is laid out.
    pub(crate) fn span(&self, at: Millis) -> Span {
        let Some(position) = self.position(at) else {
            let next = self.rules.following(timestamp(at)).next();
            return Span {
                offset: self.offset(at),
                from: None,
                until: next.map(|change| change.timestamp().as_millisecond()),
            };
        };
        let next = self.starts.get(position + 1).copied();
        Span {
            offset: self.offsets[position],
            from: Some(self.starts[position]),
            until: next.or((self.end != Millis::MAX).then_some(self.end)),
        }
    }

    fn position(&self, at: Millis) -> Option<usize> {
        if !(FIRST..self.end).contains(&at) {
            return None;
        }
        self.starts
            .partition_point(|&start| start <= at)
            .checked_sub(1)
    }
}
