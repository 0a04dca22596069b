//! Who pays for a stretch of usage, in the order the catalogue lays down.

use crate::bucket::Bucket;
use crate::clock::Millis;
use crate::purse::Purse;
use crate::session::{Part, PartPrice, Payer, UnitState};
use openmvno_rating::{
    BucketRule, BucketRuleId, BucketUnit, Catalog, Discount, DiscountId, DiscountRule, Exhausted,
    Facts, Guided, Measured, Micros, PaysId, PriceOverflow, Priced, renewal_period,
};
use smallvec::SmallVec;

/// The balance's place in the order; buckets above it pay after it.
const BALANCE_PRIORITY: u16 = 1_000;
/// Far more pieces than tiers and buckets can make of one stretch.
const PIECES_LIMIT: usize = 1_024;

/// A payer and why it may pay.
#[derive(Clone, Copy, Debug)]
struct Candidate<'a> {
    payer: Payer,
    rule: Option<(BucketRuleId, &'a BucketRule, PaysId)>,
    order: (u16, Millis, u32),
}

/// Whether a walk takes for usage that happened, or holds for usage to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Usage that happened.
    Take,
    /// Usage to come.
    Hold,
}

/// How far a walk came.
#[derive(Debug)]
pub(crate) struct Walked {
    /// The position up to which somebody pays.
    pub(crate) reached: u64,
    /// Who, for what.
    pub(crate) parts: SmallVec<[Part; 2]>,
    /// A used-up bucket refuses what comes after it.
    pub(crate) blocked: bool,
    /// The volume that a discount will count of what is held.
    ahead: i64,
}

impl Walked {
    /// The rule whose used-up bucket lets usage go on throttled, and the position from which on.
    pub(crate) fn throttled(&self) -> Option<(BucketRuleId, u64)> {
        let throttled = |part: &&Part| matches!(part.payer, Payer::Throttled(_));
        let part = self.parts.iter().find(throttled)?;
        Some((part.rule?, part.from))
    }
}

/// The payers of one set of units at one price.
#[derive(Debug)]
pub(crate) struct Payers<'a> {
    candidates: SmallVec<[Candidate<'a>; 4]>,
    discount: Option<(DiscountId, &'a DiscountRule)>,
    line: u16,
    at: Millis,
}

/// The price the payers pay.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch<'a> {
    pub(crate) price: PartPrice,
    pub(crate) priced: Priced<'a>,
}

