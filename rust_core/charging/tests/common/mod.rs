//! A shard with one account and a catalogue, and short words to talk to it.

#![allow(dead_code, unreachable_pub, missing_docs)]

pub mod audit;
pub mod explaining;
pub mod random;
pub mod story;
pub mod told;

use openmvno_charging::*;
use openmvno_rating::Catalog;
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

pub const TENANT: Uuid = Uuid([1; 16]);
pub const ACCOUNT: Uuid = Uuid([2; 16]);
pub const LINE: Uuid = Uuid([3; 16]);
pub const EUR: i64 = 1_000_000;
pub const VOICE: ServiceName<'static> = ServiceName::Context("32260@3gpp.org");
pub const SMS: ServiceName<'static> = ServiceName::Context("32274@3gpp.org");
pub const DATA: ServiceName<'static> = ServiceName::Context("32251@3gpp.org");

/// Voice 0.10 a minute by 60/6, SMS 0.50, data 1.00 (group 10) and 0.01 (group 20) per 1,000
/// octets.
pub const CATALOG: &str = r#"{
  "currency": "EUR",
  "services": [
    {"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
     "grant": {"default": 60, "maximum": 86400, "validity_time": 600}},
    {"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
     "grant": {"default": 1, "maximum": 100, "validity_time": 600}},
    {"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
     "grant": {"default": 1000, "maximum": 1000000000, "validity_time": 600}},
    {"code": "fax", "unit": "event", "service_contexts": ["fax@example"],
     "grant": {"default": 1, "maximum": 1, "validity_time": 600}}
  ],
  "rate_tables": [
    {"code": "voice-out", "service": "voice", "rates": [
      {"prefix": "385", "name": "home", "price": "0.10", "per": 60,
       "first_interval": 60, "next_interval": 6}]},
    {"code": "sms-out", "service": "sms", "rates": [
      {"prefix": "", "name": "sms", "price": "0.50", "per": 1}]},
    {"code": "data", "service": "data", "rates": [
      {"rating_group": 10, "name": "web", "price": "1.00", "per": 1000},
      {"rating_group": 20, "name": "music", "price": "0.01", "per": 1000}]}
  ],
  "products": [
    {"code": "basic", "name": "Basic", "rate_tables": ["voice-out", "sms-out", "data"]}
  ]
}"#;

pub struct Nobody;

impl IdentityDirectory for Nobody {
    fn holder(&self, _: Identity) -> Option<LineAddress> {
        None
    }
}

pub struct Bench {
    pub shard: Shard,
    pub journal: JournalWriter,
    pub rows: Vec<Vec<u8>>,
    pub now: i64,
    pub commands: u64,
    pub names: u32,
    pub catalogs: Vec<(u64, Arc<Catalog>)>,
}

impl Bench {
    pub fn with_balance(balance: i64) -> Self {
        Self::with(balance, "absorb")
    }

