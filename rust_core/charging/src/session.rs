//! An open charging session and the usage in it.

use crate::answer::ResultCode;
use crate::clock::Millis;
use crate::kept_answer::KeptAnswer;
use crate::request::{Context, Kind, UnitKey};
use compact_str::CompactString;
use openmvno_rating::{
    BucketRuleId, Direction, Discount, DiscountId, Guided, PaysId, PeriodId, RateId, ServiceId,
    TableId,
};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

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
    /// A rate of the session's catalogue version, and what led to it.
    Rate(Guided),
    /// The units are money themselves.
    Money,
    /// An emergency or toll-free number: no price, nothing held.
    Free,
}

/// Who pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Payer {
    /// The account's balance.
    Balance,
    /// A bucket of the account, by its number.
    Bucket(u32),
    /// Nobody: a used-up bucket lets usage go on, throttled.
    Throttled(u32),
    /// Usage beyond what anybody could pay: the operator, or the balance as debt.
    Overrun,
}

/// The price of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartPrice {
    /// Rate.
    pub rate: RateId,
    /// Its table.
    pub table: TableId,
    /// The period of the table's calendar.
    pub period: PeriodId,
    /// The price is that of a stretch that follows another (no connection fee and so on).
    pub continuing: bool,
    /// When the stretch began.
    pub since: Millis,
    /// The usage at which it began.
    pub origin: u64,
}

/// A stretch of usage that one payer paid for at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Who.
    pub payer: Payer,
    /// At which price; `None` where the units are money themselves.
    pub price: Option<PartPrice>,
    /// Of a bucket: its rule, which outlives the bucket.
    pub rule: Option<BucketRuleId>,
    /// Of a bucket of units: the entry of its rule's `pays`.
    pub entry: Option<PaysId>,
    /// What was taken off its price.
    pub discount: Discount,
    /// The rule that took it off.
    pub discount_rule: Option<DiscountId>,
    /// Billed units, from the start of the rate's stretch.
    pub from: u64,
    /// Billed units.
    pub to: u64,
    /// In the payer's unit: micros for money, else the bucket's units.
    pub cost: i64,
}

/// What is held of a payer for the running grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Of whom.
    pub payer: Payer,
    /// In the payer's unit.
    pub amount: i64,
}

/// The usage of one rating group in a session since its last CDR.
///
/// What is charged is always a difference of prices of usage to date, so rounding never accumulates
/// and it does not matter in how many reports the usage came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitState {
    /// Which units.
    pub key: UnitKey,
    /// What prices them now.
    pub rate: RateRef,
    /// When these units began to be used.
    pub since: Millis,
    /// When the present price began.
    pub priced_since: Millis,
    /// Units used to date.
    pub used: u64,
    /// Usage at which the present price begins. Beyond `used` when an interval that began at the
    /// price before is paid to its end.
    pub origin: u64,
    /// The present price follows another one.
    pub continuing: bool,
    /// The price of `used`, micros.
    pub charged: i64,
    /// The part of `charged` no payer covered, micros.
    pub overrun: i64,
    /// The same, and what is owed because nobody covered it.
    pub uncovered: i64,
    /// The price of some of it is not to be announced.
    pub hidden: bool,
    /// A used-up bucket refused some of it.
    pub blocked: bool,
    /// What was granted last is not all that was asked for, is the last of it, or runs throttled: more
    /// money or another bucket would change it.
    pub short: bool,
    /// The running grant, units beyond `used`.
    pub granted: u64,
    /// What is held for it.
    pub holds: SmallVec<[Hold; 1]>,
    /// Who paid for what.
    pub parts: SmallVec<[Part; 1]>,
    /// What partial CDRs hold of it already.
    pub recorded: Option<Box<UnitState>>,
}

impl UnitState {
    /// Units not used yet.
    #[must_use]
    pub fn new(key: UnitKey, rate: RateRef, since: Millis) -> Self {
        Self {
            key,
            rate,
            since,
            priced_since: since,
            used: 0,
            origin: 0,
            continuing: false,
            charged: 0,
            overrun: 0,
            uncovered: 0,
            hidden: false,
            blocked: false,
            short: false,
            granted: 0,
            holds: SmallVec::new(),
            parts: SmallVec::new(),
            recorded: None,
        }
    }

    /// The same with nothing granted: what a CDR holds of it.
    pub(crate) fn as_recorded(&self) -> Box<Self> {
        Box::new(Self {
            granted: 0,
            holds: SmallVec::new(),
            recorded: None,
            ..self.clone()
        })
    }

    /// Whether some of the usage was more than anybody could pay for, be it owed or borne, or was
    /// refused by a used-up bucket, whatever it would have cost.
    #[must_use]
    pub fn has_overrun(&self) -> bool {
        self.uncovered > 0 || self.blocked
    }

    /// Adds a part, joined to the last one where it goes on as that one did.
    pub(crate) fn add_part(&mut self, part: Part) {
        if part.from == part.to && part.cost == 0 {
            return;
        }
        let same = |last: &Part| {
            (last.payer, last.price, last.entry, last.discount, last.to)
                == (part.payer, part.price, part.entry, part.discount, part.from)
        };
        match self.parts.last_mut() {
            Some(last) if same(last) => {
                last.to = part.to;
                last.cost += part.cost;
            }
            _ => self.parts.push(part),
        }
    }
}

