//! Authenticators, signatures, passwords, against digests reckoned here.

use crate::support::{SECRET, access, hide, list, md5};
use openmvno_radius::attributes as attribute;
use openmvno_radius::authenticator::{
    Signature, check_reply_signature, check_signature, is_reply_authentic, is_request_authentic,
};
use openmvno_radius::{Code, Credentials, Packet, Writer, credentials};

#[test]
fn the_reply_of_the_rfc_is_made() {
    // RFC 2865 §7.1: the Access-Accept to the example, octet by octet.
    let request = [
        0x0f, 0x40, 0x3f, 0x94, 0x73, 0x97, 0x80, 0x57, 0xbd, 0x83, 0xd5, 0xcb, 0x98, 0xf4, 0x22,
        0x7a,
    ];
    let mut writer = Writer::new(Code::ACCESS_ACCEPT, 0);
    let service_type = attribute::AttributeId { vendor: 0, code: 6 };
    let login_service = attribute::AttributeId {
        vendor: 0,
        code: 15,
    };
    let login_host = attribute::AttributeId {
        vendor: 0,
        code: 14,
    };
    let attributes: [(_, &[u8]); 3] = [
        (service_type, &[0, 0, 0, 1]),
        (login_service, &[0, 0, 0, 0]),
        (login_host, &[192, 168, 1, 3]),
    ];
    writer.attributes(list(&attributes).as_bytes());
    let reply = writer.reply(&request, b"xyzzy5461");
    let expected = [
        0x02, 0x00, 0x00, 0x26, 0x86, 0xfe, 0x22, 0x0e, 0x76, 0x24, 0xba, 0x2a, 0x10, 0x05, 0xf6,
        0xbf, 0x9b, 0x55, 0xe0, 0xb2,
    ];
    assert_eq!(reply[..20], expected);
}

#[test]
fn a_signed_reply_is_checked_by_whoever_knows_the_secret() {
    let request = [9; 16];
    let mut writer = Writer::new(Code::ACCESS_REJECT, 7).sign();
    writer.attributes(list(&[(attribute::REPLY_MESSAGE, b"no")]).as_bytes());
    let reply = writer.reply(&request, SECRET);
    assert_eq!(
        reply[20],
        attribute::MESSAGE_AUTHENTICATOR.code,
        "it comes first"
    );
    let packet = Packet::parse(&reply).expect("a packet");
    assert!(is_reply_authentic(&packet, &request, SECRET));
    assert!(!is_reply_authentic(&packet, &request, b"other"));
    assert!(!is_reply_authentic(&packet, &[8; 16], SECRET));
    assert_eq!(
        check_reply_signature(&packet, &request, SECRET),
        Signature::Good
    );
    assert_eq!(
        check_reply_signature(&packet, &request, b"other"),
        Signature::Bad
    );
}

#[test]
fn any_changed_octet_of_a_signed_request_is_seen() {
    let request = access(
        Code::ACCESS_REQUEST,
        3,
        &[(attribute::USER_NAME, b"nemo")],
        true,
    );
    let packet = Packet::parse(&request).expect("a packet");
    assert_eq!(check_signature(&packet, SECRET), Signature::Good);
    for at in (0..request.len()).filter(|&at| at != 2 && at != 3) {
        let mut changed = request.clone();
        changed[at] ^= 1;
        let Ok(packet) = Packet::parse(&changed) else {
            continue;
        };
        assert_ne!(
            check_signature(&packet, SECRET),
            Signature::Good,
            "octet {at}"
        );
    }
}

#[test]
fn two_signatures_are_none() {
    let signature: (_, &[u8]) = (attribute::MESSAGE_AUTHENTICATOR, &[0; 16]);
    let request = access(Code::ACCESS_REQUEST, 3, &[signature], true);
    let packet = Packet::parse(&request).expect("a packet");
    assert_eq!(check_signature(&packet, SECRET), Signature::Bad);
}

#[test]
fn an_accounting_request_proves_its_content() {
    let mut writer = Writer::new(Code::ACCOUNTING_REQUEST, 5).sign();
    writer.attributes(list(&[(attribute::ACCT_SESSION_ID, b"a")]).as_bytes());
    let (bytes, authenticator) = writer.request(SECRET);
    let packet = Packet::parse(&bytes).expect("a packet");
    assert_eq!(&authenticator, packet.authenticator());
    assert_eq!(
        authenticator,
        md5(&[&bytes[..4], &[0; 16], &bytes[20..], SECRET])
    );
    assert!(is_request_authentic(&packet, SECRET));
    assert!(!is_request_authentic(&packet, b"other"));
    assert_eq!(check_signature(&packet, SECRET), Signature::Good);
}

#[test]
fn passwords_of_every_length_come_back() {
    for length in [1, 15, 16, 17, 31, 32, 100, 128] {
        let password: Vec<u8> = (0..length).map(|index| b'a' + (index % 26) as u8).collect();
        let request = access(
            Code::ACCESS_REQUEST,
            length as u8,
            &[(attribute::USER_PASSWORD, &password)],
            true,
        );
        let packet = Packet::parse(&request).expect("a packet");
        assert_eq!(credentials(&packet, SECRET), Credentials::Pap(password));
    }
    assert_eq!(hide(b"", &[0; 16]).len(), 16);
}

#[test]
fn a_password_of_no_whole_blocks_cannot_be_read() {
    let mut bytes = access(
        Code::ACCESS_REQUEST,
        1,
        &[(attribute::USER_PASSWORD, b"x")],
        false,
    );
    bytes.truncate(37);
    bytes[3] = 37;
    bytes[21] = 17;
    let packet = Packet::parse(&bytes).expect("a packet");
    let found = credentials(&packet, SECRET);
    assert_eq!(found, Credentials::Unreadable);
    assert!(!found.prove(b""));
}

#[test]
fn chap_is_proven_against_the_challenge_or_the_authenticator() {
    let proof = |challenge: &[u8]| {
        let mut value = vec![7];
        value.extend_from_slice(&md5(&[&[7], b"secret", challenge]));
        value
    };
    let named = proof(b"0123456789abcdef0123");
    let own = proof(&md5(&[b"random", &[2]]));
    let with: [(_, &[u8]); 2] = [
        (attribute::CHAP_PASSWORD, &named),
        (attribute::CHAP_CHALLENGE, b"0123456789abcdef0123"),
    ];
    let without: [(_, &[u8]); 1] = [(attribute::CHAP_PASSWORD, &own)];
    for attributes in [&with[..], &without[..]] {
        let request = access(Code::ACCESS_REQUEST, 2, attributes, true);
        let packet = Packet::parse(&request).expect("a packet");
        let found = credentials(&packet, SECRET);
        assert!(found.prove(b"secret"));
        assert!(!found.prove(b"Secret"));
    }
    let short = access(
        Code::ACCESS_REQUEST,
        2,
        &[(attribute::CHAP_PASSWORD, b"abc")],
        true,
    );
    let packet = Packet::parse(&short).expect("a packet");
    assert_eq!(credentials(&packet, SECRET), Credentials::Unreadable);
}

#[test]
fn passwords_are_not_printed() {
    assert_eq!(
        format!("{:?}", Credentials::Pap(b"topsecret".to_vec())),
        "Pap"
    );
}
