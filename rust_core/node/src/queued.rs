//! Requests that waited in a shard's queue, served by whoever has the shard.

use crate::adaptation;
use crate::control::RequestJson;
use crate::diameter_answer::write_failure;
use crate::diameter_request::kind;
use crate::outcome::error_json;
use crate::shard_cell::{Job, ShardCore};
use openmvno_charging::{Evidence, LineAddress, ResultCode};
use openmvno_diameter::{CreditControlRequest, Message};

use crate::locating::result;
use crate::node::{Arrival, Node};

impl Node {
    pub(crate) fn serve_queued(&self, core: &mut ShardCore, job: Job) {
        match job {
            Job::Diameter {
                connection,
                tag,
                peer,
                identity,
                profile,
                frame,
                now,
            } => {
                let arrival = Arrival {
                    connection,
                    tag,
                    peer,
                    identity: &identity,
                    peer_host: "",
                    profile: &profile,
                    frame: &frame,
                    now,
                    received_ns: 0,
                    evidence: Evidence::Unasked,
                };
                self.serve_frame(core, &arrival);
            }
            Job::Control { token, json, now } => {
                if let Ok(request) = RequestJson::parse(&json) {
                    if !core.owned {
                        return self.submit_again(token, &request, core.id, now, &mut core.held);
                    }
                    let found = self.locate_control(&request, Some(core));
                    let evidence = Evidence::Unasked;
                    let outcome = match found {
                        Some(address) if address.shard == core.id => {
                            self.charge_control(core, &request, address, (token, now), evidence)
                        }
                        _ => Some(error_json(ResultCode::TOO_BUSY)),
                    };
                    core.held
                        .outcomes
                        .extend(outcome.map(|outcome| (token, outcome)));
                }
            }
        }
    }

    /// Serves a frame whose shard we already hold.
    pub(crate) fn serve_frame(&self, core: &mut ShardCore, arrival: &Arrival<'_>) {
        let Ok(message) = Message::parse(arrival.frame) else {
            return;
        };
        let mut request = CreditControlRequest::unread(&message);
        if adaptation::read(&mut request, &message, arrival.profile).is_err() {
            return;
        }
        if !core.owned {
            return self.serve_moved(arrival, core.id, &mut core.held);
        }
        let own = core.shard.session_owner(request.session_id);
        let address = match own {
            Some((account, line)) => Some(LineAddress {
                shard: core.id,
                account,
                line,
            }),
            None => {
                let about = (request.session_id, kind(&request), request.request_number);
                let named = self.named_line(&request, arrival.profile);
                let answered = named.and_then(|line| self.locate_answer(about, line, Some(&*core)));
                answered.or(named)
            }
        };
        match address.filter(|address| address.shard == core.id) {
            Some(address) => {
                self.charge_diameter(core, &request, address, arrival, None);
            }
            None => {
                let failure = result(ResultCode::UNKNOWN_SESSION_ID);
                let context = request.answer_context();
                self.send(core, (&request, arrival), None, |out| {
                    write_failure(&failure, arrival.identity, &context, out);
                });
            }
        }
    }
}
