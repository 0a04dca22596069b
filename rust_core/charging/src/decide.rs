//! Deciding a request: reads the shard, changes nothing, says what should change.

use crate::account::{Account, Line, LineStatus, Session, UnitState};
use crate::answer::{Answer, FailedField, ResultCode};
use crate::budget::Budget;
use crate::cdr::{Cdr, CdrCause, CdrKind};
use crate::clock::{LATE_WINDOW_MS, Millis};
use crate::decide_units::{Tariff, settle};
use crate::effect::Effect;
use crate::id::Uuid;
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
        let session = self.session_named(id);
        if let Some(session) = session
            && !session.expired
            && (session.last_number, session.last_kind) == (request.number, request.kind)
        {
            return Some(repeat(session.last_digest, request, || {
                session.last_answer.clone()
            }));
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
        if self.is_full() {
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

    /// The end of a session: holds freed, one CDR for each rating group, the session gone.
    fn closing_effects<'a>(
        &'a self,
        session: &'a Session,
        request: &Request<'_>,
        settled: &[UnitState],
        mut budget: Budget,
        now: Millis,
        tariff: &Tariff<'a>,
    ) -> Effects<'a> {
        let late = session.expired;
        let (kind, cause) = if late {
            (CdrKind::Correction, CdrCause::Late)
        } else {
            (CdrKind::Session, CdrCause::Normal)
        };
        let untouched = session
            .units
            .iter()
            .filter(|unit| !settled.iter().any(|state| state.key == unit.key));
        let mut states: SmallVec<[UnitState; 4]> = settled.into();
        for unit in untouched {
            budget.free(unit.reserved);
            states.push(*unit);
        }
        let mut effects = Effects::new();
        push_moved(&mut effects, &budget);
        let mut maker = CdrMaker::new(self, session, tariff, now, budget.balance);
        maker.ended_at = request.at.max(session.last_at);
        for state in &states {
            let before = session
                .units
                .iter()
                .find(|unit| late && unit.key == state.key);
            if let Some(cdr) = maker.make(state, before, kind, cause) {
                effects.push(Effect::Recorded(cdr));
            }
        }
        effects.push(Effect::SessionClosed {
            ordinal: session.ordinal,
        });
        effects
    }

    /// Giving up on a silent or lost session: what was reported is charged already; the holds are
    /// freed and the CDRs cut. An expired session whose late window is over is just closed.
    pub(crate) fn give_up<'a>(
        &'a self,
        session: &'a Session,
        cause: CdrCause,
        now: Millis,
    ) -> Effects<'a> {
        let ordinal = session.ordinal;
        let mut effects = Effects::new();
        if session.expired {
            effects.push(Effect::SessionClosed { ordinal });
            return effects;
        }
        let mut budget = Budget::of(&self.accounts[session.account as usize]);
        for unit in &session.units {
            budget.free(unit.reserved);
            let units = UnitState {
                reserved: 0,
                granted: 0,
                ..*unit
            };
            effects.push(Effect::UnitsSet { ordinal, units });
        }
        push_moved(&mut effects, &budget);
        if let Some(tariff) = self.tariff_of(session) {
            let mut maker = CdrMaker::new(self, session, &tariff, now, budget.balance);
            for unit in &session.units {
                effects.extend(
                    maker
                        .make(unit, None, CdrKind::Session, cause)
                        .map(Effect::Recorded),
                );
            }
        }
        effects.push(Effect::SessionExpired {
            ordinal,
            until: now + LATE_WINDOW_MS,
        });
        effects
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
        if !catalog.sells(product, service_id) {
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

    fn tariff_of<'a>(&'a self, session: &'a Session) -> Option<Tariff<'a>> {
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

/// What a session cost from start to end.
fn total_charged(session: &Session, settled: &[UnitState]) -> i64 {
    let untouched = session
        .units
        .iter()
        .filter(|unit| !settled.iter().any(|state| state.key == unit.key));
    settled
        .iter()
        .chain(untouched)
        .map(|unit| unit.charged)
        .sum()
}

/// A line that lost its service during a session reports what it used and gets no more.
fn deny_grants(request: &Request<'_>, answer: &mut Answer) {
    for (asked, unit) in request.units.iter().zip(&mut answer.units) {
        if asked.requested != Requested::Nothing && unit.result == ResultCode::SUCCESS {
            unit.result = ResultCode::END_USER_SERVICE_DENIED;
        }
    }
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

/// Makes the CDRs of one session or event.
pub(crate) struct CdrMaker<'a> {
    shard: u16,
    counter: u64,
    now: Millis,
    balance: i64,
    account: &'a Account,
    tenant: Uuid,
    line: Uuid,
    tariff: Tariff<'a>,
    session: &'a str,
    correlation: &'a str,
    origin_host: &'a str,
    started_at: Millis,
    pub(crate) ended_at: Millis,
}

impl<'a> CdrMaker<'a> {
    fn new(
        shard: &'a Shard,
        session: &'a Session,
        tariff: &Tariff<'a>,
        now: Millis,
        balance: i64,
    ) -> Self {
        let account = &shard.accounts[session.account as usize];
        Self {
            shard: shard.id,
            counter: shard.cdr_counter,
            now,
            balance,
            account,
            tenant: shard.tenants[usize::from(account.tenant)].id,
            line: account.lines[usize::from(session.line)].id,
            tariff: *tariff,
            session: &session.id,
            correlation: &session.correlation,
            origin_host: &shard.peers[usize::from(session.origin_host)].host,
            started_at: session.opened_at,
            ended_at: session.last_at,
        }
    }

    /// For usage that comes in one piece: an event or a file record.
    pub(crate) fn of_event(
        shard: &'a Shard,
        account: &'a Account,
        line: &Line,
        tariff: &Tariff<'a>,
        (session, correlation, origin_host): (&'a str, &'a str, &'a str),
        (now, at, balance): (Millis, Millis, i64),
    ) -> Self {
        Self {
            shard: shard.id,
            counter: shard.cdr_counter,
            now,
            balance,
            account,
            tenant: shard.tenants[usize::from(account.tenant)].id,
            line: line.id,
            tariff: *tariff,
            session,
            correlation,
            origin_host,
            started_at: at,
            ended_at: at,
        }
    }

    /// The CDR of `state`, less what an earlier CDR of it (`before`) holds; `None` when there is
    /// nothing to record.
    pub(crate) fn make(
        &mut self,
        state: &UnitState,
        before: Option<&UnitState>,
        kind: CdrKind,
        cause: CdrCause,
    ) -> Option<Cdr<'a>> {
        let (used, charged, overrun) =
            before.map_or((0, 0, 0), |unit| (unit.used, unit.charged, unit.overrun));
        let usage = state.used - used;
        if usage == 0 && state.charged == charged {
            return None;
        }
        let mut cdr = self.blank(kind, cause);
        cdr.rating_group = state.key.rating_group;
        cdr.usage = usage;
        cdr.amount = state.charged - charged;
        cdr.overrun = state.overrun - overrun;
        cdr.rate = self.tariff.rate_name(state.rate);
        Some(cdr)
    }

    /// A CDR of no usage and no amount.
    pub(crate) fn blank(&mut self, kind: CdrKind, cause: CdrCause) -> Cdr<'a> {
        self.counter += 1;
        let product = self.tariff.catalog.product(self.tariff.product);
        Cdr {
            id: Uuid::time_ordered(self.now, self.shard, self.counter),
            tenant: self.tenant,
            account: self.account.id,
            line: self.line,
            session: self.session,
            kind,
            cause,
            service: &self.tariff.service.code,
            direction: self.tariff.direction,
            destination: self.tariff.destination,
            rating_group: None,
            started_at: self.started_at,
            ended_at: self.ended_at,
            usage: 0,
            currency: self.account.currency.code(),
            amount: 0,
            overrun: 0,
            balance_after: self.balance,
            catalog: self.tariff.version,
            product: product.map_or("", |product| product.code.as_str()),
            rate: "",
            refers_to: None,
            correlation: self.correlation,
            origin_host: self.origin_host,
            debt: self.account.overrun == crate::account::OverrunPolicy::Debt,
        }
    }
}
