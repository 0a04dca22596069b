//! Where sessions and clients stand, for doors whose clients report what was used since the beginning.

use crate::request::UnitKey;
use crate::shard::Shard;

/// Where a session stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The number of the last request applied.
    pub number: u32,
    /// Units used since the session began.
    pub used: u64,
    /// It was given up; only its end is still taken.
    pub expired: bool,
}

impl Shard {
    /// Where a session stands; `None` when it is not here. `key` names the only units of the session.
    #[must_use]
    pub fn standing(&self, session: &str, key: UnitKey) -> Option<Standing> {
        let session = self.session_named(session)?;
        let units = session.units.iter().find(|unit| unit.key == key);
        Some(Standing {
            number: session.last_number,
            used: session
                .cut()
                .used
                .saturating_add(units.map_or(0, |unit| unit.used)),
            expired: session.expired,
        })
    }

    /// Clients that announced a state, and the highest each did.
    pub fn peers(&self) -> impl Iterator<Item = (&str, u32)> {
        self.peers.iter().map(|peer| (&*peer.host, peer.state))
    }
}
