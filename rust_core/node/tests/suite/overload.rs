//! More is asked than is admitted: who is refused, who is not, and what clients are told of it.

use openmvno_diameter::client::{ClientRequest, ServiceDetail};
use openmvno_diameter::credit_control::RequestType;
use openmvno_diameter::{Message, MessageWriter, dictionary as avp};
use serde_json::Value;

use crate::support::{Bench, NOW, TENANT, call, results, seconds, write};

const MSISDN: &str = "385910000001";
/// Two new requests, or four that end something, may come at once after a pause.
const LIMITED: &str = r#"{"requests_per_second": 40}"#;

/// The request with further AVPs.
fn extended(
    request: &ClientRequest<'_>,
    hop: u32,
    avps: impl Fn(&mut MessageWriter<'_>),
) -> Vec<u8> {
    let mut bytes = write(request, hop);
    let mut writer = MessageWriter::reopen(&mut bytes, 0);
    avps(&mut writer);
    writer.finish();
    bytes
}

fn takes_reports(writer: &mut MessageWriter<'_>) {
    writer.group(avp::OC_SUPPORTED_FEATURES, |features| {
        features.u64(avp::OC_FEATURE_VECTOR, 1)
    });
}

fn opening(session: &str) -> ClientRequest<'_> {
    let mut open = call(RequestType::Initial, session, 0, MSISDN);
    open.requested = Some(seconds(60));
    open
}

/// The same without saying what for.
fn unplaced(session: &str) -> ClientRequest<'_> {
    ClientRequest {
        detail: ServiceDetail::Absent,
        ..opening(session)
    }
}

fn statistics(bench: &Bench) -> Value {
    serde_json::from_str(&bench.node.statistics()).expect("JSON")
}

/// (sequence, reduction, validity) of the report in an answer, which offers the loss algorithm.
fn report(answer: &[u8]) -> Option<(u64, u32, u32)> {
    let message = Message::parse(answer).expect("one message");
    let features = message
        .avps()
        .find(avp::OC_SUPPORTED_FEATURES)
        .expect("features");
    let vector = features
        .grouped()
        .find(avp::OC_FEATURE_VECTOR)
        .expect("a vector");
    assert_eq!(vector.u64(), Ok(1));
    let report = message.avps().find(avp::OC_OLR)?;
    let number = |id| {
        report
            .grouped()
            .find(id)
            .expect("required")
            .u32()
            .expect("a number")
    };
    assert_eq!(number(avp::OC_REPORT_TYPE), 0, "HOST_REPORT");
    let sequence = report
        .grouped()
        .find(avp::OC_SEQUENCE_NUMBER)
        .expect("required");
    Some((
        sequence.u64().expect("a number"),
        number(avp::OC_REDUCTION_PERCENTAGE),
        number(avp::OC_VALIDITY_DURATION),
    ))
}

#[test]
fn what_is_beyond_the_rate_is_refused_and_changes_nothing() {
    let mut bench = Bench::configured(1, LIMITED);
    let id = bench.connect("gw.example", None);
    let mut stream = Vec::new();
    for (hop, session) in ["s1", "s2", "s3", "s4"].into_iter().enumerate() {
        stream.extend(write(&opening(session), u32::try_from(hop).expect("small")));
    }
    let refused = bench.node.feed(id, &stream, NOW).write;
    assert_eq!(results(&refused), [3002, 3002]);
    let message = Message::parse(&refused[..refused.len() / 2]).expect("the first");
    assert!(message.header.is_error());
    assert_eq!(results(&bench.commit()[0].1), [2001, 2001]);
    assert_eq!(bench.balance(1)["reserved"], 200_000);
    let seen = statistics(&bench);
    assert_eq!(
        seen["refused"],
        serde_json::json!({"rate": 2, "queue_age": 0})
    );
    let refused =
        serde_json::json!({"peer": "gw.example", "type": "initial", "result": 3004, "count": 2});
    assert!(
        seen["ccr"].as_array().expect("a list").contains(&refused),
        "{seen}"
    );
    // The same request is served when its time has come: it was never applied.
    bench.node.feed(id, &write(&opening("s3"), 9), NOW + 1_000);
    assert_eq!(results(&bench.commit()[0].1), [2001]);
    assert_eq!(bench.balance(1)["reserved"], 300_000);
}

