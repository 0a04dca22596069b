//! The RADIUS door's mapping: what a client asks becomes charging requests, outcomes become answers.
//!
//! It runs in a process of its own and reaches the engine by JSON requests, as every client outside
//! the engine's process does. Nothing it keeps has to survive: what was charged is the engine's to
//! know, and a request that comes again after a restart leads to the same charging request.

mod access;
mod accounting;
mod follow;
mod gate;
mod notices;
mod policy;
mod serving;
mod subject;
mod words;

pub use follow::Chain;
pub use gate::{Drained, Gate, Outgoing, Socket};
