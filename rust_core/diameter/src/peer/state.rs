//! The connection's states and what each message does in them (RFC 6733 §5.6, responder side).

use std::sync::Arc;

use super::action::{CloseReason, PeerAction, RemotePeer};
use super::base_request::{BaseRequest, write_failure, write_success};
use super::capabilities::{self, Capabilities};
use super::identity::{LocalIdentity, PeerSettings};
use super::routing::misrouted;
use super::watchdog::{Expiry, Watchdog};
use crate::codec::{FLAG_REQUEST, FrameError, Header, Message, MessageWriter};
use crate::dictionary::{
    self as avp, APPLICATION_CREDIT_CONTROL, COMMAND_ABORT_SESSION, COMMAND_CAPABILITIES_EXCHANGE,
    COMMAND_CREDIT_CONTROL, COMMAND_DEVICE_WATCHDOG, COMMAND_DISCONNECT_PEER, COMMAND_RE_AUTH,
};
use crate::failure::Failure;
use crate::protocol_error::{ErrorDetail, header_error, protocol_error};
use crate::result_code;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    AwaitingCapabilities { deadline_ms: u64 },
    Open,
    Disconnecting { deadline_ms: u64 },
    Closed,
}

/// One accepted connection. Times are milliseconds of any monotone clock.
#[derive(Debug)]
pub struct Peer {
    identity: Arc<LocalIdentity>,
    settings: Arc<PeerSettings>,
    state: State,
    remote: Option<RemotePeer>,
    watchdog: Watchdog,
    next_identifier: u32,
}

impl Peer {
    /// A connection accepted at `now_ms`. `seed` varies watchdog jitter and identifiers between
    /// connections.
    #[must_use]
    pub fn new(
        identity: Arc<LocalIdentity>,
        settings: Arc<PeerSettings>,
        now_ms: u64,
        seed: u32,
    ) -> Self {
        let deadline_ms = now_ms.saturating_add(settings.handshake_ms);
        let watchdog = Watchdog::new(settings.watchdog_ms, seed);
        Self {
            identity,
            settings,
            state: State::AwaitingCapabilities { deadline_ms },
            remote: None,
            watchdog,
            next_identifier: seed,
        }
    }

