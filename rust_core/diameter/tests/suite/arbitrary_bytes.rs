//! Octets nobody should send: never a panic, and every request is answered with a Result-Code or the
//! connection closes. `FUZZ_CASES` sets the number of cases.

use std::sync::LazyLock;

use openmvno_diameter::credit_control::{UserLocation, address_string, e164_address};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::peer::ServedRealms;
use openmvno_diameter::session_request::SessionAnswer;
use openmvno_diameter::{Message, PeerSettings, next_frame};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{all_captured, ccr, new_peer, open_peer, serve};

const DEFAULT_CASES: u32 = 4_000;

pub(crate) fn configuration() -> ProptestConfig {
    let cases = std::env::var("FUZZ_CASES").map_or(DEFAULT_CASES, |text| {
        text.parse().expect("FUZZ_CASES is a number of cases")
    });
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Valid frames to start from: everything captured, and requests with rarer AVPs.
static FRAMES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let captured = ["open5gs_smf", "freediameter_relay"]
        .into_iter()
        .flat_map(all_captured)
        .map(|(_, frame)| frame);
    captured.chain([call(), event()]).collect()
});

fn call() -> Vec<u8> {
    ccr(&[], |writer| {
        writer.group(avp::SERVICE_INFORMATION, |service| {
            service.group(avp::IMS_INFORMATION, |ims| {
                ims.u32(avp::ROLE_OF_NODE, 0);
                ims.utf8(avp::CALLED_PARTY_ADDRESS, "tel:+38591123");
                ims.utf8(avp::CALLING_PARTY_ADDRESS, "sip:a@example.org");
            });
            service.group(avp::SMS_INFORMATION, |sms| {
                sms.group(avp::RECIPIENT_INFO, |info| {
                    info.group(avp::RECIPIENT_ADDRESS, |address| {
                        address.u32(avp::ADDRESS_TYPE, 1);
                        address.utf8(avp::ADDRESS_DATA, "38591");
                    });
                });
            });
        });
        writer.group(avp::PROXY_INFO, |proxy| {
            proxy.utf8(avp::PROXY_HOST, "agent.example.org");
            proxy.octets(avp::PROXY_STATE, b"abc");
        });
    })
}

fn event() -> Vec<u8> {
    ccr(&[], |writer| {
        writer.u32(avp::REQUESTED_ACTION, 1);
        writer.octets(avp::REFUND_INFORMATION, b"debit-1");
        writer.group(avp::REQUESTED_SERVICE_UNIT, |units| {
            units.group(avp::CC_MONEY, |money| {
                money.group(avp::UNIT_VALUE, |value| {
                    value.i64(avp::VALUE_DIGITS, 150);
                    value.i32(avp::EXPONENT, -2);
                });
                money.u32(avp::CURRENCY_CODE, 978);
            });
        });
    })
}

fn settings() -> PeerSettings {
    PeerSettings {
        realms: ServedRealms::Any,
        ..PeerSettings::default()
    }
}

/// Serves `stream` and checks that every request got its answer, in order, unless the connection
/// was closed after the answers so far.
fn check(stream: &[u8], opened: bool) -> Result<(), TestCaseError> {
    let mut peer = if opened {
        open_peer(settings())
    } else {
        new_peer(settings())
    };
    let served = serve(&mut peer, stream);
    let mut asked = served.requests.iter();
    let mut out = &served.out[..];
    while !out.is_empty() {
        let length = next_frame(out, usize::MAX).expect("we write frames");
        let (frame, rest) = out.split_at(length.expect("whole frames"));
        out = rest;
        let message = Message::parse(frame).expect("we write messages");
        let code = result_code(&message)?;
        if let Some(request) = asked.next() {
            prop_assert_eq!(message.header.hop_by_hop, request.hop_by_hop);
            prop_assert_eq!(message.header.end_to_end, request.end_to_end);
            prop_assert_eq!(message.header.command, request.command);
        } else {
            // The answer to a header whose frame cannot be cut out.
            prop_assert!(served.closed && matches!(code, 5011 | 5015));
        }
        prop_assert_eq!(message.header.is_error(), (3000..4000).contains(&code));
        prop_assert!((2001..6000).contains(&code));
    }
    // Only the request that closes a connection may stay without an answer.
    prop_assert!(asked.count() <= usize::from(served.closed));
    // What is left unread is less than a frame, or behind the end of the connection.
    if !served.closed {
        prop_assert_eq!(
            next_frame(&stream[stream.len() - served.left..], 65_536),
            Ok(None)
        );
    }
    Ok(())
}

