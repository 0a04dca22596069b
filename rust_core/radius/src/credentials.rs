//! What a user proves himself by.

use crate::attributes::{CHAP_CHALLENGE, CHAP_PASSWORD, USER_PASSWORD};
use crate::codec::Packet;
use md5::{Digest, Md5};
use std::fmt;
use subtle::ConstantTimeEq;

/// The proof in an Access-Request.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// None came.
    None,
    /// User-Password, unhidden.
    Pap(Vec<u8>),
    /// CHAP-Password: identifier, hash, and the challenge.
    Chap(u8, [u8; 16], Vec<u8>),
    /// An attribute that cannot be read.
    Unreadable,
}

impl fmt::Debug for Credentials {
    /// The kind alone: passwords stay out of logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "None",
            Self::Pap(_) => "Pap",
            Self::Chap(..) => "Chap",
            Self::Unreadable => "Unreadable",
        })
    }
}

impl Credentials {
    /// Whether they prove knowledge of `password`; takes the same time whatever differs.
    #[must_use]
    pub fn prove(&self, password: &[u8]) -> bool {
        match self {
            Self::None | Self::Unreadable => false,
            Self::Pap(given) => given.as_slice().ct_eq(password).into(),
            Self::Chap(identifier, hash, challenge) => {
                // RFC 2865 §5.3 with RFC 1994 §4.1.
                let mut digest = Md5::new();
                digest.update([*identifier]);
                digest.update(password);
                digest.update(challenge);
                let expected: [u8; 16] = digest.finalize().into();
                expected.ct_eq(hash).into()
            }
        }
    }
}

/// The proof in an Access-Request of a client with this secret.
#[must_use]
pub fn credentials(packet: &Packet<'_>, secret: &[u8]) -> Credentials {
    if let Some(hidden) = packet.find(USER_PASSWORD) {
        return unhide(hidden, packet.authenticator(), secret)
            .map_or(Credentials::Unreadable, Credentials::Pap);
    }
    let Some(chap) = packet.find(CHAP_PASSWORD) else {
        return Credentials::None;
    };
    match chap.split_first() {
        Some((&identifier, hash)) if hash.len() == 16 => {
            // Without CHAP-Challenge the Request Authenticator is it (RFC 2865 §5.40).
            let challenge = packet.find(CHAP_CHALLENGE);
            let challenge = challenge.unwrap_or(packet.authenticator());
            let hash = *hash.first_chunk().unwrap_or(&[0; 16]);
            Credentials::Chap(identifier, hash, challenge.to_vec())
        }
        _ => Credentials::Unreadable,
    }
}

/// User-Password as it was before hiding (RFC 2865 §5.2).
fn unhide(hidden: &[u8], authenticator: &[u8; 16], secret: &[u8]) -> Option<Vec<u8>> {
    if hidden.is_empty() || hidden.len() > 128 || hidden.len() % 16 != 0 {
        return None;
    }
    let mut plain = Vec::with_capacity(hidden.len());
    let mut before: &[u8] = authenticator;
    for block in hidden.chunks_exact(16) {
        let mut digest = Md5::new();
        digest.update(secret);
        digest.update(before);
        let mask: [u8; 16] = digest.finalize().into();
        plain.extend(block.iter().zip(mask).map(|(octet, mask)| octet ^ mask));
        before = block;
    }
    let end = plain.iter().rposition(|&octet| octet != 0);
    plain.truncate(end.map_or(0, |last| last + 1));
    Some(plain)
}
