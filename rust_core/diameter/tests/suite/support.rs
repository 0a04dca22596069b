//! Identities, messages made by hand, and a door that does with bytes what a server does.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use openmvno_diameter::client::{
    ClientAnswer, ClientIdentity, ClientRequest, Identifiers, write_capabilities,
};
use openmvno_diameter::codec::{FLAG_PROXIABLE, FLAG_REQUEST};
use openmvno_diameter::credit_control::RequestType;
use openmvno_diameter::dictionary::{self as avp, AvpId};
use openmvno_diameter::peer::{PeerTable, Transport};
use openmvno_diameter::{
    Acceptor, AnswerContext, Avps, CreditControlAnswer, CreditControlRequest, Header,
    LocalIdentity, Message, MessageWriter, Peer, PeerAction, PeerSettings, next_frame,
};

pub(crate) fn identity() -> Arc<LocalIdentity> {
    Arc::new(LocalIdentity {
        origin_host: "ocs.example.org".to_owned(),
        origin_realm: "example.org".to_owned(),
        product_name: "OpenMVNO".to_owned(),
        vendor_id: 0,
        firmware_revision: Some(1),
        origin_state_id: 1_700_000_000,
        supported_vendors: vec![avp::VENDOR_3GPP],
    })
}

pub(crate) fn client() -> ClientIdentity {
    ClientIdentity {
        origin_host: "gateway.visited.org".to_owned(),
        origin_realm: "visited.org".to_owned(),
        origin_state_id: Some(10),
        host_ip_address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        destination_realm: "example.org".to_owned(),
        destination_host: None,
    }
}

pub(crate) fn new_peer(settings: PeerSettings) -> Peer {
    peer_of(PeerTable::open(), settings, transport("127.0.0.1"))
}

/// A new connection under a peer table.
pub(crate) fn peer_of(table: PeerTable, settings: PeerSettings, transport: Transport) -> Peer {
    let acceptor = Acceptor {
        identity: identity(),
        settings: Arc::new(settings),
        peers: Arc::new(table),
    };
    Peer::new(acceptor, transport, 0, 7)
}

/// A connection without TLS from an address.
pub(crate) fn transport(remote: &str) -> Transport {
    Transport {
        remote: remote.parse().expect("an address"),
        local: IpAddr::V4(Ipv4Addr::LOCALHOST),
        certificate_names: None,
    }
}

/// A connection after its capabilities exchange.
pub(crate) fn open_peer(settings: PeerSettings) -> Peer {
    let mut peer = new_peer(settings);
    let mut cer = Vec::new();
    write_capabilities(&mut cer, &client(), Identifiers::both(1), &[4]);
    let action = peer.on_message(0, &message(&cer), &mut Vec::new());
    assert!(
        matches!(action, PeerAction::Established { .. }),
        "{action:?}"
    );
    peer
}

pub(crate) fn message(bytes: &[u8]) -> Message<'_> {
    Message::parse(bytes).expect("one whole message")
}

pub(crate) fn answer(bytes: &[u8]) -> ClientAnswer<'_> {
    ClientAnswer::parse(&message(bytes)).expect("an answer")
}

pub(crate) fn request_header(command: u32, application: u32) -> Header {
    Header {
        flags: FLAG_REQUEST | FLAG_PROXIABLE,
        command,
        application,
        hop_by_hop: 0x1111,
        end_to_end: 0x2222,
    }
}

