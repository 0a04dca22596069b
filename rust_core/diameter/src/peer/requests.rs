//! What each message does on an open connection (RFC 6733 §5.6, R-Open).

use super::action::{CloseReason, PeerAction};
use super::base_request::{BaseRequest, write_failure, write_success};
use super::capabilities::{self, Capabilities};
use super::routing::misrouted;
use super::state::{Peer, State, invalid_header_bits};
use crate::codec::Message;
use crate::dictionary::{
    APPLICATION_CREDIT_CONTROL, COMMAND_ABORT_SESSION, COMMAND_CAPABILITIES_EXCHANGE,
    COMMAND_CREDIT_CONTROL, COMMAND_DEVICE_WATCHDOG, COMMAND_DISCONNECT_PEER, COMMAND_RE_AUTH,
};
use crate::failure::Failure;
use crate::protocol_error::{ErrorDetail, protocol_error};
use crate::result_code;

impl Peer {
    pub(super) fn on_request(
        &mut self,
        now_ms: u64,
        message: &Message<'_>,
        out: &mut Vec<u8>,
    ) -> PeerAction {
        let header = message.header;
        if header.is_error() {
            write_failure(&self.identity, message, &invalid_header_bits(), out);
            return PeerAction::Answered;
        }
        match header.command {
            COMMAND_CREDIT_CONTROL => self.on_credit_control(message, out),
            COMMAND_DEVICE_WATCHDOG => self.on_watchdog_request(message, out),
            COMMAND_DISCONNECT_PEER => self.on_disconnect_request(now_ms, message, out),
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

    fn on_disconnect_request(
        &mut self,
        now_ms: u64,
        message: &Message<'_>,
        out: &mut Vec<u8>,
    ) -> PeerAction {
        match BaseRequest::parse(message) {
            Err(failure) => {
                write_failure(&self.identity, message, &failure, out);
                PeerAction::Answered
            }
            Ok(request) => {
                write_success(&self.identity, &message.header, out);
                self.await_close(now_ms, request.disconnect_cause);
                PeerAction::Answered
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
        let capabilities = Capabilities::parse(message)
            .and_then(|found| found.check(&self.settings).map(|()| found));
        let own = (&*self.identity, self.transport.local);
        match capabilities {
            Err(failure) => {
                capabilities::write_answer(own, &message.header, Some(&failure), out);
                self.close(refused(&failure))
            }
            Ok(found) if !self.is_remote(found.origin_host) => {
                self.close(CloseReason::IdentityChanged)
            }
            Ok(found) => {
                capabilities::write_answer(own, &message.header, None, out);
                self.watchdog.on_traffic(now_ms);
                self.raise_state(found.origin_state_id)
                    .unwrap_or(PeerAction::Answered)
            }
        }
    }

    pub(super) fn on_answer(&mut self, now_ms: u64, message: &Message<'_>) -> PeerAction {
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
}

/// How a connection ends whose CER is refused.
pub(super) fn refused(failure: &Failure) -> CloseReason {
    CloseReason::CapabilitiesRefused {
        result_code: failure.result_code,
        message: failure.error_message.to_string(),
    }
}
