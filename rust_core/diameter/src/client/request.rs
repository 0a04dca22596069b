//! Credit-Control-Request from the client's side (RFC 8506 §3.1, TS 32.299 §6.4.2).

use super::common::{ClientIdentity, Identifiers, write_origin, write_state};
use crate::codec::{FLAG_PROXIABLE, FLAG_REQUEST, FLAG_RETRANSMITTED, Header, MessageWriter};
use crate::credit_control::{RequestType, RequestedAction, SubscriptionKind, Units, write_money};
use crate::dictionary::{self as avp, APPLICATION_CREDIT_CONTROL, AvpId, COMMAND_CREDIT_CONTROL};

/// One Multiple-Services-Credit-Control of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientService<'a> {
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// Service-Identifier.
    pub service_identifiers: &'a [u32],
    /// Requested-Service-Unit; `Some(Units::default())` asks the server to choose.
    pub requested: Option<Units>,
    /// Used-Service-Unit.
    pub used: &'a [Units],
    /// 3GPP-Reporting-Reason at the level of the service.
    pub reporting_reason: Option<u32>,
}

/// Service-Information of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceDetail<'a> {
    /// None at all.
    #[default]
    Absent,
    /// IMS-Information of a call.
    Ims {
        /// Called-Party-Address, a tel: or sip: URI.
        called_party: &'a str,
        /// Calling-Party-Address.
        calling_party: &'a str,
        /// Role-Of-Node: 0 originating, 1 terminating.
        role_of_node: u32,
    },
    /// SMS-Information of a message.
    Sms {
        /// MSISDN of the recipient.
        recipient: &'a str,
        /// MSISDN of the sender.
        originator: &'a str,
    },
    /// PS-Information of a data session.
    Ps {
        /// Called-Station-Id.
        access_point_name: &'a str,
        /// 3GPP-SGSN-MCC-MNC.
        sgsn_mcc_mnc: &'a str,
    },
}

/// Content of a Credit-Control-Request.
#[derive(Clone, Copy, Debug)]
pub struct ClientRequest<'a> {
    /// Session-Id.
    pub session_id: &'a str,
    /// Service-Context-Id.
    pub service_context_id: &'a str,
    /// CC-Request-Type.
    pub request_type: RequestType,
    /// CC-Request-Number.
    pub request_number: u32,
    /// Requested-Action, for events.
    pub requested_action: Option<RequestedAction>,
    /// Event-Timestamp, Unix seconds.
    pub event_timestamp: Option<i64>,
    /// Subscription-Id of type END_USER_E164.
    pub e164: Option<&'a str>,
    /// Subscription-Id of type END_USER_IMSI.
    pub imsi: Option<&'a str>,
    /// Multiple-Services-Indicator.
    pub multiple_services_indicator: Option<bool>,
    /// Multiple-Services-Credit-Control.
    pub services: &'a [ClientService<'a>],
    /// Requested-Service-Unit at command level.
    pub requested: Option<Units>,
    /// Used-Service-Unit at command level.
    pub used: &'a [Units],
    /// Service-Identifier at command level.
    pub service_identifier: Option<u32>,
    /// Termination-Cause.
    pub termination_cause: Option<u32>,
    /// CC-Correlation-Id.
    pub correlation_id: Option<&'a [u8]>,
    /// Refund-Information.
    pub refund_information: Option<&'a [u8]>,
    /// Service-Information.
    pub detail: ServiceDetail<'a>,
    /// T bit.
    pub retransmitted: bool,
}

impl<'a> ClientRequest<'a> {
    /// A request with only what every request needs.
    #[must_use]
    pub const fn new(
        session_id: &'a str,
        service_context_id: &'a str,
        request_type: RequestType,
        request_number: u32,
    ) -> Self {
        Self {
            session_id,
            service_context_id,
            request_type,
            request_number,
            requested_action: None,
            event_timestamp: None,
            e164: None,
            imsi: None,
            multiple_services_indicator: None,
            services: &[],
            requested: None,
            used: &[],
            service_identifier: None,
            termination_cause: None,
            correlation_id: None,
            refund_information: None,
            detail: ServiceDetail::Absent,
            retransmitted: false,
        }
    }

    /// Appends the request and returns its length in octets.
    pub fn write(
        &self,
        identity: &ClientIdentity,
        identifiers: Identifiers,
        out: &mut Vec<u8>,
    ) -> usize {
        let retransmitted = if self.retransmitted {
            FLAG_RETRANSMITTED
        } else {
            0
        };
        let header = Header {
            flags: FLAG_REQUEST | FLAG_PROXIABLE | retransmitted,
            command: COMMAND_CREDIT_CONTROL,
            application: APPLICATION_CREDIT_CONTROL,
            hop_by_hop: identifiers.hop_by_hop,
            end_to_end: identifiers.end_to_end,
        };
        let mut writer = MessageWriter::begin(out, &header);
        self.write_head(&mut writer, identity);
        self.write_subscriptions(&mut writer);
        self.write_units(&mut writer);
        write_octets(&mut writer, avp::CC_CORRELATION_ID, self.correlation_id);
        write_octets(
            &mut writer,
            avp::REFUND_INFORMATION,
            self.refund_information,
        );
        write_detail(&mut writer, self.detail);
        writer.finish()
    }

