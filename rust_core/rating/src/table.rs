//! Rate tables.

use crate::facts::Direction;
use crate::ids::ServiceId;

/// A rate table of the catalogue.
#[derive(Clone, Debug)]
pub struct RateTable {
    /// Name in the catalogue.
    pub code: String,
    /// Whose usage it prices.
    pub service: ServiceId,
    /// The usage of which direction.
    pub direction: Direction,
}
