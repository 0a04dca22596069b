//! Attributes being written.

use super::LONGEST;
use crate::attributes::{AttributeId, VENDOR_SPECIFIC};

/// The longest attribute (RFC 2865 §5), and what a vendor's one has before the vendor's own type.
const LONGEST_ATTRIBUTE: usize = 255;
const VENDOR_HEAD: usize = 6;

/// Attributes as they are on the wire. One that is longer than an attribute may be, or that no
/// packet has room for, is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeList(Vec<u8>);

impl AttributeList {
    /// An attribute of octets.
    pub fn octets(&mut self, id: AttributeId, value: &[u8]) {
        let head = if id.vendor == 0 { 0 } else { VENDOR_HEAD };
        let size = value.len() + 2;
        let fits = head + size <= LONGEST_ATTRIBUTE && self.0.len() + head + size <= LONGEST;
        let (Ok(own), Ok(whole), true) = (u8::try_from(size), u8::try_from(head + size), fits)
        else {
            return;
        };
        if id.vendor != 0 {
            self.0.extend_from_slice(&[VENDOR_SPECIFIC.code, whole]);
            self.0.extend_from_slice(&id.vendor.to_be_bytes());
        }
        self.0.extend_from_slice(&[id.code, own]);
        self.0.extend_from_slice(value);
    }

    /// An attribute that is a number.
    pub fn integer(&mut self, id: AttributeId, value: u32) {
        self.octets(id, &value.to_be_bytes());
    }

    /// All of another list behind it.
    pub fn append(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// What was written.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
