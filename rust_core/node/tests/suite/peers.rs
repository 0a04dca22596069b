//! Connections come and go, and the peer table changes under them.

use openmvno_diameter::client::{Identifiers, write_capabilities};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::{Message, next_frame};
use openmvno_node::{EngineConfig, Node};
use serde_json::Value;

use crate::support::{Bench, NOW, identity, results, transport};

/// A node that nothing is charged on.
fn node(more: &str) -> Node {
    let config = format!(
        r#"{{"shards": 1, "owner": 7, "origin_host": "ocs.example", "origin_realm": "example"{more}}}"#
    );
    Node::new(EngineConfig::from_json(&config).expect("valid"))
}

fn connect(node: &Node, host: &str, address: &str) -> (u32, Vec<u8>, Option<String>) {
    let (id, _) = node.connect(transport(address), NOW);
    let mut cer = Vec::new();
    write_capabilities(&mut cer, &identity(host, None), Identifiers::both(1), &[4]);
    let feed = node.feed(id, &cer, NOW);
    (id, feed.write, feed.close)
}

fn connections(node: &Node) -> Vec<Value> {
    serde_json::from_str(&node.peer_connections()).expect("a JSON array")
}

#[test]
fn without_peers_everybody_may_connect() {
    let open = node("");
    open.set_peers(r#"{"peers": null}"#, NOW).expect("a table");
    assert_eq!(results(&connect(&open, "any.org", "192.0.2.1").1), [2001]);
    open.set_peers(r#"{"peers": []}"#, NOW).expect("a table");
    assert_eq!(results(&connect(&open, "any.org", "192.0.2.1").1), [3010]);
}

#[test]
fn a_refused_peer_is_told_why_and_so_is_the_operator() {
    let node = node("");
    let table = r#"{"peers": [{"host": "gw.org", "addresses": ["192.0.2.0/24"]}]}"#;
    node.set_peers(table, NOW).expect("a table");
    let cases = [
        (
            "gw.org",
            "198.51.100.1",
            "gw.org may not connect from this address",
        ),
        ("other.org", "192.0.2.1", "other.org is not a peer of ours"),
    ];
    for (host, address, why) in cases {
        let (_, answer, close) = connect(&node, host, address);
        assert_eq!(results(&answer), [3010]);
        let expected = format!("its CER was refused with 3010: {why}");
        assert_eq!(close, Some(expected));
    }
    let (_, answer, close) = connect(&node, "gw.org", "192.0.2.1");
    assert_eq!((results(&answer), close), (vec![2001], None));
}

#[test]
fn a_change_of_the_table_reaches_open_connections() {
    let node = node("");
    let both = r#"{"peers": [{"host": "one.org"}, {"host": "two.org"}]}"#;
    node.set_peers(both, NOW).expect("a table");
    let (one, ..) = connect(&node, "one.org", "192.0.2.1");
    let (two, ..) = connect(&node, "two.org", "192.0.2.2");
    assert_eq!(node.set_peers(both, NOW).expect("the same"), []);

    let written = node
        .set_peers(r#"{"peers": [{"host": "two.org"}]}"#, NOW)
        .expect("a table");
    assert_eq!(written.len(), 1);
    assert_eq!(written[0].0, one);
    let dpr = Message::parse(&written[0].1).expect("a DPR");
    let cause = dpr.avps().find(avp::DISCONNECT_CAUSE);
    let unwanted = 2;
    assert_eq!(
        (dpr.header.command, cause.expect("a cause").u32()),
        (282, Ok(unwanted))
    );
    let states: Vec<_> = connections(&node)
        .into_iter()
        .map(|each| (each["connection"].clone(), each["state"].clone()))
        .collect();
    assert_eq!(
        states,
        [(one.into(), "ending".into()), (two.into(), "open".into())]
    );
    let closed = node.tick(NOW + 5_000);
    assert_eq!(closed.len(), 1);
    let why = "one.org: it did not answer our DPR";
    assert_eq!((closed[0].0, closed[0].2.as_deref()), (one, Some(why)));
}

#[test]
fn a_table_with_a_mistake_changes_nothing() {
    let node = node("");
    let good = r#"{"peers": [{"host": "one.org"}]}"#;
    node.set_peers(good, NOW).expect("a table");
    let (_, answer, _) = connect(&node, "one.org", "192.0.2.1");
    assert_eq!(results(&answer), [2001]);
    for bad in [
        r#"{"peers": [{"host": "one org"}]}"#,
        "",
        r#"{"peers": [{}]}"#,
    ] {
        assert!(node.set_peers(bad, NOW).is_err());
    }
    assert_eq!(connections(&node)[0]["state"], "open");
    assert_eq!(results(&connect(&node, "one.org", "192.0.2.1").1), [2001]);
    assert_eq!(results(&connect(&node, "two.org", "192.0.2.1").1), [3010]);
}

#[test]
fn many_connections_of_one_peer_up_to_its_limit() {
    let node = node("");
    let table = r#"{"peers": [{"host": "gw.org", "connections": 2}]}"#;
    node.set_peers(table, NOW).expect("a table");
    let (first, answer, _) = connect(&node, "gw.org", "192.0.2.1");
    assert_eq!(results(&answer), [2001]);
    assert_eq!(results(&connect(&node, "gw.org", "192.0.2.1").1), [2001]);
    assert_eq!(results(&connect(&node, "gw.org", "192.0.2.1").1), [3004]);
    node.disconnect(first);
    assert_eq!(results(&connect(&node, "gw.org", "192.0.2.1").1), [2001]);
}

#[test]
fn connections_without_cer_make_room_for_new_ones_and_end_in_time() {
    let node = node(r#", "half_open_connections": 3, "handshake_ms": 10000"#);
    let (proven, answer, _) = connect(&node, "gw.org", "192.0.2.1");
    assert_eq!(results(&answer), [2001]);
    let idle: Vec<_> = (0..3)
        .map(|_| node.connect(transport("198.51.100.1"), NOW))
        .collect();
    assert!(idle.iter().all(|(_, evicted)| evicted.is_none()));
    let (next, evicted) = node.connect(transport("198.51.100.1"), NOW);
    assert_eq!(evicted, Some(idle[0].0), "the oldest of them");
    node.disconnect(idle[0].0);
    let ended: Vec<_> = node
        .tick(NOW + 10_000)
        .into_iter()
        .map(|(id, bytes, why)| (id, bytes.len(), why.unwrap_or_default()))
        .collect();
    let silent = |id| (id, 0, "no CER came in time".to_owned());
    assert_eq!(ended, [silent(idle[1].0), silent(idle[2].0), silent(next)]);
    let alive = connections(&node);
    let alive: Vec<_> = alive
        .iter()
        .filter(|each| each["state"] == "open")
        .collect();
    assert_eq!((alive.len(), &alive[0]["connection"]), (1, &proven.into()));
}

#[test]
fn a_peer_lost_to_its_watchdog_is_watched_when_it_comes_back() {
    let node = node("");
    let (lost, ..) = connect(&node, "gw.org", "192.0.2.1");
    let mut now = NOW;
    let why = loop {
        now += 1_000;
        assert!(now < NOW + 200_000, "never closed");
        let all = node.tick(now);
        if let Some(why) = all.into_iter().find_map(|(_, _, why)| why) {
            break why;
        }
    };
    assert_eq!(why, "gw.org: it did not answer our watchdog");
    // Twinit is 30 s, jittered by 2: a probe, a period of waiting, a period of suspicion.
    assert!((NOW + 84_000..=NOW + 97_000).contains(&now));
    node.disconnect(lost);
    let (_, written, _) = connect(&node, "gw.org", "192.0.2.1");
    let length = next_frame(&written, 1 << 16).expect("a CEA");
    let after = &written[length.expect("a whole one")..];
    let dwr = Message::parse(after).expect("a DWR");
    assert!(dwr.header.is_request() && dwr.header.command == 280);
    assert_eq!(connections(&node)[0]["state"], "reopening");
}

#[test]
fn who_is_connected_is_told() {
    let bench = Bench::new(1);
    let table = r#"{"profiles": {"smf": {}}, "peers": [{"host": "*.example", "profile": "smf"}]}"#;
    bench.node.set_peers(table, NOW).expect("a table");
    let (id, answer, _) = connect(&bench.node, "gw.example", "::ffff:192.0.2.1");
    assert_eq!(results(&answer), [2001]);
    let expected = serde_json::json!([{
        "connection": id,
        "origin_host": "gw.example",
        "origin_realm": "example",
        "peer": "*.example",
        "profile": "smf",
        "address": "192.0.2.1",
        "secure": false,
        "state": "open",
        "since": NOW,
    }]);
    assert_eq!(Value::from(connections(&bench.node)), expected);
}

#[test]
fn a_message_that_drips_in_is_not_waited_for_for_ever() {
    let node = node("");
    let (id, _) = node.connect(transport("127.0.0.1"), NOW);
    let mut cer = Vec::new();
    write_capabilities(
        &mut cer,
        &identity("slow.example", None),
        Identifiers::both(1),
        &[4],
    );
    assert_eq!(node.feed(id, &cer, NOW).close, None);
    let closed = |now| {
        node.tick(now)
            .into_iter()
            .filter(|(_, _, close)| close.is_some())
            .count()
    };
    // An octet each two seconds; whole messages before and after it start the clock anew.
    for second in 0..5 {
        assert_eq!(
            node.feed(id, &cer[second..=second], NOW + second as i64 * 2_000)
                .close,
            None
        );
        assert_eq!(closed(NOW + second as i64 * 2_000), 0);
    }
    assert_eq!(node.feed(id, &cer[5..], NOW + 10_000).close, None);
    assert_eq!(node.feed(id, &cer[..1], NOW + 10_000).close, None);
    assert_eq!(closed(NOW + 20_000), 0);
    assert_eq!(node.feed(id, &cer[1..2], NOW + 20_000).close, None);
    let end = node.tick(NOW + 20_001);
    let reason = end[0].2.as_deref().expect("closed");
    assert_eq!(reason, "slow.example: a message of its did not end in time");
}
