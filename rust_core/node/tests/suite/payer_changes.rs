//! A line that goes to a payer of another shard is found there, and what was answered before is not
//! charged again.

use crate::rows::rows_of;
use crate::support::{
    Bench, CATALOG, NOW, TENANT, account, call, identity, results, seconds, transport, write,
};
use openmvno_charging::{Uuid, shard_of};
use openmvno_diameter::client::{Identifiers, write_capabilities};
use openmvno_diameter::credit_control::RequestType;
use openmvno_node::{EngineConfig, Node};
use serde_json::{Value, json};

const CHANGE: Uuid = Uuid([7; 16]);
const OLD: u8 = 1;
const MSISDN: &str = "385910000001";

/// The first account whose shard is not that of [`OLD`].
fn new_payer() -> u8 {
    let shard = |index| shard_of(TENANT, account(index), 4);
    (2..=9)
        .find(|&index| shard(index) != shard(OLD))
        .expect("four shards")
}

impl Bench {
    /// A step of the line's way, with what it brings about; its outcome.
    fn step(&mut self, kind: &str, payer: u8, image: Option<&Value>) -> Value {
        self.step_of(CHANGE, kind, payer, image)
    }

    fn step_of(&mut self, change: Uuid, kind: &str, payer: u8, image: Option<&Value>) -> Value {
        let mut command = json!({
            "type": kind, "tenant": TENANT, "account": account(payer),
            "line": account(OLD), "change": change,
        });
        if let Some(image) = image {
            command["image"] = image.clone();
        }
        self.command(shard_of(TENANT, account(payer), 4), &command.to_string());
        let outcome = self.outcomes().pop().expect("an outcome");
        assert_eq!(outcome["ok"], true, "{kind}: {outcome}");
        outcome
    }

    /// Makes everything durable; what commands and requests in JSON came to.
    fn outcomes(&mut self) -> Vec<Value> {
        let mut found = Vec::new();
        while let Some(batch) = self.node.take_batch() {
            if batch.rows > 0 {
                self.rows.extend(rows_of(&batch));
            }
            let released = self
                .node
                .release(batch.number, NOW)
                .expect("the batch is out");
            found.extend(released.outcomes.into_iter().map(|(_, json)| read(&json)));
        }
        found
    }

    /// A message by its number in a session of events.
    fn message(&mut self, number: u32) -> Value {
        let request = json!({
            "type": "debit", "session": "messages", "number": number, "msisdn": MSISDN,
            "service": "sms", "destination": "385911234567",
        });
        let now = self.node.submit(9, request.to_string().as_bytes(), NOW);
        match now.expect("taken") {
            Some(outcome) => read(&outcome),
            None => self.outcomes().pop().expect("an outcome"),
        }
    }
}

fn read(json: &[u8]) -> Value {
    serde_json::from_slice(json).expect("JSON")
}

/// The result of a call that begins.
fn begins(node: &Node, connection: u32, session: &str) -> Vec<u32> {
    let mut open = call(RequestType::Initial, session, 0, MSISDN);
    open.requested = Some(seconds(60));
    let feed = node.feed(connection, &write(&open, 10), NOW);
    if !feed.write.is_empty() {
        return results(&feed.write);
    }
    let mut found = Vec::new();
    while let Some(batch) = node.take_batch() {
        let released = node.release(batch.number, NOW).expect("the batch is out");
        found.extend(released.writes.iter().flat_map(|(_, bytes)| results(bytes)));
    }
    found
}

