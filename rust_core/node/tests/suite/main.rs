//! The node from outside.

#![allow(missing_docs)]

mod door;
mod links;
mod orders;
mod peers;
mod profiles;
#[path = "../common/rows.rs"]
mod rows;
mod support;
mod wire_conditions;
