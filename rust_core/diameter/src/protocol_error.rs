//! Answers every request may get, whatever its application: protocol errors (RFC 6733 §7.2) and the
//! common head and tail of our own answers.

use crate::codec::{Header, Message, MessageWriter};
use crate::dictionary as avp;
use crate::peer::{LocalIdentity, Overload};
use crate::result_code;

/// What an error answer says beside its Result-Code.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorDetail<'a> {
    /// AVPs in their wire form for Failed-AVP.
    pub failed_avp: Option<&'a [u8]>,
    /// Error-Message, for humans.
    pub message: Option<&'a str>,
}

/// Appends an answer to `request` with the E bit set for 3xxx codes: Session-Id, Result-Code,
/// Origin-Host, Origin-Realm, Origin-State-Id, Error-Message, Failed-AVP and the request's
/// Proxy-Info (RFC 6733 §6.2 and §7.2). Returns the octets written.
pub fn protocol_error(
    identity: &LocalIdentity,
    request: &Message<'_>,
    result_code: u32,
    detail: ErrorDetail<'_>,
    out: &mut Vec<u8>,
) -> usize {
    let header = request
        .header
        .answer(result_code::is_protocol_error(result_code));
    let mut writer = MessageWriter::begin(out, &header);
    if let Some(session) = request.avps().find(avp::SESSION_ID) {
        writer.octets(avp::SESSION_ID, session.data);
    }
    write_origin(&mut writer, identity, result_code);
    write_detail(&mut writer, detail);
    for proxy in request.avps().map_while(Result::ok) {
        if proxy.id == avp::PROXY_INFO {
            writer.raw(proxy.raw);
        }
    }
    writer.finish()
}

/// Refuses a request we cannot serve now: DIAMETER_TOO_BUSY when Destination-Host names us, else
/// DIAMETER_UNABLE_TO_DELIVER, so that an agent tries another server (RFC 6733 §7.1.3); unless
/// the peer's profile wants DIAMETER_TOO_BUSY always.
pub fn refuse_overloaded(
    identity: &LocalIdentity,
    request: &Message<'_>,
    overload: Overload,
    out: &mut Vec<u8>,
) -> usize {
    let ours = request
        .avps()
        .find(avp::DESTINATION_HOST)
        .is_some_and(|host| {
            host.data
                .eq_ignore_ascii_case(identity.origin_host.as_bytes())
        });
    let code = if ours || overload == Overload::AlwaysTooBusy {
        result_code::TOO_BUSY
    } else {
        result_code::UNABLE_TO_DELIVER
    };
    protocol_error(identity, request, code, ErrorDetail::default(), out)
}

/// Appends the answer to a frame of which only the header can be trusted; nothing if it is not a
/// request. Returns the octets written.
pub(crate) fn header_error(
    identity: &LocalIdentity,
    header: &Header,
    result_code: u32,
    message: &str,
    out: &mut Vec<u8>,
) -> usize {
    if !header.is_request() {
        return 0;
    }
    let answer = header.answer(result_code::is_protocol_error(result_code));
    let mut writer = MessageWriter::begin(out, &answer);
    write_origin(&mut writer, identity, result_code);
    write_detail(
        &mut writer,
        ErrorDetail {
            failed_avp: None,
            message: Some(message),
        },
    );
    writer.finish()
}

pub(crate) fn write_origin(
    writer: &mut MessageWriter<'_>,
    identity: &LocalIdentity,
    result_code: u32,
) {
    writer.u32(avp::RESULT_CODE, result_code);
    writer.utf8(avp::ORIGIN_HOST, &identity.origin_host);
    writer.utf8(avp::ORIGIN_REALM, &identity.origin_realm);
    writer.u32(avp::ORIGIN_STATE_ID, identity.origin_state_id);
}

pub(crate) fn write_detail(writer: &mut MessageWriter<'_>, detail: ErrorDetail<'_>) {
    if let Some(message) = detail.message {
        writer.utf8(avp::ERROR_MESSAGE, message);
    }
    if let Some(failed) = detail.failed_avp {
        writer.group(avp::FAILED_AVP, |group| group.raw(failed));
    }
}
