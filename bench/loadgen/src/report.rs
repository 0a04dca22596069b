//! The result of a run, for programs and for people.
// Rates and quantiles are statistics, not money.
#![allow(clippy::float_arithmetic)]

use std::collections::BTreeMap;
use std::fmt::Write;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::clock::SECOND;
use crate::options::{LoadOptions, Mode};
use crate::statistics::{Measured, Totals};

/// Quantiles in microseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Quantiles {
    /// How many values.
    pub count: u64,
    /// Half are below.
    pub p50: f64,
    /// 90 % are below.
    pub p90: f64,
    /// 99 % are below.
    pub p99: f64,
    /// 99.9 % are below.
    pub p99_9: f64,
    /// The largest.
    pub max: f64,
    /// The average.
    pub mean: f64,
}

impl Quantiles {
    pub(crate) fn of(histogram: &Histogram<u64>) -> Self {
        let microseconds = |quantile| histogram.value_at_quantile(quantile) as f64 / 1_000.0;
        Self {
            count: histogram.len(),
            p50: microseconds(0.5),
            p90: microseconds(0.9),
            p99: microseconds(0.99),
            p99_9: microseconds(0.999),
            max: histogram.max() as f64 / 1_000.0,
            mean: histogram.mean() / 1_000.0,
        }
    }
}

/// The result of a run. All figures but `totals` are of the measured window.
#[derive(Debug, Serialize)]
pub struct Report {
    /// `closed` or `open`.
    pub mode: &'static str,
    /// Diameter connections.
    pub connections: u16,
    /// Outstanding requests per connection, in the closed loop.
    pub outstanding: Option<u32>,
    /// Requests a second asked for, in the open loop.
    pub rate: Option<u32>,
    /// Second part of the Session-Ids.
    pub run: u32,
    /// Length of the window, seconds.
    pub seconds: f64,
    /// Requests sent.
    pub requests: u64,
    /// Answers received.
    pub answers: u64,
    /// Answers a second.
    pub throughput: f64,
    /// Answers of each second.
    pub answers_per_second: Vec<u64>,
    /// Answers by Result-Code at command level.
    pub results: BTreeMap<u32, u64>,
    /// Answers by Result-Code of their service.
    pub service_results: BTreeMap<u32, u64>,
    /// From sending (closed loop) or from when the request was due (open loop) to the answer.
    pub latency_microseconds: Quantiles,
    /// The same of answers 3002 and 3004, which are not in the latency.
    pub refusal_latency_microseconds: Quantiles,
    /// How late the generator itself sent, in the open loop; contained in the latency.
    pub lateness_microseconds: Option<Quantiles>,
    /// Octets sent and received.
    pub bytes_sent: u64,
    /// Octets received.
    pub bytes_received: u64,
    /// Processor cores the generator used.
    pub generator_cores: f64,
    /// The whole run, warm-up and end included.
    totals: Totals,
    /// All requests were answered and all sessions ended.
    complete: bool,
}

impl Report {
    pub(crate) fn new(
        options: &LoadOptions,
        run: u32,
        measured: Measured,
        totals: Totals,
        open_sessions: usize,
    ) -> Self {
        let seconds = (measured.ended.saturating_sub(measured.began)).max(1) as f64 / SECOND as f64;
        let processor = measured
            .processor_ended
            .saturating_sub(measured.processor_began);
        let closed = options.mode == Mode::Closed;
        let lost = totals.sessions_abandoned + totals.saturated + totals.malformed_messages;
        Self {
            mode: if closed { "closed" } else { "open" },
            connections: options.connections,
            outstanding: closed.then_some(options.outstanding),
            rate: (!closed).then_some(options.rate),
            run,
            seconds,
            requests: measured.requests,
            answers: measured.answers,
            throughput: measured.answers as f64 / seconds,
            answers_per_second: measured.answers_per_second,
            results: measured.results,
            service_results: measured.service_results,
            latency_microseconds: Quantiles::of(&measured.latency),
            refusal_latency_microseconds: Quantiles::of(&measured.refusal_latency),
            lateness_microseconds: (!closed).then(|| Quantiles::of(&measured.lateness)),
            bytes_sent: measured.bytes_sent,
            bytes_received: measured.bytes_received,
            generator_cores: processor as f64 / SECOND as f64 / seconds,
            totals,
            complete: lost == 0 && open_sessions == 0,
        }
    }

    /// All requests were answered and all sessions ended.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.complete
    }

    /// Sessions that ended with an accepted CCR-T.
    #[must_use]
    pub const fn sessions_completed(&self) -> u64 {
        self.totals.sessions_completed
    }

    /// The report for people.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = String::new();
        let mut line = |name: &str, value: String| {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "{name:<22} {value}");
        };
        let load = match (self.outstanding, self.rate) {
            (Some(outstanding), _) => format!("{} × {outstanding} outstanding", self.connections),
            (None, Some(rate)) => format!("{rate}/s over {} connections", self.connections),
            (None, None) => String::new(),
        };
        line(
            "load",
            format!("{} loop, {load}, {:.1} s", self.mode, self.seconds),
        );
        line("throughput", format!("{:.0} answers/s", self.throughput));
        line(
            "requests, answers",
            format!("{}, {}", self.requests, self.answers),
        );
        line("Result-Code", counts(&self.results));
        line("of services", counts(&self.service_results));
        line("latency", quantiles(&self.latency_microseconds));
        if self.refusal_latency_microseconds.count > 0 {
            line("of refusals", quantiles(&self.refusal_latency_microseconds));
        }
        if let Some(lateness) = &self.lateness_microseconds {
            line("sent late by", quantiles(lateness));
        }
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let (sent, received) = (megabytes(self.bytes_sent), megabytes(self.bytes_received));
        line(
            "bytes",
            format!("{sent:.1} MB sent, {received:.1} MB received"),
        );
        line("generator", format!("{:.2} cores", self.generator_cores));
        line("sessions", sessions(&self.totals));
        line("trouble", trouble(&self.totals));
        line(
            "complete",
            if self.complete { "yes" } else { "NO" }.to_owned(),
        );
        table
    }
}

fn counts(results: &BTreeMap<u32, u64>) -> String {
    let parts: Vec<String> = results
        .iter()
        .map(|(code, count)| format!("{code}: {count}"))
        .collect();
    parts.join("  ")
}

fn quantiles(of: &Quantiles) -> String {
    let milliseconds = |microseconds: f64| microseconds / 1_000.0;
    format!(
        "p50 {:.3}  p90 {:.3}  p99 {:.3}  p99.9 {:.3}  max {:.3} ms",
        milliseconds(of.p50),
        milliseconds(of.p90),
        milliseconds(of.p99),
        milliseconds(of.p99_9),
        milliseconds(of.max)
    )
}

fn sessions(totals: &Totals) -> String {
    format!(
        "{} started, {} completed, {} failed, {} abandoned",
        totals.sessions_started,
        totals.sessions_completed,
        totals.sessions_failed,
        totals.sessions_abandoned
    )
}

fn trouble(totals: &Totals) -> String {
    let named = [
        ("timeouts", totals.timeouts),
        ("refusals", totals.refusals),
        ("retransmissions", totals.retransmissions),
        ("connections lost", totals.connections_lost),
        ("unmatched answers", totals.unmatched_answers),
        ("malformed messages", totals.malformed_messages),
        ("not sent", totals.saturated),
    ];
    let seen: Vec<String> = named
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if seen.is_empty() {
        "none".to_owned()
    } else {
        seen.join(", ")
    }
}
