//! Diameter without input or output: bytes in, bytes out, time as a number of milliseconds.
//!
//! * [`dictionary`]: the AVPs we know (RFC 6733, RFC 8506, TS 32.299), generated from one table.
//! * [`codec`]: framing, zero-copy reading, writing into a caller's buffer.
//! * [`peer`]: one connection of a server (RFC 6733 §5, watchdog of RFC 3539).
//! * [`credit_control`]: the typed view of CCR and CCA (RFC 8506 §3).
//! * [`overload_control`]: what a server under load tells its clients (RFC 7683).
//! * [`session_request`]: what a server asks of a client of its own accord (RAR, ASR).
//! * [`client`]: the other side, for load generators and tests.
#![forbid(unsafe_code)]

pub mod client;
pub mod codec;
pub mod credit_control;
pub mod dictionary;
mod failure;
pub mod overload_control;
pub mod peer;
pub mod protocol_error;
pub mod result_code;
pub mod session_request;
mod walk;

pub use codec::{Avp, Avps, Header, Message, MessageWriter, next_frame};
pub use credit_control::{
    AnswerContext, CreditControlAnswer, CreditControlRequest, GrantedService, GrantedUnits,
};
pub use peer::{Acceptor, LocalIdentity, Peer, PeerAction, PeerSettings};
