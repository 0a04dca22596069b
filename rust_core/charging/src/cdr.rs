//! The charging data record: what was used, what it cost, and every input needed to say why.

use crate::clock::Millis;
use crate::id::Uuid;
use crate::request::Context;
use openmvno_rating::{Direction, PartnerRole};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What kind of usage a CDR is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CdrKind {
    /// A session (one CDR for each rating group).
    Session,
    /// A one-time event.
    Event,
    /// Money given back for a debit.
    Refund,
    /// A record rated from a file.
    File,
    /// Usage reported after the session had been given up.
    Correction,
}

/// Why the CDR was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CdrCause {
    /// The client ended it.
    Normal,
    /// The client fell silent (Tcc).
    Expired,
    /// The client lost its state: a higher Origin-State-Id, or it answered that it does not know the
    /// session.
    PeerRestarted,
    /// A late CCR-T.
    Late,
    /// The session goes on: a day is over, a period ended or the catalogue changed.
    Partial,
}

/// A stretch of the usage that one payer paid for at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdrPart<'a> {
    /// `balance`, `overrun`, `throttle`, or `bucket` with its code.
    pub payer: &'a str,
    /// Code of the bucket or throttle profile's bucket, or empty.
    pub code: &'a str,
    /// The bucket's number.
    pub bucket: Option<u32>,
    /// The cost is money.
    pub money: bool,
    /// Rate name.
    pub rate: &'a str,
    /// Code of its table.
    pub table: &'a str,
    /// Period of the table's calendar, or empty.
    pub period: &'a str,
    /// Billed units, from the start of the rate's stretch.
    pub from: u64,
    /// Billed units.
    pub to: u64,
    /// Micros, or the bucket's units.
    pub cost: i64,
    /// Basis points taken off.
    pub discount: u16,
    /// The price follows another one in the session.
    pub continuing: bool,
    /// When the rate's stretch began.
    pub since: Millis,
    /// The usage at which it began.
    pub origin: u64,
    /// Of a bucket of units: the entry of its rule's `pays`.
    pub entry: Option<u16>,
    /// The units the entry had paid for before this part: its cost is cumulated over them.
    pub covered: u64,
}

/// What earlier CDRs hold of the same units of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    /// Usage.
    pub used: u64,
    /// When the units began to be used.
    pub since: Millis,
    /// The interval that this CDR begins in was paid for before.
    pub paid: bool,
}

/// What the usage costs between the operator and a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerCharge<'a> {
    /// Code of the partner.
    pub code: &'a str,
    /// Who pays whom.
    pub role: PartnerRole,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// Micros.
    pub amount: i64,
}

/// A charging data record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cdr<'a> {
    /// Time-ordered id.
    pub id: Uuid,
    /// Tenant.
    pub tenant: Uuid,
    /// Payer.
    pub account: Uuid,
    /// Line.
    pub line: Uuid,
    /// Session-Id.
    #[serde(borrow)]
    pub session: &'a str,
    /// Kind.
    pub kind: CdrKind,
    /// Why it was closed.
    pub cause: CdrCause,
    /// Service code.
    pub service: &'a str,
    /// Originating or terminating.
    pub direction: Direction,
    /// The other party.
    pub destination: &'a str,
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// Service-Identifier.
    pub service_identifier: Option<u32>,
    /// Charge time of the start.
    pub started_at: Millis,
    /// Charge time of the end.
    pub ended_at: Millis,
    /// In the service's unit, or micros when the units were money.
    pub usage: u64,
    /// ISO 4217 code.
    pub currency: &'a str,
    /// The price of the usage, micros (negative for a refund).
    pub amount: i64,
    /// The part of it no balance covered, micros.
    pub overrun: i64,
    /// The balance after it, micros.
    pub balance_after: i64,
    /// Catalogue version that priced it.
    pub catalog: u64,
    /// Product code.
    pub product: &'a str,
    /// Rate name.
    pub rate: &'a str,
    /// The debit a refund reverses, or the CDR a correction adds to.
    pub refers_to: Option<Uuid>,
    /// CC-Correlation-Id or content key.
    pub correlation: &'a str,
    /// Origin-Host of the client.
    pub origin_host: &'a str,
    /// Usage beyond the grant is owed (else the operator bears it).
    pub debt: bool,
    /// CC-Request-Number of the request that closed it; with the Session-Id it names an event.
    pub request_number: u32,
    /// The part of the amount that buckets of money paid, micros.
    pub wallets: i64,
    /// Who paid for what; empty when the balance paid for all of it at `rate`.
    pub parts: SmallVec<[CdrPart<'a>; 1]>,
    /// What partners pay or get.
    pub partners: SmallVec<[PartnerCharge<'a>; 1]>,
    /// Where and how it was used, as far as known.
    pub context: Option<Context<'a>>,
    /// The other party was on the line's Friends & Family list.
    pub favourite: bool,
    /// Time zone of the account, when it has one of its own.
    pub time_zone: &'a str,
    /// What came before, where this CDR goes on from it.
    pub earlier: Option<Earlier>,
}

impl Cdr<'_> {
    /// Ids, times and amounts alone.
    pub(crate) fn without_words<'a>(&self) -> Cdr<'a> {
        Cdr {
            id: self.id,
            tenant: self.tenant,
            account: self.account,
            line: self.line,
            session: "",
            kind: self.kind,
            cause: self.cause,
            service: "",
            direction: self.direction,
            destination: "",
            rating_group: self.rating_group,
            service_identifier: self.service_identifier,
            started_at: self.started_at,
            ended_at: self.ended_at,
            usage: self.usage,
            currency: "",
            amount: self.amount,
            overrun: self.overrun,
            balance_after: self.balance_after,
            catalog: self.catalog,
            product: "",
            rate: "",
            refers_to: self.refers_to,
            correlation: "",
            origin_host: "",
            debt: self.debt,
            request_number: self.request_number,
            wallets: self.wallets,
            parts: SmallVec::new(),
            partners: SmallVec::new(),
            context: None,
            favourite: self.favourite,
            time_zone: "",
            earlier: self.earlier,
        }
    }
}
