//! Two nodes that share the shards: requests come to either door, orders leave by the door that
//! reaches the gateway, a shard goes from one node to the other.

use crate::rows::rows_of;
use crate::support::{
    CATALOG, NOW, TENANT, account, answers, call, identity, results, seconds, transport, write,
};
use openmvno_charging::{CommandRow, Uuid, shard_of};
use openmvno_diameter::client::{Identifiers, write_capabilities};
use openmvno_diameter::credit_control::RequestType;
use openmvno_diameter::{Message, next_frame};
use openmvno_node::{EngineConfig, Node};
use std::collections::BTreeMap;

const SHARDS: u16 = 4;

/// The nodes by their owner numbers, 1 and 2, and the links between them.
struct Cluster {
    nodes: [Node; 2],
    /// Of each node: the link that the other's door has to it.
    links: [u32; 2],
    seqs: [u64; SHARDS as usize],
    written: [BTreeMap<u32, Vec<u8>>; 2],
    outcomes: Vec<(u64, Vec<Box<[u8]>>)>,
    now: i64,
}

impl Cluster {
    /// The first node has shards 0 and 1, the second 2 and 3; both know `accounts` lines.
    fn new(accounts: u8) -> Self {
        let node = |owner: u64| {
            let config = format!(
                r#"{{"shards": {SHARDS}, "owner": {owner}, "origin_host": "ocs{owner}.example",
                    "origin_realm": "example", "country_code": "385"}}"#
            );
            let node = Node::new(EngineConfig::from_json(&config).expect("valid"));
            node.load_catalog(TENANT, 1, CATALOG).expect("compiles");
            node.follow(NOW);
            node.set_forwarding(true);
            node
        };
        let nodes = [node(1), node(2)];
        let links = [0, 1].map(|place: usize| {
            let other = 2 - place;
            nodes[place].open_link(&format!("ocs{other}.example"), "example")
        });
        let mut cluster = Self {
            nodes,
            links,
            seqs: [0; SHARDS as usize],
            written: Default::default(),
            outcomes: Vec::new(),
            now: NOW,
        };
        cluster.nodes[0].link_up(2);
        cluster.nodes[1].link_up(1);
        cluster.begin(0, &[0, 1]);
        cluster.begin(1, &[2, 3]);
        for shard in 0..SHARDS {
            let activate =
                format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#);
            cluster.command(shard, &activate);
        }
        for index in 1..=accounts {
            cluster.sign_up(index);
        }
        cluster.turn();
        cluster
    }

    fn begin(&mut self, place: usize, shards: &[u16]) {
        self.nodes[place].begin(shards, self.now).expect("shards");
        for &shard in shards {
            let owner = self.nodes[place].owner_of(shard);
            self.nodes[1 - place].set_owner(shard, owner);
        }
    }

    fn sign_up(&mut self, index: u8) {
        let id = account(index);
        for json in [
            format!(
                r#"{{"type":"open_account","tenant":"{TENANT}","account":"{id}","currency":"EUR","overrun":"absorb"}}"#
            ),
            format!(
                r#"{{"type":"open_line","tenant":"{TENANT}","account":"{id}","line":"{id}","product":"basic",
                   "msisdn":"38591{index:07}","imsi":"21901{index:010}","status":"active"}}"#
            ),
            format!(
                r#"{{"type":"adjust_balance","tenant":"{TENANT}","account":"{id}","amount":1000000000,
                   "reason":"top_up","reference":"{id}"}}"#
            ),
        ] {
            self.command(shard_of(TENANT, id, SHARDS), &json);
        }
    }

    fn command(&mut self, shard: u16, json: &str) {
        let seq = &mut self.seqs[usize::from(shard)];
        *seq += 1;
        let row = CommandRow {
            seq: *seq,
            id: Uuid([5; 16]),
            json,
        };
        let owner = self
            .nodes
            .iter()
            .find(|node| node.owned_shards().contains(&shard));
        let owner = owner.expect("an owner");
        owner.command(1, shard, row, self.now).expect("in order");
    }

    /// Commits at a node; the other follows only when it is `told`.
    fn commit(&mut self, place: usize, told: bool) -> Vec<(u16, u64, Vec<u8>)> {
        let mut rows = Vec::new();
        while let Some(batch) = self.nodes[place].take_batch() {
            if batch.rows > 0 {
                rows.extend(rows_of(&batch));
            }
            let released = self.nodes[place].release(batch.number, self.now);
            self.deliver(place, released.expect("the batch is out"));
        }
        if told {
            self.replay(1 - place, &rows);
        }
        rows
    }

    fn replay(&self, place: usize, rows: &[(u16, u64, Vec<u8>)]) {
        let rows: Vec<_> = rows
            .iter()
            .map(|(shard, seq, payload)| (*shard, *seq, &payload[..]))
            .collect();
        self.nodes[place].replay(&rows).expect("fits");
    }

    fn deliver(&mut self, place: usize, released: openmvno_node::Released) {
        for (connection, bytes) in released.writes {
            if connection == self.links[place] {
                let node = self.owner(place);
                let other = self.nodes[1 - place].forward_answers(node, &bytes, self.now);
                self.deliver(1 - place, other);
            } else {
                let out = self.written[place].entry(connection).or_default();
                out.extend(bytes);
            }
        }
        self.outcomes.extend(released.bundles);
    }

    fn owner(&self, place: usize) -> u64 {
        place as u64 + 1
    }

    /// Carries what the doors have for the other node, and answers that need no commit.
    fn carry(&mut self) {
        for place in [0, 1] {
            for (node, batch) in self.nodes[place].outgoing() {
                let other = 1 - place;
                assert_eq!(node, self.owner(other));
                let link = self.links[other];
                let back = self.nodes[other].serve_link(link, &batch, self.now);
                let node = self.owner(other);
                let released = self.nodes[place].forward_answers(node, &back, self.now);
                self.deliver(place, released);
            }
        }
    }

    /// Everything that can happen happens.
    fn turn(&mut self) {
        for _ in 0..4 {
            self.carry();
            for place in [0, 1] {
                self.commit(place, true);
                let released = self.nodes[place].forward_turn(self.now);
                self.deliver(place, released);
            }
        }
    }

    fn connect(&mut self, place: usize, host: &str) -> u32 {
        let node = &self.nodes[place];
        let (id, _) = node.connect(transport("127.0.0.1"), self.now);
        let mut bytes = Vec::new();
        let own = identity(host, None);
        write_capabilities(&mut bytes, &own, Identifiers::both(1), &[4]);
        assert_eq!(results(&node.feed(id, &bytes, self.now).write), [2001]);
        id
    }

    fn feed(&mut self, place: usize, connection: u32, bytes: &[u8]) {
        let feed = self.nodes[place].feed(connection, bytes, self.now);
        assert_eq!(feed.close, None);
        let out = self.written[place].entry(connection).or_default();
        out.extend(feed.write);
    }

    /// What a connection was sent since the last look.
    fn sent(&mut self, place: usize, connection: u32) -> Vec<u8> {
        self.written[place].remove(&connection).unwrap_or_default()
    }

    fn reserved(&self, place: usize, index: u8) -> i64 {
        let json = self.nodes[place].balance(TENANT, account(index));
        let json: serde_json::Value = serde_json::from_str(&json.expect("known")).expect("JSON");
        json["reserved"].as_i64().expect("a number")
    }
}