#[test]
fn a_request_that_names_us_is_refused_as_too_busy() {
    let mut bench = Bench::configured(1, LIMITED);
    let id = bench.connect("gw.example", None);
    for hop in 0..2 {
        bench.node.feed(id, &write(&opening("s1"), hop), NOW);
    }
    let named = extended(&opening("s1"), 3, |writer| {
        writer.utf8(avp::DESTINATION_HOST, "ocs.example")
    });
    assert_eq!(results(&bench.node.feed(id, &named, NOW).write), [3004]);
}

#[test]
fn what_was_begun_may_end_while_nothing_new_begins() {
    let mut bench = Bench::configured(1, LIMITED);
    let id = bench.connect("gw.example", None);
    bench.node.feed(id, &write(&opening("s1"), 1), NOW);
    bench.node.feed(id, &write(&opening("s2"), 2), NOW);
    assert_eq!(
        results(&bench.node.feed(id, &write(&opening("s3"), 3), NOW).write),
        [3002]
    );
    for session in ["s1", "s2"] {
        let close = ClientRequest::new(session, "32260@3gpp.org", RequestType::Termination, 1);
        assert!(bench.node.feed(id, &write(&close, 4), NOW).write.is_empty());
    }
    assert_eq!(results(&bench.commit()[0].1), [2001; 4]);
    assert_eq!(bench.balance(1)["reserved"], 0);
}

#[test]
fn while_answers_are_old_only_what_was_begun_goes_on_and_then_nothing() {
    let mut bench = Bench::configured(1, r#"{"queue_age_ms": 2000}"#);
    let id = bench.connect("gw.example", None);
    bench.node.feed(id, &write(&opening("s1"), 1), NOW);
    let batch = bench.node.take_batch().expect("pending");
    let update = |number| {
        let mut update = ClientRequest::new("s1", "32260@3gpp.org", RequestType::Update, number);
        update.requested = Some(seconds(60));
        update
    };
    assert!(
        bench
            .node
            .feed(id, &write(&opening("s2"), 2), NOW + 1_000)
            .write
            .is_empty()
    );
    let late = NOW + 1_500;
    assert_eq!(
        results(&bench.node.feed(id, &write(&opening("s3"), 3), late).write),
        [3002]
    );
    assert!(
        bench
            .node
            .feed(id, &write(&update(1), 4), late)
            .write
            .is_empty()
    );
    assert_eq!(
        results(
            &bench
                .node
                .feed(id, &write(&update(2), 5), NOW + 2_001)
                .write
        ),
        [3002]
    );
    assert_eq!(statistics(&bench)["refused"]["queue_age"], 2);
    bench.node.release(batch.number, NOW + 2_002).expect("out");
    bench.commit();
    assert!(
        bench
            .node
            .feed(id, &write(&update(2), 6), NOW + 2_003)
            .write
            .is_empty()
    );
}

#[test]
fn a_call_for_help_is_never_refused() {
    let mut bench = Bench::configured(1, LIMITED);
    let id = bench.connect("gw.example", None);
    for hop in 0..3 {
        bench.node.feed(id, &write(&opening("s1"), hop), NOW);
    }
    let ims = |writer: &mut MessageWriter<'_>, fill: &dyn Fn(&mut MessageWriter<'_>)| {
        writer.group(avp::SERVICE_INFORMATION, |group| {
            group.group(avp::IMS_INFORMATION, fill)
        });
    };
    let cases: [&dyn Fn(&mut MessageWriter<'_>); 4] = [
        &|writer| writer.u32(avp::DRMP, 0),
        &|writer| {
            ims(writer, &|group| {
                group.utf8(avp::CALLED_PARTY_ADDRESS, "urn:service:sos.fire")
            })
        },
        &|writer| ims(writer, &|group| group.u32(avp::IMS_EMERGENCY_INDICATOR, 1)),
        &|writer| {
            writer.group(avp::SERVICE_INFORMATION, |group| {
                group.group(avp::PS_INFORMATION, |packet| {
                    packet.utf8(avp::CALLED_STATION_ID, "sos")
                });
            });
        },
    ];
    for (number, case) in cases.iter().enumerate() {
        let session = format!("help{number}");
        let request = extended(&unplaced(&session), 7, case);
        let refused = results(&bench.node.feed(id, &request, NOW).write);
        assert!(!refused.contains(&3002), "case {number}: {refused:?}");
    }
    let other = extended(&unplaced("other"), 8, |writer| writer.u32(avp::DRMP, 1));
    assert_eq!(results(&bench.node.feed(id, &other, NOW).write), [3002]);
}

#[test]
fn requests_in_json_obey_the_same_limit() {
    let bench = Bench::configured(1, LIMITED);
    let debit = |session: &str, destination: &str| {
        let json = format!(
            r#"{{"type":"debit","tenant":"{TENANT}","session":"{session}","number":0,"service":"sms",
                "msisdn":"{MSISDN}","destination":"{destination}","requested":1}}"#
        );
        json.into_bytes()
    };
    let requests: Vec<_> = (0..4).map(|n| debit(&format!("e{n}"), "38591")).collect();
    let requests: Vec<_> = requests.iter().map(Vec::as_slice).collect();
    assert!(bench.node.submit_all(1, &requests, NOW).is_none());
    let batch = bench.node.take_batch().expect("pending");
    let released = bench.node.release(batch.number, NOW).expect("out");
    let outcomes: Vec<Value> = released.bundles[0]
        .1
        .iter()
        .map(|json| serde_json::from_slice(json).expect("JSON"))
        .collect();
    let errors: Vec<_> = outcomes.iter().map(|one| one["error"].as_str()).collect();
    assert_eq!(errors, [None, None, Some("overloaded"), Some("overloaded")]);
    assert_eq!(outcomes[2]["result_code"], 3_004);
    let help = debit("help", "112");
    assert!(
        bench
            .node
            .submit_all(2, &[&help], NOW)
            .is_none_or(|outcomes| {
                !String::from_utf8_lossy(&outcomes[0]).contains("overloaded")
            })
    );
}

