//! Final-Unit-Indication and QoS-Final-Unit-Indication (RFC 8506 §8.34 and §8.68).

use crate::codec::MessageWriter;
use crate::dictionary as avp;

/// Redirect-Address-Type (RFC 8506 §8.38).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
#[repr(u32)]
pub enum RedirectAddressType {
    Ipv4 = 0,
    Ipv6 = 1,
    Url = 2,
    SipUri = 3,
}

/// Final-Unit-Indication: the grant is the last, and what the gateway does when it is used up
/// (RFC 8506 §8.34).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalUnit<'a> {
    /// Final-Unit-Action TERMINATE (0).
    Terminate,
    /// Final-Unit-Action REDIRECT (1).
    Redirect {
        /// Redirect-Address-Type.
        address_type: RedirectAddressType,
        /// Redirect-Server-Address.
        address: &'a str,
        /// What may be reached beside it.
        filters: Filters<'a>,
    },
    /// Final-Unit-Action RESTRICT_ACCESS (2): what may still be reached.
    RestrictAccess(Filters<'a>),
    /// RESTRICT_ACCESS in a QoS-Final-Unit-Indication: the usage goes on at the quality of service that
    /// this filter of the gateway stands for (RFC 8506 §8.68).
    Throttle {
        /// Filter-Id.
        filter_id: &'a str,
    },
}

/// What a user may still reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filters<'a> {
    /// Filter-Id: names of filters configured in the gateway.
    pub ids: &'a [String],
    /// Restriction-Filter-Rule.
    pub rules: &'a [String],
}

/// Final-Unit-Action (RFC 8506 §8.35).
const TERMINATE: u32 = 0;
const REDIRECT: u32 = 1;
const RESTRICT_ACCESS: u32 = 2;

/// Appends the indication.
pub(super) fn write_final_unit(writer: &mut MessageWriter<'_>, final_unit: FinalUnit<'_>) {
    if let FinalUnit::Throttle { filter_id } = final_unit {
        return writer.group(avp::QOS_FINAL_UNIT_INDICATION, |group| {
            group.u32(avp::FINAL_UNIT_ACTION, RESTRICT_ACCESS);
            group.utf8(avp::FILTER_ID, filter_id);
        });
    }
    writer.group(avp::FINAL_UNIT_INDICATION, |group| match final_unit {
        FinalUnit::Terminate | FinalUnit::Throttle { .. } => {
            group.u32(avp::FINAL_UNIT_ACTION, TERMINATE);
        }
        FinalUnit::Redirect {
            address_type,
            address,
            filters,
        } => {
            group.u32(avp::FINAL_UNIT_ACTION, REDIRECT);
            write_filters(group, filters);
            group.group(avp::REDIRECT_SERVER, |server| {
                server.u32(avp::REDIRECT_ADDRESS_TYPE, address_type as u32);
                server.utf8(avp::REDIRECT_SERVER_ADDRESS, address);
            });
        }
        FinalUnit::RestrictAccess(filters) => {
            group.u32(avp::FINAL_UNIT_ACTION, RESTRICT_ACCESS);
            write_filters(group, filters);
        }
    });
}

fn write_filters(group: &mut MessageWriter<'_>, filters: Filters<'_>) {
    for rule in filters.rules {
        group.utf8(avp::RESTRICTION_FILTER_RULE, rule);
    }
    for id in filters.ids {
        group.utf8(avp::FILTER_ID, id);
    }
}