fn msisdn(index: u8) -> String {
    format!("38591{index:07}")
}

/// An account that lies on one of these shards.
fn on(shards: &[u16]) -> u8 {
    let lies = |&index: &u8| shards.contains(&shard_of(TENANT, account(index), SHARDS));
    (1..=20).find(lies).expect("one of them")
}

fn open(session: &str, index: u8, hop: u32) -> Vec<u8> {
    let number = msisdn(index);
    let mut request = call(RequestType::Initial, session, 0, &number);
    request.requested = Some(seconds(60));
    write(&request, hop)
}

/// (Result-Code, Hop-by-Hop Identifier, Origin-Host) of each answer.
fn seen(bytes: &[u8]) -> Vec<(u32, u32, String)> {
    answers(bytes, |answer| {
        let host = answer.origin_host.unwrap_or_default().to_owned();
        (answer.result_code, answer.header.hop_by_hop, host)
    })
}

#[test]
fn either_door_serves_every_shard_in_its_own_name() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let (here, there) = (on(&[0, 1]), on(&[2, 3]));
    cluster.feed(0, gateway, &open("a", here, 11));
    cluster.feed(0, gateway, &open("b", there, 12));
    cluster.carry();
    assert!(cluster.sent(0, gateway).is_empty(), "before a commit");
    assert_eq!(cluster.reserved(1, there), 100_000, "the owner decided");
    cluster.turn();
    let mut got = seen(&cluster.sent(0, gateway));
    got.sort();
    let own = || "ocs1.example".to_owned();
    assert_eq!(got, [(2001, 11, own()), (2001, 12, own())]);
    // The same request once more, by the other door: the same answer, nothing reserved again.
    let other = cluster.connect(1, "gw2.example");
    cluster.feed(1, other, &open("a", here, 21));
    cluster.turn();
    let got = seen(&cluster.sent(1, other));
    assert_eq!(got, [(2001, 21, "ocs2.example".to_owned())]);
    assert_eq!(cluster.reserved(0, here), 100_000);
}

