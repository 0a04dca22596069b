//! What an Accounting-Request says was used.

use crate::attributes as attribute;
use crate::codec::Packet;

/// Acct-Status-Type (RFC 2866 §5.1, RFC 2869 §2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AcctStatus {
    /// A session began.
    Start,
    /// A session ended.
    Stop,
    /// A session goes on.
    Interim,
    /// The client started: none of its older sessions goes on.
    On,
    /// The client stops: none of its sessions goes on.
    Off,
}

impl AcctStatus {
    /// What the packet reports; `None` for a kind we do not know.
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Option<Self> {
        Some(match packet.integer(attribute::ACCT_STATUS_TYPE)? {
            1 => Self::Start,
            2 => Self::Stop,
            3 => Self::Interim,
            7 => Self::On,
            8 => Self::Off,
            _ => return None,
        })
    }

    /// The word for metrics.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Interim => "interim",
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

/// Usage since the session began. A counter that did not come is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Acct-Session-Time.
    pub seconds: u64,
    /// Both directions.
    pub octets: u64,
}

impl Usage {
    /// The counters, with what passed 2³² octets of each direction (RFC 2869 §5.1, §5.2).
    #[must_use]
    pub fn of(packet: &Packet<'_>) -> Self {
        let counter = |octets, gigawords| {
            let low = u64::from(packet.integer(octets).unwrap_or(0));
            let high = u64::from(packet.integer(gigawords).unwrap_or(0));
            high << 32 | low
        };
        let input = counter(
            attribute::ACCT_INPUT_OCTETS,
            attribute::ACCT_INPUT_GIGAWORDS,
        );
        let output = counter(
            attribute::ACCT_OUTPUT_OCTETS,
            attribute::ACCT_OUTPUT_GIGAWORDS,
        );
        Self {
            seconds: u64::from(packet.integer(attribute::ACCT_SESSION_TIME).unwrap_or(0)),
            octets: input.saturating_add(output),
        }
    }
}
