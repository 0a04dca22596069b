//! Who pays for a stretch of usage, one unit after the other: slow, and plain to see.

use super::book::{Account, Units};
use super::bucket::Bucket;
use super::offer::{self, After, Discount, Holds, Terms};
use std::collections::BTreeMap;

/// The balance's place among the payers.
const BALANCE_PRIORITY: u16 = 1_000;

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payer {
    Balance,
    Bucket(u32),
}

/// Of each payer so much.
pub(super) type Shares = BTreeMap<Payer, i64>;

/// Units that an entry of a bucket's terms pays for: code, entry.
pub(super) type Entries = BTreeMap<(&'static str, usize), i64>;

/// Taking for usage that happened, or holding for usage to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Take,
    Hold,
}

/// Whose usage it is, when, and under which catalogue version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buyer {
    pub(super) version: u64,
    pub(super) service: &'static str,
    pub(super) group: Option<u32>,
    pub(super) line: u16,
    pub(super) at: i64,
    pub(super) discount: Option<&'static Discount>,
}

/// How far the payers came.
#[derive(Clone, Debug, Default)]
pub(super) struct Walked {
    pub(super) reached: u64,
    /// A used-up bucket refuses the rest.
    pub(super) refused: bool,
    pub(super) paid: Shares,
    pub(super) covered: Entries,
    /// What the discount counts of it, and what it had counted before.
    volume: i64,
    before: i64,
}

struct Candidate {
    payer: Payer,
    terms: Option<(&'static Terms, usize)>,
    order: (u16, i64, u32),
}

impl Buyer {
    fn counted_for(&self, discount: &Discount) -> Option<u16> {
        (!discount.shared).then_some(self.line)
    }

    /// The payers in order; a bucket that the usage was granted from stays one.
    fn candidates(&self, account: &Account, held: &Shares) -> Vec<Candidate> {
        let mut all = vec![Candidate {
            payer: Payer::Balance,
            terms: None,
            order: (BALANCE_PRIORITY, i64::MAX, u32::MAX),
        }];
        for bucket in &account.stock.buckets {
            let payer = Payer::Bucket(bucket.id);
            let is_own = bucket.line.is_none_or(|line| line == self.line);
            let serves = is_own && bucket.is_open(self.at);
            let found = offer::terms(self.version, &bucket.code)
                .and_then(|terms| Some((terms, terms.entry(self.service, self.group)?)))
                .filter(|_| serves || held.contains_key(&payer));
            all.extend(found.map(|(terms, entry)| Candidate {
                payer,
                terms: Some((terms, entry)),
                order: (terms.priority, bucket.until, bucket.id),
            }));
        }
        all.sort_by_key(|candidate| candidate.order);
        all
    }

    /// What a payer has left for this buyer.
    fn free(&self, account: &Account, payer: Payer) -> i64 {
        let Payer::Bucket(id) = payer else {
            return account.free();
        };
        let known = account.stock.buckets.iter();
        let Some(bucket) = known.into_iter().find(|bucket| bucket.id == id) else {
            return 0;
        };
        let mut left = bucket.free();
        if !bucket.is_open(self.at) {
            left = left.min(freed(account, bucket));
        }
        if let Some(most) = offer::member_cap(&bucket.code) {
            let (used, reserved) = bucket.members.get(&self.line).copied().unwrap_or_default();
            left = left.min(most - used - reserved);
        }
        left.max(0)
    }

    /// The payers pay for the billed units from `from` to `goal`, as far as they reach.
    pub(super) fn walk(
        &self,
        account: &mut Account,
        units: &Units,
        (from, goal): (u64, u64),
        (held, mode): (&Shares, Mode),
    ) -> Walked {
        let mut walked = Walked {
            reached: from,
            before: self.discount.map_or(0, |discount| {
                let line = self.counted_for(discount);
                account.stock.counted(discount.code, line, self.at)
            }),
            ..Walked::default()
        };
        let candidates = self.candidates(account, held);
        if candidates.len() == 1 && self.discount.is_none() {
            // The balance alone at one price: nothing is to be seen unit by unit while it reaches.
            let cost = units.price.amount(goal, 0) - units.price.amount(from, 0);
            if cost <= account.free() {
                account.draw(Payer::Balance, self.line, cost, mode);
                walked.paid.insert(Payer::Balance, cost);
                walked.reached = goal.max(from);
                return walked;
            }
        }
        for candidate in &candidates {
            while walked.reached < goal {
                let cost = self.next_cost(units, candidate, &walked);
                if cost > self.free(account, candidate.payer) {
                    break;
                }
                account.draw(candidate.payer, self.line, cost, mode);
                *walked.paid.entry(candidate.payer).or_default() += cost;
                match candidate.terms {
                    Some((terms, entry)) if terms.holds == Holds::Units => {
                        *walked.covered.entry((terms.code, entry)).or_default() += 1;
                    }
                    _ => walked.volume += self.volume(units, walked.reached),
                }
                walked.reached += 1;
            }
            let Some((terms, _)) = candidate.terms.filter(|_| walked.reached < goal) else {
                continue;
            };
            let again = |other: &Candidate| {
                other.order > candidate.order
                    && other.terms.is_some_and(|(own, _)| own.code == terms.code)
                    && self.free(account, other.payer) > 0
            };
            if terms.after == After::Others || candidates.iter().any(again) {
                continue;
            }
            match terms.after {
                After::Throttle => walked.reached = goal,
                _ => walked.refused = true,
            }
            break;
        }
        walked
    }

