//! Granting units: as many of those asked for as the payers cover, held until they are reported.

use crate::answer::{ResultCode, UnitAnswer};
use crate::clock::Millis;
use crate::purse::Purse;
use crate::rater::{Rater, Reach, add_hold};
use crate::request::Requested;
use crate::session::{RateRef, UnitState};
use openmvno_rating::{BucketRuleId, FinalUnit, PriceOverflow, Unit};

/// Holds the price of what is asked for, or of as much as the payers cover.
pub(crate) fn grant<'a>(
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
    state.short = true;
    if rater.is_out_of_service(state) {
        answer.result = ResultCode::END_USER_SERVICE_DENIED;
        return answer;
    }
    let fresh = purse.clone();
    let tried = try_grant(rater, state, requested, at, (purse, &fresh));
    let granted = tried.unwrap_or_else(|_| {
        // What cannot be worked out to its end holds nothing.
        *purse = fresh;
        state.holds.clear();
        Granted {
            units: 0,
            wanted: 1,
            last: true,
            throttle: None,
            change: None,
        }
    });
    let exhausted = granted.units == 0 && granted.wanted > 0;
    if exhausted && *rater.final_unit() == FinalUnit::Terminate {
        answer.result = ResultCode::CREDIT_LIMIT_REACHED;
        return answer;
    }
    answer.validity = rater.service.grant.validity_time_seconds;
    if exhausted {
        // A Final-Unit-Indication without units: redirected or restricted at once, and asked about
        // again when the Validity-Time is over (RFC 8506 §5.6).
        answer.last = true;
        return answer;
    }
    answer.granted = Some(granted.units);
    // Final-Unit-Indication: less than asked, or what remains buys not one unit more.
    answer.last = granted.last;
    answer.throttle = granted.throttle;
    state.short = granted.last || granted.throttle.is_some();
    answer.tariff_change = granted.change;
    answer
}

struct Granted {
    units: u64,
    wanted: u64,
    last: bool,
    /// The rule of a used-up bucket that lets the usage go on after the grant, throttled.
    throttle: Option<BucketRuleId>,
    /// When the price changes while the grant may still be used (Tariff-Time-Change).
    change: Option<Millis>,
}

fn try_grant<'a>(
    rater: &Rater<'a>,
    state: &mut UnitState,
    requested: Requested,
    at: Millis,
    (purse, fresh): (&mut Purse<'a>, &Purse<'a>),
) -> Result<Granted, PriceOverflow> {
    let wanted = wanted(rater, state, requested, at, purse)?;
    let goal = state.used.saturating_add(wanted);
    let change = change_within(rater, state, at);
    let next = change.and_then(|instant| rater.switched(state, instant));
    let mut reach = rater.hold(state, goal, at, purse)?;
    if let Some(next) = &next {
        // The whole grant may be used after the change.
        reach.usage = reach.usage.min(rater.reach(next, goal, at, fresh)?.usage);
        reach.further = None;
    }
    if let Some((_, from)) = reach.throttled.filter(|&(_, from)| from > state.used) {
        // The last units at full speed are a grant of their own: the client throttles after them.
        reach.usage = reach.usage.min(from);
    }
    if reach.usage < goal {
        purse.clone_from(fresh);
        state.holds.clear();
        let further = rater.hold(state, reach.usage, at, purse)?.further;
        reach.further = further;
    }
    let mut last = reach.usage < goal || reach.stopped || reach.further == Some(false);
    if !last && reach.further.is_none() && state.rate != RateRef::Free {
        let beyond = one_further(rater, state, reach, at, fresh)?;
        last = beyond.usage <= reach.usage;
        reach.throttled = reach.throttled.or(beyond.throttled);
    }
    if let Some(next) = &next {
        hold_dearer(rater, (state, next), reach.usage, at, (purse, fresh))?;
    }
    state.granted = reach.usage - state.used;
    Ok(Granted {
        units: state.granted,
        wanted,
        last: last && state.rate != RateRef::Free && reach.throttled.is_none(),
        throttle: reach.throttled.map(|(rule, _)| rule),
        change,
    })
}

/// How far the payers reach for one unit more than is held for.
fn one_further<'a>(
    rater: &Rater<'a>,
    state: &UnitState,
    reach: Reach,
    at: Millis,
    fresh: &Purse<'a>,
) -> Result<Reach, PriceOverflow> {
    let mut state = state.clone();
    state.holds.clear();
    rater.reach(&state, reach.usage.saturating_add(1), at, fresh)
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
        let known = state.holds.iter().find(|held| held.payer == hold.payer);
        let more = hold.amount - known.map_or(0, |held| held.amount);
        let more = more.min(purse.free_of(hold.payer, None));
        if more <= 0 {
            continue;
        }
        purse.hold(hold.payer, more);
        add_hold(state, hold.payer, more);
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
    if rater.service.unit == Unit::Second || !guided.until().as_ref().is_some_and(soon) {
        return None;
    }
    rater.first_change(state, &guided).filter(soon)
}
