//! Which peers may connect, and what becomes of open connections when that changes.

use std::sync::Arc;

use openmvno_diameter::client::{Identifiers, write_capabilities};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::peer::{
    AddressRange, CloseReason, Condition, HostPattern, HostPatternError, PeerRule, PeerTable,
    Profile, Refusal, Transport,
};
use openmvno_diameter::{Peer, PeerAction, PeerSettings};

use proptest::prelude::*;

use crate::support::{answer, client, message, peer_of, transport};

const HOST: &str = "gateway.visited.org";

fn rule(hosts: &str) -> PeerRule {
    PeerRule {
        hosts: hosts.parse().expect("a pattern"),
        addresses: Vec::new(),
        certificate: None,
        connections: 16,
        profile: Arc::default(),
        enabled: true,
    }
}

fn from(hosts: &str, ranges: &[&str]) -> PeerRule {
    let range = |text: &&str| text.parse().expect("a range");
    PeerRule {
        addresses: ranges.iter().map(range).collect(),
        ..rule(hosts)
    }
}

fn disabled(hosts: &str) -> PeerRule {
    PeerRule {
        enabled: false,
        ..rule(hosts)
    }
}

/// The connection of our client after its CER, what came of it, and the CEA.
fn connect(table: PeerTable, transport: Transport) -> (Peer, PeerAction, Vec<u8>) {
    let mut peer = peer_of(table, PeerSettings::default(), transport);
    let (mut cer, mut out) = (Vec::new(), Vec::new());
    write_capabilities(&mut cer, &client(), Identifiers::both(1), &[4]);
    let action = peer.on_message(0, &message(&cer), &mut out);
    (peer, action, out)
}

fn established(action: &PeerAction) -> bool {
    matches!(action, PeerAction::Established { .. })
}

#[test]
fn patterns_name_a_host_a_realm_or_all() {
    let cases = [
        (
            "GW1.Visited.org",
            HostPattern::Host("gw1.visited.org".into()),
        ),
        ("*.visited.org", HostPattern::Realm("visited.org".into())),
        ("*", HostPattern::Any),
    ];
    for (text, pattern) in cases {
        assert_eq!(text.parse(), Ok(pattern.clone()));
        assert_eq!(pattern.to_string(), text.to_ascii_lowercase());
    }
    for text in [
        "",
        "*.",
        "a..b",
        "gw*.visited.org",
        "gw 1.org",
        "*visited.org",
    ] {
        assert_eq!(text.parse::<HostPattern>(), Err(HostPatternError), "{text}");
    }
}

#[test]
fn an_unknown_peer_is_refused_with_3010_and_closed() {
    for table in [PeerTable::default(), PeerTable::new([rule("other.org")])] {
        let (peer, action, out) = connect(table, transport("192.0.2.1"));
        let reason = CloseReason::CapabilitiesRefused {
            result_code: 3010,
            message: format!("{HOST} is not a peer of ours"),
        };
        assert_eq!(action, PeerAction::Close(reason));
        let answer = answer(&out);
        assert_eq!((answer.result_code, answer.header.is_error()), (3010, true));
        assert_eq!(peer.condition(), Condition::Closed);
    }
}

#[test]
fn a_known_peer_from_elsewhere_is_refused_with_3010() {
    let ranges = ["192.0.2.0/24", "2001:db8::/32"];
    let cases = [
        ("192.0.2.9", true),
        ("2001:db8::9", true),
        ("198.51.100.9", false),
    ];
    for (address, admitted) in cases {
        let table = PeerTable::new([from(HOST, &ranges)]);
        let (_, action, out) = connect(table, transport(address));
        assert_eq!(established(&action), admitted, "{address}");
        let expected = if admitted { 2001 } else { 3010 };
        assert_eq!(answer(&out).result_code, expected);
    }
}

#[test]
fn the_most_specific_rule_decides() {
    let table = || {
        PeerTable::new([
            rule("*"),
            disabled("*.org"),
            rule("*.visited.org"),
            disabled("old.visited.org"),
        ])
    };
    let seat = |host: &str| {
        let admitted = table().admit(host, &transport("192.0.2.1"));
        admitted.map(|seat| seat.rule().hosts.to_string())
    };
    assert_eq!(seat("gw.VISITED.org"), Ok("*.visited.org".to_owned()));
    assert_eq!(seat("a.b.visited.org"), Ok("*.visited.org".to_owned()));
    assert_eq!(seat("old.visited.org"), Err(Refusal::Disabled));
    // A realm is not one of its hosts, nor is a name that only ends alike.
    assert_eq!(seat("visited.org"), Err(Refusal::Disabled));
    assert_eq!(seat("notvisited.org"), Err(Refusal::Disabled));
    assert_eq!(seat("gw.example.net"), Ok("*".to_owned()));
}

