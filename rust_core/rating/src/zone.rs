//! Zones: named sets of networks.

use serde::{Deserialize, Serialize};

/// Index of a zone in its catalogue; stable for one catalogue document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ZoneId(pub u16);
