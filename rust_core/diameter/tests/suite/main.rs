//! The crate from outside: what a peer sends and what it gets back.

mod admission;
mod answers;
mod arbitrary_bytes;
mod captures;
mod overload;
mod peers;
mod profiles;
mod refusals;
mod requests;
mod round_trips;
mod session_requests;
mod support;
