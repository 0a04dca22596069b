//! Reading `formulas`.

use openmvno_money::Rounding;
use serde_json::Value;

use crate::document::Object;
use crate::fields::{Codes, code, limited, price};
use crate::formula::{FormulaStep, FormulaTerms};
use crate::mistakes::Mistakes;
use crate::price::{Percent, Price};
use crate::rate::{InvalidRate, Rate};

#[derive(Default)]
pub(super) struct Formulas {
    pub(super) codes: Codes,
    /// `None` after a mistake, which is reported where it was made.
    pub(super) list: Vec<Option<FormulaTerms>>,
}

pub(super) fn read(document: &Object<'_>, rounding: Rounding, mistakes: &mut Mistakes) -> Formulas {
    const FIELDS: &[&str] = &["code", "steps", "maximum_charge", "allow_random"];
    let mut formulas = Formulas::default();
    for (path, value) in limited(document.list("formulas", mistakes), mistakes) {
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        code(&object, &mut formulas.codes, formulas.list.len(), mistakes);
        let terms = formula(&object, mistakes);
        // Compiled for its mistakes: rates compile it once more with their own name and rounding.
        let terms = terms.filter(|terms| match Rate::formula("", terms, rounding) {
            Ok(_) => true,
            Err(InvalidRate::Step { step, mistake }) => {
                let path = format!("{}[{step}]", object.at("steps"));
                mistakes.add(&path, mistake.to_string());
                false
            }
            Err(mistake) => {
                mistakes.add(&object.at("steps"), mistake.to_string());
                false
            }
        });
        formulas.list.push(terms);
    }
    formulas
}

fn formula(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<FormulaTerms> {
    let mut steps = Some(Vec::new());
    for (path, value) in object.required_list("steps", mistakes) {
        let step = step(value, path, mistakes);
        steps = steps.zip(step).map(|(mut steps, step)| {
            steps.push(step);
            steps
        });
    }
    let maximum = price(object, "maximum_charge", 1, mistakes);
    let allow_random = object.boolean("allow_random", mistakes);
    Some(FormulaTerms {
        steps: steps.filter(|steps| !steps.is_empty())?,
        maximum: maximum?,
        allow_random: allow_random?,
    })
}

fn step(value: &Value, path: String, mistakes: &mut Mistakes) -> Option<FormulaStep> {
    const KINDS: &[(&str, &[&str])] = &[
        ("interval", &["interval", "count", "price", "per"]),
        ("fixed", &["fixed", "probability"]),
        ("percent", &["percent", "probability"]),
        ("disconnect", &["disconnect", "dispersion"]),
    ];
    let given = KINDS.iter().filter(|(kind, _)| value.get(kind).is_some());
    let [(kind, fields)] = given.collect::<Vec<_>>()[..] else {
        let message = "needs exactly one of interval, fixed, percent and disconnect";
        mistakes.add(&path, message);
        return None;
    };
    let object = Object::open(value, path, fields, mistakes)?;
    match *kind {
        "interval" => interval(&object, mistakes),
        "fixed" => fixed(&object, mistakes),
        "percent" => percent(&object, mistakes),
        _ => disconnect(&object, mistakes),
    }
}

fn interval(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<FormulaStep> {
    let units = (1, u64::MAX);
    let interval = object.required_integer("interval", units, mistakes);
    let count = object.integer("count", 0, units, mistakes);
    let per = object.integer("per", 1, units, mistakes);
    object.required_string("price", mistakes)?;
    let price = price(object, "price", per.unwrap_or(1), mistakes)?;
    per?;
    Some(FormulaStep::Interval {
        interval: interval?,
        count: Some(count?).filter(|count| *count > 0),
        price: price?,
    })
}

fn fixed(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<FormulaStep> {
    let probability = probability(object, "probability", mistakes);
    let amount: Option<Price> = price(object, "fixed", 1, mistakes)?;
    Some(FormulaStep::Fixed {
        amount: amount?,
        probability: probability?,
    })
}

fn percent(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<FormulaStep> {
    let probability = probability(object, "probability", mistakes);
    let percent = share(object, "percent", mistakes)?;
    Some(FormulaStep::Percent {
        percent,
        probability: probability?,
    })
}

fn disconnect(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<FormulaStep> {
    let probability = probability(object, "disconnect", mistakes);
    let dispersion = object.integer("dispersion", 0, (0, u64::MAX), mistakes);
    Some(FormulaStep::Disconnect {
        probability: probability?,
        dispersion: dispersion?,
    })
}

/// Percent; 100 when missing.
fn probability(object: &Object<'_>, field: &str, mistakes: &mut Mistakes) -> Option<u8> {
    let percent = object.integer(field, 100, (1, 100), mistakes)?;
    u8::try_from(percent).ok()
}

/// A decimal string of percent; 0 when missing.
pub(super) fn share(object: &Object<'_>, field: &str, mistakes: &mut Mistakes) -> Option<Percent> {
    if object.get(field).is_none() {
        return Some(Percent::default());
    }
    match Percent::parse(object.string(field, mistakes)?) {
        Ok(percent) => Some(percent),
        Err(error) => {
            mistakes.add(&object.at(field), error.to_string());
            None
        }
    }
}
