//! Rate tables.

use crate::facts::Direction;
use crate::ids::ServiceId;
use crate::selectors::{Effective, Selectors};

/// What happens at a period boundary inside a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Switch {
    /// The usage is cut there.
    #[default]
    Split,
    /// The price at the start holds to the end.
    Start,
}

/// A rate table of the catalogue.
#[derive(Clone, Debug)]
pub struct RateTable {
    /// Name in the catalogue.
    pub code: String,
    /// Whose usage it prices.
    pub service: ServiceId,
    /// The usage of which direction.
    pub direction: Direction,
    /// Position of its calendar in the document.
    pub(crate) calendar: Option<u16>,
    pub(crate) switch: Switch,
    pub(crate) effective: Effective,
    pub(crate) selectors: Selectors,
}
