//! Re-Auth- and Abort-Session-Requests as a client reads them, and their answers.

use openmvno_diameter::codec::{FLAG_ERROR, FLAG_PROXIABLE, FLAG_REQUEST, FLAG_RETRANSMITTED};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::session_request::{SessionAnswer, SessionCommand, SessionRequest};
use openmvno_diameter::{Header, MessageWriter, PeerAction, PeerSettings};

use crate::support::{identity, list, message, open_peer};

fn request(command: SessionCommand, retransmitted: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let length = SessionRequest {
        command,
        session_id: "gateway;1;2",
        destination_host: "gateway.visited.org",
        destination_realm: "visited.org",
        hop_by_hop: 7,
        end_to_end: 9,
        retransmitted,
    }
    .write(&identity(), &mut out);
    assert_eq!(out.len(), length);
    out
}

#[test]
fn they_name_the_session_and_where_its_client_is() {
    for (command, code) in [
        (SessionCommand::ReAuth, 258),
        (SessionCommand::AbortSession, 274),
    ] {
        let bytes = request(command, false);
        let header = Header {
            flags: FLAG_REQUEST | FLAG_PROXIABLE,
            command: code,
            application: 4,
            hop_by_hop: 7,
            end_to_end: 9,
        };
        assert_eq!(message(&bytes).header, header);
        let mut expected = vec![
            (avp::SESSION_ID, b"gateway;1;2".to_vec()),
            (avp::ORIGIN_HOST, b"ocs.example.org".to_vec()),
            (avp::ORIGIN_REALM, b"example.org".to_vec()),
            (avp::DESTINATION_REALM, b"visited.org".to_vec()),
            (avp::DESTINATION_HOST, b"gateway.visited.org".to_vec()),
            (avp::AUTH_APPLICATION_ID, 4_u32.to_be_bytes().to_vec()),
        ];
        if command == SessionCommand::ReAuth {
            // AUTHORIZE_ONLY
            expected.push((avp::RE_AUTH_REQUEST_TYPE, 0_u32.to_be_bytes().to_vec()));
        }
        let state = 1_700_000_000_u32.to_be_bytes().to_vec();
        expected.push((avp::ORIGIN_STATE_ID, state));
        assert_eq!(list(&bytes[20..]), expected);
    }
    let again = request(SessionCommand::ReAuth, true);
    let flags = message(&again).header.flags;
    assert_eq!(flags & FLAG_RETRANSMITTED, FLAG_RETRANSMITTED);
}

fn answer(command: u32, result: Option<u32>) -> Vec<u8> {
    let header = Header {
        flags: FLAG_ERROR,
        command,
        application: 4,
        hop_by_hop: 7,
        end_to_end: 9,
    };
    let mut out = Vec::new();
    let mut writer = MessageWriter::begin(&mut out, &header);
    writer.utf8(avp::SESSION_ID, "gateway;1;2");
    if let Some(result) = result {
        writer.u32(avp::RESULT_CODE, result);
    }
    writer.finish();
    out
}

#[test]
fn of_an_answer_its_result_counts() {
    let bytes = answer(258, Some(3002));
    let expected = SessionAnswer {
        hop_by_hop: 7,
        result_code: 3002,
    };
    assert_eq!(SessionAnswer::parse(&message(&bytes)), Some(expected));
    assert_eq!(SessionAnswer::parse(&message(&answer(258, None))), None);
}

#[test]
fn a_connection_hands_the_answers_to_its_caller() {
    let mut peer = open_peer(PeerSettings::default());
    for command in [258, 274] {
        let mut out = Vec::new();
        let bytes = answer(command, Some(2001));
        let action = peer.on_message(2_000, &message(&bytes), &mut out);
        assert_eq!((action, out), (PeerAction::SessionAnswer, Vec::new()));
    }
}
