//! Writing messages into a caller's buffer; lengths are patched when a group or message ends.

use std::net::IpAddr;

use super::avp::{AVP_MANDATORY, AVP_VENDOR};
use super::header::Header;
use super::time::ntp_from_unix;
use crate::dictionary::AvpId;

/// Where an open group began; give it back to [`MessageWriter::end_group`].
#[derive(Debug)]
#[must_use = "a group has to be ended"]
pub struct GroupMark(usize);

/// Appends one message to a buffer. The buffer may already hold other messages.
#[derive(Debug)]
#[must_use = "a message has to be finished"]
pub struct MessageWriter<'v> {
    out: &'v mut Vec<u8>,
    start: usize,
}

impl<'v> MessageWriter<'v> {
    /// Writes the header; its length follows with [`Self::finish`].
    #[inline]
    pub fn begin(out: &'v mut Vec<u8>, header: &Header) -> Self {
        let start = out.len();
        let command = (u32::from(header.flags) << 24) | (header.command & 0x00FF_FFFF);
        let mut bytes = [0; 20];
        bytes[0] = 1;
        bytes[4..8].copy_from_slice(&command.to_be_bytes());
        bytes[8..12].copy_from_slice(&header.application.to_be_bytes());
        bytes[12..16].copy_from_slice(&header.hop_by_hop.to_be_bytes());
        bytes[16..20].copy_from_slice(&header.end_to_end.to_be_bytes());
        out.extend_from_slice(&bytes);
        Self { out, start }
    }

    /// Goes on with the message that begins at `start` and is the last of the buffer.
    pub fn reopen(out: &'v mut Vec<u8>, start: usize) -> Self {
        Self { out, start }
    }

    /// Ends the message and returns its length in octets.
    #[inline]
    pub fn finish(self) -> usize {
        patch_length(self.out, self.start, 0);
        self.out.len() - self.start
    }

    /// OctetString, or any value already in its wire form.
    #[inline]
    pub fn octets(&mut self, id: AvpId, value: &[u8]) {
        write_header(self.out, id, value.len());
        self.out.extend_from_slice(value);
        pad(self.out, value.len());
    }

    /// UTF8String, DiameterIdentity or DiameterURI.
    #[inline]
    pub fn utf8(&mut self, id: AvpId, value: &str) {
        self.octets(id, value.as_bytes());
    }

    /// Unsigned32 or Enumerated.
    #[inline]
    pub fn u32(&mut self, id: AvpId, value: u32) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Integer32.
    #[inline]
    pub fn i32(&mut self, id: AvpId, value: i32) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Unsigned64.
    #[inline]
    pub fn u64(&mut self, id: AvpId, value: u64) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Integer64.
    #[inline]
    pub fn i64(&mut self, id: AvpId, value: i64) {
        self.octets(id, &value.to_be_bytes());
    }

    /// Time, from Unix seconds.
    #[inline]
    pub fn time(&mut self, id: AvpId, unix_seconds: i64) {
        self.u32(id, ntp_from_unix(unix_seconds));
    }

    /// Address.
    pub fn address(&mut self, id: AvpId, value: IpAddr) {
        match value {
            IpAddr::V4(address) => {
                let mut bytes = [0, 1, 0, 0, 0, 0];
                bytes[2..].copy_from_slice(&address.octets());
                self.octets(id, &bytes);
            }
            IpAddr::V6(address) => {
                let mut bytes = [0; 18];
                bytes[1] = 2;
                bytes[2..].copy_from_slice(&address.octets());
                self.octets(id, &bytes);
            }
        }
    }

    /// Appends an AVP in its wire form, header included, adding the padding if it is missing.
    #[inline]
    pub fn raw(&mut self, avp: &[u8]) {
        self.out.extend_from_slice(avp);
        pad(self.out, avp.len());
    }

    /// Grouped, its content written by `content`.
    #[inline]
    pub fn group(&mut self, id: AvpId, content: impl FnOnce(&mut Self)) {
        let mark = self.start_group(id);
        content(self);
        self.end_group(mark);
    }

    /// Opens a Grouped AVP; everything written until [`Self::end_group`] is inside.
    #[inline]
    pub fn start_group(&mut self, id: AvpId) -> GroupMark {
        let at = self.out.len();
        write_header(self.out, id, 0);
        GroupMark(at)
    }

    /// Closes a Grouped AVP.
    #[inline]
    #[allow(clippy::needless_pass_by_value)] // consuming the mark forbids closing a group twice
    pub fn end_group(&mut self, mark: GroupMark) {
        patch_length(self.out, mark.0, 4);
    }
}

/// Appends an example of `id` with the smallest value of its type, as Failed-AVP shows a missing
/// AVP (RFC 6733 §7.5).
pub fn write_example(out: &mut Vec<u8>, id: AvpId) {
    let payload = id
        .definition()
        .map_or(0, |definition| definition.kind.minimum_length());
    write_header(out, id, payload);
    out.resize(out.len() + payload, 0);
    pad(out, payload);
}

/// Appends the Grouped AVP `id` around AVPs in their wire form.
pub fn write_wrapped(out: &mut Vec<u8>, id: AvpId, content: &[u8]) {
    write_header(out, id, content.len());
    out.extend_from_slice(content);
    pad(out, content.len());
}

#[inline]
fn write_header(out: &mut Vec<u8>, id: AvpId, payload: usize) {
    let mandatory = match id.definition() {
        Some(definition) if !definition.mandatory => 0,
        _ => AVP_MANDATORY,
    };
    let mut bytes = [0; 12];
    bytes[..4].copy_from_slice(&id.code.to_be_bytes());
    if id.vendor == 0 {
        bytes[4..8].copy_from_slice(&length_word(mandatory, 8 + payload));
        out.extend_from_slice(&bytes[..8]);
    } else {
        bytes[4..8].copy_from_slice(&length_word(mandatory | AVP_VENDOR, 12 + payload));
        bytes[8..].copy_from_slice(&id.vendor.to_be_bytes());
        out.extend_from_slice(&bytes);
    }
}

/// One octet of flags (or the version) and 24 bits of length. Values come from frames of at most
/// `MAXIMUM_FRAME`, so 24 bits are enough.
#[inline]
fn length_word(first: u8, length: usize) -> [u8; 4] {
    debug_assert!(length <= 0x00FF_FFFF, "length of {length} octets");
    let mut word = (length as u32).to_be_bytes();
    word[0] = first;
    word
}

#[inline]
fn patch_length(out: &mut [u8], start: usize, offset: usize) {
    let length = out.len() - start;
    let at = start + offset;
    let word = length_word(out[at], length);
    out[at..at + 4].copy_from_slice(&word);
}

#[inline]
fn pad(out: &mut Vec<u8>, length: usize) {
    const ZEROS: [u8; 3] = [0; 3];
    out.extend_from_slice(&ZEROS[..length.wrapping_neg() & 3]);
}