/// A message with AVPs written by `content`.
pub(crate) fn build(header: Header, content: impl FnOnce(&mut MessageWriter<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = MessageWriter::begin(&mut out, &header);
    content(&mut writer);
    writer.finish();
    out
}

/// An UPDATE with every required AVP but those in `without`, followed by `extra`.
pub(crate) fn ccr(without: &[AvpId], extra: impl FnOnce(&mut MessageWriter<'_>)) -> Vec<u8> {
    build(request_header(272, 4), |writer| {
        let texts = [
            (avp::SESSION_ID, "gateway.visited.org;1;2"),
            (avp::ORIGIN_HOST, "gateway.visited.org"),
            (avp::ORIGIN_REALM, "visited.org"),
            (avp::DESTINATION_REALM, "example.org"),
            (avp::SERVICE_CONTEXT_ID, "32251@3gpp.org"),
        ];
        let numbers = [
            (avp::AUTH_APPLICATION_ID, 4),
            (avp::CC_REQUEST_TYPE, 2),
            (avp::CC_REQUEST_NUMBER, 5),
        ];
        for (id, text) in texts.into_iter().filter(|(id, _)| !without.contains(id)) {
            writer.utf8(id, text);
        }
        for (id, number) in numbers.into_iter().filter(|(id, _)| !without.contains(id)) {
            writer.u32(id, number);
        }
        extra(writer);
    })
}

pub(crate) fn simple_request(number: u32) -> ClientRequest<'static> {
    let mut request = ClientRequest::new(
        "gateway.visited.org;1;2",
        "32251@3gpp.org",
        RequestType::Update,
        number,
    );
    request.e164 = Some("385910000001");
    request
}

/// Codes and values of the AVPs in `bytes`, which have to be well formed.
pub(crate) fn list(bytes: &[u8]) -> Vec<(AvpId, Vec<u8>)> {
    Avps::new(bytes)
        .map(|item| item.expect("a readable AVP"))
        .map(|item| (item.id, item.data.to_vec()))
        .collect()
}

/// One captured frame of a file in `tests/vectors`.
pub(crate) fn captured(file: &str, label: &str) -> Vec<u8> {
    all_captured(file)
        .into_iter()
        .find(|(name, _)| name == label)
        .unwrap_or_else(|| panic!("{file} has no frame {label}"))
        .1
}

pub(crate) fn all_captured(file: &str) -> Vec<(String, Vec<u8>)> {
    let path = format!("{}/tests/vectors/{file}.hex", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a file of captured frames");
    let mut frames: Vec<(String, Vec<u8>)> = Vec::new();
    for line in text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        if let Some(label) = line.strip_prefix('[') {
            frames.push((label.trim_end_matches(']').to_owned(), Vec::new()));
        } else if let Some((_, bytes)) = frames.last_mut() {
            bytes.extend(
                (0..line.len()).step_by(2).map(|at| {
                    u8::from_str_radix(&line[at..at + 2], 16).expect("hexadecimal digits")
                }),
            );
        }
    }
    frames
}

/// What became of the octets given to [`serve`].
#[derive(Debug, Default)]
pub(crate) struct Served {
    pub(crate) out: Vec<u8>,
    pub(crate) requests: Vec<Header>,
    pub(crate) accepted: usize,
    pub(crate) closed: bool,
    pub(crate) left: usize,
}

/// Reads `bytes` as a door does: every frame to the peer, every CCR parsed and answered.
pub(crate) fn serve(peer: &mut Peer, bytes: &[u8]) -> Served {
    let mut served = Served::default();
    let mut rest = bytes;
    while !served.closed {
        let length = match next_frame(rest, 65_536) {
            Ok(Some(length)) => length,
            Ok(None) => break,
            Err(error) => {
                peer.on_stream_error(error, rest, &mut served.out);
                served.closed = true;
                break;
            }
        };
        let (frame, after) = rest.split_at(length);
        rest = after;
        let message = message(frame);
        if message.header.is_request() {
            served.requests.push(message.header);
        }
        match peer.on_message(1, &message, &mut served.out) {
            PeerAction::Close(_) => served.closed = true,
            PeerAction::CreditControl => {
                served.accepted += usize::from(credit_control(&message, &mut served.out));
            }
            // After its DPR a peer is not served any more.
            _ => served.closed |= peer.leaves().is_some(),
        }
    }
    served.left = rest.len();
    served
}

fn credit_control(message: &Message<'_>, out: &mut Vec<u8>) -> bool {
    match CreditControlRequest::parse(message) {
        Ok(request) => {
            let context = request.answer_context();
            CreditControlAnswer::with_result(2001).write(&identity(), &context, out);
            true
        }
        Err(failure) => {
            let context = AnswerContext::of(message);
            CreditControlAnswer::of_failure(&failure).write(&identity(), &context, out);
            false
        }
    }
}
