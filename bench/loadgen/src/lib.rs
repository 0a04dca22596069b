//! Load generator for a Diameter credit-control server: closed or open loop, on one epoll thread; and
//! for RADIUS accounting, see [`accounting`].
//!
//! Requests are encoded once per connection, service and type; per request only the bytes that differ
//! are patched, so that on a shared machine the generator leaves the cores to what it measures.
#![forbid(unsafe_code)]

pub mod accounting;
mod answer;
mod clock;
mod connection;
mod driver;
mod exchange;
mod log;
pub mod options;
mod pacing;
mod report;
mod session;
pub mod sink;
mod statistics;
mod template;
mod traffic;

pub use driver::run;
pub use report::Report;
