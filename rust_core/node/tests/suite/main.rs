//! The node from outside.

#![allow(missing_docs)]

mod door;
mod orders;
mod peers;
mod profiles;
mod support;
mod wire_conditions;
