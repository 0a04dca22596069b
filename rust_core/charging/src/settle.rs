//! Charging and reserving the units of a request: what was used is paid for, what is asked for is
//! held as far as the payers reach.

use crate::account::LineStatus;
use crate::answer::{ResultCode, UnitAnswer};
use crate::clock::Millis;
use crate::purse::Purse;
use crate::rater::Rater;
use crate::request::{Requested, UnitKey, UnitRequest};
use crate::session::{Measure, Payer, RateRef, UnitState};
use openmvno_rating::{PriceOverflow, Unit};
use smallvec::SmallVec;

/// What deciding a request's units came to.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) units: SmallVec<[UnitState; 1]>,
    pub(crate) answers: SmallVec<[UnitAnswer; 1]>,
}

/// When a request happened and whether it may be granted more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// Charge time.
    pub(crate) at: Millis,
    /// When usage counted in time began: the start of the session.
    pub(crate) began: Millis,
    /// False when the session ends with this request.
    pub(crate) grants: bool,
}

/// Charges what each set of units reports and reserves what it asks for. `open` is the session's
/// state so far.
pub(crate) fn settle<'a>(
    rater: &Rater<'a>,
    open: &[UnitState],
    asked: &[UnitRequest],
    moment: Moment,
    purse: &mut Purse<'a>,
) -> Settled {
    let mut settled = Settled::default();
    for unit in asked {
        let repeated = settled.units.iter().position(|state| state.key == unit.key);
        let known = match repeated {
            Some(at) => Some(settled.units.remove(at)),
            None => open.iter().find(|state| state.key == unit.key).cloned(),
        };
        let (state, answer) = settle_one(rater, known, unit, moment, purse);
        settled.units.extend(state);
        settled.answers.push(answer);
    }
    settled
}

fn settle_one<'a>(
    rater: &Rater<'a>,
    known: Option<UnitState>,
    unit: &UnitRequest,
    moment: Moment,
    purse: &mut Purse<'a>,
) -> (Option<UnitState>, UnitAnswer) {
    // What was used has a price, whatever the line may do now.
    let happened = unit.used.unwrap_or(0) > 0 || unit.used_after_change.unwrap_or(0) > 0;
    let rate = match &known {
        Some(state) => Ok(state.rate),
        None if happened => rater.price_of_past(unit),
        None => rater.price_of(unit),
    };
    let rate = match rate {
        Ok(rate) => rate,
        Err(result) => return (None, rater.answer(unit.key, RateRef::Money, result)),
    };
    if rate != RateRef::Free && unit.money != (rate == RateRef::Money) {
        let answer = rater.answer(unit.key, rate, ResultCode::INVALID_AVP_VALUE);
        return (known, answer);
    }
    let since = if rater.service.unit == Unit::Second {
        moment.began
    } else {
        moment.at
    };
    let is_known = known.is_some();
    let before = known.unwrap_or_else(|| UnitState::new(unit.key, rate, since));
    let mut state = before.clone();
    let mut paid = purse.clone();
    let used = (unit.used.unwrap_or(0), unit.used_after_change.unwrap_or(0));
    if rater
        .charge(&mut state, used, (moment.at, moment.at), &mut paid)
        .is_err()
    {
        let answer = rater.answer(unit.key, rate, ResultCode::RATING_FAILED);
        return (is_known.then_some(before), answer);
    }
    *purse = paid;
    let answer = if moment.grants {
        grant(rater, &mut state, unit.requested, moment.at, purse)
    } else {
        rater.answer(unit.key, state.rate, ResultCode::SUCCESS)
    };
    (Some(state), answer)
}

/// Holds the price of what is asked for, or of as much as the payers cover.
fn grant<'a>(
    rater: &Rater<'a>,
    state: &mut UnitState,
    requested: Requested,
    at: Millis,
    purse: &mut Purse<'a>,
) -> UnitAnswer {
    let mut answer = rater.answer(state.key, state.rate, ResultCode::SUCCESS);
    if requested == Requested::Nothing {
        return answer;
    }
    if rater.is_out_of_service(state) {
        answer.result = ResultCode::END_USER_SERVICE_DENIED;
        return answer;
    }
    let granted = try_grant(rater, state, requested, at, purse).unwrap_or(Granted {
        units: 0,
        wanted: 1,
        last: true,
        change: None,
    });
    if granted.units == 0 && granted.wanted > 0 {
        answer.result = ResultCode::CREDIT_LIMIT_REACHED;
        return answer;
    }
    answer.granted = Some(granted.units);
    answer.validity = rater.service.grant.validity_time_seconds;
    // Final-Unit-Indication: less than asked, or what remains buys not one unit more.
    answer.last = granted.last;
    answer.tariff_change = granted.change;
    answer
}

struct Granted {
    units: u64,
    wanted: u64,
    last: bool,
    /// When the price changes while the grant may still be used (Tariff-Time-Change).
    change: Option<Millis>,
}

