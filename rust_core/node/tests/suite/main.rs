//! The node from outside.

#![allow(missing_docs)]

mod clocks;
mod door;
mod further_imsis;
mod links;
mod live_traces;
mod materialised;
mod orders;
mod overload;
mod payer_changes;
mod peers;
mod profiles;
#[path = "../common/rows.rs"]
mod rows;
mod support;
mod wire_conditions;
