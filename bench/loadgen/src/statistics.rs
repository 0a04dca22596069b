//! Counting.

use std::collections::BTreeMap;

use anyhow::Result;
use hdrhistogram::Histogram;

use crate::answer::Summary;
use crate::clock::SECOND;

/// Latencies up to a minute with three significant digits; longer ones count as a minute.
const LONGEST: u64 = 60 * SECOND;

/// What happened inside the measured window.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) began: u64,
    pub(crate) ended: u64,
    pub(crate) processor_began: u64,
    pub(crate) processor_ended: u64,
    pub(crate) requests: u64,
    pub(crate) answers: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) results: BTreeMap<u32, u64>,
    pub(crate) service_results: BTreeMap<u32, u64>,
    pub(crate) latency: Histogram<u64>,
    pub(crate) refusal_latency: Histogram<u64>,
    pub(crate) lateness: Histogram<u64>,
    pub(crate) answers_per_second: Vec<u64>,
}

impl Measured {
    pub(crate) fn new(began: u64) -> Result<Self> {
        Ok(Self {
            began,
            ended: began,
            processor_began: processor_time(),
            processor_ended: 0,
            requests: 0,
            answers: 0,
            bytes_sent: 0,
            bytes_received: 0,
            results: BTreeMap::new(),
            service_results: BTreeMap::new(),
            latency: Histogram::new_with_max(LONGEST, 3)?,
            refusal_latency: Histogram::new_with_max(LONGEST, 3)?,
            lateness: Histogram::new_with_max(LONGEST, 3)?,
            answers_per_second: Vec::new(),
        })
    }

    pub(crate) fn end(&mut self, now: u64) {
        self.ended = now;
        self.processor_ended = processor_time();
    }

    pub(crate) fn answer(&mut self, summary: &Summary, now: u64) {
        self.answers += 1;
        *self.results.entry(summary.result).or_default() += 1;
        if let Some(result) = summary.service_result {
            *self.service_results.entry(result).or_default() += 1;
        }
        let second = usize::try_from(now.saturating_sub(self.began) / SECOND).unwrap_or(0);
        if self.answers_per_second.len() <= second {
            self.answers_per_second.resize(second + 1, 0);
        }
        self.answers_per_second[second] += 1;
    }
}

/// What happened in the whole run.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    pub(crate) answers: u64,
    pub(crate) sessions_started: u64,
    pub(crate) sessions_completed: u64,
    /// Refused at CCR-I, unknown to the server, or not closed with 2001.
    pub(crate) sessions_failed: u64,
    /// Ended without an answer.
    pub(crate) sessions_abandoned: u64,
    pub(crate) retransmissions: u64,
    /// Answers 3002 and 3004, whose request was sent again.
    pub(crate) refusals: u64,
    /// Requests without an answer in time.
    pub(crate) timeouts: u64,
    pub(crate) connections_lost: u64,
    /// Answers to no waiting request: late, or repeated.
    pub(crate) unmatched_answers: u64,
    pub(crate) malformed_messages: u64,
    /// Requests of the open loop not sent, since too many sessions were open.
    pub(crate) saturated: u64,
}

/// Nanoseconds of processor time this process has used.
pub(crate) fn processor_time() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds * SECOND + u64::try_from(time.tv_nsec).unwrap_or(0)
}
