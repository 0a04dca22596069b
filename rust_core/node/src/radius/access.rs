//! Access-Request: who it is, and what is reserved for him.

use super::gate::Gate;
use super::serving::{Serving, Step};
use super::subject::{self, Candidate, Place};
use super::words::{EngineRequest, Outcome, Verdict};
use openmvno_radius::attributes as attribute;
use openmvno_radius::{AttributeList, Code, Credentials, Exchange, Packet, credentials};

const UNKNOWN: &str = "Unknown user or wrong password";

impl Gate {
    pub(super) fn access(&mut self, exchange: Exchange, packet: &Packet<'_>, now: i64) {
        let candidates = subject::candidates(packet, &self.plan);
        let secret = self.door.client(exchange.client());
        let proof = secret.map_or(Credentials::None, |client| {
            credentials(packet, &client.secret)
        });
        let serving = Serving {
            exchange,
            datagram: packet.bytes().into(),
            since: now,
            step: Step::Authorise,
            account: None,
        };
        let trusted = self.policy(&serving).is_some_and(|policy| policy.trusted);
        if candidates.is_empty() {
            self.reject(&serving, ("reject_unknown", UNKNOWN), now);
        } else if trusted {
            self.authorise(serving, &candidates);
        } else if matches!(proof, Credentials::None | Credentials::Unreadable) {
            // EAP-Message ends here as well: no method of it is served.
            self.reject(&serving, ("reject_password", UNKNOWN), now);
        } else {
            let step = Step::Password(proof, candidates.clone());
            let id = self.wait(Serving { step, ..serving });
            self.out.lookups.push((id, candidates));
        }
    }

    /// The line with one of the identities, and its password, are known now.
    pub(super) fn looked_up(&mut self, serving: Serving, line: Option<(usize, Vec<u8>)>, now: i64) {
        let Step::Password(proof, candidates) = &serving.step else {
            return self.unanswered(&serving);
        };
        let proven = line.and_then(|(index, password)| {
            let candidate = candidates.get(index)?;
            proof.prove(&password).then(|| candidate.clone())
        });
        match proven {
            // Whose password it was is who pays, whatever else the request says.
            Some(candidate) => self.authorise(serving, &[candidate]),
            None => self.reject(&serving, ("reject_password", UNKNOWN), now),
        }
    }

    fn authorise(&mut self, serving: Serving, candidates: &[Candidate]) {
        let request = self.policy(&serving).and_then(|policy| {
            let packet = serving.packet()?;
            let source = serving.exchange.source();
            let session = subject::access_session(&packet, policy, source);
            let origin = subject::origin(&packet, policy, source);
            let place = Place::of(&packet, policy);
            let request = EngineRequest {
                operation: "reserve",
                session: &session,
                identities: candidates,
                service: &policy.service,
                rating_group: policy.rating_group,
                requested: policy.requested(),
                at: Some(subject::happened_at(&packet, serving.since)),
                origin: &origin,
                ..EngineRequest::default()
            };
            Some(request.placed(&place).encode())
        });
        match request {
            Some(request) => {
                let step = Step::Authorise;
                self.submit(Serving { step, ..serving }, request);
            }
            None => self.unanswered(&serving),
        }
    }

    /// The engine has decided.
    pub(super) fn authorised(&mut self, serving: &Serving, outcome: &Outcome<'_>, now: i64) {
        let reason = match outcome.verdict() {
            Verdict::Done => return self.accept(serving, outcome, now),
            Verdict::NoSubscriber => ("reject_unknown", UNKNOWN),
            Verdict::Denied => ("reject_denied", "The service is barred"),
            Verdict::NotSold => ("reject_not_sold", "The tariff does not include the service"),
            Verdict::NoMoney => ("reject_no_money", "The balance is used up"),
            Verdict::Open | Verdict::NoSession | Verdict::Later => {
                return self.unanswered(serving);
            }
        };
        self.reject(serving, reason, now);
    }

    fn accept(&mut self, serving: &Serving, outcome: &Outcome<'_>, now: i64) {
        let admitted = self.policy(serving).and_then(|policy| {
            let source = serving.exchange.source();
            let session = subject::access_session(&serving.packet()?, policy, source);
            let mut attributes = policy.limits(outcome.unit, outcome.granted);
            policy.habits(outcome.validity_time, &mut attributes);
            // It comes back with every report of the session (RFC 2865 §5.25).
            attributes.octets(attribute::CLASS, session.as_bytes());
            Some((session, attributes))
        });
        let Some((session, attributes)) = admitted else {
            return self.unanswered(serving);
        };
        if let Some(granted) = outcome.granted {
            self.remember_told(session, granted);
        }
        let reply = (Code::ACCESS_ACCEPT, attributes);
        self.reply(serving, reply, ("access", "accept"), now);
    }

    fn reject(
        &mut self,
        serving: &Serving,
        (result, message): (&'static str, &'static str),
        now: i64,
    ) {
        let mut attributes = AttributeList::default();
        attributes.octets(attribute::REPLY_MESSAGE, message.as_bytes());
        let reply = (Code::ACCESS_REJECT, attributes);
        self.reply(serving, reply, ("access", result), now);
    }
}
