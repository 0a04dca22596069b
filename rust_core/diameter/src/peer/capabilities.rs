//! Capabilities exchange (RFC 6733 §5.3).

use std::net::IpAddr;

use super::identity::{LocalIdentity, PeerSettings};
use crate::codec::{Avp, Header, Message, MessageWriter};
use crate::dictionary::{self as avp, APPLICATION_CREDIT_CONTROL, APPLICATION_RELAY};
use crate::failure::Failure;
use crate::protocol_error::{ErrorDetail, write_detail, write_origin};
use crate::result_code;
use crate::walk::{Outcome, each, each_inside, once, once_text, pass_over, read};

/// Inband-Security-Id NO_INBAND_SECURITY (RFC 6733 §6.10).
const NO_INBAND_SECURITY: u32 = 0;

/// What a CER says, as far as we decide on it.
#[derive(Debug, Default)]
pub(super) struct Capabilities<'a> {
    pub(super) origin_host: &'a str,
    pub(super) origin_realm: &'a str,
    pub(super) origin_state_id: Option<u32>,
    vendor_id: Option<u32>,
    product_name: Option<&'a str>,
    has_address: bool,
    credit_control: bool,
    relay: bool,
    security_offered: bool,
    plain_transport: bool,
}

impl<'a> Capabilities<'a> {
    pub(super) fn parse(message: &Message<'a>) -> Outcome<Self> {
        let mut found = Self::default();
        each(message.avps(), |inner| found.take(inner))?;
        let required = [
            (!found.origin_host.is_empty(), avp::ORIGIN_HOST),
            (!found.origin_realm.is_empty(), avp::ORIGIN_REALM),
            (found.has_address, avp::HOST_IP_ADDRESS),
            (found.vendor_id.is_some(), avp::VENDOR_ID),
            (found.product_name.is_some(), avp::PRODUCT_NAME),
        ];
        for (present, id) in required {
            if !present {
                return Err(Box::new(Failure::missing(id)));
            }
        }
        Ok(found)
    }

    fn take(&mut self, inner: &Avp<'a>) -> Outcome {
        match inner.id {
            avp::ORIGIN_HOST => once_text(&mut self.origin_host, inner),
            avp::ORIGIN_REALM => once_text(&mut self.origin_realm, inner),
            avp::ORIGIN_STATE_ID => once(&mut self.origin_state_id, inner, inner.u32()),
            avp::VENDOR_ID => once(&mut self.vendor_id, inner, inner.u32()),
            avp::PRODUCT_NAME => once(&mut self.product_name, inner, inner.utf8()),
            avp::HOST_IP_ADDRESS => {
                read(inner, inner.address())?;
                self.has_address = true;
                Ok(())
            }
            avp::INBAND_SECURITY_ID => {
                let security = read(inner, inner.u32())?;
                self.security_offered = true;
                self.plain_transport |= security == NO_INBAND_SECURITY;
                Ok(())
            }
            avp::VENDOR_SPECIFIC_APPLICATION_ID => {
                each_inside(inner, |nested| self.application(nested))
            }
            _ => self.application(inner),
        }
    }

    fn application(&mut self, inner: &Avp<'a>) -> Outcome {
        match inner.id {
            avp::AUTH_APPLICATION_ID | avp::ACCT_APPLICATION_ID => {
                let application = read(inner, inner.u32())?;
                self.relay |= application == APPLICATION_RELAY;
                self.credit_control |= application == APPLICATION_CREDIT_CONTROL
                    && inner.id == avp::AUTH_APPLICATION_ID;
                Ok(())
            }
            _ => pass_over(inner),
        }
    }

    /// Whether we have an application and a way to secure it in common.
    pub(super) fn check(&self, settings: &PeerSettings) -> Outcome {
        let refuse = |code, text| Err(Box::new(Failure::new(code, text)));
        let served = self.credit_control || (self.relay && settings.accept_relays);
        if !served {
            let text = "only application 4 (credit control) is served here";
            return refuse(result_code::NO_COMMON_APPLICATION, text);
        }
        if self.security_offered && !self.plain_transport {
            let text = "TLS is not negotiated inside the connection";
            return refuse(result_code::NO_COMMON_SECURITY, text);
        }
        Ok(())
    }
}

/// Appends the CEA; `failure` decides on Result-Code, E bit and Failed-AVP.
pub(super) fn write_answer(
    (identity, local_address): (&LocalIdentity, IpAddr),
    request: &Header,
    failure: Option<&Failure>,
    out: &mut Vec<u8>,
) {
    let code = failure.map_or(result_code::SUCCESS, |failure| failure.result_code);
    let header = request.answer(result_code::is_protocol_error(code));
    let mut writer = MessageWriter::begin(out, &header);
    write_origin(&mut writer, identity, code);
    writer.address(avp::HOST_IP_ADDRESS, local_address);
    writer.u32(avp::VENDOR_ID, identity.vendor_id);
    writer.utf8(avp::PRODUCT_NAME, &identity.product_name);
    if let Some(failure) = failure {
        let detail = ErrorDetail {
            failed_avp: failure.failed_avp.as_deref(),
            message: Some(&failure.error_message),
        };
        write_detail(&mut writer, detail);
    }
    for vendor in &identity.supported_vendors {
        writer.u32(avp::SUPPORTED_VENDOR_ID, *vendor);
    }
    writer.u32(avp::AUTH_APPLICATION_ID, APPLICATION_CREDIT_CONTROL);
    writer.u32(avp::INBAND_SECURITY_ID, NO_INBAND_SECURITY);
    if let Some(revision) = identity.firmware_revision {
        writer.u32(avp::FIRMWARE_REVISION, revision);
    }
    writer.finish();
}
