//! Who we are and whom we serve.

use std::sync::Arc;

use super::table::PeerTable;

/// What we say about ourselves in every message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalIdentity {
    /// Origin-Host: a fully qualified name of this door.
    pub origin_host: String,
    /// Origin-Realm.
    pub origin_realm: String,
    /// Product-Name.
    pub product_name: String,
    /// Vendor-Id of the product, 0 when it has none.
    pub vendor_id: u32,
    /// Firmware-Revision.
    pub firmware_revision: Option<u32>,
    /// Origin-State-Id. Stays the same across restarts, since sessions survive them.
    pub origin_state_id: u32,
    /// Supported-Vendor-Id.
    pub supported_vendors: Vec<u32>,
}

/// What a connection is accepted on.
#[derive(Clone, Debug)]
pub struct Acceptor {
    /// Who we are.
    pub identity: Arc<LocalIdentity>,
    /// How connections are treated.
    pub settings: Arc<PeerSettings>,
    /// Who may connect.
    pub peers: Arc<PeerTable>,
}

/// Which Destination-Realms are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServedRealms {
    /// Our Origin-Realm.
    Own,
    /// Our Origin-Realm and these; names compare without case.
    Listed(Vec<String>),
    /// Whatever arrives here is for us.
    Any,
}

impl ServedRealms {
    pub(super) fn serve(&self, own_realm: &str, realm: &[u8]) -> bool {
        let is = |name: &str| realm.eq_ignore_ascii_case(name.as_bytes());
        match self {
            Self::Any => true,
            Self::Own => is(own_realm),
            Self::Listed(realms) => is(own_realm) || realms.iter().any(|name| is(name)),
        }
    }
}

/// How connections are treated. Times are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerSettings {
    /// Whose requests are served.
    pub realms: ServedRealms,
    /// Whether a peer that offers only the relay application may connect.
    pub accept_relays: bool,
    /// Twinit of RFC 3539, 30 s; never less than 6 s there. Jittered by up to 2 s.
    pub watchdog_ms: u64,
    /// How long a new connection may take to send its CER.
    pub handshake_ms: u64,
    /// How long a peer may take to answer our DPR.
    pub disconnect_ms: u64,
    /// How long a peer may take to close the connection after we have answered its DPR; what was
    /// under way is still answered (RFC 6733 §5.6, Closing).
    pub closing_ms: u64,
}

impl Default for PeerSettings {
    fn default() -> Self {
        Self {
            realms: ServedRealms::Own,
            accept_relays: true,
            watchdog_ms: 30_000,
            handshake_ms: 10_000,
            disconnect_ms: 5_000,
            closing_ms: 2_000,
        }
    }
}
