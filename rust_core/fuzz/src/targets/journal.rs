//! A journal payload: its records, as people and the materialiser read them.

use openmvno_charging::JournalReader;
use openmvno_node::{describe, expand};

use crate::class::Class;
use crate::engine::Engine;
use crate::messages;
use crate::target::Target;
use openmvno_node::Transport;
use std::net::{IpAddr, Ipv4Addr};

pub(super) struct JournalPayload;

/// An engine in which something happened.
pub(super) fn busy_engine() -> Engine {
    let mut engine = Engine::new();
    let transport = Transport {
        remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
        local: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate_names: None,
    };
    let (id, _) = engine.node.connect(transport, engine.now);
    engine.node.feed(id, &messages::base()[0], engine.now);
    for request in messages::requests() {
        engine.node.feed(id, &request, engine.now);
        engine.commit();
    }
    engine
}

impl Target for JournalPayload {
    fn name(&self) -> &'static str {
        "journal-payload"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let engine = busy_engine();
        engine
            .rows()
            .iter()
            .map(|(_, _, payload)| payload.clone())
            .collect()
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let reader = match JournalReader::new(input) {
            Ok(reader) => reader,
            Err(error) => return Class::of_words(&error.to_string()),
        };
        let records: Result<Vec<_>, _> = reader.collect();
        let kinds = match records {
            Err(error) => return Class::of_words(&error.to_string()),
            Ok(records) => {
                let effects = records.iter().flat_map(|record| &record.effects);
                let mut kinds: Vec<_> = effects.map(std::mem::discriminant).collect();
                kinds.truncate(3);
                kinds
            }
        };
        let shown = describe(input).expect("its records were read");
        let rows = expand([(0, 1, input)]).expect("its records were read");
        Class::of((
            kinds,
            shown.len() > 2,
            rows.cdr_count.min(2),
            rows.event_count.min(2),
        ))
    }
}
