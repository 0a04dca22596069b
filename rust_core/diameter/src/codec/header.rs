//! The 20-octet header and the cutting of a byte stream into messages.

use thiserror::Error;

use super::reader::Avps;

/// R: the message is a request.
pub const FLAG_REQUEST: u8 = 0x80;
/// P: the message may be proxied, relayed or redirected.
pub const FLAG_PROXIABLE: u8 = 0x40;
/// E: the answer carries a protocol error.
pub const FLAG_ERROR: u8 = 0x20;
/// T: the request may be a retransmission.
pub const FLAG_RETRANSMITTED: u8 = 0x10;

/// Octets of the header.
pub const HEADER_LENGTH: usize = 20;
/// Largest message we accept unless a smaller limit is given, in octets; keeps every answer of ours,
/// which may echo a request, within the 24 bits of Message Length.
pub const MAXIMUM_FRAME: usize = 1 << 20;

/// Why a stream cannot be cut into messages any more. The connection has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FrameError {
    /// Not version 1: DIAMETER_UNSUPPORTED_VERSION.
    #[error("Diameter version {0} is not supported")]
    UnsupportedVersion(u8),
    /// Shorter than a header or not a multiple of four: DIAMETER_INVALID_MESSAGE_LENGTH.
    #[error("message length {0} is not a multiple of four of at least 20")]
    InvalidLength(usize),
    /// Longer than the limit: DIAMETER_INVALID_MESSAGE_LENGTH.
    #[error("message length {length} exceeds the limit of {limit} octets")]
    TooLarge {
        /// Length announced by the header.
        length: usize,
        /// Limit in force.
        limit: usize,
    },
    /// [`Message::parse`] was given more or fewer octets than the header announces.
    #[error("message length {length} does not match the {available} octets given")]
    Incomplete {
        /// Length announced by the header, or the header's own length.
        length: usize,
        /// Octets given.
        available: usize,
    },
}

/// Length in octets of the first message of `buffer`, `None` while it is incomplete.
///
/// `limit` is the largest acceptable message in octets, at most [`MAXIMUM_FRAME`].
///
/// # Errors
/// The stream is not Diameter (any more); see [`FrameError`].
#[inline]
pub fn next_frame(buffer: &[u8], limit: usize) -> Result<Option<usize>, FrameError> {
    let Some(&[version, a, b, c]) = buffer.first_chunk::<4>() else {
        return match buffer.first() {
            Some(&version) if version != 1 => Err(FrameError::UnsupportedVersion(version)),
            _ => Ok(None),
        };
    };
    if version != 1 {
        return Err(FrameError::UnsupportedVersion(version));
    }
    let length = u32::from_be_bytes([0, a, b, c]) as usize;
    if length < HEADER_LENGTH || length % 4 != 0 {
        return Err(FrameError::InvalidLength(length));
    }
    let limit = limit.min(MAXIMUM_FRAME);
    if length > limit {
        return Err(FrameError::TooLarge { length, limit });
    }
    Ok((buffer.len() >= length).then_some(length))
}

/// The header's fields without version and length (RFC 6733 §3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Command flags R, P, E, T.
    pub flags: u8,
    /// Command code, 24 bits.
    pub command: u32,
    /// Application-Id.
    pub application: u32,
    /// Hop-by-Hop Identifier: matches request and answer on one connection.
    pub hop_by_hop: u32,
    /// End-to-End Identifier.
    pub end_to_end: u32,
}

impl Header {
    /// Reads the fields of the first 20 octets, whatever version and length say; `None` if there
    /// are fewer.
    #[must_use]
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEADER_LENGTH] = bytes.first_chunk()?;
        let word = |at: usize| {
            u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
        };
        Some(Self {
            flags: bytes[4],
            command: word(4) & 0x00FF_FFFF,
            application: word(8),
            hop_by_hop: word(12),
            end_to_end: word(16),
        })
    }

    /// R bit.
    #[must_use]
    pub const fn is_request(&self) -> bool {
        self.flags & FLAG_REQUEST != 0
    }

    /// P bit.
    #[must_use]
    pub const fn is_proxiable(&self) -> bool {
        self.flags & FLAG_PROXIABLE != 0
    }

    /// E bit.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        self.flags & FLAG_ERROR != 0
    }

    /// T bit.
    #[must_use]
    pub const fn is_retransmitted(&self) -> bool {
        self.flags & FLAG_RETRANSMITTED != 0
    }

    /// The header of the answer: same identifiers and P bit, E bit as asked (RFC 6733 §6.2).
    #[must_use]
    pub const fn answer(&self, error: bool) -> Self {
        let error = if error { FLAG_ERROR } else { 0 };
        Self {
            flags: (self.flags & FLAG_PROXIABLE) | error,
            ..*self
        }
    }
}

