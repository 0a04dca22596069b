//! Reading and writing packets.

use crate::support::list;
use openmvno_radius::attributes as attribute;
use openmvno_radius::{AcctStatus, Code, Malformed, Packet, Usage, Writer};

/// The Access-Request of RFC 2865 §7.1.
const RFC_EXAMPLE: [u8; 56] = [
    0x01, 0x00, 0x00, 0x38, 0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57, 0xbd, 0x83, 0xd5, 0xcb,
    0x98, 0xf4, 0x22, 0x7a, 0x01, 0x06, 0x6e, 0x65, 0x6d, 0x6f, 0x02, 0x12, 0x0d, 0xbe, 0x70, 0x8d,
    0x93, 0xd4, 0x13, 0xce, 0x31, 0x96, 0xe4, 0x3f, 0x78, 0x2a, 0x0a, 0xee, 0x04, 0x06, 0xc0, 0xa8,
    0x01, 0x10, 0x05, 0x06, 0x00, 0x00, 0x00, 0x03,
];

#[test]
fn the_example_of_the_rfc_is_read() {
    let packet = Packet::parse(&RFC_EXAMPLE).expect("a packet");
    assert_eq!(
        (packet.code(), packet.identifier()),
        (Code::ACCESS_REQUEST, 0)
    );
    assert_eq!(packet.text(attribute::USER_NAME), Some("nemo"));
    assert_eq!(
        packet.find(attribute::NAS_IP_ADDRESS),
        Some(&[192, 168, 1, 16][..])
    );
    // The secret of the example is "xyzzy5461", the password "arctangent".
    let proof = openmvno_radius::credentials(&packet, b"xyzzy5461");
    assert!(proof.prove(b"arctangent"));
    assert!(!proof.prove(b"arctangen"));
    assert!(!proof.prove(b"arctangent\0"));
}

#[test]
fn padding_beyond_the_length_is_ignored_and_a_cut_packet_is_none() {
    let mut padded = RFC_EXAMPLE.to_vec();
    padded.extend_from_slice(&[0xff; 9]);
    assert_eq!(
        Packet::parse(&padded).expect("a packet").bytes(),
        &RFC_EXAMPLE
    );
    assert_eq!(
        Packet::parse(&RFC_EXAMPLE[..55]).err(),
        Some(Malformed::Short)
    );
    assert_eq!(Packet::parse(&[1, 0, 0]).err(), Some(Malformed::Short));
}

#[test]
fn lengths_that_cannot_be_are_refused() {
    for length in [0u16, 19, 4_097] {
        let mut packet = vec![0; 5_000];
        packet[2..4].copy_from_slice(&length.to_be_bytes());
        assert_eq!(Packet::parse(&packet).err(), Some(Malformed::Length));
    }
    for size in [0, 1, 60] {
        let mut packet = RFC_EXAMPLE;
        packet[21] = size;
        assert_eq!(
            Packet::parse(&packet).err(),
            Some(Malformed::Attribute),
            "{size}"
        );
    }
}

#[test]
fn several_attributes_of_a_vendor_come_one_by_one() {
    // 3GPP-IMSI and 3GPP-RAT-Type in one Vendor-Specific (RFC 2865 §5.26).
    let content = [0, 0, 0x28, 0xaf, 1, 5, b'2', b'1', b'9', 21, 3, 6];
    let mut writer = Writer::new(Code::ACCESS_REQUEST, 1);
    writer.attributes(list(&[(attribute::VENDOR_SPECIFIC, &content)]).as_bytes());
    let (bytes, _) = writer.request(b"s");
    let packet = Packet::parse(&bytes).expect("a packet");
    assert_eq!(packet.text(attribute::TGPP_IMSI), Some("219"));
    assert_eq!(packet.find(attribute::TGPP_RAT_TYPE), Some(&[6][..]));
    assert_eq!(packet.attributes().count(), 2);
}

#[test]
fn a_vendor_attribute_of_another_form_comes_as_it_is() {
    for content in [
        &b"\0\0\x28\xaf"[..],
        b"\0\0\x28\xaf\x01\x00",
        b"\0\0\x28\xaf\x01\x09x",
        b"xy",
    ] {
        let mut writer = Writer::new(Code::ACCESS_REQUEST, 1);
        writer.attributes(list(&[(attribute::VENDOR_SPECIFIC, content)]).as_bytes());
        let (bytes, _) = writer.request(b"s");
        let packet = Packet::parse(&bytes).expect("a packet");
        assert_eq!(packet.find(attribute::VENDOR_SPECIFIC), Some(content));
    }
}

#[test]
fn values_that_do_not_fit_are_left_out_whole() {
    let mut attributes = list(&[(attribute::CLASS, &[7; 253])]);
    attributes.octets(attribute::CLASS, &[7; 254]);
    attributes.octets(attribute::TGPP_IMSI, &[7; 248]);
    assert_eq!(attributes.as_bytes().len(), 255);
    attributes.octets(attribute::TGPP_IMSI, &[7; 247]);
    assert_eq!(attributes.as_bytes().len(), 510);
    let mut writer = Writer::new(Code::ACCESS_ACCEPT, 1);
    // The eighth would pass 4096 octets (RFC 2865 §3).
    for _ in 0..9 {
        writer.attributes(attributes.as_bytes());
    }
    let bytes = writer.reply(&[0; 16], b"s");
    assert_eq!(bytes.len(), 20 + 7 * 510);
    assert!(Packet::parse(&bytes).is_ok());
}

#[test]
fn counters_go_on_beyond_four_gigabytes() {
    let mut attributes = list(&[]);
    attributes.integer(attribute::ACCT_STATUS_TYPE, 3);
    attributes.integer(attribute::ACCT_SESSION_TIME, 65);
    attributes.integer(attribute::ACCT_INPUT_OCTETS, 5);
    attributes.integer(attribute::ACCT_INPUT_GIGAWORDS, 2);
    attributes.integer(attribute::ACCT_OUTPUT_OCTETS, u32::MAX);
    let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, 1);
    writer.attributes(attributes.as_bytes());
    let (bytes, _) = writer.request(b"s");
    let packet = Packet::parse(&bytes).expect("a packet");
    assert_eq!(AcctStatus::of(&packet), Some(AcctStatus::Interim));
    let usage = Usage::of(&packet);
    assert_eq!(usage.seconds, 65);
    assert_eq!(usage.octets, (2 << 32) + 5 + u64::from(u32::MAX));
}

#[test]
fn names_of_the_table_are_unique() {
    for (index, (id, name)) in attribute::TABLE.iter().enumerate() {
        assert_eq!(attribute::name(*id), Some(*name));
        let rest = &attribute::TABLE[index + 1..];
        assert!(rest.iter().all(|(other, text)| other != id && text != name));
    }
}
