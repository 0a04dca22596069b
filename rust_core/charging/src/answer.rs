//! What the engine answers; the door turns it into its protocol's words.

use crate::clock::Millis;
use crate::id::Uuid;
use crate::request::UnitKey;
use crate::session::Measure;
use openmvno_rating::BucketRuleId;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A Diameter Result-Code (RFC 6733 §7.1, RFC 8506 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResultCode(pub u16);

impl ResultCode {
    /// Done.
    pub const SUCCESS: Self = Self(2001);
    /// A limit of the engine is reached: try another server or later.
    pub const TOO_BUSY: Self = Self(3004);
    /// The line may not use the service now (blocked, suspended, not yet active).
    pub const END_USER_SERVICE_DENIED: Self = Self(4010);
    /// The balance does not cover it.
    pub const CREDIT_LIMIT_REACHED: Self = Self(4012);
    /// The session is not open here.
    pub const UNKNOWN_SESSION_ID: Self = Self(5002);
    /// The line's product does not include the service.
    pub const AUTHORIZATION_REJECTED: Self = Self(5003);
    /// A value that cannot be; see [`FailedField`].
    pub const INVALID_AVP_VALUE: Self = Self(5004);
    /// Something required is not there; see [`FailedField`].
    pub const MISSING_AVP: Self = Self(5005);
    /// Cannot be done, for a reason no other code names.
    pub const UNABLE_TO_COMPLY: Self = Self(5012);
    /// No such subscriber.
    pub const USER_UNKNOWN: Self = Self(5030);
    /// No price for it.
    pub const RATING_FAILED: Self = Self(5031);
}

/// What Failed-AVP should name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailedField {
    /// CC-Request-Number.
    RequestNumber,
    /// CC-Request-Type.
    RequestType,
    /// Refund-Information.
    RefundInformation,
    /// CC-Correlation-Id.
    CorrelationId,
    /// Requested-Service-Unit.
    RequestedUnits,
    /// Used-Service-Unit.
    UsedUnits,
    /// Session-Id.
    SessionId,
}

/// The answer for one set of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitAnswer {
    /// Which units.
    pub key: UnitKey,
    /// Result-Code of this MSCC.
    pub result: ResultCode,
    /// Units granted; `None` when none were asked for or none can be given.
    pub granted: Option<u64>,
    /// What the units count.
    pub measure: Measure,
    /// Validity-Time, seconds; 0 for none.
    pub validity: u32,
    /// The grant is the last one, or, without one, there is no more: Final-Unit-Indication.
    pub last: bool,
    /// The rule of a used-up bucket at whose throttled profile the usage goes on after the grant.
    pub throttle: Option<BucketRuleId>,
    /// When the price changes while the grant may still be used: Tariff-Time-Change.
    pub tariff_change: Option<Millis>,
}

/// The answer to a request.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Result-Code at command level.
    pub result: ResultCode,
    /// One per set of units asked about.
    pub units: SmallVec<[UnitAnswer; 1]>,
    /// What was charged (debit), would be (price enquiry) or was given back (refund), micros.
    pub cost: Option<i64>,
    /// CHECK_BALANCE: is there enough?
    pub enough: Option<bool>,
    /// The CDR made at once (debit, refund): Refund-Information for a later refund.
    pub cdr: Option<Uuid>,
    /// What was wrong with the request.
    pub failed: Option<FailedField>,
    /// Memory cannot decide: ask the database for the CDRs of this Session-Id, correlation or
    /// refund, and hand the request in again with [`crate::Evidence`].
    pub needs_evidence: bool,
}

impl Clone for Answer {
    // Every answer is cloned into its record: the units as one piece, which a derived Clone does one
    // by one.
    fn clone(&self) -> Self {
        Self {
            units: SmallVec::from_slice(&self.units),
            ..*self
        }
    }
}

impl Answer {
    /// Success with nothing more to say.
    #[must_use]
    pub fn success() -> Self {
        Self::of(ResultCode::SUCCESS)
    }

    /// An answer of just a result.
    #[must_use]
    pub fn of(result: ResultCode) -> Self {
        Self {
            result,
            units: SmallVec::new(),
            cost: None,
            enough: None,
            cdr: None,
            failed: None,
            needs_evidence: false,
        }
    }

    /// 5004 or 5005, naming what is wrong.
    #[must_use]
    pub fn failed(result: ResultCode, field: FailedField) -> Self {
        Self {
            failed: Some(field),
            ..Self::of(result)
        }
    }

    /// The database must be asked first.
    #[must_use]
    pub fn ask_database() -> Self {
        Self {
            needs_evidence: true,
            ..Self::of(ResultCode::UNABLE_TO_COMPLY)
        }
    }
}