/// Result-Code of an answer whose every AVP has to be readable; texts may be the request's own.
fn result_code(message: &Message<'_>) -> Result<u32, TestCaseError> {
    prop_assert!(!message.header.is_request());
    let mut code = None;
    for item in message.avps() {
        let inner = item.map_err(|_| TestCaseError::fail("an AVP of ours is broken"))?;
        if inner.id == avp::RESULT_CODE {
            prop_assert!(code.is_none());
            code = inner.u32().ok();
        }
    }
    code.ok_or_else(|| TestCaseError::fail("no Result-Code"))
}

/// One change to a valid frame.
#[derive(Clone, Debug)]
enum Change {
    Octet(Index, u8),
    Bit(Index, u8),
    Remove(Index, Index),
    Repeat(Index, Index),
    Cut(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let index = || any::<Index>();
    prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, octet)| Change::Octet(at, octet)),
        4 => (index(), 0..8_u8).prop_map(|(at, bit)| Change::Bit(at, bit)),
        1 => (index(), index()).prop_map(|(from, to)| Change::Remove(from, to)),
        1 => (index(), index()).prop_map(|(from, to)| Change::Repeat(from, to)),
        1 => index().prop_map(Change::Cut),
    ]
}

fn apply(frame: &mut Vec<u8>, change: &Change) {
    if frame.is_empty() {
        return;
    }
    let length = frame.len();
    let span = |from: &Index, to: &Index| {
        let (a, b) = (from.index(length) & !3, to.index(length) & !3);
        a.min(b)..a.max(b)
    };
    match change {
        Change::Octet(at, octet) => frame[at.index(length)] = *octet,
        Change::Bit(at, bit) => frame[at.index(length)] ^= 1 << bit,
        Change::Remove(from, to) => drop(frame.drain(span(from, to))),
        Change::Repeat(from, to) => {
            let copy = frame[span(from, to)].to_vec();
            frame.extend(copy);
        }
        Change::Cut(at) => frame.truncate(at.index(length)),
    }
}

/// Makes the header's length true again, so that the damage reaches the AVPs.
fn repair(frame: &mut Vec<u8>) {
    frame.resize(frame.len().next_multiple_of(4).max(20), 0);
    frame[0] = 1;
    let length = u32::try_from(frame.len()).expect("a small frame");
    frame[1..4].copy_from_slice(&length.to_be_bytes()[1..]);
}

proptest! {
    #![proptest_config(configuration())]

    #[test]
    fn arbitrary_octets(stream in vec(any::<u8>(), 0..200), opened in any::<bool>()) {
        check(&stream, opened)?;
    }

    #[test]
    fn arbitrary_avps(
        mut body in vec(any::<u8>(), 0..120),
        command in prop_oneof![
            Just(257_u32), Just(258), Just(272), Just(274), Just(280), Just(282), any::<u32>()
        ],
        flags in any::<u8>(),
        opened in any::<bool>(),
    ) {
        let mut frame = vec![0; 20];
        frame[5..8].copy_from_slice(&command.to_be_bytes()[1..]);
        frame[4] = flags;
        frame[11] = 4;
        frame.append(&mut body);
        repair(&mut frame);
        if let Ok(message) = Message::parse(&frame) {
            let hop_by_hop = SessionAnswer::parse(&message).map(|answer| answer.hop_by_hop);
            prop_assert!(hop_by_hop.is_none_or(|id| id == message.header.hop_by_hop));
        }
        check(&frame, opened)?;
    }

    #[test]
    fn arbitrary_places(octets in vec(any::<u8>(), 0..20)) {
        if let Some(found) = UserLocation::read(&octets) {
            prop_assert!(found.cell.is_empty() || found.cell.starts_with(&found.plmn));
        }
        for digits in [address_string(&octets), e164_address(&octets)].into_iter().flatten() {
            prop_assert!(digits.bytes().all(|byte| byte.is_ascii_digit()));
        }
    }

    #[test]
    fn damaged_messages(
        chosen in vec((any::<Index>(), vec(change(), 0..6), prop::bool::weighted(0.8)), 1..4),
        opened in any::<bool>(),
    ) {
        let mut stream = Vec::new();
        for (index, changes, repaired) in &chosen {
            let mut frame = index.get(&FRAMES).clone();
            for change in changes {
                apply(&mut frame, change);
            }
            if *repaired {
                repair(&mut frame);
            }
            stream.extend(frame);
        }
        check(&stream, opened)?;
    }
}
