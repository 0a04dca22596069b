//! Connections from their first octet to their last.

use openmvno_diameter::client::{
    Identifiers, write_capabilities, write_disconnect, write_watchdog, write_watchdog_answer,
};
use openmvno_diameter::codec::{FLAG_ERROR, FLAG_REQUEST, FrameError};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::peer::{CloseReason, Condition, Overload, ServedRealms};
use openmvno_diameter::protocol_error::{ErrorDetail, protocol_error, refuse_overloaded};
use openmvno_diameter::{Header, MessageWriter, Peer, PeerAction, PeerSettings};

use crate::support::{
    answer, build, ccr, client, identity, list, message, new_peer, open_peer, request_header, serve,
};

fn cer(applications: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    write_capabilities(&mut out, &client(), Identifiers::both(1), applications);
    out
}

fn base(command: u32) -> Header {
    Header {
        flags: FLAG_REQUEST,
        ..request_header(command, 0)
    }
}

fn refused_with(result_code: u32, message: &str) -> PeerAction {
    PeerAction::Close(CloseReason::CapabilitiesRefused {
        result_code,
        message: message.to_owned(),
    })
}

/// Gives one message to the peer.
fn give(peer: &mut Peer, bytes: &[u8]) -> (PeerAction, Vec<u8>) {
    let mut out = Vec::new();
    let action = peer.on_message(1_000, &message(bytes), &mut out);
    (action, out)
}

fn origin(writer: &mut MessageWriter<'_>) {
    writer.utf8(avp::ORIGIN_HOST, "gateway.visited.org");
    writer.utf8(avp::ORIGIN_REALM, "visited.org");
}

#[test]
fn capabilities_are_exchanged() {
    let mut peer = new_peer(PeerSettings::default());
    assert!(!peer.is_open());
    let (action, out) = give(&mut peer, &cer(&[4]));
    let established = PeerAction::Established {
        origin_host: "gateway.visited.org".to_owned(),
        origin_realm: "visited.org".to_owned(),
        origin_state_id: Some(10),
    };
    assert_eq!(action, established);
    assert!(peer.is_open());
    let answer = answer(&out);
    assert_eq!((answer.result_code, answer.header.flags), (2001, 0));
    assert_eq!(answer.origin_host, Some("ocs.example.org"));
    assert_eq!(answer.origin_state_id, Some(1_700_000_000));
    let ids: Vec<_> = list(&out[20..]).into_iter().map(|(id, _)| id).collect();
    for id in [
        avp::HOST_IP_ADDRESS,
        avp::VENDOR_ID,
        avp::PRODUCT_NAME,
        avp::SUPPORTED_VENDOR_ID,
        avp::AUTH_APPLICATION_ID,
    ] {
        assert!(ids.contains(&id), "{id}");
    }
}

#[test]
fn the_application_may_be_vendor_specific_or_a_relays() {
    let nested = build(base(257), |writer| {
        origin(writer);
        writer.address(avp::HOST_IP_ADDRESS, [127, 0, 0, 1].into());
        writer.u32(avp::VENDOR_ID, 0);
        writer.utf8(avp::PRODUCT_NAME, "x");
        writer.group(avp::VENDOR_SPECIFIC_APPLICATION_ID, |group| {
            group.u32(avp::VENDOR_ID, avp::VENDOR_3GPP);
            group.u32(avp::AUTH_APPLICATION_ID, 4);
        });
    });
    for bytes in [
        nested,
        cer(&[avp::APPLICATION_RELAY]),
        cer(&[16_777_238, 4]),
    ] {
        let (action, _) = give(&mut new_peer(PeerSettings::default()), &bytes);
        assert!(
            matches!(action, PeerAction::Established { .. }),
            "{action:?}"
        );
    }
}

#[test]
fn no_common_application_is_refused() {
    let strict = PeerSettings {
        accept_relays: false,
        ..PeerSettings::default()
    };
    let cases = [
        (PeerSettings::default(), cer(&[16_777_238])),
        (PeerSettings::default(), cer(&[])),
        (strict, cer(&[avp::APPLICATION_RELAY])),
    ];
    for (settings, bytes) in cases {
        let (action, out) = give(&mut new_peer(settings), &bytes);
        assert_eq!(
            action,
            refused_with(5010, "only application 4 (credit control) is served here")
        );
        let answer = answer(&out);
        assert_eq!(
            (answer.result_code, answer.header.is_error()),
            (5010, false)
        );
    }
}

