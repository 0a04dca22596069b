//! Deciding a request: reads the shard, changes nothing, says what should change.

use crate::answer::{Answer, FailedField, ResultCode, UnitAnswer};
use crate::clock::Millis;
use crate::decide_close::total_charged;
use crate::effect::{Effect, Effects};
use crate::purse::Purse;
use crate::rater::Rater;
use crate::raters::service_of;
use crate::request::{Evidence, Kind, Request, Requested, ServiceName, SessionRef, UnitKey};
use crate::session::{Session, UnitState};
use crate::settle::{Moment, settle};
use crate::shard::Shard;
use crate::tombstone::session_key;
use openmvno_rating::Unit;
use smallvec::SmallVec;

/// What should happen.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every decision is to apply; boxing allocates"
)]
pub(crate) enum Decision<'a> {
    /// Nothing changes.
    Immediate(Answer),
    /// It was applied before; the answer given then.
    Repeat(Answer),
    /// These changes, then this answer.
    Apply {
        /// The open session it is about, by ordinal.
        session: Option<u32>,
        /// The changes.
        effects: Effects<'a>,
        /// The answer.
        answer: Answer,
    },
}

impl Decision<'_> {
    pub(crate) fn refuse(result: ResultCode) -> Self {
        Self::Immediate(Answer::of(result))
    }

    pub(crate) fn invalid(field: FailedField) -> Self {
        Self::Immediate(Answer::failed(ResultCode::INVALID_AVP_VALUE, field))
    }
}

