//! One-time events: direct debiting, refund, balance check, price enquiry (RFC 8506 §6).

use crate::account::Account;
use crate::answer::{Answer, FailedField, ResultCode, UnitAnswer};
use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::Millis;
use crate::decide::{Decision, lift_failure, remembered};
use crate::effect::{Effect, Effects};
use crate::id::Uuid;
use crate::purse::Purse;
use crate::rater::Rater;
use crate::raters::Usage;
use crate::replay::correlation_hash;
use crate::request::{Evidence, Request, Requested, UnitRequest};
use crate::session::{RateRef, UnitState};
use crate::shard::Shard;
use smallvec::SmallVec;

impl Shard {
    pub(crate) fn decide_debit<'a>(
        &'a self,
        id: &'a str,
        request: &'a Request<'a>,
        now: Millis,
    ) -> Decision<'a> {
        match (request.retransmitted, request.evidence) {
            (true, Evidence::Unasked) => return Decision::Immediate(Answer::ask_database()),
            (_, Evidence::Charged) => return Decision::Immediate(Answer::success()),
            _ => {}
        }
        if self.is_full() {
            return Decision::refuse(ResultCode::TOO_BUSY);
        }
        let account = &self.accounts[request.account as usize];
        let rater = match self.rater(account, request, id) {
            Ok(rater) => rater,
            Err(result) => return Decision::refuse(result),
        };
        let mut purse = Purse::of(account, request.line, request.at, self.zone_ref(account));
        let mut paid: SmallVec<[UnitState; 2]> = SmallVec::new();
        let mut answer = Answer::success();
        for unit in one_at_least(request) {
            let (state, unit_answer) = debit(&rater, &unit, request.at, &mut purse);
            paid.extend(state);
            answer.units.push(unit_answer);
        }
        if !lift_failure(request, &mut answer) || paid.is_empty() {
            return refused(id, request, answer);
        }
        let named = (id, request.correlation, request.origin_host);
        let when = (now, request.at, purse.balance);
        let mut maker = CdrMaker::of_event(self, account, &rater, named, request.context, when);
        maker.request_number = request.number;
        let mut effects = Effects::new();
        effects.extend(purse.effects());
        let mut cost = 0;
        for state in &paid {
            // Usage that costs nothing and counts nothing is recorded all the same.
            let cdr = maker
                .make(state, None, CdrKind::Event, CdrCause::Normal)
                .unwrap_or_else(|| maker.blank(CdrKind::Event, CdrCause::Normal));
            answer.cdr = answer.cdr.or(Some(cdr.id));
            cost += state.charged;
            effects.push(Effect::Recorded(Box::new(cdr)));
        }
        answer.cost = Some(cost);
        effects.push(remembered(id, request, &answer));
        Decision::Apply {
            session: None,
            effects,
            answer,
        }
    }

    /// A refund names the debit it reverses, never exceeds it, and happens once.
    pub(crate) fn decide_refund<'a>(
        &'a self,
        id: &'a str,
        request: &'a Request<'a>,
        now: Millis,
    ) -> Decision<'a> {
        let field = match (request.refund_of, request.correlation) {
            (Some(_), _) => FailedField::RefundInformation,
            (None, "") => {
                let missing = FailedField::RefundInformation;
                return Decision::Immediate(Answer::failed(ResultCode::MISSING_AVP, missing));
            }
            (None, _) => FailedField::CorrelationId,
        };
        let account = &self.accounts[request.account as usize];
        let (debit, refundable) = match (debit_of(account, request), request.evidence) {
            (Some(found), _) => found,
            (None, Evidence::Unasked) => return Decision::Immediate(Answer::ask_database()),
            (None, Evidence::Debit { cdr, refundable }) => (cdr, refundable),
            (None, _) => return Decision::invalid(field),
        };
        let events = account.events.as_ref();
        if events.is_some_and(|events| events.refunds.contains(&debit)) {
            return Decision::invalid(field);
        }
        let usage = Usage {
            line: request.line,
            service: request.service,
            direction: request.direction,
            destination: request.destination,
            context: request.context,
            at: request.at,
            seed: id,
        };
        let version = self.versions_of(account).at(request.at);
        let rater = match self.rater_for(account, version, &usage) {
            Ok(rater) => rater,
            Err(result) => return Decision::refuse(result),
        };
        let amount = match refund_amount(&rater, request, refundable) {
            Ok(amount) => amount,
            Err(answer) => return Decision::Immediate(answer),
        };
        let Some(balance) = account.balance.checked_add(amount) else {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        };
        let named = (id, request.correlation, request.origin_host);
        let when = (now, request.at, balance);
        let mut maker = CdrMaker::of_event(self, account, &rater, named, request.context, when);
        maker.request_number = request.number;
        let mut cdr = maker.blank(CdrKind::Refund, CdrCause::Normal);
        cdr.amount = -amount;
        cdr.refers_to = Some(debit);
        let mut answer = Answer::success();
        answer.cost = Some(amount);
        answer.cdr = Some(cdr.id);
        let mut effects = Effects::new();
        effects.push(Effect::Moved {
            balance: amount,
            reserved: 0,
        });
        effects.push(Effect::Refunded { cdr: debit });
        effects.push(Effect::Recorded(Box::new(cdr)));
        effects.push(remembered(id, request, &answer));
        Decision::Apply {
            session: None,
            effects,
            answer,
        }
    }

    pub(crate) fn decide_check_balance<'a>(&'a self, request: &'a Request<'a>) -> Decision<'a> {
        Decision::Immediate(match self.enquire(request) {
            Ok(enquiry) => Answer {
                enough: Some(enquiry.covered),
                ..Answer::success()
            },
            Err(result) => Answer::of(result),
        })
    }

    pub(crate) fn decide_price_enquiry<'a>(&'a self, request: &'a Request<'a>) -> Decision<'a> {
        Decision::Immediate(match self.enquire(request) {
            Ok(enquiry) => Answer {
                cost: enquiry.announced,
                ..Answer::success()
            },
            Err(result) => Answer::of(result),
        })
    }

    fn enquire<'a>(&'a self, request: &'a Request<'a>) -> Result<Enquiry, ResultCode> {
        let account = &self.accounts[request.account as usize];
        let rater = self.rater(account, request, "")?;
        let mut purse = Purse::of(account, request.line, request.at, self.zone_ref(account));
        let mut enquiry = Enquiry {
            announced: Some(0),
            covered: true,
        };
        for unit in one_at_least(request) {
            let rate = rater.price_of(&unit)?;
            let mut state = UnitState::new(unit.key, rate, request.at);
            let asked = amount_asked(&rater, &unit);
            rater
                .charge(&mut state, (asked, 0), (request.at, request.at), &mut purse)
                .map_err(|_| ResultCode::RATING_FAILED)?;
            enquiry.covered &= !state.has_overrun();
            let hidden = matches!(state.rate, RateRef::Rate(guided) if guided.hidden);
            let sum = enquiry.announced.map(|sum| sum.checked_add(state.charged));
            enquiry.announced = match sum {
                Some(None) => return Err(ResultCode::RATING_FAILED),
                Some(sum) if !hidden => sum,
                _ => None,
            };
        }
        Ok(enquiry)
    }
}

