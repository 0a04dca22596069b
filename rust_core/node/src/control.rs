//! Charging requests in JSON: gRPC, REST and tools speak to the engine in these words.

use openmvno_charging::{
    Answer, Context, Direction, Evidence, Identity, IdentityKind, Kind, LineAddress, Request,
    Requested, ResultCode, ServiceName, SessionRef, UnitKey, UnitRequest, Uuid,
};
use serde::Deserialize;
use serde_json::{Value, json};
use smallvec::smallvec;
use std::fmt;

/// Why a request was not taken; nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Not a request: the message says what is wrong.
    Malformed(String),
    /// Too much is waiting, or storage is away: try again.
    Overloaded,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(message) => write!(formatter, "the request is malformed: {message}"),
            Self::Overloaded => formatter.write_str("the engine cannot take requests now"),
        }
    }
}

impl std::error::Error for Refused {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Reserve,
    Update,
    Commit,
    Cancel,
    Debit,
    Refund,
    Balance,
    Price,
}

/// A request as JSON holds it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestJson {
    #[serde(rename = "type")]
    operation: Operation,
    tenant: Uuid,
    session: String,
    #[serde(default)]
    number: u32,
    #[serde(default)]
    msisdn: Option<String>,
    #[serde(default)]
    imsi: Option<String>,
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    direction: Option<Direction>,
    #[serde(default)]
    destination: Option<String>,
    #[serde(default)]
    rating_group: Option<u32>,
    #[serde(default)]
    requested: Option<u64>,
    #[serde(default)]
    used: Option<u64>,
    #[serde(default)]
    money: bool,
    #[serde(default)]
    correlation: Option<String>,
    #[serde(default)]
    refund_of: Option<Uuid>,
    #[serde(default)]
    at: Option<i64>,
    #[serde(default)]
    origin: Option<String>,
    /// Used after the price changed (Tariff-Change-Usage).
    #[serde(default)]
    used_after_change: Option<u64>,
    #[serde(default)]
    service_identifier: Option<u32>,
    #[serde(default)]
    plmn: String,
    #[serde(default)]
    msc: String,
    #[serde(default)]
    cell: String,
    #[serde(default)]
    apn: String,
    #[serde(default)]
    slice: String,
    #[serde(default)]
    access_network: String,
    #[serde(default)]
    rat_type: Option<u8>,
    #[serde(default)]
    qos_class: Option<u8>,
    #[serde(skip)]
    source: Box<[u8]>,
}

impl RequestJson {
    /// Reads the JSON.
    ///
    /// # Errors
    /// [`Refused::Malformed`].
    pub fn parse(json: &[u8]) -> Result<Self, Refused> {
        let mut request: Self =
            serde_json::from_slice(json).map_err(|error| Refused::Malformed(error.to_string()))?;
        request.source = json.into();
        if request.session.is_empty() || request.session.len() > 1_024 {
            return Err(Refused::Malformed(
                "session must have 1 to 1024 characters".into(),
            ));
        }
        let opens = !matches!(
            request.operation,
            Operation::Update | Operation::Commit | Operation::Cancel
        );
        if opens && request.msisdn.is_none() && request.imsi.is_none() {
            return Err(Refused::Malformed("msisdn or imsi is missing".into()));
        }
        if opens && request.service.is_none() {
            return Err(Refused::Malformed("service is missing".into()));
        }
        Ok(request)
    }

    /// The JSON it was read from.
    pub(crate) fn source(&self) -> &[u8] {
        &self.source
    }

    pub(crate) fn tenant(&self) -> Uuid {
        self.tenant
    }