/// One complete message, borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// The header's fields.
    pub header: Header,
    bytes: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes a frame of exactly the length [`next_frame`] gave. AVPs are checked while they are read.
    ///
    /// # Errors
    /// The frame's version or length is wrong.
    #[inline]
    pub fn parse(frame: &'a [u8]) -> Result<Self, FrameError> {
        let incomplete = |length| FrameError::Incomplete {
            length,
            available: frame.len(),
        };
        match next_frame(frame, MAXIMUM_FRAME)? {
            Some(length) if length == frame.len() => {}
            Some(length) => return Err(incomplete(length)),
            None => return Err(incomplete(HEADER_LENGTH)),
        }
        let header = Header::read(frame).ok_or(incomplete(HEADER_LENGTH))?;
        Ok(Self {
            header,
            bytes: frame,
        })
    }

    /// The whole message.
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The AVPs at command level.
    #[must_use]
    #[inline]
    pub fn avps(&self) -> Avps<'a> {
        Avps::new(self.bytes.get(HEADER_LENGTH..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(length: u32, available: usize) -> Vec<u8> {
        let mut bytes = vec![0; available.max(4)];
        bytes[..4].copy_from_slice(&(0x0100_0000 | length).to_be_bytes());
        bytes.truncate(available);
        bytes
    }

    #[test]
    fn waits_for_the_whole_message() {
        assert_eq!(next_frame(&[], 4096), Ok(None));
        assert_eq!(next_frame(&[1, 0, 0], 4096), Ok(None));
        assert_eq!(next_frame(&frame(24, 23), 4096), Ok(None));
        assert_eq!(next_frame(&frame(24, 24), 4096), Ok(Some(24)));
        assert_eq!(next_frame(&frame(24, 60), 4096), Ok(Some(24)));
    }

    #[test]
    fn refuses_what_cannot_be_a_message() {
        assert_eq!(
            next_frame(b"G", 4096),
            Err(FrameError::UnsupportedVersion(b'G'))
        );
        assert_eq!(
            next_frame(b"GET / HTTP/1.1", 4096),
            Err(FrameError::UnsupportedVersion(b'G'))
        );
        assert_eq!(
            next_frame(&frame(16, 20), 4096),
            Err(FrameError::InvalidLength(16))
        );
        assert_eq!(
            next_frame(&frame(22, 24), 4096),
            Err(FrameError::InvalidLength(22))
        );
        let too_large = FrameError::TooLarge {
            length: 4100,
            limit: 4096,
        };
        assert_eq!(next_frame(&frame(4100, 20), 4096), Err(too_large));
        assert!(next_frame(&frame(0xFF_FFFC, 20), usize::MAX).is_err());
    }

    #[test]
    fn a_message_is_exactly_one_frame() {
        assert!(Message::parse(&frame(24, 28)).is_err());
        assert!(Message::parse(&frame(24, 20)).is_err());
        let bytes = frame(20, 20);
        let message = Message::parse(&bytes).expect("an empty message");
        assert_eq!(message.avps().count(), 0);
        assert_eq!(message.header, Header::default());
    }

    #[test]
    fn the_answer_keeps_identifiers_and_the_p_bit() {
        let request = Header {
            flags: FLAG_REQUEST | FLAG_PROXIABLE | FLAG_RETRANSMITTED,
            command: 272,
            application: 4,
            hop_by_hop: 7,
            end_to_end: 9,
        };
        assert_eq!(
            request.answer(false),
            Header {
                flags: FLAG_PROXIABLE,
                ..request
            }
        );
        assert_eq!(request.answer(true).flags, FLAG_PROXIABLE | FLAG_ERROR);
    }
}
