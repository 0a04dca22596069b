//! Diameter bytes in, batches and answers out.

use openmvno_diameter::client::{ClientRequest, ClientService};
use openmvno_diameter::credit_control::{RequestType, RequestedAction, Units};
use openmvno_node::{Lookup, expand};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::{Bench, NOW, TENANT, account, answers, call, results, seconds, write};

#[test]
fn nothing_is_answered_before_it_is_durable() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    let feed = bench.node.feed(id, &write(&open, 10), NOW);
    assert!(feed.write.is_empty() && bench.node.is_pending());
    let batch = bench.node.take_batch().expect("pending");
    assert_eq!(batch.rows, 1);
    assert!(bench.node.take_batch().is_none(), "one batch at a time");
    // A retransmission while the first is on its way waits for the same durability.
    let feed = bench.node.feed(id, &write(&open, 11), NOW);
    assert!(feed.write.is_empty());
    let released = bench.node.release(batch.number, NOW).expect("out");
    let first = answers(&released.writes[0].1, |a| {
        (a.header.hop_by_hop, a.result_code, a.granted)
    });
    assert_eq!(first, [(10, 2001, Some(seconds(60)))]);
    let again = bench.commit();
    let second = answers(&again[0].1, |a| {
        (a.header.hop_by_hop, a.result_code, a.granted)
    });
    assert_eq!(second, [(11, 2001, Some(seconds(60)))]);
    assert_eq!(bench.balance(1)["reserved"], 100_000);
}

#[test]
fn answers_past_their_deadline_are_dropped() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    bench.node.feed(id, &write(&open, 10), NOW);
    let batch = bench.node.take_batch().expect("pending");
    assert!(
        bench
            .node
            .release(batch.number, NOW + 5_001)
            .expect("out")
            .writes
            .is_empty()
    );
}

#[test]
fn bytes_may_arrive_one_by_one() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    for byte in write(&open, 10) {
        assert_eq!(bench.node.feed(id, &[byte], NOW).close, None);
    }
    assert_eq!(results(&bench.commit()[0].1), [2001]);
}

#[test]
fn a_session_goes_on_without_naming_its_subscriber() {
    let mut bench = Bench::new(9);
    let id = bench.connect("gw.example", None);
    for index in 1..=9u8 {
        let (session, msisdn) = (format!("s{index}"), format!("38591{index:07}"));
        let mut open = call(RequestType::Initial, &session, 0, &msisdn);
        open.requested = Some(seconds(60));
        bench.node.feed(id, &write(&open, 10), NOW);
        let used = [seconds(61)];
        let mut close = ClientRequest::new(&session, "32260@3gpp.org", RequestType::Termination, 1);
        close.used = &used;
        bench.node.feed(id, &write(&close, 11), NOW);
        bench.node.feed(id, &write(&close, 12), NOW);
        assert_eq!(results(&bench.commit()[0].1), [2001, 2001, 2001]);
        assert_eq!(bench.balance(index)["balance"], 1_000_000_000 - 110_000);
    }
}

#[test]
fn refusals_leave_at_once() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let stranger = call(RequestType::Initial, "s1", 0, "385990000000");
    assert_eq!(
        results(&bench.node.feed(id, &write(&stranger, 1), NOW).write),
        [5030]
    );
    let mut nobody = call(RequestType::Initial, "s1", 0, "");
    nobody.e164 = None;
    assert_eq!(
        results(&bench.node.feed(id, &write(&nobody, 2), NOW).write),
        [5005]
    );
    let unknown = call(RequestType::Update, "s1", 1, "385910000001");
    assert_eq!(
        results(&bench.node.feed(id, &write(&unknown, 3), NOW).write),
        [5002]
    );
    bench.node.set_storage(false);
    let mut open = call(RequestType::Initial, "s1", 0, "385910000001");
    open.requested = Some(seconds(60));
    assert_eq!(
        results(&bench.node.feed(id, &write(&open, 4), NOW).write),
        [3002]
    );
    bench.node.set_storage(true);
    assert!(bench.commit().is_empty());
}

#[test]
fn a_higher_origin_state_id_closes_older_sessions_only() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", Some(5));
    let mut old = call(RequestType::Initial, "old", 0, "385910000001");
    old.requested = Some(seconds(60));
    bench.node.feed(id, &write(&old, 1), NOW);
    bench.commit();
    bench.connect("gw.example", Some(5));
    bench.node.tick(NOW);
    assert_eq!(bench.balance(1)["sessions"], 1);
    let id = bench.connect("gw.example", Some(6));
    let mut new = call(RequestType::Initial, "new", 0, "385910000001");
    new.requested = Some(seconds(60));
    bench.node.feed(id, &write(&new, 2), NOW);
    bench.node.tick(NOW);
    bench.commit();
    assert_eq!(bench.balance(1)["reserved"], 100_000);
    let update = call(RequestType::Update, "old", 1, "385910000001");
    assert_eq!(
        results(&bench.node.feed(id, &write(&update, 3), NOW).write),
        [5002]
    );
}

