//! Partial CDRs: a session that goes on for a day, into another catalogue version or under other
//! conditions is recorded in pieces.

use crate::answer::{Answer, ResultCode};
use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::{DAY_MS, Millis};
use crate::decide::{Decision, deadline, lift_failure, unrated_of};
use crate::effect::{Effect, Effects};
use crate::purse::Purse;
use crate::rater::Rater;
use crate::request::{Context, Request, Requested, UnitRequest};
use crate::session::{RateRef, Session, Surroundings, UnitState};
use crate::settle::{Moment, Settled, settle};
use crate::shard::Shard;
use openmvno_rating::{ServiceId, Unit};
use smallvec::SmallVec;

/// A session is recorded at least so often.
const LONGEST_MS: Millis = DAY_MS;

/// Why a session is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// A day is over; its prices go on.
    Day,
    /// The client says that the user has moved or is served otherwise.
    Conditions,
    /// Another catalogue version is in force at the time of the report.
    Catalog {
        /// The version.
        version: u64,
        /// The session's service in it.
        service: ServiceId,
    },
}

type Units = SmallVec<[UnitState; 1]>;

impl Shard {
    /// Whether the session is to be cut before this report's grants. Voice and events keep the
    /// version they started with.
    pub(crate) fn cut_due(&self, session: &Session, request: &Request<'_>) -> Option<Cut> {
        if request.conditions_changed {
            return Some(Cut::Conditions);
        }
        let day = (request.at - session.cut().at >= LONGEST_MS).then_some(Cut::Day);
        self.catalog_cut(session, request.at).or(day)
    }

    /// Whether the session goes on under another catalogue version from its next report on.
    pub(crate) fn catalog_cut(&self, session: &Session, at: Millis) -> Option<Cut> {
        let account = &self.accounts[session.account as usize];
        let tenant = &self.tenants[usize::from(account.tenant)];
        // A report that comes late does not take the session back to an earlier version.
        let in_force = tenant.versions.at(at.max(session.last_at));
        let version = in_force.filter(|&version| version != session.catalog)?;
        let old = tenant
            .catalogs
            .get(&session.catalog)?
            .service(session.service)?;
        let new = tenant.catalogs.get(&version)?;
        let service = new.service_by_code(&old.code)?;
        let counts_octets = old.unit == Unit::Octet
            && new
                .service(service)
                .is_some_and(|service| service.unit == Unit::Octet);
        let same_money = new.currency() == account.currency;
        let priced = || self.is_priced_under(session, (version, service), at);
        (counts_octets && same_money && priced()).then_some(Cut::Catalog { version, service })
    }

    /// Whether another version has a price for everything the session uses; it stays under its own
    /// else.
    fn is_priced_under(&self, session: &Session, target: (u64, ServiceId), at: Millis) -> bool {
        self.rater_under(session, target, at).is_some_and(|next| {
            session
                .units
                .iter()
                .all(|unit| repriced(&next, unit, at).is_some())
        })
    }

