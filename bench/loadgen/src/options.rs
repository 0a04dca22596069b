//! What the command line says.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Result, bail, ensure};
use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "Examples:
  Highest throughput, 16 connections with 64 requests outstanding on each:
    loadgen --mode closed --connections 16 --outstanding 64 --duration 30

  Latency at a steady 20,000 requests a second, measured from the moment each was due:
    loadgen --mode open --rate 20000 --connections 16 --duration 300 --warmup 10

  Three times what the server admits, offered whatever it refuses:
    loadgen --mode open --rate 120000 --on-refusal turn --duration 30

  Data with one gigabyte per grant; voice with an hour per grant:
    loadgen --service data --grant 1GB
    loadgen --service voice --grant 3600s

  Everything on one account:
    loadgen --hot-account --service voice --used 0s

  Through crashes of the server, with a log for the auditor, until 10,000 sessions are terminated:
    loadgen --sessions 10000 --reconnect --log requests.jsonl --seed 7

  What the generator itself can do (two terminals):
    loadgen sink --address 127.0.0.1:3870
    loadgen --address 127.0.0.1:3870 --duration 10

Exit status: 0 when every request was answered, 1 when some were not, 2 when the run was impossible.";

/// Load generator for Diameter credit control (RFC 8506): sessions of CCR-I, updates and CCR-T.
#[derive(Debug, Parser)]
#[command(name = "loadgen", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Other things than generating load.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The load.
    #[command(flatten)]
    pub load: LoadOptions,
}

/// Other things than generating load.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer every request with 2001 at once, to measure what the generator itself can do.
    Sink(SinkOptions),
}

/// Options of the sink.
#[derive(Debug, Args)]
pub struct SinkOptions {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:3868")]
    pub address: SocketAddr,
}

/// Closed or open loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// A fixed number of outstanding requests; each answer releases the next request.
    Closed,
    /// Requests leave on a schedule whatever the answers do.
    Open,
}

/// When requests of the open loop are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Schedule {
    /// Independent arrivals.
    Poisson,
    /// Equal intervals.
    Fixed,
}

/// Services of the sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ServiceMix {
    /// Packet data only.
    Data,
    /// Calls only.
    Voice,
    /// Half of each.
    Mix,
}

/// When a refused request (3002, 3004) is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnRefusal {
    /// A little later, and later still with every refusal.
    Later,
    /// When it is its turn in the schedule: what is offered is the rate, whatever is refused (open
    /// loop).
    Turn,
}

/// Where a call's units stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VoiceUnits {
    /// In a Multiple-Services-Credit-Control.
    Mscc,
    /// At command level.
    Command,
}

