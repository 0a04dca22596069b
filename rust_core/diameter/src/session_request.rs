//! What a server asks of a client of its own accord: Re-Auth-Request (RFC 6733 §8.3, RFC 8506 §5.5)
//! and Abort-Session-Request (RFC 6733 §8.5), and what of their answers counts.

use crate::codec::{
    FLAG_PROXIABLE, FLAG_REQUEST, FLAG_RETRANSMITTED, Header, Message, MessageWriter,
};
use crate::dictionary::{
    self as avp, APPLICATION_CREDIT_CONTROL, COMMAND_ABORT_SESSION, COMMAND_RE_AUTH,
};
use crate::peer::LocalIdentity;

/// Re-Auth-Request-Type AUTHORIZE_ONLY (RFC 6733 §8.12): there is no user to authenticate.
const AUTHORIZE_ONLY: u32 = 0;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionCommand {
    /// RAR: report what was used and ask anew.
    ReAuth,
    /// ASR: end the session.
    AbortSession,
}

impl SessionCommand {
    const fn code(self) -> u32 {
        match self {
            Self::ReAuth => COMMAND_RE_AUTH,
            Self::AbortSession => COMMAND_ABORT_SESSION,
        }
    }
}

/// A Re-Auth- or Abort-Session-Request. Destination-Host and -Realm are the client's, so that
/// agents in between find it (RFC 6733 §6.1.4).
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest<'a> {
    /// Which of the two.
    pub command: SessionCommand,
    /// Session-Id, the client's.
    pub session_id: &'a str,
    /// Origin-Host of the client.
    pub destination_host: &'a str,
    /// Origin-Realm of the client.
    pub destination_realm: &'a str,
    /// Hop-by-Hop Identifier: unique on the connection.
    pub hop_by_hop: u32,
    /// End-to-End Identifier: the same when sent again (RFC 6733 §3).
    pub end_to_end: u32,
    /// T flag: it may have been received before.
    pub retransmitted: bool,
}

impl SessionRequest<'_> {
    /// Appends the request and returns its length in octets.
    pub fn write(&self, identity: &LocalIdentity, out: &mut Vec<u8>) -> usize {
        let again = if self.retransmitted {
            FLAG_RETRANSMITTED
        } else {
            0
        };
        let header = Header {
            flags: FLAG_REQUEST | FLAG_PROXIABLE | again,
            command: self.command.code(),
            application: APPLICATION_CREDIT_CONTROL,
            hop_by_hop: self.hop_by_hop,
            end_to_end: self.end_to_end,
        };
        let mut writer = MessageWriter::begin(out, &header);
        writer.utf8(avp::SESSION_ID, self.session_id);
        writer.utf8(avp::ORIGIN_HOST, &identity.origin_host);
        writer.utf8(avp::ORIGIN_REALM, &identity.origin_realm);
        writer.utf8(avp::DESTINATION_REALM, self.destination_realm);
        writer.utf8(avp::DESTINATION_HOST, self.destination_host);
        writer.u32(avp::AUTH_APPLICATION_ID, APPLICATION_CREDIT_CONTROL);
        if self.command == SessionCommand::ReAuth {
            writer.u32(avp::RE_AUTH_REQUEST_TYPE, AUTHORIZE_ONLY);
        }
        writer.u32(avp::ORIGIN_STATE_ID, identity.origin_state_id);
        writer.finish()
    }
}

/// A Re-Auth- or Abort-Session-Answer, or an agent's answer in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionAnswer {
    /// Hop-by-Hop Identifier of the request.
    pub hop_by_hop: u32,
    /// Result-Code.
    pub result_code: u32,
}

impl SessionAnswer {
    /// Reads the answer; `None` when it has no readable Result-Code.
    #[must_use]
    pub fn parse(message: &Message<'_>) -> Option<Self> {
        let code = message.avps().find(avp::RESULT_CODE)?;
        Some(Self {
            hop_by_hop: message.header.hop_by_hop,
            result_code: code.u32().ok()?,
        })
    }
}