    /// Charges what the report says, cuts the CDRs, and grants at what holds from now on.
    pub(crate) fn decide_cut<'a>(
        &'a self,
        session: &'a Session,
        request: &'a Request<'a>,
        rater: &Rater<'a>,
        cut: Cut,
        now: Millis,
    ) -> Decision<'a> {
        let account = &self.accounts[session.account as usize];
        let mut purse = Purse::of(account, session.line, request.at, self.zone_ref(account));
        let mut moment = Moment {
            at: request.at,
            began: session.opened_at,
            grants: false,
        };
        let reports = without(&request.units, |unit| UnitRequest {
            requested: Requested::Nothing,
            ..unit
        });
        let charged = settle(rater, &session.units, &reports, moment, &mut purse);
        let all = merged(session, &charged);
        let mut effects = Effects::new();
        let mut maker = CdrMaker::new(self, session, rater, now, purse.balance);
        maker.ended_at = request.at.max(session.last_at);
        maker.request_number = request.number;
        for state in &all {
            let before = state.recorded.as_deref();
            let cdr = maker.make(state, before, CdrKind::Session, CdrCause::Partial);
            effects.extend(cdr.map(|cdr| Effect::Recorded(Box::new(cdr))));
        }
        let (next_rater, units, sum) = self.after_cut(session, request, rater, cut, &all);
        if cut == Cut::Conditions {
            let surroundings = Box::new(Surroundings::of(&moved_to(session, request)));
            effects.push(Effect::SessionMoved {
                ordinal: session.ordinal,
                surroundings,
            });
        }
        let (catalog, service) = (next_rater.version, next_rater.facts.service.0);
        moment.grants = true;
        let asks = without(&request.units, |unit| UnitRequest {
            used: None,
            used_after_change: None,
            ..unit
        });
        let granted = settle(&next_rater, &units, &asks, moment, &mut purse);
        let ordinal = session.ordinal;
        effects.push(Effect::SessionCut {
            ordinal,
            catalog,
            service,
            at: request.at,
            cut: sum,
            units,
        });
        if catalog != rater.version {
            let used = all.iter().map(|state| state.used);
            let used = used.fold(session.cut().used, u64::saturating_add);
            effects.push(Effect::UsedUnderOthers { ordinal, used });
        }
        let answer = joined(request, &charged, &granted);
        let unrated = unrated_of(request, &charged.answers);
        self.tell_unrated(session, rater, &unrated, now, &mut effects);
        let set = granted.units.into_iter();
        effects.extend(set.map(|units| Effect::UnitsSet { ordinal, units }));
        effects.extend(purse.effects());
        effects.push(Effect::Answered {
            ordinal,
            digest: request.digest(),
            deadline: deadline(&next_rater, now),
            answer: answer.clone(),
        });
        Decision::Apply {
            session: Some(ordinal),
            effects,
            answer,
        }
    }

    /// What prices the session from now on, its units, and what was charged under earlier versions.
    fn after_cut<'a>(
        &'a self,
        session: &'a Session,
        request: &'a Request<'a>,
        rater: &Rater<'a>,
        cut: Cut,
        all: &Units,
    ) -> (Rater<'a>, Units, i64) {
        let at = request.at;
        let switched = match cut {
            Cut::Day => None,
            Cut::Conditions => {
                let context = Some(moved_to(session, request));
                self.rater_in(session, (rater.version, session.service), context, at)
            }
            Cut::Catalog { version, service } => self.rater_under(session, (version, service), at),
        };
        let reported = |state: &UnitState| request.units.iter().any(|unit| unit.key == state.key);
        let repriced = switched.and_then(|next| {
            let each = all.iter().filter_map(|state| {
                let new = repriced(&next, state, at);
                match (new, cut) {
                    // What may not be used there is asked about anew, and refused; what is not
                    // reported yet goes on as it began.
                    (None, Cut::Conditions) if reported(state) => None,
                    (None, Cut::Conditions) => Some(Some(going_on(state))),
                    (new, _) => Some(new),
                }
            });
            let units: Option<Units> = each.collect();
            Some((next, units?))
        });
        match repriced {
            Some((next, units)) => {
                let charged = |units: &Units| units.iter().map(|state| state.charged).sum::<i64>();
                let cut = charged(all) - charged(&units);
                (next, units, session.cut().charged.saturating_add(cut))
            }
            // The prices go on: usage to date and its charge are counted on, so that nothing is
            // rounded twice.
            None => {
                let units = all.iter().map(going_on);
                (rater.clone(), units.collect(), session.cut().charged)
            }
        }
    }
}

/// A set of units whose price goes on: what is recorded is counted on.
fn going_on(state: &UnitState) -> UnitState {
    UnitState {
        recorded: Some(state.as_recorded()),
        ..state.clone()
    }
}

/// Where the user is and how served from now on.
fn moved_to<'a>(session: &'a Session, request: &'a Request<'a>) -> Context<'a> {
    let new = request.context.unwrap_or_default();
    match session.surroundings() {
        Some(before) => before.changed(&new),
        None => new,
    }
}

/// A set of units under another catalogue version or other conditions; `None` where that has no price for it. An interval
/// that is paid for already is used up before the new price begins.
fn repriced(next: &Rater<'_>, state: &UnitState, at: Millis) -> Option<UnitState> {
    let request = UnitRequest {
        key: state.key,
        requested: Requested::Nothing,
        used: None,
        used_after_change: None,
        money: state.rate == RateRef::Money,
    };
    let rate = next.price_of_past(&request).ok()?;
    let ends = state.parts.iter();
    let ends = ends.filter_map(|part| Some(part.price?.origin + part.to));
    // Versions may follow each other before what an earlier one was paid for is used up.
    let paid = ends.max().unwrap_or(0).max(state.origin);
    Some(UnitState {
        origin: paid.saturating_sub(state.used),
        continuing: state.continuing || state.used > 0,
        holds: state.holds.clone(),
        granted: state.granted,
        ..UnitState::new(state.key, rate, at)
    })
}

fn without(
    units: &[UnitRequest],
    change: impl Fn(UnitRequest) -> UnitRequest,
) -> SmallVec<[UnitRequest; 2]> {
    units.iter().map(|unit| change(*unit)).collect()
}

/// All units of a session after a report.
fn merged(session: &Session, charged: &Settled) -> Units {
    let reported = |unit: &&UnitState| !charged.units.iter().any(|state| state.key == unit.key);
    let untouched = session.units.iter().filter(reported);
    charged.units.iter().chain(untouched).cloned().collect()
}

/// A report that failed says so; the others, and who had nothing to report, say what is granted.
fn joined(request: &Request<'_>, charged: &Settled, granted: &Settled) -> Answer {
    let mut answer = Answer::success();
    let both = charged.answers.iter().zip(&granted.answers);
    let both = request.units.iter().zip(both);
    answer.units = both
        .map(|(unit, (report, grant))| {
            let reported = unit.used.is_some() || unit.used_after_change.is_some();
            let failed = reported && report.result != ResultCode::SUCCESS;
            if failed { *report } else { *grant }
        })
        .collect();
    let _ = lift_failure(request, &mut answer);
    answer
}
