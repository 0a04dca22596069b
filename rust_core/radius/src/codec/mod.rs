//! Packets and attributes as they are on the wire.

mod list;
mod reader;
mod writer;

pub use list::AttributeList;
pub use reader::{Attribute, Attributes, Code, Malformed, Packet};
pub use writer::Writer;

/// Code, Identifier, Length, Authenticator (RFC 2865 §3).
pub(crate) const HEADER: usize = 20;

/// The longest packet (RFC 2865 §3).
pub(crate) const LONGEST: usize = 4_096;
