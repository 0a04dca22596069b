//! Reading what many parts of a catalogue document have: codes, names, digits, prices, dates.

use std::collections::BTreeMap;

use openmvno_money::{Currency, Micros};
use serde_json::Value;

use crate::digit_trie::LONGEST_PREFIX;
use crate::document::{Object, text};
use crate::instant::instant;
use crate::mistakes::Mistakes;
use crate::price::Price;
use crate::selectors::Effective;
use crate::time::Millis;

const LONGEST_CODE: usize = 64;
const LONGEST_NAME: usize = 200;
/// Amounts of buckets and tiers end up in signed 64 bits of a database.
pub(crate) const MOST_UNITS: u64 = i64::MAX.unsigned_abs();

/// Codes seen: where, and at which position of their list.
pub(crate) type Codes = BTreeMap<String, (String, usize)>;

pub(crate) fn currency(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<Currency> {
    let code = object.required_string("currency", mistakes)?;
    match Currency::from_code(code) {
        Ok(currency) => Some(currency),
        Err(error) => {
            mistakes.add(&object.at("currency"), error.to_string());
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
    let code = plain_code(object, mistakes)?;
    let path = object.at("code");
    if let Some((first, _)) = seen.get(code) {
        mistakes.add(&path, format!("{code} is already at {first}"));
        return None;
    }
    seen.insert(code.to_owned(), (path, position));
    Some(code.to_owned())
}

/// The object's code, whether or not another has it.
pub(crate) fn plain_code<'a>(object: &Object<'a>, mistakes: &mut Mistakes) -> Option<&'a str> {
    let code = object.required_string("code", mistakes)?;
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if code.is_empty() || code.len() > LONGEST_CODE || !code.bytes().all(letters) {
        let message = format!("must be 1 to {LONGEST_CODE} letters, digits, '-', '_' or '.'");
        mistakes.add(&object.at("code"), message);
        return None;
    }
    Some(code)
}

/// The position of what `field` names by its code; `what` is what it names.
pub(crate) fn known(
    object: &Object<'_>,
    field: &str,
    what: &str,
    codes: &Codes,
    mistakes: &mut Mistakes,
) -> Option<usize> {
    reference(&object.at(field), object.get(field)?, what, codes, mistakes)
}

/// The position of what a value names by its code.
pub(crate) fn reference(
    path: &str,
    value: &Value,
    what: &str,
    codes: &Codes,
    mistakes: &mut Mistakes,
) -> Option<usize> {
    let Value::String(code) = value else {
        mistakes.add(path, format!("must be the code of a {what}"));
        return None;
    };
    let found = codes.get(code).map(|(_, position)| *position);
    if found.is_none() {
        mistakes.add(path, format!("there is no {what} {code:?}"));
    }
    found
}

pub(crate) fn name<'a>(object: &Object<'a>, mistakes: &mut Mistakes) -> Option<&'a str> {
    short(object, "name", mistakes)
}

/// Text for people of bounded length.
pub(crate) fn short<'a>(
    object: &Object<'a>,
    field: &str,
    mistakes: &mut Mistakes,
) -> Option<&'a str> {
    let text = object.string(field, mistakes)?;
    if text.chars().count() > LONGEST_NAME {
        let message = format!("at most {LONGEST_NAME} characters");
        mistakes.add(&object.at(field), message);
    }
    Some(text)
}

/// From `least` to 32 digits.
pub(crate) fn digits<'a>(
    path: &str,
    value: &'a Value,
    least: usize,
    mistakes: &mut Mistakes,
) -> Option<&'a str> {
    let digits = text(path, value, mistakes)?;
    let length = (least..=LONGEST_PREFIX).contains(&digits.len());
    if length && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(digits);
    }
    let message = match least {
        0 => format!("must be up to {LONGEST_PREFIX} digits, without +"),
        _ => format!("must be {least} to {LONGEST_PREFIX} digits, without +"),
    };
    mistakes.add(path, message);
    None
}

/// `Some(None)` when the field is missing, `None` after a mistake.
#[expect(clippy::option_option, reason = "missing and wrong differ")]
pub(crate) fn price(
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

/// A decimal string of major units, not below zero; 0 when missing.
pub(crate) fn money(object: &Object<'_>, field: &str, mistakes: &mut Mistakes) -> Option<Micros> {
    let Some(value) = object.get(field) else {
        return Some(Micros::ZERO);
    };
    let message = match text(&object.at(field), value, mistakes)?.parse::<Micros>() {
        Ok(amount) if !amount.is_negative() => return Some(amount),
        Ok(_) => "an amount cannot be negative".to_owned(),
        Err(error) => error.to_string(),
    };
    mistakes.add(&object.at(field), message);
    None
}

/// A count in `money`'s micros or in units; 0 when missing.
pub(crate) fn amount(
    object: &Object<'_>,
    field: &str,
    in_money: bool,
    mistakes: &mut Mistakes,
) -> Option<u64> {
    if in_money {
        return money(object, field, mistakes).map(|amount| amount.get().unsigned_abs());
    }
    object.integer(field, 0, (0, MOST_UNITS), mistakes)
}

/// `effective_from` and `effective_until`; `None` after a mistake.
pub(crate) fn effective(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<Effective> {
    let from = moment(object, "effective_from", Effective::ALWAYS.from, mistakes);
    let until = moment(object, "effective_until", Effective::ALWAYS.until, mistakes);
    let (from, until) = (from?, until?);
    if from >= until {
        mistakes.add(
            &object.at("effective_until"),
            "must be later than effective_from",
        );
        return None;
    }
    Some(Effective { from, until })
}

fn moment(
    object: &Object<'_>,
    field: &str,
    missing: Millis,
    mistakes: &mut Mistakes,
) -> Option<Millis> {
    if object.get(field).is_none() {
        return Some(missing);
    }
    let at = instant(object.string(field, mistakes)?);
    if at.is_none() {
        mistakes.add(
            &object.at(field),
            "must be a time with its offset such as 2026-01-01T00:00:00Z (RFC 3339)",
        );
    }
    at
}

/// Indexes of most lists are 16 bits wide, and the last one is spoken for.
const MOST_ENTRIES: usize = 65_535;

/// The elements of a list of what is indexed.
pub(crate) fn limited<'a>(
    mut elements: Vec<(String, &'a Value)>,
    mistakes: &mut Mistakes,
) -> Vec<(String, &'a Value)> {
    if let Some((path, _)) = elements.get(MOST_ENTRIES) {
        mistakes.add(path, format!("at most {MOST_ENTRIES} entries"));
        elements.truncate(MOST_ENTRIES);
    }
    elements
}
