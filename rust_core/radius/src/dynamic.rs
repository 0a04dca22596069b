//! What the server asks of a client: end a session, or change what it may do (RFC 5176).

use crate::attributes::ERROR_CAUSE;
use crate::authenticator::{Signature, check_reply_signature, is_reply_authentic};
use crate::codec::{AttributeList, Code, Packet, Writer};
use std::collections::HashMap;
use std::net::SocketAddr;

/// Times a request is sent, and the pause between two of them, milliseconds.
const ATTEMPTS: u8 = 4;
const PAUSE_MS: i64 = 2_000;

/// Requests of one client that may wait for their answers: as many as there are identifiers.
const IDENTIFIERS: usize = 256;

#[derive(Debug)]
struct Sent {
    datagram: Vec<u8>,
    authenticator: [u8; 16],
    secret: Box<[u8]>,
    code: Code,
    attempts: u8,
    again_at: i64,
}

/// A datagram to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// Where to.
    pub to: SocketAddr,
    /// What.
    pub datagram: Vec<u8>,
}

/// How a request of ours ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Done.
    Acknowledged(Code),
    /// Refused, with its Error-Cause (0 when there is none).
    Refused(Code, u32),
    /// Not an answer to anything we asked.
    Unexpected,
}

/// The requests that wait for their answers.
#[derive(Debug, Default)]
pub struct Authorisations {
    sent: HashMap<(SocketAddr, u8), Sent>,
    next: HashMap<SocketAddr, u8>,
}

impl Authorisations {
    /// A request for a client; `None` when all identifiers are in use.
    pub fn send(
        &mut self,
        to: SocketAddr,
        code: Code,
        attributes: &AttributeList,
        secret: &[u8],
        now: i64,
    ) -> Option<Dispatch> {
        let next = self.next.entry(to).or_default();
        let free = (0..IDENTIFIERS).find_map(|_| {
            let identifier = *next;
            *next = next.wrapping_add(1);
            (!self.sent.contains_key(&(to, identifier))).then_some(identifier)
        });
        let identifier = free?;
        let mut writer = Writer::new(code, identifier).sign();
        writer.attributes(attributes.as_bytes());
        let (datagram, authenticator) = writer.request(secret);
        let sent = Sent {
            datagram: datagram.clone(),
            authenticator,
            secret: secret.into(),
            code,
            attempts: 1,
            again_at: now + PAUSE_MS,
        };
        self.sent.insert((to, identifier), sent);
        Some(Dispatch { to, datagram })
    }

    /// A datagram came back.
    pub fn receive(&mut self, source: SocketAddr, datagram: &[u8]) -> Answered {
        let Ok(packet) = Packet::parse(datagram) else {
            return Answered::Unexpected;
        };
        let key = (source, packet.identifier());
        let Some(sent) = self.sent.get(&key) else {
            return Answered::Unexpected;
        };
        let (request, secret) = (&sent.authenticator, &sent.secret);
        let signature = check_reply_signature(&packet, request, secret);
        if signature == Signature::Bad || !is_reply_authentic(&packet, request, secret) {
            return Answered::Unexpected;
        }
        let code = sent.code;
        let answer = match (code, packet.code()) {
            (Code::DISCONNECT_REQUEST, Code::DISCONNECT_ACK)
            | (Code::COA_REQUEST, Code::COA_ACK) => Answered::Acknowledged(code),
            (Code::DISCONNECT_REQUEST, Code::DISCONNECT_NAK)
            | (Code::COA_REQUEST, Code::COA_NAK) => {
                Answered::Refused(code, packet.integer(ERROR_CAUSE).unwrap_or(0))
            }
            _ => return Answered::Unexpected,
        };
        self.sent.remove(&key);
        answer
    }

    /// What is to be sent again (the same datagram, RFC 5176 §2.3), and how many were given up.
    pub fn tick(&mut self, now: i64) -> (Vec<Dispatch>, usize) {
        let before = self.sent.len();
        self.sent
            .retain(|_, sent| sent.again_at > now || sent.attempts < ATTEMPTS);
        let given_up = before - self.sent.len();
        let mut again: Vec<_> = self
            .sent
            .iter_mut()
            .filter(|(_, sent)| sent.again_at <= now)
            .map(|(&(to, identifier), sent)| {
                sent.attempts += 1;
                sent.again_at = now + PAUSE_MS;
                (to, identifier, sent.datagram.clone())
            })
            .collect();
        again.sort_unstable_by_key(|(to, identifier, _)| (*to, *identifier));
        let dispatches = again
            .into_iter()
            .map(|(to, _, datagram)| Dispatch { to, datagram });
        (dispatches.collect(), given_up)
    }
}
