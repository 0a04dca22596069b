//! From the engine's answer to a Credit-Control-Answer.

use openmvno_charging::{Answer, FailedField, GrantTerms, Kind, Measure, ResultCode, UnitAnswer};
use openmvno_diameter::codec::write_wrapped;
use openmvno_diameter::credit_control::{
    CostInformation, DebitingFailureHandling, Failure, FailureHandling, GrantedService,
    GrantedUnits, Money,
};
use openmvno_diameter::dictionary::{self as avp, AvpId};
use openmvno_diameter::peer::Profile;
use openmvno_diameter::{AnswerContext, CreditControlAnswer, CreditControlRequest, LocalIdentity};
use openmvno_money::{Currency, Micros, UnitValue};
use smallvec::SmallVec;

use crate::diameter_request::kind;
use crate::grant_terms::{Thresholds, as_told, final_unit, holding_time, triggers};

/// 5004 showing an AVP with these octets.
pub(crate) fn invalid_octets(id: AvpId, value: &[u8]) -> Failure {
    let mut failed = Vec::new();
    write_wrapped(&mut failed, id, value);
    Failure {
        result_code: u32::from(ResultCode::INVALID_AVP_VALUE.0),
        failed_avp: Some(failed),
        error_message: format!("{id}: value is not valid").into(),
    }
}

/// Appends the failure of a request that was not handed to the engine.
pub(crate) fn write_failure(
    failure: &Failure,
    identity: &LocalIdentity,
    context: &AnswerContext,
    out: &mut Vec<u8>,
) {
    CreditControlAnswer::of_failure(failure).write(identity, context, out);
}

/// What clients do when no server answers, as the configuration has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnFailure {
    /// CC-Session-Failover.
    pub(crate) session_failover: bool,
    /// Credit-Control-Failure-Handling.
    pub(crate) sessions: Option<FailureHandling>,
    /// Direct-Debiting-Failure-Handling.
    pub(crate) events: Option<DebitingFailureHandling>,
}

/// Appends the CCA of an answer.
pub(crate) fn write_answer(
    answer: &Answer,
    request: &CreditControlRequest<'_>,
    (currency, terms): (Option<Currency>, Option<GrantTerms<'_>>),
    (identity, profile, on_failure): (&LocalIdentity, &Profile, OnFailure),
    out: &mut Vec<u8>,
) {
    let terms = terms.as_ref();
    let context = request.answer_context();
    if let Some(field) = answer.failed {
        let failure = failure_of(answer.result, field, request);
        return write_failure(&failure, identity, &context, out);
    }
    let mut services: SmallVec<[GrantedService<'_>; 4]> = SmallVec::new();
    let mut cca = CreditControlAnswer::with_result(u32::from(answer.result.0));
    if request.services.is_empty() {
        if let Some(unit) = answer.units.first().map(|unit| as_told(unit, profile)) {
            let unit = &unit;
            cca.granted = granted(unit, currency);
            cca.tariff_time_change = tariff_change(unit);
            cca.validity_time = validity(unit);
            cca.final_unit = final_unit(unit, terms, profile);
        }
    } else {
        let told = answer.units.iter().map(|unit| as_told(unit, profile));
        for (unit, asked) in told.zip(&request.services) {
            let unit = &unit;
            let thresholds = Thresholds::of(unit, terms);
            services.push(GrantedService {
                rating_group: asked.rating_group,
                service_identifiers: asked.service_identifiers.clone(),
                granted: granted(unit, currency),
                tariff_time_change: tariff_change(unit),
                validity_time: validity(unit),
                result_code: Some(u32::from(unit.result.0)),
                final_unit: final_unit(unit, terms, profile),
                quota_holding_time: holding_time(unit, terms),
                time_quota_threshold: thresholds.time,
                volume_quota_threshold: thresholds.volume,
                unit_quota_threshold: thresholds.units,
                triggers: triggers(unit, terms),
                ..GrantedService::default()
            });
        }
    }
    cca.services = &services;
    let kind = kind(request);
    if kind == Kind::Initial && answer.result == ResultCode::SUCCESS {
        cca.session_failover = Some(on_failure.session_failover);
        cca.failure_handling = on_failure.sessions;
    }
    if kind == Kind::Debit {
        cca.debiting_failure_handling = on_failure.events;
    }
    cca.enough_credit = answer.enough;
    let one_time = matches!(kind, Kind::Debit | Kind::Refund | Kind::PriceEnquiry);
    if let (true, Some(cost), Some(currency)) = (one_time, answer.cost, currency) {
        let value = UnitValue::from_micros(Micros(cost));
        cca.cost = Some(CostInformation {
            value_digits: value.digits,
            exponent: value.exponent,
            currency: u32::from(currency.numeric()),
        });
    }
    let id = answer
        .cdr
        .filter(|_| kind == Kind::Debit)
        .map(|cdr| cdr.to_string());
    cca.refund_information = id.as_deref().map(str::as_bytes);
    cca.correlation_id = request.correlation_id;
    cca.write(identity, &context, out);
}

/// Failed-AVP for what the engine found wrong.
fn failure_of(
    result: ResultCode,
    field: FailedField,
    request: &CreditControlRequest<'_>,
) -> Failure {
    let (id, value): (AvpId, SmallVec<[u8; 64]>) = match field {
        FailedField::RequestNumber => {
            let number = request.request_number.to_be_bytes();
            (avp::CC_REQUEST_NUMBER, SmallVec::from_slice(&number))
        }
        FailedField::RequestType => {
            let kind = (request.request_type as u32).to_be_bytes();
            (avp::CC_REQUEST_TYPE, SmallVec::from_slice(&kind))
        }
        FailedField::RefundInformation => {
            let value = request.refund_information.unwrap_or_default();
            (avp::REFUND_INFORMATION, SmallVec::from_slice(value))
        }
        FailedField::CorrelationId => {
            let value = request.correlation_id.unwrap_or_default();
            (avp::CC_CORRELATION_ID, SmallVec::from_slice(value))
        }
        FailedField::RequestedUnits => (avp::REQUESTED_SERVICE_UNIT, SmallVec::new()),
        FailedField::UsedUnits => (avp::USED_SERVICE_UNIT, SmallVec::new()),
        FailedField::SessionId => (
            avp::SESSION_ID,
            SmallVec::from_slice(request.session_id.as_bytes()),
        ),
    };
    if result == ResultCode::MISSING_AVP {
        return Failure::missing(id);
    }
    Failure {
        result_code: u32::from(result.0),
        ..invalid_octets(id, &value)
    }
}

fn granted(unit: &UnitAnswer, currency: Option<Currency>) -> Option<GrantedUnits> {
    let units = unit.granted?;
    Some(match unit.measure {
        Measure::Seconds => GrantedUnits::Time(u32::try_from(units).unwrap_or(u32::MAX)),
        Measure::Octets => GrantedUnits::Octets(units),
        Measure::Events => GrantedUnits::ServiceSpecific(units),
        Measure::Money => {
            let value = UnitValue::from_micros(Micros(i64::try_from(units).ok()?));
            GrantedUnits::Money(Money {
                value_digits: value.digits,
                exponent: value.exponent,
                currency: currency.map(|currency| u32::from(currency.numeric())),
            })
        }
    })
}

/// Unix seconds.
fn tariff_change(unit: &UnitAnswer) -> Option<i64> {
    unit.tariff_change.map(|instant| instant.div_euclid(1_000))
}

fn validity(unit: &UnitAnswer) -> Option<u32> {
    (unit.validity != 0).then_some(unit.validity)
}
