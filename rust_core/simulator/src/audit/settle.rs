//! What a session's request should have moved, by the auditor's own arithmetic.

use super::book::{Account, Session, Units};
use super::price;
use super::violation::{Rule, Verdict, check};
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

/// Applies reported usage and grants of `asked` to the session and the account, checking the
/// grants the journaled answer speaks of. `next`: the catalogue version that takes over in between.
pub(super) fn settle(
    account: &mut Account,
    session: &mut Session,
    asked: &[UnitRequest],
    answered: &Seen,
    (grants, next): (Grants, Option<u64>),
) -> Verdict {
    if let Some(version) = next {
        for unit in asked {
            if let Some(place) = place_of(session, unit) {
                charge(account, session, place, unit.used.unwrap_or(0));
            }
        }
        session.go_on_under(version);
    }
    for (at, unit) in asked.iter().enumerate() {
        let Some(place) = place_of(session, unit) else {
            continue;
        };
        let used = if next.is_some() { None } else { unit.used };
        charge(account, session, place, used.unwrap_or(0));
        if grants == Grants::Yes {
            let said = answered.units.get(at).copied();
            // At command level a failure stands in the answer itself.
            let said = said.unwrap_or((answered.result, None));
            grant(account, session, place, unit, said)?;
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
    session.units.push(Units {
        key: unit.key,
        price,
        origin: 0,
        used: 0,
        charged: 0,
        held: 0,
        continues: false,
    });
    Some(session.units.len() - 1)
}

fn charge(account: &mut Account, session: &mut Session, place: usize, used: u64) {
    let units = &mut session.units[place];
    account.reserved -= units.held;
    units.held = 0;
    units.used += used;
    let total = units.cost(units.used);
    let covered = account.pay(total - units.charged);
    session.uncut_price += total - units.charged;
    units.charged = total;
    session.uncut += covered;
    session.uncut_usage += used;
}

fn grant(
    account: &mut Account,
    session: &mut Session,
    place: usize,
    unit: &UnitRequest,
    (result, granted): (u16, Option<u64>),
) -> Verdict {
    let (default, maximum) = price::grant_sizes(&session.context);
    let wanted = match unit.requested {
        Requested::Nothing => return Ok(()),
        Requested::ServerChooses => default,
        Requested::Units(asked) => asked.min(maximum),
    };
    let units = &mut session.units[place];
    let free = account.free();
    let cost = |size: u64| units.cost(units.used + size) - units.charged;
    let given = granted.unwrap_or(0);
    check(given <= wanted, Rule::Grants, || {
        format!("{given} units granted where {wanted} were wanted")
    })?;
    check(cost(given) <= free, Rule::Holds, || {
        format!("{given} units cost {} with {free} left", cost(given))
    })?;
    check(
        given == wanted || cost(given + 1) > free,
        Rule::Grants,
        || format!("{given} of {wanted} units granted although {free} pays for more"),
    )?;
    let refused = wanted > 0 && given == 0;
    check(refused == (result == 4012), Rule::Grants, || {
        format!("result {result} for {given} of {wanted} units")
    })?;
    units.held = cost(given);
    account.reserved += units.held;
    Ok(())
}

/// The end of a session: nothing is held any more.
pub(super) fn free_all(account: &mut Account, session: &mut Session) {
    for units in &mut session.units {
        account.reserved -= units.held;
        units.held = 0;
    }
}
