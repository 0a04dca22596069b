//! One connection of a server: capabilities exchange, watchdog, disconnect, and the refusals that
//! need no charging (RFC 6733 §5 and §6, RFC 3539 §3.4).

mod action;
mod base_request;
mod capabilities;
mod identity;
mod routing;
mod state;
mod watchdog;

pub use action::{CloseReason, PeerAction, RemotePeer};
pub use identity::{LocalIdentity, PeerPolicy, PeerSettings, ServedRealms};
pub use state::Peer;