#[test]
fn what_only_the_owner_knows_yet_is_found_there() {
    let mut cluster = Cluster::new(0);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[2, 3]);
    cluster.sign_up(there);
    let rows = cluster.commit(1, false);
    cluster.feed(0, gateway, &open("a", there, 11));
    cluster.carry();
    let opened = cluster.commit(1, false);
    assert_eq!(results(&cluster.sent(0, gateway)), [2001], "a new line");
    let used = [seconds(30)];
    let mut update = call(RequestType::Update, "a", 1, "");
    update.e164 = None;
    update.requested = Some(seconds(60));
    update.used = &used;
    cluster.feed(0, gateway, &write(&update, 12));
    cluster.carry();
    let updated = cluster.commit(1, false);
    assert_eq!(results(&cluster.sent(0, gateway)), [2001], "a new session");
    for rows in [&rows, &opened, &updated] {
        cluster.replay(0, rows);
    }
    assert_eq!(cluster.reserved(0, there), cluster.reserved(1, there));
    // What no node knows is said so, once all were asked.
    update.session_id = "nobody's";
    cluster.feed(0, gateway, &write(&update, 13));
    cluster.feed(0, gateway, &open("c", 99, 14));
    assert!(cluster.sent(0, gateway).is_empty());
    cluster.turn();
    let mut got = results(&cluster.sent(0, gateway));
    got.sort_unstable();
    assert_eq!(got, [5002, 5030]);
}

#[test]
fn a_shard_changes_hands_and_nothing_is_refused() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[2]);
    cluster.feed(0, gateway, &open("a", there, 11));
    cluster.turn();
    assert_eq!(results(&cluster.sent(0, gateway)), [2001]);
    // The second node stops deciding for shard 2; requests by either door wait.
    cluster.nodes[1].give(2).expect("its own");
    assert_eq!(cluster.nodes[1].owned_shards(), [3]);
    let other = cluster.connect(1, "gw2.example");
    cluster.feed(0, gateway, &open("b", there, 12));
    cluster.feed(1, other, &open("c", there, 13));
    cluster.turn();
    assert!(cluster.sent(0, gateway).is_empty());
    assert!(cluster.sent(1, other).is_empty());
    assert!(cluster.nodes[1].give(2).is_err(), "it is not its own now");
    cluster.begin(0, &[2]);
    cluster.turn();
    assert_eq!(results(&cluster.sent(0, gateway)), [2001]);
    assert_eq!(results(&cluster.sent(1, other)), [2001]);
    assert_eq!(cluster.reserved(0, there), 300_000);
    assert_eq!(cluster.reserved(1, there), 300_000);
    // And what came before the change is recognised after it.
    cluster.feed(1, other, &open("a", there, 14));
    cluster.turn();
    assert_eq!(results(&cluster.sent(1, other)), [2001]);
    assert_eq!(cluster.reserved(0, there), 300_000);
}

