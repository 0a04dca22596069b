//! Diameter messages of every shape a gateway sends, and those captured from real ones.

use openmvno_diameter::client::{
    ClientIdentity, ClientRequest, ClientService, Identifiers, ServiceDetail, write_capabilities,
    write_disconnect, write_watchdog,
};
use openmvno_diameter::credit_control::{RequestType, RequestedAction, Units};
use openmvno_diameter::{MessageWriter, dictionary as avp};
use std::net::{IpAddr, Ipv4Addr};

use crate::engine::msisdn;

/// Captured frames, hexadecimal under labels in brackets.
const CAPTURES: [&str; 2] = [
    include_str!("../../diameter/tests/vectors/open5gs_smf.hex"),
    include_str!("../../diameter/tests/vectors/freediameter_relay.hex"),
];

pub(crate) fn gateway() -> ClientIdentity {
    ClientIdentity {
        origin_host: "gw.example".into(),
        origin_realm: "example".into(),
        origin_state_id: Some(1),
        host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination_realm: "example".into(),
        destination_host: Some("ocs.example".into()),
    }
}

pub(crate) fn captured() -> Vec<Vec<u8>> {
    CAPTURES.into_iter().flat_map(frames).collect()
}

fn frames(text: &str) -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            found.push(Vec::new());
        } else if let Some(frame) = found.last_mut().filter(|_| !line.starts_with('#')) {
            let digits = line.trim().as_bytes().chunks(2);
            frame.extend(
                digits.filter_map(|pair| {
                    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
                }),
            );
        }
    }
    found
}

/// CER, DWR, DPR.
pub(crate) fn base() -> Vec<Vec<u8>> {
    let mut all = vec![Vec::new(), Vec::new(), Vec::new()];
    write_capabilities(&mut all[0], &gateway(), Identifiers::both(1), &[4]);
    write_watchdog(&mut all[1], &gateway(), Identifiers::both(2));
    write_disconnect(&mut all[2], &gateway(), Identifiers::both(3), 0);
    all
}

/// Credit-Control-Requests: calls, data, messages; begun, carried on, ended, at once.
pub(crate) fn requests() -> Vec<Vec<u8>> {
    let own = msisdn(1);
    let call = ServiceDetail::Ims {
        called_party: "tel:+385911234567",
        calling_party: "sip:+385910000001@ims.example",
        role_of_node: 0,
    };
    let packet = ServiceDetail::Ps {
        access_point_name: "internet",
        sgsn_mcc_mnc: "21901",
    };
    let text = ServiceDetail::Sms {
        recipient: "385911234567",
        originator: "385910000001",
    };
    let seconds = |time| Units {
        time: Some(time),
        ..Units::default()
    };
    let octets = |total| Units {
        total_octets: Some(total),
        ..Units::default()
    };
    let (used_time, used_octets) = ([seconds(65)], [octets(90_000), octets(10)]);
    let asked = [
        ClientService {
            rating_group: Some(10),
            requested: Some(Units::default()),
            ..ClientService::default()
        },
        ClientService {
            rating_group: Some(20),
            service_identifiers: &[1, 2],
            requested: Some(octets(1_000_000)),
            ..ClientService::default()
        },
    ];
    let reported = [ClientService {
        rating_group: Some(10),
        used: &used_octets,
        reporting_reason: Some(2),
        requested: Some(Units::default()),
        ..ClientService::default()
    }];
    let of = |context, kind, number, detail| ClientRequest {
        e164: Some(&own),
        imsi: Some("219010000000001"),
        event_timestamp: Some(1_700_000_000),
        detail,
        ..ClientRequest::new("gw.example;1;1", context, kind, number)
    };
    use RequestType::{Event, Initial, Termination, Update};
    let (ims, ps, sms) = ("32260@3gpp.org", "32251@3gpp.org", "32274@3gpp.org");
    let several = Some(true);
    let event = |action, number| ClientRequest {
        requested_action: Some(action),
        requested: Some(Units {
            service_specific: Some(1),
            ..Units::default()
        }),
        correlation_id: Some(b"order-9"),
        ..of(sms, Event, number, text)
    };
    let all = [
        ClientRequest {
            requested: Some(seconds(60)),
            ..of(ims, Initial, 0, call)
        },
        ClientRequest {
            requested: Some(seconds(60)),
            used: &used_time,
            ..of(ims, Update, 1, call)
        },
        ClientRequest {
            used: &used_time,
            termination_cause: Some(1),
            ..of(ims, Termination, 2, call)
        },
        ClientRequest {
            multiple_services_indicator: several,
            services: &asked,
            ..of(ps, Initial, 0, packet)
        },
        ClientRequest {
            multiple_services_indicator: several,
            services: &reported,
            ..of(ps, Update, 1, packet)
        },
        ClientRequest {
            services: &reported,
            retransmitted: true,
            ..of(ps, Termination, 2, packet)
        },
        event(RequestedAction::DirectDebiting, 0),
        event(RequestedAction::CheckBalance, 1),
        event(RequestedAction::PriceEnquiry, 2),
        ClientRequest {
            refund_information: Some(&[7; 36]),
            ..event(RequestedAction::RefundAccount, 3)
        },
    ];
    let mut written: Vec<Vec<u8>> = (0_u32..)
        .zip(&all)
        .map(|(at, request)| {
            let mut octets = Vec::new();
            request.write(&gateway(), Identifiers::both(100 + at), &mut octets);
            octets
        })
        .collect();
    written.push(decorated(written[0].clone()));
    written.push(priced(written[6].clone()));
    written
}

/// With what agents, overload control and priorities put in.
fn decorated(mut request: Vec<u8>) -> Vec<u8> {
    let mut writer = MessageWriter::reopen(&mut request, 0);
    writer.utf8(avp::ROUTE_RECORD, "agent.example");
    for state in [&b"a"[..], b"bcd"] {
        writer.group(avp::PROXY_INFO, |proxy| {
            proxy.utf8(avp::PROXY_HOST, "agent.example");
            proxy.octets(avp::PROXY_STATE, state);
        });
    }
    writer.group(avp::OC_SUPPORTED_FEATURES, |features| {
        features.u64(avp::OC_FEATURE_VECTOR, 1)
    });
    writer.u32(avp::DRMP, 0);
    writer.finish();
    request
}

/// An amount of money.
fn priced(mut request: Vec<u8>) -> Vec<u8> {
    let mut writer = MessageWriter::reopen(&mut request, 0);
    writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |services| {
        services.group(avp::REQUESTED_SERVICE_UNIT, |units| {
            units.group(avp::CC_MONEY, |money| {
                money.group(avp::UNIT_VALUE, |value| {
                    value.i64(avp::VALUE_DIGITS, 150);
                    value.i32(avp::EXPONENT, -2);
                });
                money.u32(avp::CURRENCY_CODE, 978);
            });
        });
    });
    writer.finish();
    request
}

/// Makes Message Length and version true again.
pub(crate) fn repair(frame: &mut Vec<u8>) {
    frame.resize(frame.len().next_multiple_of(4).max(20), 0);
    frame[0] = 1;
    let length = u32::try_from(frame.len()).unwrap_or(0);
    frame[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
}
