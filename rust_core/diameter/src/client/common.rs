//! CER, DWR and DPR from the connecting side.

use std::net::IpAddr;

use crate::codec::{FLAG_REQUEST, Header, MessageWriter};
use crate::dictionary::{
    self as avp, APPLICATION_COMMON, COMMAND_CAPABILITIES_EXCHANGE, COMMAND_DEVICE_WATCHDOG,
    COMMAND_DISCONNECT_PEER,
};
use crate::result_code;

/// Who a client is and whom it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    /// Origin-Host.
    pub origin_host: String,
    /// Origin-Realm.
    pub origin_realm: String,
    /// Origin-State-Id.
    pub origin_state_id: Option<u32>,
    /// Host-IP-Address of the CER.
    pub host_ip_address: IpAddr,
    /// Destination-Realm of requests.
    pub destination_realm: String,
    /// Destination-Host of requests.
    pub destination_host: Option<String>,
}

/// Hop-by-Hop and End-to-End Identifier of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// Hop-by-Hop Identifier.
    pub hop_by_hop: u32,
    /// End-to-End Identifier.
    pub end_to_end: u32,
}

impl Identifiers {
    /// The same number for both.
    #[must_use]
    pub const fn both(number: u32) -> Self {
        Self {
            hop_by_hop: number,
            end_to_end: number,
        }
    }
}

/// Appends a CER that offers `applications` by Auth-Application-Id.
pub fn write_capabilities(
    out: &mut Vec<u8>,
    identity: &ClientIdentity,
    identifiers: Identifiers,
    applications: &[u32],
) -> usize {
    let mut writer = begin(out, COMMAND_CAPABILITIES_EXCHANGE, identifiers);
    write_origin(&mut writer, identity);
    writer.address(avp::HOST_IP_ADDRESS, identity.host_ip_address);
    writer.u32(avp::VENDOR_ID, 0);
    writer.utf8(avp::PRODUCT_NAME, "OpenMVNO client");
    write_state(&mut writer, identity);
    writer.u32(avp::SUPPORTED_VENDOR_ID, avp::VENDOR_3GPP);
    for application in applications {
        writer.u32(avp::AUTH_APPLICATION_ID, *application);
    }
    writer.finish()
}

/// Appends a DWR.
pub fn write_watchdog(
    out: &mut Vec<u8>,
    identity: &ClientIdentity,
    identifiers: Identifiers,
) -> usize {
    let mut writer = begin(out, COMMAND_DEVICE_WATCHDOG, identifiers);
    write_origin(&mut writer, identity);
    write_state(&mut writer, identity);
    writer.finish()
}

/// Appends the DWA to a server's DWR.
pub fn write_watchdog_answer(
    out: &mut Vec<u8>,
    identity: &ClientIdentity,
    request: &Header,
) -> usize {
    let mut writer = MessageWriter::begin(out, &request.answer(false));
    writer.u32(avp::RESULT_CODE, result_code::SUCCESS);
    write_origin(&mut writer, identity);
    write_state(&mut writer, identity);
    writer.finish()
}

/// Appends a DPR with a Disconnect-Cause (0 REBOOTING, 1 BUSY, 2 DO_NOT_WANT_TO_TALK_TO_YOU).
pub fn write_disconnect(
    out: &mut Vec<u8>,
    identity: &ClientIdentity,
    identifiers: Identifiers,
    cause: u32,
) -> usize {
    let mut writer = begin(out, COMMAND_DISCONNECT_PEER, identifiers);
    write_origin(&mut writer, identity);
    writer.u32(avp::DISCONNECT_CAUSE, cause);
    writer.finish()
}

fn begin(out: &mut Vec<u8>, command: u32, identifiers: Identifiers) -> MessageWriter<'_> {
    let header = Header {
        flags: FLAG_REQUEST,
        command,
        application: APPLICATION_COMMON,
        hop_by_hop: identifiers.hop_by_hop,
        end_to_end: identifiers.end_to_end,
    };
    MessageWriter::begin(out, &header)
}

pub(super) fn write_origin(writer: &mut MessageWriter<'_>, identity: &ClientIdentity) {
    writer.utf8(avp::ORIGIN_HOST, &identity.origin_host);
    writer.utf8(avp::ORIGIN_REALM, &identity.origin_realm);
}

pub(super) fn write_state(writer: &mut MessageWriter<'_>, identity: &ClientIdentity) {
    if let Some(state) = identity.origin_state_id {
        writer.u32(avp::ORIGIN_STATE_ID, state);
    }
}
