//! The RADIUS gate: datagrams of known and unknown clients, and everything an answer needs.

use openmvno_node::{Chain, Gate};
use openmvno_radius::attributes as attribute;
use openmvno_radius::authenticator::message_authenticator;
use openmvno_radius::{AttributeList, Code, Port, Writer};
use std::net::SocketAddr;

use super::packet::SECRET;
use crate::class::Class;
use crate::engine::{NOW, msisdn};
use crate::target::Target;

const CLIENTS: &str = r#"[
  {"name": "voip", "network": "192.0.2.0/24", "secret": "testing123testing123",
   "message_authenticator": false, "trusted": true, "service": "voice", "rating_group": null,
   "called_station": "number", "reserve": "all", "vendor": "mikrotik", "coa_port": 3799,
   "interim_seconds": 60, "idle_seconds": 120}]"#;
/// What the engine may say.
const OUTCOMES: [&str; 4] = [
    r#"{"ok": true, "granted": 60, "unit": "seconds", "validity_time": 600}"#,
    r#"{"error": "session_unknown"}"#,
    r#"{"error": "overloaded"}"#,
    r#"{"error": "request_conflict"}"#,
];
/// A gate is used for so many datagrams.
const DATAGRAMS: u64 = 20_000;

#[derive(Default)]
pub(super) struct RadiusGate {
    gate: Option<Gate>,
    served: u64,
}

fn client() -> SocketAddr {
    "192.0.2.9:5000".parse().expect("an address")
}

fn gate() -> Gate {
    let mut gate = Gate::new("385");
    gate.set_clients(CLIENTS.as_bytes()).expect("clients");
    gate
}

/// Requests of every kind, signed: (to the accounting port, datagram).
pub(super) fn datagrams() -> Vec<(bool, Vec<u8>)> {
    let name = msisdn(1);
    let mut login = AttributeList::default();
    login.octets(attribute::USER_NAME, name.as_bytes());
    login.octets(attribute::CHAP_PASSWORD, &[7; 17]);
    login.octets(attribute::CHAP_CHALLENGE, &[9; 16]);
    login.octets(attribute::CALLED_STATION_ID, b"0990000000");
    let mut all = vec![(false, access(&login, 1))];
    for (status, identifier) in [(1, 2), (3, 3), (2, 4), (7, 5), (8, 6)] {
        let mut report = AttributeList::default();
        report.integer(attribute::ACCT_STATUS_TYPE, status);
        report.octets(attribute::USER_NAME, name.as_bytes());
        report.octets(attribute::ACCT_SESSION_ID, b"session-1");
        report.integer(attribute::ACCT_SESSION_TIME, 65);
        report.integer(attribute::ACCT_INPUT_OCTETS, 1_000_000);
        report.integer(attribute::ACCT_OUTPUT_OCTETS, 4_000_000_000);
        report.integer(attribute::ACCT_OUTPUT_GIGAWORDS, 1);
        report.integer(attribute::ACCT_DELAY_TIME, 3);
        let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, identifier);
        writer.attributes(report.as_bytes());
        all.push((true, writer.request(SECRET).0));
    }
    all
}

fn access(attributes: &AttributeList, identifier: u8) -> Vec<u8> {
    let mut writer = Writer::new(Code::ACCESS_REQUEST, identifier).sign();
    writer.attributes(attributes.as_bytes());
    let (mut octets, _) = writer.request(SECRET);
    octets[4..20].copy_from_slice(&[identifier; 16]);
    sign(&mut octets);
    octets
}

/// Puts a fitting Message-Authenticator where the writer puts it.
fn sign(octets: &mut [u8]) {
    let Some(authenticator) = octets
        .get(4..20)
        .and_then(|part| <[u8; 16]>::try_from(part).ok())
    else {
        return;
    };
    if octets.len() < 38 || octets[20] != 80 || octets[21] != 18 {
        return;
    }
    octets[22..38].fill(0);
    let signature = message_authenticator(octets, &authenticator, 22, SECRET);
    octets[22..38].copy_from_slice(&signature);
}

/// Makes the length true again.
pub(super) fn repair_packet(input: &mut Vec<u8>) {
    input.resize(input.len().clamp(20, 4_096), 0);
    let length = u16::try_from(input.len()).unwrap_or(20);
    input[2..4].copy_from_slice(&length.to_be_bytes());
}

impl Target for RadiusGate {
    fn name(&self) -> &'static str {
        "radius-gate"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let first = |(accounting, datagram): (bool, Vec<u8>)| {
            [&[u8::from(accounting)][..], &datagram].concat()
        };
        datagrams().into_iter().map(first).collect()
    }

    /// The first octet chooses port and outcome; the packet behind it is made authentic, so that
    /// what a known client may do wrong is reached.
    fn repair(&self, input: &mut Vec<u8>) {
        if input.is_empty() {
            return;
        }
        let mut packet = input.split_off(1);
        repair_packet(&mut packet);
        if packet[0] == Code::ACCOUNTING_REQUEST.0 {
            let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, packet[1]);
            writer.attributes(&packet[20..]);
            packet = writer.request(SECRET).0;
        } else {
            sign(&mut packet);
        }
        input.append(&mut packet);
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let Some((&choice, datagram)) = input.split_first() else {
            return Class(0);
        };
        self.served += 1;
        if self.served % DATAGRAMS == 0 {
            self.gate = None;
        }
        let gate = self.gate.get_or_insert_with(gate);
        let now = NOW + i64::try_from(self.served).unwrap_or(0) * 50;
        let port = if choice & 1 == 0 {
            Port::Authentication
        } else {
            Port::Accounting
        };
        gate.receive(port, client(), datagram, now);
        let mut seen = Vec::new();
        for round in 0..8_usize {
            let work = gate.drain();
            let asked = work.requests.len() + work.lookups.len() + work.searches.len();
            seen.push((
                work.sends.len(),
                work.requests.len(),
                work.lookups.len(),
                work.searches.len(),
            ));
            if asked == 0 {
                break;
            }
            for (id, _) in work.requests {
                let outcome = OUTCOMES[(usize::from(choice >> 1) + round) % OUTCOMES.len()];
                gate.outcome(id, outcome.as_bytes(), now);
            }
            for (id, candidates) in work.lookups {
                let line = (!candidates.is_empty()).then(|| (0, b"password".to_vec()));
                gate.found(id, line, now);
            }
            for (id, _) in work.searches {
                let chain = Chain {
                    bases: vec![0, 40],
                    recorded: 65,
                };
                gate.chain(
                    id,
                    if choice & 64 == 0 {
                        chain
                    } else {
                        Chain::default()
                    },
                    now,
                );
            }
        }
        gate.answered(client(), datagram);
        if self.served % 64 == 0 {
            gate.tick(now);
        }
        Class::of(seen)
    }
}
