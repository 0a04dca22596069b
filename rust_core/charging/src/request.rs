//! A charging request as every door hands it in: Diameter, gRPC and REST mean the same thing here.

use crate::clock::Millis;
use crate::id::Uuid;
use openmvno_rating::Direction;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What is asked: CC-Request-Type with, for events, Requested-Action (RFC 8506 §8.3, §8.41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `INITIAL_REQUEST`: opens a session.
    Initial,
    /// `UPDATE_REQUEST`: reports usage, asks for more.
    Update,
    /// `TERMINATION_REQUEST`: reports the last usage and closes.
    Terminate,
    /// `EVENT_REQUEST` / `DIRECT_DEBITING`.
    Debit,
    /// `EVENT_REQUEST` / `REFUND_ACCOUNT`.
    Refund,
    /// `EVENT_REQUEST` / `CHECK_BALANCE`.
    CheckBalance,
    /// `EVENT_REQUEST` / `PRICE_ENQUIRY`.
    PriceEnquiry,
}

/// The service a request is about, as the door knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceName<'a> {
    /// Service-Context-Id, for example `32251@3gpp.org`.
    Context(#[serde(borrow)] &'a str),
    /// A service code of the catalogue.
    Code(#[serde(borrow)] &'a str),
}

/// Names one set of units in a session: Rating-Group and Service-Identifier of an MSCC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct UnitKey {
    /// Rating-Group; `None` at command level and in an MSCC without one.
    pub rating_group: Option<u32>,
    /// The first Service-Identifier of the MSCC.
    pub service_identifier: Option<u32>,
}

/// Requested-Service-Unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requested {
    /// Absent: no new grant.
    Nothing,
    /// Present but empty: the server chooses the size (RFC 8506 §8.18).
    ServerChooses,
    /// A number of the service's units (seconds, octets, events), or of micros when in money.
    Units(u64),
}

/// One MSCC, or the units at command level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitRequest {
    /// Which units.
    pub key: UnitKey,
    /// What is asked for.
    pub requested: Requested,
    /// Usage since the last report, summed over all Used-Service-Unit; `None` when none came.
    pub used: Option<u64>,
    /// Usage after the price changed (Tariff-Change-Usage UNIT_AFTER_TARIFF_CHANGE, RFC 8506 §8.27).
    pub used_after_change: Option<u64>,
    /// Counted in money (CC-Money, micros) rather than in the service's unit.
    pub money: bool,
}

/// What the database knows that memory does not, fetched when [`crate::Answer::needs_evidence`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// The database was not asked.
    #[default]
    Unasked,
    /// It was asked and knows nothing.
    Nothing,
    /// The CDR a refund is about: its id, and what of its amount was paid from the balance.
    Debit {
        /// `cdr.cdr_id`.
        cdr: Uuid,
        /// Micros of it that may be refunded.
        refundable: i64,
    },
    /// A CDR of this Session-Id exists already: the request was charged before.
    Charged,
}

/// Which session a journaled request was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionRef<'a> {
    /// By Session-Id.
    Named(#[serde(borrow)] &'a str),
    /// By its number within the account, when it is open.
    Open(u32),
}

/// Where the served user is and what carries the usage, as the network says it; empty when absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context<'a> {
    /// MCC and MNC of the serving network.
    pub plmn: &'a str,
    /// Digits of the serving MSC's or SGSN's number.
    pub msc: &'a str,
    /// PLMN, area and cell.
    pub cell: &'a str,
    /// Access point name or DNN.
    pub apn: &'a str,
    /// Network slice.
    pub slice: &'a str,
    /// Kind of access network.
    pub access_network: &'a str,
    /// 3GPP-RAT-Type.
    pub rat_type: Option<u8>,
    /// QoS-Class-Identifier or 5QI.
    pub qos_class: Option<u8>,
    /// The other party is a live line of the tenant.
    pub on_net: bool,
    /// The other party is in a closed user group of the line.
    pub cug: bool,
}

impl Context<'_> {
    /// This, unless nothing is known at all. Lengths alone are looked at: comparing it with a default
    /// was a quarter of the time a bare price takes.
    #[must_use]
    pub fn if_known(self) -> Option<Self> {
        let texts = [
            self.plmn,
            self.msc,
            self.cell,
            self.apn,
            self.slice,
            self.access_network,
        ];
        let known = texts.iter().any(|text| !text.is_empty())
            || self.rat_type.is_some()
            || self.qos_class.is_some()
            || self.on_net
            || self.cug;
        known.then_some(self)
    }
}

