//! Reading `services`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{Object, word};
use crate::fields::{Codes, code, limited};
use crate::mistakes::Mistakes;
use crate::service::{Grant, Service, Unit};

use super::final_units;

#[derive(Default)]
pub(super) struct Services {
    pub(super) codes: Codes,
    pub(super) list: Vec<Service>,
    /// Where each Service-Context-Id is.
    contexts: BTreeMap<String, String>,
}

pub(super) fn read(document: &Object<'_>, mistakes: &mut Mistakes) -> Services {
    let mut services = Services::default();
    for (path, value) in limited(document.required_list("services", mistakes), mistakes) {
        services.service(value, path, mistakes);
    }
    services
}

impl Services {
    fn service(&mut self, value: &Value, path: String, mistakes: &mut Mistakes) {
        const FIELDS: &[&str] = &[
            "code",
            "unit",
            "service_contexts",
            "grant",
            "final_unit",
            "triggers",
        ];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        let code = code(&object, &mut self.codes, self.list.len(), mistakes);
        let unit = object.choice("unit", None, UNITS, mistakes);
        let mut service_contexts = Vec::new();
        for (path, context) in object.list("service_contexts", mistakes) {
            service_contexts.extend(self.context(context, path, mistakes));
        }
        let grant = grant(&object, mistakes);
        // The place is kept after a mistake too, so that references to this service stay known.
        self.list.push(Service {
            code: code.unwrap_or_default(),
            unit: unit.unwrap_or(Unit::Event),
            service_contexts,
            grant: grant.unwrap_or(Grant {
                default: 1,
                maximum: 1,
                share: None,
                validity_time_seconds: 1,
                threshold: None,
                holding_time_seconds: None,
            }),
            final_unit: final_units::of_service(&object, mistakes).unwrap_or_default(),
            triggers: triggers(&object, mistakes),
        });
    }

    fn context(&mut self, value: &Value, path: String, mistakes: &mut Mistakes) -> Option<String> {
        let Some(context) = value.as_str().filter(|text| !text.is_empty()) else {
            mistakes.add(&path, "must be a Service-Context-Id such as 32251@3gpp.org");
            return None;
        };
        if let Some(first) = self.contexts.get(context) {
            mistakes.add(&path, format!("{context} is already at {first}"));
            return None;
        }
        self.contexts.insert(context.to_owned(), path);
        Some(context.to_owned())
    }
}

fn grant(service: &Object<'_>, mistakes: &mut Mistakes) -> Option<Grant> {
    const FIELDS: &[&str] = &[
        "default",
        "maximum",
        "share",
        "validity_time",
        "threshold",
        "holding_time",
    ];
    let Some(value) = service.get("grant") else {
        mistakes.add(&service.at("grant"), "is required");
        return None;
    };
    let object = Object::open(value, service.at("grant"), FIELDS, mistakes)?;
    let units = (1, u64::MAX);
    let natural = (1, u64::from(u32::MAX));
    let default = object.required_integer("default", units, mistakes);
    let maximum = object.required_integer("maximum", units, mistakes);
    let share = object.integer("share", 0, natural, mistakes);
    let seconds = object.required_integer("validity_time", natural, mistakes);
    let optional = |field: &str, least: u64, mistakes: &mut Mistakes| {
        object.get(field)?;
        let number = object.integer(field, 0, (least, natural.1), mistakes);
        number.and_then(|number| u32::try_from(number).ok())
    };
    let threshold = optional("threshold", 1, mistakes);
    let holding_time_seconds = optional("holding_time", 0, mistakes);
    let (default, maximum) = (default?, maximum?);
    if default > maximum {
        mistakes.add(&object.at("default"), "must not be above the maximum");
        return None;
    }
    Some(Grant {
        default,
        maximum,
        share: u32::try_from(share?).ok().filter(|share| *share > 0),
        validity_time_seconds: u32::try_from(seconds?).ok()?,
        threshold,
        holding_time_seconds,
    })
}

/// An empty list: none at all.
fn triggers(service: &Object<'_>, mistakes: &mut Mistakes) -> Option<Vec<u32>> {
    const FIELD: &str = "triggers";
    service.get(FIELD)?;
    let mut found = BTreeSet::new();
    for (path, value) in service.list(FIELD, mistakes) {
        let trigger = word(&path, value, TRIGGERS, mistakes);
        if trigger.is_some_and(|trigger| !found.insert(trigger)) {
            mistakes.add(&path, "is already in the list");
        }
    }
    Some(found.into_iter().collect())
}

/// Trigger-Type (TS 32.299 §7.2.227) of what a price may depend on.
const TRIGGERS: &[(&str, u32)] = &[
    ("sgsn_address", 1),
    ("qos", 2),
    ("location", 3),
    ("rat", 4),
    ("ue_time_zone", 5),
    ("mcc", 30),
    ("mnc", 31),
    ("rac", 32),
    ("lac", 33),
    ("cell", 34),
    ("tac", 35),
    ("ecgi", 36),
    ("service_condition", 60),
    ("serving_node", 61),
];

pub(super) const UNITS: &[(&str, Unit)] = &[
    ("second", Unit::Second),
    ("octet", Unit::Octet),
    ("event", Unit::Event),
];
