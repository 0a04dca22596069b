//! A real packet gateway and a real relay, frame by frame.

use openmvno_diameter::credit_control::{RequestType, RequestedAction, SubscriptionKind};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::peer::{CloseReason, ServedRealms};
use openmvno_diameter::{CreditControlRequest, Peer, PeerAction, PeerSettings};

use crate::support::{answer, captured, message, new_peer, serve};

fn peer() -> Peer {
    new_peer(PeerSettings {
        realms: ServedRealms::Listed(vec!["localdomain".to_owned(), "ocs.realm".to_owned()]),
        ..PeerSettings::default()
    })
}

#[test]
fn the_gateway_connects_is_served_on_gy_refused_on_gx_and_leaves() {
    let mut peer = peer();
    let mut out = Vec::new();
    let cer = captured("open5gs_smf", "cer");
    let established = PeerAction::Established {
        origin_host: "smf.localdomain".to_owned(),
        origin_realm: "localdomain".to_owned(),
        origin_state_id: Some(1_795_413_983),
    };
    assert_eq!(peer.on_message(0, &message(&cer), &mut out), established);
    assert_eq!(answer(&out).result_code, 2001);

    for label in ["gx-ccr-initial", "gx-ccr-termination"] {
        out.clear();
        let gx = captured("open5gs_smf", label);
        let request = message(&gx);
        assert_eq!(peer.on_message(1, &request, &mut out), PeerAction::Answered);
        let refused = answer(&out);
        assert_eq!(refused.result_code, 3007);
        assert!(refused.header.is_error() && refused.header.is_proxiable());
        assert_eq!(refused.header.application, 16_777_238);
        assert_eq!(refused.header.hop_by_hop, request.header.hop_by_hop);
        assert_eq!(refused.header.end_to_end, request.header.end_to_end);
        let session = request.avps().find(avp::SESSION_ID).expect("Session-Id");
        assert_eq!(refused.session_id.map(str::as_bytes), Some(session.data));
    }
    for number in 1..=3 {
        let update = captured("open5gs_smf", &format!("gy-ccr-update-{number}"));
        let action = peer.on_message(2, &message(&update), &mut out);
        assert_eq!(action, PeerAction::CreditControl);
    }
    let dpr = captured("open5gs_smf", "dpr");
    out.clear();
    let action = peer.on_message(3, &message(&dpr), &mut out);
    assert_eq!(action, PeerAction::Answered);
    assert_eq!(answer(&out).result_code, 2001);
    assert!(matches!(
        peer.leaves(),
        Some(CloseReason::PeerDisconnects(Some(_)))
    ));
}

#[test]
fn the_gateways_initial_request_reads_in_full() {
    let bytes = captured("open5gs_smf", "gy-ccr-initial");
    let request = CreditControlRequest::parse(&message(&bytes)).expect("served");
    assert_eq!(request.session_id, "smf.localdomain;1795413983;2;app_gy");
    assert_eq!(request.origin_host, "smf.localdomain");
    assert_eq!(request.destination_realm, "localdomain");
    assert_eq!(request.destination_host, None);
    assert_eq!(request.service_context_id, "32251@3gpp.org");
    assert_eq!(request.request_type, RequestType::Initial);
    assert_eq!(request.request_number, 0);
    assert_eq!(request.event_timestamp, Some(1_795_413_989));
    assert_eq!(
        request.requested_action,
        Some(RequestedAction::DirectDebiting)
    );
    assert!(!request.multiple_services_indicator);
    assert_eq!(
        request.subscription(SubscriptionKind::Imsi),
        Some("219101234567890")
    );
    assert_eq!(
        request.subscription(SubscriptionKind::E164),
        Some("385911234567")
    );
    let [service] = &request.services[..] else {
        panic!("one service");
    };
    assert_eq!(service.rating_group, None);
    assert_eq!(
        service.requested.and_then(|units| units.octets()),
        Some(1_000_000)
    );
    assert!(service.used.is_empty());
    let information = &request.service_information;
    assert_eq!(information.access_point_name, Some("internet"));
    assert_eq!(information.sgsn_mcc_mnc, Some("21910"));
    assert_eq!(information.rat_type, Some(1));
    assert_eq!(information.user_location_info.map(<[u8]>::len), Some(8));
    assert!(!request.route_record && !request.is_retransmitted());
}

#[test]
fn the_gateways_usage_is_the_sum_of_input_and_output() {
    let reported: Vec<(u32, u64, Option<u32>)> = (1..=3)
        .map(|number| {
            let bytes = captured("open5gs_smf", &format!("gy-ccr-update-{number}"));
            let request = CreditControlRequest::parse(&message(&bytes)).expect("served");
            assert_eq!(request.request_type, RequestType::Update);
            assert_eq!(
                request.requested_action,
                Some(RequestedAction::DirectDebiting)
            );
            assert_eq!(request.destination_host, Some("pcrf.localdomain"));
            let used = &request.services[0].used[0];
            assert_eq!(used.units.total_octets, None);
            assert_eq!(used.units.time, Some(0));
            let octets = used.units.octets().expect("volume");
            (
                request.request_number,
                octets,
                request.services[0].reporting_reason,
            )
        })
        .collect();
    // QUOTA_EXHAUSTED (3) each time; the first report exceeds the 20,000 granted.
    assert_eq!(reported[0], (1, 20_456, Some(3)));
    assert_eq!(reported[1], (2, 20_000, Some(3)));
    assert_eq!((reported[2].0, reported[2].2), (3, Some(3)));
}

#[test]
fn the_gateways_termination_reports_without_asking() {
    let bytes = captured("open5gs_smf", "gy-ccr-termination");
    let request = CreditControlRequest::parse(&message(&bytes)).expect("served");
    assert_eq!(request.request_type, RequestType::Termination);
    assert_eq!(request.services[0].requested, None);
    // FINAL (2) stands beside the used units here, not inside.
    assert_eq!(request.services[0].reporting_reason, Some(2));
    assert_eq!(request.services[0].used.len(), 1);
}

#[test]
fn a_relay_connects_and_its_requests_are_served() {
    let mut peer = peer();
    let mut stream = captured("freediameter_relay", "cer");
    for label in ["gy-ccr-initial-1", "gy-ccr-initial-2", "dwr"] {
        stream.extend(captured("freediameter_relay", label));
    }
    let served = serve(&mut peer, &stream);
    assert_eq!((served.accepted, served.closed, served.left), (2, false, 0));
    assert_eq!(
        peer.remote().map(|remote| remote.origin_host.as_str()),
        Some("fd.relay.realm")
    );

    let bytes = captured("freediameter_relay", "gy-ccr-initial-1");
    let request = CreditControlRequest::parse(&message(&bytes)).expect("served");
    assert!(request.route_record && request.multiple_services_indicator);
    assert_eq!(request.origin_host, "a.pgw.realm");
    assert_eq!(request.services[0].rating_group, Some(100));
}
