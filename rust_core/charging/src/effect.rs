//! The journal's vocabulary: what caused a change and what the change was.
//!
//! Recovery, standby and materialiser apply effects and never rate, so a new release cannot change
//! what was acknowledged. New variants are added at the end only: the encoding names them by
//! position.

use crate::account::{AccountTerms, LineStatus, LineTerms, OverrunPolicy};
use crate::answer::Answer;
use crate::bucket::Bucket;
use crate::cdr::Cdr;
use crate::clock::Millis;
use crate::command::AdjustReason;
use crate::id::Uuid;
use crate::identity::Identity;
use crate::notice::Notice;
use crate::request::Request;
use crate::session::{Surroundings, UnitState};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What a record came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every record is a request"
)]
pub enum Cause<'a> {
    /// A charging request.
    #[serde(borrow)]
    Request(Request<'a>),
    /// A row of `engine_command`.
    Command {
        /// Its seq on the shard.
        seq: u64,
        /// Its id.
        id: Uuid,
        /// Its JSON.
        #[serde(borrow)]
        json: &'a str,
    },
    /// A timer.
    Timer,
    /// An engine took the shard over; it names itself.
    Owner(u64),
    /// A client announced a higher Origin-State-Id, or does not know a session of its own.
    PeerRestarted,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect<'a> {
    /// The record's account slot is a new account.
    AccountOpened {
        /// Tenant.
        tenant: Uuid,
        /// Account.
        account: Uuid,
        /// ISO 4217 code.
        #[serde(borrow)]
        currency: &'a str,
        /// Micros.
        credit_limit: i64,
        /// Policy.
        overrun: OverrunPolicy,
    },
    /// The account's next line.
    LineOpened {
        /// Line.
        line: Uuid,
        /// Product code.
        #[serde(borrow)]
        product: &'a str,
        /// MSISDN.
        msisdn: Identity,
        /// IMSI.
        imsi: Identity,
        /// Status.
        status: LineStatus,
    },
    /// A line's new content.
    LineChanged {
        /// Ordinal in the account.
        ordinal: u16,
        /// Product code.
        #[serde(borrow)]
        product: &'a str,
        /// MSISDN.
        msisdn: Identity,
        /// IMSI.
        imsi: Identity,
        /// Status.
        status: LineStatus,
    },
    /// A session opened; who and where stand in the request that caused it.
    SessionOpened {
        /// Its ordinal in the account.
        ordinal: u32,
        /// Catalogue version.
        catalog: u64,
        /// Service index in it.
        service: u16,
    },
    /// The new state of one set of units.
    UnitsSet {
        /// Session.
        ordinal: u32,
        /// State.
        units: UnitState,
    },
    /// Partial CDRs were cut; the session goes on, perhaps under another catalogue version.
    SessionCut {
        /// Session.
        ordinal: u32,
        /// Catalogue version from now on.
        catalog: u64,
        /// Service index in it.
        service: u16,
        /// Charge time.
        at: Millis,
        /// What was charged under earlier catalogue versions, micros.
        cut: i64,
        /// All units of the session.
        units: SmallVec<[UnitState; 1]>,
    },
    /// The request was answered; kept for its retransmission.
    Answered {
        /// Session.
        ordinal: u32,
        /// Digest of the request.
        digest: u64,
        /// New deadline.
        deadline: Millis,
        /// The answer.
        answer: Answer,
    },
    /// The session is given up, its reservations released; a late CCR-T may still report.
    SessionExpired {
        /// Session.
        ordinal: u32,
        /// Until when.
        until: Millis,
    },
    /// The session is gone.
    SessionClosed {
        /// Session.
        ordinal: u32,
    },
    /// The answer to remember under a key for retransmissions.
    Remembered {
        /// Hash of the key.
        key: u128,
        /// CC-Request-Number.
        number: u32,
        /// Request kind.
        kind: crate::request::Kind,
        /// Digest of the request.
        digest: u64,
        /// The answer.
        answer: Answer,
    },
    /// Money moved: the changes of balance and reserved, micros.
    Moved {
        /// Change of the balance.
        balance: i64,
        /// Change of the held part.
        reserved: i64,
    },
    /// A bucket paid or holds; changes in its unit.
    Drawn {
        /// Bucket.
        bucket: u32,
        /// The line that used it.
        line: u16,
        /// Change of what was used.
        used: i64,
        /// Change of what is held.
        reserved: i64,
    },
    /// A line's spending cap, after this.
    CapSpent {
        /// Ordinal of the line.
        line: u16,
        /// Micros spent in the period.
        spent: i64,
        /// Micros held.
        reserved: i64,
        /// End of the period.
        until: Millis,
    },
    /// Volume that a discount counts.
    Counted {
        /// Code of the discount.
        #[serde(borrow)]
        code: &'a str,
        /// The line; `None` when it is counted for the account.
        line: Option<u16>,
        /// Units or micros to add.
        used: i64,
        /// End of the period they belong to.
        until: Millis,
    },
    /// A new bucket.
    BucketOpened(Box<Bucket>),
    /// A bucket's content and times, after this.
    BucketChanged {
        /// Bucket.
        bucket: u32,
        /// What it held at first.
        initial: i64,
        /// Its end.
        expires_at: Millis,
        /// Whether the next one of its kind opens at its end.
        renews: bool,
        /// Periods its rest may still be carried into.
        rollovers_left: u8,
    },
    /// A bucket is gone.
    BucketClosed {
        /// Bucket.
        bucket: u32,
    },
    /// Something to tell whoever cares, once.
    Noticed(#[serde(borrow)] Box<Notice<'a>>),
    /// A line's add-ons, favourites, groups, cap and barring, all of them.
    LineTermsSet {
        /// Ordinal of the line.
        line: u16,
        /// What they are now.
        terms: Box<LineTerms>,
    },
    /// An account's limits, time zone and partners, all of them.
    AccountTermsSet {
        /// Micros.
        credit_limit: i64,
        /// What they are now.
        terms: Box<AccountTerms>,
    },
    /// A CDR, and with it its postings. Behind a pointer, since it is several times the size of
    /// every other effect and comes once a session.
    Recorded(#[serde(borrow)] Box<Cdr<'a>>),
    /// A debit was given back.
    Refunded {
        /// The debit's CDR.
        cdr: Uuid,
    },
    /// A top-up or adjustment, and with it its postings. The balance itself is `Moved`.
    Adjusted {
        /// Tenant.
        tenant: Uuid,
        /// Account.
        account: Uuid,
        /// ISO 4217 code.
        #[serde(borrow)]
        currency: &'a str,
        /// Why.
        reason: AdjustReason,
        /// Cause of the postings.
        reference: Uuid,
        /// Signed micros.
        amount: i64,
        /// Balance after it.
        balance_after: i64,
    },
    /// A row of `engine_command` is done, with this outcome (JSON).
    CommandDone {
        /// Outcome.
        #[serde(borrow)]
        outcome: &'a str,
    },
    /// New sessions of the tenant use this catalogue version: from the instant it was scheduled
    /// for on, else from this record on.
    CatalogActivated {
        /// Tenant.
        tenant: Uuid,
        /// Version.
        version: u64,
    },
    /// Every open session's deadline moves: an outage must not expire live sessions.
    DeadlinesMoved {
        /// By how much.
        by: Millis,
    },
    /// A client's Origin-State-Id rose: its older sessions are lost.
    PeerState {
        /// Origin-Host.
        #[serde(borrow)]
        host: &'a str,
        /// Origin-State-Id.
        state: u32,
    },
    /// A bucket is withdrawn from its line, or given back to it.
    BucketServes {
        /// Bucket.
        bucket: u32,
        /// From when it may pay; [`crate::bucket::FOREVER`]: withdrawn.
        from: Millis,
    },
    /// The user has moved, or is served otherwise: what follows is priced by this.
    SessionMoved {
        /// Session.
        ordinal: u32,
        /// Where and how from now on.
        surroundings: Box<Surroundings>,
    },
    /// The session is to be ended by its client; nothing is granted any more.
    SessionAborted {
        /// Session.
        ordinal: u32,
    },
    /// With a cut that goes on under another catalogue version: units used before it.
    UsedUnderOthers {
        /// Session.
        ordinal: u32,
        /// Units since the session began, all rating groups together.
        used: u64,
    },
    /// A catalogue version of the tenant comes into force later.
    CatalogScheduled {
        /// Tenant.
        tenant: Uuid,
        /// Version.
        version: u64,
        /// When.
        at: Millis,
    },
    /// A catalogue version does not come into force; the one before goes on.
    CatalogWithdrawn {
        /// Tenant.
        tenant: Uuid,
        /// Version.
        version: u64,
    },
    /// A line's own buckets and volumes have left the account.
    LineExported {
        /// Ordinal of the line.
        line: u16,
    },
}

/// The effects of one cause.
pub type Effects<'a> = SmallVec<[Effect<'a>; 4]>;

/// One journal record: a cause and its effects, all on one account or on the shard itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record<'a> {
    /// The shard's time.
    pub now: Millis,
    /// Slot of the account, when the effects are an account's.
    pub account: Option<u32>,
    /// Where it came from.
    #[serde(borrow)]
    pub cause: Cause<'a>,
    /// What changed.
    pub effects: Effects<'a>,
}

