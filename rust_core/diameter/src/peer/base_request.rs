//! DWR, DPR and their answers: what we read of them and how we answer (RFC 6733 §5.4 and §5.5).

use crate::codec::{Header, Message, MessageWriter};
use crate::dictionary as avp;
use crate::failure::Failure;
use crate::peer::LocalIdentity;
use crate::protocol_error::{ErrorDetail, protocol_error, write_origin};
use crate::result_code;
use crate::walk::{Outcome, each, once, once_text, pass_over};

/// Fields of a DWR or DPR.
#[derive(Debug, Default)]
pub(super) struct BaseRequest<'a> {
    pub(super) origin_host: &'a str,
    origin_realm: &'a str,
    pub(super) origin_state_id: Option<u32>,
    pub(super) disconnect_cause: Option<u32>,
}

impl<'a> BaseRequest<'a> {
    pub(super) fn parse(message: &Message<'a>) -> Outcome<Self> {
        let mut request = Self::default();
        each(message.avps(), |inner| match inner.id {
            avp::ORIGIN_HOST => once_text(&mut request.origin_host, inner),
            avp::ORIGIN_REALM => once_text(&mut request.origin_realm, inner),
            avp::ORIGIN_STATE_ID => once(&mut request.origin_state_id, inner, inner.u32()),
            avp::DISCONNECT_CAUSE => once(&mut request.disconnect_cause, inner, inner.u32()),
            _ => pass_over(inner),
        })?;
        if request.origin_host.is_empty() {
            return Err(Box::new(Failure::missing(avp::ORIGIN_HOST)));
        }
        if request.origin_realm.is_empty() {
            return Err(Box::new(Failure::missing(avp::ORIGIN_REALM)));
        }
        Ok(request)
    }
}

/// DWA or DPA with DIAMETER_SUCCESS.
pub(super) fn write_success(identity: &LocalIdentity, request: &Header, out: &mut Vec<u8>) {
    let mut writer = MessageWriter::begin(out, &request.answer(false));
    write_origin(&mut writer, identity, result_code::SUCCESS);
    writer.finish();
}

/// The answer to any request that failed a check.
pub(super) fn write_failure(
    identity: &LocalIdentity,
    request: &Message<'_>,
    failure: &Failure,
    out: &mut Vec<u8>,
) {
    let detail = ErrorDetail {
        failed_avp: failure.failed_avp.as_deref(),
        message: Some(&failure.error_message),
    };
    protocol_error(identity, request, failure.result_code, detail, out);
}
