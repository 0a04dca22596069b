//! Outcomes in JSON.

use crate::control::Refused;
use openmvno_charging::{Answer, Measure, Millis, ResultCode, Uuid};
use serde::Serialize;
use serde_json::{Value, json};

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
    let outcome = Served {
        ok: true,
        result_code: answer.result.0,
        granted: unit.and_then(|unit| unit.granted),
        unit: unit.map(|unit| unit.measure),
        validity_time: unit
            .map(|unit| unit.validity)
            .filter(|&validity| validity != 0),
        last: unit.is_some_and(|unit| unit.last),
        tariff_change: unit.and_then(|unit| unit.tariff_change),
        charged: answer.cost,
        enough: answer.enough,
        cdr: answer.cdr,
        currency,
        balance,
        reserved,
        available,
    };
    serde_json::to_vec(&outcome)
        .unwrap_or_default()
        .into_boxed_slice()
}

/// The outcome of a request that was served: there are many, so it is written without a detour.
#[derive(Serialize)]
struct Served<'a> {
    ok: bool,
    result_code: u16,
    granted: Option<u64>,
    unit: Option<Measure>,
    validity_time: Option<u32>,
    last: bool,
    tariff_change: Option<Millis>,
    charged: Option<i64>,
    enough: Option<bool>,
    cdr: Option<Uuid>,
    currency: &'a str,
    balance: i64,
    reserved: i64,
    available: i64,
}

/// The outcome of a report about a session that ended a moment ago: it was recorded then.
pub(crate) fn closed_json() -> Box<[u8]> {
    encode(&json!({"ok": true, "closed": true}))
}

/// The outcome of a report about a session that was given up as silent and may not go on yet.
pub(crate) fn expired_json() -> Box<[u8]> {
    encode(&json!({
        "error": "session_expired",
        "message": "the session was given up: report its end, or try again in a minute",
    }))
}

/// The outcome of a client's restart.
pub(crate) fn restarted_json() -> Box<[u8]> {
    encode(&json!({"ok": true}))
}

/// The outcome of a request that was not applied.
pub(crate) fn refused_json(refused: &Refused) -> Box<[u8]> {
    let code = match refused {
        Refused::Busy => return error_json(ResultCode::TOO_BUSY),
        Refused::Malformed(_) => "invalid_request",
        Refused::Overloaded => "refused",
    };
    encode(&json!({"error": code, "message": refused.to_string()}))
}

/// The outcome of a request that is not durable yet.
pub(crate) fn unknown_json() -> Box<[u8]> {
    let message = "not durable yet: ask again with the same request number";
    encode(&json!({"error": "unknown", "message": message}))
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
