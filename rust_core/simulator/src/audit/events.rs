//! What an event or a command should have moved.

use super::book::Account;
use super::price;
use super::violation::{Rule, Verdict, Violation, check};
use crate::message::Seen;
use openmvno_charging::{Cdr, Requested, UnitKey, UnitRequest};
use serde_json::Value;

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

/// A debit: each set of units all or nothing.
pub(super) fn debit(
    account: &mut Account,
    asked: &[UnitRequest],
    (version, context, destination): Terms<'_>,
    answered: &Seen,
) -> Verdict {
    let mut total = 0;
    for (unit, said) in one_at_least(asked).iter().zip(&answered.units) {
        let Some(price) = price::find(version, context, destination, unit) else {
            continue;
        };
        let size = match unit.requested {
            Requested::Units(size) => size,
            _ => unit.used.unwrap_or(price::grant_sizes(context).0),
        };
        let cost = price.of(size);
        let payable = cost <= account.free();
        check(payable == (said.0 == 2001), Rule::Grants, || {
            format!(
                "a debit of {cost} answered {} with {} left",
                said.0,
                account.free()
            )
        })?;
        if payable {
            total += account.pay(cost);
        }
    }
    check(answered.cost == Some(total), Rule::Money, || {
        format!("a debit of {total} answered with cost {:?}", answered.cost)
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

/// A command on an account that exists; `done` says whether its outcome was a success.
pub(super) fn command(account: &mut Account, version: u64, json: &Value, done: bool) -> Verdict {
    match json["type"].as_str().unwrap_or_default() {
        "adjust_balance" => {
            let amount = json["amount"].as_i64().unwrap_or(0);
            let allowed =
                amount >= 0 || account.balance + account.credit - account.reserved + amount >= 0;
            check(allowed == done, Rule::Commands, || {
                format!("an adjustment of {amount}: allowed {allowed}, done {done}")
            })?;
            if done {
                account.balance += amount;
                account.funded += amount;
            }
        }
        "rate_usage" if done => {
            let rating_group = json["rating_group"].as_u64();
            let unit = UnitRequest {
                key: UnitKey {
                    rating_group: rating_group.and_then(|group| u32::try_from(group).ok()),
                    service_identifier: None,
                },
                requested: Requested::Nothing,
                used: None,
                used_after_change: None,
                money: false,
            };
            let service = json["service"].as_str().unwrap_or_default();
            let destination = json["destination"].as_str().unwrap_or_default();
            let price = price::find(version, service, destination, &unit);
            check(price.is_some(), Rule::Money, || {
                "no price for a file record".into()
            })?;
            let usage = json["usage"].as_u64().unwrap_or(0);
            account.pay(price.map_or(0, |price| price.of(usage)));
        }
        _ => {}
    }
    Ok(())
}
