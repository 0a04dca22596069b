//! Reading `discounts`.

use crate::conditions::Covered;
use crate::discount::Discount;
use crate::discount_rule::{DiscountRule, Measured, Tier};
use crate::document::{Object, text};
use crate::fields::{Codes, amount, code, limited};
use crate::mistakes::Mistakes;
use crate::renewal::Renew;
use crate::service::Unit;
use openmvno_money::decimal::parse_scaled;

use super::buckets::RENEWALS;
use super::conditions::{self, Names};

#[derive(Default)]
pub(super) struct Discounts {
    pub(super) codes: Codes,
    pub(super) list: Vec<DiscountRule>,
}

const FIELDS: &[&str] = &[
    "code", "applies", "measure", "renew", "shared", "mode", "tiers",
];

pub(super) fn read(document: &Object<'_>, names: &Names<'_>, mistakes: &mut Mistakes) -> Discounts {
    let mut discounts = Discounts::default();
    for (path, value) in limited(document.list("discounts", mistakes), mistakes) {
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        let code = code(
            &object,
            &mut discounts.codes,
            discounts.list.len(),
            mistakes,
        );
        let measure = object
            .choice("measure", Some(Measured::default()), MEASURES, mistakes)
            .unwrap_or_default();
        let renew = object.choice("renew", Some(Renew::default()), RENEWALS, mistakes);
        let shared = object.boolean("shared", mistakes);
        let aggregate = object.choice("mode", Some(false), MODES, mistakes);
        discounts.list.push(DiscountRule {
            code: code.unwrap_or_default(),
            measure,
            renew: renew.unwrap_or_default(),
            shared: shared.unwrap_or(false),
            aggregate: aggregate.unwrap_or(false),
            tiers: tiers(&object, measure, mistakes),
            applies: applies(&object, measure, names, mistakes),
        });
    }
    discounts
}

fn applies(
    object: &Object<'_>,
    measure: Measured,
    names: &Names<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Covered> {
    let fields = [&["service"], conditions::FIELDS].concat();
    let mut found = Vec::new();
    let mut counted: Option<Unit> = None;
    for (path, value) in object.required_list("applies", mistakes) {
        let Some(entry) = Object::open(value, path, &fields, mistakes) else {
            continue;
        };
        let Some((covered, unit)) = conditions::covered(&entry, names, mistakes) else {
            continue;
        };
        if measure == Measured::Units && *counted.get_or_insert(unit) != unit {
            let message = "is counted in another unit than the entries before it: measure money";
            mistakes.add(&entry.at("service"), message);
        }
        found.push(covered);
    }
    found
}

fn tiers(object: &Object<'_>, measure: Measured, mistakes: &mut Mistakes) -> Vec<Tier> {
    let mut found: Vec<Tier> = Vec::new();
    for (path, value) in object.required_list("tiers", mistakes) {
        let Some(tier) = Object::open(value, path, &["from", "percent"], mistakes) else {
            continue;
        };
        let from = amount(&tier, "from", measure == Measured::Money, mistakes);
        let discount = percent(&tier, mistakes);
        let (Some(from), Some(discount)) = (from, discount) else {
            continue;
        };
        match found.last() {
            None if from > 0 => mistakes.add(&tier.at("from"), "the first tier begins at 0"),
            Some(last) if from <= last.from => {
                mistakes.add(&tier.at("from"), "must be above the tier before it");
            }
            _ => {}
        }
        found.push(Tier { from, discount });
    }
    found
}

/// 0 to 100 with at most 2 decimals: basis points.
fn percent(tier: &Object<'_>, mistakes: &mut Mistakes) -> Option<Discount> {
    const FIELD: &str = "percent";
    tier.required_string(FIELD, mistakes)?;
    let given = text(&tier.at(FIELD), tier.get(FIELD)?, mistakes)?;
    let points = parse_scaled(given, 2).ok();
    let points = points.and_then(|points| u16::try_from(points).ok());
    let points = points.filter(|points| *points <= 10_000);
    if points.is_none() {
        let message = "must be from 0 to 100 with at most 2 decimals, such as \"12.5\"";
        mistakes.add(&tier.at(FIELD), message);
    }
    points.map(Discount)
}

const MEASURES: &[(&str, Measured)] = &[("units", Measured::Units), ("money", Measured::Money)];
const MODES: &[(&str, bool)] = &[("split", false), ("aggregate", true)];
