//! One Diameter message: the codec, every typed view of it, and the answer to what cannot be read.

use openmvno_diameter::client::ClientAnswer;
use openmvno_diameter::codec::without_unknown_mandatory;
use openmvno_diameter::credit_control::{UserLocation, address_string, e164_address};
use openmvno_diameter::dictionary::AvpType;
use openmvno_diameter::overload_control::{OverloadReport, is_supported_by, tell};
use openmvno_diameter::peer::Overload;
use openmvno_diameter::protocol_error::refuse_overloaded;
use openmvno_diameter::session_request::SessionAnswer;
use openmvno_diameter::{
    AnswerContext, Avps, CreditControlAnswer, CreditControlRequest, LocalIdentity, Message,
    dictionary::{self as avp, AvpId},
};

use crate::class::Class;
use crate::messages;
use crate::target::Target;

/// Groups inside groups are looked into so far.
const DEEPEST: usize = 8;

pub(super) struct DiameterMessage {
    identity: LocalIdentity,
}

impl Default for DiameterMessage {
    fn default() -> Self {
        Self {
            identity: identity(),
        }
    }
}

pub(super) fn identity() -> LocalIdentity {
    LocalIdentity {
        origin_host: "ocs.example".into(),
        origin_realm: "example".into(),
        product_name: "OpenMVNO".into(),
        vendor_id: 0,
        firmware_revision: None,
        origin_state_id: 1,
        supported_vendors: vec![10_415],
    }
}

impl Target for DiameterMessage {
    fn name(&self) -> &'static str {
        "diameter-message"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let mut seeds = messages::captured();
        seeds.extend(messages::base());
        seeds.extend(messages::requests());
        seeds
    }

    fn repair(&self, input: &mut Vec<u8>) {
        messages::repair(input);
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let message = match Message::parse(input) {
            Ok(message) => message,
            Err(error) => return Class::of_words(&error.to_string()),
        };
        read_values(message.avps(), DEEPEST);
        let answered = ClientAnswer::parse(&message).map(|answer| answer.result_code);
        let of_session = SessionAnswer::parse(&message).is_some();
        let mut out = Vec::new();
        let (code, failed) = match CreditControlRequest::parse(&message) {
            Ok(request) => {
                let context = request.answer_context();
                CreditControlAnswer::with_result(2001).write(&self.identity, &context, &mut out);
                (2001, None)
            }
            Err(failure) => {
                let context = AnswerContext::of(&message);
                CreditControlAnswer::of_failure(&failure).write(&self.identity, &context, &mut out);
                let failed = failure.failed_avp.as_deref();
                let failed = failed.and_then(|octets| Some(Avps::new(octets).next()?.ok()?.id));
                let failed = failed.filter(|id| id.definition().is_some() && used(*id));
                (failure.result_code, failed)
            }
        };
        self.check_answer(&message, &mut out, code);
        let lenient = without_unknown_mandatory(input);
        let lenient =
            Message::parse(&lenient).map(|message| CreditControlRequest::parse(&message).is_ok());
        Class::of((code, failed, answered.is_ok(), of_session, lenient.ok()))
    }
}

impl DiameterMessage {
    /// What we answer reads as an answer to the request, whatever of the request it repeats.
    fn check_answer(&self, request: &Message<'_>, out: &mut Vec<u8>, code: u32) {
        if is_supported_by(request) {
            let report = OverloadReport {
                sequence: 1,
                reduction_percentage: 5,
                validity_seconds: 30,
            };
            tell(out, 0, Some(report));
        }
        let answer = Message::parse(out).expect("a whole message");
        assert_eq!(answer.header.hop_by_hop, request.header.hop_by_hop);
        assert_eq!(answer.header.is_error(), (3_000..4_000).contains(&code));
        let result = answer.avps().find(avp::RESULT_CODE).expect("a Result-Code");
        assert_eq!(result.u32(), Ok(code));
        assert!(
            answer.avps().all(|inner| inner.is_ok()),
            "a broken AVP of ours"
        );
        if request.header.is_request() {
            let mut refused = Vec::new();
            let overload = Overload::ByDestination;
            refuse_overloaded(&self.identity, request, overload, &mut refused);
            Message::parse(&refused).expect("a whole message");
        }
    }
}

/// Whether a request is read by it: the other AVPs are all alike to us.
fn used(id: AvpId) -> bool {
    let groups = [
        avp::SERVICE_INFORMATION,
        avp::MULTIPLE_SERVICES_CREDIT_CONTROL,
    ];
    (257..=455).contains(&id.code) || groups.contains(&id)
}

/// Reads every value as the type the dictionary gives it.
fn read_values(avps: Avps<'_>, depth: usize) {
    for inner in avps.map_while(Result::ok) {
        let Some(definition) = inner.id.definition() else {
            continue;
        };
        match definition.kind {
            AvpType::Grouped if depth > 0 => read_values(inner.grouped(), depth - 1),
            AvpType::Unsigned32 | AvpType::Enumerated => drop(inner.u32()),
            AvpType::Unsigned64 => drop(inner.u64()),
            AvpType::Integer32 => drop(inner.i32()),
            AvpType::Integer64 => drop(inner.i64()),
            AvpType::Time => drop(inner.time()),
            AvpType::Utf8String | AvpType::DiameterIdentity => drop(inner.utf8()),
            _ => {
                let _ = UserLocation::read(inner.data);
                let _ = (address_string(inner.data), e164_address(inner.data));
            }
        }
    }
}