#[test]
fn a_client_that_takes_reports_is_told_of_overload_and_of_its_end() {
    let mut bench = Bench::configured(1, LIMITED);
    let id = bench.connect("gw.example", None);
    // Whatever the answer is and when it leaves, it offers the algorithm; others are told nothing.
    let stranger = extended(
        &call(RequestType::Initial, "x", 0, "385990000000"),
        1,
        takes_reports,
    );
    let told = bench.node.feed(id, &stranger, NOW).write;
    assert_eq!((results(&told), report(&told)), (vec![5030], None));
    let held = extended(&opening("s1"), 2, takes_reports);
    bench.node.feed(id, &held, NOW);
    let told = bench.commit().remove(0).1;
    assert_eq!((results(&told), report(&told)), (vec![2001], None));
    bench.node.tick(NOW + 1_000);
    // Three times the rate for five seconds, nearly all of it from a client that takes no reports.
    let mut last = Vec::new();
    for ms in (1_000..6_000).step_by(25) {
        for _ in 0..3 {
            bench.node.feed(id, &write(&opening("s2"), 3), NOW + ms);
        }
        if ms % 500 == 0 {
            let request = extended(&opening("s2"), 4, takes_reports);
            last = bench.node.feed(id, &request, NOW + ms).write;
        }
        bench.commit();
        bench.node.tick(NOW + ms);
    }
    let (sequence, reduction, validity) = report(&last).expect("a report");
    assert_eq!(results(&last), [3002]);
    assert!((60..=72).contains(&reduction), "{reduction}");
    assert_eq!(validity, 30);
    let plain = write(&call(RequestType::Initial, "x", 0, "385990000000"), 5);
    let plain = bench.node.feed(id, &plain, NOW + 7_000).write;
    let message = Message::parse(&plain).expect("one message");
    assert!(message.avps().find(avp::OC_OLR).is_none(), "it did not ask");
    for second in 7..30 {
        bench.node.tick(NOW + second * 1_000);
    }
    let after = bench.node.feed(id, &stranger, NOW + 30_000).write;
    let (later, reduction, validity) = report(&after).expect("the end is told");
    assert!(later > sequence);
    assert_eq!((reduction, validity), (0, 0));
    assert_eq!(statistics(&bench)["overload_reduction"], 0);
}
