//! The authenticators: MD5 and HMAC-MD5 over a packet and the shared secret.

use crate::attributes::MESSAGE_AUTHENTICATOR;
use crate::codec::{Code, Packet};
use hmac::{Hmac, Mac};
use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

const ZEROS: [u8; 16] = [0; 16];

/// What became of Message-Authenticator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// None came.
    Absent,
    /// It is right.
    Good,
    /// It is wrong, or there are two.
    Bad,
}

/// MD5 of Code, Identifier, Length, `authenticator`, attributes and secret: the Response
/// Authenticator (RFC 2865 §3), and with 16 zeros the one of requests (RFC 2866 §3, RFC 5176 §2.3).
#[must_use]
pub fn response_authenticator(packet: &[u8], authenticator: &[u8; 16], secret: &[u8]) -> [u8; 16] {
    let mut digest = Md5::new();
    digest.update(&packet[..4]);
    digest.update(authenticator);
    digest.update(&packet[20..]);
    digest.update(secret);
    digest.finalize().into()
}

/// HMAC-MD5 over the packet with `authenticator` in its place and zeros for the 16 octets at `at`
/// (RFC 3579 §3.2).
#[must_use]
pub fn message_authenticator(
    packet: &[u8],
    authenticator: &[u8; 16],
    at: usize,
    secret: &[u8],
) -> [u8; 16] {
    // Any length of key is one for HMAC.
    let Ok(mut mac) = Hmac::<Md5>::new_from_slice(secret) else {
        return ZEROS;
    };
    mac.update(&packet[..4]);
    mac.update(authenticator);
    mac.update(&packet[20..at]);
    mac.update(&ZEROS);
    mac.update(&packet[at + 16..]);
    mac.finalize().into_bytes().into()
}

/// Whether a request's authenticator covers its content with this secret.
#[must_use]
pub fn is_request_authentic(packet: &Packet<'_>, secret: &[u8]) -> bool {
    let expected = response_authenticator(packet.bytes(), &ZEROS, secret);
    expected.ct_eq(packet.authenticator()).into()
}

/// Whether a reply is the one to a request with this authenticator.
#[must_use]
pub fn is_reply_authentic(packet: &Packet<'_>, request: &[u8; 16], secret: &[u8]) -> bool {
    let expected = response_authenticator(packet.bytes(), request, secret);
    expected.ct_eq(packet.authenticator()).into()
}

/// Checks the Message-Authenticator of a request.
#[must_use]
pub fn check_signature(packet: &Packet<'_>, secret: &[u8]) -> Signature {
    let authenticator = match packet.code() {
        Code::ACCESS_REQUEST | Code::STATUS_SERVER => packet.authenticator(),
        // Reckoned before the Request Authenticator, with zeros in its place (RFC 5176 §3.3).
        _ => &ZEROS,
    };
    signature(packet, authenticator, secret)
}

/// Checks the Message-Authenticator of a reply to a request with this authenticator.
#[must_use]
pub fn check_reply_signature(packet: &Packet<'_>, request: &[u8; 16], secret: &[u8]) -> Signature {
    signature(packet, request, secret)
}

fn signature(packet: &Packet<'_>, authenticator: &[u8; 16], secret: &[u8]) -> Signature {
    let mut all = packet
        .attributes()
        .filter(|attribute| attribute.id == MESSAGE_AUTHENTICATOR);
    let Some(found) = all.next() else {
        return Signature::Absent;
    };
    if found.value.len() != 16 || all.next().is_some() {
        return Signature::Bad;
    }
    let expected = message_authenticator(packet.bytes(), authenticator, found.at, secret);
    if expected.ct_eq(found.value).into() {
        Signature::Good
    } else {
        Signature::Bad
    }
}