/// Effects as far as a shard's memory is concerned, free of what they borrowed from there: of a CDR a
/// shard keeps ids and amounts; its words are for the journal's readers. `None` where words are what
/// counts: such a record is applied from its bytes.
pub(crate) fn into_state<'a>(effects: Effects<'_>) -> Option<Effects<'a>> {
    let mut state = Effects::new();
    for effect in effects {
        state.push(match effect {
            Effect::SessionOpened {
                ordinal,
                catalog,
                service,
            } => Effect::SessionOpened {
                ordinal,
                catalog,
                service,
            },
            Effect::UnitsSet { ordinal, units } => Effect::UnitsSet { ordinal, units },
            Effect::Answered {
                ordinal,
                digest,
                deadline,
                answer,
            } => Effect::Answered {
                ordinal,
                digest,
                deadline,
                answer,
            },
            Effect::SessionClosed { ordinal } => Effect::SessionClosed { ordinal },
            Effect::Remembered {
                key,
                number,
                kind,
                digest,
                answer,
            } => Effect::Remembered {
                key,
                number,
                kind,
                digest,
                answer,
            },
            Effect::Moved { balance, reserved } => Effect::Moved { balance, reserved },
            Effect::Drawn {
                bucket,
                line,
                used,
                reserved,
            } => Effect::Drawn {
                bucket,
                line,
                used,
                reserved,
            },
            Effect::CapSpent {
                line,
                spent,
                reserved,
                until,
            } => Effect::CapSpent {
                line,
                spent,
                reserved,
                until,
            },
            Effect::Recorded(cdr) => Effect::Recorded(Box::new(cdr.without_words())),
            Effect::Refunded { cdr } => Effect::Refunded { cdr },
            _ => return None,
        });
    }
    Some(state)
}

impl<'a> Record<'a> {
    /// See [`into_state`].
    pub(crate) fn into_state(self) -> Option<Self> {
        Some(Self {
            effects: into_state(self.effects)?,
            ..self
        })
    }
}
