//! What can be seen of a request at a glance, before it is read: what it wants, and whether somebody
//! calls for help.

use crate::control::RequestJson;
use openmvno_charging::Kind;
use openmvno_diameter::{Avp, Message, dictionary as avp};

/// DRMP PRIORITY_0, the highest there is (RFC 7944 §9.1).
const FIRST_PRIORITY: u32 = 0;
/// IMS-Emergency-Indicator: Emergency (TS 32.299 §7.2.77A).
const EMERGENCY: u32 = 1;
/// Emergency services as a URN (RFC 5031 §4.2), with or without a kind of them behind it.
const EMERGENCY_SERVICE: &str = "urn:service:sos";
/// The access point of emergency bearers (TS 23.003 §19.4.2.7).
const EMERGENCY_ACCESS_POINT: &str = "sos";
/// Emergency numbers everywhere, whatever SIM card (TS 22.101 §10.1.1).
const EMERGENCY_NUMBERS: [&str; 2] = ["112", "911"];

/// What a request may say for itself when not all can be served.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) kind: Kind,
    /// Whether its client takes overload reports (RFC 7683).
    pub(crate) takes_reports: bool,
    priority: Option<u32>,
    service: Option<Avp<'a>>,
    destination: &'a str,
    access_point: &'a str,
}

/// Reads it off the AVPs at command level; what is not readable counts as not said.
pub(crate) fn claim<'a>(message: &Message<'a>) -> Claim<'a> {
    let (mut kind, mut action) = (None, None);
    let mut claim = Claim::new(Kind::Initial);
    for inner in message.avps().map_while(Result::ok) {
        match inner.id {
            avp::CC_REQUEST_TYPE => kind = inner.u32().ok(),
            avp::REQUESTED_ACTION => action = inner.u32().ok(),
            avp::DRMP => claim.priority = inner.u32().ok(),
            avp::OC_SUPPORTED_FEATURES => claim.takes_reports = true,
            avp::SERVICE_INFORMATION => claim.service = Some(inner),
            _ => {}
        }
    }
    claim.kind = kind_of(kind, action);
    claim
}

/// By CC-Request-Type and Requested-Action (RFC 8506 §8.3 and §8.41).
fn kind_of(request_type: Option<u32>, action: Option<u32>) -> Kind {
    match (request_type, action) {
        (Some(2), _) => Kind::Update,
        (Some(3), _) => Kind::Terminate,
        (Some(4), Some(1)) => Kind::Refund,
        (Some(4), Some(2)) => Kind::CheckBalance,
        (Some(4), Some(3)) => Kind::PriceEnquiry,
        (Some(4), _) => Kind::Debit,
        _ => Kind::Initial,
    }
}

impl<'a> Claim<'a> {
    /// A request of which nothing else is known.
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            takes_reports: false,
            priority: None,
            service: None,
            destination: "",
            access_point: "",
        }
    }

    pub(crate) fn of_json(request: &'a RequestJson) -> Self {
        Self {
            destination: request.destination(),
            access_point: request.access_point(),
            ..Self::new(request.kind())
        }
    }

    /// Whether it is about a call for help, or has the highest priority there is. Looked at only
    /// when the request would be refused.
    pub(crate) fn is_emergency(&self) -> bool {
        self.priority == Some(FIRST_PRIORITY)
            || calls_for_help(self.destination)
            || is_emergency_access(self.access_point.as_bytes())
            || self.service.is_some_and(|service| said_in(&service))
    }
}

fn said_in(service: &Avp<'_>) -> bool {
    let groups = service.grouped().map_while(Result::ok);
    groups
        .filter(|group| matches!(group.id, avp::IMS_INFORMATION | avp::PS_INFORMATION))
        .flat_map(|group| group.grouped().map_while(Result::ok))
        .any(|inner| match inner.id {
            avp::IMS_EMERGENCY_INDICATOR => inner.u32() == Ok(EMERGENCY),
            avp::CALLED_PARTY_ADDRESS => inner.utf8().is_ok_and(calls_for_help),
            avp::CALLED_STATION_ID => is_emergency_access(inner.data),
            _ => false,
        })
}

/// A URI or number: `urn:service:sos.police`, `tel:112`, `sip:911@…`, `112`.
fn calls_for_help(party: &str) -> bool {
    let service = party.get(..EMERGENCY_SERVICE.len());
    if service.is_some_and(|start| start.eq_ignore_ascii_case(EMERGENCY_SERVICE)) {
        return true;
    }
    let number = party.split_once(':').map_or(party, |(_, rest)| rest);
    let number = number.split(['@', ';']).next().unwrap_or_default();
    EMERGENCY_NUMBERS.contains(&number)
}

/// An APN: its network identifier alone, or with an operator identifier behind it.
fn is_emergency_access(name: &[u8]) -> bool {
    let identifier = name.split(|&octet| octet == b'.').next();
    identifier.is_some_and(|name| name.eq_ignore_ascii_case(EMERGENCY_ACCESS_POINT.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_for_help_is_known_by_its_address() {
        for party in [
            "urn:service:sos",
            "URN:service:sos.police",
            "tel:112",
            "tel:911;phone-context=example",
            "sip:112@ims.example",
            "112",
        ] {
            assert!(calls_for_help(party), "{party}");
        }
        for party in ["", "tel:+385112", "1123", "sip:alice@112", "urn:service:x"] {
            assert!(!calls_for_help(party), "{party}");
        }
    }

    #[test]
    fn emergency_access_is_known_by_its_name() {
        assert!(is_emergency_access(b"sos") && is_emergency_access(b"SOS.mnc001.mcc219.gprs"));
        assert!(!is_emergency_access(b"") && !is_emergency_access(b"sosinternet"));
    }
}
