//! From a Credit-Control-Request to a charging request.

use openmvno_charging::{
    Context, Direction, Kind, LineAddress, Request, Requested, ServiceName, SessionRef, UnitKey,
    UnitRequest, Uuid, charge_time,
};
use openmvno_diameter::credit_control::{
    Failure, Money, RequestType, RequestedAction, Units, UsedUnits, UserLocation, address_string,
    e164_address,
};
use openmvno_diameter::{CreditControlRequest, dictionary as avp};
use openmvno_money::UnitValue;
use openmvno_rating::{Digits, Numbering, Unit};
use smallvec::SmallVec;
use std::borrow::Cow;

use crate::diameter_answer::invalid_octets;
use crate::node::Arrival;

/// Tariff-Change-Usage UNIT_AFTER_TARIFF_CHANGE (RFC 8506 §8.27).
const AFTER_TARIFF_CHANGE: u32 = 1;

/// 3GPP-Reporting-Reason RATING_CONDITION_CHANGE (TS 32.299 §7.2.175).
const RATING_CONDITION_CHANGE: u32 = 6;

/// What a request needs beside the parsed message, owned for as long as it lives.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    destination: Digits,
    location: UserLocation,
    switch: String,
    correlation: Cow<'a, str>,
    refund_of: Option<Uuid>,
}

impl<'a> Parts<'a> {
    /// # Errors
    /// 5004 when Refund-Information is not one of ours.
    pub(crate) fn of(
        request: &CreditControlRequest<'a>,
        plan: &Numbering,
    ) -> Result<Self, Failure> {
        let information = &request.service_information;
        let other = match direction(request) {
            Direction::Originating | Direction::Forwarded => {
                information.called_party.or(information.recipient)
            }
            Direction::Terminating => information.calling_party.or(information.originator),
        };
        let refund = request.refund_information.or_else(|| {
            request
                .services
                .iter()
                .find_map(|service| service.refund_information)
        });
        let refund_of = match refund {
            None => None,
            Some(bytes) => {
                let text = std::str::from_utf8(bytes).ok();
                let id = text.and_then(Uuid::parse);
                Some(id.ok_or_else(|| invalid_octets(avp::REFUND_INFORMATION, bytes))?)
            }
        };
        Ok(Self {
            destination: other
                .map(|number| plan.normalise(number))
                .unwrap_or_default(),
            location: information
                .user_location_info
                .and_then(UserLocation::read)
                .unwrap_or_default(),
            switch: information
                .serving_switch
                .and_then(address_string)
                .or_else(|| information.originating_node.and_then(e164_address))
                .unwrap_or_default(),
            correlation: request
                .correlation_id
                .map(String::from_utf8_lossy)
                .unwrap_or_default(),
            refund_of,
        })
    }

    /// The other party's number, international digits.
    pub(crate) fn destination(&self) -> &str {
        self.destination.as_str()
    }

    /// Where and how the user is served; `None` when the network says nothing of it.
    fn context<'b>(
        &'b self,
        request: &'b CreditControlRequest<'_>,
        (on_net, cug): (bool, bool),
    ) -> Option<Context<'b>> {
        let information = &request.service_information;
        let access = information
            .access_network
            .and_then(|text| std::str::from_utf8(text).ok());
        // A gateway may say it of the bearer or of each service.
        let services = &request.services;
        let qos_class = || services.iter().find_map(|service| service.qos_class);
        let rat_type = || services.iter().find_map(|service| service.rat_type);
        let context = Context {
            // The network that serves the data session, else the one the location is in.
            plmn: information.sgsn_mcc_mnc.unwrap_or(&self.location.plmn),
            msc: &self.switch,
            cell: &self.location.cell,
            apn: information.access_point_name.unwrap_or(""),
            // No AVP of Gy or Ro names a slice; it comes by the interfaces of 5G.
            slice: "",
            // P-Access-Network-Info begins with the access type (RFC 7315 §5.4).
            access_network: access.and_then(|text| text.split(';').next()).unwrap_or(""),
            rat_type: information.rat_type.or_else(rat_type),
            qos_class: information
                .qos_class
                .or_else(qos_class)
                .and_then(|class| u8::try_from(class).ok()),
            on_net,
            cug,
        };
        context.if_known()
    }
}

/// Role-Of-Node 1 is the terminating side, 2 forwards (TS 32.299 §7.2.151); of a message, whether it
/// is delivered.
fn direction(request: &CreditControlRequest<'_>) -> Direction {
    match request.service_information.role_of_node {
        None if request.service_information.received => Direction::Terminating,
        Some(1) => Direction::Terminating,
        Some(2) => Direction::Forwarded,
        _ => Direction::Originating,
    }
}

/// The kind of request.
pub(crate) fn kind(request: &CreditControlRequest<'_>) -> Kind {
    match (request.request_type, request.requested_action) {
        (RequestType::Initial, _) => Kind::Initial,
        (RequestType::Update, _) => Kind::Update,
        (RequestType::Termination, _) => Kind::Terminate,
        (RequestType::Event, Some(RequestedAction::RefundAccount)) => Kind::Refund,
        (RequestType::Event, Some(RequestedAction::CheckBalance)) => Kind::CheckBalance,
        (RequestType::Event, Some(RequestedAction::PriceEnquiry)) => Kind::PriceEnquiry,
        (RequestType::Event, _) => Kind::Debit,
    }
}

