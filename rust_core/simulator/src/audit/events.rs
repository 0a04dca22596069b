//! What an event should have moved.

use super::book::{Account, Units};
use super::price;
use super::settle::buy;
use super::violation::{Rule, Verdict, Violation, check};
use crate::message::Seen;
use openmvno_charging::{Cdr, Requested, UnitKey, UnitRequest};

/// The catalogue version, context and destination an event is priced by.
pub(super) type Terms<'a> = (u64, &'a str, &'a str);

fn one_at_least(asked: &[UnitRequest]) -> Vec<UnitRequest> {
    if asked.is_empty() {
        vec![UnitRequest {
            key: UnitKey::default(),
            requested: Requested::ServerChooses,
            used: None,
            used_after_change: None,
            money: false,
        }]
    } else {
        asked.to_vec()
    }
}

/// A debit: each set of units all or nothing; refused as a whole where units at command level cannot
/// be paid. `by`: the line, and when.
pub(super) fn debit(
    account: &mut Account,
    asked: &[UnitRequest],
    ((version, context, destination), (line, at)): (Terms<'_>, (u16, i64)),
    answered: &Seen,
) -> Verdict {
    let mut paid = None;
    let mut refused = false;
    for (place, unit) in one_at_least(asked).iter().enumerate() {
        let Some(price) = price::find(version, context, destination, unit) else {
            continue;
        };
        let size = match unit.requested {
            Requested::Units(size) => size,
            _ => unit.used.unwrap_or(price::grant_sizes(context).0),
        };
        let service = price::service(context);
        let buyer = account.buyer((version, service), line, unit.key, at);
        let before = (account.balance, account.stock.clone());
        let bought = buy(account, &mut Units::new(unit.key, price), buyer, size);
        let payable = bought.unpaid == 0 && !bought.refused;
        let said = answered.units.get(place).map(|unit| unit.0);
        let fits = said.is_none_or(|result| payable == (result == 2001));
        check(fits, Rule::Grants, || {
            let (balance, stock) = &before;
            format!("{bought:?} of {balance} and {stock:?} answered {said:?}")
        })?;
        refused |= !payable;
        if payable && said.is_some() {
            paid = Some(paid.unwrap_or(0) + bought.price);
        } else {
            (account.balance, account.stock) = before;
        }
    }
    check(answered.result == 2001 || refused, Rule::Grants, || {
        format!(
            "{asked:?} could be paid and was answered {}",
            answered.result
        )
    })?;
    check(answered.cost == paid, Rule::Money, || {
        format!("a debit of {paid:?} answered with cost {:?}", answered.cost)
    })
}

/// A refund: of a debit not refunded yet, and no more than it took.
pub(super) fn refund(
    account: &mut Account,
    asked: &[UnitRequest],
    (version, context, destination): Terms<'_>,
    cdr: &Cdr<'_>,
) -> Verdict {
    let complain = |detail: String| Violation {
        rule: Rule::Refunds,
        detail,
    };
    let debit = cdr
        .refers_to
        .ok_or_else(|| complain("a refund of nothing".into()))?;
    let taken = *account
        .debits
        .get(&debit)
        .ok_or_else(|| complain(format!("a refund of {debit}, which is no debit")))?;
    check(account.refunded.insert(debit), Rule::Refunds, || {
        format!("{debit} is refunded again")
    })?;
    let mut amount = None;
    for unit in asked {
        let price = price::find(version, context, destination, unit);
        if let (Requested::Units(size), Some(price)) = (unit.requested, price) {
            amount = Some(amount.unwrap_or(0) + price.of(size));
        }
    }
    let amount = amount.unwrap_or(taken);
    check(amount <= taken, Rule::Refunds, || {
        format!("{amount} given back for a debit of {taken}")
    })?;
    check(cdr.amount == -amount, Rule::Refunds, || {
        format!("a refund of {amount} recorded as {}", cdr.amount)
    })?;
    account.balance += amount;
    Ok(())
}
