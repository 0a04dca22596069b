//! A node with a catalogue and some lines, for targets that need one.

use openmvno_charging::{CommandRow, Uuid, shard_of};
use openmvno_node::{Batch, EngineConfig, Node, Released};

pub(crate) const NOW: i64 = 1_700_000_000_000;
pub(crate) const TENANT: Uuid = Uuid([1; 16]);
pub(crate) const SHARDS: u16 = 2;
pub(crate) const LINES: u8 = 3;
pub(crate) const CATALOG: &[u8] = include_bytes!("../catalogue.json");

/// A node and what it wrote.
pub(crate) struct Engine {
    pub(crate) node: Node,
    pub(crate) now: i64,
    seqs: Vec<u64>,
    rows: Vec<(u16, u64, Vec<u8>)>,
}

pub(crate) fn account(index: u8) -> Uuid {
    Uuid([index; 16])
}

pub(crate) fn msisdn(index: u8) -> String {
    format!("38591{index:07}")
}

/// Without accounts.
pub(crate) fn empty_node() -> Node {
    let config = format!(
        r#"{{"shards": {SHARDS}, "owner": 7, "origin_host": "ocs.example",
             "origin_realm": "example", "country_code": "385"}}"#
    );
    let node = Node::new(EngineConfig::from_json(&config).expect("a configuration"));
    node.load_catalog(TENANT, 1, CATALOG).expect("a catalogue");
    node
}

impl Engine {
    pub(crate) fn new() -> Self {
        let node = empty_node();
        let all: Vec<u16> = (0..SHARDS).collect();
        node.begin(&all, NOW).expect("shards");
        let mut engine = Self {
            node,
            now: NOW,
            seqs: vec![0; usize::from(SHARDS)],
            rows: Vec::new(),
        };
        for shard in 0..SHARDS {
            engine.command(shard, &activation());
        }
        for index in 1..=LINES {
            for json in line(index) {
                engine.command(shard_of(TENANT, account(index), SHARDS), &json);
            }
        }
        engine.commit();
        engine
    }

    pub(crate) fn command(&mut self, shard: u16, json: &str) {
        let seq = &mut self.seqs[usize::from(shard)];
        *seq += 1;
        let row = CommandRow {
            seq: *seq,
            id: Uuid([5; 16]),
            json,
        };
        self.node
            .command(1, shard, row, self.now)
            .expect("in order");
    }

    /// Makes everything durable; what leaves.
    pub(crate) fn commit(&mut self) -> Vec<Released> {
        let mut all = Vec::new();
        while let Some(batch) = self.node.take_batch() {
            if self.rows.len() < 200 {
                self.rows.extend(rows_of(&batch));
            }
            all.push(
                self.node
                    .release(batch.number, self.now)
                    .expect("it is out"),
            );
        }
        all
    }

    /// The first journal rows: (shard, seq, payload).
    pub(crate) fn rows(&self) -> &[(u16, u64, Vec<u8>)] {
        &self.rows
    }
}

fn activation() -> String {
    format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#)
}

/// The commands that make a line.
pub(crate) fn line(index: u8) -> [String; 3] {
    let (id, msisdn) = (account(index), msisdn(index));
    [
        format!(
            r#"{{"type":"open_account","tenant":"{TENANT}","account":"{id}","currency":"EUR","overrun":"absorb"}}"#
        ),
        format!(
            r#"{{"type":"open_line","tenant":"{TENANT}","account":"{id}","line":"{id}","product":"basic","msisdn":"{msisdn}","imsi":"21901{index:010}","status":"active"}}"#
        ),
        format!(
            r#"{{"type":"adjust_balance","tenant":"{TENANT}","account":"{id}","amount":1000000000,"reason":"top_up","reference":"{id}"}}"#
        ),
    ]
}

/// The rows of a batch's PostgreSQL arrays.
fn rows_of(batch: &Batch) -> Vec<(u16, u64, Vec<u8>)> {
    let number = |octets: &[u8]| {
        octets
            .iter()
            .fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet))
    };
    let elements = |mut rest: &[u8]| {
        let mut found = Vec::new();
        rest = rest.get(20..).unwrap_or_default();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let (element, next) = after.split_at(u32::from_be_bytes(*length) as usize);
            found.push(element.to_vec());
            rest = next;
        }
        found
    };
    let (shards, seqs) = (elements(&batch.shards), elements(&batch.seqs));
    let rows = shards.iter().zip(&seqs).zip(elements(&batch.payloads));
    rows.map(|((shard, seq), payload)| (number(shard) as u16, number(seq), payload))
        .collect()
}
