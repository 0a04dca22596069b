//! Re-Auth- and Abort-Session-Requests: when they leave, by which connection, how fast, how often.

use crate::support::{Bench, NOW, TENANT, account, call, identity, results, seconds, write};
use openmvno_charging::shard_of;
use openmvno_diameter::client::Identifiers;
use openmvno_diameter::credit_control::{RequestType, RequestedAction};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::{Header, Message, MessageWriter, next_frame};

const RE_AUTH: u32 = 258;
const ABORT_SESSION: u32 = 274;

/// A request that came to a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Asked {
    connection: u32,
    command: u32,
    session: String,
    host: String,
    realm: String,
    header: Header,
}

/// The requests among what leaves.
fn asked(writes: &[(u32, Vec<u8>)]) -> Vec<Asked> {
    let mut found = Vec::new();
    for (connection, bytes) in writes {
        let mut rest = &bytes[..];
        while let Ok(Some(length)) = next_frame(rest, 1 << 20) {
            let message = Message::parse(&rest[..length]).expect("a whole message");
            rest = &rest[length..];
            if !message.header.is_request() || message.header.application != 4 {
                continue;
            }
            let text = |id| {
                let avp = message.avps().find(id).expect("there");
                String::from_utf8(avp.data.to_vec()).expect("text")
            };
            found.push(Asked {
                connection: *connection,
                command: message.header.command,
                session: text(avp::SESSION_ID),
                host: text(avp::DESTINATION_HOST),
                realm: text(avp::DESTINATION_REALM),
                header: message.header,
            });
        }
    }
    found
}

/// A gateway with a session.
fn in_session() -> (Bench, u32) {
    let mut bench = Bench::new(1);
    let gateway = bench.connect("gw.example", None);
    bench.ask(gateway, "gw.example", "s1", 0);
    (bench, gateway)
}

fn answer(asked: &Asked, result: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let error = (3_000..4_000).contains(&result);
    let mut writer = MessageWriter::begin(&mut bytes, &asked.header.answer(error));
    writer.utf8(avp::SESSION_ID, &asked.session);
    writer.u32(avp::RESULT_CODE, result);
    writer.utf8(avp::ORIGIN_HOST, "gw.example");
    writer.utf8(avp::ORIGIN_REALM, "example");
    writer.finish();
    bytes
}

impl Bench {
    fn ask(&mut self, connection: u32, host: &str, session: &str, number: u32) {
        let kind = if number == 0 {
            RequestType::Initial
        } else {
            RequestType::Update
        };
        let mut request = call(kind, session, number, "385910000001");
        request.requested = Some(seconds(60));
        let mut bytes = Vec::new();
        request.write(&identity(host, None), Identifiers::both(10), &mut bytes);
        let feed = self.node.feed(connection, &bytes, NOW);
        assert!(feed.write.is_empty());
        let answers = self.commit();
        assert_eq!(results(&answers[0].1), [2001]);
    }

