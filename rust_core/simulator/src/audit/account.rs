//! An account's books under one effect, and what must hold after each record.

use super::book::{Account, Session};
use super::violation::{Rule, Verdict, check};
use openmvno_charging::{Effect, LedgerAccount, postings_of_adjustment};

impl Account {
    pub(super) fn effect(&mut self, effect: &Effect<'_>) -> Verdict {
        match effect {
            Effect::LineOpened { line, status, .. } => self.lines.push((*line, *status)),
            Effect::LineChanged {
                ordinal, status, ..
            } => {
                if let Some(line) = self.lines.get_mut(usize::from(*ordinal)) {
                    line.1 = *status;
                }
            }
            Effect::UnitsSet { ordinal, units } => {
                let session = self.sessions.get(ordinal);
                let known = session.and_then(|session| {
                    let mut all = session.units.iter();
                    all.find(|known| known.key == units.key)
                });
                let held: i64 = units.holds.iter().map(|hold| hold.amount).sum();
                let told = (units.used, units.charged, held);
                let known = known.map(|known| (known.used, known.charged, known.held));
                return check(known == Some(told), Rule::Holds, || {
                    format!("(used, charged, held) is {told:?}, due was {known:?}")
                });
            }
            Effect::SessionExpired { ordinal, .. } => {
                if let Some(session) = self.sessions.get_mut(ordinal) {
                    session.expired = true;
                    return check_ended(session);
                }
            }
            Effect::Adjusted { reason, amount, .. } => {
                let legs = postings_of_adjustment(*reason, *amount);
                return self.post(legs.map(|leg| (leg.account, leg.amount)));
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn post(&mut self, legs: impl Iterator<Item = (LedgerAccount, i64)>) -> Verdict {
        let mut sum = 0;
        for (account, amount) in legs {
            sum += amount;
            if account == LedgerAccount::Balance {
                self.posted -= amount;
            }
        }
        check(sum == 0, Rule::Records, || format!("postings sum to {sum}"))
    }

    pub(super) fn check_invariants(&self) -> Verdict {
        let id = self.id;
        let held: i64 = self.sessions.values().map(Session::held).sum();
        check(self.reserved == held, Rule::Holds, || {
            format!("{id}: {} reserved, sessions hold {held}", self.reserved)
        })?;
        let covered = self.balance + self.credit;
        check(self.debt || covered >= 0, Rule::Money, || {
            format!("{id}: balance {} with credit {}", self.balance, self.credit)
        })?;
        check(self.debt || self.reserved <= covered, Rule::Holds, || {
            format!("{id}: {} reserved of {covered}", self.reserved)
        })?;
        let uncut: i64 = self.sessions.values().map(|session| session.uncut).sum();
        let due = self.funded - self.charged + self.given_back - uncut;
        check(self.balance == due, Rule::Money, || {
            format!("{id}: balance {}, top-ups less charges {due}", self.balance)
        })?;
        check(self.posted - uncut == self.balance, Rule::Records, || {
            format!(
                "{id}: balance {}, postings {}",
                self.balance,
                self.posted - uncut
            )
        })
    }
}

/// All that was used is on CDRs, and nothing is held.
pub(super) fn check_ended(session: &Session) -> Verdict {
    let left = (session.uncut, session.uncut_price, session.uncut_usage);
    check(left == (0, 0, 0), Rule::Records, || {
        format!("{} ends with {left:?} on no CDR", session.name)
    })?;
    check(session.held() == 0, Rule::NoLeak, || {
        format!("{} ends and holds {}", session.name, session.held())
    })
}
