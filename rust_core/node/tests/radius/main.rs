//! The RADIUS door's mapping and the engine behind it: datagrams in, money and datagrams out.

#![allow(missing_docs)]

mod accounting;
mod admission;
mod disconnects;
mod properties;
mod restarts;
#[path = "../common/rows.rs"]
mod rows;
mod system;
