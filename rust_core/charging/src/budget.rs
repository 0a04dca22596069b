//! What an account can still pay while one request is decided.

use crate::account::{Account, OverrunPolicy};

/// A working copy of an account's money; the differences become one `Moved` effect.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub(crate) balance: i64,
    pub(crate) reserved: i64,
    credit_limit: i64,
    debt: bool,
    before: (i64, i64),
}

impl Budget {
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            balance: account.balance,
            reserved: account.reserved,
            credit_limit: account.credit_limit,
            debt: account.overrun == OverrunPolicy::Debt,
            before: (account.balance, account.reserved),
        }
    }

    /// What may be held or paid beyond what is held already.
    pub(crate) fn available(&self) -> i64 {
        self.balance
            .saturating_add(self.credit_limit)
            .saturating_sub(self.reserved)
    }

    /// Holds `amount`, which must be available.
    pub(crate) fn hold(&mut self, amount: i64) {
        debug_assert!(amount >= 0 && amount <= self.available().max(0));
        self.reserved += amount;
    }

    /// Frees a hold.
    pub(crate) fn free(&mut self, amount: i64) {
        debug_assert!(amount >= 0 && amount <= self.reserved);
        self.reserved -= amount;
    }

    /// Pays `amount` as far as the money reaches (all of it where debt is the policy) and returns
    /// what was not covered.
    pub(crate) fn pay(&mut self, amount: i64) -> i64 {
        let covered = if self.debt {
            amount
        } else {
            amount.min(self.available().max(0))
        };
        self.balance = self.balance.saturating_sub(covered);
        amount - covered
    }

    /// The changes of (balance, reserved) since the start, if any.
    pub(crate) fn moved(&self) -> Option<(i64, i64)> {
        let moved = (self.balance - self.before.0, self.reserved - self.before.1);
        (moved != (0, 0)).then_some(moved)
    }
}
