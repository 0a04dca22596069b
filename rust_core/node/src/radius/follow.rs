//! A session that the engine has closed and whose client goes on reporting it.
//!
//! An engine gives a silent session up and cuts its CDR. What is reported later is charged under a
//! further Session-Id, which names how much was recorded before, so that it is found again after any
//! restart: by the CDRs.

use super::gate::{Gate, SESSIONS_KEPT};
use super::serving::{Continued, Follow, Name, Serving, Step};
use openmvno_radius::AcctStatus;

/// What the CDRs of a session say. The first Session-Id is the session's own, each further one is
/// that with `+` and the usage recorded under all before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The usage recorded before each Session-Id that has CDRs, in order.
    pub bases: Vec<u64>,
    /// The usage recorded under all of them.
    pub recorded: u64,
}

impl Gate {
    pub(super) fn search(&mut self, serving: Serving) {
        let Some(session) = serving.account.as_ref().map(|one| one.session.clone()) else {
            return self.unanswered(&serving);
        };
        let step = Step::Search;
        let id = self.wait(Serving { step, ..serving });
        self.out.searches.push((id, session));
    }

    pub(super) fn searched(&mut self, serving: Serving, chain: Chain, now: i64) {
        let Some(account) = serving.account.clone() else {
            return self.unanswered(&serving);
        };
        let ended = account.status == AcctStatus::Stop && !chain.bases.is_empty();
        if ended && account.usage.seconds.max(account.usage.octets) <= chain.recorded {
            // It was recorded before: the client did not see our answer.
            return self.acknowledge(&serving, now);
        }
        let name = |base: u64| Name {
            session: match base {
                0 => account.session.clone(),
                _ => format!("{}+{base}", account.session),
            },
            base,
        };
        let next = name(chain.recorded);
        // The last one that has CDRs may be open still, when it was cut after a day.
        match chain
            .bases
            .last()
            .filter(|&&base| base != 0 && base != next.base)
        {
            Some(&base) => {
                let continued = Continued {
                    name: name(base),
                    next: Some(next),
                };
                self.report(serving, Step::Continue(continued));
            }
            None => self.open(serving, Step::Open(Follow::Report(next))),
        }
    }

    pub(super) fn remember_told(&mut self, session: String, limit: u64) {
        if self.told.len() >= SESSIONS_KEPT {
            self.told.clear();
        }
        self.told.insert(session, limit);
    }
}
