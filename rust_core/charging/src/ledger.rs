//! Double entry: every movement of money as postings that sum to zero.
//!
//! Positive is debit, negative is credit. The subscriber's `Balance` is a liability of the
//! operator: a top-up credits it, a charge debits it.

use crate::cdr::{Cdr, PartnerCharge};
use crate::command::AdjustReason;
use openmvno_rating::PartnerRole;
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
    /// The payer's wallets of money.
    Wallet,
    /// What was given to wallets beyond what was paid.
    Bonus,
    /// What wallets lost when they ended.
    Breakage,
    /// What is between two payers of a line.
    Transit,
    /// What a reseller owes.
    PartnerReceivable,
    /// What resellers bought.
    PartnerRevenue,
    /// What vendors cost.
    PartnerCost,
    /// What is owed to a vendor.
    PartnerPayable,
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
            Self::Wallet => "wallet",
            Self::Bonus => "bonus",
            Self::Breakage => "breakage",
            Self::Transit => "transit",
            Self::PartnerReceivable => "partner_receivable",
            Self::PartnerRevenue => "partner_revenue",
            Self::PartnerCost => "partner_cost",
            Self::PartnerPayable => "partner_payable",
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
            amount: cdr.amount - cdr.overrun - cdr.wallets,
        },
        Posting {
            account: LedgerAccount::Wallet,
            amount: cdr.wallets,
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

/// The legs between the operator and a partner, in the partner's currency.
pub fn postings_of_partner(charge: &PartnerCharge<'_>) -> impl Iterator<Item = Posting> + use<> {
    let (debit, credit) = match charge.role {
        PartnerRole::Reseller => (
            LedgerAccount::PartnerReceivable,
            LedgerAccount::PartnerRevenue,
        ),
        PartnerRole::Vendor => (LedgerAccount::PartnerCost, LedgerAccount::PartnerPayable),
    };
    legs(debit, credit, charge.amount)
}

/// The legs of a movement that is no usage, of `amount` micros. Top-ups and adjustments are positive
/// in the payer's favour; the others move `amount` as their name says.
pub fn postings_of_adjustment(reason: AdjustReason, amount: i64) -> impl Iterator<Item = Posting> {
    let (debit, credit) = match reason {
        AdjustReason::TopUp => (LedgerAccount::Cash, LedgerAccount::Balance),
        AdjustReason::Adjustment => (LedgerAccount::Adjustment, LedgerAccount::Balance),
        AdjustReason::WalletFromBalance => (LedgerAccount::Balance, LedgerAccount::Wallet),
        AdjustReason::WalletFromCash => (LedgerAccount::Cash, LedgerAccount::Wallet),
        AdjustReason::UnitsFromBalance => (LedgerAccount::Balance, LedgerAccount::Revenue),
        AdjustReason::UnitsFromCash => (LedgerAccount::Cash, LedgerAccount::Revenue),
        AdjustReason::AddOnFromBalance => (LedgerAccount::Balance, LedgerAccount::Revenue),
        AdjustReason::AddOnFromCash => (LedgerAccount::Cash, LedgerAccount::Revenue),
        AdjustReason::Bonus => (LedgerAccount::Bonus, LedgerAccount::Wallet),
        AdjustReason::Breakage => (LedgerAccount::Wallet, LedgerAccount::Breakage),
        AdjustReason::LineLeft => (LedgerAccount::Wallet, LedgerAccount::Transit),
        AdjustReason::LineArrived => (LedgerAccount::Transit, LedgerAccount::Wallet),
    };
    legs(debit, credit, amount)
}

fn legs(
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount: i64,
) -> impl Iterator<Item = Posting> + use<> {
    let legs = [
        Posting {
            account: debit,
            amount,
        },
        Posting {
            account: credit,
            amount: -amount,
        },
    ];
    legs.into_iter().filter(|leg| leg.amount != 0)
}