/// Options of a run.
#[derive(Clone, Debug, Args)]
pub struct LoadOptions {
    /// The server.
    #[arg(long, default_value = "127.0.0.1:3868")]
    pub address: SocketAddr,
    /// Closed or open loop.
    #[arg(long, value_enum, default_value = "closed")]
    pub mode: Mode,
    /// Diameter connections, each a peer of its own.
    #[arg(long, default_value_t = 16)]
    pub connections: u16,
    /// Outstanding requests per connection (closed loop).
    #[arg(long, default_value_t = 64)]
    pub outstanding: u32,
    /// Requests a second over all connections (open loop).
    #[arg(long, default_value_t = 20_000)]
    pub rate: u32,
    /// When requests are due (open loop).
    #[arg(long, value_enum, default_value = "poisson")]
    pub schedule: Schedule,
    /// Microseconds between wake-ups to send what is due (open loop); 0 wakes for every request.
    #[arg(long, default_value_t = 200)]
    pub tick: u32,
    /// Sessions kept open (open loop): new ones start while there are fewer.
    #[arg(long, default_value_t = 1_000)]
    pub open_sessions: u32,
    /// Seconds to measure, after the warm-up [default: 30, or no limit with --sessions].
    #[arg(long)]
    pub duration: Option<u32>,
    /// Seconds of load before anything is measured.
    #[arg(long, default_value_t = 0)]
    pub warmup: u32,
    /// Stop when this many sessions were started and all of them ended.
    #[arg(long)]
    pub sessions: Option<u32>,
    /// Updates between CCR-I and CCR-T.
    #[arg(long, default_value_t = 3)]
    pub updates: u32,
    /// Subscribers: MSISDN 999000000000 + i, IMSI 999700000000000 + i.
    #[arg(long, default_value_t = 100_000)]
    pub subscribers: u64,
    /// All sessions on the first subscriber.
    #[arg(long)]
    pub hot_account: bool,
    /// Services of the sessions.
    #[arg(long, value_enum, default_value = "mix")]
    pub service: ServiceMix,
    /// Units requested per CCR: 60s, 1h, 1048576B, 100MB, 1GB, 1MiB; give it twice for data and voice
    /// [default: 60s and 1MiB].
    #[arg(long)]
    pub grant: Vec<Amount>,
    /// Units used per CCR-U and CCR-T, never more than granted [default: 10s and 64KiB].
    #[arg(long)]
    pub used: Vec<Amount>,
    /// Rating-Group of data.
    #[arg(long, default_value_t = 10)]
    pub rating_group: u32,
    /// Where a call's units stand.
    #[arg(long, value_enum, default_value = "mscc")]
    pub voice_units: VoiceUnits,
    /// The number called.
    #[arg(long, default_value = "385910000001")]
    pub called: String,
    /// So many of its last digits differ from call to call.
    #[arg(long, default_value_t = 0)]
    pub called_digits: u8,
    /// Seed of the traffic: subscribers, services, arrivals.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Second part of every Session-Id; two runs with the same one repeat sessions [default: the time].
    #[arg(long)]
    pub run: Option<u32>,
    /// Append every request and answer to this file as JSON lines.
    #[arg(long)]
    pub log: Option<PathBuf>,
    /// Write the JSON report to this file instead of standard output.
    #[arg(long)]
    pub report: Option<PathBuf>,
    /// Connect again when a connection is lost and send what was not answered again, with the T flag.
    #[arg(long)]
    pub reconnect: bool,
    /// Seconds without an answer after which a request is lost (or, with --reconnect, sent again).
    #[arg(long, default_value_t = 10)]
    pub timeout: u32,
    /// Seconds after which a request that keeps being lost or refused (3002, 3004) is given up.
    #[arg(long, default_value_t = 60)]
    pub give_up: u32,
    /// When a refused request (3002, 3004) is sent again.
    #[arg(long, value_enum, default_value = "later")]
    pub on_refusal: OnRefusal,
    /// Origin-Host; each connection puts its number before the first dot.
    #[arg(long, default_value = "gateway.loadgen.example")]
    pub origin_host: String,
    /// Origin-Realm.
    #[arg(long, default_value = "loadgen.example")]
    pub origin_realm: String,
    /// Destination-Realm.
    #[arg(long, default_value = "openmvno.example")]
    pub destination_realm: String,
    /// Destination-Host [default: none].
    #[arg(long)]
    pub destination_host: Option<String>,
}

/// Units of one service per request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAmounts {
    pub(crate) grant: u64,
    pub(crate) used: u64,
}

impl LoadOptions {
    /// Refuses what no run can do.
    ///
    /// # Errors
    /// Says which option is wrong.
    pub fn validate(&self) -> Result<()> {
        ensure!(self.connections > 0, "--connections must be at least 1");
        ensure!(
            self.connections <= 1_000,
            "--connections must be at most 1000"
        );
        ensure!(self.outstanding > 0, "--outstanding must be at least 1");
        let slots = u64::from(self.connections) * u64::from(self.outstanding);
        ensure!(
            slots <= crate::session::LIMIT as u64,
            "--connections times --outstanding must be at most {}",
            crate::session::LIMIT
        );
        ensure!(self.rate > 0, "--rate must be at least 1");
        ensure!(self.timeout > 0, "--timeout must be at least 1");
        ensure!(
            (1..=100_000_000_000).contains(&self.subscribers),
            "--subscribers must be from 1 to 100000000000"
        );
        ensure!(self.duration != Some(0), "--duration must be at least 1");
        let digits =
            !self.called.is_empty() && self.called.bytes().all(|byte| byte.is_ascii_digit());
        ensure!(digits, "--called must be digits, without +");
        ensure!(
            usize::from(self.called_digits) <= self.called.len().min(18),
            "--called-digits must be at most 18 and the length of --called"
        );
        self.data()?;
        self.voice()?;
        Ok(())
    }

