//! What a connection tells its caller.

use std::fmt;

use crate::codec::FrameError;

/// Why a connection has to be closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Something else than a CER came first.
    CapabilitiesExpected,
    /// The CER was refused.
    CapabilitiesRefused {
        /// Result-Code of the CEA.
        result_code: u32,
        /// Its Error-Message.
        message: String,
    },
    /// No CER in time.
    CapabilitiesTimeout,
    /// A second CER came from another host.
    IdentityChanged,
    /// The peer asked for it by DPR, with this Disconnect-Cause, and was answered.
    PeerDisconnects(Option<u32>),
    /// Our DPR was answered.
    Disconnected,
    /// Our DPR was not answered in time.
    DisconnectTimeout,
    /// The peer did not answer our DWR.
    WatchdogExpired,
    /// A message was begun and not ended in time.
    IncompleteMessage,
    /// The stream is not Diameter any more.
    BrokenStream(FrameError),
}

/// Word of RFC 6733 §5.4.3 for a Disconnect-Cause.
fn cause_word(cause: Option<u32>) -> &'static str {
    match cause {
        Some(0) => "REBOOTING",
        Some(1) => "BUSY",
        Some(2) => "DO_NOT_WANT_TO_TALK_TO_YOU",
        Some(_) => "an unknown cause",
        None => "no cause",
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CapabilitiesExpected => formatter.write_str("no CER came first"),
            Self::CapabilitiesRefused {
                result_code,
                message,
            } => write!(
                formatter,
                "its CER was refused with {result_code}: {message}"
            ),
            Self::CapabilitiesTimeout => formatter.write_str("no CER came in time"),
            Self::IdentityChanged => formatter.write_str("another CER names another host"),
            Self::PeerDisconnects(cause) => {
                write!(formatter, "it disconnected: {}", cause_word(*cause))
            }
            Self::Disconnected => formatter.write_str("it answered our DPR"),
            Self::DisconnectTimeout => formatter.write_str("it did not answer our DPR"),
            Self::WatchdogExpired => formatter.write_str("it did not answer our watchdog"),
            Self::IncompleteMessage => formatter.write_str("a message of its did not end in time"),
            Self::BrokenStream(error) => write!(formatter, "broken stream: {error}"),
        }
    }
}

/// What the caller has to do. Octets appended to the output buffer are always sent, before closing
/// too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeerAction {
    /// Nothing.
    Nothing,
    /// Octets to send were appended.
    Answered,
    /// The message is a Credit-Control-Request for the caller to parse and answer.
    CreditControl,
    /// The message answers a Re-Auth- or Abort-Session-Request of the caller's.
    SessionAnswer,
    /// The connection is open; the CEA was appended.
    Established {
        /// Peer's Origin-Host.
        origin_host: String,
        /// Peer's Origin-Realm.
        origin_realm: String,
        /// Peer's Origin-State-Id: higher than the one last seen from this host means that its
        /// older sessions are gone (RFC 6733 §8.16).
        origin_state_id: Option<u32>,
    },
    /// The peer lost its sessions while connected; an answer may have been appended.
    OriginStateChanged {
        /// Peer's Origin-Host.
        origin_host: String,
        /// Its new Origin-State-Id.
        state_id: u32,
    },
    /// Send what was appended and close the connection.
    Close(CloseReason),
}

/// The other end, known since its CER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemotePeer {
    /// Origin-Host.
    pub origin_host: String,
    /// Origin-Realm.
    pub origin_realm: String,
    /// Highest Origin-State-Id seen.
    pub origin_state_id: Option<u32>,
}