#[test]
fn a_cer_without_what_it_needs_is_refused() {
    let bytes = build(base(257), |writer| {
        origin(writer);
        writer.u32(avp::VENDOR_ID, 0);
        writer.utf8(avp::PRODUCT_NAME, "x");
        writer.u32(avp::AUTH_APPLICATION_ID, 4);
    });
    let (action, out) = give(&mut new_peer(PeerSettings::default()), &bytes);
    assert_eq!(action, refused_with(5005, "Host-IP-Address is missing"));
    let answer = answer(&out);
    let failed = list(answer.failed_avp.expect("Failed-AVP"));
    assert_eq!(failed, [(avp::HOST_IP_ADDRESS, vec![0; 6])]);

    let mut only_tls = cer(&[4]);
    let mut security = Vec::new();
    security.extend([0, 0, 1, 43, 0x40, 0, 0, 12, 0, 0, 0, 1]);
    only_tls.extend(&security);
    let length = only_tls.len() as u32;
    only_tls[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
    let (action, _) = give(&mut new_peer(PeerSettings::default()), &only_tls);
    assert_eq!(
        action,
        refused_with(5017, "TLS is not negotiated inside the connection")
    );
}

#[test]
fn anything_before_the_cer_closes_without_an_answer() {
    let mut dwr = Vec::new();
    write_watchdog(&mut dwr, &client(), Identifiers::both(1));
    let mut cea = cer(&[4]);
    cea[4] = 0;
    for bytes in [dwr, ccr(&[], |_| {}), cea] {
        let mut peer = new_peer(PeerSettings::default());
        let (action, out) = give(&mut peer, &bytes);
        assert_eq!(action, PeerAction::Close(CloseReason::CapabilitiesExpected));
        assert!(out.is_empty() && !peer.is_open());
        assert_eq!(give(&mut peer, &cer(&[4])).0, PeerAction::Nothing);
    }
}

#[test]
fn a_silent_connection_is_closed() {
    let mut peer = new_peer(PeerSettings::default());
    let mut out = Vec::new();
    assert_eq!(peer.deadline_ms(), 10_000);
    assert_eq!(peer.on_tick(9_999, &mut out), PeerAction::Nothing);
    let close = PeerAction::Close(CloseReason::CapabilitiesTimeout);
    assert_eq!(peer.on_tick(10_000, &mut out), close);
    assert_eq!(peer.deadline_ms(), u64::MAX);
}

#[test]
fn a_second_cer_is_answered_unless_it_is_another_hosts() {
    let mut peer = open_peer(PeerSettings::default());
    let (action, out) = give(&mut peer, &cer(&[4]));
    assert_eq!(action, PeerAction::Answered);
    assert_eq!(answer(&out).result_code, 2001);
    let mut other = client();
    other.origin_host = "other.visited.org".to_owned();
    let mut bytes = Vec::new();
    write_capabilities(&mut bytes, &other, Identifiers::both(1), &[4]);
    let (action, _) = give(&mut peer, &bytes);
    assert_eq!(action, PeerAction::Close(CloseReason::IdentityChanged));
}

#[test]
fn watchdog_requests_are_answered_and_tell_of_lost_sessions() {
    let mut peer = open_peer(PeerSettings::default());
    let mut identity = client();
    let mut give_state = |state| {
        identity.origin_state_id = state;
        let mut dwr = Vec::new();
        write_watchdog(&mut dwr, &identity, Identifiers::both(77));
        let (action, out) = give(&mut peer, &dwr);
        let answer = answer(&out);
        assert_eq!((answer.result_code, answer.header.hop_by_hop), (2001, 77));
        assert_eq!(answer.header.command, 280);
        action
    };
    assert_eq!(give_state(Some(10)), PeerAction::Answered);
    assert_eq!(give_state(None), PeerAction::Answered);
    let changed = PeerAction::OriginStateChanged {
        origin_host: "gateway.visited.org".to_owned(),
        state_id: 11,
    };
    assert_eq!(give_state(Some(11)), changed);
    assert_eq!(give_state(Some(11)), PeerAction::Answered);
    assert_eq!(give_state(Some(9)), PeerAction::Answered);
}

#[test]
fn an_idle_peer_is_probed_and_lost_when_it_stays_silent() {
    let mut peer = open_peer(PeerSettings::default());
    let mut out = Vec::new();
    let first = peer.deadline_ms();
    assert!((28_000..=32_000).contains(&first));
    assert_eq!(peer.on_tick(first - 1, &mut out), PeerAction::Nothing);
    assert!(out.is_empty());
    assert_eq!(peer.on_tick(first, &mut out), PeerAction::Answered);
    let dwr = message(&out);
    assert_eq!((dwr.header.command, dwr.header.flags), (280, FLAG_REQUEST));
    assert!(dwr.avps().find(avp::ORIGIN_STATE_ID).is_some());

    // Answered: the next probe is a whole period away.
    let mut dwa = Vec::new();
    write_watchdog_answer(&mut dwa, &client(), &dwr.header);
    let action = peer.on_message(first + 10, &message(&dwa), &mut Vec::new());
    assert_eq!(action, PeerAction::Nothing);
    let second = peer.deadline_ms();
    assert!(second >= first + 28_000);

    // Not answered: suspected after one period, closed after another.
    out.clear();
    assert_eq!(peer.on_tick(second, &mut out), PeerAction::Answered);
    let third = peer.deadline_ms();
    assert_eq!(peer.on_tick(third, &mut Vec::new()), PeerAction::Nothing);
    assert_eq!(peer.condition(), Condition::Suspect);
    let fourth = peer.deadline_ms();
    let close = PeerAction::Close(CloseReason::WatchdogExpired);
    assert_eq!(peer.on_tick(fourth, &mut Vec::new()), close);
}

#[test]
fn a_peer_that_disconnects_is_answered_and_closes_itself() {
    for (cause, word) in [
        (0, "REBOOTING"),
        (1, "BUSY"),
        (2, "DO_NOT_WANT_TO_TALK_TO_YOU"),
    ] {
        let mut peer = open_peer(PeerSettings::default());
        let mut dpr = Vec::new();
        write_disconnect(&mut dpr, &client(), Identifiers::both(5), cause);
        let (action, out) = give(&mut peer, &dpr);
        assert_eq!(action, PeerAction::Answered);
        assert_eq!(
            (answer(&out).result_code, answer(&out).header.command),
            (2001, 282)
        );
        assert_eq!(peer.condition(), Condition::Ending);
        // No request follows a DPR.
        let (action, out) = give(&mut peer, &ccr(&[], |_| {}));
        assert_eq!((action, out.len()), (PeerAction::Nothing, 0));
        let reason = CloseReason::PeerDisconnects(Some(cause));
        assert_eq!(reason.to_string(), format!("it disconnected: {word}"));
        assert_eq!(peer.leaves(), Some(reason.clone()));
        // It was to close the transport; after a while we do.
        assert_eq!(peer.on_tick(2_999, &mut Vec::new()), PeerAction::Nothing);
        let close = PeerAction::Close(reason);
        assert_eq!(peer.on_tick(3_000, &mut Vec::new()), close);
    }
}

#[test]
fn we_disconnect_with_a_cause_and_serve_what_is_under_way() {
    for cause in 0..=2 {
        let mut peer = open_peer(PeerSettings::default());
        let mut out = Vec::new();
        let action = peer.disconnect(1_000, cause, &mut out);
        assert_eq!(action, PeerAction::Answered);
        let request = message(&out).header;
        assert_eq!((request.command, request.flags), (282, FLAG_REQUEST));
        let sent = message(&out).avps().find(avp::DISCONNECT_CAUSE);
        assert_eq!(sent.expect("Disconnect-Cause").u32(), Ok(cause));
        assert_eq!(
            give(&mut peer, &ccr(&[], |_| {})).0,
            PeerAction::CreditControl
        );
        let dpa = build(request.answer(false), |writer| {
            writer.u32(avp::RESULT_CODE, 2001);
            origin(writer);
        });
        assert_eq!(
            give(&mut peer, &dpa).0,
            PeerAction::Close(CloseReason::Disconnected)
        );
    }
    let mut peer = open_peer(PeerSettings::default());
    peer.disconnect(1_000, 0, &mut Vec::new());
    let close = PeerAction::Close(CloseReason::DisconnectTimeout);
    assert_eq!(peer.on_tick(6_000, &mut Vec::new()), close);
}

#[test]
fn requests_for_others_are_refused_and_the_connection_stays() {
    let wrong_realm = ccr(&[avp::DESTINATION_REALM], |writer| {
        writer.utf8(avp::DESTINATION_REALM, "elsewhere.org");
    });
    let looped = ccr(&[], |writer| {
        writer.utf8(avp::ROUTE_RECORD, "gateway.visited.org");
        writer.utf8(avp::ROUTE_RECORD, "OCS.example.org");
    });
    let mut gx = ccr(&[], |_| {});
    gx[8..12].copy_from_slice(&16_777_238_u32.to_be_bytes());
    let unknown_command = build(request_header(8_388_635, 4), origin);
    let mut error_bit = ccr(&[], |_| {});
    error_bit[4] |= FLAG_ERROR;
    let cases = [
        (wrong_realm, 3003),
        (looped, 3005),
        (gx, 3007),
        (unknown_command, 3001),
        (error_bit, 3008),
    ];
    let mut peer = open_peer(PeerSettings::default());
    for (bytes, code) in cases {
        let (action, out) = give(&mut peer, &bytes);
        assert_eq!(action, PeerAction::Answered, "{code}");
        let answer = answer(&out);
        assert_eq!((answer.result_code, answer.header.is_error()), (code, true));
        assert!(answer.header.is_proxiable());
        assert_eq!(
            (answer.header.hop_by_hop, answer.header.end_to_end),
            (0x1111, 0x2222)
        );
    }
    assert_eq!(
        give(&mut peer, &ccr(&[], |_| {})).0,
        PeerAction::CreditControl
    );
}

#[test]
fn realms_are_served_by_policy() {
    let other = ccr(&[avp::DESTINATION_REALM], |writer| {
        writer.utf8(avp::DESTINATION_REALM, "Second.org");
    });
    for realms in [
        ServedRealms::Any,
        ServedRealms::Listed(vec!["second.org".to_owned()]),
    ] {
        let mut peer = open_peer(PeerSettings {
            realms,
            ..PeerSettings::default()
        });
        assert_eq!(give(&mut peer, &other).0, PeerAction::CreditControl);
        assert_eq!(
            give(&mut peer, &ccr(&[], |_| {})).0,
            PeerAction::CreditControl
        );
    }
}

#[test]
fn faulty_base_requests_are_refused_by_name() {
    let mut peer = open_peer(PeerSettings::default());
    let bytes = build(base(280), |writer| {
        writer.utf8(avp::ORIGIN_REALM, "visited.org")
    });
    let (action, out) = give(&mut peer, &bytes);
    assert_eq!(
        (action, answer(&out).result_code),
        (PeerAction::Answered, 5005)
    );

    let bytes = build(base(280), |writer| {
        origin(writer);
        writer.raw(&[0, 0, 1, 22, 0x48, 0, 0, 12, 0, 0, 0, 1]);
    });
    let (_, out) = give(&mut peer, &bytes);
    assert_eq!(
        (answer(&out).result_code, answer(&out).header.is_error()),
        (3009, true)
    );

    let bytes = build(base(282), |writer| {
        origin(writer);
        writer.octets(avp::DISCONNECT_CAUSE, &[0; 8]);
    });
    let (action, out) = give(&mut peer, &bytes);
    assert_eq!(
        (action, answer(&out).result_code),
        (PeerAction::Answered, 5014)
    );
}

#[test]
fn a_broken_stream_is_answered_once_and_closed() {
    let mut version = ccr(&[], |_| {});
    version[0] = 2;
    let mut odd = ccr(&[], |_| {});
    odd[3] += 2;
    let mut huge = ccr(&[], |_| {});
    huge[1] = 0xFF;
    for (bytes, code) in [(version, 5011), (odd, 5015), (huge, 5015)] {
        let served = serve(&mut open_peer(PeerSettings::default()), &bytes);
        assert!(served.closed);
        let answer = answer(&served.out);
        assert_eq!(
            (answer.result_code, answer.header.is_error()),
            (code, false)
        );
        assert_eq!(answer.header.hop_by_hop, 0x1111);
    }
    let mut peer = open_peer(PeerSettings::default());
    let error = FrameError::UnsupportedVersion(b'G');
    let mut out = Vec::new();
    let action = peer.on_stream_error(error, b"GET / HTTP/1.1", &mut out);
    assert_eq!(action, PeerAction::Close(CloseReason::BrokenStream(error)));
    assert!(out.is_empty() && !peer.is_open());
}

#[test]
fn answers_to_nothing_we_asked_are_passed_over() {
    let mut peer = open_peer(PeerSettings::default());
    let bytes = build(request_header(272, 4).answer(false), |writer| {
        writer.u32(avp::RESULT_CODE, 2001);
    });
    let (action, out) = give(&mut peer, &bytes);
    assert_eq!((action, out.len()), (PeerAction::Nothing, 0));
}

#[test]
fn protocol_errors_echo_what_the_request_says() {
    let bytes = ccr(&[], |writer| {
        for state in [b"one", b"two"] {
            writer.group(avp::PROXY_INFO, |proxy| {
                proxy.utf8(avp::PROXY_HOST, "agent.example.org");
                proxy.octets(avp::PROXY_STATE, state);
            });
        }
    });
    let mut out = Vec::new();
    let request = message(&bytes);
    protocol_error(
        &identity(),
        &request,
        3002,
        ErrorDetail::default(),
        &mut out,
    );
    let refused = answer(&out);
    assert_eq!(
        (refused.result_code, refused.header.is_error()),
        (3002, true)
    );
    assert_eq!(refused.session_id, Some("gateway.visited.org;1;2"));
    assert_eq!(refused.origin_host, Some("ocs.example.org"));
    let echoed: Vec<_> = list(&out[20..])
        .into_iter()
        .filter(|(id, _)| *id == avp::PROXY_INFO)
        .map(|(_, data)| data)
        .collect();
    let sent: Vec<_> = list(&bytes[20..])
        .into_iter()
        .filter(|(id, _)| *id == avp::PROXY_INFO)
        .map(|(_, data)| data)
        .collect();
    assert_eq!((echoed.len(), echoed), (2, sent));
}

#[test]
fn overload_is_ours_only_when_we_are_named() {
    let cases = [
        ("OCS.example.org", Overload::ByDestination, 3004),
        ("other.example.org", Overload::ByDestination, 3002),
        ("other.example.org", Overload::AlwaysTooBusy, 3004),
    ];
    for (host, overload, code) in cases {
        let bytes = ccr(&[], |writer| writer.utf8(avp::DESTINATION_HOST, host));
        let mut out = Vec::new();
        refuse_overloaded(&identity(), &message(&bytes), overload, &mut out);
        assert_eq!(answer(&out).result_code, code);
    }
}

#[test]
fn a_peer_that_was_lost_is_watched_until_it_is_trusted_again() {
    let mut peer = open_peer(PeerSettings::default());
    let mut out = Vec::new();
    peer.reopen(0, &mut out);
    for _ in 0..3 {
        assert_eq!(peer.condition(), Condition::Reopening);
        // What it asks is served meanwhile: we are the one who is asked.
        let (action, _) = give(&mut peer, &ccr(&[], |_| {}));
        assert_eq!(action, PeerAction::CreditControl);
        let mut dwa = Vec::new();
        write_watchdog_answer(&mut dwa, &client(), &message(&out).header);
        give(&mut peer, &dwa);
        out.clear();
        let due = peer.deadline_ms();
        if peer.condition() == Condition::Reopening {
            assert_eq!(peer.on_tick(due, &mut out), PeerAction::Answered);
        }
    }
    assert_eq!(peer.condition(), Condition::Open);
}

#[test]
fn an_answer_to_no_request_of_ours_opens_nothing() {
    // We never send a CER, so there is no election to lose (RFC 6733 §5.6.4): a CEA with
    // DIAMETER_ELECTION_LOST is nobody's answer.
    let cea = build(base(257).answer(false), |writer| {
        writer.u32(avp::RESULT_CODE, 4003);
        origin(writer);
    });
    let mut fresh = new_peer(PeerSettings::default());
    let (action, out) = give(&mut fresh, &cea);
    assert_eq!(
        (action, out.len()),
        (PeerAction::Close(CloseReason::CapabilitiesExpected), 0)
    );
    let mut open = open_peer(PeerSettings::default());
    let (action, out) = give(&mut open, &cea);
    assert_eq!((action, out.len()), (PeerAction::Nothing, 0));
    assert!(open.is_open());
}

#[test]
fn base_requests_with_what_nobody_knows_are_refused() {
    let unknown = [0, 1, 0x2F, 0xD1, 0x40, 0, 0, 12, 1, 2, 3, 4];
    for command in [280, 282] {
        let bytes = build(base(command), |writer| {
            origin(writer);
            writer.u32(avp::DISCONNECT_CAUSE, 0);
            writer.raw(&unknown);
        });
        let (action, out) = give(&mut open_peer(PeerSettings::default()), &bytes);
        assert_eq!(action, PeerAction::Answered, "{command}");
        let answer = answer(&out);
        assert_eq!(answer.result_code, 5001);
        let failed = list(answer.failed_avp.expect("Failed-AVP"));
        assert_eq!((failed.len(), &failed[0].1[..]), (1, &[1, 2, 3, 4][..]));
    }
    let mut with_unknown = cer(&[4]);
    with_unknown.extend(&unknown);
    let length = with_unknown.len() as u32;
    with_unknown[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
    let (action, out) = give(&mut new_peer(PeerSettings::default()), &with_unknown);
    assert!(matches!(action, PeerAction::Close(_)));
    assert_eq!(answer(&out).result_code, 5001);
}
