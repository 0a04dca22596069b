//! Live traces: the exchanges of one line, refused and answered, and nobody else's.

use openmvno_charging::Uuid;
use openmvno_diameter::credit_control::RequestType;
use serde_json::Value;
use std::sync::Arc;

use crate::support::{Bench, NOW, TENANT, account, call, results, seconds, write};

/// Of the line of account 1.
fn subject(tenant: Uuid) -> String {
    format!(
        r#"{{"tenant": "{tenant}", "line": "{}", "identities": [["Msisdn", "385910000001"]]}}"#,
        account(1)
    )
}

fn start(bench: &Bench, subject: &str) -> u64 {
    let started = bench.node.trace_start(subject.as_bytes());
    started.expect("a subject").expect("room")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn the_lines_exchanges_are_shown_once_they_are_durable_and_nobody_elses() {
    let mut bench = Bench::new(2);
    let id = bench.connect("gw.example", None);
    let trace = start(&bench, &subject(TENANT));
    let elsewhere = start(&bench, &subject(Uuid([9; 16])));
    let mut requests = Vec::new();
    for (hop, msisdn, session) in [(10, "385910000001", "s1"), (11, "385910000002", "s2")] {
        let mut open = call(RequestType::Initial, session, 0, msisdn);
        open.requested = Some(seconds(60));
        requests.push(write(&open, hop));
        bench.node.feed(id, &requests[requests.len() - 1], NOW);
    }
    assert!(bench.node.trace_take(trace).0.is_empty(), "not durable yet");
    let sent = bench.commit();
    let (seen, dropped) = bench.node.trace_take(trace);
    assert_eq!((seen.len(), dropped), (1, 0));
    let only = &seen[0];
    assert_eq!(
        (only.door, &*only.peer, &*only.session),
        ("diameter", "gw.example", "s1")
    );
    assert_eq!(only.request, requests[0]);
    assert!(sent[0].1.starts_with(&only.answer) || sent[0].1.ends_with(&only.answer));
    assert_eq!(results(&only.answer), [2001]);
    assert_eq!((only.at, only.answered), (NOW, NOW));
    let (before, after) = (json(&only.before), json(&only.after));
    assert_eq!(before["session"], Value::Null);
    assert_eq!(before["account"]["reserved"], 0);
    assert_eq!(after["account"]["reserved"], 100_000);
    let unit = &after["session"]["units"][0];
    assert_eq!(
        (&unit["rate"], &unit["table"]),
        (&"home".into(), &"voice".into())
    );
    assert_eq!(
        (&unit["granted"], &unit["reserved_micros"]),
        (&60.into(), &100_000.into())
    );
    let records = json(&openmvno_node::describe(&only.journal).expect("a payload"));
    assert_eq!(records.as_array().map(Vec::len), Some(1));
    assert!(
        bench.node.trace_take(elsewhere).0.is_empty(),
        "another tenant's"
    );
}

#[test]
fn an_answer_that_came_too_late_is_shown_as_unanswered() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let trace = start(&bench, &subject(TENANT));
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    bench.node.feed(id, &write(&open, 10), NOW);
    let batch = bench.node.take_batch().expect("pending");
    bench.node.release(batch.number, NOW + 5_001).expect("out");
    let (seen, _) = bench.node.trace_take(trace);
    assert_eq!(seen[0].answered, 0);
}

#[test]
fn what_is_refused_before_any_shard_is_shown_too() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let trace = start(&bench, &subject(TENANT));
    bench.node.set_storage(false);
    let open = call(RequestType::Initial, "s1", 0, "385910000001");
    let refused = bench.node.feed(id, &write(&open, 10), NOW);
    let stranger = call(RequestType::Initial, "s2", 0, "385919999999");
    bench.node.feed(id, &write(&stranger, 11), NOW);
    let (seen, _) = bench.node.trace_take(trace);
    assert_eq!(seen.len(), 1);
    assert_eq!((seen[0].shard, &seen[0].answer), (None, &refused.write));
    assert!(seen[0].before.is_empty());
}

#[test]
fn a_refusal_by_the_shard_leaves_at_once_and_shows_no_change() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let session = format!(r#"{{"tenant": "{TENANT}", "session": "s1"}}"#);
    let trace = start(&bench, &session);
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.service_context_id = "nobody@example.org";
    let refused = bench.node.feed(id, &write(&open, 10), NOW);
    assert_eq!(results(&refused.write), [5003]);
    let (seen, _) = bench.node.trace_take(trace);
    assert_eq!(seen[0].answer, refused.write);
    assert_eq!(seen[0].before, seen[0].after);
    assert_eq!(
        json(&openmvno_node::describe(&seen[0].journal).expect("empty")),
        json("[]")
    );
}

#[test]
fn traces_are_few_and_end() {
    let bench = Bench::new(1);
    let running: Vec<u64> = (0..8).map(|_| start(&bench, &subject(TENANT))).collect();
    let one_more = bench.node.trace_start(subject(TENANT).as_bytes());
    assert_eq!(one_more, Ok(None));
    bench.node.trace_stop(running[0]);
    start(&bench, &subject(TENANT));
    for bad in ["{}", "nothing", r#"{"tenant": "x", "line": "y"}"#] {
        assert!(bench.node.trace_start(bad.as_bytes()).is_err(), "{bad}");
    }
    let nobody = format!(r#"{{"tenant": "{TENANT}"}}"#);
    assert!(bench.node.trace_start(nobody.as_bytes()).is_err());
    let unknown: (Vec<Arc<_>>, u64) = bench.node.trace_take(4_711);
    assert!(unknown.0.is_empty());
}

#[test]
fn the_open_sessions_of_a_line_are_told_with_what_they_hold() {
    let mut bench = Bench::new(2);
    let id = bench.connect("gw.example", None);
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    bench.node.feed(id, &write(&open, 10), NOW);
    bench.commit();
    let of = |index: u8| {
        let one = account(index);
        let told = bench.node.sessions(TENANT, one, one).expect("known");
        json(&told)
    };
    assert_eq!(of(2), json("[]"));
    let told = of(1);
    assert_eq!(told[0]["session_id"], "s1");
    assert_eq!(told[0]["origin_host"], "gw.example");
    assert_eq!(told[0]["since"], NOW);
    let holds = &told[0]["units"][0]["holds"];
    assert_eq!(
        holds,
        &json(r#"[{"payer": "balance", "money": true, "amount": 100000}]"#)
    );
    assert_eq!(
        bench.node.sessions(Uuid([9; 16]), account(1), account(1)),
        None
    );
}
