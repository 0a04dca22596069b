//! A payer: its balance, buckets and lines.

use crate::bucket::{Bucket, Counter};
use crate::clock::Millis;
use crate::id::Uuid;
use crate::identity::Identity;
use arcstr::ArcStr;
use openmvno_money::Currency;
use openmvno_rating::{Renew, TimeZone};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use thin_vec::ThinVec;

/// What happens to usage beyond the grant that nothing covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverrunPolicy {
    /// The operator bears it (ledger account *overrun*); the balance stays at zero or above.
    Absorb,
    /// The balance goes below zero.
    Debt,
}

/// The life of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// Sold, not yet used.
    Preactive,
    /// In service.
    Active,
    /// Barred by staff or subscriber.
    Blocked,
    /// Out of service for want of payment.
    Suspended,
    /// Gone; its identities may belong to another line.
    Closed,
    /// On its way to another payer: nothing new is served until it is there.
    Moving,
}

/// An add-on of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddOn {
    /// This one, among several of a kind.
    pub instance: Uuid,
    /// Product code.
    pub product: Box<str>,
}

/// The most a line may spend in a period, whoever else has money in the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpendingCap {
    /// Micros a period.
    pub amount: i64,
    /// The period.
    pub renew: Renew,
    /// Micros spent in it.
    pub spent: i64,
    /// Micros held.
    pub reserved: i64,
    /// Its end.
    pub until: Millis,
}

/// How far a line is on its way from one payer to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayerStage {
    /// It stands still with the old payer; the status it had.
    Frozen(LineStatus),
    /// What is its own was taken out; the old payer still answers for its identities.
    Exported,
    /// It is with another payer; what is left here is for late reports of its old sessions.
    Left,
    /// It came here, and is charged here.
    Arrived,
}

/// The last change of payer a line had a part in, as one of its payers knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayerChange {
    /// Which one.
    pub change: Uuid,
    /// How far it is.
    pub stage: PayerStage,
    /// How many times the line has come to a payer since it was opened: of two that seem to have it
    /// the later one does.
    pub arrivals: u32,
    /// The account it came to this one from, if it came from one.
    pub from: Option<Uuid>,
}

/// What only some lines have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTerms {
    /// Add-ons, oldest first.
    pub addons: SmallVec<[AddOn; 2]>,
    /// Friends & Family: international digits.
    pub favourites: Vec<Box<str>>,
    /// Closed user groups.
    pub groups: Vec<Uuid>,
    /// The other IMSIs of its card.
    pub further_imsis: Vec<Identity>,
    /// Spending cap.
    pub cap: Option<SpendingCap>,
    /// Only the line's own buckets pay, never the account's balance.
    pub own_balance: bool,
    /// Toll-free numbers are denied while the line is out of service.
    pub toll_free_barred: bool,
    /// Usage that costs nothing goes on while the line is out of service.
    pub zero_rated_allowed: bool,
    /// Its last change of payer; boxed, since nearly no line has one.
    pub payer: Option<Box<PayerChange>>,
}

/// A subscription line: one MSISDN and IMSI on a product, paid by the account it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `line_id`.
    pub id: Uuid,
    /// Product code in the tenant's catalogue.
    pub product: ArcStr,
    /// MSISDN; `None` where a price is asked for no real line.
    pub msisdn: Option<Identity>,
    /// IMSI, the first of its card.
    pub imsi: Option<Identity>,
    /// Life-cycle status.
    pub status: LineStatus,
    /// What only some lines have.
    pub terms: Option<Box<LineTerms>>,
}

impl Line {
    /// Its spending cap, if it has one.
    #[must_use]
    pub fn cap(&self) -> Option<&SpendingCap> {
        self.terms.as_ref()?.cap.as_ref()
    }

    /// Whether the account's balance may not pay for it.
    #[must_use]
    pub fn has_own_balance(&self) -> bool {
        self.terms.as_ref().is_some_and(|terms| terms.own_balance)
    }

    /// Its add-ons.
    #[must_use]
    pub fn addons(&self) -> &[AddOn] {
        self.terms.as_ref().map_or(&[], |terms| &terms.addons)
    }

    /// Whatever the network knows it by.
    pub fn identities(&self) -> impl Iterator<Item = Identity> + '_ {
        let first = self.msisdn.into_iter().chain(self.imsi);
        first.chain(self.further_imsis().iter().copied())
    }

    /// The other IMSIs of its card.
    #[must_use]
    pub fn further_imsis(&self) -> &[Identity] {
        self.terms
            .as_ref()
            .map_or(&[], |terms| &terms.further_imsis)
    }

    /// Its last change of payer.
    #[must_use]
    pub fn payer_change(&self) -> Option<&PayerChange> {
        self.terms.as_ref()?.payer.as_deref()
    }

    /// Whether it is with another payer now.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.payer_change()
            .is_some_and(|payer| payer.stage == PayerStage::Left)
    }

    /// How many times it has come to a payer since it was opened.
    #[must_use]
    pub fn arrivals(&self) -> u32 {
        self.payer_change().map_or(0, |payer| payer.arrivals)
    }

    /// Whether a number is on its Friends & Family list.
    #[must_use]
    pub fn has_favourite(&self, digits: &str) -> bool {
        let terms = self.terms.as_ref();
        terms.is_some_and(|terms| terms.favourites.iter().any(|number| &**number == digits))
    }
}

/// A debit young enough that the database may not show it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecentDebit {
    /// Its CDR.
    pub cdr: Uuid,
    /// Hash of its CC-Correlation-Id; 0 when it had none.
    pub correlation: u64,
    /// What the balance paid, micros.
    pub amount: i64,
    /// When.
    pub at: Millis,
}

