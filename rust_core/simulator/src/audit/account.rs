//! An account's books under one effect, and what must hold after each record.

use super::book::{Account, Line, Session};
use super::travel::Way;
use super::violation::{Rule, Verdict, check};
use super::walk::{Payer, Shares};
use openmvno_charging::{Effect, Hold, LedgerAccount, postings_of_adjustment};

impl Account {
    pub(super) fn effect(&mut self, effect: &Effect<'_>) -> Verdict {
        match effect {
            Effect::LineOpened {
                line,
                status,
                product,
                ..
            } => {
                // One that came from another payer is known already, by what it brought.
                if let Some(known) = self.lines.iter().find(|known| known.id == *line) {
                    let told = (*status, *product);
                    return check(
                        (known.status, &*known.product) == told,
                        Rule::Commands,
                        || format!("a line came as {told:?}, due was {known:?}"),
                    );
                }
                self.lines.push(Line {
                    id: *line,
                    status: *status,
                    product: (*product).to_owned(),
                    addons: Vec::new(),
                    way: Way::Here(None),
                });
            }
            Effect::LineChanged {
                ordinal,
                status,
                product,
                ..
            } => {
                if let Some(line) = self.lines.get_mut(usize::from(*ordinal)) {
                    (line.status, line.product) = (*status, (*product).to_owned());
                }
            }
            Effect::LineTermsSet { line, terms } => {
                let told = terms.addons.iter();
                let told = told.map(|addon| (addon.instance, addon.product.as_ref().to_owned()));
                let known = self.lines.get(usize::from(*line));
                return check(
                    known.is_some_and(|known| told.eq(known.addons.iter().cloned())),
                    Rule::Commands,
                    || format!("add-ons {:?}, due were {known:?}", terms.addons),
                );
            }
            Effect::UnitsSet { ordinal, units } => {
                let session = self.sessions.get(ordinal);
                let known = session.and_then(|session| {
                    let mut all = session.units.iter();
                    all.find(|known| known.key == units.key)
                });
                let told = (units.used, units.charged, shares(&units.holds));
                let known = known.map(|known| (known.used, known.charged, known.holds.clone()));
                return check(known.as_ref() == Some(&told), Rule::Holds, || {
                    format!("(used, charged, held) is {told:?}, due was {known:?}")
                });
            }
            Effect::SessionExpired { ordinal, .. } => {
                if let Some(session) = self.sessions.get_mut(ordinal) {
                    session.expired = true;
                    return check_ended(session);
                }
            }
            Effect::SessionAborted { ordinal } => {
                let known = self.sessions.get_mut(ordinal);
                let open = known.filter(|session| !session.expired);
                return check(
                    open.map(|session| session.aborted = true).is_some(),
                    Rule::Commands,
                    || format!("session {ordinal} is to end and is not open"),
                );
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
            match account {
                LedgerAccount::Balance => self.posted -= amount,
                LedgerAccount::Wallet => self.posted_wallets -= amount,
                _ => {}
            }
        }
        check(sum == 0, Rule::Records, || format!("postings sum to {sum}"))
    }

    pub(super) fn check_invariants(&self) -> Verdict {
        let id = self.id;
        let sessions = self.sessions.values();
        let held: i64 = sessions.map(|session| session.held(Payer::Balance)).sum();
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
        })?;
        self.check_buckets()
    }
}

/// What is held, of whom.
fn shares(holds: &[Hold]) -> Shares {
    let all = holds.iter().map(|hold| match hold.payer {
        openmvno_charging::Payer::Bucket(id) => (Payer::Bucket(id), hold.amount),
        _ => (Payer::Balance, hold.amount),
    });
    all.collect()
}

/// All that was used is on CDRs, and nothing is held.
pub(super) fn check_ended(session: &Session) -> Verdict {
    let left = (session.uncut, session.uncut_price, session.uncut_usage);
    let buckets = &session.uncut_buckets;
    check(
        left == (0, 0, 0) && buckets.is_empty(),
        Rule::Records,
        || {
            let name = &session.name;
            format!("{name} ends with {left:?} and of buckets {buckets:?} on no CDR")
        },
    )?;
    let holds = session.units.iter().all(|units| units.holds.is_empty());
    check(holds, Rule::NoLeak, || {
        format!("{} ends and holds {:?}", session.name, session.units)
    })
}
