//! Charging and reserving the units of a request: what was used is paid for, what is asked for is
//! held as far as the payers reach (see [`crate::grant`]).

use crate::account::LineStatus;
use crate::answer::{ResultCode, UnitAnswer};
use crate::clock::Millis;
use crate::grant::grant;
use crate::purse::Purse;
use crate::rater::Rater;
use crate::request::{UnitKey, UnitRequest};
use crate::session::{Measure, Payer, RateRef, UnitState};
use openmvno_rating::Unit;
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
        let again = repeated.map(|at| settled.units.remove(at));
        let known = match &again {
            Some(state) => Some(state),
            None => open.iter().find(|state| state.key == unit.key),
        };
        let (state, answer) = settle_one(rater, known, unit, moment, purse);
        settled.units.extend(state);
        settled.answers.push(answer);
    }
    settled
}

fn settle_one<'a>(
    rater: &Rater<'a>,
    known: Option<&UnitState>,
    unit: &UnitRequest,
    moment: Moment,
    purse: &mut Purse<'a>,
) -> (Option<UnitState>, UnitAnswer) {
    // What was used has a price, whatever the line may do now.
    let happened = unit.used.unwrap_or(0) > 0 || unit.used_after_change.unwrap_or(0) > 0;
    let rate = match known {
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
        return (known.cloned(), answer);
    }
    let since = if rater.service.unit == Unit::Second {
        moment.began
    } else {
        moment.at
    };
    let fresh = || UnitState::new(unit.key, rate, since);
    let mut state = known.map_or_else(fresh, UnitState::clone);
    let used = (unit.used.unwrap_or(0), unit.used_after_change.unwrap_or(0));
    // Nothing was used and nothing is held: there is nothing to charge.
    if used != (0, 0) || known.is_some() {
        let mut paid = purse.clone();
        if rater
            .charge(&mut state, used, (moment.at, moment.at), &mut paid)
            .is_err()
        {
            let answer = rater.answer(unit.key, rate, ResultCode::RATING_FAILED);
            return (known.cloned(), answer);
        }
        *purse = paid;
    }
    let answer = if moment.grants {
        grant(rater, &mut state, unit.requested, moment.at, purse)
    } else {
        rater.answer(unit.key, state.rate, ResultCode::SUCCESS)
    };
    (Some(state), answer)
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
            throttle: None,
            tariff_change: None,
        }
    }

    /// A line that lost its service during a session reports what it used and gets no more.
    pub(crate) fn is_out_of_service(&self, state: &UnitState) -> bool {
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
