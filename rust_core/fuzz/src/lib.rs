//! Hostile input for every parser: inputs of the corpus, changed at random, by the million.
//!
//! A parser is a [`Target`]: it says what valid input looks like and, of each input, what kind of
//! result came of it, its [`Class`]. An input with a result of a new kind joins the corpus, so that
//! the next changes begin where the last ones got to. Everything is a function of the seed.
//!
//! A target panics where a promise is broken: that ends the campaign with the input and its seed.

#![forbid(unsafe_code)]

mod campaign;
mod change;
mod class;
mod corpus;
mod engine;
mod fault;
mod messages;
mod report;
mod target;
mod targets;

pub use campaign::{Campaign, Finding, Progress};
pub use class::Class;
pub use corpus::Corpus;
pub use fault::quietly;
pub use report::table;
pub use target::Target;
pub use targets::{all, shares};
