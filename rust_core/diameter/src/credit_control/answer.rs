//! Credit-Control-Answer (RFC 8506 §3.2), written straight from its parts.

use smallvec::SmallVec;

use super::context::AnswerContext;
use super::final_unit::{FinalUnit, write_final_unit};
use super::units::Money;
use crate::codec::MessageWriter;
use crate::dictionary::{self as avp, APPLICATION_CREDIT_CONTROL, AvpId};
use crate::failure::Failure;
use crate::peer::LocalIdentity;
use crate::protocol_error::{ErrorDetail, write_detail};
use crate::result_code;

/// Granted-Service-Unit: one kind of unit, the kind that was asked for (RFC 8506 §5.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantedUnits {
    /// CC-Time, seconds.
    Time(u32),
    /// CC-Total-Octets.
    Octets(u64),
    /// CC-Service-Specific-Units.
    ServiceSpecific(u64),
    /// CC-Money.
    Money(Money),
}

/// One Multiple-Services-Credit-Control of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GrantedService<'a> {
    /// Rating-Group, as in the request.
    pub rating_group: Option<u32>,
    /// Service-Identifier, as in the request.
    pub service_identifiers: SmallVec<[u32; 1]>,
    /// Granted-Service-Unit.
    pub granted: Option<GrantedUnits>,
    /// Tariff-Time-Change within the granted units, Unix seconds (RFC 8506 §8.20).
    pub tariff_time_change: Option<i64>,
    /// Validity-Time, seconds.
    pub validity_time: Option<u32>,
    /// Result-Code of this service.
    pub result_code: Option<u32>,
    /// Final-Unit-Indication, or QoS-Final-Unit-Indication.
    pub final_unit: Option<FinalUnit<'a>>,
    /// Quota-Holding-Time, seconds (TS 32.299 §7.2.142).
    pub quota_holding_time: Option<u32>,
    /// Time-Quota-Threshold, seconds.
    pub time_quota_threshold: Option<u32>,
    /// Volume-Quota-Threshold, octets.
    pub volume_quota_threshold: Option<u32>,
    /// Unit-Quota-Threshold, service-specific units.
    pub unit_quota_threshold: Option<u32>,
    /// Trigger with these Trigger-Types (TS 32.299 §7.2.226); without any it switches all off.
    pub triggers: Option<&'a [u32]>,
    /// Refund-Information of this service's debit (TS 32.299 §6.4.3).
    pub refund_information: Option<&'a [u8]>,
}

/// Cost-Information: `value_digits` × 10^`exponent` of a currency (RFC 8506 §8.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostInformation {
    /// Value-Digits.
    pub value_digits: i64,
    /// Exponent.
    pub exponent: i32,
    /// Currency-Code, the ISO 4217 number.
    pub currency: u32,
}

/// What a client does with a running session when no server answers (RFC 8506 §8.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum FailureHandling {
    /// The service ends.
    Terminate = 0,
    /// The service goes on, uncharged if no other server answers.
    Continue = 1,
    /// Another server is asked; without an answer the service ends.
    RetryAndTerminate = 2,
}

/// What a client does with an event when no server answers (RFC 8506 §8.15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum DebitingFailureHandling {
    /// The service is not rendered; a request sent already is kept and sent again.
    TerminateOrBuffer = 0,
    /// The service is rendered.
    Continue = 1,
}