#[test]
fn a_request_whose_owner_is_lost_goes_to_the_next_and_counts_once() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[3]);
    cluster.feed(0, gateway, &open("a", there, 11));
    cluster.feed(0, gateway, &open("b", there, 12));
    let sent: Vec<_> = cluster.nodes[0].outgoing();
    // The owner applies and commits, but its answers are lost with it.
    let link = cluster.links[1];
    let back = cluster.nodes[1].serve_link(link, &sent[0].1, NOW);
    assert_eq!(back, [0u8; 0]);
    let batch = cluster.nodes[1].take_batch().expect("pending");
    let rows = rows_of(&batch);
    cluster.replay(0, &rows);
    cluster.nodes[0].link_down(2);
    cluster.feed(0, gateway, &open("c", there, 13));
    cluster.begin(0, &[2, 3]);
    let released = cluster.nodes[0].forward_turn(NOW);
    cluster.deliver(0, released);
    cluster.commit(0, false);
    let mut got = seen(&cluster.sent(0, gateway));
    got.sort();
    let answered: Vec<_> = got.iter().map(|(result, hop, _)| (*result, *hop)).collect();
    assert_eq!(answered, [(2001, 11), (2001, 12), (2001, 13)]);
    assert_eq!(cluster.reserved(0, there), 300_000);
}

#[test]
fn without_an_owner_a_request_is_refused_in_the_end() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[2, 3]);
    cluster.nodes[0].link_down(2);
    cluster.feed(0, gateway, &open("a", there, 11));
    let (token, now) = (5, cluster.now);
    let debit = format!(
        r#"{{"type":"debit","session":"d","msisdn":"{}","service":"sms","destination":"385981234567","requested":1}}"#,
        msisdn(there)
    );
    let outcome = cluster.nodes[0].submit_all(token, &[debit.as_bytes()], now);
    assert!(outcome.is_none(), "it waits");
    cluster.now += 1_500;
    cluster.turn();
    assert!(cluster.sent(0, gateway).is_empty());
    cluster.now += 1_000;
    cluster.turn();
    assert_eq!(results(&cluster.sent(0, gateway)), [3002]);
    let (known, outcomes) = &cluster.outcomes[0];
    assert_eq!(*known, token);
    let said = String::from_utf8_lossy(&outcomes[0]);
    assert!(said.contains(r#""error":"refused""#), "{said}");
}

#[test]
fn what_an_owner_may_have_applied_is_never_refused() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[2, 3]);
    cluster.feed(0, gateway, &open("a", there, 11));
    assert_eq!(cluster.nodes[0].outgoing().len(), 1, "it is at the owner");
    cluster.nodes[0].link_down(2);
    for _ in 0..4 {
        cluster.now += 1_200;
        cluster.turn();
        assert!(cluster.sent(0, gateway).is_empty());
    }
    // Past the deadline of its answer nobody waits for it; the gateway asks again.
    cluster.now += 1_200;
    cluster.turn();
    assert!(cluster.sent(0, gateway).is_empty());
    let forwards: serde_json::Value =
        serde_json::from_str(&cluster.nodes[0].statistics()).expect("JSON");
    let forwards = &forwards["forwards"];
    assert_eq!(
        (&forwards["lost"], &forwards["waiting"]),
        (&1.into(), &0.into())
    );
    assert_eq!(forwards["refused"], 0);
}

#[test]
fn nor_is_it_refused_here_while_nothing_becomes_durable() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[2, 3]);
    cluster.feed(0, gateway, &open("a", there, 11));
    assert_eq!(cluster.nodes[0].outgoing().len(), 1, "it is at the owner");
    // The owner's machine dies, PostgreSQL's primary with it.
    cluster.nodes[0].link_down(2);
    cluster.nodes[0].set_storage(false);
    for shard in [2, 3] {
        cluster.nodes[0].set_owner(shard, 1);
    }
    for _ in 0..4 {
        cluster.now += 1_000;
        let now = cluster.now;
        let released = cluster.nodes[0].forward_turn(now);
        assert!(released.writes.is_empty(), "nothing is said about it");
    }
}