    fn tell(&mut self, kind: &str, fields: &str) {
        let id = account(1);
        let shard = shard_of(TENANT, id, 4);
        self.command(
            shard,
            &format!(r#"{{"type":"{kind}","tenant":"{TENANT}","account":"{id}",{fields}}}"#),
        );
    }

    fn status(&mut self, status: &str) {
        let fields = format!(r#""line":"{}","status":"{status}""#, account(1));
        self.tell("change_line", &fields);
    }

    fn abort(&mut self) {
        let fields = format!(r#""line":"{}""#, account(1));
        self.tell("abort_session", &fields);
    }

    fn wait(&mut self, until: i64) -> Vec<Asked> {
        let written = self.node.tick(until);
        let writes: Vec<_> = written
            .into_iter()
            .map(|(connection, bytes, _)| (connection, bytes))
            .collect();
        asked(&writes)
    }

    fn orders(&self) -> serde_json::Value {
        let json: serde_json::Value = serde_json::from_str(&self.node.statistics()).expect("JSON");
        json["orders"].clone()
    }
}

#[test]
fn a_re_auth_request_leaves_after_the_commit_to_the_sessions_gateway() {
    let mut bench = Bench::new(1);
    let gateway = bench.connect("gw.example", None);
    bench.connect("other.example", None);
    bench.ask(gateway, "gw.example", "s1", 0);
    bench.status("blocked");
    assert_eq!(bench.wait(NOW), [], "not before it is durable");
    let told = asked(&bench.commit());
    assert_eq!(told.len(), 1);
    let one = &told[0];
    assert_eq!(
        (
            one.connection,
            one.command,
            &*one.session,
            &*one.host,
            &*one.realm
        ),
        (gateway, RE_AUTH, "s1", "gw.example", "example")
    );
    let feed = bench.node.feed(gateway, &answer(one, 2002), NOW);
    assert!(feed.write.is_empty() && feed.close.is_none());
    assert_eq!(bench.wait(NOW + 20_000), [], "it is answered");
    assert_eq!(bench.orders()["answered"], 1);
}

#[test]
fn a_gateway_behind_a_relay_is_reached_through_it() {
    let mut bench = Bench::new(1);
    let relay = bench.connect("relay.example", None);
    bench.ask(relay, "far.example", "s1", 0);
    bench.status("blocked");
    let told = asked(&bench.commit());
    let one = (told[0].connection, &*told[0].host, &*told[0].realm);
    assert_eq!(one, (relay, "far.example", "example"));
}

#[test]
fn a_gateway_that_comes_back_by_another_connection_is_told_there() {
    let (mut bench, gateway) = in_session();
    bench.node.disconnect(gateway);
    bench.status("blocked");
    assert_eq!(asked(&bench.commit()), []);
    let again = bench.connect("gw.example", None);
    let told = bench.wait(NOW + 100);
    assert_eq!((told.len(), told[0].connection), (1, again));
}

#[test]
fn what_is_not_answered_is_sent_again_a_few_times() {
    let (mut bench, _) = in_session();
    bench.status("blocked");
    let first = asked(&bench.commit()).remove(0);
    assert!(!first.header.is_retransmitted());
    assert_eq!(bench.wait(NOW + 2_999), []);
    for attempt in 1..=2 {
        let again = bench.wait(NOW + attempt * 3_000);
        assert_eq!(again.len(), 1, "attempt {attempt}");
        assert!(again[0].header.is_retransmitted());
        assert_eq!(again[0].header.end_to_end, first.header.end_to_end);
        assert_ne!(again[0].header.hop_by_hop, first.header.hop_by_hop);
    }
    assert_eq!(bench.wait(NOW + 9_000), []);
    assert_eq!(bench.wait(NOW + 12_000), []);
    let counts = bench.orders();
    assert_eq!(
        (&counts["repeated"], &counts["dropped"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn a_busy_agent_is_asked_again_later() {
    let (mut bench, gateway) = in_session();
    bench.status("blocked");
    let first = asked(&bench.commit()).remove(0);
    bench.node.feed(gateway, &answer(&first, 3004), NOW);
    assert_eq!(bench.wait(NOW + 999), []);
    assert_eq!(bench.wait(NOW + 1_000).len(), 1);
}

#[test]
fn a_session_the_gateway_does_not_know_is_given_up_when_it_says_so_twice() {
    let (mut bench, gateway) = in_session();
    assert_eq!(bench.balance(1)["reserved"], 100_000);
    bench.status("blocked");
    let first = asked(&bench.commit()).remove(0);
    // The request may have overtaken the answer that opened the session.
    bench.node.feed(gateway, &answer(&first, 5002), NOW);
    assert_eq!(bench.balance(1)["reserved"], 100_000);
    let again = bench.wait(NOW + 1_000).remove(0);
    bench.node.feed(gateway, &answer(&again, 5002), NOW + 1_000);
    bench.commit();
    assert_eq!(bench.balance(1)["reserved"], 0);
}

#[test]
fn a_session_that_asks_by_itself_needs_no_request() {
    let (mut bench, gateway) = in_session();
    bench.node.disconnect(gateway);
    bench.status("blocked");
    bench.commit();
    bench.status("active");
    bench.commit();
    let again = bench.connect("gw.example", None);
    bench.ask(again, "gw.example", "s1", 1);
    assert_eq!(bench.wait(NOW + 100), []);
}

#[test]
fn an_abort_goes_before_to_ask_anew_and_is_sent_once() {
    let (mut bench, gateway) = in_session();
    bench.status("blocked");
    bench.abort();
    bench.status("active");
    let told = asked(&bench.commit());
    let commands: Vec<_> = told.iter().map(|one| one.command).collect();
    assert_eq!(commands, [ABORT_SESSION]);
    bench.node.feed(gateway, &answer(&told[0], 2001), NOW);
    assert_eq!(bench.wait(NOW + 20_000), []);
}

#[test]
fn requests_to_one_gateway_are_paced() {
    let mut bench = Bench::new(1);
    let gateway = bench.connect("gw.example", None);
    for number in 0..100 {
        bench.ask(gateway, "gw.example", &format!("s{number}"), 0);
    }
    bench.status("blocked");
    // 200 in a second: 20 at once, then 20 in each tenth.
    assert_eq!(asked(&bench.commit()).len(), 20);
    assert_eq!(bench.wait(NOW), []);
    let mut sent = 20;
    for tenth in 1..=4 {
        let told = bench.wait(NOW + tenth * 100);
        assert_eq!(told.len(), 20, "tenth {tenth}");
        sent += told.len();
    }
    assert_eq!(sent, 100);
    assert_eq!(bench.orders()["outstanding"], 100);
}

#[test]
fn what_waits_too_long_is_forgotten() {
    let (mut bench, gateway) = in_session();
    bench.node.disconnect(gateway);
    bench.status("blocked");
    bench.commit();
    assert_eq!(bench.orders()["waiting"], 1);
    bench.wait(NOW + 60_000);
    let counts = bench.orders();
    assert_eq!(
        (&counts["waiting"], &counts["dropped"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn answers_say_what_to_do_when_no_server_answers() {
    let config = r#"{"failure_handling": "retry_and_terminate", "session_failover": false,
                     "debiting_failure_handling": "continue"}"#;
    let mut bench = Bench::configured(1, config);
    let gateway = bench.connect("gw.example", None);
    let said = |bytes: &[u8]| {
        let message = Message::parse(bytes).expect("an answer");
        let ids = [
            avp::CC_SESSION_FAILOVER,
            avp::CREDIT_CONTROL_FAILURE_HANDLING,
            avp::DIRECT_DEBITING_FAILURE_HANDLING,
        ];
        ids.map(|id| message.avps().find(id).and_then(|avp| avp.u32().ok()))
    };
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    bench.node.feed(gateway, &write(&open, 10), NOW);
    assert_eq!(said(&bench.commit()[0].1), [Some(0), Some(2), None]);
    let mut text = call(RequestType::Event, "s2", 0, "385910000001");
    text.service_context_id = "32274@3gpp.org";
    text.requested_action = Some(RequestedAction::DirectDebiting);
    bench.node.feed(gateway, &write(&text, 11), NOW);
    assert_eq!(said(&bench.commit()[0].1), [None, None, Some(1)]);
}

#[test]
fn another_catalogue_calls_data_sessions_back() {
    let mut bench = Bench::new(1);
    let gateway = bench.connect("gw.example", None);
    let mut open = call(RequestType::Initial, "surf", 0, "385910000001");
    open.service_context_id = "32251@3gpp.org";
    open.requested = Some(openmvno_diameter::credit_control::Units {
        total_octets: Some(1_000),
        ..Default::default()
    });
    let mut bytes = Vec::new();
    open.write(
        &identity("gw.example", None),
        Identifiers::both(10),
        &mut bytes,
    );
    bench.node.feed(gateway, &bytes, NOW);
    bench.commit();
    bench
        .node
        .load_catalog(TENANT, 2, crate::support::CATALOG)
        .expect("compiles");
    for shard in 0..4 {
        let json = format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":2}}"#);
        bench.command(shard, &json);
    }
    bench.commit();
    assert_eq!(bench.wait(NOW + 100), []);
    let told = asked(&bench.commit());
    assert_eq!((told.len(), &*told[0].session), (1, "surf"));
}