    pub fn with(balance: i64, overrun: &str) -> Self {
        let mut bench = Self::empty();
        let opened = bench.command(&format!(
            r#"{{"type":"open_account","tenant":"{TENANT}","account":"{ACCOUNT}",
               "currency":"EUR","overrun":"{overrun}"}}"#
        ));
        assert!(opened.contains("ok"), "{opened}");
        for command in [
            format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#),
            format!(
                r#"{{"type":"open_line","tenant":"{TENANT}","account":"{ACCOUNT}","line":"{LINE}",
                   "product":"basic","msisdn":"385910000001","imsi":"219010000000001",
                   "status":"active"}}"#
            ),
            top_up(balance),
        ] {
            let outcome = bench.command(&command);
            assert!(outcome.contains("\"ok\":true"), "{outcome}");
        }
        bench
    }

    pub fn empty() -> Self {
        Self::empty_on(CATALOG)
    }

    pub fn empty_on(catalog: &str) -> Self {
        let mut shard = Shard::new(0, Limits::default());
        let catalogs = vec![(1, compiled(catalog))];
        load_all(&mut shard, &catalogs);
        Self {
            shard,
            names: 0,
            catalogs,
            journal: JournalWriter::default(),
            rows: Vec::new(),
            now: 1_700_000_000_000,
            commands: 0,
        }
    }

    pub fn command(&mut self, json: &str) -> String {
        self.commands += 1;
        let row = CommandRow {
            seq: self.commands,
            id: Uuid([9; 16]),
            json,
        };
        self.shard
            .administer(row, &Nobody, self.now, &mut self.journal)
            .0
            .into()
    }

    pub fn charge(&mut self, request: &Request<'_>) -> Answer {
        match self.shard.charge(request, self.now, &mut self.journal) {
            Outcome::Held(answer) | Outcome::Immediate(answer) => answer,
        }
    }

    pub fn tick_after(&mut self, millis: i64) {
        self.now += millis;
        while self.shard.tick(self.now, 500, &mut self.journal) {}
    }

    /// Ends a batch.
    pub fn commit(&mut self) {
        if !self.journal.is_empty() {
            self.rows.push(self.journal.take(Vec::new()));
        }
    }

    pub fn account(&self) -> &Account {
        self.shard
            .account(TENANT, ACCOUNT)
            .expect("the account is open")
    }

    pub fn balance(&self) -> (i64, i64) {
        (self.account().balance, self.account().reserved)
    }

    /// (kind, usage, amount, overrun) of every CDR journaled so far.
    pub fn cdrs(&mut self) -> Vec<(CdrKind, u64, i64, i64)> {
        self.commit();
        let mut found = Vec::new();
        for row in &self.rows {
            for record in JournalReader::new(row).expect("format") {
                for effect in record.expect("readable").effects {
                    if let Effect::Recorded(cdr) = effect {
                        found.push((cdr.kind, cdr.usage, cdr.amount, cdr.overrun));
                    }
                }
            }
        }
        found
    }

    /// The same shard from nothing but its journal.
    pub fn replayed(&mut self) -> Shard {
        self.commit();
        let mut shard = Shard::new(0, Limits::default());
        load_all(&mut shard, &self.catalogs);
        for (seq, row) in (1..).zip(&self.rows) {
            shard.replay(seq, row).expect("replays");
        }
        shard
    }
}

pub fn compiled(catalog: &str) -> Arc<Catalog> {
    match Catalog::compile(catalog.as_bytes()) {
        Ok(catalog) => Arc::new(catalog),
        Err(mistakes) => panic!("the test catalogue does not compile: {mistakes:?}"),
    }
}

pub fn load(shard: &mut Shard) {
    load_all(shard, &[(1, compiled(CATALOG))]);
}

pub fn load_all(shard: &mut Shard, catalogs: &[(u64, Arc<Catalog>)]) {
    for (version, catalog) in catalogs {
        shard.load_catalog(TENANT, *version, Arc::clone(catalog));
    }
}

pub fn top_up(amount: i64) -> String {
    format!(
        r#"{{"type":"adjust_balance","tenant":"{TENANT}","account":"{ACCOUNT}",
           "amount":{amount},"reason":"top_up","reference":"{LINE}"}}"#
    )
}

pub fn request<'a>(kind: Kind, session: &'a str, number: u32) -> Request<'a> {
    Request {
        session: SessionRef::Named(session),
        number,
        kind,
        account: 0,
        line: 0,
        service: VOICE,
        direction: Direction::Originating,
        destination: "385911234567",
        at: 1_700_000_000_000,
        context: None,
        units: SmallVec::new(),
        per_service: false,
        origin_host: "gw.example",
        origin_realm: "example",
        origin_state: 1,
        correlation: "",
        refund_of: None,
        retransmitted: false,
        evidence: Evidence::Unasked,
        conditions_changed: false,
    }
}

pub fn units(group: Option<u32>, requested: Option<u64>, used: Option<u64>) -> UnitRequest {
    UnitRequest {
        key: UnitKey {
            rating_group: group,
            service_identifier: None,
        },
        requested: requested.map_or(Requested::Nothing, Requested::Units),
        used,
        used_after_change: None,
        money: false,
    }
}

pub fn voice(
    kind: Kind,
    session: &str,
    number: u32,
    ask: Option<u64>,
    used: Option<u64>,
) -> Request<'_> {
    Request {
        units: smallvec![units(None, ask, used)],
        ..request(kind, session, number)
    }
}

pub fn data<'a>(kind: Kind, session: &'a str, number: u32, all: &[UnitRequest]) -> Request<'a> {
    Request {
        service: DATA,
        units: all.into(),
        per_service: true,
        destination: "",
        ..request(kind, session, number)
    }
}
