//! Where users and numbers are: zones, cell groups, destinations.

use crate::digit_trie::DigitTrie;
use crate::facts::{Location, NotRated, Special};
use crate::zone::ZoneId;

/// What a network in no zone is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UnknownZone {
    /// In no zone: conditions on zones do not hold.
    #[default]
    Nowhere,
    Rejected,
    In(ZoneId),
}

/// A cell or a whole location area, as the network writes it.
pub(crate) type Cells = Vec<String>;

/// The compiled zones, cell groups and destinations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    pub(crate) zones: Vec<String>,
    /// By [`plmn_key`], ascending.
    pub(crate) plmns: Vec<(u32, ZoneId)>,
    pub(crate) mscs: DigitTrie,
    pub(crate) unknown: UnknownZone,
    /// Each ascending.
    pub(crate) cell_groups: Vec<Cells>,
    /// By position in the document; `None` for those no condition names.
    pub(crate) destinations: Vec<Option<DigitTrie>>,
    /// Whole numbers.
    pub(crate) emergency: DigitTrie,
    pub(crate) toll_free: DigitTrie,
}

impl Places {
    pub(crate) fn zone_of(&self, location: &Location<'_>) -> Result<Option<ZoneId>, NotRated> {
        if location.plmn.is_empty() && location.cell.is_empty() && location.msc.is_empty() {
            return Ok(None);
        }
        let plmn = if location.plmn.is_empty() {
            location.cell.split('-').next().unwrap_or("")
        } else {
            location.plmn
        };
        let found = if !plmn.is_empty() {
            self.zone_of_plmn(plmn)
        } else if !location.msc.is_empty() {
            let zone = self.mscs.longest_prefix(location.msc.as_bytes());
            zone.and_then(|zone| u16::try_from(zone).ok()).map(ZoneId)
        } else {
            return Ok(None);
        };
        match (found, self.unknown) {
            (Some(zone), _) | (None, UnknownZone::In(zone)) => Ok(Some(zone)),
            (None, UnknownZone::Nowhere) => Ok(None),
            (None, UnknownZone::Rejected) => Err(NotRated::UnknownZone),
        }
    }

    /// The zone of the network itself, else of its country.
    fn zone_of_plmn(&self, plmn: &str) -> Option<ZoneId> {
        let zone = |digits: &str| {
            let key = plmn_key(digits)?;
            let position = self
                .plmns
                .binary_search_by_key(&key, |(key, _)| *key)
                .ok()?;
            Some(self.plmns[position].1)
        };
        zone(plmn).or_else(|| zone(plmn.get(..3)?))
    }

    /// Whether a cell, or the location area it is in, belongs to the group.
    pub(crate) fn in_cells(&self, group: u16, cell: &str) -> bool {
        let Some(cells) = self.cell_groups.get(usize::from(group)) else {
            return false;
        };
        let has = |name: &str| {
            cells
                .binary_search_by(|known| known.as_str().cmp(name))
                .is_ok()
        };
        // PLMN-LAC-cell: without the part after the second hyphen it is the area.
        let area = cell.match_indices('-').nth(1).map(|(end, _)| &cell[..end]);
        has(cell) || area.is_some_and(has)
    }

    pub(crate) fn special(&self, destination: &str) -> Special {
        let digits = destination.as_bytes();
        if self.emergency.get(digits).is_some() {
            Special::Emergency
        } else if self.toll_free.longest_prefix(digits).is_some() {
            Special::TollFree
        } else {
            Special::Ordinary
        }
    }
}

/// Whether a number begins with a prefix of the destination.
pub(crate) fn digits_within(
    destinations: &[Option<DigitTrie>],
    destination: u16,
    digits: &str,
) -> bool {
    let prefixes = destinations.get(usize::from(destination));
    prefixes
        .and_then(Option::as_ref)
        .is_some_and(|prefixes| prefixes.longest_prefix(digits.as_bytes()).is_some())
}

/// MCC and MNC, or an MCC alone, as a number: a 1 before the digits keeps 219 01 and 219 001 apart
/// (TS 23.003 §2.2: the length of the MNC belongs to it).
pub(crate) fn plmn_key(digits: &str) -> Option<u32> {
    let known =
        matches!(digits.len(), 3 | 5 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let value: u32 = known.then(|| digits.parse().ok())??;
    Some(10_u32.pow(u32::try_from(digits.len()).ok()?) + value)
}
