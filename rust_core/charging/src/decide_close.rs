//! The end of a session, by its client or by us.

use crate::account::{Session, UnitState};
use crate::budget::Budget;
use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::{LATE_WINDOW_MS, Millis};
use crate::decide::{Effects, push_moved};
use crate::decide_units::Tariff;
use crate::effect::Effect;
use crate::request::Request;
use crate::shard::Shard;
use smallvec::SmallVec;

impl Shard {
    /// The end of a session: holds freed, one CDR for each rating group, the session gone.
    pub(crate) fn closing_effects<'a>(
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
        maker.request_number = request.number;
        for state in &states {
            let before = session
                .units
                .iter()
                .find(|unit| late && unit.key == state.key);
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
        .sum()
}