/// Where the subscriber is and what carries the usage, as the network said when the session opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surroundings {
    /// MCC and MNC of the serving network.
    pub plmn: Box<str>,
    /// Number of the serving MSC or SGSN.
    pub msc: Box<str>,
    /// PLMN, area and cell.
    pub cell: Box<str>,
    /// Access point name or DNN.
    pub apn: Box<str>,
    /// Network slice.
    pub slice: Box<str>,
    /// Access network (P-Access-Network-Info's type).
    pub access_network: Box<str>,
    /// 3GPP-RAT-Type.
    pub rat_type: Option<u8>,
    /// QoS-Class-Identifier or 5QI.
    pub qos_class: Option<u8>,
    /// The other party is a live line of the tenant.
    pub on_net: bool,
    /// The other party is in a closed user group of the line.
    pub cug: bool,
}

impl Surroundings {
    /// A copy of what a request said.
    pub(crate) fn of(context: &Context<'_>) -> Self {
        Self {
            plmn: context.plmn.into(),
            msc: context.msc.into(),
            cell: context.cell.into(),
            apn: context.apn.into(),
            slice: context.slice.into(),
            access_network: context.access_network.into(),
            rat_type: context.rat_type,
            qos_class: context.qos_class,
            on_net: context.on_net,
            cug: context.cug,
        }
    }

    /// What a later request says, and for what it does not say what was said before. Who the other
    /// party is to the line does not change.
    pub(crate) fn changed<'a>(&'a self, new: &Context<'a>) -> Context<'a> {
        let text = |new: &'a str, old: &'a str| if new.is_empty() { old } else { new };
        let old = self.context();
        Context {
            plmn: text(new.plmn, old.plmn),
            msc: text(new.msc, old.msc),
            cell: text(new.cell, old.cell),
            apn: text(new.apn, old.apn),
            slice: text(new.slice, old.slice),
            access_network: text(new.access_network, old.access_network),
            rat_type: new.rat_type.or(old.rat_type),
            qos_class: new.qos_class.or(old.qos_class),
            ..old
        }
    }

    /// The same as a request says it.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context {
            plmn: &self.plmn,
            msc: &self.msc,
            cell: &self.cell,
            apn: &self.apn,
            slice: &self.slice,
            access_network: &self.access_network,
            rat_type: self.rat_type,
            qos_class: self.qos_class,
            on_net: self.on_net,
            cug: self.cug,
        }
    }
}

/// What only some sessions have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// Location and access; `None` when the network said nothing of it.
    pub surroundings: Option<Surroundings>,
    /// CC-Correlation-Id; empty when absent.
    pub correlation: Box<str>,
    /// Its last partial CDR.
    pub cut: Option<PartialCut>,
}

/// Where the last partial CDR of a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartialCut {
    /// Charge time.
    pub at: Millis,
    /// What was charged under earlier catalogue versions, micros.
    pub charged: i64,
    /// Units used under earlier catalogue versions, all rating groups together.
    pub used: u64,
}

impl Particulars {
    /// Nothing when there is nothing of it.
    pub(crate) fn of(
        surroundings: Option<Surroundings>,
        correlation: &str,
        cut: Option<PartialCut>,
    ) -> Option<Box<Self>> {
        let any = surroundings.is_some() || !correlation.is_empty() || cut.is_some();
        any.then(|| {
            Box::new(Self {
                surroundings,
                correlation: correlation.into(),
                cut,
            })
        })
    }
}

// A million subscribers have as many of these: what is rare in them lies behind a pointer.
const _: () = assert!(size_of::<Session>() <= 416 && size_of::<UnitState>() <= 232);

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
    /// Catalogue version that prices it.
    pub catalog: u64,
    /// The service.
    pub service: ServiceId,
    /// Originating, terminating or forwarded.
    pub direction: Direction,
    /// The other party.
    pub destination: CompactString,
    /// What only some sessions have.
    pub particulars: Option<Box<Particulars>>,
    /// Origin-Host of the client (index in the shard's list).
    pub origin_host: u16,
    /// Its Origin-State-Id when the session opened.
    pub origin_state: u32,
    /// Charge time of the INITIAL request.
    pub opened_at: Millis,
    /// Charge time of the last report.
    pub last_at: Millis,
    /// When a silent client is given up (Tcc), or, once expired, when a late report is refused.
    pub deadline: Millis,
    /// Closed by us; kept for a late CCR-T.
    pub expired: bool,
    /// To be ended by order: nothing is granted any more.
    pub aborted: bool,
    /// The last request applied.
    pub last_number: u32,
    /// Its kind.
    pub last_kind: Kind,
    /// Its digest.
    pub last_digest: u64,
    /// Result-Code of its answer, at command level.
    pub last_result: ResultCode,
    /// The rest of its answer.
    pub last_answer: KeptAnswer,
    /// Usage by rating group.
    pub units: SmallVec<[UnitState; 1]>,
}

impl Session {
    /// Whether a retransmission of its last request gets its answer again. What a given-up session was
    /// granted is not promised again; one that was to end may be given up a moment after it was heard.
    pub(crate) fn repeats(&self) -> bool {
        !self.expired || (self.aborted && !self.last_answer.grants())
    }

    /// Location and access; `None` when the network said nothing of it.
    #[must_use]
    pub fn surroundings(&self) -> Option<&Surroundings> {
        self.particulars.as_ref()?.surroundings.as_ref()
    }

    /// CC-Correlation-Id; empty when absent.
    #[must_use]
    pub fn correlation(&self) -> &str {
        self.particulars
            .as_ref()
            .map_or("", |rest| &rest.correlation)
    }

    /// Where its last partial CDR ended; at first where it began.
    #[must_use]
    pub fn cut(&self) -> PartialCut {
        let cut = self.particulars.as_ref().and_then(|rest| rest.cut);
        cut.unwrap_or(PartialCut {
            at: self.opened_at,
            charged: 0,
            used: 0,
        })
    }
}