/// What a usage would cost.
struct Enquiry {
    /// Micros; `None` where the catalogue hides a price.
    announced: Option<i64>,
    /// The payers cover it.
    covered: bool,
}

/// An event without units is one default grant of its service: one message.
fn one_at_least(request: &Request<'_>) -> SmallVec<[UnitRequest; 2]> {
    if !request.units.is_empty() {
        return request.units.clone();
    }
    smallvec::smallvec![UnitRequest {
        key: crate::request::UnitKey::default(),
        requested: Requested::ServerChooses,
        used: None,
        used_after_change: None,
        money: false,
    }]
}

fn amount_asked(rater: &Rater<'_>, unit: &UnitRequest) -> u64 {
    match unit.requested {
        Requested::Units(units) => units,
        Requested::Nothing | Requested::ServerChooses => {
            unit.used.unwrap_or(rater.service.grant.default)
        }
    }
}

/// A debit is all or nothing.
fn debit<'a>(
    rater: &Rater<'a>,
    unit: &UnitRequest,
    at: Millis,
    purse: &mut Purse<'a>,
) -> (Option<UnitState>, UnitAnswer) {
    let rate = match rater.price_of(unit) {
        Ok(rate) => rate,
        Err(result) => return (None, rater.answer(unit.key, RateRef::Money, result)),
    };
    let used = amount_asked(rater, unit);
    let mut state = UnitState::new(unit.key, rate, at);
    let mut paid = purse.clone();
    if rater
        .charge(&mut state, (used, 0), (at, at), &mut paid)
        .is_err()
    {
        let answer = rater.answer(unit.key, rate, ResultCode::RATING_FAILED);
        return (None, answer);
    }
    if state.has_overrun() {
        let answer = rater.answer(unit.key, rate, ResultCode::CREDIT_LIMIT_REACHED);
        return (None, answer);
    }
    *purse = paid;
    let mut answer = rater.answer(unit.key, rate, ResultCode::SUCCESS);
    answer.granted = Some(used);
    (Some(state), answer)
}

/// The debit a refund is about, if it is of the last minute.
fn debit_of(account: &Account, request: &Request<'_>) -> Option<(Uuid, i64)> {
    let wanted = correlation_hash(request.correlation);
    let events = account.events.as_ref()?;
    let found = events.debits.iter().find(|debit| match request.refund_of {
        Some(cdr) => debit.cdr == cdr,
        None => debit.correlation == wanted && wanted != 0,
    })?;
    Some((found.cdr, found.amount))
}

/// What is to be given back: the amount or units asked for, or all of it.
fn refund_amount(rater: &Rater<'_>, request: &Request<'_>, refundable: i64) -> Result<i64, Answer> {
    let mut asked = None;
    for unit in &request.units {
        let Requested::Units(units) = unit.requested else {
            continue;
        };
        let rate = rater.price_of(unit).map_err(Answer::of)?;
        let price = rater
            .full_price(unit, rate, units)
            .ok_or(Answer::of(ResultCode::RATING_FAILED))?;
        let sum = i64::checked_add(asked.unwrap_or(0), price);
        asked = Some(sum.ok_or(Answer::of(ResultCode::RATING_FAILED))?);
    }
    let amount = asked.unwrap_or(refundable);
    if amount > refundable {
        let field = FailedField::RequestedUnits;
        return Err(Answer::failed(ResultCode::INVALID_AVP_VALUE, field));
    }
    Ok(amount)
}

/// An event that comes to nothing. Where credit was what it lacked the answer is remembered: a moment
/// later there may be some, and a retransmission must not pay for what its sender was refused. (A
/// refused CCR-I is decided anew: nothing was charged, and a gateway may ask again after a top-up.)
fn refused<'a>(id: &str, request: &Request<'_>, answer: Answer) -> Decision<'a> {
    let lacked = |result| result == ResultCode::CREDIT_LIMIT_REACHED;
    if !lacked(answer.result) && !answer.units.iter().any(|unit| lacked(unit.result)) {
        return Decision::Immediate(answer);
    }
    let mut effects = Effects::new();
    effects.push(remembered(id, request, &answer));
    Decision::Apply {
        session: None,
        effects,
        answer,
    }
}