    pub(crate) fn data(&self) -> Result<ServiceAmounts> {
        let pick = |given: &[Amount], default| self.pick(given, ServiceMix::Data, default);
        Ok(ServiceAmounts {
            grant: pick(&self.grant, 1 << 20)?,
            used: pick(&self.used, 64 << 10)?,
        })
    }

    pub(crate) fn voice(&self) -> Result<ServiceAmounts> {
        let pick = |given: &[Amount], default| self.pick(given, ServiceMix::Voice, default);
        let amounts = ServiceAmounts {
            grant: pick(&self.grant, 60)?,
            used: pick(&self.used, 10)?,
        };
        // CC-Time is an Unsigned32 (RFC 8506 §8.21).
        let fits = amounts.grant.max(amounts.used) <= u64::from(u32::MAX);
        ensure!(fits, "seconds must be at most {}", u32::MAX);
        Ok(amounts)
    }

    /// The last amount given for the service, else the default.
    fn pick(&self, given: &[Amount], service: ServiceMix, default: u64) -> Result<u64> {
        let mut chosen = default;
        for amount in given {
            match *amount {
                Amount::Octets(octets) if service == ServiceMix::Data => chosen = octets,
                Amount::Seconds(seconds) if service == ServiceMix::Voice => chosen = seconds,
                Amount::Plain(_) if self.service == ServiceMix::Mix => {
                    bail!("with --service mix an amount needs its unit, such as 60s or 1MB");
                }
                Amount::Plain(units) if self.service == service => chosen = units,
                _ => {}
            }
        }
        Ok(chosen)
    }
}

/// An amount of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Seconds of a call.
    Seconds(u64),
    /// Octets of data.
    Octets(u64),
    /// Units of the one service chosen.
    Plain(u64),
}

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let end = text.find(|letter: char| !letter.is_ascii_digit());
        let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
        let wrong = || format!("{text:?} is no amount such as 60s, 1h, 1048576B, 1GB or 1MiB");
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        let times = |factor: u64| number.checked_mul(factor).ok_or_else(wrong);
        match unit {
            "" => Ok(Self::Plain(number)),
            "s" => Ok(Self::Seconds(number)),
            "min" => times(60).map(Self::Seconds),
            "h" => times(3_600).map(Self::Seconds),
            "B" => Ok(Self::Octets(number)),
            "kB" | "KB" => times(1_000).map(Self::Octets),
            "MB" => times(1_000_000).map(Self::Octets),
            "GB" => times(1_000_000_000).map(Self::Octets),
            "KiB" => times(1 << 10).map(Self::Octets),
            "MiB" => times(1 << 20).map(Self::Octets),
            "GiB" => times(1 << 30).map(Self::Octets),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<LoadOptions> {
        let cli = Cli::try_parse_from([&["loadgen"], arguments].concat())?;
        cli.load.validate()?;
        Ok(cli.load)
    }

    #[test]
    fn amounts_go_to_the_service_of_their_unit() {
        let options = parse(&["--grant=1GB", "--grant=1h", "--used=5s"]).expect("valid");
        assert_eq!(options.data().expect("data").grant, 1_000_000_000);
        assert_eq!(options.data().expect("data").used, 65_536);
        assert_eq!(options.voice().expect("voice").grant, 3_600);
        assert_eq!(options.voice().expect("voice").used, 5);
        let plain = parse(&["--service=data", "--grant=123"]).expect("valid");
        assert_eq!(plain.data().expect("data").grant, 123);
    }

    #[test]
    fn impossible_runs_are_refused() {
        for arguments in [
            &["--grant=5"][..],
            &["--grant=5parsec"],
            &["--grant=99999999999999999999s"],
            &["--grant=5000000000s"],
            &["--connections=0"],
            &["--connections=1000", "--outstanding=2000"],
            &["--subscribers=0"],
            &["--duration=0"],
            &["--called=+385"],
            &["--called=385", "--called-digits=4"],
            &["--mode=ajar"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
