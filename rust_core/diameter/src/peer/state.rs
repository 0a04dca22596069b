//! The connection's states and what time and the first messages do in them (RFC 6733 §5.6,
//! responder side).

use std::sync::Arc;

use super::action::{CloseReason, PeerAction, RemotePeer};
use super::capabilities::{self, Capabilities};
use super::identity::{Acceptor, LocalIdentity, PeerSettings};
use super::profile::Profile;
use super::requests::refused;
use super::table::{PeerTable, Refusal, Seat, Transport};
use super::watchdog::{Expiry, Watchdog};
use crate::codec::{FrameError, Header, Message};
use crate::dictionary::{COMMAND_CAPABILITIES_EXCHANGE, COMMAND_DEVICE_WATCHDOG};
use crate::failure::Failure;
use crate::protocol_error::header_error;
use crate::result_code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    AwaitingCapabilities {
        deadline_ms: u64,
    },
    Open,
    Disconnecting {
        deadline_ms: u64,
    },
    Closing {
        deadline_ms: u64,
        cause: Option<u32>,
    },
    Closed,
}

/// How a connection is, for those who watch it and those who choose one to send a request on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No CER yet.
    Unproven,
    /// Requests may go both ways.
    Open,
    /// It does not answer its watchdog: no request of ours is sent there.
    Suspect,
    /// It is back after a failure and has yet to answer three watchdogs (RFC 3539 §3.4.1): its
    /// requests are served, none of ours is sent there.
    Reopening,
    /// A DPR was sent or answered.
    Ending,
    /// Over.
    Closed,
}

/// One accepted connection. Times are milliseconds of any monotone clock.
#[derive(Debug)]
pub struct Peer {
    pub(super) identity: Arc<LocalIdentity>,
    pub(super) settings: Arc<PeerSettings>,
    pub(super) peers: Arc<PeerTable>,
    pub(super) transport: Transport,
    pub(super) state: State,
    pub(super) remote: Option<RemotePeer>,
    pub(super) seat: Option<Seat>,
    pub(super) profile: Arc<Profile>,
    pub(super) watchdog: Watchdog,
    pub(super) next_identifier: u32,
}

impl Peer {
    /// A connection accepted at `now_ms`. `seed` varies watchdog jitter and identifiers between
    /// connections.
    #[must_use]
    pub fn new(acceptor: Acceptor, transport: Transport, now_ms: u64, seed: u32) -> Self {
        let settings = acceptor.settings;
        let deadline_ms = now_ms.saturating_add(settings.handshake_ms);
        let watchdog = Watchdog::new(settings.watchdog_ms, seed);
        Self {
            identity: acceptor.identity,
            settings,
            peers: acceptor.peers,
            transport,
            state: State::AwaitingCapabilities { deadline_ms },
            remote: None,
            seat: None,
            profile: Arc::default(),
            watchdog,
            next_identifier: seed,
        }
    }

    /// The other end, once its CER was accepted.
    #[must_use]
    pub fn remote(&self) -> Option<&RemotePeer> {
        self.remote.as_ref()
    }

    /// The connection under it.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Its place in the peer table, once its CER was accepted.
    #[must_use]
    pub fn seat(&self) -> Option<&Seat> {
        self.seat.as_ref()
    }

    /// How to treat what it sends.
    #[must_use]
    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    /// Our side's identity.
    #[must_use]
    pub fn identity(&self) -> &LocalIdentity {
        &self.identity
    }

