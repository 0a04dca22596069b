//! An engine with one line, a gate with two clients, and the wires between them.

use crate::rows::rows_of;
use openmvno_charging::{CommandRow, Uuid, shard_of};
use openmvno_node::{Chain, EngineConfig, Gate, Node, Outgoing, Socket, expand};
use openmvno_radius::attributes as attribute;
use openmvno_radius::attributes::AttributeId;
use openmvno_radius::{AttributeList, Code, Packet, Port, Writer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;

pub(crate) const SECRET: &[u8] = b"testing123testing123";
pub(crate) const NOW: i64 = 1_700_000_000_000;
pub(crate) const MSISDN: &str = "385910000001";
pub(crate) const IMSI: &str = "219010000000001";
pub(crate) const PASSWORD: &[u8] = b"password";
const TENANT: Uuid = Uuid([1; 16]);
const ACCOUNT: Uuid = Uuid([2; 16]);
const SHARDS: u16 = 2;
const CATALOG: &[u8] = br#"{
  "currency": "EUR",
  "services": [
    {"code": "voice", "unit": "second",
     "grant": {"default": 60, "maximum": 3600, "validity_time": 600}},
    {"code": "data", "unit": "octet",
     "grant": {"default": 1000000, "maximum": 1000000000000, "validity_time": 600}}
  ],
  "rate_tables": [
    {"code": "voice", "service": "voice", "rates": [
      {"prefix": "", "name": "home", "price": "0.60", "per": 60}]},
    {"code": "data", "service": "data", "rates": [
      {"default": true, "name": "web", "price": "1.00", "per": 1000000}]}
  ],
  "products": [
    {"code": "basic", "name": "Basic", "rate_tables": ["voice", "data"], "overrun": "absorb"},
    {"code": "mute", "name": "Mute", "rate_tables": [], "overrun": "absorb"}]
}"#;
const CLIENTS: &str = r#"[
  {"name": "voip", "network": "192.0.2.0/24", "secret": "testing123testing123",
   "message_authenticator": true, "trusted": false, "service": "voice", "rating_group": null,
   "called_station": "number", "reserve": "all", "vendor": "none", "coa_port": 3799,
   "interim_seconds": null, "idle_seconds": null},
  {"name": "wifi", "network": "198.51.100.7", "secret": "testing123testing123",
   "message_authenticator": true, "trusted": true, "service": "data", "rating_group": null,
   "called_station": "access_point", "reserve": "all", "vendor": "mikrotik", "coa_port": 3799,
   "interim_seconds": 300, "idle_seconds": 120}]"#;

pub(crate) type Attribute<'a> = (AttributeId, &'a [u8]);

pub(crate) struct System {
    pub(crate) node: Node,
    pub(crate) gate: Gate,
    pub(crate) now: i64,
    commands: BTreeMap<u16, u64>,
    bundles: u64,
    identifier: u8,
    /// Answers of the engine are lost while this is set.
    pub(crate) cut_off: bool,
    /// What left by the third socket.
    pub(crate) asked: Vec<Outgoing>,
    rows: Vec<(u16, u64, Vec<u8>)>,
}

pub(crate) fn voip() -> SocketAddr {
    "192.0.2.9:5000".parse().expect("an address")
}

pub(crate) fn wifi() -> SocketAddr {
    "198.51.100.7:5000".parse().expect("an address")
}

impl System {
    /// With this much money on the line, micros.
    pub(crate) fn new(balance: i64) -> Self {
        Self::limited(balance, 0)
    }

