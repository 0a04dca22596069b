//! A node with a catalogue and accounts, and a gateway that speaks to it.

use crate::rows::rows_of;
use openmvno_charging::{CommandRow, Uuid, shard_of};
use openmvno_diameter::client::{
    ClientAnswer, ClientIdentity, ClientRequest, Identifiers, ServiceDetail, write_capabilities,
};
use openmvno_diameter::credit_control::{RequestType, Units};
use openmvno_diameter::{Message, next_frame};
use openmvno_node::{EngineConfig, Node, Transport};
use std::net::{IpAddr, Ipv4Addr};

pub(crate) const NOW: i64 = 1_700_000_000_000;
pub(crate) const TENANT: Uuid = Uuid([1; 16]);
pub(crate) const CATALOG: &[u8] = br#"{
  "currency": "EUR",
  "services": [
    {"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
     "grant": {"default": 60, "maximum": 86400, "validity_time": 600}},
    {"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
     "grant": {"default": 1, "maximum": 100, "validity_time": 600}},
    {"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
     "grant": {"default": 1000, "maximum": 1000000000, "validity_time": 600}}
  ],
  "rate_tables": [
    {"code": "voice", "service": "voice", "rates": [
      {"prefix": "385", "name": "home", "price": "0.10", "per": 60,
       "first_interval": 60, "next_interval": 6}]},
    {"code": "sms", "service": "sms", "rates": [
      {"prefix": "", "name": "sms", "price": "0.50", "per": 1}]},
    {"code": "data", "service": "data", "rates": [
      {"default": true, "name": "web", "price": "1.00", "per": 1000000}]}
  ],
  "products": [{"code": "basic", "name": "Basic", "rate_tables": ["voice", "sms", "data"]}]
}"#;

pub(crate) struct Bench {
    pub(crate) node: Node,
    seqs: Vec<u64>,
    pub(crate) rows: Vec<(u16, u64, Vec<u8>)>,
}

pub(crate) fn account(index: u8) -> Uuid {
    Uuid([index; 16])
}

impl Bench {
    pub(crate) fn new(accounts: u8) -> Self {
        Self::configured(accounts, "{}")
    }

    /// The same with further fields of the configuration.
    pub(crate) fn configured(accounts: u8, fields: &str) -> Self {
        let mut config = serde_json::json!({
            "shards": 4, "owner": 7, "origin_host": "ocs.example", "origin_realm": "example",
            "country_code": "385",
        });
        let fields: serde_json::Value = serde_json::from_str(fields).expect("JSON");
        for (name, value) in fields.as_object().expect("an object") {
            config[name] = value.clone();
        }
        let node = Node::new(EngineConfig::from_json(&config.to_string()).expect("valid"));
        node.load_catalog(TENANT, 1, CATALOG).expect("compiles");
        node.begin(&[0, 1, 2, 3], NOW).expect("its shards");
        let mut bench = Self {
            node,
            seqs: vec![0; 4],
            rows: Vec::new(),
        };
        for shard in 0..4 {
            bench.command(
                shard,
                &format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#),
            );
        }
        for index in 1..=accounts {
            let id = account(index);
            let shard = shard_of(TENANT, id, 4);
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
                bench.command(shard, &json);
            }
        }
        bench.commit();
        bench
    }

    /// Puts another catalogue in force.
    pub(crate) fn publish(&mut self, version: u64, document: &[u8]) {
        let compiled = self.node.load_catalog(TENANT, version, document);
        compiled.expect("compiles");
        for shard in 0..4 {
            let activate =
                format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":{version}}}"#);
            self.command(shard, &activate);
        }
        self.commit();
    }

    pub(crate) fn command(&mut self, shard: u16, json: &str) {
        self.seqs[usize::from(shard)] += 1;
        let row = CommandRow {
            seq: self.seqs[usize::from(shard)],
            id: Uuid([5; 16]),
            json,
        };
        self.node.command(1, shard, row, NOW).expect("in order");
    }

    /// Makes everything durable and returns what leaves, by connection.
    pub(crate) fn commit(&mut self) -> Vec<(u32, Vec<u8>)> {
        let mut writes = Vec::new();
        while let Some(batch) = self.node.take_batch() {
            if batch.rows > 0 {
                self.rows.extend(rows_of(&batch));
            }
            writes.extend(
                self.node
                    .release(batch.number, NOW)
                    .expect("the batch is out")
                    .writes,
            );
        }
        writes
    }

    /// What the next owner makes of the journal.
    pub(crate) fn recovered(&self) -> Node {
        let config =
            r#"{"shards": 4, "owner": 8, "origin_host": "ocs.example", "origin_realm": "example"}"#;
        let node = Node::new(EngineConfig::from_json(config).expect("valid"));
        node.load_catalog(TENANT, 1, CATALOG).expect("compiles");
        let rows: Vec<_> = self
            .rows
            .iter()
            .map(|(shard, seq, row)| (*shard, *seq, row.as_slice()))
            .collect();
        node.replay(&rows).expect("replays");
        node.begin(&[0, 1, 2, 3], NOW).expect("its shards");
        node
    }

    pub(crate) fn connect(&mut self, host: &str, state: Option<u32>) -> u32 {
        let (id, _) = self.node.connect(transport("127.0.0.1"), NOW);
        let mut bytes = Vec::new();
        write_capabilities(
            &mut bytes,
            &identity(host, state),
            Identifiers::both(1),
            &[4],
        );
        let feed = self.node.feed(id, &bytes, NOW);
        assert_eq!(feed.close, None);
        assert_eq!(results(&feed.write), [2001]);
        id
    }

    pub(crate) fn balance(&self, index: u8) -> serde_json::Value {
        let json = self.node.balance(TENANT, account(index)).expect("known");
        serde_json::from_str(&json).expect("JSON")
    }
}

pub(crate) fn transport(remote: &str) -> Transport {
    Transport {
        remote: remote.parse().expect("an address"),
        local: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate_names: None,
    }
}

pub(crate) fn identity(host: &str, origin_state_id: Option<u32>) -> ClientIdentity {
    ClientIdentity {
        origin_host: host.into(),
        origin_realm: "example".into(),
        origin_state_id,
        host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination_realm: "example".into(),
        destination_host: None,
    }
}

pub(crate) fn answers<T>(bytes: &[u8], each: impl Fn(&ClientAnswer<'_>) -> T) -> Vec<T> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Ok(Some(length)) = next_frame(&bytes[at..], 1 << 20) {
        let message = Message::parse(&bytes[at..at + length]).expect("a whole message");
        found.push(each(&ClientAnswer::parse(&message).expect("an answer")));
        at += length;
    }
    assert_eq!(at, bytes.len());
    found
}

pub(crate) fn results(bytes: &[u8]) -> Vec<u32> {
    answers(bytes, |answer| answer.result_code)
}

pub(crate) fn call<'a>(
    kind: RequestType,
    session: &'a str,
    number: u32,
    msisdn: &'a str,
) -> ClientRequest<'a> {
    ClientRequest {
        e164: Some(msisdn),
        detail: ServiceDetail::Ims {
            called_party: "tel:+385911234567",
            calling_party: "tel:+385910000001",
            role_of_node: 0,
        },
        ..ClientRequest::new(session, "32260@3gpp.org", kind, number)
    }
}

pub(crate) fn seconds(time: u32) -> Units {
    Units {
        time: Some(time),
        ..Units::default()
    }
}

pub(crate) fn write(request: &ClientRequest<'_>, hop: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    request.write(
        &identity("gw.example", None),
        Identifiers::both(hop),
        &mut bytes,
    );
    bytes
}
