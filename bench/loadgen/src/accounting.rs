//! RADIUS accounting: access servers that report sessions, each waiting for an answer before its next
//! report. A report that is not answered is sent again, as access servers do.
// Rates are statistics, not money.
#![allow(clippy::float_arithmetic)]

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use clap::Parser;
use hdrhistogram::Histogram;
use openmvno_radius::attributes as attribute;
use openmvno_radius::authenticator::is_reply_authentic;
use openmvno_radius::{AttributeList, Code, Packet, Writer};
use serde::Serialize;

use crate::report::Quantiles;
use crate::statistics::processor_time;
use crate::template::FIRST_MSISDN;

const START: u32 = 1;
const STOP: u32 = 2;
const INTERIM: u32 = 3;
/// A session is a start, three reports and an end.
const STATUSES: [u32; 5] = [START, INTERIM, INTERIM, INTERIM, STOP];
const SECONDS_BETWEEN: u32 = 20;

/// How long an answer is awaited, and how long the end of all sessions is.
const ANSWER: Duration = Duration::from_secs(2);
const END: Duration = Duration::from_secs(20);

/// RADIUS accounting as fast as it is answered.
#[derive(Clone, Debug, Parser)]
pub struct AccountingOptions {
    /// The accounting port.
    #[arg(long, default_value = "127.0.0.1:1813")]
    pub address: SocketAddr,
    /// The shared secret.
    #[arg(long)]
    pub secret: String,
    /// Access servers, each with a socket and a thread of its own.
    #[arg(long, default_value_t = 4)]
    pub servers: u16,
    /// Reports under way at a time, of each access server.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub outstanding: u16,
    /// Subscribers: MSISDN 999000000000 + i.
    #[arg(long, default_value_t = 100_000)]
    pub subscribers: u64,
    /// Seconds of load before what is measured.
    #[arg(long, default_value_t = 2)]
    pub warmup: u64,
    /// Seconds that are measured.
    #[arg(long, default_value_t = 10)]
    pub duration: u64,
}

/// The result of a run.
#[derive(Debug, Serialize)]
pub struct AccountingReport {
    /// Length of the window, seconds.
    pub seconds: f64,
    /// Answers received in it.
    pub answers: u64,
    /// Answers a second.
    pub throughput: f64,
    /// Reports sent again, in the whole run.
    pub retransmissions: u64,
    /// Empty: RADIUS knows one answer.
    pub results: BTreeMap<u32, u64>,
    /// Empty.
    pub service_results: BTreeMap<u32, u64>,
    /// From the first sending to the answer.
    pub latency_microseconds: Quantiles,
    /// Processor cores the generator used, over the whole run.
    pub generator_cores: f64,
    /// All reports were answered and all sessions ended.
    pub complete: bool,
}

/// One session after the other.
struct Slot {
    session: u64,
    step: usize,
    /// What awaits its answer; nothing once the load is over and the session has ended.
    sent: Option<Sent>,
}

struct Sent {
    datagram: Vec<u8>,
    authenticator: [u8; 16],
    first: Instant,
    last: Instant,
}

struct Server<'a> {
    options: &'a AccountingOptions,
    number: u16,
    socket: UdpSocket,
    slots: Vec<Slot>,
    sessions: u64,
    measured: (Instant, Instant),
    answers: u64,
    retransmissions: u64,
    latency: Histogram<u64>,
}

/// Runs the load.
///
/// # Errors
/// A socket cannot be had, or something other than an answer comes back.
pub fn run(options: &AccountingOptions) -> Result<AccountingReport> {
    let first = Instant::now();
    let began = first + Duration::from_secs(options.warmup);
    let ends = began + Duration::from_secs(options.duration);
    let servers: Result<Vec<Server<'_>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..options.servers)
            .map(|number| {
                scope.spawn(move || {
                    let mut server = Server::new(options, number, (began, ends))?;
                    server.serve()?;
                    Ok(server)
                })
            })
            .collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<_>>| {
            thread
                .join()
                .map_err(|_| anyhow!("a thread of the generator failed"))?
        };
        threads.into_iter().map(join).collect()
    });
    let servers = servers?;
    let mut latency = Histogram::new_with_max(60_000_000_000, 3)?;
    for server in &servers {
        latency.add(&server.latency)?;
    }
    let answers = servers.iter().map(|server| server.answers).sum();
    let seconds = options.duration as f64;
    Ok(AccountingReport {
        seconds,
        answers,
        throughput: answers as f64 / seconds,
        retransmissions: servers.iter().map(|server| server.retransmissions).sum(),
        results: BTreeMap::new(),
        service_results: BTreeMap::new(),
        latency_microseconds: Quantiles::of(&latency),
        generator_cores: processor_time() as f64 / first.elapsed().as_nanos().max(1) as f64,
        complete: servers
            .iter()
            .all(|server| server.slots.iter().all(|slot| slot.sent.is_none())),
    })
}

