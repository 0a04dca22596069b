//! The event loop: connections, stages of a run, timers.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use mio::{Events, Poll, Token};
use openmvno_diameter::client::{ClientIdentity, Identifiers, write_disconnect};

use crate::clock::{Clock, MILLISECOND, SECOND};
use crate::connection::{Connection, Input, Link};
use crate::log::Log;
use crate::options::{LoadOptions, Mode};
use crate::pacing::Pacing;
use crate::report::Report;
use crate::session::{Phase, Slots};
use crate::statistics::{Measured, Totals};
use crate::template::Templates;
use crate::traffic::Traffic;

const TIMER: Token = Token(usize::MAX);
/// How long a first connection may take, and how often a lost one is tried.
const CONNECT_PATIENCE: u64 = 10 * SECOND;
const RECONNECT_INTERVAL: u64 = 100 * MILLISECOND;
/// How often overdue requests are looked for.
const SWEEP_INTERVAL: u64 = 100 * MILLISECOND;
const LONGEST_WAIT: Duration = Duration::from_millis(20);

/// Stages of a run, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Connecting,
    Warmup,
    Measuring,
    /// Nothing new; open sessions are terminated.
    Draining,
    Done,
}

/// Everything of a run.
#[derive(Debug)]
pub(crate) struct Driver<'a> {
    pub(crate) options: &'a LoadOptions,
    pub(crate) run: u32,
    pub(crate) traffic: Traffic,
    pub(crate) clock: Clock,
    pub(crate) stage: Stage,
    /// When the stage ends, nanoseconds.
    stage_end: u64,
    pub(crate) connections: Vec<Connection>,
    pub(crate) slots: Slots,
    /// Sessions whose next request waits for its turn (open loop).
    pub(crate) idle: VecDeque<u32>,
    /// Refused requests and when to send them again.
    pub(crate) backoff: BinaryHeap<Reverse<(u64, u32)>>,
    pub(crate) pacing: Option<Pacing>,
    pub(crate) measured: Measured,
    pub(crate) totals: Totals,
    pub(crate) log: Option<Log>,
    pub(crate) next_connection: u16,
    pub(crate) next_end_to_end: u32,
    next_sweep: u64,
    poll: Poll,
}

/// Runs the load.
///
/// # Errors
/// Options that make no run, a server that cannot be reached or refuses us, a log that cannot be written.
pub fn run(options: &LoadOptions) -> Result<Report> {
    options.validate()?;
    let mut driver = Driver::new(options)?;
    driver.work()?;
    driver.finish()
}

impl<'a> Driver<'a> {
    fn new(options: &'a LoadOptions) -> Result<Self> {
        let clock = Clock::start();
        let run = match options.run {
            Some(run) => run,
            None => u32::try_from(clock.unix_seconds(0))?,
        };
        let mut connections = Vec::new();
        for index in 0..options.connections {
            let identity = identity(options, index);
            let templates = Templates::new(&identity, options, run)?;
            connections.push(Connection::new(identity, templates));
        }
        let open_log = |path| Log::open(path).with_context(|| format!("{}", path.display()));
        let pacing = match options.mode {
            Mode::Open => Some(Pacing::new(options)?),
            Mode::Closed => None,
        };
        Ok(Self {
            options,
            run,
            traffic: Traffic::new(options)?,
            clock,
            stage: Stage::Connecting,
            stage_end: CONNECT_PATIENCE,
            connections,
            slots: Slots::default(),
            idle: VecDeque::new(),
            backoff: BinaryHeap::new(),
            pacing,
            measured: Measured::new(0)?,
            totals: Totals::default(),
            log: options.log.as_deref().map(open_log).transpose()?,
            next_connection: 0,
            // RFC 6733 §3: the high 12 bits are the low bits of the time, so that restarts do not repeat.
            next_end_to_end: run << 20,
            next_sweep: 0,
            poll: Poll::new()?,
        })
    }

