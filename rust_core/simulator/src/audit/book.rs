//! The auditor's books: what the durable journal amounts to, by the auditor's own arithmetic.

use super::happened::Happened;
use super::offer;
use super::price::{self, Price};
use super::stock::Stock;
use super::travel::Way;
use super::turns::Turns;
use super::walk::{Buyer, Entries, Payer, Shares};
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
    /// What is held for them, of whom.
    pub(super) holds: Shares,
    /// What buckets of units have paid for at this price.
    pub(super) covered: Entries,
    /// Their price followed another one.
    pub(super) continues: bool,
}

impl Units {
    pub(super) fn new(key: UnitKey, price: Price) -> Self {
        Self {
            key,
            price,
            origin: 0,
            used: 0,
            charged: 0,
            holds: Shares::new(),
            covered: Entries::new(),
            continues: false,
        }
    }

    /// What so much usage is billed as.
    pub(super) fn billed(&self, used: u64) -> u64 {
        self.price.begun(used.saturating_sub(self.origin))
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
        self.covered.clear();
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
    /// Its client is to end it: nothing is granted any more.
    pub(super) aborted: bool,
    pub(super) units: Vec<Units>,
    /// What was charged under earlier catalogue versions, and used, over all units.
    pub(super) earlier: (i64, u64),
    /// Paid by the balance and not yet on a CDR, micros.
    pub(super) uncut: i64,
    /// The price of what is not yet on a CDR, micros.
    pub(super) uncut_price: i64,
    /// Used and not yet on a CDR, over all units.
    pub(super) uncut_usage: u64,
    /// Paid by buckets and not yet on a CDR, each in its own units.
    pub(super) uncut_buckets: BTreeMap<u32, i64>,
    /// The money among it, micros.
    pub(super) uncut_wallets: i64,
    /// When it was last recorded, or opened.
    pub(super) cut_at: i64,
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

    /// What it holds of a payer.
    pub(super) fn held(&self, payer: Payer) -> i64 {
        let held = |units: &Units| units.holds.get(&payer).copied().unwrap_or(0);
        self.units.iter().map(held).sum()
    }

    /// Who buys what a set of its units asks for at an instant.
    pub(super) fn buyer(&self, account: &Account, key: UnitKey, at: i64) -> Buyer {
        let service = price::service(&self.context);
        account.buyer((self.version, service), self.line, key, at)
    }
}

/// A line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: Uuid,
    pub(super) status: LineStatus,
    pub(super) product: String,
    /// Instance and product.
    pub(super) addons: Vec<(Uuid, String)>,
    pub(super) way: Way,
}

/// An account.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) id: Uuid,
    pub(super) credit: i64,
    pub(super) debt: bool,
    pub(super) balance: i64,
    pub(super) reserved: i64,
    pub(super) lines: Vec<Line>,
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
    /// The same of its wallets of money.
    pub(super) posted_wallets: i64,
    /// Its buckets and volumes.
    pub(super) stock: Stock,
    /// What was drawn of its buckets when the present record began.
    pub(super) started: Vec<(u32, i64)>,
    /// What left each bucket and is on no CDR yet, in its own units.
    pub(super) unrecorded: BTreeMap<u32, i64>,
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
            posted_wallets: 0,
            stock: Stock::default(),
            started: Vec::new(),
            unrecorded: BTreeMap::new(),
        }
    }

    /// Whether a line may be granted anything.
    pub(super) fn is_in_service(&self, line: u16) -> bool {
        let line = self.lines.get(usize::from(line));
        line.is_some_and(|line| price::is_in_service(line.status))
    }

    /// Who buys something for a line.
    pub(super) fn buyer(
        &self,
        (version, service): (u64, &'static str),
        line: u16,
        key: UnitKey,
        at: i64,
    ) -> Buyer {
        let product = self.lines.get(usize::from(line)).map(|line| &*line.product);
        Buyer {
            version,
            service,
            group: key.rating_group,
            line,
            at,
            discount: product.and_then(|product| offer::discount(version, product, service)),
        }
    }

    /// What may be held or paid on top, micros.
    pub(super) fn free(&self) -> i64 {
        (self.balance + self.credit - self.reserved).max(0)
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
    /// When a retransmission is decided anew, where no CDR is there to know the request by: its
    /// session ended without usage, or it is a debit refused for lack of credit.
    pub(super) anew_from: Option<i64>,
}

impl Applied {
    pub(super) fn is_over(&self, now: i64) -> bool {
        self.anew_from.is_some_and(|from| now >= from)
    }
}

/// A shard's books.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    pub(super) happened: Happened,
    /// Sessions, by name and tag, that their clients were to end: given up without another wait.
    pub(super) aborted: BTreeSet<(String, String)>,
    pub(super) seq: u64,
    pub(super) owner: u64,
    pub(super) command_seq: u64,
    pub(super) turns: Turns,
    pub(super) accounts: Vec<Account>,
    pub(super) applied: BTreeMap<Key, Applied>,
    /// Keys applied since they were looked at last.
    pub(super) fresh: Vec<Key>,
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
            applied.anew_from = Some(i64::MIN);
        }
    }
}
