//! One-time events: direct debiting, refund, balance check, price enquiry (RFC 8506 §6).

use crate::account::{Account, RateRef, UnitState};
use crate::answer::{Answer, FailedField, ResultCode, UnitAnswer};
use crate::budget::Budget;
use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::Millis;
use crate::decide::{Decision, Effects, lift_failure, push_moved};
use crate::decide_units::Tariff;
use crate::effect::Effect;
use crate::id::Uuid;
use crate::replay::correlation_hash;
use crate::request::{Evidence, Request, Requested, UnitRequest};
use crate::shard::Shard;
use crate::tombstone::session_key;
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
        let tariff = match self.tariff(account, request) {
            Ok(tariff) => tariff,
            Err(result) => return Decision::refuse(result),
        };
        let mut budget = Budget::of(account);
        let mut paid: SmallVec<[UnitState; 2]> = SmallVec::new();
        let mut answer = Answer::success();
        for unit in one_at_least(request) {
            let (state, unit_answer) = debit(&tariff, &unit, &mut budget);
            paid.extend(state);
            answer.units.push(unit_answer);
        }
        if !lift_failure(request, &mut answer) || paid.is_empty() {
            return Decision::Immediate(answer);
        }
        let line = &account.lines[usize::from(request.line)];
        let named = (id, request.correlation, request.origin_host);
        let when = (now, request.at, budget.balance);
        let mut maker = CdrMaker::of_event(self, account, line, &tariff, named, when);
        maker.request_number = request.number;
        let mut effects = Effects::new();
        push_moved(&mut effects, &budget);
        let mut cost = 0;
        for state in &paid {
            let mut cdr = maker.blank(CdrKind::Event, CdrCause::Normal);
            cdr.rating_group = state.key.rating_group;
            cdr.usage = state.used;
            cdr.amount = state.charged;
            cdr.rate = tariff.rate_name(state.rate);
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
        if account.refunds.contains(&debit) {
            return Decision::invalid(field);
        }
        let line = &account.lines[usize::from(request.line)];
        let (service, destination) = (request.service, request.destination);
        let tariff = match self.tariff_for(account, line, service, request.direction, destination) {
            Ok(tariff) => tariff,
            Err(result) => return Decision::refuse(result),
        };
        let amount = match refund_amount(&tariff, request, refundable) {
            Ok(amount) => amount,
            Err(answer) => return Decision::Immediate(answer),
        };
        let Some(balance) = account.balance.checked_add(amount) else {
            return Decision::refuse(ResultCode::UNABLE_TO_COMPLY);
        };
        let named = (id, request.correlation, request.origin_host);
        let when = (now, request.at, balance);
        let mut maker = CdrMaker::of_event(self, account, line, &tariff, named, when);
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

    pub(crate) fn decide_check_balance<'a>(&'a self, request: &Request<'a>) -> Decision<'a> {
        let account = &self.accounts[request.account as usize];
        Decision::Immediate(match self.total_price(account, request) {
            Ok(price) => Answer {
                enough: Some(price <= account.available()),
                ..Answer::success()
            },
            Err(result) => Answer::of(result),
        })
    }

    pub(crate) fn decide_price_enquiry<'a>(&'a self, request: &Request<'a>) -> Decision<'a> {
        let account = &self.accounts[request.account as usize];
        Decision::Immediate(match self.total_price(account, request) {
            Ok(price) => Answer {
                cost: Some(price),
                ..Answer::success()
            },
            Err(result) => Answer::of(result),
        })
    }

    fn total_price<'a>(
        &'a self,
        account: &'a Account,
        request: &Request<'a>,
    ) -> Result<i64, ResultCode> {
        let tariff = self.tariff(account, request)?;
        let mut total = 0i64;
        for unit in one_at_least(request) {
            let rate = tariff.find(&unit).ok_or(ResultCode::RATING_FAILED)?;
            let price = tariff.price(rate, amount_asked(&tariff, &unit));
            let price = price.ok_or(ResultCode::RATING_FAILED)?;
            total = total.checked_add(price).ok_or(ResultCode::RATING_FAILED)?;
        }
        Ok(total)
    }
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
        money: false,
    }]
}

fn amount_asked(tariff: &Tariff<'_>, unit: &UnitRequest) -> u64 {
    match unit.requested {
        Requested::Units(units) => units,
        Requested::Nothing | Requested::ServerChooses => {
            unit.used.unwrap_or(tariff.service.grant.default)
        }
    }
}

/// A debit is all or nothing.
fn debit(
    tariff: &Tariff<'_>,
    unit: &UnitRequest,
    budget: &mut Budget,
) -> (Option<UnitState>, UnitAnswer) {
    let Some(rate) = tariff.find(unit) else {
        return (
            None,
            tariff.answer(unit.key, RateRef::Money, ResultCode::RATING_FAILED),
        );
    };
    let used = amount_asked(tariff, unit);
    let Some(price) = tariff.price(rate, used) else {
        return (
            None,
            tariff.answer(unit.key, rate, ResultCode::RATING_FAILED),
        );
    };
    if price > budget.available().max(0) {
        return (
            None,
            tariff.answer(unit.key, rate, ResultCode::CREDIT_LIMIT_REACHED),
        );
    }
    let overrun = budget.pay(price);
    let mut answer = tariff.answer(unit.key, rate, ResultCode::SUCCESS);
    answer.granted = Some(used);
    let state = UnitState {
        key: unit.key,
        rate,
        used,
        charged: price,
        overrun,
        reserved: 0,
        granted: 0,
    };
    (Some(state), answer)
}

/// The debit a refund is about, if it is of the last minute.
fn debit_of(account: &Account, request: &Request<'_>) -> Option<(Uuid, i64)> {
    let wanted = correlation_hash(request.correlation);
    let found = account
        .debits
        .iter()
        .find(|debit| match request.refund_of {
            Some(cdr) => debit.cdr == cdr,
            None => debit.correlation == wanted && wanted != 0,
        })?;
    Some((found.cdr, found.amount))
}

/// What is to be given back: the amount or units asked for, or all of it.
fn refund_amount(
    tariff: &Tariff<'_>,
    request: &Request<'_>,
    refundable: i64,
) -> Result<i64, Answer> {
    let mut asked = None;
    for unit in &request.units {
        let Requested::Units(units) = unit.requested else {
            continue;
        };
        let rate = tariff
            .find(unit)
            .ok_or(Answer::of(ResultCode::RATING_FAILED))?;
        let price = tariff
            .price(rate, units)
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

fn remembered<'a>(id: &str, request: &Request<'_>, answer: &Answer) -> Effect<'a> {
    Effect::Remembered {
        key: session_key(id, request.kind, request.number),
        number: request.number,
        kind: request.kind,
        digest: request.digest(),
        answer: answer.clone(),
    }
}