    fn work(&mut self) -> Result<()> {
        if let Some(pacing) = &self.pacing {
            pacing.register(self.poll.registry(), TIMER)?;
        }
        let mut events = Events::with_capacity(1_024);
        while self.stage != Stage::Done {
            self.reconnect()?;
            if let Err(error) = self.poll.poll(&mut events, Some(LONGEST_WAIT)) {
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error.into());
                }
            }
            for event in &events {
                if let Ok(index) = u16::try_from(event.token().0) {
                    self.ready(index, event.is_readable())?;
                }
            }
            let now = self.clock.now();
            self.change_stage(now)?;
            self.send_again(now)?;
            self.sweep(now)?;
            self.pace()?;
            for index in 0..self.options.connections {
                self.flush(index)?;
            }
        }
        Ok(())
    }

    /// Something happened on a connection.
    fn ready(&mut self, index: u16, readable: bool) -> Result<()> {
        if readable {
            let connection = &mut self.connections[usize::from(index)];
            let mut input = std::mem::replace(&mut connection.input, Input::empty());
            let alive = self.read(index, &mut input);
            self.connections[usize::from(index)].input = input;
            if !alive? {
                return self.lost(index);
            }
        }
        self.flush(index)
    }

    /// Reads and handles all there is; `false` when the connection is over.
    fn read(&mut self, index: u16, input: &mut Input) -> Result<bool> {
        loop {
            let Some(stream) = &mut self.connections[usize::from(index)].stream else {
                return Ok(true);
            };
            let more = match input.fill(stream) {
                Ok((0, _)) => return Ok(false),
                Ok((read, more)) => {
                    self.measured.bytes_received += read as u64;
                    more
                }
                Err(error) => match error.kind() {
                    io::ErrorKind::WouldBlock => return Ok(true),
                    io::ErrorKind::Interrupted => continue,
                    _ => return Ok(false),
                },
            };
            let now = self.clock.now();
            loop {
                match input.frame() {
                    Ok(Some(frame)) => self.message(index, frame, now)?,
                    Ok(None) => break,
                    Err(_) => {
                        self.totals.malformed_messages += 1;
                        return Ok(false);
                    }
                }
            }
            if !more {
                return Ok(true);
            }
        }
    }

    /// Writes what is waiting; the log first, so that it knows every request that may have left.
    fn flush(&mut self, index: u16) -> Result<()> {
        let connection = &mut self.connections[usize::from(index)];
        if !connection.has_output() {
            return Ok(());
        }
        if let Some(log) = &mut self.log {
            log.flush().context("cannot write the log")?;
        }
        match connection.flush() {
            Ok(written) => {
                self.measured.bytes_sent += written as u64;
                Ok(())
            }
            Err(_) => self.lost(index),
        }
    }

    /// Opens connections that are down and due.
    fn reconnect(&mut self) -> Result<()> {
        for index in 0..self.options.connections {
            let position = usize::from(index);
            let Link::Down(due) = self.connections[position].link else {
                continue;
            };
            let now = self.clock.now();
            if due > now {
                continue;
            }
            let registry = self.poll.registry();
            let connection = &mut self.connections[position];
            if let Err(error) = connection.open(registry, Token(position), self.options.address) {
                let patience = SECOND * u64::from(self.options.give_up);
                let waited = now.saturating_sub(connection.down_since);
                if !self.options.reconnect || waited > patience {
                    let address = self.options.address;
                    bail!("cannot connect to {address}: {error}");
                }
                connection.close(Link::Down(now + RECONNECT_INTERVAL));
            }
            self.flush(index)?;
        }
        Ok(())
    }

    /// A connection is over: it is opened again, or its sessions are abandoned.
    fn lost(&mut self, index: u16) -> Result<()> {
        let now = self.clock.now();
        let connection = &mut self.connections[usize::from(index)];
        let was_opening = connection.link == Link::Opening;
        if was_opening && !self.options.reconnect {
            bail!(
                "{} closed the connection before the CEA",
                self.options.address
            );
        }
        if !was_opening {
            connection.down_since = now;
            self.totals.connections_lost += 1;
        }
        if self.options.reconnect {
            connection.close(Link::Down(now + RECONNECT_INTERVAL));
        } else {
            connection.close(Link::Closed);
            self.abandon_connection(index)?;
        }
        let unix = self.clock.unix_nanoseconds(now);
        match &mut self.log {
            Some(log) => Ok(log.connection(unix, index, false)?),
            None => Ok(()),
        }
    }

    fn change_stage(&mut self, now: u64) -> Result<()> {
        match self.stage {
            Stage::Connecting => {
                if self.connections.iter().all(Connection::is_up) {
                    self.start(now)?;
                } else if now > self.stage_end && !self.options.reconnect {
                    bail!("no CEA from {} within 10 seconds", self.options.address);
                }
            }
            Stage::Warmup if now >= self.stage_end => self.measure(now)?,
            Stage::Measuring if now >= self.stage_end => self.drain(now)?,
            Stage::Warmup | Stage::Measuring => {
                let all_started = !self.may_start();
                let none_up = self
                    .connections
                    .iter()
                    .all(|connection| connection.link == Link::Closed);
                if (all_started && self.slots.open() == 0) || none_up {
                    self.drain(now)?;
                }
            }
            Stage::Draining => {
                if self.slots.open() == 0 || now >= self.stage_end {
                    self.stage = Stage::Done;
                }
            }
            Stage::Done => {}
        }
        Ok(())
    }

    fn start(&mut self, now: u64) -> Result<()> {
        self.stage = Stage::Warmup;
        self.stage_end = now + SECOND * u64::from(self.options.warmup);
        if self.options.warmup == 0 {
            self.measure(now)?;
        }
        if let Some(pacing) = &mut self.pacing {
            pacing.start(now);
            return Ok(());
        }
        for index in 0..self.options.connections {
            for _ in 0..self.options.outstanding {
                self.start_session(index, now)?;
            }
        }
        Ok(())
    }

    fn measure(&mut self, now: u64) -> Result<()> {
        self.stage = Stage::Measuring;
        let duration = match (self.options.duration, self.options.sessions) {
            (Some(seconds), _) => SECOND * u64::from(seconds),
            (None, Some(_)) => u64::MAX - now,
            (None, None) => 30 * SECOND,
        };
        self.stage_end = now + duration;
        self.measured = Measured::new(now)?;
        Ok(())
    }

    /// The window is over; sessions waiting for their turn are terminated at once.
    fn drain(&mut self, now: u64) -> Result<()> {
        self.measured.end(now);
        self.stage = Stage::Draining;
        self.stage_end = now + SECOND * u64::from(self.options.give_up.saturating_add(5));
        while let Some(index) = self.idle.pop_front() {
            self.terminate(index, now)?;
        }
        Ok(())
    }

    /// Sends refused requests again whose time has come.
    fn send_again(&mut self, now: u64) -> Result<()> {
        while let Some(Reverse((due, index))) = self.backoff.peek().copied() {
            if due > now {
                break;
            }
            self.backoff.pop();
            if self.slots.get(index).phase == Phase::Backoff {
                self.transmit(index, now)?;
            }
        }
        Ok(())
    }

    /// Looks for requests without an answer in time.
    fn sweep(&mut self, now: u64) -> Result<()> {
        if now < self.next_sweep {
            return Ok(());
        }
        self.next_sweep = now + SWEEP_INTERVAL;
        let timeout = SECOND * u64::from(self.options.timeout);
        for index in self.slots.in_phase(Phase::Outstanding) {
            let slot = self.slots.get(index);
            if slot.sent + timeout <= now {
                self.overdue(index, now)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Report> {
        for (index, connection) in self.connections.iter_mut().enumerate() {
            if connection.is_up() {
                // Disconnect-Cause REBOOTING (RFC 6733 §5.4.3): the only one that lets the peer come back.
                let identifiers = Identifiers::both(u32::try_from(index)?);
                write_disconnect(&mut connection.output, &connection.identity, identifiers, 0);
                // The run is over; a peer that is gone by now needs no DPR.
                let _ = connection.flush();
            }
        }
        let now = self.clock.now();
        let unix = self.clock.unix_nanoseconds(now);
        let open = self.slots.open();
        let report = Report::new(self.options, self.run, self.measured, self.totals, open);
        if let Some(log) = &mut self.log {
            log.end(unix, report.is_complete())?;
        }
        Ok(report)
    }
}

/// Each connection is a peer of its own: its number goes before the first dot.
fn identity(options: &LoadOptions, index: u16) -> ClientIdentity {
    let (name, domain) = match options.origin_host.split_once('.') {
        Some((name, domain)) => (name, format!(".{domain}")),
        None => (options.origin_host.as_str(), String::new()),
    };
    ClientIdentity {
        origin_host: format!("{name}{index:03}{domain}"),
        origin_realm: options.origin_realm.clone(),
        // None: the server must not close sessions when the generator starts again.
        origin_state_id: None,
        host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination_realm: options.destination_realm.clone(),
        destination_host: options.destination_host.clone(),
    }
}