fn try_grant<'a>(
    rater: &Rater<'a>,
    state: &mut UnitState,
    requested: Requested,
    at: Millis,
    purse: &mut Purse<'a>,
) -> Result<Granted, PriceOverflow> {
    let wanted = wanted(rater, state, requested, at, purse)?;
    let goal = state.used.saturating_add(wanted);
    let change = change_within(rater, state, at);
    let next = change.and_then(|instant| rater.switched(state, instant));
    // Holds are tried on copies: what cannot be worked out to its end holds nothing.
    let (mut held, mut paid) = (state.clone(), purse.clone());
    let mut reach = rater.hold(&mut held, goal, at, &mut paid)?;
    if let Some(next) = &next {
        // The whole grant may be used after the change.
        reach.usage = reach.usage.min(rater.reach(next, goal, at, purse)?.usage);
    }
    if reach.usage < goal {
        (held, paid) = (state.clone(), purse.clone());
        rater.hold(&mut held, reach.usage, at, &mut paid)?;
    }
    if let Some(next) = &next {
        let both = (&mut held, next);
        hold_dearer(rater, both, reach.usage, at, (&mut paid, purse))?;
    }
    let further = reach.usage.saturating_add(1);
    let more = || -> Result<bool, PriceOverflow> {
        let beyond = rater.reach(state, further, at, purse)?;
        Ok(beyond.usage > reach.usage)
    };
    let last = state.rate != RateRef::Free && (reach.usage < goal || reach.stopped || !more()?);
    held.granted = reach.usage - held.used;
    (*state, *purse) = (held, paid);
    Ok(Granted {
        units: state.granted,
        wanted,
        last,
        change,
    })
}

/// Holds what the grant would cost more at the price to come.
fn hold_dearer<'a>(
    rater: &Rater<'a>,
    (state, next): (&mut UnitState, &UnitState),
    usage: u64,
    at: Millis,
    (purse, fresh): (&mut Purse<'a>, &Purse<'a>),
) -> Result<(), PriceOverflow> {
    let mut after = next.clone();
    rater.hold(&mut after, usage, at, &mut fresh.clone())?;
    for hold in after.holds {
        let known = state.holds.iter_mut().find(|held| held.payer == hold.payer);
        let more = hold.amount - known.as_ref().map_or(0, |held| held.amount);
        let more = more.min(purse.free_of(hold.payer, None));
        if more <= 0 {
            continue;
        }
        purse.hold(hold.payer, more);
        match known {
            Some(held) => held.amount += more,
            None => state.holds.push(crate::session::Hold {
                payer: hold.payer,
                amount: more,
            }),
        }
    }
    Ok(())
}

/// How many units to try to grant.
fn wanted<'a>(
    rater: &Rater<'a>,
    state: &UnitState,
    requested: Requested,
    at: Millis,
    purse: &Purse<'a>,
) -> Result<u64, PriceOverflow> {
    let limits = rater.service.grant;
    Ok(match (requested, state.rate) {
        (Requested::Nothing, _) => 0,
        (Requested::Units(units), RateRef::Money) => units,
        (Requested::Units(units), _) => units.min(limits.maximum),
        (Requested::ServerChooses, RateRef::Rate(_)) if limits.share.is_some() => {
            let share = u64::from(limits.share.unwrap_or(1).max(1));
            let most = limits.maximum.saturating_mul(share);
            let goal = state.used.saturating_add(most);
            let reach = rater.reach(state, goal, at, purse)?;
            ((reach.usage - state.used) / share).clamp(limits.default, limits.maximum)
        }
        (Requested::ServerChooses, _) => limits.default,
    })
}

/// When the price changes, if it does within the grant's time; usage counted in time is cut by the
/// second without the client's help.
fn change_within(rater: &Rater<'_>, state: &UnitState, at: Millis) -> Option<Millis> {
    let RateRef::Rate(guided) = state.rate else {
        return None;
    };
    let validity = Millis::from(rater.service.grant.validity_time_seconds) * 1_000;
    let soon = |until: &Millis| *until < at + validity;
    if rater.service.unit == Unit::Second || !guided.until.as_ref().is_some_and(soon) {
        return None;
    }
    rater.first_change(state, &guided).filter(soon)
}

impl Rater<'_> {
    /// What the units of this price count.
    pub(crate) fn measure(&self, rate: RateRef) -> Measure {
        match (rate, self.service.unit) {
            (RateRef::Money, _) => Measure::Money,
            (_, Unit::Second) => Measure::Seconds,
            (_, Unit::Octet) => Measure::Octets,
            (_, Unit::Event) => Measure::Events,
        }
    }

    pub(crate) fn answer(&self, key: UnitKey, rate: RateRef, result: ResultCode) -> UnitAnswer {
        UnitAnswer {
            key,
            result,
            granted: None,
            measure: self.measure(rate),
            validity: 0,
            last: false,
            tariff_change: None,
        }
    }

    /// A line that lost its service during a session reports what it used and gets no more.
    fn is_out_of_service(&self, state: &UnitState) -> bool {
        let terms = self.line.terms.as_deref();
        let zero_rated = terms.is_some_and(|terms| terms.zero_rated_allowed);
        let goes_on = state.rate == RateRef::Free || (zero_rated && self.is_free(state.rate));
        self.line.status != LineStatus::Active && !goes_on
    }
}

/// Frees whatever a set of units holds.
pub(crate) fn free_holds(state: &UnitState, purse: &mut Purse<'_>) {
    for hold in &state.holds {
        debug_assert!(!matches!(hold.payer, Payer::Throttled(_)));
        purse.free(hold.payer, hold.amount);
    }
}