    /// The same with an engine that admits so many requests a second.
    pub(crate) fn limited(balance: i64, requests_per_second: u32) -> Self {
        let config = format!(
            r#"{{"shards": {SHARDS}, "owner": 7, "origin_host": "ocs.example",
                 "origin_realm": "example", "country_code": "385",
                 "requests_per_second": {requests_per_second}}}"#
        );
        let node = Node::new(EngineConfig::from_json(&config).expect("valid"));
        node.load_catalog(TENANT, 1, CATALOG).expect("compiles");
        node.begin(&[0, 1], NOW).expect("its shards");
        let mut system = Self {
            node,
            gate: gate(),
            now: NOW,
            commands: BTreeMap::new(),
            bundles: 0,
            identifier: 0,
            cut_off: false,
            asked: Vec::new(),
            rows: Vec::new(),
        };
        for shard in 0..SHARDS {
            system.command(shard, r#"{"type":"activate_catalog","version":1}"#);
        }
        system.administer(r#"{"type":"open_account","currency":"EUR","overrun":"absorb"}"#);
        system.administer(&format!(
            r#"{{"type":"open_line","line":"{ACCOUNT}","product":"basic","msisdn":"{MSISDN}",
                "imsi":"{IMSI}","status":"active"}}"#
        ));
        system.top_up(balance);
        system
    }

    pub(crate) fn top_up(&mut self, amount: i64) {
        let id = Uuid([u8::try_from(self.commands.len() + self.rows.len()).unwrap_or(9); 16]);
        self.administer(&format!(
            r#"{{"type":"adjust_balance","amount":{amount},"reason":"top_up","reference":"{id}"}}"#
        ));
    }

    pub(crate) fn administer(&mut self, json: &str) {
        let shard = shard_of(TENANT, ACCOUNT, SHARDS);
        let json = json.replacen('{', &format!(r#"{{"account":"{ACCOUNT}","#), 1);
        self.command(shard, &json);
    }

    /// Data is half the price from now on.
    pub(crate) fn new_prices(&mut self) {
        let document = String::from_utf8_lossy(CATALOG).replace(r#""1.00""#, r#""0.50""#);
        let loaded = self.node.load_catalog(TENANT, 2, document.as_bytes());
        loaded.expect("compiles");
        for shard in 0..SHARDS {
            self.command(shard, r#"{"type":"activate_catalog","version":2}"#);
        }
    }

    fn command(&mut self, shard: u16, json: &str) {
        let seq = self.commands.entry(shard).or_default();
        *seq += 1;
        let json = json.replacen('{', &format!(r#"{{"tenant":"{TENANT}","#), 1);
        let row = CommandRow {
            seq: *seq,
            id: Uuid([5; 16]),
            json: &json,
        };
        self.node
            .command(1, shard, row, self.now)
            .expect("in order");
        self.commit();
    }

    /// Everything durable; outcomes of bundles by number.
    fn commit(&mut self) -> BTreeMap<u64, Vec<Box<[u8]>>> {
        let mut bundles = BTreeMap::new();
        while let Some(batch) = self.node.take_batch() {
            self.rows.extend(rows_of(&batch));
            let released = self
                .node
                .release(batch.number, self.now)
                .expect("it is out");
            for (_, outcome) in &released.outcomes {
                assert!(
                    !String::from_utf8_lossy(outcome).contains("error"),
                    "{outcome:?}"
                );
            }
            bundles.extend(released.bundles);
        }
        bundles
    }

    /// A datagram arrives and everything it leads to happens; what leaves to its sender.
    pub(crate) fn receive(
        &mut self,
        port: Port,
        source: SocketAddr,
        datagram: &[u8],
    ) -> Option<Vec<u8>> {
        self.gate.receive(port, source, datagram, self.now);
        let mut answer = None;
        loop {
            let work = self.gate.drain();
            for out in work.sends {
                match out.socket {
                    Socket::Dynamic => self.asked.push(out),
                    _ => answer = Some(out.datagram),
                }
            }
            let idle = work.requests.is_empty() && work.lookups.is_empty();
            if idle && work.searches.is_empty() {
                return answer;
            }
            self.serve_requests(work.requests);
            for (id, identities) in work.lookups {
                let known = |(_, digits): &(_, String)| digits == MSISDN || digits == IMSI;
                let index = identities.iter().position(known);
                let line = index.map(|index| (index, PASSWORD.to_vec()));
                self.gate.found(id, line, self.now);
            }
            for (id, session) in work.searches {
                let chain = self.chain(&session);
                self.gate.chain(id, chain, self.now);
            }
        }
    }

    fn serve_requests(&mut self, requests: Vec<(u64, Vec<u8>)>) {
        let all: Vec<&[u8]> = requests.iter().map(|(_, json)| &**json).collect();
        self.bundles += 1;
        let at_once = self.node.submit_all(self.bundles, &all, self.now);
        let mut released = self.commit();
        let outcomes = at_once.or_else(|| released.remove(&self.bundles));
        for ((id, _), outcome) in requests.iter().zip(outcomes.unwrap_or_default()) {
            if self.cut_off {
                self.gate.give_up(*id);
            } else {
                self.gate.outcome(*id, &outcome, self.now);
            }
        }
    }

    /// What the CDRs hold of a session, as the database would say it.
    fn chain(&self, session: &str) -> Chain {
        let mut chain = Chain::default();
        let mut name = session.to_owned();
        loop {
            let cdrs = self.cdrs();
            let own = cdrs.iter().filter(|cdr| cdr["session"] == *name);
            let usages: Vec<u64> = own
                .map(|cdr| cdr["usage"].as_u64().expect("usage"))
                .collect();
            let usage: u64 = usages.iter().sum();
            if usages.is_empty() || (!chain.bases.is_empty() && usage == 0) {
                return chain;
            }
            chain.bases.push(chain.recorded);
            chain.recorded += usage;
            name = format!("{session}+{}", chain.recorded);
        }
    }

    /// All CDRs, from the journal: session, usage, amount.
    pub(crate) fn cdrs(&self) -> Vec<Value> {
        let mut found = Vec::new();
        for (_, _, payload) in &self.rows {
            let json = openmvno_node::describe(payload).expect("a payload");
            let records: Value = serde_json::from_str(&json).expect("JSON");
            for record in records.as_array().expect("records") {
                for effect in record["effects"].as_array().expect("effects") {
                    if let Some(cdr) = effect.get("recorded") {
                        found.push(cdr.clone());
                    }
                }
            }
        }
        let rows = self
            .rows
            .iter()
            .map(|(shard, seq, bytes)| (*shard, *seq, &bytes[..]));
        let expansion = expand(rows).expect("the journal");
        assert_eq!(expansion.cdr_count, found.len() as u64);
        found
    }

    /// The sum of all CDRs, micros.
    pub(crate) fn charged(&self) -> i64 {
        self.cdrs()
            .iter()
            .map(|cdr| cdr["amount"].as_i64().expect("an amount"))
            .sum()
    }

    /// Balance and what is reserved of it, micros.
    pub(crate) fn money(&self) -> (i64, i64) {
        let json = self.node.balance(TENANT, ACCOUNT).expect("known");
        let view: Value = serde_json::from_str(&json).expect("JSON");
        let number = |name: &str| view[name].as_i64().expect("a number");
        (number("balance"), number("reserved"))
    }

    pub(crate) fn accounting(
        &mut self,
        source: SocketAddr,
        attributes: &[Attribute<'_>],
    ) -> Option<Vec<u8>> {
        let datagram = self.accounting_datagram(attributes);
        self.receive(Port::Accounting, source, &datagram)
    }

    /// With an identifier of its own.
    pub(crate) fn accounting_datagram(&mut self, attributes: &[Attribute<'_>]) -> Vec<u8> {
        self.identifier = self.identifier.wrapping_add(1);
        let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, self.identifier);
        writer.attributes(list(attributes).as_bytes());
        writer.request(SECRET).0
    }

    pub(crate) fn access(
        &mut self,
        source: SocketAddr,
        attributes: &[Attribute<'_>],
    ) -> Option<Vec<u8>> {
        let datagram = self.access_datagram(attributes);
        self.receive(Port::Authentication, source, &datagram)
    }

    pub(crate) fn access_datagram(&mut self, attributes: &[Attribute<'_>]) -> Vec<u8> {
        self.identifier = self.identifier.wrapping_add(1);
        let authenticator = [self.identifier; 16];
        let mut writer = Writer::new(Code::ACCESS_REQUEST, self.identifier).sign();
        writer.attributes(list(attributes).as_bytes());
        let (mut bytes, _) = writer.request(SECRET);
        bytes[4..20].copy_from_slice(&authenticator);
        let signature = openmvno_radius::authenticator::message_authenticator(
            &bytes,
            &authenticator,
            22,
            SECRET,
        );
        bytes[22..38].copy_from_slice(&signature);
        bytes
    }

    /// The RADIUS process dies and comes back: it knows nothing.
    pub(crate) fn restart_gate(&mut self) {
        self.gate = gate();
    }
}

fn gate() -> Gate {
    let mut gate = Gate::new("385");
    gate.set_clients(CLIENTS.as_bytes()).expect("clients");
    gate
}

pub(crate) fn list(attributes: &[Attribute<'_>]) -> AttributeList {
    let mut list = AttributeList::default();
    for (id, value) in attributes {
        list.octets(*id, value);
    }
    list
}

/// CHAP-Password of the line with the Request Authenticator as challenge would need it first: a
/// challenge of its own is used.
pub(crate) fn chap(password: &[u8]) -> Vec<u8> {
    use md5::{Digest, Md5};
    let mut digest = Md5::new();
    digest.update([1]);
    digest.update(password);
    digest.update(CHALLENGE);
    let mut value = vec![1];
    value.extend_from_slice(&digest.finalize());
    value
}

pub(crate) const CHALLENGE: &[u8] = b"0123456789abcdef";

/// A report of a session.
pub(crate) fn report<'a>(
    status: &'a [u8; 4],
    session: &'a [u8],
    seconds: &'a [u8; 4],
    octets: (&'a [u8; 4], &'a [u8; 4]),
) -> Vec<Attribute<'a>> {
    vec![
        (attribute::ACCT_STATUS_TYPE, status),
        (attribute::ACCT_SESSION_ID, session),
        (attribute::USER_NAME, MSISDN.as_bytes()),
        (attribute::NAS_IDENTIFIER, b"nas-1"),
        (attribute::CALLED_STATION_ID, b"385990000000"),
        (attribute::ACCT_SESSION_TIME, seconds),
        (attribute::ACCT_INPUT_OCTETS, octets.0),
        (attribute::ACCT_INPUT_GIGAWORDS, octets.1),
    ]
}

pub(crate) const START: [u8; 4] = [0, 0, 0, 1];
pub(crate) const STOP: [u8; 4] = [0, 0, 0, 2];
pub(crate) const INTERIM: [u8; 4] = [0, 0, 0, 3];
pub(crate) const ON: [u8; 4] = [0, 0, 0, 7];

impl System {
    /// A report of seconds from the VoIP client; whether it was answered.
    pub(crate) fn call(&mut self, status: [u8; 4], session: &[u8], seconds: u32) -> bool {
        let seconds = seconds.to_be_bytes();
        let zero = [0; 4];
        let attributes = report(&status, session, &seconds, (&zero, &zero));
        self.accounting(voip(), &attributes).is_some()
    }

    /// A report of octets from the Wi-Fi client; whether it was answered.
    pub(crate) fn surf(&mut self, status: [u8; 4], session: &[u8], octets: u64) -> bool {
        let low = (octets as u32).to_be_bytes();
        let high = ((octets >> 32) as u32).to_be_bytes();
        let seconds = [0, 0, 0, 9];
        let attributes = report(&status, session, &seconds, (&low, &high));
        self.accounting(wifi(), &attributes).is_some()
    }
}

pub(crate) fn read(bytes: &[u8]) -> Packet<'_> {
    Packet::parse(bytes).expect("a packet")
}