impl Shard {
    pub(crate) fn decide<'a>(&'a self, request: &'a Request<'a>, now: Millis) -> Decision<'a> {
        let SessionRef::Named(id) = request.session else {
            return Decision::refuse(ResultCode::UNKNOWN_SESSION_ID);
        };
        if request.units.len() > self.limits.units_per_request {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        }
        if let Some(decision) = self.decide_repeated(id, request) {
            return decision;
        }
        match request.kind {
            Kind::Initial => self.decide_initial(id, request, now),
            Kind::Update | Kind::Terminate => self.decide_running(id, request, now),
            Kind::Debit => self.decide_debit(id, request, now),
            Kind::Refund => self.decide_refund(id, request, now),
            Kind::CheckBalance => self.decide_check_balance(request),
            Kind::PriceEnquiry => self.decide_price_enquiry(request),
        }
    }

    /// Retransmissions: the same key with the same content gets the same answer; with another
    /// content it is refused, naming CC-Request-Number.
    fn decide_repeated<'a>(&'a self, id: &str, request: &Request<'_>) -> Option<Decision<'a>> {
        let same_key = |session: &&Session| {
            (session.last_number, session.last_kind) == (request.number, request.kind)
        };
        let open = self.session_named(id).filter(|session| session.repeats());
        if let Some(session) = open.filter(same_key) {
            return Some(repeat(session.last_digest, request, || {
                session.last_answer.answer(session.last_result)
            }));
        }
        if open.is_some() && in_session(request.kind) {
            // A session that is open is not remembered as closed.
            return None;
        }
        let key = session_key(id, request.kind, request.number);
        let tombstone = self.tombstones.find(key)?;
        if tombstone.is_of(request.number, request.kind) {
            return Some(repeat(tombstone.digest(), request, || tombstone.answer()));
        }
        // Another request of a session that is closed: it is unknown now; and a Session-Id is
        // never used twice (RFC 6733 §8.8).
        Some(match request.kind {
            Kind::Initial => Decision::invalid(FailedField::SessionId),
            _ => Decision::refuse(ResultCode::UNKNOWN_SESSION_ID),
        })
    }

    fn decide_initial<'a>(
        &'a self,
        id: &'a str,
        request: &'a Request<'a>,
        now: Millis,
    ) -> Decision<'a> {
        if self.session_named(id).is_some() {
            return Decision::invalid(FailedField::RequestNumber);
        }
        match (request.retransmitted, request.evidence) {
            (true, Evidence::Unasked) => return Decision::Immediate(Answer::ask_database()),
            (_, Evidence::Charged) => return Decision::refuse(ResultCode::UNKNOWN_SESSION_ID),
            _ => {}
        }
        if self.is_full() || !self.can_know_peer(request.origin_host) {
            return Decision::refuse(ResultCode::TOO_BUSY);
        }
        let account = &self.accounts[request.account as usize];
        let rater = match self.rater(account, request, id) {
            Ok(rater) => rater,
            Err(result) => return Decision::refuse(result),
        };
        let mut purse = Purse::of(account, request.line, request.at, self.zone_ref(account));
        let moment = Moment {
            at: request.at,
            began: request.at,
            grants: true,
        };
        let settled = settle(&rater, &[], &request.units, moment, &mut purse);
        let mut answer = Answer::success();
        answer.units = settled.answers;
        if !lift_failure(request, &mut answer) {
            return Decision::Immediate(answer);
        }
        let ordinal = account.next_session;
        let mut effects = Effects::new();
        effects.push(Effect::SessionOpened {
            ordinal,
            catalog: rater.version,
            service: rater.facts.service.0,
        });
        effects.extend(
            settled
                .units
                .into_iter()
                .map(|units| Effect::UnitsSet { ordinal, units }),
        );
        effects.extend(purse.effects());
        effects.push(Effect::Answered {
            ordinal,
            digest: request.digest(),
            deadline: deadline(&rater, now),
            answer: answer.clone(),
        });
        Decision::Apply {
            session: None,
            effects,
            answer,
        }
    }

    fn decide_running<'a>(
        &'a self,
        id: &str,
        request: &'a Request<'a>,
        now: Millis,
    ) -> Decision<'a> {
        let Some(session) = self.session_named(id) else {
            return Decision::refuse(ResultCode::UNKNOWN_SESSION_ID);
        };
        if session.account != request.account {
            return Decision::refuse(ResultCode::UNKNOWN_SESSION_ID);
        }
        if session.expired && request.kind == Kind::Update {
            return Decision::refuse(ResultCode::UNKNOWN_SESSION_ID);
        }
        // CC-Request-Number rises within a session (RFC 8506 §8.2): an older one was answered
        // before and its answer is no longer kept.
        if request.number <= session.last_number {
            return Decision::invalid(FailedField::RequestNumber);
        }
        let Some(rater) = self.rater_of(session, request.at) else {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        };
        if session.units.len() + request.units.len() > self.limits.units_per_session {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        }
        let account = &self.accounts[session.account as usize];
        let zone = self.zone_ref(account);
        let mut purse = Purse::of(account, session.line, request.at, zone);
        let update = request.kind == Kind::Update;
        let cut = self.cut_due(session, request);
        if let Some(cut) = cut.filter(|_| update && !session.aborted) {
            return self.decide_cut(session, request, &rater, cut, now);
        }
        let moment = Moment {
            at: request.at,
            began: session.opened_at,
            grants: update && !session.aborted,
        };
        let mut settled = settle(&rater, &session.units, &request.units, moment, &mut purse);
        let unrated = unrated_of(request, &settled.answers);
        let mut answer = Answer::success();
        if update {
            if session.aborted {
                deny(request, &mut settled.answers);
            }
            answer.units = settled.answers;
            let _ = lift_failure(request, &mut answer);
            // A client that does not heed the order to end is waited for no longer.
            let deadline = if session.aborted {
                session.deadline
            } else {
                deadline(&rater, now)
            };
            let mut effects =
                update_effects(session, request, settled.units, &purse, deadline, &answer);
            self.tell_unrated(session, &rater, &unrated, now, &mut effects);
            return Decision::Apply {
                session: Some(session.ordinal),
                effects,
                answer,
            };
        }
        answer.cost = Some(total_charged(session, &settled.units));
        let mut effects =
            self.closing_effects(session, request, &settled.units, purse, now, &rater);
        self.tell_unrated(session, &rater, &unrated, now, &mut effects);
        effects.push(remembered(id, request, &answer));
        Decision::Apply {
            session: Some(session.ordinal),
            effects,
            answer,
        }
    }

    /// Usage that nothing prices is kept for repair, not lost.
    pub(crate) fn tell_unrated<'a>(
        &'a self,
        session: &'a Session,
        rater: &Rater<'a>,
        unrated: &[(UnitKey, u64)],
        now: Millis,
        effects: &mut Effects<'a>,
    ) {
        let account = &self.accounts[session.account as usize];
        for &usage in unrated {
            let mut notices = self.notices(account, now, effects);
            let notice = notices.unrated(session, &rater.service.code, usage);
            effects.push(notice);
        }
    }

    /// New sessions and events are refused while every open session could not be remembered.
    pub(crate) fn is_full(&self) -> bool {
        self.tombstones.len() + self.session_index.len() >= self.limits.sessions_and_answers
    }

    /// What a service counts, as the open session's or the tenant's active catalogue has it.
    #[must_use]
    pub fn unit_of(&self, account: u32, session: &str, service: ServiceName<'_>) -> Option<Unit> {
        let account = self.accounts.get(account as usize)?;
        let tenant = &self.tenants[usize::from(account.tenant)];
        if let Some(open) = self.session_named(session) {
            let account = &self.accounts[open.account as usize];
            let tenant = &self.tenants[usize::from(account.tenant)];
            let catalog = tenant.catalogs.get(&open.catalog)?;
            return catalog.service(open.service).map(|service| service.unit);
        }
        let catalog = tenant.catalogs.get(&tenant.versions.active()?)?;
        let id = service_of(catalog, service)?;
        catalog.service(id).map(|service| service.unit)
    }
}

