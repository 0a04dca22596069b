//! A deterministic simulation of the charging core.
//!
//! The shards and their journal are the real ones; clock, clients, network, storage and the
//! committer's fate are simulated, all of it from one seed. An independent [`audit`] watches what
//! clients see and what is durable. A seed that fails fails again, with its trace.

#![forbid(unsafe_code)]

pub mod audit;
pub mod business;
pub mod catalogue;
pub mod client;
pub mod engine;
pub mod message;
pub mod random;
pub mod sabotage;
pub mod storage;
pub mod world;

pub use sabotage::Sabotage;
pub use world::{Failure, Summary, run};