    /// What the next unit costs a candidate, in its own units.
    fn next_cost(&self, units: &Units, candidate: &Candidate, walked: &Walked) -> i64 {
        match candidate.terms {
            Some((terms, entry)) if terms.holds == Holds::Units => {
                let key = (terms.code, entry);
                let of = |entries: &Entries| entries.get(&key).copied().unwrap_or(0);
                let before = of(&units.covered) + of(&walked.covered);
                terms.cost(entry, before + 1) - terms.cost(entry, before)
            }
            _ => self.price(units, walked),
        }
    }

    /// The price of the next unit with its discount, micros.
    fn price(&self, units: &Units, walked: &Walked) -> i64 {
        let volume = walked.before + walked.volume;
        let off = self.discount.map_or(0, |discount| discount.at(volume));
        let next = walked.reached + 1;
        units.price.amount(next, off) - units.price.amount(walked.reached, off)
    }

    fn volume(&self, units: &Units, at: u64) -> i64 {
        match self.discount {
            None => 0,
            Some(discount) if discount.money => {
                units.price.amount(at + 1, 0) - units.price.amount(at, 0)
            }
            Some(_) => 1,
        }
    }

    /// What nobody can pay whole: the balance pays what it has, and owes the rest where it may.
    /// Returns what nobody could pay, and what of it nobody owes either, micros.
    pub(super) fn pay_rest(
        &self,
        account: &mut Account,
        units: &Units,
        goal: u64,
        walked: &mut Walked,
    ) -> (i64, i64) {
        if walked.refused {
            let whole = units.price.amount(goal, 0) - units.price.amount(walked.reached, 0);
            return (whole, whole);
        }
        let (mut unpaid, mut borne) = (0, 0);
        while walked.reached < goal {
            let cost = self.price(units, walked);
            let covered = cost.min(account.free());
            let paid = if account.debt { cost } else { covered };
            account.draw(Payer::Balance, self.line, paid, Mode::Take);
            *walked.paid.entry(Payer::Balance).or_default() += paid;
            walked.volume += self.volume(units, walked.reached);
            walked.reached += 1;
            (unpaid, borne) = (unpaid + cost - covered, borne + cost - paid);
        }
        (unpaid, borne)
    }

    /// What the discount counts is counted.
    pub(super) fn count(&self, account: &mut Account, walked: &Walked) {
        if let Some(discount) = self.discount {
            let (line, until) = (self.counted_for(discount), Bucket::hour_end(self.at));
            account
                .stock
                .count(discount.code, line, walked.volume, until);
        }
    }
}

/// What the request has freed of a bucket and not taken again.
fn freed(account: &Account, bucket: &Bucket) -> i64 {
    let mut started = account.started.iter();
    let before = started.find(|&&(id, _)| id == bucket.id);
    before.map_or(0, |&(_, drawn)| drawn - bucket.used - bucket.reserved)
}

impl Account {
    /// Takes from a payer, or holds of it.
    pub(super) fn draw(&mut self, payer: Payer, line: u16, amount: i64, mode: Mode) {
        let (used, reserved) = match mode {
            Mode::Take => (amount, 0),
            Mode::Hold => (0, amount),
        };
        match payer {
            Payer::Balance => {
                self.balance -= used;
                self.reserved += reserved;
            }
            Payer::Bucket(id) => {
                if let Some(bucket) = self.stock.find(id) {
                    bucket.draw(line, used, reserved);
                }
            }
        }
    }

    /// Those of some payers that are buckets of money.
    pub(super) fn wallets_in(&self, shares: &Shares) -> Vec<Payer> {
        let wallets = self.stock.buckets.iter();
        let wallets = wallets.filter(|bucket| offer::holds_money(&bucket.code));
        wallets
            .map(|bucket| Payer::Bucket(bucket.id))
            .filter(|payer| shares.contains_key(payer))
            .collect()
    }

    /// Frees what was held.
    pub(super) fn release(&mut self, shares: &Shares, line: u16) {
        for (&payer, &amount) in shares {
            self.draw(payer, line, -amount, Mode::Hold);
        }
    }
}
