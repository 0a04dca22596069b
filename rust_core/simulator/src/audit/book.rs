//! The auditor's books: what the durable journal amounts to, by the auditor's own arithmetic.

use super::price::{self, Price};
use super::turns::Turns;
use crate::message::{Key, Seen};
use openmvno_charging::{LineStatus, UnitKey, UnitRequest, Uuid};
use std::collections::{BTreeMap, BTreeSet};

/// One set of units of a session.
#[derive(Clone, Debug)]
pub(super) struct Units {
    pub(super) key: UnitKey,
    pub(super) price: Price,
    /// Usage before which an interval of an earlier price is used up.
    pub(super) origin: u64,
    /// Since the catalogue version changed, if it did.
    pub(super) used: u64,
    pub(super) charged: i64,
    pub(super) held: i64,
    /// Their price followed another one.
    pub(super) continues: bool,
}

impl Units {
    /// What so much usage costs, micros.
    pub(super) fn cost(&self, used: u64) -> i64 {
        self.price.of(used.saturating_sub(self.origin))
    }

    /// They go on at another version's price, after the interval that is paid for.
    fn go_on_at(&mut self, price: Price) {
        let into = self.used.saturating_sub(self.origin);
        let paid = self.origin + self.price.begun(into);
        let follows = self.continues || self.used > 0;
        self.price = if follows { price.continued() } else { price };
        self.continues = follows;
        self.origin = match price {
            Price::Money => 0,
            Price::Terms(_) => paid - self.used.min(paid),
        };
        (self.used, self.charged) = (0, 0);
    }
}

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) name: String,
    pub(super) tag: String,
    pub(super) context: String,
    pub(super) destination: String,
    pub(super) version: u64,
    pub(super) line: u16,
    /// Of its latest report.
    pub(super) last_at: i64,
    pub(super) expired: bool,
    pub(super) units: Vec<Units>,
    /// What was charged under earlier catalogue versions, and used, over all units.
    pub(super) earlier: (i64, u64),
    /// Paid by the balance and not yet on a CDR, micros.
    pub(super) uncut: i64,
    /// The price of what is not yet on a CDR, micros.
    pub(super) uncut_price: i64,
    /// Used and not yet on a CDR, over all units.
    pub(super) uncut_usage: u64,
}

impl Session {
    /// Whether data goes on under another catalogue version: it does where that prices all of it.
    pub(super) fn goes_on_under(&self, version: u64) -> bool {
        let priced = |units: &Units| self.price_under(version, units).is_some();
        self.context == "32251@3gpp.org" && self.version != version && self.units.iter().all(priced)
    }

    fn price_under(&self, version: u64, units: &Units) -> Option<Price> {
        let money = units.price == Price::Money;
        price::of_key(
            version,
            (&self.context, &self.destination),
            units.key,
            money,
        )
    }

    /// All that was used is recorded, and what comes is priced by another version.
    pub(super) fn go_on_under(&mut self, version: u64) {
        for at in 0..self.units.len() {
            let price = self.price_under(version, &self.units[at]);
            let units = &mut self.units[at];
            self.earlier.0 += units.charged;
            self.earlier.1 += units.used;
            if let Some(price) = price {
                units.go_on_at(price);
            }
        }
        self.version = version;
    }

    /// Something was used in it.
    pub(super) fn was_used(&self) -> bool {
        self.earlier.1 > 0 || self.units.iter().any(|units| units.used > 0)
    }

    pub(super) fn held(&self) -> i64 {
        self.units.iter().map(|units| units.held).sum()
    }
}

/// An account.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) credit: i64,
    pub(super) debt: bool,
    pub(super) balance: i64,
    pub(super) reserved: i64,
    pub(super) lines: Vec<(Uuid, LineStatus)>,
    pub(super) sessions: BTreeMap<u32, Session>,
    /// Debits by CDR: what may be given back.
    pub(super) debits: BTreeMap<Uuid, i64>,
    pub(super) refunded: BTreeSet<Uuid>,
    /// Top-ups and adjustments, micros.
    pub(super) funded: i64,
    /// CDRs but refunds, less overrun, micros.
    pub(super) charged: i64,
    /// Refunds, micros.
    pub(super) given_back: i64,
    /// The balance's side of all postings, micros.
    pub(super) posted: i64,
}

impl Account {
    pub(super) fn new(id: Uuid, credit: i64, debt: bool) -> Self {
        Self {
            id,
            credit,
            debt,
            balance: 0,
            reserved: 0,
            lines: Vec::new(),
            sessions: BTreeMap::new(),
            debits: BTreeMap::new(),
            refunded: BTreeSet::new(),
            funded: 0,
            charged: 0,
            given_back: 0,
            posted: 0,
        }
    }

    /// What may be held or paid on top, micros.
    pub(super) fn free(&self) -> i64 {
        (self.balance + self.credit - self.reserved).max(0)
    }

    /// Pays as far as the money reaches, or all of it where debt is the policy; returns what was
    /// covered.
    pub(super) fn pay(&mut self, amount: i64) -> i64 {
        let covered = if self.debt {
            amount
        } else {
            amount.min(self.free())
        };
        self.balance -= covered;
        covered
    }
}

/// What a request said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) units: Vec<UnitRequest>,
    pub(super) per_service: bool,
    pub(super) refund_of: Option<Uuid>,
}

/// A request that the journal holds.
#[derive(Clone, Debug)]
pub(super) struct Applied {
    pub(super) content: Content,
    pub(super) seen: Seen,
    /// Its session ended without usage, hence without a CDR to know it by: a retransmission long
    /// after opens it anew, which charges nothing.
    pub(super) is_void: bool,
}

/// A shard's books.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) seq: u64,
    pub(super) owner: u64,
    pub(super) command_seq: u64,
    pub(super) turns: Turns,
    pub(super) accounts: Vec<Account>,
    pub(super) applied: BTreeMap<Key, Applied>,
    pub(super) cdrs: BTreeSet<Uuid>,
    pub(super) outcomes: BTreeMap<u64, String>,
}

impl Book {
    /// A session ends that used nothing.
    pub(super) fn void(&mut self, session: &Session) {
        let first = Key {
            session: session.name.clone(),
            tag: session.tag.clone(),
            number: 0,
            kind: 0,
        };
        for (key, applied) in self.applied.range_mut(first..) {
            if (&key.session, &key.tag) != (&session.name, &session.tag) {
                break;
            }
            applied.is_void = true;
        }
    }
}
