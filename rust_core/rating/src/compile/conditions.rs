//! Reading conditions: `when` of a product's rate table, entries of `pays` and `applies`.

use serde_json::Value;

use crate::calendar::PeriodId;
use crate::conditions::{Conditions, Covered, Symbol};
use crate::document::{Object, text, whole, word};
use crate::facts::Direction;
use crate::fields::{Codes, reference};
use crate::ids::ServiceId;
use crate::mistakes::Mistakes;
use crate::service::Unit;
use crate::zone::ZoneId;

use super::calendars::{Calendars, Scope};
use super::destinations::Destinations;
use super::services::Services;
use super::zones::Zones;

/// What conditions may name.
pub(super) struct Names<'a> {
    pub(super) services: Services,
    pub(super) destinations: Destinations<'a>,
    pub(super) zones: Zones,
    pub(super) calendars: Calendars<'a>,
}

pub(super) const FIELDS: &[&str] = &[
    "directions",
    "destinations",
    "symbols",
    "zones",
    "cell_groups",
    "apns",
    "rating_groups",
    "service_identifiers",
    "rat_types",
    "qos_classes",
    "slices",
    "access_networks",
    "periods",
];

/// The conditions among an object's fields. What is wrong is reported and left out.
pub(super) fn read(
    object: &Object<'_>,
    names: &Names<'_>,
    scope: Scope,
    mistakes: &mut Mistakes,
) -> Conditions {
    let zones = &names.zones;
    Conditions {
        directions: each(object, "directions", mistakes, |path, value, mistakes| {
            word(path, value, DIRECTIONS, mistakes)
        }),
        destinations: coded(
            object,
            ("destinations", "destination"),
            &names.destinations.codes,
            mistakes,
        ),
        symbols: each(object, "symbols", mistakes, |path, value, mistakes| {
            word(path, value, SYMBOLS, mistakes)
        }),
        zones: coded(object, ("zones", "zone"), &zones.codes, mistakes)
            .into_iter()
            .map(ZoneId)
            .collect(),
        cell_groups: coded(
            object,
            ("cell_groups", "cell group"),
            &zones.cell_codes,
            mistakes,
        ),
        apns: each(object, "apns", mistakes, |path, value, mistakes| {
            filled(path, value, mistakes).map(|apn| apn.to_ascii_lowercase())
        }),
        rating_groups: numbers(object, "rating_groups", mistakes),
        service_identifiers: numbers(object, "service_identifiers", mistakes),
        rat_types: numbers(object, "rat_types", mistakes),
        qos_classes: numbers(object, "qos_classes", mistakes),
        slices: each(object, "slices", mistakes, filled),
        access_networks: each(object, "access_networks", mistakes, filled),
        periods: each(object, "periods", mistakes, |path, value, mistakes| {
            period(path, value, (names, scope), mistakes)
        }),
        rare: false,
    }
    .told()
}

/// An entry of `pays` or `applies`: its service and the conditions; `None` when the service is not known.
pub(super) fn covered(
    object: &Object<'_>,
    names: &Names<'_>,
    mistakes: &mut Mistakes,
) -> Option<(Covered, Unit)> {
    let conditions = read(object, names, Scope::Anywhere, mistakes);
    object.required_string("service", mistakes)?;
    let codes = &names.services.codes;
    let service = crate::fields::known(object, "service", "service", codes, mistakes)?;
    let covered = Covered {
        service: ServiceId::of(service),
        conditions,
    };
    Some((covered, names.services.list.get(service)?.unit))
}

/// The period named by a value.
pub(super) fn period(
    path: &str,
    value: &Value,
    (names, scope): (&Names<'_>, Scope),
    mistakes: &mut Mistakes,
) -> Option<PeriodId> {
    let code = text(path, value, mistakes)?;
    match names.calendars.period(code, scope) {
        Ok(period) => Some(period),
        Err(why) => {
            mistakes.add(path, why);
            None
        }
    }
}

/// The elements of a list, ascending and without repetition.
fn each<T: Ord>(
    object: &Object<'_>,
    field: &str,
    mistakes: &mut Mistakes,
    read: impl Fn(&str, &Value, &mut Mistakes) -> Option<T>,
) -> Vec<T> {
    let mut found = Vec::new();
    for (path, value) in object.some_list(field, mistakes) {
        found.extend(read(&path, value, mistakes));
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn coded(
    object: &Object<'_>,
    (field, what): (&str, &str),
    codes: &Codes,
    mistakes: &mut Mistakes,
) -> Vec<u16> {
    each(object, field, mistakes, |path, value, mistakes| {
        let position = reference(path, value, what, codes, mistakes)?;
        u16::try_from(position).ok()
    })
}

/// Whole numbers as wide as `T`.
fn numbers<T>(object: &Object<'_>, field: &str, mistakes: &mut Mistakes) -> Vec<T>
where
    T: Ord + TryFrom<u64> + Widest,
{
    each(object, field, mistakes, |path, value, mistakes| {
        T::try_from(whole(path, value, (0, T::MOST), mistakes)?).ok()
    })
}

trait Widest {
    const MOST: u64;
}

impl Widest for u8 {
    const MOST: u64 = Self::MAX as u64;
}

impl Widest for u32 {
    const MOST: u64 = Self::MAX as u64;
}

/// Empty text stands for what is not known, which no condition may ask for.
fn filled(path: &str, value: &Value, mistakes: &mut Mistakes) -> Option<String> {
    let given = text(path, value, mistakes)?;
    if given.is_empty() {
        mistakes.add(path, "must not be empty");
        return None;
    }
    Some(given.to_owned())
}

pub(super) const DIRECTIONS: &[(&str, Direction)] = &[
    ("originating", Direction::Originating),
    ("terminating", Direction::Terminating),
    ("forwarded", Direction::Forwarded),
];

pub(super) const SYMBOLS: &[(&str, Symbol)] = &[
    ("cug", Symbol::ClosedUserGroup),
    ("favourite", Symbol::Favourite),
    ("on_net", Symbol::OnNet),
];
