//! What one Credit-Control-Request costs a node: bytes in, journal row and answer out, no socket
//! and no database. `cargo run --release -p openmvno-node --example charge_speed`

#![allow(missing_docs, clippy::print_stdout, clippy::float_arithmetic)]

use openmvno_charging::{CommandRow, Uuid, shard_of};
use openmvno_diameter::client::{
    ClientIdentity, ClientRequest, ClientService, Identifiers, ServiceDetail, write_capabilities,
};
use openmvno_diameter::credit_control::{RequestType, Units};
use openmvno_node::{EngineConfig, Node, Transport};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

const NOW: i64 = 1_700_000_000_000;
const SHARDS: u16 = 8;
const SUBSCRIBERS: u64 = 100_000;
const CONNECTIONS: usize = 16;
const OUTSTANDING: usize = 64;
const TENANT: Uuid = Uuid([1; 16]);
const CATALOG: &[u8] = br#"{
  "currency": "EUR",
  "services": [{"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
     "grant": {"default": 1000, "maximum": 1000000000, "validity_time": 600}}],
  "rate_tables": [{"code": "data", "service": "data", "rates": [
      {"default": true, "name": "web", "price": "0.05", "per": 1048576}]}],
  "products": [{"code": "basic", "name": "Basic", "rate_tables": ["data"]}]
}"#;

fn node() -> Node {
    let config = format!(
        r#"{{"shards": {SHARDS}, "owner": 7, "origin_host": "ocs.example", "origin_realm": "example"}}"#
    );
    let node = Node::new(EngineConfig::from_json(&config).expect("valid"));
    node.load_catalog(TENANT, 1, CATALOG).expect("compiles");
    let shards: Vec<u16> = (0..SHARDS).collect();
    node.begin(&shards, NOW).expect("its shards");
    let mut seqs = [0u64; SHARDS as usize];
    let mut command = |shard: u16, json: &str| {
        let seq = &mut seqs[usize::from(shard)];
        *seq += 1;
        let row = CommandRow {
            seq: *seq,
            id: TENANT,
            json,
        };
        node.command(1, shard, row, NOW).expect("in order");
    };
    for shard in 0..SHARDS {
        command(
            shard,
            &format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#),
        );
    }
    for index in 0..SUBSCRIBERS {
        let id = Uuid::time_ordered(NOW, 0, index);
        let shard = shard_of(TENANT, id, SHARDS);
        command(
            shard,
            &format!(
                r#"{{"type":"open_account","tenant":"{TENANT}","account":"{id}","currency":"EUR","overrun":"absorb"}}"#
            ),
        );
        command(
            shard,
            &format!(
                r#"{{"type":"open_line","tenant":"{TENANT}","account":"{id}","line":"{id}","product":"basic",
               "msisdn":"{}","imsi":"{}","status":"active"}}"#,
                999_000_000_000 + index,
                999_700_000_000_000 + index
            ),
        );
        command(
            shard,
            &format!(
                r#"{{"type":"adjust_balance","tenant":"{TENANT}","account":"{id}","amount":1000000000,"reason":"top_up","reference":"{id}"}}"#
            ),
        );
    }
    drain(&node);
    node
}

fn drain(node: &Node) -> usize {
    let mut bytes = 0;
    while let Some(batch) = node.take_batch() {
        bytes += batch.payloads.len();
        node.release(batch.number, NOW).expect("the batch is out");
    }
    bytes
}

fn identity(host: &str) -> ClientIdentity {
    ClientIdentity {
        origin_host: host.into(),
        origin_realm: "example".into(),
        origin_state_id: None,
        host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination_realm: "example".into(),
        destination_host: None,
    }
}

fn request(identity: &ClientIdentity, session: u64, step: u32, out: &mut Vec<u8>) {
    let subscriber = session.wrapping_mul(0x9e37_79b9) % SUBSCRIBERS;
    let id = format!("gw.example;1700000000;{session};app_gy");
    let msisdn = (999_000_000_000 + subscriber).to_string();
    let imsi = (999_700_000_000_000 + subscriber).to_string();
    let units = Units {
        total_octets: Some(1_000_000),
        ..Units::default()
    };
    let used = [Units {
        input_octets: Some(400_000),
        output_octets: Some(500_000),
        ..Units::default()
    }];
    let (kind, asks, reports) = match step {
        0 => (RequestType::Initial, true, false),
        4 => (RequestType::Termination, false, true),
        _ => (RequestType::Update, true, true),
    };
    let service = ClientService {
        rating_group: Some(10),
        requested: asks.then_some(units),
        used: if reports { &used } else { &[] },
        ..ClientService::default()
    };
    let services = [service];
    let ccr = ClientRequest {
        e164: Some(&msisdn),
        imsi: Some(&imsi),
        event_timestamp: Some(NOW / 1_000),
        multiple_services_indicator: Some(true),
        services: &services,
        detail: ServiceDetail::Ps {
            access_point_name: "internet",
            sgsn_mcc_mnc: "21901",
        },
        ..ClientRequest::new(&id, "32251@3gpp.org", kind, step)
    };
    ccr.write(identity, Identifiers::both(step), out);
}

fn transport() -> Transport {
    Transport {
        remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
        local: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate_names: None,
    }
}

fn main() {
    let node = node();
    let identity = identity("gw.example");
    let connections: Vec<u32> = (0..CONNECTIONS)
        .map(|_| {
            let (id, _) = node.connect(transport(), NOW);
            let mut cer = Vec::new();
            write_capabilities(&mut cer, &identity, Identifiers::both(1), &[4]);
            node.feed(id, &cer, NOW);
            id
        })
        .collect();
    let rounds = std::env::args()
        .nth(1)
        .and_then(|n| n.parse().ok())
        .unwrap_or(200u64);
    let per_round = (CONNECTIONS * OUTSTANDING) as u64;
    let mut spent = std::time::Duration::ZERO;
    let (mut requests, mut journal) = (0u64, 0usize);
    for round in 0..rounds {
        for step in 0..5 {
            let buffers: Vec<Vec<u8>> = (0..CONNECTIONS as u64)
                .map(|connection| {
                    let first = round * per_round + connection * OUTSTANDING as u64;
                    let mut buffer = Vec::new();
                    for session in first..first + OUTSTANDING as u64 {
                        request(&identity, session, step, &mut buffer);
                    }
                    buffer
                })
                .collect();
            let start = Instant::now();
            for (connection, buffer) in connections.iter().zip(&buffers) {
                node.feed(*connection, buffer, NOW);
            }
            journal += drain(&node);
            spent += start.elapsed();
            requests += per_round;
        }
    }
    println!("{requests} requests");
    println!(
        "{:>8.0} ns a request",
        spent.as_nanos() as f64 / requests as f64
    );
    println!(
        "{:>8.0} journal octets a request",
        journal as f64 / requests as f64
    );
}