/// The word for a kind in metrics and spans.
pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Initial => "initial",
        Kind::Update => "update",
        Kind::Terminate => "termination",
        Kind::Debit => "event_debit",
        Kind::Refund => "event_refund",
        Kind::CheckBalance => "event_check_balance",
        Kind::PriceEnquiry => "event_price_enquiry",
    }
}

/// Makes the charging request.
///
/// `unit` is what the service counts, since a gateway may report several kinds at once.
///
/// # Errors
/// 5004 when an amount of money cannot be represented exactly.
pub(crate) fn build<'a>(
    request: &'a CreditControlRequest<'_>,
    parts: &'a Parts<'_>,
    (address, origin_state): (LineAddress, u32),
    unit: Option<Unit>,
    relation: (bool, bool),
    arrival: &Arrival<'_>,
) -> Result<Request<'a>, Failure> {
    let (now, evidence) = (arrival.now, arrival.evidence);
    let at = request.event_timestamp.map_or(now, |seconds| {
        charge_time(seconds.saturating_mul(1_000), now)
    });
    Ok(Request {
        session: SessionRef::Named(request.session_id),
        number: request.request_number,
        kind: kind(request),
        account: address.account,
        line: address.line,
        service: ServiceName::Context(request.service_context_id),
        direction: direction(request),
        destination: parts.destination.as_str(),
        at,
        context: parts.context(request, relation),
        units: units(request, unit, arrival.profile.rating_group)?,
        per_service: !request.services.is_empty(),
        origin_host: request.origin_host,
        origin_realm: request.origin_realm,
        origin_state,
        correlation: &parts.correlation,
        refund_of: parts.refund_of,
        retransmitted: request.is_retransmitted(),
        evidence,
        conditions_changed: conditions_changed(request),
    })
}

/// 3GPP-Reporting-Reason RATING_CONDITION_CHANGE in any of the services: the reason is the session's,
/// since its Service-Information is.
fn conditions_changed(request: &CreditControlRequest<'_>) -> bool {
    let mut services = request.services.iter();
    services.any(|service| service.reporting_reason == Some(RATING_CONDITION_CHANGE))
}

/// One per MSCC; else the command level's, when it has any. `only` is the rating group of a gateway that knows one.
fn units(
    request: &CreditControlRequest<'_>,
    unit: Option<Unit>,
    only: Option<u32>,
) -> Result<SmallVec<[UnitRequest; 2]>, Failure> {
    let mut units = SmallVec::new();
    for service in &request.services {
        let key = UnitKey {
            rating_group: only.or(service.rating_group),
            service_identifier: service.service_identifiers.first().copied(),
        };
        units.push(unit_request(
            key,
            service.requested.as_ref(),
            &service.used,
            unit,
        )?);
    }
    let at_command_level = request.requested.is_some() || !request.used.is_empty();
    if request.services.is_empty() && at_command_level {
        let key = UnitKey {
            rating_group: only,
            service_identifier: request.service_identifier,
        };
        units.push(unit_request(
            key,
            request.requested.as_ref(),
            &request.used,
            unit,
        )?);
    }
    Ok(units)
}

fn unit_request(
    key: UnitKey,
    requested: Option<&Units>,
    used: &[UsedUnits],
    unit: Option<Unit>,
) -> Result<UnitRequest, Failure> {
    let in_money = |units: &Units| units.money.is_some() && count(units, unit).is_none();
    let money = requested.is_some_and(in_money) || used.iter().any(|used| in_money(&used.units));
    let requested = match requested {
        None => Requested::Nothing,
        Some(units) => match amount(units, unit, money)? {
            Some(count) => Requested::Units(count),
            // Empty, or only kinds the service does not count: the server chooses.
            None => Requested::ServerChooses,
        },
    };
    let (mut before, mut after) = (None, None);
    for used in used {
        if let Some(count) = amount(&used.units, unit, money)? {
            let total = if used.tariff_change_usage == Some(AFTER_TARIFF_CHANGE) {
                &mut after
            } else {
                &mut before
            };
            let sum = u64::checked_add(total.unwrap_or(0), count);
            *total = Some(sum.ok_or_else(|| invalid_octets(avp::USED_SERVICE_UNIT, &[]))?);
        }
    }
    Ok(UnitRequest {
        key,
        requested,
        used: before,
        used_after_change: after,
        money,
    })
}

fn amount(units: &Units, unit: Option<Unit>, money: bool) -> Result<Option<u64>, Failure> {
    if !money {
        return Ok(count(units, unit));
    }
    units.money.map(micros).transpose()
}

/// The kind of units the service counts; without a known service, whatever comes first.
fn count(units: &Units, unit: Option<Unit>) -> Option<u64> {
    let time = units.time.map(u64::from);
    match unit {
        Some(Unit::Second) => time,
        Some(Unit::Octet) => units.octets(),
        Some(Unit::Event) => units.service_specific,
        None => time.or(units.octets()).or(units.service_specific),
    }
}

fn micros(money: Money) -> Result<u64, Failure> {
    let value = UnitValue {
        digits: money.value_digits,
        exponent: money.exponent,
    };
    let micros = value
        .to_micros()
        .ok()
        .and_then(|micros| u64::try_from(micros.get()).ok());
    micros.ok_or_else(|| invalid_octets(avp::VALUE_DIGITS, &money.value_digits.to_be_bytes()))
}
