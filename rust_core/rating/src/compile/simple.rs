//! Reading the fields of a simple price.

use std::collections::HashMap;

use openmvno_money::Rounding;

use crate::document::Object;
use crate::fields::price;
use crate::mistakes::Mistakes;
use crate::price::Price;
use crate::rate::{InvalidRate, Rate, RateTerms};

use super::formulas::share;

/// The fields that make a simple price.
pub(super) const FIELDS: [&str; 11] = [
    "price",
    "per",
    "first_interval",
    "next_interval",
    "first_price",
    "connection_fee",
    "free_units",
    "grace",
    "surcharge_percent",
    "minimum_charge",
    "maximum_charge",
];

/// The prices of a document so far, by their terms without a name.
#[derive(Default)]
pub(super) struct Prices(HashMap<RateTerms, Rate>);

/// `None` after a mistake.
pub(super) fn read(
    object: &Object<'_>,
    name: &str,
    rounding: Rounding,
    prices: &mut Prices,
    mistakes: &mut Mistakes,
) -> Option<Rate> {
    let terms = terms(object, rounding, mistakes)?;
    if let Some(known) = prices.0.get(&terms) {
        return Some(known.called(name));
    }
    match Rate::simple(&terms) {
        Ok(rate) => {
            let called = rate.called(name);
            prices.0.insert(terms, rate);
            Some(called)
        }
        Err(error) => {
            let field = match error {
                InvalidRate::MinimumAboveMaximum => "minimum_charge",
                _ => "price",
            };
            mistakes.add(&object.at(field), error.to_string());
            None
        }
    }
}

fn terms(object: &Object<'_>, rounding: Rounding, mistakes: &mut Mistakes) -> Option<RateTerms> {
    let units = (1, u64::MAX);
    let per = object.integer("per", 1, units, mistakes);
    let first_interval = object.integer("first_interval", 1, units, mistakes);
    let next_interval = object.integer("next_interval", 1, units, mistakes);
    let free_units = object.integer("free_units", 0, (0, u64::MAX), mistakes);
    let grace = object.integer("grace", 0, (0, u64::MAX), mistakes);
    if object.get("price").is_none() {
        mistakes.add(&object.at("price"), "is required");
    }
    // After a mistake in `per` the prices are still read for their own mistakes.
    let next_price = price(object, "price", per.unwrap_or(1), mistakes);
    let first_price = price(object, "first_price", per.unwrap_or(1), mistakes);
    let connection_fee = price(object, "connection_fee", 1, mistakes);
    let surcharge = share(object, "surcharge_percent", mistakes);
    let minimum = price(object, "minimum_charge", 1, mistakes);
    let maximum = price(object, "maximum_charge", 1, mistakes);
    per?;
    let (next_price, first_price) = (next_price?, first_price?);
    Some(RateTerms {
        name: String::new(),
        connection_fee: connection_fee?.unwrap_or(Price::ZERO),
        first_interval: first_interval?,
        next_interval: next_interval?,
        first_price: first_price.or(next_price)?,
        next_price: next_price?,
        free_units: free_units?,
        grace: grace?,
        surcharge: surcharge?,
        minimum: minimum?,
        maximum: maximum?,
        rounding,
    })
}
