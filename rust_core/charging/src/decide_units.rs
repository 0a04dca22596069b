//! Rating and reserving the units of a request: the closed form of usage to date, minus what was
//! charged already, then a new hold for what is granted.

use crate::account::{Measure, RateRef, UnitState};
use crate::answer::{ResultCode, UnitAnswer};
use crate::budget::Budget;
use crate::request::{Requested, UnitKey, UnitRequest};
use openmvno_rating::{Catalog, Direction, Micros, ProductId, Selector, Service, ServiceId, Unit};
use smallvec::SmallVec;

/// What prices a session or event: all of it fixed when it started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tariff<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) version: u64,
    pub(crate) product: ProductId,
    pub(crate) service_id: ServiceId,
    pub(crate) service: &'a Service,
    pub(crate) direction: Direction,
    pub(crate) destination: &'a str,
}

impl<'a> Tariff<'a> {
    /// The rate of a set of units: by destination for calls and events, by rating group for data.
    pub(crate) fn find(&self, unit: &UnitRequest) -> Option<RateRef> {
        if unit.money {
            return Some(RateRef::Money);
        }
        let selector = match self.service.unit {
            Unit::Octet => Selector::RatingGroup(unit.key.rating_group),
            Unit::Second | Unit::Event => Selector::Destination(self.destination),
        };
        let found =
            self.catalog
                .find_rate(self.product, self.service_id, self.direction, selector)?;
        Some(RateRef::Rate(found.0))
    }

    pub(crate) fn measure(&self, rate: RateRef) -> Measure {
        match (rate, self.service.unit) {
            (RateRef::Money, _) => Measure::Money,
            (_, Unit::Second) => Measure::Seconds,
            (_, Unit::Octet) => Measure::Octets,
            (_, Unit::Event) => Measure::Events,
        }
    }

    /// The price of `usage` in one piece, micros.
    pub(crate) fn price(&self, rate: RateRef, usage: u64) -> Option<i64> {
        match rate {
            RateRef::Money => i64::try_from(usage).ok(),
            RateRef::Rate(rate) => Some(self.catalog.rate(rate)?.charge(usage).ok()?.get()),
        }
    }

    /// The largest usage up to `at_most` that costs no more than `budget`.
    pub(crate) fn affordable(&self, rate: RateRef, budget: i64, at_most: u64) -> u64 {
        match rate {
            RateRef::Money => at_most.min(u64::try_from(budget).unwrap_or(0)),
            RateRef::Rate(rate) => self
                .catalog
                .rate(rate)
                .map_or(0, |rate| rate.affordable(Micros(budget), at_most)),
        }
    }

    pub(crate) fn rate_name(&self, rate: RateRef) -> &'a str {
        match rate {
            RateRef::Money => "money",
            RateRef::Rate(rate) => self.catalog.rate(rate).map_or("", |rate| rate.name()),
        }
    }

    pub(crate) fn answer(&self, key: UnitKey, rate: RateRef, result: ResultCode) -> UnitAnswer {
        let measure = self.measure(rate);
        UnitAnswer {
            key,
            result,
            granted: None,
            measure,
            validity: 0,
            last: false,
        }
    }
}

/// What deciding a request's units came to.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    pub(crate) units: SmallVec<[UnitState; 2]>,
    pub(crate) answers: SmallVec<[UnitAnswer; 1]>,
}

/// Charges what each set of units reports and reserves what it asks for.
///
/// `open` is the session's state so far; `grants` is false when the session ends with this request.
pub(crate) fn settle(
    tariff: &Tariff<'_>,
    open: &[UnitState],
    asked: &[UnitRequest],
    grants: bool,
    budget: &mut Budget,
) -> Settled {
    let mut settled = Settled::default();
    for unit in asked {
        let repeated = settled.units.iter().position(|state| state.key == unit.key);
        let known = match repeated {
            Some(at) => Some(settled.units.remove(at)),
            None => open.iter().find(|state| state.key == unit.key).copied(),
        };
        let (state, answer) = settle_one(tariff, known, unit, grants, budget);
        settled.units.extend(state);
        settled.answers.push(answer);
    }
    settled
}

fn settle_one(
    tariff: &Tariff<'_>,
    known: Option<UnitState>,
    unit: &UnitRequest,
    grants: bool,
    budget: &mut Budget,
) -> (Option<UnitState>, UnitAnswer) {
    let Some(rate) = known.map(|state| state.rate).or_else(|| tariff.find(unit)) else {
        let answer = tariff.answer(unit.key, RateRef::Money, ResultCode::RATING_FAILED);
        return (None, answer);
    };
    if unit.money != (rate == RateRef::Money) {
        return (
            known,
            tariff.answer(unit.key, rate, ResultCode::INVALID_AVP_VALUE),
        );
    }
    let mut state = known.unwrap_or(UnitState {
        key: unit.key,
        rate,
        used: 0,
        charged: 0,
        overrun: 0,
        reserved: 0,
        granted: 0,
    });
    if !charge_usage(tariff, &mut state, unit.used.unwrap_or(0), budget) {
        return (
            known,
            tariff.answer(unit.key, rate, ResultCode::RATING_FAILED),
        );
    }
    let answer = if grants {
        grant(tariff, &mut state, unit.requested, budget)
    } else {
        tariff.answer(unit.key, rate, ResultCode::SUCCESS)
    };
    (Some(state), answer)
}

/// Adds usage: price to date minus what was charged; frees the running hold. False when the usage
/// is beyond what can be priced, in which case nothing has changed.
fn charge_usage(
    tariff: &Tariff<'_>,
    state: &mut UnitState,
    used: u64,
    budget: &mut Budget,
) -> bool {
    let Some(total) = state.used.checked_add(used) else {
        return false;
    };
    let Some(price) = tariff.price(state.rate, total) else {
        return false;
    };
    budget.free(state.reserved);
    state.reserved = 0;
    state.granted = 0;
    state.overrun += budget.pay(price - state.charged);
    state.used = total;
    state.charged = price;
    true
}

/// Holds the price of what is asked for, or of as much as the balance covers.
fn grant(
    tariff: &Tariff<'_>,
    state: &mut UnitState,
    requested: Requested,
    budget: &mut Budget,
) -> UnitAnswer {
    let limits = tariff.service.grant;
    let mut answer = tariff.answer(state.key, state.rate, ResultCode::SUCCESS);
    let wanted = match (requested, state.rate) {
        (Requested::Nothing, _) => return answer,
        (Requested::Units(units), RateRef::Money) => units,
        (Requested::ServerChooses, _) => limits.default,
        (Requested::Units(units), _) => units.min(limits.maximum),
    };
    let free = budget.available().max(0);
    let reachable = state.charged.saturating_add(free);
    let goal = state.used.saturating_add(wanted);
    let until = tariff
        .affordable(state.rate, reachable, goal)
        .max(state.used);
    let granted = until - state.used;
    let price = tariff.price(state.rate, until).unwrap_or(state.charged);
    if granted == 0 && wanted > 0 {
        answer.result = ResultCode::CREDIT_LIMIT_REACHED;
        return answer;
    }
    budget.hold(price - state.charged);
    state.reserved = price - state.charged;
    state.granted = granted;
    answer.granted = Some(granted);
    answer.validity = limits.validity_time_seconds;
    // Final-Unit-Indication: less than asked, or the money that remains buys not one unit more.
    answer.last = granted < wanted
        || tariff.affordable(state.rate, reachable, until.saturating_add(1)) <= until;
    answer
}
