//! Reading the parts of a catalogue document that stand alone: codes, names, grants, selectors, prices.

use std::collections::BTreeMap;

use openmvno_money::{Currency, Rounding};
use serde_json::Value;

use crate::document::Object;
use crate::mistakes::Mistakes;
use crate::price::{Percent, Price};
use crate::rate::{RateId, RateTerms};
use crate::service::Grant;
use crate::tariff::Tariff;

/// E.164 numbers have 15 digits; room for carrier and national prefixes before them.
const LONGEST_PREFIX: usize = 32;
const LONGEST_CODE: usize = 64;
const LONGEST_NAME: usize = 200;

/// Codes seen: where, and at which position of their list.
pub(crate) type Codes = BTreeMap<String, (String, usize)>;

pub(crate) fn currency(document: &Object<'_>, mistakes: &mut Mistakes) -> Option<Currency> {
    let code = document.required_string("currency", mistakes)?;
    match Currency::from_code(code) {
        Ok(currency) => Some(currency),
        Err(error) => {
            mistakes.add(&document.at("currency"), error.to_string());
            None
        }
    }
}

/// The object's code, recorded as `position`; a mistake when it is taken or no code.
pub(crate) fn code(
    object: &Object<'_>,
    seen: &mut Codes,
    position: usize,
    mistakes: &mut Mistakes,
) -> Option<String> {
    let code = object.required_string("code", mistakes)?;
    let path = object.at("code");
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if code.is_empty() || code.len() > LONGEST_CODE || !code.bytes().all(letters) {
        mistakes.add(
            &path,
            format!("must be 1 to {LONGEST_CODE} letters, digits, '-', '_' or '.'"),
        );
        return None;
    }
    if let Some((first, _)) = seen.get(code) {
        mistakes.add(&path, format!("{code} is already at {first}"));
        return None;
    }
    seen.insert(code.to_owned(), (path, position));
    Some(code.to_owned())
}

/// The position of a code named by `field`.
pub(crate) fn known(
    code: &str,
    codes: &Codes,
    object: &Object<'_>,
    field: &str,
    mistakes: &mut Mistakes,
) -> Option<usize> {
    let found = codes.get(code).map(|(_, position)| *position);
    if found.is_none() {
        mistakes.add(&object.at(field), format!("there is no {field} {code:?}"));
    }
    found
}

pub(crate) fn name<'a>(object: &Object<'a>, mistakes: &mut Mistakes) -> Option<&'a str> {
    let name = object.string("name", mistakes)?;
    if name.chars().count() > LONGEST_NAME {
        mistakes.add(
            &object.at("name"),
            format!("at most {LONGEST_NAME} characters"),
        );
    }
    Some(name)
}

pub(crate) fn grant(service: &Object<'_>, mistakes: &mut Mistakes) -> Option<Grant> {
    const FIELDS: &[&str] = &["default", "maximum", "validity_time"];
    let Some(value) = service.get("grant") else {
        mistakes.add(&service.at("grant"), "is required");
        return None;
    };
    let object = Object::open(value, service.at("grant"), FIELDS, mistakes)?;
    let units = (1, u64::MAX);
    let default = object.required_integer("default", units, mistakes);
    let maximum = object.required_integer("maximum", units, mistakes);
    let seconds = object.required_integer("validity_time", (1, u64::from(u32::MAX)), mistakes);
    let (default, maximum) = (default?, maximum?);
    if default > maximum {
        mistakes.add(&object.at("default"), "must not be above the maximum");
        return None;
    }
    Some(Grant {
        default,
        maximum,
        validity_time_seconds: u32::try_from(seconds?).ok()?,
    })
}

/// Files the rate under its selector.
pub(crate) fn select(
    object: &Object<'_>,
    tariff: &mut Tariff,
    id: RateId,
    mistakes: &mut Mistakes,
) {
    let given: Vec<&str> = ["prefix", "rating_group", "default"]
        .into_iter()
        .filter(|field| object.get(field).is_some())
        .collect();
    let [selector] = given[..] else {
        mistakes.add(
            &object.path,
            "needs exactly one of prefix, rating_group and default",
        );
        return;
    };
    let vacant = match selector {
        "prefix" => select_prefix(object, tariff, id, mistakes),
        "rating_group" => object
            .integer(selector, 0, (0, u64::from(u32::MAX)), mistakes)
            .and_then(|group| u32::try_from(group).ok())
            .map(|group| tariff.add_group(group, id)),
        _ => match object.get(selector) {
            Some(Value::Bool(true)) => Some(tariff.set_default(id)),
            _ => {
                mistakes.add(&object.at(selector), "must be true, or left out");
                None
            }
        },
    };
    if vacant == Some(false) {
        mistakes.add(&object.at(selector), "is already in this rate table");
    }
}

fn select_prefix(
    object: &Object<'_>,
    tariff: &mut Tariff,
    id: RateId,
    mistakes: &mut Mistakes,
) -> Option<bool> {
    let prefix = object.string("prefix", mistakes)?;
    if prefix.len() > LONGEST_PREFIX || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        mistakes.add(
            &object.at("prefix"),
            format!("must be up to {LONGEST_PREFIX} digits, without +"),
        );
        return None;
    }
    Some(tariff.add_prefix(prefix, id))
}

pub(crate) fn terms(
    object: &Object<'_>,
    rounding: Rounding,
    mistakes: &mut Mistakes,
) -> Option<RateTerms> {
    let name = name(object, mistakes);
    let units = (1, u64::MAX);
    let per = object.integer("per", 1, units, mistakes);
    let first_interval = object.integer("first_interval", 1, units, mistakes);
    let next_interval = object.integer("next_interval", 1, units, mistakes);
    if object.get("price").is_none() {
        mistakes.add(&object.at("price"), "is required");
    }
    // After a mistake in `per` the prices are still read for their own mistakes.
    let next_price = price(object, "price", per.unwrap_or(1), mistakes);
    let first_price = price(object, "first_price", per.unwrap_or(1), mistakes);
    let connection_fee = price(object, "connection_fee", 1, mistakes);
    per?;
    let (next_price, first_price) = (next_price?, first_price?);
    Some(RateTerms {
        name: name.unwrap_or_default().to_owned(),
        connection_fee: connection_fee?.unwrap_or(Price::ZERO),
        first_interval: first_interval?,
        next_interval: next_interval?,
        first_price: first_price.or(next_price)?,
        next_price: next_price?,
        free_units: 0,
        grace: 0,
        surcharge: Percent::default(),
        minimum: None,
        maximum: None,
        rounding,
    })
}

/// `Some(None)` when the field is missing, `None` after a mistake.
fn price(
    object: &Object<'_>,
    field: &str,
    per: u64,
    mistakes: &mut Mistakes,
) -> Option<Option<Price>> {
    if object.get(field).is_none() {
        return Some(None);
    }
    let text = object.string(field, mistakes)?;
    match Price::parse(text, per) {
        Ok(price) => Some(Some(price)),
        Err(error) => {
            mistakes.add(&object.at(field), error.to_string());
            None
        }
    }
}