impl<'a> Server<'a> {
    fn new(
        options: &'a AccountingOptions,
        number: u16,
        measured: (Instant, Instant),
    ) -> Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").context("a UDP socket")?;
        socket.connect(options.address)?;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        Ok(Self {
            options,
            number,
            socket,
            slots: Vec::new(),
            sessions: 0,
            measured,
            answers: 0,
            retransmissions: 0,
            latency: Histogram::new_with_max(60_000_000_000, 3)?,
        })
    }

    fn serve(&mut self) -> Result<()> {
        for identifier in 0..self.options.outstanding {
            let session = self.next_session();
            self.slots.push(Slot {
                session,
                step: 0,
                sent: None,
            });
            self.report(usize::from(identifier))?;
        }
        let mut buffer = [0; 4_096];
        let gives_up = self.measured.1 + END;
        while self.slots.iter().any(|slot| slot.sent.is_some()) {
            match self.socket.recv(&mut buffer) {
                Ok(length) => self.answered(&buffer[..length])?,
                Err(error) if is_timeout(&error) => self.send_again()?,
                Err(error) => return Err(error).context("the accounting port"),
            }
            if Instant::now() > gives_up {
                break;
            }
        }
        Ok(())
    }

    fn next_session(&mut self) -> u64 {
        self.sessions += 1;
        u64::from(self.options.servers) * self.sessions + u64::from(self.number)
    }

    /// Sends the slot's next report.
    fn report(&mut self, identifier: usize) -> Result<()> {
        let slot = &mut self.slots[identifier];
        let mut attributes = AttributeList::default();
        attributes.integer(attribute::ACCT_STATUS_TYPE, STATUSES[slot.step]);
        let session = format!("{:x}-{}", std::process::id(), slot.session);
        attributes.octets(attribute::ACCT_SESSION_ID, session.as_bytes());
        let subscriber = FIRST_MSISDN + slot.session % self.options.subscribers;
        attributes.octets(attribute::USER_NAME, subscriber.to_string().as_bytes());
        attributes.octets(attribute::NAS_IDENTIFIER, b"bench");
        attributes.octets(attribute::CALLED_STATION_ID, b"385911234567");
        let used = u32::try_from(slot.step)? * SECONDS_BETWEEN;
        attributes.integer(attribute::ACCT_SESSION_TIME, used);
        let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, u8::try_from(identifier)?);
        writer.attributes(attributes.as_bytes());
        let (datagram, authenticator) = writer.request(self.options.secret.as_bytes());
        self.socket.send(&datagram)?;
        let now = Instant::now();
        slot.sent = Some(Sent {
            datagram,
            authenticator,
            first: now,
            last: now,
        });
        Ok(())
    }

    fn answered(&mut self, datagram: &[u8]) -> Result<()> {
        let packet = Packet::parse(datagram).map_err(|error| anyhow!("an answer: {error}"))?;
        let identifier = usize::from(packet.identifier());
        let secret = self.options.secret.as_bytes();
        let slot = self.slots.get_mut(identifier);
        let Some(slot) = slot.filter(|slot| {
            slot.sent
                .as_ref()
                .is_some_and(|sent| is_reply_authentic(&packet, &sent.authenticator, secret))
        }) else {
            // Late: the answer to what was sent again came first.
            return Ok(());
        };
        let now = Instant::now();
        if let Some(sent) = slot.sent.take() {
            if (self.measured.0..self.measured.1).contains(&now) {
                self.answers += 1;
                let nanoseconds = u64::try_from((now - sent.first).as_nanos())?;
                self.latency.saturating_record(nanoseconds);
            }
        }
        slot.step += 1;
        if slot.step == STATUSES.len() {
            if now >= self.measured.1 {
                return Ok(());
            }
            let session = self.next_session();
            let slot = &mut self.slots[identifier];
            (slot.session, slot.step) = (session, 0);
        }
        self.report(identifier)
    }

    fn send_again(&mut self) -> Result<()> {
        let now = Instant::now();
        for slot in &mut self.slots {
            if let Some(sent) = slot.sent.as_mut().filter(|sent| now - sent.last > ANSWER) {
                self.socket.send(&sent.datagram)?;
                sent.last = now;
                self.retransmissions += 1;
            }
        }
        Ok(())
    }
}

fn is_timeout(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}
