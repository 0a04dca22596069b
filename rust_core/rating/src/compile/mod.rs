//! From the catalogue document to the compiled catalogue: one module for each part of the document.

mod buckets;
mod calendars;
mod conditions;
mod conflicts;
mod destinations;
mod discounts;
mod final_units;
mod formulas;
mod keys;
mod numbering;
mod partners;
mod products;
mod rates;
mod services;
mod simple;
mod tables;
mod uses;
mod zones;

use std::collections::BTreeSet;

use openmvno_money::Rounding;
use serde_json::Value;

use crate::catalog::{Catalog, Index};
use crate::conditions::Conditions;
use crate::document::Object;
use crate::fast_hash::ByCode;
use crate::fields::{Codes, currency};
use crate::ids::{BucketRuleId, DiscountId, PartnerId, ProductId, ServiceId};
use crate::mistakes::{Mistake, Mistakes};
use crate::places::Places;
use crate::remembered::Remembering;
use crate::time::TimeZone;
use crate::unique_keys::UniqueKeys;

use conditions::Names;
use uses::TableUses;

/// Far above a tariff of a million rates, and keeps every index of it within 31 bits.
const LARGEST_DOCUMENT: usize = 256 << 20;

const FIELDS: &[&str] = &[
    "currency",
    "rounding",
    "time_zone",
    "numbering",
    "services",
    "destinations",
    "zones",
    "unknown_zone",
    "cell_groups",
    "calendars",
    "formulas",
    "rate_tables",
    "buckets",
    "discounts",
    "products",
    "partners",
];

pub(crate) fn compile(document_json: &[u8]) -> Result<Catalog, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    if document_json.len() > LARGEST_DOCUMENT {
        mistakes.add("", format!("larger than {LARGEST_DOCUMENT} bytes"));
        return Err(mistakes.into_vec());
    }
    let value = match serde_json::from_slice(document_json) {
        Ok(UniqueKeys(value)) => value,
        Err(error) => {
            mistakes.add("", format!("not a JSON document: {error}"));
            return Err(mistakes.into_vec());
        }
    };
    let catalog = document(&value, &mut mistakes);
    match catalog {
        Some(catalog) if mistakes.is_empty() => Ok(catalog),
        _ => Err(mistakes.into_vec()),
    }
}

/// Parts are read in the order in which they name each other.
fn document(value: &Value, mistakes: &mut Mistakes) -> Option<Catalog> {
    let document = Object::open(value, String::new(), FIELDS, mistakes)?;
    let currency = currency(&document, mistakes);
    let rounding = document.choice("rounding", Some(Rounding::default()), ROUNDINGS, mistakes);
    let rounds = rounding.unwrap_or_default();
    let time_zone = time_zone(&document, mistakes);
    let numbering = numbering::read(&document, mistakes);
    let mut names = Names {
        services: services::read(&document, mistakes),
        destinations: destinations::read(&document, mistakes),
        zones: zones::read(&document, mistakes),
        calendars: calendars::read(&document, mistakes),
    };
    let formulas = formulas::read(&document, rounds, mistakes);
    let mut tables = tables::read(&document, rounds, (&names, &formulas), mistakes);
    let buckets = buckets::read(&document, &names, mistakes);
    let discounts = discounts::read(&document, &names, mistakes);
    let mut uses = TableUses::new(&names, &tables);
    let granted = (&names.services.codes, &buckets.codes, &discounts.codes);
    let products = products::read(&document, granted, &mut uses, mistakes);
    let partners = partners::read(&document, &mut uses, mistakes);
    let whens = uses.whens;
    let pays = buckets.list.iter().flat_map(|bucket| &bucket.pays);
    let covered = pays.map(|pays| &pays.covered);
    let covered = covered.chain(discounts.list.iter().flat_map(|discount| &discount.applies));
    let conditions = covered.map(|covered| &covered.conditions).chain(&whens);
    let places = places(&mut names, conditions);
    Some(Catalog {
        currency: currency?,
        rounding: rounding?,
        time_zone,
        numbering,
        index: Index {
            services: positions(names.services.codes, ServiceId::of),
            products: positions(products.codes, ProductId::of),
            buckets: positions(buckets.codes, BucketRuleId::of),
            discounts: positions(discounts.codes, DiscountId::of),
            partners: positions(partners.codes, PartnerId::of),
        },
        services: names.services.list,
        places,
        calendars: names
            .calendars
            .list
            .into_iter()
            .map(Remembering::new)
            .collect(),
        periods: names.calendars.periods,
        rates: std::mem::take(&mut tables.rates),
        // A table without its service is a mistake, and this catalogue is not used.
        tables: tables.list.into_iter().flatten().collect(),
        whens,
        bucket_rules: buckets.list,
        discount_rules: discounts.list,
        products: products.list,
        partners: partners.list,
    })
}

fn time_zone(document: &Object<'_>, mistakes: &mut Mistakes) -> TimeZone {
    const FIELD: &str = "time_zone";
    if document.get(FIELD).is_none() {
        return TimeZone::UTC;
    }
    let Some(name) = document.string(FIELD, mistakes) else {
        return TimeZone::UTC;
    };
    TimeZone::parse(name).unwrap_or_else(|| {
        let message = format!("{name:?} is no IANA time zone such as Europe/Zagreb");
        mistakes.add(&document.at(FIELD), message);
        TimeZone::UTC
    })
}

/// Only the destinations that conditions ask for get a trie of their own.
fn places<'c>(names: &mut Names<'_>, conditions: impl Iterator<Item = &'c Conditions>) -> Places {
    let asked: BTreeSet<u16> = conditions
        .flat_map(|conditions| &conditions.destinations)
        .copied()
        .collect();
    let destinations = std::mem::take(&mut names.destinations);
    let tries = destinations
        .prefixes
        .iter()
        .enumerate()
        .map(|(position, prefixes)| {
            let position = u16::try_from(position).ok()?;
            asked
                .contains(&position)
                .then(|| destinations::prefix_set(prefixes))
        });
    Places {
        destinations: tries.collect(),
        emergency: destinations.emergency,
        toll_free: destinations.toll_free,
        ..std::mem::take(&mut names.zones.places)
    }
}

fn positions<T>(codes: Codes, id: impl Fn(usize) -> T) -> ByCode<T> {
    codes
        .into_iter()
        .map(|(code, (_, position))| (code, id(position)))
        .collect()
}

const ROUNDINGS: &[(&str, Rounding)] = &[
    ("up", Rounding::Up),
    ("half_up", Rounding::HalfUp),
    ("half_even", Rounding::HalfEven),
    ("down", Rounding::Down),
];
