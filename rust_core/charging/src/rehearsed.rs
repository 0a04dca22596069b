//! A usage to be rehearsed, and what becomes of it.

use crate::clock::Millis;
use crate::request::Context;
use openmvno_rating::Direction;

/// What became of a usage; the numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rehearsed {
    /// It has a price.
    Rated = 0,
    /// A rate or a closed user group forbids it.
    Forbidden = 1,
    /// No rate matches.
    NoRate = 2,
    /// No product of the line has a price for the service.
    NotSold = 3,
    /// The network is in no zone.
    UnknownZone = 4,
    /// A used-up bucket refuses some of it.
    Blocked = 5,
    /// The price does not fit an amount.
    Overflow = 6,
}

/// A usage in a row of packed columns.
#[derive(Clone, Copy, Debug)]
pub struct RehearsedUsage<'a> {
    /// Position among the lines.
    pub line: u32,
    /// Position among the document's services.
    pub service: u16,
    /// Direction.
    pub direction: Direction,
    /// Start.
    pub at: Millis,
    /// In the service's unit.
    pub usage: u64,
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// The other party, international digits.
    pub destination: &'a str,
    /// Where and how the user was served.
    pub context: Option<Context<'a>>,
    /// The other party was on the line's Friends & Family list.
    pub favourite: bool,
}
