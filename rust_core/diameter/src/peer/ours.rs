//! What we begin on a connection: DPR, DWR, and what a change of the peer table brings about.

use std::sync::Arc;

use super::action::PeerAction;
use super::state::{Peer, State};
use super::table::{PeerTable, Refusal, Seat};
use crate::codec::{FLAG_REQUEST, Header, MessageWriter};
use crate::dictionary::{self as avp, COMMAND_DEVICE_WATCHDOG, COMMAND_DISCONNECT_PEER};

/// Disconnect-Cause (RFC 6733 §5.4.3).
const BUSY: u32 = 1;
const DO_NOT_WANT_TO_TALK_TO_YOU: u32 = 2;

impl Peer {
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

    /// Its host was lost to the watchdog before: sends a DWR at once and counts three answers
    /// before the connection is trusted again (RFC 3539 §3.4.1, DOWN to REOPEN).
    pub fn reopen(&mut self, now_ms: u64, out: &mut Vec<u8>) {
        self.watchdog.reopen(now_ms);
        self.write_own_request(COMMAND_DEVICE_WATCHDOG, None, out);
    }

    /// The peer table has changed: the connection goes on under its new rule, or is ended by a DPR.
    pub fn reconsider(
        &mut self,
        now_ms: u64,
        peers: &Arc<PeerTable>,
        out: &mut Vec<u8>,
    ) -> PeerAction {
        self.peers = Arc::clone(peers);
        let (State::Open, Some(remote)) = (self.state, &self.remote) else {
            return PeerAction::Nothing;
        };
        match peers.admit(&remote.origin_host, &self.transport) {
            Ok(seat) => {
                self.sit(seat);
                PeerAction::Nothing
            }
            Err(Refusal::Full) => self.disconnect(now_ms, BUSY, out),
            Err(_) => self.disconnect(now_ms, DO_NOT_WANT_TO_TALK_TO_YOU, out),
        }
    }

    pub(super) fn sit(&mut self, seat: Seat) {
        self.profile = Arc::clone(&seat.rule().profile);
        self.seat = Some(seat);
    }

    pub(super) fn write_own_request(
        &mut self,
        command: u32,
        cause: Option<u32>,
        out: &mut Vec<u8>,
    ) {
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

    /// The peer's DPR is answered: it closes the transport (RFC 6733 §5.4), we when it does not.
    pub(super) fn await_close(&mut self, now_ms: u64, cause: Option<u32>) {
        let deadline_ms = now_ms.saturating_add(self.settings.closing_ms);
        self.state = State::Closing { deadline_ms, cause };
    }
}