/// The reported usage that could not be priced.
pub(crate) fn unrated_of(
    request: &Request<'_>,
    answers: &[UnitAnswer],
) -> SmallVec<[(UnitKey, u64); 1]> {
    let failed = request.units.iter().zip(answers);
    failed
        .filter(|(_, answer)| answer.result == ResultCode::RATING_FAILED)
        .map(|(unit, _)| {
            let used = unit.used.unwrap_or(0);
            (
                unit.key,
                used.saturating_add(unit.used_after_change.unwrap_or(0)),
            )
        })
        .filter(|&(_, used)| used > 0)
        .collect()
}

/// What is asked for in a session that is to end is not granted.
fn deny(request: &Request<'_>, answers: &mut [UnitAnswer]) {
    for (unit, answer) in request.units.iter().zip(answers) {
        if unit.requested != Requested::Nothing && answer.result == ResultCode::SUCCESS {
            answer.result = ResultCode::END_USER_SERVICE_DENIED;
        }
    }
}

const fn in_session(kind: Kind) -> bool {
    matches!(kind, Kind::Initial | Kind::Update | Kind::Terminate)
}

fn repeat<'a>(digest: u64, request: &Request<'_>, answer: impl Fn() -> Answer) -> Decision<'a> {
    if digest == request.digest() {
        Decision::Repeat(answer())
    } else {
        Decision::invalid(FailedField::RequestNumber)
    }
}

fn update_effects<'a>(
    session: &Session,
    request: &Request<'_>,
    settled: SmallVec<[UnitState; 1]>,
    purse: &Purse<'a>,
    deadline: Millis,
    answer: &Answer,
) -> Effects<'a> {
    let ordinal = session.ordinal;
    let mut effects = Effects::new();
    effects.extend(
        settled
            .into_iter()
            .map(|units| Effect::UnitsSet { ordinal, units }),
    );
    effects.extend(purse.effects());
    let (digest, answer) = (request.digest(), answer.clone());
    effects.push(Effect::Answered {
        ordinal,
        digest,
        deadline,
        answer,
    });
    effects
}

/// A session silent for twice its Validity-Time is given up (the server's Tcc, RFC 8506 §13).
pub(crate) fn deadline(rater: &Rater<'_>, now: Millis) -> Millis {
    now + 2000 * Millis::from(rater.service.grant.validity_time_seconds.max(1))
}

/// That a request got this answer.
pub(crate) fn remembered<'a>(id: &str, request: &Request<'_>, answer: &Answer) -> Effect<'a> {
    Effect::Remembered {
        key: session_key(id, request.kind, request.number),
        number: request.number,
        kind: request.kind,
        digest: request.digest(),
        answer: answer.clone(),
    }
}

/// Units at command level fail the command; units in an MSCC fail there, with 2001 above.
/// Returns false when the command failed.
pub(crate) fn lift_failure(request: &Request<'_>, answer: &mut Answer) -> bool {
    if request.per_service {
        return true;
    }
    match answer
        .units
        .iter()
        .find(|unit| unit.result != ResultCode::SUCCESS)
    {
        Some(failed) => {
            answer.result = failed.result;
            answer.units.clear();
            false
        }
        None => true,
    }
}
