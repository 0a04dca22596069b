//! The door of a node that charges: a stream in pieces, what it leads to made durable.

use openmvno_node::Transport;
use std::net::{IpAddr, Ipv4Addr};

use super::peer::{answers, pieces, streams};
use crate::class::Class;
use crate::engine::Engine;
use crate::target::Target;

/// A node is used for so many streams: what they opened makes it larger and slower.
const STREAMS: u32 = 2_000;

#[derive(Default)]
pub(super) struct DiameterDoor {
    engine: Option<Engine>,
    streams: u32,
}

impl Target for DiameterDoor {
    fn name(&self) -> &'static str {
        "diameter-door"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        streams()
    }

    fn run(&mut self, input: &[u8]) -> Class {
        self.streams += 1;
        if self.streams % STREAMS == 0 {
            self.engine = None;
        }
        let engine = self.engine.get_or_insert_with(Engine::new);
        let transport = Transport {
            remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
            local: IpAddr::V4(Ipv4Addr::LOCALHOST),
            certificate_names: None,
        };
        engine.now += 10;
        let (id, _) = engine.node.connect(transport, engine.now);
        let (mut told, mut closed) = (Vec::new(), None);
        for piece in pieces(input) {
            let feed = engine.node.feed(id, piece, engine.now);
            told.extend(answers(&feed.write));
            if feed.close.is_some() {
                closed = feed.close;
                break;
            }
        }
        for (lookup, _) in engine.node.lookups() {
            let nothing = br#"{"found": "nothing"}"#;
            engine
                .node
                .resume(lookup, nothing, engine.now)
                .expect("a finding");
        }
        for released in engine.commit() {
            for (_, octets) in released.writes {
                told.extend(answers(&octets));
            }
        }
        for (_, octets, _) in engine.node.tick(engine.now) {
            answers(&octets);
        }
        engine.node.disconnect(id);
        told.truncate(4);
        Class::of((told, closed.as_deref().map(Class::of_words)))
    }
}
