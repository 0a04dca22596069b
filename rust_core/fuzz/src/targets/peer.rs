//! The peer state machine, fed with a stream in pieces.

use openmvno_diameter::peer::{PeerTable, ServedRealms, Transport};
use openmvno_diameter::{Acceptor, Message, Peer, PeerAction, PeerSettings, next_frame};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::message::identity;
use crate::class::Class;
use crate::messages;
use crate::target::Target;

const LIMIT: usize = 65_536;

pub(super) struct DiameterPeer {
    acceptor: Acceptor,
}

impl Default for DiameterPeer {
    fn default() -> Self {
        Self {
            acceptor: Acceptor {
                identity: Arc::new(identity()),
                settings: Arc::new(PeerSettings {
                    realms: ServedRealms::Own,
                    ..PeerSettings::default()
                }),
                peers: Arc::new(PeerTable::open()),
            },
        }
    }
}

/// Streams that begin with a CER: each message alone behind it, and all together.
pub(super) fn streams() -> Vec<Vec<u8>> {
    let base = messages::base();
    let behind = |rest: &[u8]| [&base[0][..], rest].concat();
    let mut all: Vec<_> = base.iter().map(|one| behind(one)).collect();
    all.extend(messages::requests().iter().map(|one| behind(one)));
    all.push(behind(&messages::requests().concat()));
    all.push(messages::captured().concat());
    all
}

/// What moves in a stream's pieces: a function of its octets.
pub(super) fn pieces(stream: &[u8]) -> impl Iterator<Item = &[u8]> {
    let seed = stream
        .iter()
        .fold(0_u64, |sum, octet| sum.wrapping_mul(31) + u64::from(*octet));
    let mut random = fastrand::Rng::with_seed(seed);
    let whole = random.bool();
    let mut rest = stream;
    std::iter::from_fn(move || {
        let longest = if whole {
            rest.len()
        } else {
            random.usize(1..64).min(rest.len())
        };
        let (piece, after) = rest.split_at(longest);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

impl Target for DiameterPeer {
    fn name(&self) -> &'static str {
        "diameter-peer"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        streams()
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let transport = Transport {
            remote: IpAddr::V4(Ipv4Addr::LOCALHOST),
            local: IpAddr::V4(Ipv4Addr::LOCALHOST),
            certificate_names: None,
        };
        let mut peer = Peer::new(self.acceptor.clone(), transport, 0, 7);
        let (mut held, mut out) = (Vec::new(), Vec::new());
        let (mut now, mut requests, mut given, mut closed) = (0, 0, 0, None);
        'stream: for piece in pieces(input) {
            now += 900;
            held.extend_from_slice(piece);
            loop {
                let length = match next_frame(&held, LIMIT) {
                    Ok(Some(length)) => length,
                    Ok(None) => break,
                    Err(error) => {
                        closed = Some(peer.on_stream_error(error, &held, &mut out));
                        break 'stream;
                    }
                };
                let message = Message::parse(&held[..length]).expect("a frame is a message");
                requests += usize::from(message.header.is_request());
                match peer.on_message(now, &message, &mut out) {
                    action @ PeerAction::Close(_) => {
                        closed = Some(action);
                        break 'stream;
                    }
                    PeerAction::CreditControl => given += 1,
                    _ => {}
                }
                held.drain(..length);
            }
            if let action @ PeerAction::Close(_) = peer.on_tick(now, &mut out) {
                closed = Some(action);
                break;
            }
        }
        let told = answers(&out);
        // A broken stream is answered by its header, which no request was counted for.
        assert!(
            told.len() + given <= requests + 1,
            "more answers than requests"
        );
        let reason = closed.map(|action| match action {
            PeerAction::Close(reason) => Class::of_words(&reason.to_string()),
            _ => Class(0),
        });
        Class::of((
            told.last().copied(),
            reason,
            peer.condition() as u8,
            given.min(2),
        ))
    }
}

/// Result-Codes of what was written: whole messages, nothing else.
pub(super) fn answers(mut out: &[u8]) -> Vec<u32> {
    let mut found = Vec::new();
    while !out.is_empty() {
        let length = next_frame(out, usize::MAX).expect("we write frames");
        let (frame, rest) = out.split_at(length.expect("whole frames"));
        let message = Message::parse(frame).expect("we write messages");
        let result = message
            .avps()
            .find(openmvno_diameter::dictionary::RESULT_CODE);
        found.extend(result.and_then(|result| result.u32().ok()));
        out = rest;
    }
    found
}
