//! Disconnect and CoA from our side.

use crate::support::{NOW, SECRET, list, source};
use openmvno_radius::attributes as attribute;
use openmvno_radius::authenticator::{Signature, check_signature, is_request_authentic};
use openmvno_radius::{Answered, Authorisations, Code, Packet, Writer};

fn answer(request: &[u8], code: Code, secret: &[u8]) -> Vec<u8> {
    let request = Packet::parse(request).expect("a packet");
    let mut writer = Writer::new(code, request.identifier()).sign();
    let mut attributes = list(&[]);
    if code == Code::DISCONNECT_NAK {
        attributes.integer(attribute::ERROR_CAUSE, 503);
    }
    writer.attributes(attributes.as_bytes());
    writer.reply(request.authenticator(), secret)
}

#[test]
fn a_disconnect_is_signed_and_ends_with_its_answer() {
    let mut all = Authorisations::default();
    let session = list(&[(attribute::ACCT_SESSION_ID, b"a")]);
    let sent = all
        .send(source(), Code::DISCONNECT_REQUEST, &session, SECRET, NOW)
        .expect("sent");
    let packet = Packet::parse(&sent.datagram).expect("a packet");
    assert_eq!(packet.code(), Code::DISCONNECT_REQUEST);
    assert_eq!(packet.bytes()[20], attribute::MESSAGE_AUTHENTICATOR.code);
    assert!(is_request_authentic(&packet, SECRET));
    assert_eq!(check_signature(&packet, SECRET), Signature::Good);
    let forged = answer(&sent.datagram, Code::DISCONNECT_ACK, b"other");
    assert_eq!(all.receive(source(), &forged), Answered::Unexpected);
    let wrong_kind = answer(&sent.datagram, Code::COA_ACK, SECRET);
    assert_eq!(all.receive(source(), &wrong_kind), Answered::Unexpected);
    let good = answer(&sent.datagram, Code::DISCONNECT_ACK, SECRET);
    let done = Answered::Acknowledged(Code::DISCONNECT_REQUEST);
    assert_eq!(all.receive(source(), &good), done);
    assert_eq!(all.receive(source(), &good), Answered::Unexpected);
    assert_eq!(all.tick(NOW + 60_000), (vec![], 0));
}

#[test]
fn a_refusal_tells_its_cause() {
    let mut all = Authorisations::default();
    let sent = all
        .send(source(), Code::DISCONNECT_REQUEST, &list(&[]), SECRET, NOW)
        .expect("sent");
    let nak = answer(&sent.datagram, Code::DISCONNECT_NAK, SECRET);
    let refused = Answered::Refused(Code::DISCONNECT_REQUEST, 503);
    assert_eq!(all.receive(source(), &nak), refused);
}

#[test]
fn what_is_not_answered_is_sent_again_and_then_given_up() {
    let mut all = Authorisations::default();
    let sent = all
        .send(source(), Code::COA_REQUEST, &list(&[]), SECRET, NOW)
        .expect("sent");
    assert_eq!(all.tick(NOW + 1_999), (vec![], 0));
    for again in 1..4 {
        assert_eq!(all.tick(NOW + again * 2_000), (vec![sent.clone()], 0));
    }
    assert_eq!(all.tick(NOW + 8_000), (vec![], 1));
}

#[test]
fn identifiers_in_use_are_not_used_twice() {
    let mut all = Authorisations::default();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..256 {
        let sent = all
            .send(source(), Code::COA_REQUEST, &list(&[]), SECRET, NOW)
            .expect("sent");
        seen.insert(sent.datagram[1]);
    }
    assert_eq!(seen.len(), 256);
    let full = all.send(source(), Code::COA_REQUEST, &list(&[]), SECRET, NOW);
    assert_eq!(full, None);
}
