//! Writing packets and signing them.

use super::{AttributeList, HEADER, LONGEST};
use crate::attributes::MESSAGE_AUTHENTICATOR;
use crate::authenticator::{message_authenticator, response_authenticator};
use crate::codec::Code;

/// A packet being written. Attributes that do not fit are left out.
#[derive(Clone, Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    /// Where the value of Message-Authenticator is, once there is one.
    signed_at: Option<usize>,
}

impl Writer {
    /// A packet without attributes.
    #[must_use]
    pub fn new(code: Code, identifier: u8) -> Self {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(&[code.0, identifier, 0, 0]);
        bytes.extend_from_slice(&[0; 16]);
        Self {
            bytes,
            signed_at: None,
        }
    }

    /// Room for Message-Authenticator, filled in when the packet is finished. It goes first, so that
    /// nobody can choose a prefix of the packet that goes on with it (CVE-2024-3596).
    #[must_use]
    pub fn sign(mut self) -> Self {
        self.signed_at = Some(self.bytes.len() + 2);
        let mut signature = AttributeList::default();
        signature.octets(MESSAGE_AUTHENTICATOR, &[0; 16]);
        self.attributes(signature.as_bytes());
        self
    }

    /// Attributes as they are on the wire.
    pub fn attributes(&mut self, attributes: &[u8]) {
        if self.bytes.len() + attributes.len() <= LONGEST {
            self.bytes.extend_from_slice(attributes);
        }
    }

    /// The reply to a request with this authenticator (RFC 2865 §3, RFC 2869 §5.14).
    #[must_use]
    pub fn reply(mut self, request_authenticator: &[u8; 16], secret: &[u8]) -> Vec<u8> {
        self.set_length();
        self.fill_signature(request_authenticator, secret);
        let response = response_authenticator(&self.bytes, request_authenticator, secret);
        self.bytes[4..HEADER].copy_from_slice(&response);
        self.bytes
    }

    /// A request whose authenticator covers its content: Accounting-Request, Disconnect-Request,
    /// CoA-Request (RFC 2866 §3, RFC 5176 §2.3). Gives the packet and its authenticator.
    #[must_use]
    pub fn request(mut self, secret: &[u8]) -> (Vec<u8>, [u8; 16]) {
        self.set_length();
        // Message-Authenticator is reckoned while the authenticator is all zeros (RFC 5176 §3.3).
        self.fill_signature(&[0; 16], secret);
        let authenticator = response_authenticator(&self.bytes, &[0; 16], secret);
        self.bytes[4..HEADER].copy_from_slice(&authenticator);
        (self.bytes, authenticator)
    }

    fn set_length(&mut self) {
        let length = u16::try_from(self.bytes.len()).unwrap_or(u16::MAX);
        self.bytes[2..4].copy_from_slice(&length.to_be_bytes());
    }

    fn fill_signature(&mut self, authenticator: &[u8; 16], secret: &[u8]) {
        if let Some(at) = self.signed_at {
            let signature = message_authenticator(&self.bytes, authenticator, at, secret);
            self.bytes[at..at + 16].copy_from_slice(&signature);
        }
    }
}
