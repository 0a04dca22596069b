//! What usage and grants should have moved, by the auditor's own arithmetic.

use super::book::{Account, Session, Units};
use super::price::{self, Price};
use super::violation::{Rule, Verdict, check};
use super::walk::{Buyer, Mode, Payer, Shares};
use crate::message::Seen;
use openmvno_charging::{Requested, UnitRequest};

/// Whether a request may get new grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grants {
    Yes,
    /// The line is out of service.
    Denied,
    /// The session ends.
    Ending,
}

/// Why a session is recorded in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cut {
    /// A day is over.
    Day,
    /// Another catalogue version takes over.
    Version(u64),
}

/// Applies reported usage and grants of `asked` at `at` to the session and the account, checking the
/// grants the journaled answer speaks of. `cut`: what happens in between.
pub(super) fn settle(
    account: &mut Account,
    session: &mut Session,
    (asked, at): (&[UnitRequest], i64),
    answered: &Seen,
    (grants, cut): (Grants, Option<Cut>),
) -> Verdict {
    if let Some(cut) = cut {
        for unit in asked {
            if let Some(place) = place_of(session, unit) {
                charge(account, session, place, (unit.used.unwrap_or(0), at));
            }
        }
        session.cut_at = at;
        if let Cut::Version(version) = cut {
            session.go_on_under(version);
        }
    }
    for (nth, unit) in asked.iter().enumerate() {
        let Some(place) = place_of(session, unit) else {
            continue;
        };
        let used = if cut.is_some() { None } else { unit.used };
        charge(account, session, place, (used.unwrap_or(0), at));
        if grants == Grants::Yes {
            let said = answered.units.get(nth).copied();
            // At command level a failure stands in the answer itself.
            let said = said.unwrap_or((answered.result, None));
            grant(account, session, place, (unit, at), said)?;
        }
    }
    Ok(())
}

/// Where the session has these units, new ones included; `None` where nothing prices them.
fn place_of(session: &mut Session, unit: &UnitRequest) -> Option<usize> {
    let place = session.units.iter().position(|known| known.key == unit.key);
    if place.is_some() {
        return place;
    }
    let context = (&*session.context, &*session.destination);
    let price = price::find(session.version, context.0, context.1, unit)?;
    session.units.push(Units::new(unit.key, price));
    Some(session.units.len() - 1)
}

fn charge(account: &mut Account, session: &mut Session, place: usize, (used, at): (u64, i64)) {
    let buyer = session.buyer(account, session.units[place].key, at);
    let paid = buy(account, &mut session.units[place], buyer, used);
    session.uncut_price += paid.price;
    session.uncut_usage += used;
    for (payer, amount) in paid.shares {
        match payer {
            Payer::Balance => session.uncut += amount,
            Payer::Bucket(id) => *session.uncut_buckets.entry(id).or_default() += amount,
        }
        if paid.money.contains(&payer) {
            session.uncut_wallets += amount;
        }
    }
}

/// What was bought.
#[derive(Debug, Default)]
pub(super) struct Bought {
    /// Its price in money, paid or not, micros.
    pub(super) price: i64,
    /// Of it nobody could pay so much; it may be owed.
    pub(super) unpaid: i64,
    /// A used-up bucket refused some of it.
    pub(super) refused: bool,
    /// Who paid, each in its own units.
    pub(super) shares: Shares,
    /// The buckets of money among them.
    pub(super) money: Vec<Payer>,
}

/// Frees what the units hold and buys so much usage more.
pub(super) fn buy(account: &mut Account, units: &mut Units, buyer: Buyer, used: u64) -> Bought {
    let held = std::mem::take(&mut units.holds);
    account.release(&held, buyer.line);
    let from = units.billed(units.used);
    units.used += used;
    let goal = units.billed(units.used).max(from);
    if units.price == Price::Money {
        return buy_money(account, units, goal - from);
    }
    let mut walked = buyer.walk(account, units, (from, goal), (&held, Mode::Take));
    let (unpaid, borne) = buyer.pay_rest(account, units, goal, &mut walked);
    buyer.count(account, &walked);
    for (entry, count) in &walked.covered {
        *units.covered.entry(*entry).or_default() += count;
    }
    let money = account.wallets_in(&walked.paid);
    let of_money = |payer: &Payer| *payer == Payer::Balance || money.contains(payer);
    let paid = walked.paid.iter().filter(|(payer, _)| of_money(payer));
    let price = borne + paid.map(|(_, amount)| amount).sum::<i64>();
    units.charged += price;
    Bought {
        price,
        unpaid,
        refused: walked.refused,
        shares: walked.paid,
        money,
    }
}

/// Units that are micros themselves are the balance's own.
fn buy_money(account: &mut Account, units: &mut Units, cost: u64) -> Bought {
    let cost = i64::try_from(cost).unwrap_or(i64::MAX);
    let covered = cost.min(account.free());
    let paid = if account.debt { cost } else { covered };
    account.balance -= paid;
    units.charged += cost;
    Bought {
        price: cost,
        unpaid: cost - covered,
        shares: Shares::from([(Payer::Balance, paid)]),
        ..Bought::default()
    }
}

fn grant(
    account: &mut Account,
    session: &mut Session,
    place: usize,
    (unit, at): (&UnitRequest, i64),
    (result, granted): (u16, Option<u64>),
) -> Verdict {
    let (default, maximum) = price::grant_sizes(&session.context);
    let wanted = match unit.requested {
        Requested::Nothing => return Ok(()),
        Requested::ServerChooses => default,
        Requested::Units(asked) => asked.min(maximum),
    };
    let buyer = session.buyer(account, unit.key, at);
    let units = &mut session.units[place];
    let given = granted.unwrap_or(0);
    check(given <= wanted, Rule::Grants, || {
        format!("{given} units granted where {wanted} were wanted")
    })?;
    let nothing = Shares::new();
    let from = units.billed(units.used);
    let hold = |account: &mut Account, size: u64| {
        let to = units.billed(units.used + size);
        let walked = buyer.walk(account, units, (from, to), (&nothing, Mode::Hold));
        let all = walked.reached >= to && !walked.refused;
        (walked.paid, all)
    };
    if given < wanted {
        let (held, all) = hold(account, given + 1);
        account.release(&held, buyer.line);
        check(!all, Rule::Grants, || {
            format!("{given} of {wanted} units granted although there is enough for more")
        })?;
    }
    let (held, all) = hold(account, given);
    check(all, Rule::Holds, || {
        format!("{given} units granted, enough is there for {held:?} only")
    })?;
    let refused = wanted > 0 && given == 0;
    check(refused == (result == 4012), Rule::Grants, || {
        format!("result {result} for {given} of {wanted} units")
    })?;
    units.holds = held.into_iter().filter(|&(_, held)| held != 0).collect();
    Ok(())
}

/// The end of a session: nothing is held any more.
pub(super) fn free_all(account: &mut Account, session: &mut Session) {
    for units in &mut session.units {
        account.release(&std::mem::take(&mut units.holds), session.line);
    }
}
