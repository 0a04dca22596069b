//! Reading `buckets`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bucket::{BucketRule, BucketUnit, Exhausted, Pays, TopUp};
use crate::document::{Object, whole};
use crate::fields::{Codes, MOST_UNITS, amount, code, limited, money, name, short};
use crate::mistakes::Mistakes;
use crate::renewal::Renew;
use crate::service::Unit;

use super::conditions::{self, Names};

const PRIORITY: u64 = 100;
/// A hundred years.
const MOST_DAYS: u64 = 36_525;
const MOST_PERIODS: u64 = 3;
const THRESHOLDS: [u8; 2] = [80, 100];

#[derive(Default)]
pub(super) struct Buckets {
    pub(super) codes: Codes,
    pub(super) list: Vec<BucketRule>,
}

pub(super) fn read(document: &Object<'_>, names: &Names<'_>, mistakes: &mut Mistakes) -> Buckets {
    let mut buckets = Buckets::default();
    for (path, value) in limited(document.list("buckets", mistakes), mistakes) {
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        let code = code(&object, &mut buckets.codes, buckets.list.len(), mistakes);
        let rule = bucket(&object, code.unwrap_or_default(), names, mistakes);
        buckets.list.push(rule);
    }
    buckets
}

const FIELDS: &[&str] = &[
    "code",
    "name",
    "unit",
    "amount",
    "pays",
    "priority",
    "renew",
    "valid_days",
    "rollover",
    "prorate_first",
    "exhausted",
    "throttle",
    "shared",
    "member_cap",
    "thresholds",
    "interval",
    "top_ups",
];

/// After a mistake with whatever could be read: products still refer to it.
fn bucket(
    object: &Object<'_>,
    code: String,
    names: &Names<'_>,
    mistakes: &mut Mistakes,
) -> BucketRule {
    let unit = object.choice("unit", None, UNITS, mistakes);
    let in_money = unit == Some(BucketUnit::Money);
    let exhausted = object.choice("exhausted", Some(Exhausted::default()), EXHAUSTED, mistakes);
    let interval = object.integer("interval", 0, (1, MOST_UNITS), mistakes);
    let renew = object.choice("renew", Some(Renew::default()), RENEWALS, mistakes);
    let shared = object.boolean("shared", mistakes);
    let rule = BucketRule {
        name: name(object, mistakes).unwrap_or(&code).to_owned(),
        code,
        unit: unit.unwrap_or(BucketUnit::Abstract),
        amount: amount(object, "amount", in_money, mistakes).unwrap_or(0),
        priority: narrow(object.integer("priority", PRIORITY, (0, u16::MAX.into()), mistakes)),
        renew: renew.unwrap_or_default(),
        valid_days: object
            .get("valid_days")
            .and_then(|_| object.integer("valid_days", 0, (1, MOST_DAYS), mistakes))
            .and_then(|days| u32::try_from(days).ok()),
        rollover: narrow(object.integer("rollover", 0, (0, MOST_PERIODS), mistakes)),
        prorate_first: object.boolean("prorate_first", mistakes).unwrap_or(false),
        exhausted: exhausted.unwrap_or_default(),
        throttle: short(object, "throttle", mistakes).unwrap_or("").to_owned(),
        shared: shared.unwrap_or(false),
        member_cap: object
            .get("member_cap")
            .and_then(|_| amount(object, "member_cap", in_money, mistakes)),
        thresholds: thresholds(object, mistakes),
        interval: interval.filter(|interval| *interval > 0),
        top_ups: top_ups(object, in_money, mistakes),
        pays: pays(object, unit, names, mistakes),
    };
    if renew.is_some() && exhausted.is_some() && shared.is_some() {
        check(object, &rule, mistakes);
    }
    rule
}

/// Fields that only make sense beside others.
fn check(object: &Object<'_>, rule: &BucketRule, mistakes: &mut Mistakes) {
    let throttled = rule.exhausted == Exhausted::Throttle;
    if throttled && rule.throttle.is_empty() && object.get("throttle").is_none_or(Value::is_string)
    {
        mistakes.add(&object.at("throttle"), "is required: the profile's name");
    }
    let renewed = rule.renew != Renew::Never;
    let in_money = rule.unit == BucketUnit::Money;
    let misplaced = [
        (
            "throttle",
            !rule.throttle.is_empty() && !throttled,
            "only where exhausted is throttle",
        ),
        (
            "valid_days",
            rule.valid_days.is_some() && renewed,
            "only where renew is never",
        ),
        (
            "rollover",
            rule.rollover > 0 && !renewed,
            "only of what renews",
        ),
        (
            "prorate_first",
            rule.prorate_first && !renewed,
            "only of what renews",
        ),
        (
            "member_cap",
            rule.member_cap.is_some() && !rule.shared,
            "only of a shared bucket",
        ),
        (
            "interval",
            rule.interval.is_some() && in_money,
            "not of money: the rate has intervals",
        ),
    ];
    for (field, wrong, why) in misplaced {
        if wrong {
            mistakes.add(&object.at(field), why);
        }
    }
}