#[test]
fn a_line_is_charged_where_it_has_gone_and_nothing_twice() {
    let mut bench = Bench::new(9);
    let gateway = bench.connect("gw.example", None);
    let new = new_payer();
    let first = bench.message(1);
    assert_eq!(first["result_code"], 2001, "{first}");
    bench.step("freeze_line", OLD, None);
    // RFC 8506 §9.1: denied for now.
    assert_eq!(begins(&bench.node, gateway, "too early"), [4010]);
    let image = bench.step("export_line", OLD, None)["image"].clone();
    assert_eq!(begins(&bench.node, gateway, "early"), [4010]);
    bench.step("import_line", new, Some(&image));
    assert_eq!(begins(&bench.node, gateway, "call"), [2001]);
    assert_eq!(bench.balance(new)["reserved"], 100_000);
    bench.step("release_line", OLD, None);
    assert_eq!(begins(&bench.node, gateway, "another"), [2001]);
    assert_eq!(bench.balance(new)["reserved"], 200_000);
    // What the old payer paid for is answered as it was; what comes anew the new one pays.
    assert_eq!(bench.message(1), first);
    assert_eq!(bench.balance(OLD)["balance"], 999_500_000);
    assert_eq!(bench.balance(new)["balance"], 1_000_000_000);
    let second = bench.message(2);
    assert_eq!(second["result_code"], 2001);
    assert_eq!(bench.balance(new)["balance"], 999_500_000);
    // So it is when the line goes on at once to a third one.
    let third = (2..=9)
        .rev()
        .find(|&index| index != new)
        .expect("nine accounts");
    let again = Uuid([8; 16]);
    bench.step_of(again, "freeze_line", new, None);
    let image = bench.step_of(again, "export_line", new, None)["image"].clone();
    bench.step_of(again, "import_line", third, Some(&image));
    bench.step_of(again, "release_line", new, None);
    assert_eq!(bench.message(1), first);
    let repeated = bench.message(2);
    assert_eq!(
        (&repeated["cdr"], &repeated["charged"]),
        (&second["cdr"], &second["charged"])
    );
    assert_eq!(bench.balance(new)["balance"], 999_500_000);
    assert_eq!(bench.balance(third)["balance"], 1_000_000_000);
    assert_eq!(bench.message(3)["result_code"], 2001);
    assert_eq!(bench.balance(third)["balance"], 999_500_000);
}

#[test]
fn a_node_that_hears_of_the_new_payer_first_is_not_led_back() {
    let mut bench = Bench::new(9);
    let new = new_payer();
    bench.step("freeze_line", OLD, None);
    let known = bench.rows.len() - 1;
    let image = bench.step("export_line", OLD, None)["image"].clone();
    // The old payer's shard has something to say of its account before the line leaves it.
    let old_shard = shard_of(TENANT, account(OLD), 4);
    let change = json!({
        "type": "change_account", "tenant": TENANT, "account": account(OLD), "credit_limit": 5,
    });
    bench.command(old_shard, &change.to_string());
    bench.outcomes();
    bench.step("import_line", new, Some(&image));
    bench.step("release_line", OLD, None);

    let config = r#"{"shards": 4, "owner": 8, "origin_host": "ocs2.example",
        "origin_realm": "example", "country_code": "385"}"#;
    let node = Node::new(EngineConfig::from_json(config).expect("valid"));
    node.load_catalog(TENANT, 1, CATALOG).expect("compiles");
    let told = |rows: &[(u16, u64, Vec<u8>)]| {
        let rows: Vec<_> = rows
            .iter()
            .map(|(s, seq, row)| (*s, *seq, &row[..]))
            .collect();
        node.replay(&rows).expect("fits");
    };
    told(&bench.rows[..known]);
    node.follow(NOW);
    let (later, of_new): (Vec<_>, Vec<_>) = bench.rows[known..]
        .iter()
        .cloned()
        .partition(|(shard, ..)| *shard == old_shard);
    told(&of_new);
    let others = (0..4).filter(|&shard| shard != old_shard);
    node.begin(&others.collect::<Vec<u16>>(), NOW)
        .expect("its shards");
    let (gateway, _) = node.connect(transport("127.0.0.1"), NOW);
    let mut hello = Vec::new();
    write_capabilities(
        &mut hello,
        &identity("gw.example", None),
        Identifiers::both(1),
        &[4],
    );
    node.feed(gateway, &hello, NOW);
    assert_eq!(later.len(), 4, "frozen, exported, changed, released");
    for (at, row) in later.iter().enumerate() {
        let session = format!("call {at}");
        assert_eq!(begins(&node, gateway, &session), [2001]);
        told(std::slice::from_ref(row));
    }
    assert_eq!(begins(&node, gateway, "the last"), [2001]);
}
