//! Reading `zones`, `unknown_zone` and `cell_groups`: where users are.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Object, text};
use crate::fields::{Codes, code, digits, known, limited};
use crate::mistakes::Mistakes;
use crate::places::{Cells, Places, UnknownZone, plmn_key};
use crate::zone::ZoneId;

/// The word that stands where a zone's code could.
const REJECT: &str = "reject";

#[derive(Default)]
pub(super) struct Zones {
    pub(super) codes: Codes,
    pub(super) cell_codes: Codes,
    pub(super) places: Places,
}

pub(super) fn read(document: &Object<'_>, mistakes: &mut Mistakes) -> Zones {
    let mut zones = Zones::default();
    let mut plmns = BTreeMap::new();
    let mut mscs = BTreeMap::new();
    for (path, value) in limited(document.list("zones", mistakes), mistakes) {
        const FIELDS: &[&str] = &["code", "plmns", "msc_prefixes"];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        let position = zones.places.zones.len();
        let code = code(&object, &mut zones.codes, position, mistakes);
        if code.as_deref() == Some(REJECT) {
            mistakes.add(&object.at("code"), "is what unknown_zone says, and no zone");
        }
        zones.places.zones.push(code.unwrap_or_default());
        let zone = u16::try_from(position).map_or(ZoneId(u16::MAX), ZoneId);
        read_plmns(&object, zone, &mut plmns, mistakes);
        for (path, value) in object.list("msc_prefixes", mistakes) {
            if let Some(prefix) = digits(&path, value, 1, mistakes) {
                place(prefix, path, zone, &mut mscs, mistakes);
            }
        }
    }
    for (prefix, (_, zone)) in mscs {
        zones
            .places
            .mscs
            .insert(prefix.as_bytes(), u32::from(zone.0));
    }
    zones.places.plmns = plmns
        .into_iter()
        .filter_map(|(plmn, (_, zone))| Some((plmn_key(plmn)?, zone)))
        .collect();
    zones.places.plmns.sort_unstable();
    zones.places.unknown = unknown(document, &zones.codes, mistakes);
    read_cells(document, &mut zones, mistakes);
    zones
}

/// Digits of networks: where each stands and its zone.
type Placed<'a> = BTreeMap<&'a str, (String, ZoneId)>;

fn place<'a>(
    digits: &'a str,
    path: String,
    zone: ZoneId,
    placed: &mut Placed<'a>,
    mistakes: &mut Mistakes,
) {
    if let Some((first, _)) = placed.get(digits) {
        mistakes.add(&path, format!("{digits} is already at {first}"));
    } else {
        placed.insert(digits, (path, zone));
    }
}

fn read_plmns<'a>(
    object: &Object<'a>,
    zone: ZoneId,
    plmns: &mut Placed<'a>,
    mistakes: &mut Mistakes,
) {
    for (path, value) in object.list("plmns", mistakes) {
        let Some(plmn) = text(&path, value, mistakes) else {
            continue;
        };
        if plmn_key(plmn).is_some() {
            place(plmn, path, zone, plmns, mistakes);
        } else {
            let message = "must be an MCC of 3 digits, or MCC and MNC of 5 or 6 digits";
            mistakes.add(&path, message);
        }
    }
}

fn unknown(document: &Object<'_>, zones: &Codes, mistakes: &mut Mistakes) -> UnknownZone {
    const FIELD: &str = "unknown_zone";
    match document.get(FIELD) {
        None => UnknownZone::Nowhere,
        Some(Value::String(word)) if word == REJECT => UnknownZone::Rejected,
        Some(_) => known(document, FIELD, "zone", zones, mistakes)
            .and_then(|position| u16::try_from(position).ok())
            .map_or(UnknownZone::Nowhere, |zone| UnknownZone::In(ZoneId(zone))),
    }
}

fn read_cells(document: &Object<'_>, zones: &mut Zones, mistakes: &mut Mistakes) {
    for (path, value) in limited(document.list("cell_groups", mistakes), mistakes) {
        let Some(object) = Object::open(value, path, &["code", "cells"], mistakes) else {
            continue;
        };
        let position = zones.places.cell_groups.len();
        code(&object, &mut zones.cell_codes, position, mistakes);
        let mut cells = Cells::new();
        for (path, value) in object.required_list("cells", mistakes) {
            let Some(cell) = text(&path, value, mistakes) else {
                continue;
            };
            if !is_cell(cell) {
                let message = "must be PLMN-LAC or PLMN-LAC-cell in decimal digits without \
                               leading zeros, such as 21901-100-7788";
                mistakes.add(&path, message);
            }
            cells.push(cell.to_owned());
        }
        cells.sort_unstable();
        cells.dedup();
        zones.places.cell_groups.push(cells);
    }
}

/// Networks' numbers are compared as text, so there must be one way to write each.
fn is_cell(text: &str) -> bool {
    let mut parts = text.split('-');
    let plmn = parts.next().unwrap_or("");
    let rest: Vec<&str> = parts.collect();
    let number = |part: &&str| {
        part.parse::<u64>()
            .is_ok_and(|value| value.to_string() == **part)
    };
    plmn.len() >= 5
        && plmn_key(plmn).is_some()
        && (1..=2).contains(&rest.len())
        && rest.iter().all(number)
}
