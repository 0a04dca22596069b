//! Reading what a rate is filed under.

use serde_json::Value;

use crate::digit_trie::LONGEST_PREFIX;
use crate::document::{Object, word};
use crate::fields::{digits, known};
use crate::mistakes::Mistakes;
use crate::selectors::Key;

use super::conditions::SYMBOLS;
use super::destinations::Destinations;

pub(super) const FIELDS: [&str; 5] = ["prefix", "destination", "symbol", "rating_group", "default"];

/// What the rate is filed under; nothing after a mistake.
pub(super) fn read<'k>(
    object: &Object<'k>,
    destinations: &'k Destinations<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Key<'k>> {
    let given = FIELDS.iter().filter(|field| object.get(field).is_some());
    let [field] = given.collect::<Vec<_>>()[..] else {
        let message = format!("needs exactly one of {}", FIELDS.join(", "));
        mistakes.add(&object.path, message);
        return Vec::new();
    };
    let Some(value) = object.get(field) else {
        return Vec::new();
    };
    let one = match *field {
        "prefix" => prefix(object, value, mistakes),
        "destination" => return destination(object, destinations, mistakes),
        "symbol" => word(&object.at(field), value, SYMBOLS, mistakes).map(Key::Symbol),
        "rating_group" => object
            .integer(field, 0, (0, u32::MAX.into()), mistakes)
            .and_then(|group| u32::try_from(group).ok())
            .map(Key::RatingGroup),
        _ if *value == Value::Bool(true) => Some(Key::Default),
        _ => {
            mistakes.add(&object.at(field), "must be true, or left out");
            None
        }
    };
    one.into_iter().collect()
}

fn destination<'k>(
    object: &Object<'_>,
    destinations: &'k Destinations<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Key<'k>> {
    let codes = &destinations.codes;
    known(object, "destination", "destination", codes, mistakes)
        .and_then(|position| destinations.prefixes.get(position))
        .into_iter()
        .flatten()
        .map(|prefix| Key::Prefix(prefix))
        .collect()
}

/// The selector a rate has, for the place of a mistake.
pub(super) fn field(object: &Object<'_>) -> &'static str {
    FIELDS
        .into_iter()
        .find(|field| object.get(field).is_some())
        .unwrap_or(FIELDS[0])
}

fn prefix<'a>(object: &Object<'_>, value: &'a Value, mistakes: &mut Mistakes) -> Option<Key<'a>> {
    // The path is only made for a mistake.
    match value.as_str().filter(|prefix| is_prefix(prefix)) {
        Some(prefix) => Some(Key::Prefix(prefix)),
        None => digits(&object.at("prefix"), value, 0, mistakes).map(Key::Prefix),
    }
}

fn is_prefix(text: &str) -> bool {
    text.len() <= LONGEST_PREFIX && text.bytes().all(|byte| byte.is_ascii_digit())
}