/// A charging request whose subscriber the door has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request<'a> {
    /// Session-Id.
    #[serde(borrow)]
    pub session: SessionRef<'a>,
    /// CC-Request-Number.
    pub number: u32,
    /// CC-Request-Type and Requested-Action.
    pub kind: Kind,
    /// Slot of the payer account on the shard.
    pub account: u32,
    /// The line within the account.
    pub line: u16,
    /// The service.
    #[serde(borrow)]
    pub service: ServiceName<'a>,
    /// Mobile originating or terminating (Role-Of-Node).
    pub direction: Direction,
    /// The other party's number in international digits, or empty.
    pub destination: &'a str,
    /// When it happened (charge time).
    pub at: Millis,
    /// Where and how; `None` when nothing is known.
    #[serde(borrow)]
    pub context: Option<Context<'a>>,
    /// One per MSCC, or a single one at command level.
    pub units: SmallVec<[UnitRequest; 2]>,
    /// The units came in MSCCs: failures are reported per MSCC with 2001 at command level.
    pub per_service: bool,
    /// Origin-Host of the client.
    pub origin_host: &'a str,
    /// Its Origin-Realm; empty where it cannot be reached of our own accord.
    pub origin_realm: &'a str,
    /// Its Origin-State-Id; 0 when it sends none.
    pub origin_state: u32,
    /// CC-Correlation-Id (or an equal of it); empty when absent.
    pub correlation: &'a str,
    /// Refund-Information: the CDR of the debit to reverse.
    pub refund_of: Option<Uuid>,
    /// The T flag: the client may have sent it before.
    pub retransmitted: bool,
    /// What the database said, when it was asked.
    pub evidence: Evidence,
    /// 3GPP-Reporting-Reason RATING_CONDITION_CHANGE (TS 32.299 §7.2.175): what was used is priced as
    /// before, what follows by `context`.
    pub conditions_changed: bool,
}

impl<'a> Request<'a> {
    /// The request as the journal holds it: an open session is named by its ordinal, and what the
    /// session knows already is left out.
    pub(crate) fn as_journaled(&self, session: Option<u32>) -> Self {
        let mut request = Self {
            units: SmallVec::from_slice(&self.units),
            ..*self
        };
        if let Some(ordinal) = session {
            request.session = SessionRef::Open(ordinal);
            request.service = ServiceName::Code("");
            request.destination = "";
            request.origin_host = "";
            request.origin_realm = "";
            request.correlation = "";
            request.context = None;
        }
        request
    }

    /// A digest of everything that means something, so that a retransmission can be told from
    /// another request under the same key. Transport fields and the T flag stay out.
    #[must_use]
    pub fn digest(&self) -> u64 {
        let mut hash = Gathered::default();
        hash.update(&[
            self.kind as u8,
            self.direction as u8,
            u8::from(self.per_service) | u8::from(self.conditions_changed) << 1,
        ]);
        hash.update(&self.number.to_le_bytes());
        match self.service {
            ServiceName::Context(text) | ServiceName::Code(text) => hash.update(text.as_bytes()),
        }
        hash.update(self.destination.as_bytes());
        hash.update(&[0xff]);
        hash.update(self.correlation.as_bytes());
        hash.update(&self.refund_of.unwrap_or_default().0);
        for unit in &self.units {
            let (tag, requested) = match unit.requested {
                Requested::Nothing => (0, 0),
                Requested::ServerChooses => (1, 0),
                Requested::Units(units) => (2, units),
            };
            hash.update(&[tag, u8::from(unit.money), u8::from(unit.used.is_some())]);
            hash.update(&requested.to_le_bytes());
            hash.update(&unit.used.unwrap_or(0).to_le_bytes());
            hash.update(&unit.used_after_change.unwrap_or(0).to_le_bytes());
            for part in [unit.key.rating_group, unit.key.service_identifier] {
                hash.update(&part.map_or(u64::MAX, u64::from).to_le_bytes());
            }
        }
        hash.digest()
    }
}

/// Room for what nearly every request's digest is made of.
const GATHERED_OCTETS: usize = 512;

/// Hashes many small pieces as one (XXH3): what does not fit is hashed piece by piece, to the same end.
struct Gathered {
    octets: [u8; GATHERED_OCTETS],
    length: usize,
    rest: Option<Box<xxhash_rust::xxh3::Xxh3>>,
}

impl Default for Gathered {
    fn default() -> Self {
        Self {
            octets: [0; GATHERED_OCTETS],
            length: 0,
            rest: None,
        }
    }
}

impl Gathered {
    fn update(&mut self, piece: &[u8]) {
        let end = self.length + piece.len();
        match (&mut self.rest, self.octets.get_mut(self.length..end)) {
            (None, Some(room)) => {
                room.copy_from_slice(piece);
                self.length = end;
            }
            (Some(hash), _) => hash.update(piece),
            (None, None) => {
                let mut hash = Box::new(xxhash_rust::xxh3::Xxh3::new());
                hash.update(&self.octets[..self.length]);
                hash.update(piece);
                self.rest = Some(hash);
            }
        }
    }

    fn digest(&self) -> u64 {
        match &self.rest {
            Some(hash) => hash.digest(),
            None => xxhash_rust::xxh3::xxh3_64(&self.octets[..self.length]),
        }
    }
}