fn pays(
    object: &Object<'_>,
    unit: Option<BucketUnit>,
    names: &Names<'_>,
    mistakes: &mut Mistakes,
) -> Vec<Pays> {
    let fields = [&["service", "cost", "per"], conditions::FIELDS].concat();
    let mut found = Vec::new();
    for (path, value) in limited(object.required_list("pays", mistakes), mistakes) {
        let Some(entry) = Object::open(value, path, &fields, mistakes) else {
            continue;
        };
        let covered = conditions::covered(&entry, names, mistakes);
        let cost = entry.integer("cost", 1, (1, MOST_UNITS), mistakes);
        let per = entry.integer("per", 1, (1, MOST_UNITS), mistakes);
        if unit.is_some_and(|unit| unit != BucketUnit::Abstract) {
            for field in ["cost", "per"]
                .into_iter()
                .filter(|field| entry.get(field).is_some())
            {
                mistakes.add(&entry.at(field), "only of a bucket of abstract units");
            }
        }
        let Some((covered, counted)) = covered else {
            continue;
        };
        if unit.is_some_and(|unit| !counts(unit, counted)) {
            mistakes.add(&entry.at("service"), "is not counted in the bucket's unit");
        }
        found.push(Pays {
            covered,
            cost: cost.unwrap_or(1),
            per: per.unwrap_or(1),
        });
    }
    found
}

const fn counts(bucket: BucketUnit, service: Unit) -> bool {
    match bucket {
        BucketUnit::Second => matches!(service, Unit::Second),
        BucketUnit::Octet => matches!(service, Unit::Octet),
        BucketUnit::Event => matches!(service, Unit::Event),
        BucketUnit::Money | BucketUnit::Abstract => true,
    }
}

fn thresholds(object: &Object<'_>, mistakes: &mut Mistakes) -> Vec<u8> {
    if object.get("thresholds").is_none() {
        return THRESHOLDS.to_vec();
    }
    let mut found = BTreeSet::new();
    for (path, value) in object.list("thresholds", mistakes) {
        let percent = whole(&path, value, (1, 100), mistakes);
        if percent.is_some_and(|percent| !found.insert(narrow::<u8>(Some(percent)))) {
            mistakes.add(&path, "is already in the list");
        }
    }
    found.into_iter().collect()
}

fn top_ups(object: &Object<'_>, in_money: bool, mistakes: &mut Mistakes) -> Vec<TopUp> {
    let mut codes = Codes::new();
    let mut found = Vec::new();
    for (path, value) in object.list("top_ups", mistakes) {
        const FIELDS: &[&str] = &["code", "price", "amount", "days"];
        let Some(option) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        let code = code(&option, &mut codes, found.len(), mistakes);
        option.required_string("price", mistakes);
        let price = option
            .get("price")
            .filter(|price| price.is_string())
            .and_then(|_| money(&option, "price", mistakes));
        let content = amount(&option, "amount", in_money, mistakes);
        if content == Some(0) {
            mistakes.add(&option.at("amount"), "must be above 0");
        }
        let days = option.required_integer("days", (1, MOST_DAYS), mistakes);
        found.push(TopUp {
            code: code.unwrap_or_default(),
            price: price.unwrap_or_default(),
            amount: content.unwrap_or(0),
            days: narrow(days),
        });
    }
    found
}

/// A number already held to the range of `T`; 0 after a mistake.
fn narrow<T: TryFrom<u64> + Default>(number: Option<u64>) -> T {
    number
        .and_then(|number| T::try_from(number).ok())
        .unwrap_or_default()
}

const UNITS: &[(&str, BucketUnit)] = &[
    ("second", BucketUnit::Second),
    ("octet", BucketUnit::Octet),
    ("event", BucketUnit::Event),
    ("money", BucketUnit::Money),
    ("unit", BucketUnit::Abstract),
];

const EXHAUSTED: &[(&str, Exhausted)] = &[
    ("pay_as_you_go", Exhausted::PayAsYouGo),
    ("block", Exhausted::Block),
    ("throttle", Exhausted::Throttle),
];

pub(super) const RENEWALS: &[(&str, Renew)] = &[
    ("never", Renew::Never),
    ("hour", Renew::Hour),
    ("day", Renew::Day),
    ("week", Renew::Week),
    ("month", Renew::Month),
];
