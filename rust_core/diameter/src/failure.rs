//! Why a request is refused, with the Failed-AVP RFC 6733 §7.2 to §7.5 asks for.

use std::borrow::Cow;

use thiserror::Error;

use crate::codec::{AVP_RESERVED, Avp, AvpFault, FaultyAvp, write_example, write_wrapped};
use crate::dictionary::AvpId;
use crate::result_code;

/// A refused request: what its answer has to say.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("Result-Code {result_code}: {error_message}")]
pub struct Failure {
    /// Result-Code of the answer.
    pub result_code: u32,
    /// The offending AVP, or an example of a missing one, in its wire form for Failed-AVP.
    pub failed_avp: Option<Vec<u8>>,
    /// Text for Error-Message.
    pub error_message: Cow<'static, str>,
}

impl Failure {
    /// A refusal without Failed-AVP, such as DIAMETER_UNABLE_TO_COMPLY (5012).
    pub fn new(result_code: u32, error_message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            result_code,
            failed_avp: None,
            error_message: error_message.into(),
        }
    }

    /// DIAMETER_UNABLE_TO_COMPLY (5012): no more specific code fits.
    pub fn unable_to_comply(error_message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(result_code::UNABLE_TO_COMPLY, error_message)
    }

    /// DIAMETER_INVALID_AVP_VALUE (5004) naming an AVP of the request.
    #[cold]
    #[must_use]
    pub fn invalid_value(avp: &Avp<'_>) -> Self {
        Self::of(result_code::INVALID_AVP_VALUE, avp, "value is not valid")
    }

    /// DIAMETER_INVALID_AVP_VALUE (5004) naming a number of the request by its AVP, for a caller
    /// that has only the typed view: `failed_avp` is written anew.
    #[cold]
    #[must_use]
    pub fn invalid_number(id: AvpId, value: u32) -> Self {
        let mut failed = Vec::new();
        write_wrapped(&mut failed, id, &value.to_be_bytes());
        Self {
            result_code: result_code::INVALID_AVP_VALUE,
            failed_avp: Some(failed),
            error_message: Cow::Owned(format!("{id}: value is not valid")),
        }
    }

    /// DIAMETER_MISSING_AVP (5005) with an example of the AVP.
    #[cold]
    #[must_use]
    pub fn missing(id: AvpId) -> Self {
        let mut example = Vec::new();
        write_example(&mut example, id);
        Self {
            result_code: result_code::MISSING_AVP,
            failed_avp: Some(example),
            error_message: Cow::Owned(format!("{id} is missing")),
        }
    }

    /// DIAMETER_AVP_OCCURS_TOO_MANY_TIMES (5009) naming the first instance too many.
    #[cold]
    #[must_use]
    pub fn too_many(avp: &Avp<'_>) -> Self {
        let code = result_code::AVP_OCCURS_TOO_MANY_TIMES;
        Self::of(code, avp, "occurs too many times")
    }

    /// DIAMETER_AVP_UNSUPPORTED (5001): unknown to us with the M bit set.
    #[cold]
    #[must_use]
    pub fn unsupported(avp: &Avp<'_>) -> Self {
        Self::of(result_code::AVP_UNSUPPORTED, avp, "is not supported")
    }

    /// DIAMETER_INVALID_AVP_BITS (3009): reserved AVP flags are set.
    #[cold]
    #[must_use]
    pub fn invalid_bits(avp: &Avp<'_>) -> Self {
        debug_assert!(avp.flags & AVP_RESERVED != 0);
        let code = result_code::INVALID_AVP_BITS;
        Self::of(code, avp, "has reserved flags set")
    }

    /// An AVP whose value cannot be read as its type: 5014 or 5004.
    #[cold]
    #[must_use]
    pub fn unreadable(avp: &Avp<'_>, fault: AvpFault) -> Self {
        match fault {
            AvpFault::Value => Self::invalid_value(avp),
            AvpFault::Length => Self::of(
                result_code::INVALID_AVP_LENGTH,
                avp,
                "has the wrong length for its type",
            ),
        }
    }

    /// DIAMETER_INVALID_AVP_LENGTH (5014) for an AVP that does not fit where it stands: its header
    /// with a zero-filled value of the smallest length (RFC 6733 §7.1.5).
    #[cold]
    #[must_use]
    pub fn invalid_length(faulty: &FaultyAvp<'_>) -> Self {
        let (id, _) = faulty.header();
        let mut example = Vec::new();
        write_example(&mut example, id);
        Self {
            result_code: result_code::INVALID_AVP_LENGTH,
            failed_avp: Some(example),
            error_message: Cow::Owned(format!("{id} has an impossible length")),
        }
    }

    /// The same failure shown inside the Grouped AVP it happened in (RFC 6733 §7.5).
    #[cold]
    #[must_use]
    pub fn within(mut self, group: AvpId) -> Self {
        if let Some(inner) = self.failed_avp.take() {
            let mut outer = Vec::with_capacity(inner.len() + 12);
            write_wrapped(&mut outer, group, &inner);
            self.failed_avp = Some(outer);
        }
        self
    }

    fn of(result_code: u32, avp: &Avp<'_>, what: &str) -> Self {
        let mut failed = avp.raw.to_vec();
        failed.resize(failed.len().next_multiple_of(4), 0);
        Self {
            result_code,
            failed_avp: Some(failed),
            error_message: Cow::Owned(format!("{} {what}", avp.id)),
        }
    }
}
