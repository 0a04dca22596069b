//! What an answer repeats from its request, kept until the answer may leave.

use smallvec::SmallVec;

use crate::codec::{FLAG_PROXIABLE, Header, Message};
use crate::dictionary::{self as avp, APPLICATION_CREDIT_CONTROL, COMMAND_CREDIT_CONTROL};

/// Owned echo of a Credit-Control-Request: identifiers, P bit, Session-Id, CC-Request-Type,
/// CC-Request-Number and Proxy-Info (RFC 6733 §6.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerContext {
    /// Hop-by-Hop Identifier.
    pub hop_by_hop: u32,
    /// End-to-End Identifier.
    pub end_to_end: u32,
    /// P bit.
    pub proxiable: bool,
    /// Session-Id as sent, empty if the request has none.
    pub session_id: SmallVec<[u8; 64]>,
    /// CC-Request-Type as sent, if readable.
    pub request_type: Option<u32>,
    /// CC-Request-Number as sent, if readable.
    pub request_number: Option<u32>,
    /// Proxy-Info AVPs in their wire form, padded, in the request's order.
    pub proxy_info: Vec<u8>,
}

impl AnswerContext {
    /// Takes what can be read of a request, also of one that does not parse.
    #[must_use]
    pub fn of(message: &Message<'_>) -> Self {
        let mut context = Self::from_header(&message.header);
        for item in message.avps().map_while(Result::ok) {
            match item.id {
                avp::SESSION_ID if context.session_id.is_empty() => {
                    context.session_id = SmallVec::from_slice(item.data);
                }
                avp::CC_REQUEST_TYPE => {
                    context.request_type = context.request_type.or(item.u32().ok());
                }
                avp::CC_REQUEST_NUMBER => {
                    context.request_number = context.request_number.or(item.u32().ok());
                }
                avp::PROXY_INFO => context.push_proxy_info(item.raw),
                _ => {}
            }
        }
        context
    }

    pub(super) fn from_header(header: &Header) -> Self {
        Self {
            hop_by_hop: header.hop_by_hop,
            end_to_end: header.end_to_end,
            proxiable: header.is_proxiable(),
            ..Self::default()
        }
    }

    pub(super) fn push_proxy_info(&mut self, raw: &[u8]) {
        self.proxy_info.extend_from_slice(raw);
        let padded = self.proxy_info.len().next_multiple_of(4);
        self.proxy_info.resize(padded, 0);
    }

    /// Header of the answer.
    pub(super) fn header(&self, error: bool) -> Header {
        let request = Header {
            flags: if self.proxiable { FLAG_PROXIABLE } else { 0 },
            command: COMMAND_CREDIT_CONTROL,
            application: APPLICATION_CREDIT_CONTROL,
            hop_by_hop: self.hop_by_hop,
            end_to_end: self.end_to_end,
        };
        request.answer(error)
    }
}