impl<'a> Payers<'a> {
    /// The payers of these units: the account's buckets that may pay for them, and its balance.
    /// A bucket that a grant still holds pays even when it has run out of time since.
    pub(crate) fn find(
        catalog: &'a Catalog,
        purse: &Purse<'a>,
        line: u16,
        facts: &Facts<'a>,
        guided: &Guided,
        state: &UnitState,
    ) -> Self {
        let account = purse.account();
        let mut candidates: SmallVec<[Candidate<'a>; 4]> = SmallVec::new();
        let held = |bucket: &Bucket| {
            let payer = Payer::Bucket(bucket.id);
            state.holds.iter().any(|hold| hold.payer == payer)
        };
        for bucket in &account.buckets {
            if !bucket.serves(line, facts.at) && !held(bucket) {
                continue;
            }
            let found = catalog.bucket_rule_by_code(&bucket.code).and_then(|id| {
                let entry = catalog.pays(id, facts, guided)?;
                Some((id, catalog.bucket_rule(id)?, entry))
            });
            if let Some((id, rule, entry)) = found {
                candidates.push(Candidate {
                    payer: Payer::Bucket(bucket.id),
                    rule: Some((id, rule, entry)),
                    order: (rule.priority, bucket.expires_at, bucket.id),
                });
            }
        }
        candidates.push(Candidate {
            payer: Payer::Balance,
            rule: None,
            order: (BALANCE_PRIORITY, Millis::MAX, u32::MAX),
        });
        if candidates.len() > 1 {
            candidates.sort_unstable_by_key(|candidate| candidate.order);
        }
        Self {
            candidates,
            discount: None,
            line,
            at: facts.at,
        }
    }

    /// The discount on what is paid in money.
    pub(crate) fn with_discount(mut self, rule: Option<(DiscountId, &'a DiscountRule)>) -> Self {
        self.discount = rule;
        self
    }

    /// Lets the payers pay, or be held, for the billed units from `from` to `goal`, as far as they
    /// can. `paid`: what was paid for before.
    ///
    /// # Errors
    /// [`PriceOverflow`]; the purse is then not to be used.
    pub(crate) fn walk(
        &self,
        purse: &mut Purse<'a>,
        stretch: &Stretch<'a>,
        (from, goal): (u64, u64),
        (paid, mode): (&[Part], Mode),
    ) -> Result<Walked, PriceOverflow> {
        let mut walked = Walked {
            reached: from,
            parts: SmallVec::new(),
            blocked: false,
            ahead: 0,
        };
        for candidate in &self.candidates {
            if walked.reached >= goal {
                break;
            }
            match candidate.rule {
                Some((id, rule, entry)) if rule.unit != BucketUnit::Money => {
                    let covered = covered((id, entry), paid, &walked);
                    let pay = (candidate, rule, entry, covered);
                    pay_units(pay, purse, stretch, goal, mode, &mut walked)?;
                }
                _ => self.pay_money(candidate, purse, stretch, goal, mode, &mut walked)?,
            }
            if walked.reached < goal && self.ends_at(candidate, purse, stretch, goal, &mut walked) {
                break;
            }
        }
        Ok(walked)
    }

    /// Whether, after a walk that held up to `to`, somebody pays on to `further`; `None` where only
    /// another walk can tell. Who came last in the walk goes on first, and what the units cost is the
    /// difference of one sum, so it does not matter that these are asked for apart.
    pub(crate) fn pays_on(
        &self,
        purse: &Purse<'a>,
        stretch: &Stretch<'a>,
        (to, further): (u64, u64),
        (paid, walked): (&[Part], &Walked),
    ) -> Option<bool> {
        let last = walked.parts.last().filter(|part| part.to == to)?;
        let position = self
            .candidates
            .iter()
            .position(|one| one.payer == last.payer)?;
        let candidate = &self.candidates[position];
        let cost = match candidate.rule {
            Some((id, rule, entry)) if rule.unit != BucketUnit::Money => {
                let before = covered((id, entry), paid, walked);
                let after = before.checked_add(further - to)?;
                let cost = rule.cost(entry, after).ok()? - rule.cost(entry, before).ok()?;
                i64::try_from(cost).ok()?
            }
            _ => {
                let span = (to, further);
                let (discount, until) = self.tier(purse, stretch, span, walked.ahead).ok()?;
                if until < further || discount != last.discount {
                    return None;
                }
                let amount = |at| stretch.priced.amount(at, discount).ok();
                amount(further)?.get() - amount(to)?.get()
            }
        };
        let cap = candidate.rule.and_then(|(_, rule, _)| rule.member_cap);
        let pays = cost <= purse.free_of(candidate.payer, cap);
        let is_balance = candidate.payer == Payer::Balance;
        let nobody_after = is_balance && position + 1 == self.candidates.len();
        (pays || nobody_after).then_some(pays)
    }

    /// What a used-up bucket does to the usage after it. True: nobody else pays.
    fn ends_at(
        &self,
        candidate: &Candidate<'a>,
        purse: &Purse<'a>,
        stretch: &Stretch<'a>,
        goal: u64,
        walked: &mut Walked,
    ) -> bool {
        let Some((id, rule, _)) = candidate.rule else {
            return false;
        };
        // Another bucket of the same rule (a rolled-over rest, a second top-up) goes on first.
        let again = |other: &Candidate<'_>| {
            other.order > candidate.order
                && other.rule.is_some_and(|(other, ..)| other == id)
                && purse.free_of(other.payer, rule.member_cap) > 0
        };
        if rule.exhausted == Exhausted::PayAsYouGo || self.candidates.iter().any(again) {
            return false;
        }
        if let (Exhausted::Throttle, Payer::Bucket(spent)) = (rule.exhausted, candidate.payer) {
            let span = (walked.reached, goal);
            walked.parts.push(Part {
                rule: Some(id),
                ..part(Payer::Throttled(spent), stretch, span, 0)
            });
            walked.reached = goal;
        }
        walked.blocked |= rule.exhausted == Exhausted::Block;
        true
    }

    /// Money: the balance or a bucket of money, tier by tier of the discount.
    fn pay_money(
        &self,
        candidate: &Candidate<'a>,
        purse: &mut Purse<'a>,
        stretch: &Stretch<'a>,
        goal: u64,
        mode: Mode,
        walked: &mut Walked,
    ) -> Result<(), PriceOverflow> {
        let cap = candidate.rule.and_then(|(_, rule, _)| rule.member_cap);
        for _ in 0..PIECES_LIMIT {
            let from = walked.reached;
            if from >= goal {
                break;
            }
            let (discount, until) = self.tier(purse, stretch, (from, goal), walked.ahead)?;
            let free = Micros(purse.free_of(candidate.payer, cap));
            let reached = stretch.priced.affordable(from, free, until, discount);
            if reached == from {
                break;
            }
            let priced = &stretch.priced;
            let cost =
                priced.amount(reached, discount)?.get() - priced.amount(from, discount)?.get();
            let piece = Part {
                discount,
                discount_rule: self.discount.map(|(id, _)| id),
                rule: candidate.rule.map(|(id, ..)| id),
                ..part(candidate.payer, stretch, (from, reached), cost)
            };
            let volume = self.volume(stretch, (from, reached))?;
            match mode {
                Mode::Take => {
                    purse.take(candidate.payer, cost);
                    self.count(purse, volume);
                }
                Mode::Hold => {
                    purse.hold(candidate.payer, cost);
                    walked.ahead += volume;
                }
            }
            walked.parts.push(piece);
            walked.reached = reached;
            if reached < until {
                break;
            }
        }
        Ok(())
    }

    /// Units that nobody can pay whole: the balance pays what it has left, tier by tier; where debt is
    /// the policy it owes the rest. Returns what is left uncovered, micros.
    ///
    /// # Errors
    /// [`PriceOverflow`].
    pub(crate) fn pay_rest(
        &self,
        purse: &mut Purse<'a>,
        stretch: &Stretch<'a>,
        goal: u64,
        walked: &mut Walked,
    ) -> Result<i64, PriceOverflow> {
        if walked.blocked {
            return refused_rest(stretch, goal, walked);
        }
        let mut uncovered = 0;
        while walked.reached < goal {
            let from = walked.reached;
            let (discount, until) = self.tier(purse, stretch, (from, goal), 0)?;
            let priced = &stretch.priced;
            let asked =
                priced.amount(until, discount)?.get() - priced.amount(from, discount)?.get();
            let covered = asked.min(purse.free_of(Payer::Balance, None));
            let paid = if purse.owes() { asked } else { covered };
            purse.take(Payer::Balance, paid);
            let volume = self.volume(stretch, (from, until))?;
            self.count(purse, volume);
            let piece = part(Payer::Balance, stretch, (from, until), paid);
            let discount_rule = self.discount.map(|(id, _)| id);
            walked.parts.push(Part {
                discount,
                discount_rule,
                ..piece
            });
            if asked > paid {
                let beyond = part(Payer::Overrun, stretch, (from, until), asked - paid);
                walked.parts.push(Part {
                    discount,
                    discount_rule,
                    ..beyond
                });
            }
            uncovered += asked - covered;
            walked.reached = until;
        }
        Ok(uncovered)
    }

    /// The discount at a position and where it may end, at most `goal`. `ahead`: volume that holds
    /// of this walk will add, whoever they are of.
    fn tier(
        &self,
        purse: &Purse<'a>,
        stretch: &Stretch<'a>,
        (from, goal): (u64, u64),
        ahead: i64,
    ) -> Result<(Discount, u64), PriceOverflow> {
        let Some((_, rule)) = self.discount else {
            return Ok((Discount(0), goal));
        };
        let volume = purse.counted(&rule.code, self.counter_line(rule)) + ahead;
        let volume = u64::try_from(volume).unwrap_or(0);
        let at = rule.tiers.iter().rposition(|tier| tier.from <= volume);
        let discount = at.map_or(Discount(0), |at| rule.tiers[at].discount);
        let next = rule.tiers.get(at.map_or(0, |at| at + 1));
        let Some(left) = next.map(|tier| tier.from - volume) else {
            return Ok((discount, goal));
        };
        let end = match rule.measure {
            Measured::Units => from.saturating_add(left),
            Measured::Money => {
                let left = Micros(i64::try_from(left).unwrap_or(i64::MAX));
                // The first unit with which the volume reaches the line is the last of its tier.
                let before = Micros(left.get() - 1);
                let end = stretch.priced.affordable(from, before, goal, Discount(0));
                end.saturating_add(1)
            }
        };
        Ok((discount, end.min(goal)))
    }

    fn volume(&self, stretch: &Stretch<'a>, (from, to): (u64, u64)) -> Result<i64, PriceOverflow> {
        match self.discount.map(|(_, rule)| rule.measure) {
            None => Ok(0),
            Some(Measured::Units) => i64::try_from(to - from).map_err(|_| PriceOverflow),
            Some(Measured::Money) => {
                let whole = |at: u64| stretch.priced.amount(at, Discount(0));
                Ok(whole(to)?.get() - whole(from)?.get())
            }
        }
    }

    fn counter_line(&self, rule: &DiscountRule) -> Option<u16> {
        (!rule.shared).then_some(self.line)
    }

    fn count(&self, purse: &mut Purse<'a>, volume: i64) {
        if let Some((_, rule)) = self.discount {
            let until = renewal_period(rule.renew, self.at, purse.zone()).1;
            purse.count(&rule.code, self.counter_line(rule), volume, until);
        }
    }
}

/// Usage that a used-up bucket refuses and that happened all the same: nobody pays for it.
fn refused_rest(
    stretch: &Stretch<'_>,
    goal: u64,
    walked: &mut Walked,
) -> Result<i64, PriceOverflow> {
    let from = walked.reached;
    if from >= goal {
        return Ok(0);
    }
    let whole = |at: u64| stretch.priced.amount(at, Discount(0));
    let cost = whole(goal)?.get() - whole(from)?.get();
    walked
        .parts
        .push(part(Payer::Overrun, stretch, (from, goal), cost));
    walked.reached = goal;
    Ok(cost)
}

/// The units that a rule's entry has paid for in these units' session: what it costs is cumulated
/// over them.
fn covered(by: (BucketRuleId, PaysId), paid: &[Part], walked: &Walked) -> u64 {
    let of_rule = |part: &&Part| (part.rule, part.entry) == (Some(by.0), Some(by.1));
    let parts = paid.iter().chain(&walked.parts).filter(of_rule);
    parts.map(|part| part.to - part.from).sum()
}

/// A bucket of units pays.
fn pay_units<'a>(
    (candidate, rule, entry, covered): (&Candidate<'a>, &BucketRule, PaysId, u64),
    purse: &mut Purse<'a>,
    stretch: &Stretch<'a>,
    goal: u64,
    mode: Mode,
    walked: &mut Walked,
) -> Result<(), PriceOverflow> {
    let from = walked.reached;
    let free = purse.free_of(candidate.payer, rule.member_cap);
    let free = u64::try_from(free).unwrap_or(0);
    let most = covered.checked_add(goal - from).ok_or(PriceOverflow)?;
    let units = rule.affordable(entry, covered, free, most) - covered;
    if units == 0 {
        return Ok(());
    }
    let cost = rule.cost(entry, covered + units)? - rule.cost(entry, covered)?;
    let cost = i64::try_from(cost).map_err(|_| PriceOverflow)?;
    match mode {
        Mode::Take => purse.take(candidate.payer, cost),
        Mode::Hold => purse.hold(candidate.payer, cost),
    }
    walked.parts.push(Part {
        rule: candidate.rule.map(|(id, ..)| id),
        entry: Some(entry),
        ..part(candidate.payer, stretch, (from, from + units), cost)
    });
    walked.reached = from + units;
    Ok(())
}

/// A part at the stretch's full price.
pub(crate) fn part(payer: Payer, stretch: &Stretch<'_>, (from, to): (u64, u64), cost: i64) -> Part {
    Part {
        payer,
        price: Some(stretch.price),
        rule: None,
        entry: None,
        discount: Discount(0),
        discount_rule: None,
        from,
        to,
        cost,
    }
}
