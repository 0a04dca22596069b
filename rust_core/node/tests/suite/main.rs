//! The node from outside.

#![allow(missing_docs)]

mod door;
mod peers;
mod profiles;
mod support;