    fn write_head(&self, writer: &mut MessageWriter<'_>, identity: &ClientIdentity) {
        writer.utf8(avp::SESSION_ID, self.session_id);
        write_origin(writer, identity);
        writer.utf8(avp::DESTINATION_REALM, &identity.destination_realm);
        writer.u32(avp::AUTH_APPLICATION_ID, APPLICATION_CREDIT_CONTROL);
        writer.utf8(avp::SERVICE_CONTEXT_ID, self.service_context_id);
        writer.u32(avp::CC_REQUEST_TYPE, self.request_type as u32);
        writer.u32(avp::CC_REQUEST_NUMBER, self.request_number);
        if let Some(host) = &identity.destination_host {
            writer.utf8(avp::DESTINATION_HOST, host);
        }
        write_state(writer, identity);
        if let Some(seconds) = self.event_timestamp {
            writer.time(avp::EVENT_TIMESTAMP, seconds);
        }
    }

    fn write_subscriptions(&self, writer: &mut MessageWriter<'_>) {
        let ids = [
            (SubscriptionKind::E164, self.e164),
            (SubscriptionKind::Imsi, self.imsi),
        ];
        for (kind, data) in ids {
            if let Some(data) = data {
                writer.group(avp::SUBSCRIPTION_ID, |group| {
                    group.u32(avp::SUBSCRIPTION_ID_TYPE, kind as u32);
                    group.utf8(avp::SUBSCRIPTION_ID_DATA, data);
                });
            }
        }
    }

    fn write_units(&self, writer: &mut MessageWriter<'_>) {
        write_number(writer, avp::SERVICE_IDENTIFIER, self.service_identifier);
        write_number(writer, avp::TERMINATION_CAUSE, self.termination_cause);
        if let Some(units) = &self.requested {
            write_group(writer, avp::REQUESTED_SERVICE_UNIT, units);
        }
        let action = self.requested_action.map(|action| action as u32);
        write_number(writer, avp::REQUESTED_ACTION, action);
        for units in self.used {
            write_group(writer, avp::USED_SERVICE_UNIT, units);
        }
        let indicator = self.multiple_services_indicator.map(u32::from);
        write_number(writer, avp::MULTIPLE_SERVICES_INDICATOR, indicator);
        for service in self.services {
            write_service(writer, service);
        }
    }
}

fn write_number(writer: &mut MessageWriter<'_>, id: AvpId, value: Option<u32>) {
    if let Some(value) = value {
        writer.u32(id, value);
    }
}

fn write_octets(writer: &mut MessageWriter<'_>, id: AvpId, value: Option<&[u8]>) {
    if let Some(value) = value {
        writer.octets(id, value);
    }
}

fn write_service(writer: &mut MessageWriter<'_>, service: &ClientService<'_>) {
    writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |group| {
        if let Some(units) = &service.requested {
            write_group(group, avp::REQUESTED_SERVICE_UNIT, units);
        }
        for units in service.used {
            write_group(group, avp::USED_SERVICE_UNIT, units);
        }
        for identifier in service.service_identifiers {
            group.u32(avp::SERVICE_IDENTIFIER, *identifier);
        }
        write_number(group, avp::RATING_GROUP, service.rating_group);
        write_number(group, avp::TGPP_REPORTING_REASON, service.reporting_reason);
    });
}

fn write_group(writer: &mut MessageWriter<'_>, id: AvpId, units: &Units) {
    writer.group(id, |group| {
        write_number(group, avp::CC_TIME, units.time);
        if let Some(money) = &units.money {
            write_money(group, money);
        }
        let octets = [
            (avp::CC_TOTAL_OCTETS, units.total_octets),
            (avp::CC_INPUT_OCTETS, units.input_octets),
            (avp::CC_OUTPUT_OCTETS, units.output_octets),
            (avp::CC_SERVICE_SPECIFIC_UNITS, units.service_specific),
        ];
        for (id, value) in octets {
            if let Some(value) = value {
                group.u64(id, value);
            }
        }
    });
}

fn write_detail(writer: &mut MessageWriter<'_>, detail: ServiceDetail<'_>) {
    if detail == ServiceDetail::Absent {
        return;
    }
    writer.group(avp::SERVICE_INFORMATION, |group| match detail {
        ServiceDetail::Absent => {}
        ServiceDetail::Ims {
            called_party,
            calling_party,
            role_of_node,
        } => group.group(avp::IMS_INFORMATION, |ims| {
            ims.u32(avp::ROLE_OF_NODE, role_of_node);
            ims.utf8(avp::CALLING_PARTY_ADDRESS, calling_party);
            ims.utf8(avp::CALLED_PARTY_ADDRESS, called_party);
        }),
        ServiceDetail::Sms {
            recipient,
            originator,
        } => group.group(avp::SMS_INFORMATION, |sms| {
            sms.group(avp::RECIPIENT_INFO, |info| {
                write_address(info, avp::RECIPIENT_ADDRESS, recipient);
            });
            write_address(sms, avp::ORIGINATOR_RECEIVED_ADDRESS, originator);
        }),
        ServiceDetail::Ps {
            access_point_name,
            sgsn_mcc_mnc,
        } => group.group(avp::PS_INFORMATION, |ps| {
            ps.utf8(avp::CALLED_STATION_ID, access_point_name);
            ps.utf8(avp::TGPP_SGSN_MCC_MNC, sgsn_mcc_mnc);
        }),
    });
}

fn write_address(writer: &mut MessageWriter<'_>, id: AvpId, msisdn: &str) {
    // Address-Type MSISDN (TS 32.299 §7.2.7).
    const MSISDN: u32 = 1;
    writer.group(id, |group| {
        group.u32(avp::ADDRESS_TYPE, MSISDN);
        group.utf8(avp::ADDRESS_DATA, msisdn);
    });
}