#[test]
fn as_many_connections_as_allowed() {
    let one = PeerRule {
        connections: 1,
        ..rule("*.visited.org")
    };
    let table = Arc::new(PeerTable::new([one]));
    let here = transport("192.0.2.1");
    let first = table.admit(HOST, &here).expect("the first");
    assert_eq!(table.admit(HOST, &here).err(), Some(Refusal::Full));
    drop(first);
    assert!(table.admit(HOST, &here).is_ok(), "its place is free again");

    let none = PeerRule {
        connections: 0,
        ..rule(HOST)
    };
    let (_, action, out) = connect(PeerTable::new([none]), here);
    assert!(matches!(action, PeerAction::Close(_)));
    let answer = answer(&out);
    assert_eq!((answer.result_code, answer.header.is_error()), (3004, true));
}

#[test]
fn a_peer_may_be_bound_to_the_name_in_its_certificate() {
    let bound = || {
        PeerTable::new([PeerRule {
            certificate: Some("gw1.visited.org".into()),
            ..rule(HOST)
        }])
    };
    let shown = |names: &[&str]| Transport {
        certificate_names: Some(names.iter().map(|&name| name.to_owned()).collect()),
        ..transport("192.0.2.1")
    };
    let admitted = |transport| established(&connect(bound(), transport).1);
    assert!(admitted(shown(&["other", "GW1.visited.org"])));
    assert!(!admitted(shown(&["gw2.visited.org"])));
    assert!(!admitted(shown(&[])));
    assert!(!admitted(transport("192.0.2.1")), "without TLS");
}

#[test]
fn a_peer_that_is_removed_or_disabled_is_sent_a_dpr_and_closed() {
    for table in [PeerTable::default(), PeerTable::new([disabled(HOST)])] {
        let start = PeerTable::new([rule(HOST)]);
        let (mut peer, _, _) = connect(start, transport("192.0.2.1"));
        let mut out = Vec::new();
        let action = peer.reconsider(100, &Arc::new(table), &mut out);
        assert_eq!(action, PeerAction::Answered);
        assert_eq!(message(&out).header.command, 282);
        let cause = message(&out).avps().find(avp::DISCONNECT_CAUSE);
        let unwanted = 2;
        assert_eq!(cause.expect("Disconnect-Cause").u32(), Ok(unwanted));
        assert_eq!(peer.condition(), Condition::Ending);
        let close = PeerAction::Close(CloseReason::DisconnectTimeout);
        assert_eq!(peer.on_tick(5_100, &mut Vec::new()), close);
    }
}

#[test]
fn an_open_connection_goes_on_under_its_new_rule() {
    let start = PeerTable::new([rule(HOST)]);
    let (mut peer, _, _) = connect(start, transport("192.0.2.1"));
    assert_eq!(peer.profile().name, "standard");
    let profile = Profile {
        name: "other".to_owned(),
        ..Profile::default()
    };
    let one = || PeerRule {
        profile: Arc::new(profile.clone()),
        connections: 1,
        ..rule(HOST)
    };
    let table = Arc::new(PeerTable::new([one()]));
    let mut out = Vec::new();
    assert_eq!(peer.reconsider(1, &table, &mut out), PeerAction::Nothing);
    assert!(out.is_empty() && peer.is_open());
    assert_eq!(peer.profile().name, "other");

    // The second of two where one is allowed is told that we are busy.
    let (mut second, _, _) = connect(PeerTable::new([rule(HOST)]), transport("192.0.2.1"));
    assert_eq!(second.reconsider(1, &table, &mut out), PeerAction::Answered);
    let cause = message(&out).avps().find(avp::DISCONNECT_CAUSE);
    let busy = 1;
    assert_eq!(cause.expect("Disconnect-Cause").u32(), Ok(busy));
}

#[test]
fn a_connection_without_cer_is_judged_by_the_table_of_the_moment() {
    let settings = PeerSettings::default();
    let mut peer = peer_of(PeerTable::default(), settings, transport("192.0.2.1"));
    let table = Arc::new(PeerTable::new([rule(HOST)]));
    let (mut cer, mut out) = (Vec::new(), Vec::new());
    assert_eq!(peer.reconsider(0, &table, &mut out), PeerAction::Nothing);
    write_capabilities(&mut cer, &client(), Identifiers::both(1), &[4]);
    assert!(established(&peer.on_message(0, &message(&cer), &mut out)));
}

proptest! {
    #![proptest_config(crate::arbitrary_bytes::configuration())]

    #[test]
    fn any_text_is_a_range_or_none(text in "[0-9a-f:./]{0,24}|.{0,12}") {
        if let Ok(range) = text.parse::<AddressRange>() {
            prop_assert_eq!(range.to_string().parse(), Ok(range));
        }
    }

    #[test]
    fn a_range_holds_the_addresses_of_its_prefix(bits: u32, other: u32, prefix in 0_u32..=32) {
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        let network = std::net::Ipv4Addr::from_bits(bits & mask);
        let range: AddressRange = format!("{network}/{prefix}").parse().expect("a range");
        let address = std::net::Ipv4Addr::from_bits(other);
        prop_assert_eq!(range.contains(address.into()), other & mask == bits & mask);
    }

    #[test]
    fn any_text_is_a_pattern_or_none(text in "[*.a-zA-Z0-9_-]{0,24}|.{0,12}") {
        if let Ok(pattern) = text.parse::<HostPattern>() {
            prop_assert_eq!(pattern.to_string(), text.to_ascii_lowercase());
        }
    }
}
