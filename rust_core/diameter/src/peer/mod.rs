//! One connection of a server: who may connect, capabilities exchange, watchdog, disconnect, and
//! the refusals that need no charging (RFC 6733 §5 and §6, RFC 3539 §3.4).
//!
//! We only accept connections and never make one, so two connection attempts never cross and no
//! election (RFC 6733 §5.6.4) is ever held.

mod action;
mod base_request;
mod capabilities;
mod identity;
mod ours;
mod profile;
mod requests;
mod routing;
mod state;
mod table;
mod watchdog;

pub use openmvno_addresses::{AddressRange, AddressRangeError};

pub use action::{CloseReason, PeerAction, RemotePeer};
pub use identity::{Acceptor, LocalIdentity, PeerSettings, ServedRealms};
pub use profile::{
    IdentityForm, Overload, Profile, Redirection, RepeatedTermination, UnknownMandatory,
};
pub use state::{Condition, Peer};
pub use table::{HostPattern, HostPatternError, PeerRule, PeerTable, Refusal, Seat, Transport};