#[test]
fn requests_in_json_are_served_at_either_node() {
    let mut cluster = Cluster::new(20);
    let (here, there) = (on(&[0, 1]), on(&[2, 3]));
    let debit = |index: u8| {
        format!(
            r#"{{"type":"debit","session":"d{index}","msisdn":"{}","service":"sms","destination":"385981234567","requested":1}}"#,
            msisdn(index)
        )
    };
    let requests = [debit(here), debit(there), debit(98)];
    let requests: Vec<&[u8]> = requests.iter().map(|one| one.as_bytes()).collect();
    assert!(cluster.nodes[1].submit_all(9, &requests, NOW).is_none());
    cluster.turn();
    let (number, outcomes) = cluster.outcomes.pop().expect("released");
    assert_eq!(number, 9);
    let said: Vec<_> = outcomes
        .iter()
        .map(|one| String::from_utf8_lossy(one).into_owned())
        .collect();
    assert!(said[0].contains(r#""charged":500000"#), "{said:?}");
    assert!(said[1].contains(r#""charged":500000"#), "{said:?}");
    assert!(said[2].contains("subscriber_unknown"), "{said:?}");
}

#[test]
fn an_order_leaves_by_the_door_that_reaches_the_gateway() {
    let mut cluster = Cluster::new(20);
    let gateway = cluster.connect(0, "gw.example");
    let there = on(&[2, 3]);
    cluster.feed(0, gateway, &open("a", there, 11));
    cluster.turn();
    assert_eq!(results(&cluster.sent(0, gateway)), [2001]);
    let id = account(there);
    let abort =
        format!(r#"{{"type":"abort_session","tenant":"{TENANT}","account":"{id}","line":"{id}"}}"#);
    cluster.command(shard_of(TENANT, id, SHARDS), &abort);
    cluster.turn();
    let sent = cluster.sent(0, gateway);
    let length = next_frame(&sent, 1 << 20).expect("fine").expect("whole");
    assert_eq!(length, sent.len(), "one request");
    let message = Message::parse(&sent).expect("a message");
    assert_eq!(message.header.command, 274);
    let text = |id| {
        let value = message.avps().find(id).expect("there").data;
        String::from_utf8(value.to_vec()).expect("text")
    };
    assert_eq!(
        text(openmvno_diameter::dictionary::ORIGIN_HOST),
        "ocs1.example"
    );
    assert_eq!(text(openmvno_diameter::dictionary::SESSION_ID), "a");
    // The gateway does not know the session, twice: its owner gives it up.
    for _ in 0..2 {
        let sent = if cluster.now == NOW {
            sent.clone()
        } else {
            cluster.sent(0, gateway)
        };
        let request = Message::parse(&sent).expect("asked again");
        let mut bytes = Vec::new();
        let head = request.header.answer(false);
        let mut writer = openmvno_diameter::MessageWriter::begin(&mut bytes, &head);
        writer.utf8(openmvno_diameter::dictionary::SESSION_ID, "a");
        writer.u32(openmvno_diameter::dictionary::RESULT_CODE, 5002);
        writer.utf8(openmvno_diameter::dictionary::ORIGIN_HOST, "gw.example");
        writer.utf8(openmvno_diameter::dictionary::ORIGIN_REALM, "example");
        writer.finish();
        cluster.feed(0, gateway, &bytes);
        cluster.turn();
        cluster.now += 1_100;
        let due = cluster.nodes[1].tick(cluster.now);
        let released = openmvno_node::Released {
            writes: due.into_iter().map(|(id, out, _)| (id, out)).collect(),
            ..openmvno_node::Released::default()
        };
        cluster.deliver(1, released);
    }
    cluster.turn();
    assert_eq!(cluster.reserved(1, there), 0);
    assert_eq!(cluster.reserved(0, there), 0);
}
