//! A client, written from the RFCs with a digest of its own.

use md5::{Digest, Md5};
use openmvno_radius::attributes::{AttributeId, MESSAGE_AUTHENTICATOR, USER_PASSWORD};
use openmvno_radius::authenticator::message_authenticator;
use openmvno_radius::{AttributeList, Client, Code, Writer};
use std::net::SocketAddr;

pub(crate) const SECRET: &[u8] = b"testing123";
pub(crate) const NOW: i64 = 1_700_000_000_000;

pub(crate) fn source() -> SocketAddr {
    "192.0.2.7:40000".parse().expect("an address")
}

pub(crate) fn client(name: &str, network: &str) -> Client {
    Client {
        name: name.into(),
        network: network.parse().expect("a network"),
        secret: SECRET.into(),
        must_sign: true,
    }
}

pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut digest = Md5::new();
    for part in parts {
        digest.update(part);
    }
    digest.finalize().into()
}

pub(crate) fn list(attributes: &[(AttributeId, &[u8])]) -> AttributeList {
    let mut list = AttributeList::default();
    for (id, value) in attributes {
        list.octets(*id, value);
    }
    list
}

/// User-Password hidden (RFC 2865 §5.2).
pub(crate) fn hide(password: &[u8], authenticator: &[u8; 16]) -> Vec<u8> {
    let mut padded = password.to_vec();
    padded.resize(password.len().max(1).next_multiple_of(16), 0);
    let mut hidden: Vec<u8> = Vec::new();
    let mut before = authenticator.to_vec();
    for block in padded.chunks_exact(16) {
        let mask = md5(&[SECRET, &before]);
        before = block.iter().zip(mask).map(|(one, two)| one ^ two).collect();
        hidden.extend_from_slice(&before);
    }
    hidden
}

/// An Access-Request or Status-Server: its authenticator is random.
pub(crate) fn access(
    code: Code,
    identifier: u8,
    attributes: &[(AttributeId, &[u8])],
    signed: bool,
) -> Vec<u8> {
    let authenticator: [u8; 16] = md5(&[b"random", &[identifier]]);
    let mut packet = vec![code.0, identifier, 0, 0];
    packet.extend_from_slice(&authenticator);
    if signed {
        packet.extend_from_slice(list(&[(MESSAGE_AUTHENTICATOR, &[0; 16])]).as_bytes());
    }
    for (id, value) in attributes {
        let hidden = hide(value, &authenticator);
        let value = if *id == USER_PASSWORD {
            &hidden
        } else {
            *value
        };
        packet.extend_from_slice(list(&[(*id, value)]).as_bytes());
    }
    let length = u16::try_from(packet.len()).expect("short");
    packet[2..4].copy_from_slice(&length.to_be_bytes());
    if signed {
        let signature = message_authenticator(&packet, &authenticator, 22, SECRET);
        packet[22..38].copy_from_slice(&signature);
    }
    packet
}

pub(crate) fn accounting(identifier: u8, attributes: &[(AttributeId, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, identifier);
    writer.attributes(list(attributes).as_bytes());
    writer.request(SECRET).0
}
