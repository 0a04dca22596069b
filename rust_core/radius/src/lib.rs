//! RADIUS (RFC 2865, 2866, 2869, 3579, 5176, 5997) without sockets and clocks: datagrams and times
//! come in, datagrams go out.
//!
//! [`Packet`] reads without copying, [`Writer`] writes and signs; [`Door`] knows the clients, checks
//! what they send and answers retransmissions; [`Authorisations`] sends what the server asks of a
//! client (Disconnect, `CoA`) until it is answered.

#![forbid(unsafe_code)]

pub mod attributes;
pub mod authenticator;
mod client;
mod codec;
mod counters;
mod credentials;
mod door;
mod dynamic;

pub use client::{Client, Clients};
pub use codec::{Attribute, AttributeList, Attributes, Code, Malformed, Packet, Writer};
pub use counters::{AcctStatus, Usage};
pub use credentials::{Credentials, credentials};
pub use door::{Discard, Door, Exchange, Port, Received, Reply};
pub use dynamic::{Answered, Authorisations, Dispatch};
pub use openmvno_addresses::{AddressRange, AddressRangeError};
