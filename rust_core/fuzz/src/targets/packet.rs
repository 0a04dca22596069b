//! One RADIUS packet: the codec, authenticators, credentials, counters.

use openmvno_radius::authenticator::{check_signature, is_request_authentic};
use openmvno_radius::{AcctStatus, Authorisations, Packet, Usage, credentials};

use super::gate::{datagrams, repair_packet};
use crate::class::Class;
use crate::target::Target;

pub(super) const SECRET: &[u8] = b"testing123testing123";

pub(super) struct RadiusPacket;

impl Target for RadiusPacket {
    fn name(&self) -> &'static str {
        "radius-packet"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        datagrams()
            .into_iter()
            .map(|(_, datagram)| datagram)
            .collect()
    }

    fn repair(&self, input: &mut Vec<u8>) {
        repair_packet(input);
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let packet = match Packet::parse(input) {
            Ok(packet) => packet,
            Err(malformed) => return Class::of_words(&format!("{malformed:?}").to_lowercase()),
        };
        let mut vendors = 0_u32;
        for attribute in packet.attributes() {
            let end = attribute.at + attribute.value.len();
            assert_eq!(attribute.value, &packet.bytes()[attribute.at..end]);
            vendors += u32::from(attribute.id.vendor != 0);
        }
        // Digests cost more than all else, so not of every packet.
        let signed = if input.first().is_some_and(|code| code % 4 == 0) {
            let _ = is_request_authentic(&packet, SECRET);
            Some(format!("{:?}", check_signature(&packet, SECRET)))
        } else {
            None
        };
        let proved = credentials(&packet, SECRET).prove(b"password");
        let status = AcctStatus::of(&packet).map(AcctStatus::word);
        let usage = Usage::of(&packet);
        let source = "192.0.2.9:3799".parse().expect("an address");
        let _ = Authorisations::default().receive(source, input);
        Class::of((
            packet.code().0.min(50),
            vendors.min(3),
            signed,
            proved,
            status,
            usage.seconds > 0,
            usage.octets > u64::from(u32::MAX),
        ))
    }
}
