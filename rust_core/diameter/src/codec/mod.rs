//! Bytes to messages and back (RFC 6733 §3 and §4).

mod avp;
mod header;
mod lenient;
mod reader;
mod time;
mod writer;

pub use avp::{AVP_MANDATORY, AVP_PROTECTED, AVP_RESERVED, AVP_VENDOR, Avp, AvpFault};
pub use header::{
    FLAG_ERROR, FLAG_PROXIABLE, FLAG_REQUEST, FLAG_RETRANSMITTED, FrameError, HEADER_LENGTH,
    Header, MAXIMUM_FRAME, Message, next_frame,
};
pub use lenient::without_unknown_mandatory;
pub use reader::{Avps, FaultyAvp};
pub use time::{ntp_from_unix, unix_from_ntp};
pub use writer::{GroupMark, MessageWriter, write_example, write_wrapped};
