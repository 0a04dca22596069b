//! What the door admits, drops, answers and remembers.

use crate::support::{NOW, SECRET, access, accounting, client, list, source};
use openmvno_radius::attributes as attribute;
use openmvno_radius::authenticator::is_reply_authentic;
use openmvno_radius::{Client, Clients, Code, Discard, Door, Packet, Port, Received, Reply};
use std::net::SocketAddr;

fn door() -> Door {
    door_of([client("wifi", "192.0.2.0/24")])
}

fn door_of<const N: usize>(clients: [Client; N]) -> Door {
    let mut door = Door::default();
    door.set_clients(clients.into_iter().collect::<Clients>());
    door
}

fn discarded(received: Received<'_>) -> Discard {
    match received {
        Received::Nothing(discard) => discard,
        other => panic!("not dropped: {other:?}"),
    }
}

fn accept() -> Reply {
    Reply {
        code: Code::ACCESS_ACCEPT,
        attributes: list(&[(attribute::CLASS, b"c")]),
    }
}

#[test]
fn an_unknown_client_is_dropped() {
    let request = access(Code::ACCESS_REQUEST, 1, &[], true);
    let stranger: SocketAddr = "198.51.100.1:1".parse().expect("an address");
    let received = door().receive(Port::Authentication, stranger, &request, NOW);
    assert_eq!(discarded(received), Discard::UnknownClient);
}

#[test]
fn the_narrowest_block_names_the_client() {
    let mut door = door_of([
        client("all", "0.0.0.0/0"),
        client("site", "192.0.2.0/24"),
        client("one", "192.0.2.7"),
        client("six", "2001:db8::/32"),
    ]);
    for (address, name) in [
        ("192.0.2.7:1", "one"),
        ("192.0.2.8:1", "site"),
        ("10.0.0.1:1", "all"),
        ("[2001:db8::9]:1", "six"),
        ("[::ffff:192.0.2.7]:1", "one"),
    ] {
        let source = address.parse().expect("an address");
        let request = access(Code::ACCESS_REQUEST, 1, &[], true);
        match door.receive(Port::Authentication, source, &request, NOW) {
            Received::Request(exchange, _) => {
                let client = door.client(exchange.client()).expect("a client");
                assert_eq!(&*client.name, name);
            }
            other => panic!("{address}: {other:?}"),
        }
    }
    assert!(
        "192.0.2.0/33"
            .parse::<openmvno_radius::AddressRange>()
            .is_err()
    );
    assert!("192.0.2".parse::<openmvno_radius::AddressRange>().is_err());
}

#[test]
fn an_unsigned_access_request_is_dropped_unless_the_client_may() {
    let request = access(Code::ACCESS_REQUEST, 1, &[], false);
    let received = door().receive(Port::Authentication, source(), &request, NOW);
    assert_eq!(discarded(received), Discard::Unsigned);
    let mut lenient = door_of([Client {
        must_sign: false,
        ..client("old", "192.0.2.0/24")
    }]);
    let received = lenient.receive(Port::Authentication, source(), &request, NOW);
    assert!(matches!(received, Received::Request(..)));
}

#[test]
fn a_wrong_signature_is_dropped_even_where_none_is_needed() {
    let mut request = access(Code::ACCESS_REQUEST, 1, &[], true);
    request[30] ^= 1;
    let mut lenient = door_of([Client {
        must_sign: false,
        ..client("old", "192.0.2.0/24")
    }]);
    let received = lenient.receive(Port::Authentication, source(), &request, NOW);
    assert_eq!(discarded(received), Discard::WrongSignature);
}

#[test]
fn accounting_with_another_secret_is_dropped() {
    let mut request = accounting(1, &[(attribute::ACCT_SESSION_ID, b"a")]);
    request[10] ^= 1;
    let received = door().receive(Port::Accounting, source(), &request, NOW);
    assert_eq!(discarded(received), Discard::WrongAuthenticator);
}

#[test]
fn each_port_has_its_requests() {
    let auth = access(Code::ACCESS_REQUEST, 1, &[], true);
    let acct = accounting(1, &[]);
    let received = door().receive(Port::Accounting, source(), &auth, NOW);
    assert_eq!(discarded(received), Discard::UnexpectedCode);
    let received = door().receive(Port::Authentication, source(), &acct, NOW);
    assert_eq!(discarded(received), Discard::UnexpectedCode);
}