/// What later events of an account must know of earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHistory {
    /// Debits of the last minute.
    pub debits: Vec<RecentDebit>,
    /// CDRs refunded.
    pub refunds: Vec<Uuid>,
}

/// What only some accounts have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTerms {
    /// The time zone its days begin in; `None`: the catalogue's.
    pub time_zone: Option<TimeZone>,
    /// The credit limit, micros, that holds until an instant in place of the permanent one.
    pub temporary_limit: Option<(i64, Millis)>,
    /// Available money, micros, below which a warning is due.
    pub limit_warning: Option<i64>,
    /// The warning was given.
    pub limit_warned: bool,
    /// Balance, micros, below which it counts as low.
    pub low_balance: Option<i64>,
    /// That was told.
    pub low_told: bool,
    /// Codes of the resellers above it, nearest first.
    pub partners: Vec<Box<str>>,
}

/// A payer: the one whose balance its lines draw on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `account_id`.
    pub id: Uuid,
    /// Index of the tenant in the shard's list.
    pub tenant: u16,
    /// Currency of every amount here.
    pub currency: Currency,
    /// Money left (negative: owed), micros.
    pub balance: i64,
    /// The part of it held by running grants, micros.
    pub reserved: i64,
    /// How far below zero the balance may go, micros.
    pub credit_limit: i64,
    /// What happens beyond.
    pub overrun: OverrunPolicy,
    /// The ordinal of the next session.
    pub next_session: u32,
    /// The number of the next bucket.
    pub next_bucket: u32,
    /// When something of it is due by the clock; [`crate::bucket::FOREVER`] when nothing is.
    pub due: Millis,
    /// What only some accounts have.
    pub terms: Option<Box<AccountTerms>>,
    /// Lines, by ordinal.
    pub lines: SmallVec<[Line; 1]>,
    /// Buckets, by number.
    pub buckets: ThinVec<Bucket>,
    /// Volumes of discounts.
    pub counters: ThinVec<Counter>,
    /// Open sessions as (ordinal, slot in the shard's session store), ordinals ascending.
    pub open: SmallVec<[(u32, u32); 2]>,
    /// Its one-time events; `None` before the first.
    pub events: Option<Box<EventHistory>>,
}

impl Account {
    /// An account with nothing in it.
    pub(crate) fn blank(id: Uuid, tenant: u16, currency: Currency) -> Self {
        Self {
            id,
            tenant,
            currency,
            balance: 0,
            reserved: 0,
            credit_limit: 0,
            overrun: OverrunPolicy::Absorb,
            next_session: 0,
            next_bucket: 0,
            due: crate::bucket::FOREVER,
            terms: None,
            lines: SmallVec::new(),
            buckets: ThinVec::new(),
            counters: ThinVec::new(),
            open: SmallVec::new(),
            events: None,
        }
    }

    /// The time zone its days begin in; `None`: the catalogue's.
    #[must_use]
    pub fn time_zone(&self) -> Option<&TimeZone> {
        self.terms.as_ref()?.time_zone.as_ref()
    }

    /// How far below zero the balance may go at `at`, micros.
    #[must_use]
    pub fn limit_at(&self, at: Millis) -> i64 {
        let temporary = self.terms.as_ref().and_then(|terms| terms.temporary_limit);
        let in_force = temporary.filter(|&(_, until)| at < until);
        in_force.map_or(self.credit_limit, |(amount, _)| amount)
    }

    /// What a new grant may hold: balance and credit less what is held already, micros.
    #[must_use]
    pub fn available(&self, at: Millis) -> i64 {
        self.balance
            .saturating_add(self.limit_at(at))
            .saturating_sub(self.reserved)
    }

    /// The statuses that follow from its money, the strongest first: `credit_exceeded` (all the credit
    /// there is is owed, or more), `no_available_funds` (nothing is left, and no credit given),
    /// `spending_limit_reached` (a line has spent what it may in its period). What running grants hold
    /// comes back or is spent in a moment, and makes no status.
    #[must_use]
    pub fn money_statuses(&self, at: Millis) -> Vec<&'static str> {
        let limit = self.limit_at(at);
        let mut found = Vec::new();
        if self.balance.saturating_add(limit) <= 0 {
            let owes = limit > 0 || self.balance < 0;
            found.push(if owes {
                "credit_exceeded"
            } else {
                "no_available_funds"
            });
        }
        let is_spent = |cap: &SpendingCap| at < cap.until && cap.spent >= cap.amount;
        let live = |line: &&Line| line.status != LineStatus::Closed;
        let mut lines = self.lines.iter().filter(live);
        if lines.any(|line| line.cap().is_some_and(is_spent)) {
            found.push("spending_limit_reached");
        }
        found
    }

    /// The slot of an open session by its ordinal.
    #[must_use]
    pub fn open_slot(&self, ordinal: u32) -> Option<u32> {
        let at = self
            .open
            .binary_search_by_key(&ordinal, |&(number, _)| number)
            .ok()?;
        Some(self.open[at].1)
    }

    /// A bucket by its number.
    #[must_use]
    pub fn bucket(&self, id: u32) -> Option<&Bucket> {
        let at = self.buckets.binary_search_by_key(&id, |bucket| bucket.id);
        Some(&self.buckets[at.ok()?])
    }

    /// The same, to be changed.
    pub(crate) fn bucket_mut(&mut self, id: u32) -> Option<&mut Bucket> {
        let at = self.buckets.binary_search_by_key(&id, |bucket| bucket.id);
        Some(&mut self.buckets[at.ok()?])
    }
}
