//! Deciding a request: reads the shard, changes nothing, says what should change.

use crate::account::{Account, Line, LineStatus, Session, UnitState};
use crate::answer::{Answer, FailedField, ResultCode};
use crate::budget::Budget;
use crate::clock::Millis;
use crate::decide_close::total_charged;
use crate::decide_units::{Tariff, settle};
use crate::effect::Effect;
use crate::request::{Evidence, Kind, Request, Requested, ServiceName, SessionRef};
use crate::shard::Shard;
use crate::tombstone::session_key;
use openmvno_rating::{Direction, Unit};
use smallvec::SmallVec;

pub(crate) type Effects<'a> = SmallVec<[Effect<'a>; 4]>;

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
        let open = self.session_named(id).filter(|session| !session.expired);
        if let Some(session) = open.filter(same_key) {
            return Some(repeat(session.last_digest, request, || {
                session.last_answer.clone()
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
        id: &str,
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
        let tariff = match self.tariff(account, request) {
            Ok(tariff) => tariff,
            Err(result) => return Decision::refuse(result),
        };
        let mut budget = Budget::of(account);
        let settled = settle(&tariff, &[], &request.units, true, &mut budget);
        let mut answer = Answer::success();
        answer.units = settled.answers;
        if !lift_failure(request, &mut answer) {
            return Decision::Immediate(answer);
        }
        let ordinal = account.next_session;
        let mut effects = Effects::new();
        effects.push(Effect::SessionOpened {
            ordinal,
            catalog: tariff.version,
            product: tariff.product.0,
            service: tariff.service_id.0,
        });
        effects.extend(
            settled
                .units
                .into_iter()
                .map(|units| Effect::UnitsSet { ordinal, units }),
        );
        push_moved(&mut effects, &budget);
        effects.push(Effect::Answered {
            ordinal,
            digest: request.digest(),
            deadline: deadline(&tariff, now),
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
        let Some(tariff) = self.tariff_of(session) else {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        };
        if session.units.len() + request.units.len() > self.limits.units_per_session {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        }
        let mut budget = Budget::of(&self.accounts[session.account as usize]);
        let update = request.kind == Kind::Update;
        let in_service = self.line_of(session).status == LineStatus::Active;
        let grants = update && in_service;
        let settled = settle(&tariff, &session.units, &request.units, grants, &mut budget);
        let mut answer = Answer::success();
        if update {
            answer.units = settled.answers;
            if !in_service {
                deny_grants(request, &mut answer);
            }
            let _ = lift_failure(request, &mut answer);
            let deadline = deadline(&tariff, now);
            let effects =
                update_effects(session, request, &settled.units, &budget, deadline, &answer);
            return Decision::Apply {
                session: Some(session.ordinal),
                effects,
                answer,
            };
        }
        answer.cost = Some(total_charged(session, &settled.units));
        let mut effects =
            self.closing_effects(session, request, &settled.units, budget, now, &tariff);
        effects.push(Effect::Remembered {
            key: session_key(id, request.kind, request.number),
            number: request.number,
            kind: request.kind,
            digest: request.digest(),
            answer: answer.clone(),
        });
        Decision::Apply {
            session: Some(session.ordinal),
            effects,
            answer,
        }
    }

    /// New sessions and events are refused while every open session could not be remembered.
    pub(crate) fn is_full(&self) -> bool {
        self.tombstones.len() + self.session_index.len() >= self.limits.sessions_and_answers
    }

    /// What prices a new session or event of this line, or why it may not start.
    pub(crate) fn tariff<'a>(
        &'a self,
        account: &'a Account,
        request: &Request<'a>,
    ) -> Result<Tariff<'a>, ResultCode> {
        let line = account
            .lines
            .get(usize::from(request.line))
            .ok_or(ResultCode::USER_UNKNOWN)?;
        match line.status {
            LineStatus::Active => {}
            LineStatus::Closed => return Err(ResultCode::USER_UNKNOWN),
            LineStatus::Preactive | LineStatus::Blocked | LineStatus::Suspended => {
                return Err(ResultCode::END_USER_SERVICE_DENIED);
            }
        }
        self.tariff_for(
            account,
            line,
            request.service,
            request.direction,
            request.destination,
        )
    }

    pub(crate) fn tariff_for<'a>(
        &'a self,
        account: &Account,
        line: &Line,
        service: ServiceName<'_>,
        direction: Direction,
        destination: &'a str,
    ) -> Result<Tariff<'a>, ResultCode> {
        let tenant = &self.tenants[usize::from(account.tenant)];
        let version = tenant.active.ok_or(ResultCode::RATING_FAILED)?;
        let catalog = tenant
            .catalogs
            .get(&version)
            .ok_or(ResultCode::RATING_FAILED)?
            .as_ref();
        if catalog.currency() != account.currency {
            return Err(ResultCode::RATING_FAILED);
        }
        let product = catalog
            .product_by_code(&line.product)
            .ok_or(ResultCode::RATING_FAILED)?;
        let service_id = match service {
            ServiceName::Context(context) => catalog.service_by_context(context),
            ServiceName::Code(code) => catalog.service_by_code(code),
        };
        let service_id = service_id.ok_or(ResultCode::AUTHORIZATION_REJECTED)?;
        let service = catalog
            .service(service_id)
            .ok_or(ResultCode::AUTHORIZATION_REJECTED)?;
        if !catalog.sells(&[product], service_id) {
            return Err(ResultCode::AUTHORIZATION_REJECTED);
        }
        Ok(Tariff {
            catalog,
            version,
            product,
            service_id,
            service,
            direction,
            destination,
        })
    }

    /// What a service counts, as the open session's or the tenant's active catalogue has it.
    #[must_use]
    pub fn unit_of(&self, account: u32, session: &str, service: ServiceName<'_>) -> Option<Unit> {
        if let Some(open) = self.session_named(session) {
            return self.tariff_of(open).map(|tariff| tariff.service.unit);
        }
        let account = self.accounts.get(account as usize)?;
        let tenant = &self.tenants[usize::from(account.tenant)];
        let catalog = tenant.catalogs.get(&tenant.active?)?;
        let id = match service {
            ServiceName::Context(context) => catalog.service_by_context(context),
            ServiceName::Code(code) => catalog.service_by_code(code),
        };
        catalog.service(id?).map(|service| service.unit)
    }

    fn line_of(&self, session: &Session) -> &Line {
        &self.accounts[session.account as usize].lines[usize::from(session.line)]
    }

    pub(crate) fn tariff_of<'a>(&'a self, session: &'a Session) -> Option<Tariff<'a>> {
        let account = &self.accounts[session.account as usize];
        let tenant = &self.tenants[usize::from(account.tenant)];
        let catalog = tenant.catalogs.get(&session.catalog)?.as_ref();
        Some(Tariff {
            catalog,
            version: session.catalog,
            product: session.product,
            service_id: session.service,
            service: catalog.service(session.service)?,
            direction: session.direction,
            destination: &session.destination,
        })
    }
}

/// A line that lost its service during a session reports what it used and gets no more.
fn deny_grants(request: &Request<'_>, answer: &mut Answer) {
    for (asked, unit) in request.units.iter().zip(&mut answer.units) {
        if asked.requested != Requested::Nothing && unit.result == ResultCode::SUCCESS {
            unit.result = ResultCode::END_USER_SERVICE_DENIED;
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
    settled: &[UnitState],
    budget: &Budget,
    deadline: Millis,
    answer: &Answer,
) -> Effects<'a> {
    let ordinal = session.ordinal;
    let mut effects = Effects::new();
    effects.extend(
        settled
            .iter()
            .map(|&units| Effect::UnitsSet { ordinal, units }),
    );
    push_moved(&mut effects, budget);
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
fn deadline(tariff: &Tariff<'_>, now: Millis) -> Millis {
    now + 2000 * Millis::from(tariff.service.grant.validity_time_seconds.max(1))
}

pub(crate) fn push_moved(effects: &mut Effects<'_>, budget: &Budget) {
    effects.extend(
        budget
            .moved()
            .map(|(balance, reserved)| Effect::Moved { balance, reserved }),
    );
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
