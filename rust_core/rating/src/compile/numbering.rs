//! Reading `numbering`.

use std::cmp::Reverse;

use crate::document::Object;
use crate::fields::digits;
use crate::mistakes::Mistakes;
use crate::numbering::Numbering;

/// Numbers up to this length stay as they are unless the document says otherwise.
const SHORT: u64 = 6;

pub(super) fn read(document: &Object<'_>, mistakes: &mut Mistakes) -> Numbering {
    const FIELDS: &[&str] = &[
        "country_code",
        "international_prefixes",
        "national_prefix",
        "replace",
        "short_numbers",
    ];
    let Some(value) = document.get("numbering") else {
        return Numbering::default();
    };
    let Some(object) = Object::open(value, document.at("numbering"), FIELDS, mistakes) else {
        return Numbering::default();
    };
    let country_code = country_code(&object, mistakes);
    let mut international_prefixes: Vec<String> = Vec::new();
    for (path, prefix) in object.list("international_prefixes", mistakes) {
        let Some(prefix) = digits(&path, prefix, 1, mistakes) else {
            continue;
        };
        if international_prefixes.iter().any(|known| known == prefix) {
            mistakes.add(&path, format!("{prefix} is already in the list"));
        }
        international_prefixes.push(prefix.to_owned());
    }
    let national_prefix = object.get("national_prefix").and_then(|prefix| {
        let path = object.at("national_prefix");
        digits(&path, prefix, 1, mistakes).map(str::to_owned)
    });
    if let Some(prefix) = &national_prefix {
        if country_code.is_empty() && object.get("country_code").is_none() {
            mistakes.add(
                &object.at("country_code"),
                "is required where there is a national prefix",
            );
        }
        if international_prefixes.contains(prefix) {
            mistakes.add(
                &object.at("national_prefix"),
                "is an international prefix, too",
            );
        }
    }
    let short = object.integer("short_numbers", SHORT, (0, 15), mistakes);
    Numbering {
        country_code,
        international_prefixes,
        national_prefix,
        replace: replace(&object, mistakes),
        short_numbers: short
            .and_then(|short| usize::try_from(short).ok())
            .unwrap_or(0),
    }
}

/// One to three digits, ITU-T E.164 §6.2.1; empty when missing or wrong.
fn country_code(object: &Object<'_>, mistakes: &mut Mistakes) -> String {
    let Some(code) = object.string("country_code", mistakes) else {
        return String::new();
    };
    let right = (1..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
    if !right {
        mistakes.add(
            &object.at("country_code"),
            "must be 1 to 3 digits, without +",
        );
        return String::new();
    }
    code.to_owned()
}

/// Longest first, so that the first that fits is the longest.
fn replace(numbering: &Object<'_>, mistakes: &mut Mistakes) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for (path, value) in numbering.list("replace", mistakes) {
        let Some(object) = Object::open(value, path, &["prefix", "with"], mistakes) else {
            continue;
        };
        let mut part = |field: &str, least: usize| {
            object.required_string(field, mistakes)?;
            digits(&object.at(field), object.get(field)?, least, mistakes)
        };
        let (prefix, with) = (part("prefix", 1), part("with", 0));
        let (Some(prefix), Some(with)) = (prefix, with) else {
            continue;
        };
        if found.iter().any(|(known, _)| known == prefix) {
            mistakes.add(
                &object.at("prefix"),
                format!("{prefix} is already in the list"),
            );
        }
        found.push((prefix.to_owned(), with.to_owned()));
    }
    found.sort_by_key(|(prefix, _)| Reverse(prefix.len()));
    found
}