/// The content of an answer. What it repeats from the request is in the [`AnswerContext`].
#[derive(Clone, Copy, Debug, Default)]
pub struct CreditControlAnswer<'a> {
    /// Result-Code; 3xxx sets the E bit.
    pub result_code: u32,
    /// CC-Session-Failover: FAILOVER_SUPPORTED (1) or not (0); absent when `None`.
    pub session_failover: Option<bool>,
    /// Credit-Control-Failure-Handling (RFC 8506 §8.14).
    pub failure_handling: Option<FailureHandling>,
    /// Direct-Debiting-Failure-Handling (RFC 8506 §8.15).
    pub debiting_failure_handling: Option<DebitingFailureHandling>,
    /// Granted-Service-Unit at command level.
    pub granted: Option<GrantedUnits>,
    /// Tariff-Time-Change within it, Unix seconds.
    pub tariff_time_change: Option<i64>,
    /// Multiple-Services-Credit-Control.
    pub services: &'a [GrantedService<'a>],
    /// Cost-Information.
    pub cost: Option<CostInformation>,
    /// Final-Unit-Indication at command level.
    pub final_unit: Option<FinalUnit<'a>>,
    /// Check-Balance-Result: `true` is ENOUGH_CREDIT (0), `false` NO_CREDIT (1).
    pub enough_credit: Option<bool>,
    /// Validity-Time at command level, seconds.
    pub validity_time: Option<u32>,
    /// Refund-Information naming this debit for a later refund (TS 32.299 §7.2.171).
    pub refund_information: Option<&'a [u8]>,
    /// CC-Correlation-Id.
    pub correlation_id: Option<&'a [u8]>,
    /// AVPs in their wire form for Failed-AVP.
    pub failed_avp: Option<&'a [u8]>,
    /// Error-Message.
    pub error_message: Option<&'a str>,
}

impl<'a> CreditControlAnswer<'a> {
    /// An answer with nothing but a Result-Code.
    #[must_use]
    pub fn with_result(result_code: u32) -> Self {
        Self {
            result_code,
            ..Self::default()
        }
    }

    /// The answer to a request that does not parse or cannot be served.
    #[must_use]
    pub fn of_failure(failure: &'a Failure) -> Self {
        Self {
            result_code: failure.result_code,
            failed_avp: failure.failed_avp.as_deref(),
            error_message: Some(&failure.error_message),
            ..Self::default()
        }
    }

    /// Appends the answer in the order of RFC 8506 §3.2 and returns its length in octets.
    pub fn write(
        &self,
        identity: &LocalIdentity,
        context: &AnswerContext,
        out: &mut Vec<u8>,
    ) -> usize {
        let header = context.header(result_code::is_protocol_error(self.result_code));
        let mut writer = MessageWriter::begin(out, &header);
        self.write_head(&mut writer, identity, context);
        self.write_services(&mut writer);
        self.write_failure_handling(&mut writer);
        if !context.proxy_info.is_empty() {
            writer.raw(&context.proxy_info);
        }
        write_detail(
            &mut writer,
            ErrorDetail {
                failed_avp: self.failed_avp,
                message: self.error_message,
            },
        );
        if let Some(id) = self.correlation_id {
            writer.octets(avp::CC_CORRELATION_ID, id);
        }
        if let Some(information) = self.refund_information {
            writer.octets(avp::REFUND_INFORMATION, information);
        }
        writer.finish()
    }

    fn write_head(
        &self,
        writer: &mut MessageWriter<'_>,
        identity: &LocalIdentity,
        context: &AnswerContext,
    ) {
        if !context.session_id.is_empty() {
            writer.octets(avp::SESSION_ID, &context.session_id);
        }
        writer.u32(avp::RESULT_CODE, self.result_code);
        writer.utf8(avp::ORIGIN_HOST, &identity.origin_host);
        writer.utf8(avp::ORIGIN_REALM, &identity.origin_realm);
        writer.u32(avp::AUTH_APPLICATION_ID, APPLICATION_CREDIT_CONTROL);
        optional(writer, avp::CC_REQUEST_TYPE, context.request_type);
        optional(writer, avp::CC_REQUEST_NUMBER, context.request_number);
        optional(
            writer,
            avp::CC_SESSION_FAILOVER,
            self.session_failover.map(u32::from),
        );
        writer.u32(avp::ORIGIN_STATE_ID, identity.origin_state_id);
    }

    fn write_failure_handling(&self, writer: &mut MessageWriter<'_>) {
        optional(
            writer,
            avp::CREDIT_CONTROL_FAILURE_HANDLING,
            self.failure_handling.map(|handling| handling as u32),
        );
        optional(
            writer,
            avp::DIRECT_DEBITING_FAILURE_HANDLING,
            self.debiting_failure_handling
                .map(|handling| handling as u32),
        );
    }