    /// Whether requests are served.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open | State::Disconnecting { .. })
    }

    /// How the connection is. Requests of ours go only where it is [`Condition::Open`].
    #[must_use]
    pub fn condition(&self) -> Condition {
        match self.state {
            State::AwaitingCapabilities { .. } => Condition::Unproven,
            State::Open => self.watchdog.condition(),
            State::Disconnecting { .. } | State::Closing { .. } => Condition::Ending,
            State::Closed => Condition::Closed,
        }
    }

    /// Why the peer leaves, once it has said so by a DPR.
    #[must_use]
    pub fn leaves(&self) -> Option<CloseReason> {
        match self.state {
            State::Closing { cause, .. } => Some(CloseReason::PeerDisconnects(cause)),
            _ => None,
        }
    }

    /// When [`Self::on_tick`] has something to do next, `u64::MAX` for never.
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        match self.state {
            State::AwaitingCapabilities { deadline_ms }
            | State::Disconnecting { deadline_ms }
            | State::Closing { deadline_ms, .. } => deadline_ms,
            State::Open => self.watchdog.deadline_ms(),
            State::Closed => u64::MAX,
        }
    }

    /// Takes one message and appends what is to be sent to `out`.
    pub fn on_message(
        &mut self,
        now_ms: u64,
        message: &Message<'_>,
        out: &mut Vec<u8>,
    ) -> PeerAction {
        match self.state {
            // After its DPR a peer sends no requests (RFC 6733 §5.4).
            State::Closed | State::Closing { .. } => PeerAction::Nothing,
            State::AwaitingCapabilities { .. } => self.before_open(now_ms, message, out),
            State::Open | State::Disconnecting { .. } => {
                if message.header.is_request() {
                    self.watchdog.on_traffic(now_ms);
                    self.on_request(now_ms, message, out)
                } else {
                    self.on_answer(now_ms, message)
                }
            }
        }
    }

    /// Takes the error of [`crate::next_frame`] with the buffer it looked at; answers if a request's
    /// header can be read (5011, 5015) and closes.
    pub fn on_stream_error(
        &mut self,
        error: FrameError,
        buffer: &[u8],
        out: &mut Vec<u8>,
    ) -> PeerAction {
        let code = match error {
            FrameError::UnsupportedVersion(_) => result_code::UNSUPPORTED_VERSION,
            FrameError::InvalidLength(_)
            | FrameError::TooLarge { .. }
            | FrameError::Incomplete { .. } => result_code::INVALID_MESSAGE_LENGTH,
        };
        if let Some(header) = Header::read(buffer).filter(|_| self.state != State::Closed) {
            header_error(&self.identity, &header, code, &error.to_string(), out);
        }
        self.close(CloseReason::BrokenStream(error))
    }

    /// A message was begun and has not ended in time: nobody can be told which.
    pub fn on_incomplete_message(&mut self) -> PeerAction {
        self.close(CloseReason::IncompleteMessage)
    }

    /// Lets time pass: watchdog, handshake and disconnect timeouts.
    pub fn on_tick(&mut self, now_ms: u64, out: &mut Vec<u8>) -> PeerAction {
        if now_ms < self.deadline_ms() {
            return PeerAction::Nothing;
        }
        match self.state {
            State::Closed => PeerAction::Nothing,
            State::AwaitingCapabilities { .. } => self.close(CloseReason::CapabilitiesTimeout),
            State::Disconnecting { .. } => self.close(CloseReason::DisconnectTimeout),
            State::Closing { cause, .. } => self.close(CloseReason::PeerDisconnects(cause)),
            State::Open => match self.watchdog.on_tick(now_ms) {
                Expiry::Wait => PeerAction::Nothing,
                Expiry::Down => self.close(CloseReason::WatchdogExpired),
                Expiry::Probe => {
                    self.write_own_request(COMMAND_DEVICE_WATCHDOG, None, out);
                    PeerAction::Answered
                }
            },
        }
    }

    fn before_open(&mut self, now_ms: u64, message: &Message<'_>, out: &mut Vec<u8>) -> PeerAction {
        let header = message.header;
        if !header.is_request() || header.command != COMMAND_CAPABILITIES_EXCHANGE {
            return self.close(CloseReason::CapabilitiesExpected);
        }
        let own = (&*self.identity, self.transport.local);
        match self.accept(message) {
            Err(failure) => {
                capabilities::write_answer(own, &header, Some(&failure), out);
                self.close(refused(&failure))
            }
            Ok((remote, seat)) => {
                capabilities::write_answer(own, &header, None, out);
                self.state = State::Open;
                self.watchdog.set(now_ms);
                self.remote = Some(remote.clone());
                self.sit(seat);
                PeerAction::Established {
                    origin_host: remote.origin_host,
                    origin_realm: remote.origin_realm,
                    origin_state_id: remote.origin_state_id,
                }
            }
        }
    }

    fn accept(&self, message: &Message<'_>) -> Result<(RemotePeer, Seat), Box<Failure>> {
        if message.header.is_error() {
            return Err(Box::new(invalid_header_bits()));
        }
        let capabilities = Capabilities::parse(message)?;
        let host = capabilities.origin_host;
        let seat = self.peers.admit(host, &self.transport);
        let seat = seat.map_err(|refusal| Box::new(not_admitted(host, refusal)))?;
        capabilities.check(&self.settings)?;
        let remote = RemotePeer {
            origin_host: host.to_owned(),
            origin_realm: capabilities.origin_realm.to_owned(),
            origin_state_id: capabilities.origin_state_id,
        };
        Ok((remote, seat))
    }

    pub(super) fn close(&mut self, reason: CloseReason) -> PeerAction {
        self.state = State::Closed;
        PeerAction::Close(reason)
    }
}

/// The failure of a peer the table does not admit. A full house is a matter of the moment: 3004.
fn not_admitted(host: &str, refusal: Refusal) -> Failure {
    const LONGEST_NAME: usize = 100;
    let code = match refusal {
        Refusal::Full => result_code::TOO_BUSY,
        _ => result_code::UNKNOWN_PEER,
    };
    let shown: String = host.chars().take(LONGEST_NAME).collect();
    Failure::new(code, format!("{shown} {refusal}"))
}

/// E bit in a request: an invalid combination (RFC 6733 §7.1.3).
pub(super) fn invalid_header_bits() -> Failure {
    Failure::new(
        result_code::INVALID_HDR_BITS,
        "a request must not have the E bit",
    )
}