    /// The other end, once its CER was accepted.
    #[must_use]
    pub fn remote(&self) -> Option<&RemotePeer> {
        self.remote.as_ref()
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

    /// When [`Self::on_tick`] has something to do next, `u64::MAX` for never.
    #[must_use]
    pub fn deadline_ms(&self) -> u64 {
        match self.state {
            State::AwaitingCapabilities { deadline_ms } | State::Disconnecting { deadline_ms } => {
                deadline_ms
            }
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
            State::Closed => PeerAction::Nothing,
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

    /// Lets time pass: watchdog, handshake and disconnect timeouts.
    pub fn on_tick(&mut self, now_ms: u64, out: &mut Vec<u8>) -> PeerAction {
        if now_ms < self.deadline_ms() {
            return PeerAction::Nothing;
        }
        match self.state {
            State::Closed => PeerAction::Nothing,
            State::AwaitingCapabilities { .. } => self.close(CloseReason::CapabilitiesTimeout),
            State::Disconnecting { .. } => self.close(CloseReason::DisconnectTimeout),
            State::Open => match self.watchdog.on_tick(now_ms) {
                Expiry::NotDue | Expiry::Suspect => PeerAction::Nothing,
                Expiry::Down => self.close(CloseReason::WatchdogExpired),
                Expiry::Probe => {
                    self.write_own_request(COMMAND_DEVICE_WATCHDOG, None, out);
                    PeerAction::Answered
                }
            },
        }
    }

    /// Starts a graceful end with a DPR; `cause` is 0 REBOOTING, 1 BUSY or 2
    /// DO_NOT_WANT_TO_TALK_TO_YOU (RFC 6733 §5.4.3).
    pub fn disconnect(&mut self, now_ms: u64, cause: u32, out: &mut Vec<u8>) -> PeerAction {
        if self.state != State::Open {
            return PeerAction::Nothing;
        }
        let deadline_ms = now_ms.saturating_add(self.settings.disconnect_ms);
        self.state = State::Disconnecting { deadline_ms };
        self.write_own_request(COMMAND_DISCONNECT_PEER, Some(cause), out);
        PeerAction::Answered
    }

    fn before_open(&mut self, now_ms: u64, message: &Message<'_>, out: &mut Vec<u8>) -> PeerAction {
        let header = message.header;
        if !header.is_request() || header.command != COMMAND_CAPABILITIES_EXCHANGE {
            return self.close(CloseReason::CapabilitiesExpected);
        }
        match self.accept(message) {
            Err(failure) => {
                capabilities::write_answer(&self.identity, &header, Some(&failure), out);
                self.close(CloseReason::CapabilitiesRefused(failure.result_code))
            }
            Ok(remote) => {
                capabilities::write_answer(&self.identity, &header, None, out);
                self.state = State::Open;
                self.watchdog.set(now_ms);
                self.remote = Some(remote.clone());
                PeerAction::Established {
                    origin_host: remote.origin_host,
                    origin_realm: remote.origin_realm,
                    origin_state_id: remote.origin_state_id,
                }
            }
        }
    }

    fn accept(&self, message: &Message<'_>) -> Result<RemotePeer, Box<Failure>> {
        if message.header.is_error() {
            return Err(Box::new(invalid_header_bits()));
        }
        let capabilities = Capabilities::parse(message)?;
        capabilities.check(&self.settings)?;
        Ok(RemotePeer {
            origin_host: capabilities.origin_host.to_owned(),
            origin_realm: capabilities.origin_realm.to_owned(),
            origin_state_id: capabilities.origin_state_id,
        })
    }

    fn on_request(&mut self, now_ms: u64, message: &Message<'_>, out: &mut Vec<u8>) -> PeerAction {
        let header = message.header;
        if header.is_error() {
            write_failure(&self.identity, message, &invalid_header_bits(), out);
            return PeerAction::Answered;
        }
        match header.command {
            COMMAND_CREDIT_CONTROL => self.on_credit_control(message, out),
            COMMAND_DEVICE_WATCHDOG => self.on_watchdog_request(message, out),
            COMMAND_DISCONNECT_PEER => self.on_disconnect_request(message, out),
            COMMAND_CAPABILITIES_EXCHANGE => self.on_capabilities_again(now_ms, message, out),
            _ => self.refuse(message, result_code::COMMAND_UNSUPPORTED, out),
        }
    }

    fn on_credit_control(&self, message: &Message<'_>, out: &mut Vec<u8>) -> PeerAction {
        if message.header.application != APPLICATION_CREDIT_CONTROL {
            return self.refuse(message, result_code::APPLICATION_UNSUPPORTED, out);
        }
        match misrouted(&self.identity, &self.settings, message) {
            Some(code) => self.refuse(message, code, out),
            None => PeerAction::CreditControl,
        }
    }

    fn refuse(&self, message: &Message<'_>, code: u32, out: &mut Vec<u8>) -> PeerAction {
        protocol_error(&self.identity, message, code, ErrorDetail::default(), out);
        PeerAction::Answered
    }

    fn on_watchdog_request(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> PeerAction {
        match BaseRequest::parse(message) {
            Err(failure) => {
                write_failure(&self.identity, message, &failure, out);
                PeerAction::Answered
            }
            Ok(request) => {
                write_success(&self.identity, &message.header, out);
                self.note_state(&request).unwrap_or(PeerAction::Answered)
            }
        }
    }

    fn on_disconnect_request(&mut self, message: &Message<'_>, out: &mut Vec<u8>) -> PeerAction {
        match BaseRequest::parse(message) {
            Err(failure) => {
                write_failure(&self.identity, message, &failure, out);
                PeerAction::Answered
            }
            Ok(request) => {
                write_success(&self.identity, &message.header, out);
                self.close(CloseReason::PeerDisconnects(request.disconnect_cause))
            }
        }
    }

    /// A CER on an open connection is answered and changes nothing but the peer's state
    /// (RFC 6733 §5.6: R-Open, R-Rcv-CER).
    fn on_capabilities_again(
        &mut self,
        now_ms: u64,
        message: &Message<'_>,
        out: &mut Vec<u8>,
    ) -> PeerAction {
        match self.accept(message) {
            Err(failure) => {
                capabilities::write_answer(&self.identity, &message.header, Some(&failure), out);
                self.close(CloseReason::CapabilitiesRefused(failure.result_code))
            }
            Ok(remote) if !self.is_remote(&remote.origin_host) => {
                self.close(CloseReason::IdentityChanged)
            }
            Ok(remote) => {
                capabilities::write_answer(&self.identity, &message.header, None, out);
                self.watchdog.set(now_ms);
                self.raise_state(remote.origin_state_id)
                    .unwrap_or(PeerAction::Answered)
            }
        }
    }

    fn on_answer(&mut self, now_ms: u64, message: &Message<'_>) -> PeerAction {
        match message.header.command {
            COMMAND_DEVICE_WATCHDOG => {
                self.watchdog.on_answer(now_ms);
                BaseRequest::parse(message)
                    .ok()
                    .and_then(|answer| self.note_state(&answer))
                    .unwrap_or(PeerAction::Nothing)
            }
            COMMAND_DISCONNECT_PEER if self.state != State::Open => {
                self.close(CloseReason::Disconnected)
            }
            COMMAND_RE_AUTH | COMMAND_ABORT_SESSION => {
                self.watchdog.on_traffic(now_ms);
                PeerAction::SessionAnswer
            }
            // An answer to nothing we asked.
            _ => {
                self.watchdog.on_traffic(now_ms);
                PeerAction::Nothing
            }
        }
    }

    fn note_state(&mut self, request: &BaseRequest<'_>) -> Option<PeerAction> {
        if !self.is_remote(request.origin_host) {
            return None;
        }
        self.raise_state(request.origin_state_id)
    }

    /// Remembers a higher Origin-State-Id (RFC 6733 §8.16).
    fn raise_state(&mut self, state_id: Option<u32>) -> Option<PeerAction> {
        let remote = self.remote.as_mut()?;
        let state_id = state_id?;
        match remote.origin_state_id {
            Some(known) if state_id <= known => None,
            Some(_) => {
                remote.origin_state_id = Some(state_id);
                Some(PeerAction::OriginStateChanged {
                    origin_host: remote.origin_host.clone(),
                    state_id,
                })
            }
            None => {
                remote.origin_state_id = Some(state_id);
                None
            }
        }
    }

    fn is_remote(&self, origin_host: &str) -> bool {
        self.remote
            .as_ref()
            .is_some_and(|remote| remote.origin_host.eq_ignore_ascii_case(origin_host))
    }

    fn write_own_request(&mut self, command: u32, cause: Option<u32>, out: &mut Vec<u8>) {
        self.next_identifier = self.next_identifier.wrapping_add(1);
        let header = Header {
            flags: FLAG_REQUEST,
            command,
            application: avp::APPLICATION_COMMON,
            hop_by_hop: self.next_identifier,
            end_to_end: self.next_identifier,
        };
        let mut writer = MessageWriter::begin(out, &header);
        writer.utf8(avp::ORIGIN_HOST, &self.identity.origin_host);
        writer.utf8(avp::ORIGIN_REALM, &self.identity.origin_realm);
        match cause {
            Some(cause) => writer.u32(avp::DISCONNECT_CAUSE, cause),
            None => writer.u32(avp::ORIGIN_STATE_ID, self.identity.origin_state_id),
        }
        writer.finish();
    }

    fn close(&mut self, reason: CloseReason) -> PeerAction {
        self.state = State::Closed;
        PeerAction::Close(reason)
    }
}

/// E bit in a request: an invalid combination (RFC 6733 §7.1.3).
fn invalid_header_bits() -> Failure {
    Failure::new(
        result_code::INVALID_HDR_BITS,
        "a request must not have the E bit",
    )
}
