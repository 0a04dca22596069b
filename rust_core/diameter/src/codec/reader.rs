//! Walking over AVPs without copying (RFC 6733 §4.1).

use super::avp::{AVP_VENDOR, Avp};
use crate::dictionary::AvpId;

const PLAIN_HEADER: usize = 8;
const VENDOR_HEADER: usize = 12;

/// An AVP whose length field cannot be right; reading stops there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultyAvp<'a> {
    /// What is left from the start of the faulty AVP: at least one octet.
    pub rest: &'a [u8],
}

impl FaultyAvp<'_> {
    /// Code, flags and vendor as far as they are there, zeros for the rest (RFC 6733 §7.1.5,
    /// DIAMETER_INVALID_AVP_LENGTH).
    #[must_use]
    pub fn header(&self) -> (AvpId, u8) {
        let mut header = [0; VENDOR_HEADER];
        let available = self.rest.len().min(VENDOR_HEADER);
        header[..available].copy_from_slice(&self.rest[..available]);
        let [c0, c1, c2, c3, flags, _, _, _, v0, v1, v2, v3] = header;
        let vendor = if flags & AVP_VENDOR == 0 {
            0
        } else {
            u32::from_be_bytes([v0, v1, v2, v3])
        };
        let code = u32::from_be_bytes([c0, c1, c2, c3]);
        (AvpId { code, vendor }, flags)
    }
}

/// Iterator over the AVPs of a message or group. After an error it is finished.
#[derive(Clone, Copy, Debug)]
pub struct Avps<'a> {
    rest: &'a [u8],
}

impl<'a> Avps<'a> {
    /// Reads `bytes` as a sequence of AVPs.
    #[must_use]
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The first AVP of this kind; stops at the first faulty AVP.
    #[must_use]
    pub fn find(mut self, id: AvpId) -> Option<Avp<'a>> {
        self.find_map(|avp| avp.ok().filter(|avp| avp.id == id))
    }
}

impl<'a> Iterator for Avps<'a> {
    type Item = Result<Avp<'a>, FaultyAvp<'a>>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let bytes = self.rest;
        if bytes.is_empty() {
            return None;
        }
        match split(bytes) {
            Some((avp, rest)) => {
                self.rest = rest;
                Some(Ok(avp))
            }
            None => {
                self.rest = &[];
                Some(Err(FaultyAvp { rest: bytes }))
            }
        }
    }
}

/// The first AVP and what follows its padding. The last AVP of a group may lack its padding octets,
/// since the group's own length then ends with it.
#[inline]
fn split(bytes: &[u8]) -> Option<(Avp<'_>, &[u8])> {
    // One load: 32 bits of code, 8 of flags, 24 of length.
    let head = u64::from_be_bytes(*bytes.first_chunk::<PLAIN_HEADER>()?);
    let code = (head >> 32) as u32;
    let flags = (head >> 24) as u8;
    let length = (head & 0x00FF_FFFF) as usize;
    let raw = bytes.get(..length)?;
    let (vendor, data) = if flags & AVP_VENDOR == 0 {
        (0, raw.get(PLAIN_HEADER..)?)
    } else {
        let vendor = raw.get(PLAIN_HEADER..VENDOR_HEADER)?;
        let vendor = u32::from_be_bytes(<[u8; 4]>::try_from(vendor).ok()?);
        (vendor, raw.get(VENDOR_HEADER..)?)
    };
    let padded = (length + 3) & !3;
    let avp = Avp {
        id: AvpId { code, vendor },
        flags,
        data,
        raw,
    };
    Some((avp, bytes.get(padded..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary;

    #[test]
    fn reads_plain_and_vendor_avps_with_padding() {
        let bytes = [
            0, 0, 1, 7, 0x40, 0, 0, 9, b'x', 0, 0, 0, // Session-Id "x", padded
            0, 0, 3, 0x40, 0xC0, 0, 0, 14, 0, 0, 0x28, 0xAF, b'4', b'2', 0, 0,
        ];
        let avps: Vec<_> = Avps::new(&bytes).collect::<Result<_, _>>().expect("valid");
        assert_eq!(avps.len(), 2);
        assert_eq!(
            (avps[0].id, avps[0].data),
            (dictionary::SESSION_ID, &b"x"[..])
        );
        assert_eq!(avps[0].raw.len(), 9);
        assert_eq!(
            (avps[1].id, avps[1].data),
            (dictionary::CALLED_PARTY_ADDRESS, &b"42"[..])
        );
        assert!(avps[1].is_mandatory());
    }

    #[test]
    fn a_wrong_length_ends_the_walk() {
        for length in [0, 7, 13, 255] {
            let bytes = [0, 0, 1, 7, 0x40, 0, 0, length, b'x', 0, 0, 0];
            let mut avps = Avps::new(&bytes);
            let fault = avps.next().expect("an item").expect_err("a fault");
            assert_eq!(fault.header(), (dictionary::SESSION_ID, 0x40));
            assert!(avps.next().is_none());
        }
    }

    #[test]
    fn a_vendor_avp_needs_twelve_octets() {
        let bytes = [0, 0, 3, 0x40, 0xC0, 0, 0, 10, 0, 0, 0x28, 0xAF];
        let fault = Avps::new(&bytes)
            .next()
            .expect("an item")
            .expect_err("a fault");
        assert_eq!(fault.header(), (dictionary::CALLED_PARTY_ADDRESS, 0xC0));
    }

    #[test]
    fn a_cut_header_is_filled_with_zeros() {
        let fault = Avps::new(&[0, 0, 1])
            .next()
            .expect("an item")
            .expect_err("a fault");
        assert_eq!(
            fault.header(),
            (
                AvpId {
                    code: 256,
                    vendor: 0
                },
                0
            )
        );
    }

    #[test]
    fn find_gives_the_first_of_its_kind() {
        let bytes = [
            0, 0, 1, 7, 0, 0, 0, 9, b'a', 0, 0, 0, 0, 0, 1, 7, 0, 0, 0, 9, b'b', 0, 0, 0,
        ];
        let found = Avps::new(&bytes)
            .find(dictionary::SESSION_ID)
            .expect("there");
        assert_eq!(found.data, b"a");
        assert!(Avps::new(&bytes).find(dictionary::ORIGIN_HOST).is_none());
    }
}