    pub(crate) fn destination(&self) -> &str {
        self.destination.as_deref().unwrap_or("")
    }

    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    pub(crate) fn identities(&self) -> impl Iterator<Item = Identity> + '_ {
        let msisdn = self
            .msisdn
            .iter()
            .map(|digits| (IdentityKind::Msisdn, digits));
        let imsi = self.imsi.iter().map(|digits| (IdentityKind::Imsi, digits));
        msisdn
            .chain(imsi)
            .filter_map(|(kind, digits)| Identity::new(kind, digits))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.operation {
            Operation::Reserve => Kind::Initial,
            Operation::Update => Kind::Update,
            Operation::Commit | Operation::Cancel => Kind::Terminate,
            Operation::Debit => Kind::Debit,
            Operation::Refund => Kind::Refund,
            Operation::Balance => Kind::CheckBalance,
            Operation::Price => Kind::PriceEnquiry,
        }
    }

    /// The charging request for a line.
    pub(crate) fn request<'a>(
        &'a self,
        address: LineAddress,
        now: i64,
        (destination, (on_net, cug)): (&'a str, (bool, bool)),
        evidence: Evidence,
    ) -> Request<'a> {
        let requested = match self.requested {
            Some(units) => Requested::Units(units),
            None if self.operation == Operation::Reserve => Requested::ServerChooses,
            None => Requested::Nothing,
        };
        let used = self.used.filter(|_| self.operation != Operation::Cancel);
        let key = UnitKey {
            rating_group: self.rating_group,
            service_identifier: self.service_identifier,
        };
        let context = Context {
            plmn: &self.plmn,
            msc: &self.msc,
            cell: &self.cell,
            apn: &self.apn,
            slice: &self.slice,
            access_network: &self.access_network,
            rat_type: self.rat_type,
            qos_class: self.qos_class,
            on_net,
            cug,
        };
        let unit = UnitRequest {
            key,
            requested,
            used,
            used_after_change: self
                .used_after_change
                .filter(|_| self.operation != Operation::Cancel),
            money: self.money,
        };
        Request {
            session: SessionRef::Named(&self.session),
            number: self.number,
            kind: self.kind(),
            account: address.account,
            line: address.line,
            service: ServiceName::Code(self.service.as_deref().unwrap_or("")),
            direction: self.direction.unwrap_or(Direction::Originating),
            destination,
            at: self.at.unwrap_or(now),
            context: (context != Context::default()).then_some(context),
            units: smallvec![unit],
            per_service: false,
            origin_host: self.origin.as_deref().unwrap_or("api"),
            origin_realm: "",
            origin_state: 0,
            correlation: self.correlation.as_deref().unwrap_or(""),
            refund_of: self.refund_of,
            retransmitted: false,
            evidence,
            conditions_changed: false,
        }
    }
}

/// An outcome without an account: an error.
pub(crate) fn error_json(result: ResultCode) -> Box<[u8]> {
    let (code, message) = words(result);
    encode(&json!({"error": code, "message": message, "result_code": result.0}))
}

/// The outcome of an answer, with the balance after it.
pub(crate) fn outcome_json(answer: &Answer, balance: (i64, i64, i64), currency: &str) -> Box<[u8]> {
    if answer.result != ResultCode::SUCCESS {
        return error_json(answer.result);
    }
    let (balance, reserved, available) = balance;
    let unit = answer.units.first();
    encode(&json!({
        "ok": true,
        "result_code": answer.result.0,
        "granted": unit.and_then(|unit| unit.granted),
        "validity_time": unit.map(|unit| unit.validity).filter(|&validity| validity != 0),
        "last": unit.is_some_and(|unit| unit.last),
        "tariff_change": unit.and_then(|unit| unit.tariff_change),
        "charged": answer.cost,
        "enough": answer.enough,
        "cdr": answer.cdr,
        "currency": currency,
        "balance": balance,
        "reserved": reserved,
        "available": available,
    }))
}

fn encode(value: &Value) -> Box<[u8]> {
    value.to_string().into_bytes().into_boxed_slice()
}

fn words(result: ResultCode) -> (&'static str, &'static str) {
    match result {
        ResultCode::TOO_BUSY => ("overloaded", "the engine is full: try again later"),
        ResultCode::END_USER_SERVICE_DENIED => {
            ("service_denied", "the line may not use the service now")
        }
        ResultCode::CREDIT_LIMIT_REACHED => (
            "insufficient_balance",
            "the available balance does not cover it",
        ),
        ResultCode::UNKNOWN_SESSION_ID => ("session_unknown", "no such session is open"),
        ResultCode::AUTHORIZATION_REJECTED => (
            "service_not_in_product",
            "the line's product does not include the service",
        ),
        ResultCode::INVALID_AVP_VALUE => (
            "request_conflict",
            "the same session and number came with other content",
        ),
        ResultCode::MISSING_AVP => ("reference_missing", "a refund names the debit it reverses"),
        ResultCode::USER_UNKNOWN => ("subscriber_unknown", "no line has this MSISDN or IMSI"),
        ResultCode::RATING_FAILED => ("rating_failed", "the line's product has no price for it"),
        _ => ("unable_to_comply", "the request cannot be done"),
    }
}
