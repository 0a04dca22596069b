//! Whatever arrives: no panic, and what is read is inside the datagram.

use crate::support::{NOW, SECRET, client, source};
use openmvno_radius::authenticator::{check_signature, is_request_authentic};
use openmvno_radius::{
    AcctStatus, Authorisations, Clients, Door, Packet, Port, Usage, Writer, credentials,
};
use proptest::prelude::*;

/// Octets that look like a packet often enough to get past the header.
fn nearly_packets() -> impl Strategy<Value = Vec<u8>> {
    let attribute = (
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..40),
        -2i16..3,
    )
        .prop_map(|(code, value, error)| {
            let size = value.len() as i16 + 2 + if error.abs() == 2 { error } else { 0 };
            let mut bytes = vec![code, size.clamp(0, 255) as u8];
            bytes.extend(value);
            bytes
        });
    let vendor =
        (any::<u32>(), prop::collection::vec(any::<u8>(), 0..30)).prop_map(|(vendor, value)| {
            let mut bytes = vec![26, value.len() as u8 + 6];
            bytes.extend(vendor.to_be_bytes());
            bytes.extend(value);
            bytes
        });
    let attributes = prop::collection::vec(prop_oneof![3 => attribute, 1 => vendor], 0..12);
    (any::<[u8; 18]>(), attributes, -3i32..3).prop_map(|(head, attributes, error)| {
        let mut bytes = vec![head[16] % 50, head[17], 0, 0];
        bytes.extend(&head[..16]);
        bytes.extend(attributes.into_iter().flatten());
        let length = (bytes.len() as i32 + if error == -3 { error } else { 0 }).max(0);
        bytes[2..4].copy_from_slice(&(length as u16).to_be_bytes());
        bytes
    })
}

fn read_everything(bytes: &[u8]) {
    let Ok(packet) = Packet::parse(bytes) else {
        return;
    };
    let mut octets = 20;
    for attribute in packet.attributes() {
        let end = attribute.at + attribute.value.len();
        assert_eq!(attribute.value, &packet.bytes()[attribute.at..end]);
        octets += attribute.value.len();
    }
    assert!(octets <= packet.bytes().len());
    let _ = check_signature(&packet, SECRET);
    let _ = is_request_authentic(&packet, SECRET);
    let _ = credentials(&packet, SECRET).prove(b"password");
    let _ = (AcctStatus::of(&packet), Usage::of(&packet));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn noise(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        read_everything(&bytes);
    }

    #[test]
    fn nearly(bytes in nearly_packets()) {
        read_everything(&bytes);
    }

    #[test]
    fn the_door_and_the_sender_survive(bytes in nearly_packets(), accounting: bool) {
        let mut door = Door::default();
        door.set_clients([client("a", "192.0.2.0/24")].into_iter().collect::<Clients>());
        let port = if accounting { Port::Accounting } else { Port::Authentication };
        let _ = door.receive(port, source(), &bytes, NOW);
        let _ = Authorisations::default().receive(source(), &bytes);
    }

    #[test]
    fn what_is_written_is_read(values in prop::collection::vec((1u8..=255, prop::collection::vec(any::<u8>(), 0..=253)), 0..10)) {
        let mut list = openmvno_radius::AttributeList::default();
        for (code, value) in &values {
            let id = openmvno_radius::attributes::AttributeId { vendor: 0, code: *code };
            list.octets(id, value);
        }
        let mut writer = Writer::new(openmvno_radius::Code(4), 1);
        writer.attributes(list.as_bytes());
        let (bytes, _) = writer.request(SECRET);
        let packet = Packet::parse(&bytes).expect("our own packet");
        prop_assert!(is_request_authentic(&packet, SECRET));
        prop_assert_eq!(packet.bytes().len(), 20 + list.as_bytes().len());
        let plain: Vec<_> = values.iter().filter(|(code, _)| *code != 26).collect();
        let read: Vec<_> = packet.attributes().filter(|one| one.id.vendor == 0 && one.id.code != 26).collect();
        prop_assert_eq!(plain.len(), read.len());
        for ((code, value), one) in plain.into_iter().zip(read) {
            prop_assert_eq!((*code, value.as_slice()), (one.id.code, one.value));
        }
    }
}
