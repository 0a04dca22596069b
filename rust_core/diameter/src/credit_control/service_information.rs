//! What rating needs from Service-Information (TS 32.299 §7.2.192).

use crate::codec::Avp;
use crate::dictionary as avp;
use crate::walk::{Outcome, each_inside, enumerated, once, pass_over, read};

/// Fields of IMS-, SMS- and PS-Information, borrowed from the request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceInformation<'a> {
    /// IMS-Information/Called-Party-Address: a tel: or sip: URI.
    pub called_party: Option<&'a str>,
    /// IMS-Information/Calling-Party-Address, the first one.
    pub calling_party: Option<&'a str>,
    /// IMS-Information/Role-Of-Node: 0 originating, 1 terminating.
    pub role_of_node: Option<u32>,
    /// SMS-Information/Recipient-Info or MMS-Information, Recipient-Address/Address-Data: of an MSISDN
    /// if one is given.
    pub recipient: Option<&'a str>,
    /// SMS-Information/Originator-Received-Address or, of MMS-Information too, Originator-Address, its
    /// Address-Data.
    pub originator: Option<&'a str>,
    /// Number of recipients of a message.
    pub recipient_count: u32,
    /// The served user receives: SM-Message-Type DELIVERY of SMS-Information, Message-Type of a
    /// retrieval of MMS-Information.
    pub received: bool,
    /// SMS-Information/Originator-SCCP-Address: the MSC or SGSN the message came from, as sent.
    pub originating_node: Option<&'a [u8]>,
    /// SMS-Information/SMS-Node (0 SMS router, 1 IP-SM-GW, …).
    pub sms_node: Option<u32>,
    /// SMS-Information/Number-Of-Messages-Sent.
    pub messages_sent: Option<u32>,
    /// PS-Information/Called-Station-Id: the access point name.
    pub access_point_name: Option<&'a str>,
    /// PS-Information/3GPP-Charging-Id.
    pub charging_id: Option<&'a [u8]>,
    /// PS-Information/3GPP-SGSN-MCC-MNC: the visited network.
    pub sgsn_mcc_mnc: Option<&'a str>,
    /// 3GPP-User-Location-Info as sent (TS 29.061 §16.4.7.2).
    pub user_location_info: Option<&'a [u8]>,
    /// 3GPP-RAT-Type, its octet (TS 29.061 §16.4.7.2).
    pub rat_type: Option<u8>,
    /// IMS-Information/Access-Network-Information (P-Access-Network-Info), the first one.
    pub access_network: Option<&'a [u8]>,
    /// VCS-Information: VLR-Number, else MSC-Address, as sent: an ISDN-AddressString (TS 29.002 §17.7.8).
    pub serving_switch: Option<&'a [u8]>,
    /// PS-Information/QoS-Information/QoS-Class-Identifier.
    pub qos_class: Option<u32>,
    /// IMS-Information/IMS-Charging-Identifier.
    pub ims_charging_identifier: Option<&'a str>,
    recipient_is_msisdn: bool,
}

/// Address-Type MSISDN (TS 32.299 §7.2.7).
const ADDRESS_TYPE_MSISDN: u32 = 1;

/// SM-Message-Type (TS 32.299 §7.2.198).
const DELIVERY: u32 = 3;
/// Message-Type (TS 32.299 §7.2.100): m-notification-ind, m-notifyresp-ind, m-retrieve-conf and
/// m-acknowledge-ind.
const RETRIEVALS: [u32; 4] = [3, 4, 5, 6];

