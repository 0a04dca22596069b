//! Double entry: every movement of money as postings that sum to zero.
//!
//! Positive is debit, negative is credit. The subscriber's `Balance` is a liability of the
//! operator: a top-up credits it, a charge debits it.

use crate::cdr::Cdr;
use crate::command::AdjustReason;
use serde::{Deserialize, Serialize};

/// The accounts of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerAccount {
    /// The payer's balance.
    Balance,
    /// Usage revenue.
    Revenue,
    /// Usage beyond the balance, borne by the operator.
    Overrun,
    /// Money received.
    Cash,
    /// Corrections by staff.
    Adjustment,
}

impl LedgerAccount {
    /// The word the `posting` table holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Revenue => "revenue",
            Self::Overrun => "overrun",
            Self::Cash => "cash",
            Self::Adjustment => "adjustment",
        }
    }
}

/// One leg of a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Where.
    pub account: LedgerAccount,
    /// Debit (positive) or credit (negative), micros.
    pub amount: i64,
}

/// The legs of a CDR: the balance pays what it covered, *overrun* bears the rest, revenue gets all.
/// A CDR of amount zero has none. A refund's negative amount turns every sign around.
pub fn postings_of_cdr(cdr: &Cdr<'_>) -> impl Iterator<Item = Posting> + use<> {
    let legs = [
        Posting {
            account: LedgerAccount::Balance,
            amount: cdr.amount - cdr.overrun,
        },
        Posting {
            account: LedgerAccount::Overrun,
            amount: cdr.overrun,
        },
        Posting {
            account: LedgerAccount::Revenue,
            amount: -cdr.amount,
        },
    ];
    legs.into_iter().filter(|leg| leg.amount != 0)
}

/// The legs of a top-up or adjustment of `amount` micros (positive: in the payer's favour).
pub fn postings_of_adjustment(reason: AdjustReason, amount: i64) -> impl Iterator<Item = Posting> {
    let counterpart = match reason {
        AdjustReason::TopUp => LedgerAccount::Cash,
        AdjustReason::Adjustment => LedgerAccount::Adjustment,
    };
    let legs = [
        Posting {
            account: counterpart,
            amount,
        },
        Posting {
            account: LedgerAccount::Balance,
            amount: -amount,
        },
    ];
    legs.into_iter().filter(|leg| leg.amount != 0)
}