    fn write_services(&self, writer: &mut MessageWriter<'_>) {
        if let Some(granted) = self.granted {
            write_granted(writer, granted, self.tariff_time_change);
        }
        for service in self.services {
            write_service(writer, service);
        }
        if let Some(cost) = self.cost {
            writer.group(avp::COST_INFORMATION, |group| {
                write_unit_value(group, cost.value_digits, cost.exponent);
                group.u32(avp::CURRENCY_CODE, cost.currency);
            });
        }
        if let Some(final_unit) = self.final_unit {
            write_final_unit(writer, final_unit);
        }
        let balance = self.enough_credit.map(|enough| u32::from(!enough));
        optional(writer, avp::CHECK_BALANCE_RESULT, balance);
        optional(writer, avp::VALIDITY_TIME, self.validity_time);
    }
}

#[inline]
fn optional(writer: &mut MessageWriter<'_>, id: AvpId, value: Option<u32>) {
    if let Some(value) = value {
        writer.u32(id, value);
    }
}

fn write_service(writer: &mut MessageWriter<'_>, service: &GrantedService<'_>) {
    writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |group| {
        if let Some(granted) = service.granted {
            write_granted(group, granted, service.tariff_time_change);
        }
        for identifier in &service.service_identifiers {
            group.u32(avp::SERVICE_IDENTIFIER, *identifier);
        }
        optional(group, avp::RATING_GROUP, service.rating_group);
        optional(group, avp::VALIDITY_TIME, service.validity_time);
        optional(group, avp::RESULT_CODE, service.result_code);
        if let Some(final_unit) = service.final_unit {
            write_final_unit(group, final_unit);
        }
        optional(
            group,
            avp::TIME_QUOTA_THRESHOLD,
            service.time_quota_threshold,
        );
        optional(
            group,
            avp::VOLUME_QUOTA_THRESHOLD,
            service.volume_quota_threshold,
        );
        optional(
            group,
            avp::UNIT_QUOTA_THRESHOLD,
            service.unit_quota_threshold,
        );
        optional(group, avp::QUOTA_HOLDING_TIME, service.quota_holding_time);
        if let Some(types) = service.triggers {
            group.group(avp::TRIGGER, |trigger| {
                for kind in types {
                    trigger.u32(avp::TRIGGER_TYPE, *kind);
                }
            });
        }
        if let Some(information) = service.refund_information {
            group.octets(avp::REFUND_INFORMATION, information);
        }
    });
}

fn write_granted(writer: &mut MessageWriter<'_>, granted: GrantedUnits, change: Option<i64>) {
    writer.group(avp::GRANTED_SERVICE_UNIT, |group| {
        if let Some(change) = change {
            group.time(avp::TARIFF_TIME_CHANGE, change);
        }
        match granted {
            GrantedUnits::Time(seconds) => group.u32(avp::CC_TIME, seconds),
            GrantedUnits::Octets(octets) => group.u64(avp::CC_TOTAL_OCTETS, octets),
            GrantedUnits::ServiceSpecific(units) => {
                group.u64(avp::CC_SERVICE_SPECIFIC_UNITS, units);
            }
            GrantedUnits::Money(money) => write_money(group, &money),
        }
    });
}

/// CC-Money.
pub(crate) fn write_money(writer: &mut MessageWriter<'_>, money: &Money) {
    writer.group(avp::CC_MONEY, |group| {
        write_unit_value(group, money.value_digits, money.exponent);
        optional(group, avp::CURRENCY_CODE, money.currency);
    });
}

fn write_unit_value(writer: &mut MessageWriter<'_>, digits: i64, exponent: i32) {
    writer.group(avp::UNIT_VALUE, |group| {
        group.i64(avp::VALUE_DIGITS, digits);
        if exponent != 0 {
            group.i32(avp::EXPONENT, exponent);
        }
    });
}