impl<'a> ServiceInformation<'a> {
    /// Reads the group into empty fields.
    pub(super) fn fill(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::PS_INFORMATION => self.packet(inner),
            avp::IMS_INFORMATION => self.multimedia(inner),
            avp::SMS_INFORMATION => self.message(inner),
            avp::MMS_INFORMATION => self.multimedia_message(inner),
            avp::VCS_INFORMATION => self.circuit_switched(inner),
            _ => pass_over(inner),
        })
    }

    fn packet(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::CALLED_STATION_ID => once(&mut self.access_point_name, inner, inner.utf8()),
            avp::TGPP_CHARGING_ID => once(&mut self.charging_id, inner, Ok(inner.data)),
            avp::TGPP_SGSN_MCC_MNC => once(&mut self.sgsn_mcc_mnc, inner, inner.utf8()),
            avp::TGPP_USER_LOCATION_INFO => self.location(inner),
            avp::TGPP_RAT_TYPE => {
                // Gateways send it once; a second one says nothing new.
                self.rat_type = self.rat_type.or(inner.data.first().copied());
                Ok(())
            }
            avp::QOS_INFORMATION => quality(&mut self.qos_class, inner),
            _ => pass_over(inner),
        })
    }

    /// Calls of the circuit-switched domain (TS 32.276).
    fn circuit_switched(&mut self, group: &Avp<'a>) -> Outcome {
        let mut exchange = None;
        each_inside(group, |inner| match inner.id {
            avp::VLR_NUMBER => once(&mut self.serving_switch, inner, Ok(inner.data)),
            avp::MSC_ADDRESS => once(&mut exchange, inner, Ok(inner.data)),
            _ => pass_over(inner),
        })?;
        self.serving_switch = self.serving_switch.or(exchange);
        Ok(())
    }

    fn multimedia(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::CALLED_PARTY_ADDRESS => once(&mut self.called_party, inner, inner.utf8()),
            // Both sip: and tel: may be given (TS 32.299 §7.2.33).
            avp::CALLING_PARTY_ADDRESS => first(&mut self.calling_party, inner),
            avp::ROLE_OF_NODE => {
                let role = enumerated(inner, |role| (role <= 5).then_some(role));
                once(&mut self.role_of_node, inner, role)
            }
            avp::ACCESS_NETWORK_INFORMATION => {
                self.access_network = self.access_network.or(Some(inner.data));
                Ok(())
            }
            avp::IMS_CHARGING_IDENTIFIER => {
                once(&mut self.ims_charging_identifier, inner, inner.utf8())
            }
            avp::TGPP_USER_LOCATION_INFO => self.location(inner),
            _ => pass_over(inner),
        })
    }

    fn message(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::RECIPIENT_INFO => {
                self.recipient_count = self.recipient_count.saturating_add(1);
                self.recipient_info(inner)
            }
            avp::ORIGINATOR_RECEIVED_ADDRESS | avp::ORIGINATOR_ADDRESS => {
                let (data, _) = address(inner)?;
                self.originator = self.originator.or(data);
                Ok(())
            }
            avp::SM_MESSAGE_TYPE => {
                self.received |= read(inner, inner.u32())? == DELIVERY;
                Ok(())
            }
            avp::ORIGINATOR_SCCP_ADDRESS => once(&mut self.originating_node, inner, Ok(inner.data)),
            avp::SMS_NODE => once(&mut self.sms_node, inner, inner.u32()),
            avp::NUMBER_OF_MESSAGES_SENT => once(&mut self.messages_sent, inner, inner.u32()),
            avp::TGPP_USER_LOCATION_INFO => self.location(inner),
            _ => pass_over(inner),
        })
    }

    fn recipient_info(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::RECIPIENT_ADDRESS => self.recipient_address(inner),
            _ => pass_over(inner),
        })
    }

    /// MMS-Information names its recipients without groups around them (TS 32.299 §7.2.110).
    fn multimedia_message(&mut self, group: &Avp<'a>) -> Outcome {
        each_inside(group, |inner| match inner.id {
            avp::RECIPIENT_ADDRESS => {
                self.recipient_count = self.recipient_count.saturating_add(1);
                self.recipient_address(inner)
            }
            avp::ORIGINATOR_ADDRESS => {
                let (data, _) = address(inner)?;
                self.originator = self.originator.or(data);
                Ok(())
            }
            avp::MESSAGE_TYPE => {
                self.received |= RETRIEVALS.contains(&read(inner, inner.u32())?);
                Ok(())
            }
            _ => pass_over(inner),
        })
    }

    fn recipient_address(&mut self, group: &Avp<'a>) -> Outcome {
        let (data, kind) = address(group)?;
        let is_msisdn = kind == Some(ADDRESS_TYPE_MSISDN);
        let better = self.recipient.is_none() || (is_msisdn && !self.recipient_is_msisdn);
        if data.is_some() && better {
            self.recipient = data;
            self.recipient_is_msisdn = is_msisdn;
        }
        Ok(())
    }

    /// The location may stand in the service's own group and be repeated by a gateway.
    fn location(&mut self, inner: &Avp<'a>) -> Outcome {
        self.user_location_info = self.user_location_info.or(Some(inner.data));
        Ok(())
    }
}

/// The QoS-Class-Identifier of a QoS-Information.
pub(super) fn quality(slot: &mut Option<u32>, group: &Avp<'_>) -> Outcome {
    each_inside(group, |inner| match inner.id {
        avp::QOS_CLASS_IDENTIFIER => once(slot, inner, inner.u32()),
        _ => pass_over(inner),
    })
}

fn first<'a>(slot: &mut Option<&'a str>, inner: &Avp<'a>) -> Outcome {
    let value = read(inner, inner.utf8())?;
    *slot = slot.or(Some(value));
    Ok(())
}

/// Address-Data and Address-Type of an address group.
fn address<'a>(group: &Avp<'a>) -> Outcome<(Option<&'a str>, Option<u32>)> {
    let mut data = None;
    let mut kind = None;
    each_inside(group, |inner| match inner.id {
        avp::ADDRESS_DATA => once(&mut data, inner, inner.utf8()),
        avp::ADDRESS_TYPE => once(&mut kind, inner, inner.u32()),
        _ => pass_over(inner),
    })?;
    Ok((data, kind))
}
