//! RADIUS from outside: octets in, octets out.

#![allow(missing_docs)]

mod arbitrary_bytes;
mod authenticators;
mod doors;
mod dynamic_authorisation;
mod packets;
mod support;
