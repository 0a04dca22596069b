//! Whether a request is for us (RFC 6733 §6.1.3 to §6.1.6).

use super::identity::{LocalIdentity, PeerSettings};
use crate::codec::Message;
use crate::dictionary as avp;
use crate::result_code;

/// Result-Code of a request that went astray: it passed us before or is for another realm.
/// Malformed AVPs are left to the request's own parser.
pub(super) fn misrouted(
    identity: &LocalIdentity,
    settings: &PeerSettings,
    message: &Message<'_>,
) -> Option<u32> {
    for inner in message.avps().map_while(Result::ok) {
        match inner.id {
            avp::ROUTE_RECORD if names(inner.data, &identity.origin_host) => {
                return Some(result_code::LOOP_DETECTED);
            }
            avp::DESTINATION_REALM
                if !inner.data.is_empty()
                    && !settings.realms.serve(&identity.origin_realm, inner.data) =>
            {
                return Some(result_code::REALM_NOT_SERVED);
            }
            _ => {}
        }
    }
    None
}

fn names(data: &[u8], host: &str) -> bool {
    data.eq_ignore_ascii_case(host.as_bytes())
}
