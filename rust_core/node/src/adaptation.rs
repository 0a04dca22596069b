//! What a gateway's profile changes about its requests before they are served.

use openmvno_charging::{Answer, Kind, Request, ResultCode, SessionRef};
use openmvno_diameter::codec::without_unknown_mandatory;
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::peer::{Profile, RepeatedTermination, UnknownMandatory};
use openmvno_diameter::{AnswerContext, CreditControlRequest, Message, result_code};

use crate::diameter_answer::write_failure;
use crate::node::{Arrival, Node};
use crate::shard_cell::ShardCore;

/// Reads a request as its gateway means it, into one that is unread.
///
/// # Errors
/// Those of [`CreditControlRequest::parse`].
#[inline]
pub(crate) fn read<'a>(
    request: &mut CreditControlRequest<'a>,
    message: &Message<'a>,
    profile: &Profile,
) -> Result<(), Box<Failure>> {
    request.read(message)?;
    if profile.rating_group.is_some() {
        join_services(request);
    }
    Ok(())
}

/// Whether a request that does not read is to be read without the M bits of what is unknown.
pub(crate) fn overlooks(profile: &Profile, failure: &Failure) -> bool {
    profile.unknown_mandatory == UnknownMandatory::Ignored
        && failure.result_code == result_code::AVP_UNSUPPORTED
}

/// Makes one service of all: what was used adds up, what is asked for is what the first asks.
fn join_services(request: &mut CreditControlRequest<'_>) {
    let mut rest = request.services.drain(..);
    let Some(mut only) = rest.next() else {
        return;
    };
    for other in rest {
        only.used.extend(other.used);
        only.requested = only.requested.or(other.requested);
        only.reporting_reason = only.reporting_reason.or(other.reporting_reason);
    }
    request.services.push(only);
}

/// Whether the answer to a Termination is to be replaced by a plain success: its session was closed
/// by another one a moment ago, and the gateway sends such again until one succeeds.
pub(crate) fn is_repeated_termination(
    profile: &Profile,
    core: &ShardCore,
    request: &Request<'_>,
    answer: &Answer,
) -> bool {
    let SessionRef::Named(session) = request.session else {
        return false;
    };
    profile.repeated_termination == RepeatedTermination::Answered
        && request.kind == Kind::Terminate
        && matches!(
            answer.result,
            ResultCode::UNKNOWN_SESSION_ID | ResultCode::INVALID_AVP_VALUE
        )
        && core.shard.session_owner(session).is_none()
        && core.shard.remembers(session)
}

impl Node {
    /// Serves a request without the M bits of the AVPs that nobody knows.
    pub(crate) fn overlook(&self, arrival: &Arrival<'_>, failure: &Failure, out: &mut Vec<u8>) {
        let frame = without_unknown_mandatory(arrival.frame);
        let Ok(message) = Message::parse(&frame) else {
            return;
        };
        let arrival = Arrival {
            frame: &frame,
            ..*arrival
        };
        let mut request = CreditControlRequest::unread(&message);
        match read(&mut request, &message, arrival.profile) {
            Ok(()) => {
                let _is_here = self.serve_request(&request, &message, &arrival, out);
            }
            Err(other) if other.result_code == failure.result_code => {
                self.refuse_unread(&message, &arrival, failure, out);
            }
            Err(other) => self.refuse_unread(&message, &arrival, &other, out),
        }
    }

    pub(crate) fn refuse_unread(
        &self,
        message: &Message<'_>,
        arrival: &Arrival<'_>,
        failure: &Failure,
        out: &mut Vec<u8>,
    ) {
        self.count_refused(arrival.peer, "malformed", failure.result_code);
        let start = out.len();
        write_failure(failure, arrival.identity, &AnswerContext::of(message), out);
        self.tell_overload(message, start, out);
    }
}
