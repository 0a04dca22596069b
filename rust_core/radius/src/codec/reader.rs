//! Reading packets without copying.

use super::{HEADER, LONGEST};
use crate::attributes::{AttributeId, VENDOR_SPECIFIC};
use thiserror::Error;

/// What a packet is (RFC 2865 §3, RFC 5176 §2.3, RFC 5997 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code(pub u8);

impl Code {
    /// May this user in?
    pub const ACCESS_REQUEST: Self = Self(1);
    /// Yes.
    pub const ACCESS_ACCEPT: Self = Self(2);
    /// No.
    pub const ACCESS_REJECT: Self = Self(3);
    /// This was used.
    pub const ACCOUNTING_REQUEST: Self = Self(4);
    /// It is recorded.
    pub const ACCOUNTING_RESPONSE: Self = Self(5);
    /// Are you there?
    pub const STATUS_SERVER: Self = Self(12);
    /// End the session.
    pub const DISCONNECT_REQUEST: Self = Self(40);
    /// Done.
    pub const DISCONNECT_ACK: Self = Self(41);
    /// Not done.
    pub const DISCONNECT_NAK: Self = Self(42);
    /// Change what the session may do.
    pub const COA_REQUEST: Self = Self(43);
    /// Done.
    pub const COA_ACK: Self = Self(44);
    /// Not done.
    pub const COA_NAK: Self = Self(45);
}

/// Why octets are not a packet. Such a datagram is dropped silently (RFC 2865 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Malformed {
    /// Fewer octets than a header, or than Length says.
    #[error("the datagram is shorter than its Length")]
    Short,
    /// Length below 20 or above 4096.
    #[error("Length must be 20 to 4096")]
    Length,
    /// An attribute's length is below 2 or beyond the packet's end.
    #[error("an attribute's length does not fit")]
    Attribute,
}

/// A packet whose attributes are known to fit.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    bytes: &'a [u8],
    authenticator: &'a [u8; 16],
}

impl<'a> Packet<'a> {
    /// Reads a datagram; octets beyond Length are padding (RFC 2865 §3).
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(datagram: &'a [u8]) -> Result<Self, Malformed> {
        let &[_, _, high, low, ..] = datagram else {
            return Err(Malformed::Short);
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if !(HEADER..=LONGEST).contains(&length) {
            return Err(Malformed::Length);
        }
        let bytes = datagram.get(..length).ok_or(Malformed::Short)?;
        let authenticator = bytes[4..HEADER]
            .first_chunk::<16>()
            .ok_or(Malformed::Short)?;
        let mut rest = &bytes[HEADER..];
        while !rest.is_empty() {
            let size = usize::from(*rest.get(1).ok_or(Malformed::Attribute)?);
            if size < 2 {
                return Err(Malformed::Attribute);
            }
            rest = rest.get(size..).ok_or(Malformed::Attribute)?;
        }
        Ok(Self {
            bytes,
            authenticator,
        })
    }

    /// What it is.
    #[must_use]
    pub fn code(&self) -> Code {
        Code(self.bytes[0])
    }

    /// Matches requests and replies.
    #[must_use]
    pub fn identifier(&self) -> u8 {
        self.bytes[1]
    }

    /// Request Authenticator or Response Authenticator.
    #[must_use]
    pub fn authenticator(&self) -> &'a [u8; 16] {
        self.authenticator
    }

    /// The packet without padding.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// All attributes, those of vendors one by one.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes {
            packet: self.bytes,
            at: HEADER,
            vendor: (0, 0, 0),
        }
    }

    /// The value of the first attribute of this kind.
    #[must_use]
    pub fn find(&self, id: AttributeId) -> Option<&'a [u8]> {
        self.attributes()
            .find(|attribute| attribute.id == id)
            .map(|attribute| attribute.value)
    }

    /// The first attribute of this kind as text; `None` when it is empty or not UTF-8.
    #[must_use]
    pub fn text(&self, id: AttributeId) -> Option<&'a str> {
        let text = std::str::from_utf8(self.find(id)?).ok()?;
        (!text.is_empty()).then_some(text)
    }

    /// The first attribute of this kind as a number; `None` when it has not four octets.
    #[must_use]
    pub fn integer(&self, id: AttributeId) -> Option<u32> {
        Some(u32::from_be_bytes(self.find(id)?.try_into().ok()?))
    }
}

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Which.
    pub id: AttributeId,
    /// Its value.
    pub value: &'a [u8],
    /// Where the value begins in the packet.
    pub at: usize,
}

/// Iterator over attributes. A Vendor-Specific one whose content is not a sequence of vendor type,
/// vendor length and value (RFC 2865 §5.26 leaves that open) comes as it is.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    packet: &'a [u8],
    at: usize,
    /// Vendor, and from where to where its attributes go on.
    vendor: (u32, usize, usize),
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Attribute<'a>;

    fn next(&mut self) -> Option<Attribute<'a>> {
        let (vendor, from, to) = self.vendor;
        if from < to {
            let size = usize::from(self.packet[from + 1]);
            self.vendor.1 = from + size;
            return Some(Attribute {
                id: AttributeId {
                    vendor,
                    code: self.packet[from],
                },
                value: &self.packet[from + 2..from + size],
                at: from + 2,
            });
        }
        let head = self.packet.get(self.at..self.at + 2)?;
        let (code, size) = (head[0], usize::from(head[1]));
        let (from, to) = (self.at + 2, self.at + size);
        self.at = to;
        if code == VENDOR_SPECIFIC.code && is_vendor_list(&self.packet[from..to]) {
            let id = self.packet[from..].first_chunk::<4>()?;
            self.vendor = (u32::from_be_bytes(*id), from + 4, to);
            return self.next();
        }
        Some(Attribute {
            id: AttributeId { vendor: 0, code },
            value: &self.packet[from..to],
            at: from,
        })
    }
}

/// Vendor number, then at least one attribute, each with a length that fits.
fn is_vendor_list(value: &[u8]) -> bool {
    let Some(mut rest) = value.get(4..).filter(|rest| !rest.is_empty()) else {
        return false;
    };
    while let [_, size, ..] = rest {
        let size = usize::from(*size);
        match rest.get(size..) {
            Some(further) if size >= 2 => rest = further,
            _ => return false,
        }
    }
    rest.is_empty()
}
