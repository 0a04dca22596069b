//! One transport connection of the Diameter door.

use crate::peer_clocks::ClockLooks;
use openmvno_diameter::Peer;

/// Bytes not yet a whole message, and the peer's state.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) peer: Peer,
    pub(crate) inbound: Vec<u8>,
    /// Index of the peer's Origin-Host in the node's list; 0 until it is known.
    pub(crate) host: u16,
    /// When it was accepted, Unix milliseconds.
    pub(crate) since: i64,
    pub(crate) closed: bool,
    pub(crate) clock: ClockLooks,
}
