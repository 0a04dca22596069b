//! What a payer account holds: balance, lines, open sessions.

use crate::answer::Answer;
use crate::clock::Millis;
use crate::id::Uuid;
use crate::request::{Kind, UnitKey};
use openmvno_money::Currency;
use openmvno_rating::{Direction, ProductId, RateId, ServiceId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What happens to usage beyond the grant that the balance does not cover.
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
}

/// A subscription line: one MSISDN and IMSI on a product, paid by the account it is in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// `line_id`.
    pub id: Uuid,
    /// Product code in the tenant's catalogue.
    pub product: Box<str>,
    /// E.164 digits.
    pub msisdn: Box<str>,
    /// IMSI digits.
    pub imsi: Box<str>,
    /// Life-cycle status.
    pub status: LineStatus,
}

/// What units count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// CC-Time.
    Seconds,
    /// CC-Total-Octets.
    Octets,
    /// CC-Service-Specific-Units.
    Events,
    /// CC-Money, in micros.
    Money,
}

/// What prices a set of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RateRef {
    /// A rate of the session's catalogue version.
    Rate(RateId),
    /// The units are money themselves.
    Money,
}

/// The usage of one rating group in a session, from its first report to now.
///
/// `charged` is always the price of `used` in one piece, so rounding never accumulates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// Which units.
    pub key: UnitKey,
    /// What prices them.
    pub rate: RateRef,
    /// Units used to date.
    pub used: u64,
    /// The price of `used`, micros.
    pub charged: i64,
    /// The part of `charged` no balance covered, micros.
    pub overrun: i64,
    /// Money held for the running grant, micros.
    pub reserved: i64,
    /// The running grant, units beyond `used`.
    pub granted: u64,
}

/// An open charging session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Session-Id.
    pub id: Box<str>,
    /// Its number within the account; journal records name it so.
    pub ordinal: u32,
    /// Slot of the account.
    pub account: u32,
    /// The line within the account.
    pub line: u16,
    /// Catalogue version that prices it from start to end.
    pub catalog: u64,
    /// The line's product when it opened.
    pub product: ProductId,
    /// The service.
    pub service: ServiceId,
    /// Originating or terminating.
    pub direction: Direction,
    /// The other party.
    pub destination: Box<str>,
    /// Origin-Host of the client (index in the shard's list).
    pub origin_host: u16,
    /// Its Origin-State-Id when the session opened.
    pub origin_state: u32,
    /// CC-Correlation-Id.
    pub correlation: Box<str>,
    /// Charge time of the INITIAL request.
    pub opened_at: Millis,
    /// Charge time of the last report.
    pub last_at: Millis,
    /// When a silent client is given up (Tcc), or, once expired, when a late report is refused.
    pub deadline: Millis,
    /// Closed by us; kept for a late CCR-T.
    pub expired: bool,
    /// The last request applied.
    pub last_number: u32,
    /// Its kind.
    pub last_kind: Kind,
    /// Its digest.
    pub last_digest: u64,
    /// Its answer.
    pub last_answer: Answer,
    /// Usage by rating group.
    pub units: SmallVec<[UnitState; 1]>,
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
    /// Lines, by ordinal.
    pub lines: SmallVec<[Line; 1]>,
    /// Open sessions as (ordinal, slot in the shard's session store), ordinals ascending.
    pub open: Vec<(u32, u32)>,
    /// Debits of the last minute.
    pub debits: Vec<RecentDebit>,
    /// CDRs refunded.
    pub refunds: Vec<Uuid>,
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
            lines: SmallVec::new(),
            open: Vec::new(),
            debits: Vec::new(),
            refunds: Vec::new(),
        }
    }

    /// What a new grant may hold: balance and credit less what is held already, micros.
    #[must_use]
    pub fn available(&self) -> i64 {
        self.balance
            .saturating_add(self.credit_limit)
            .saturating_sub(self.reserved)
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
}