#[test]
fn an_unsure_event_waits_for_the_database() {
    let mut bench = Bench::new(1);
    let id = bench.connect("gw.example", None);
    let mut sms = ClientRequest {
        requested_action: Some(RequestedAction::DirectDebiting),
        e164: Some("385910000001"),
        retransmitted: true,
        ..ClientRequest::new("m1", "32274@3gpp.org", RequestType::Event, 0)
    };
    assert!(bench.node.feed(id, &write(&sms, 1), NOW).write.is_empty());
    let lookups = bench.node.lookups();
    let asked = Lookup::Session {
        tenant: TENANT,
        session: "m1".into(),
        number: Some(0),
    };
    assert_eq!(
        lookups.iter().map(|(_, lookup)| lookup).collect::<Vec<_>>(),
        [&asked]
    );
    assert!(
        bench.node.lookups().is_empty(),
        "each question is asked once"
    );
    bench
        .node
        .resume(lookups[0].0, br#"{"found":"nothing"}"#, NOW)
        .expect("a finding");
    let out = bench.commit();
    let refund = answers(&out[0].1, |a| {
        assert_eq!((a.result_code, a.cost), (2001, Some((5, -1, 978))));
        a.refund_information
            .expect("a debit can be refunded")
            .to_vec()
    });
    assert_eq!(bench.balance(1)["balance"], 999_500_000);
    sms.requested_action = Some(RequestedAction::RefundAccount);
    sms.session_id = "r1";
    sms.retransmitted = false;
    sms.refund_information = Some(&refund[0]);
    bench.node.feed(id, &write(&sms, 2), NOW);
    assert_eq!(results(&bench.commit()[0].1), [2001]);
    assert_eq!(bench.balance(1)["balance"], 1_000_000_000);
}

#[test]
fn a_node_rebuilt_from_rows_is_the_same_and_rows_expand() {
    let mut bench = Bench::new(3);
    let id = bench.connect("gw.example", None);
    for index in 1..=3u8 {
        let (session, msisdn) = (format!("s{index}"), format!("38591{index:07}"));
        let mut open = call(RequestType::Initial, &session, 0, &msisdn);
        open.requested = Some(seconds(60));
        bench.node.feed(id, &write(&open, 1), NOW);
        let used = [seconds(30)];
        let mut close = call(RequestType::Termination, &session, 1, &msisdn);
        close.used = &used;
        bench.node.feed(id, &write(&close, 2), NOW);
    }
    bench.commit();
    let expansion = expand(
        bench
            .rows
            .iter()
            .map(|(shard, seq, row)| (*shard, *seq, row.as_slice())),
    )
    .expect("readable");
    assert_eq!(
        (expansion.cdr_count, expansion.posting_count),
        (3, 3 * 2 + 3 * 2)
    );
    assert!(
        expansion
            .balances
            .iter()
            .all(|row| row.balance == 999_900_000)
    );
    assert_eq!(expansion.outcomes.len(), 4 + 9);
    let node = bench.recovered();
    for index in 1..=3 {
        assert_eq!(
            node.balance(TENANT, account(index)),
            bench.node.balance(TENANT, account(index))
        );
    }
}

/// Several doors at once on few accounts: the queue path. Every request is answered once and the
/// money adds up.
#[test]
fn many_threads_feed_the_same_accounts() {
    const THREADS: u32 = 4;
    const SESSIONS: u32 = 400;
    let mut bench = Bench::new(2);
    let connections: Vec<u32> = (0..THREADS)
        .map(|thread| bench.connect(&format!("gw{thread}.example"), None))
        .collect();
    let answered = AtomicU64::new(0);
    let node = &bench.node;
    let count = |bytes: &[u8]| {
        let all = results(bytes);
        assert!(all.iter().all(|&code| code == 2001), "{all:?}");
        answered.fetch_add(all.len() as u64, Ordering::Relaxed);
    };
    std::thread::scope(|scope| {
        for (thread, &id) in connections.iter().enumerate() {
            let count = &count;
            scope.spawn(move || {
                for session in 0..SESSIONS {
                    let name = format!("t{thread};{session}");
                    let msisdn = format!("38591{:07}", 1 + session % 2);
                    let ask = Units {
                        total_octets: Some(1_000),
                        ..Units::default()
                    };
                    let service = ClientService {
                        requested: Some(ask),
                        ..ClientService::default()
                    };
                    let services = [service];
                    let mut open = call(RequestType::Initial, &name, 0, &msisdn);
                    open.service_context_id = "32251@3gpp.org";
                    open.services = &services;
                    count(&node.feed(id, &write(&open, 1), NOW).write);
                    let used = [ask];
                    let service = ClientService {
                        used: &used,
                        ..ClientService::default()
                    };
                    let services = [service];
                    let mut close = call(RequestType::Termination, &name, 1, &msisdn);
                    close.service_context_id = "32251@3gpp.org";
                    close.services = &services;
                    count(&node.feed(id, &write(&close, 2), NOW).write);
                }
            });
        }
    });
    while let Some(batch) = bench.node.take_batch() {
        for (_, bytes) in bench.node.release(batch.number, NOW).expect("out").writes {
            count(&bytes);
        }
    }
    assert_eq!(
        answered.load(Ordering::Relaxed),
        u64::from(THREADS * SESSIONS * 2)
    );
    // 1,000 octets cost 0.001.
    let spent: i64 = (1..=2)
        .map(|index| 1_000_000_000 - bench.balance(index)["balance"].as_i64().expect("micros"))
        .sum();
    assert_eq!(spent, i64::from(THREADS * SESSIONS) * 1_000);
}