#[test]
fn a_reply_is_signed_first_and_echoes_proxy_states_in_order() {
    let mut door = door();
    let request = access(
        Code::ACCESS_REQUEST,
        9,
        &[
            (attribute::PROXY_STATE, b"one"),
            (attribute::USER_NAME, b"nemo"),
            (attribute::PROXY_STATE, b"two"),
        ],
        true,
    );
    let Received::Request(exchange, packet) =
        door.receive(Port::Authentication, source(), &request, NOW)
    else {
        panic!("dropped");
    };
    assert_eq!(packet.text(attribute::USER_NAME), Some("nemo"));
    let reply = door.answer(&exchange, &accept(), NOW);
    let reply = Packet::parse(&reply).expect("a packet");
    assert_eq!((reply.code(), reply.identifier()), (Code::ACCESS_ACCEPT, 9));
    assert!(is_reply_authentic(&reply, packet.authenticator(), SECRET));
    let order: Vec<_> = reply.attributes().map(|one| (one.id, one.value)).collect();
    assert_eq!(order[0].0, attribute::MESSAGE_AUTHENTICATOR);
    assert_eq!(order[1], (attribute::CLASS, &b"c"[..]));
    assert_eq!(order[2], (attribute::PROXY_STATE, &b"one"[..]));
    assert_eq!(order[3], (attribute::PROXY_STATE, &b"two"[..]));
}

#[test]
fn a_retransmission_waits_and_then_gets_the_same_answer() {
    let mut door = door();
    let request = access(Code::ACCESS_REQUEST, 1, &[], true);
    let Received::Request(exchange, _) =
        door.receive(Port::Authentication, source(), &request, NOW)
    else {
        panic!("dropped");
    };
    let again = door.receive(Port::Authentication, source(), &request, NOW + 1);
    assert_eq!(discarded(again), Discard::InProgress);
    let reply = door.answer(&exchange, &accept(), NOW + 2);
    assert_eq!(door.waiting(), 0);
    match door.receive(Port::Authentication, source(), &request, NOW + 10_000) {
        Received::Answer(bytes) => assert_eq!(bytes, reply),
        other => panic!("{other:?}"),
    }
    // Another port of the same address is another client program.
    let elsewhere: SocketAddr = "192.0.2.7:40001".parse().expect("an address");
    let other = door.receive(Port::Authentication, elsewhere, &request, NOW + 3);
    assert!(matches!(other, Received::Request(..)));
    // After the window the content has to tell.
    let late = door.receive(Port::Authentication, source(), &request, NOW + 20_000);
    assert!(matches!(late, Received::Request(..)));
}

#[test]
fn an_abandoned_request_is_served_anew() {
    let mut door = door();
    let request = accounting(1, &[(attribute::ACCT_SESSION_ID, b"a")]);
    let Received::Request(exchange, _) = door.receive(Port::Accounting, source(), &request, NOW)
    else {
        panic!("dropped");
    };
    door.abandon(&exchange);
    let again = door.receive(Port::Accounting, source(), &request, NOW + 1);
    assert!(matches!(again, Received::Request(..)));
}

#[test]
fn requests_in_service_are_bounded() {
    let mut door = door();
    let mut dropped = None;
    for number in 0..30_000u32 {
        let id = number.to_be_bytes();
        let request = accounting(1, &[(attribute::ACCT_SESSION_ID, &id)]);
        if let Received::Nothing(discard) = door.receive(Port::Accounting, source(), &request, NOW)
        {
            dropped = Some((number, discard));
            break;
        }
    }
    assert_eq!(dropped, Some((20_000, Discard::Full)));
}

#[test]
fn status_server_is_answered_on_both_ports() {
    let mut door = door();
    let request = access(Code::STATUS_SERVER, 4, &[], true);
    for (port, code) in [
        (Port::Authentication, Code::ACCESS_ACCEPT),
        (Port::Accounting, Code::ACCOUNTING_RESPONSE),
    ] {
        let Received::Answer(reply) = door.receive(port, source(), &request, NOW) else {
            panic!("no answer");
        };
        assert_eq!(Packet::parse(&reply).expect("a packet").code(), code);
    }
    let unsigned = access(Code::STATUS_SERVER, 5, &[], false);
    let received = door.receive(Port::Accounting, source(), &unsigned, NOW);
    assert_eq!(discarded(received), Discard::Unsigned);
}
