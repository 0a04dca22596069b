//! The end of a session, by its client or by us.

use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::{LATE_WINDOW_MS, Millis};
use crate::effect::{Effect, Effects};
use crate::purse::Purse;
use crate::rater::Rater;
use crate::request::Request;
use crate::session::{Session, UnitState};
use crate::settle::free_holds;
use crate::shard::Shard;
use smallvec::SmallVec;

impl Shard {
    /// The end of a session: holds freed, one CDR for each rating group, the session gone.
    pub(crate) fn closing_effects<'a>(
        &'a self,
        session: &'a Session,
        request: &Request<'_>,
        settled: &[UnitState],
        mut purse: Purse<'a>,
        now: Millis,
        rater: &Rater<'a>,
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
        let mut states: SmallVec<[UnitState; 2]> = settled.iter().cloned().collect();
        for unit in untouched {
            free_holds(unit, &mut purse);
            states.push(unit.clone());
        }
        let mut effects = Effects::new();
        effects.extend(purse.effects());
        let mut maker = CdrMaker::new(self, session, rater, now, purse.balance);
        maker.ended_at = request.at.max(session.last_at);
        maker.request_number = request.number;
        for state in &states {
            let expired = session
                .units
                .iter()
                .find(|unit| late && unit.key == state.key);
            let before = expired.or(state.recorded.as_deref());
            if let Some(cdr) = maker.make(state, before, kind, cause) {
                effects.push(Effect::Recorded(Box::new(cdr)));
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
        let account = &self.accounts[session.account as usize];
        let mut purse = Purse::of(account, session.line, now, self.zone_ref(account));
        for unit in &session.units {
            free_holds(unit, &mut purse);
            let units = UnitState {
                holds: SmallVec::new(),
                granted: 0,
                ..unit.clone()
            };
            effects.push(Effect::UnitsSet { ordinal, units });
        }
        effects.extend(purse.effects());
        if let Some(rater) = self.rater_of(session, session.last_at) {
            let mut maker = CdrMaker::new(self, session, &rater, now, purse.balance);
            for unit in &session.units {
                effects.extend(
                    maker
                        .make(unit, unit.recorded.as_deref(), CdrKind::Session, cause)
                        .map(|cdr| Effect::Recorded(Box::new(cdr))),
                );
            }
        }
        effects.push(Effect::SessionExpired {
            ordinal,
            until: now + LATE_WINDOW_MS,
        });
        effects
    }
}

/// What a session cost from start to end.
pub(crate) fn total_charged(session: &Session, settled: &[UnitState]) -> i64 {
    let untouched = session
        .units
        .iter()
        .filter(|unit| !settled.iter().any(|state| state.key == unit.key));
    settled
        .iter()
        .chain(untouched)
        .map(|unit| unit.charged)
        .sum::<i64>()
        .saturating_add(session.cut().charged)
}
