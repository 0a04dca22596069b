//! Reading `final_unit` of services and `final_units` of products.

use serde_json::Value;

use crate::document::{Object, text};
use crate::fields::{Codes, known};
use crate::ids::ServiceId;
use crate::mistakes::Mistakes;
use crate::service::{Filters, FinalUnit, RedirectTo};

const FIELDS: &[&str] = &["action", "redirect_to", "filter_ids", "filter_rules"];
/// Of a Redirect-Server-Address, a Filter-Id or a rule: octets.
const LONGEST: usize = 2_000;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Terminate,
    Redirect,
    Restrict,
}

const ACTIONS: &[(&str, Action)] = &[
    ("terminate", Action::Terminate),
    ("redirect", Action::Redirect),
    ("restrict", Action::Restrict),
];

/// A service's; `None` after a mistake.
pub(super) fn of_service(service: &Object<'_>, mistakes: &mut Mistakes) -> Option<FinalUnit> {
    const FIELD: &str = "final_unit";
    let Some(value) = service.get(FIELD) else {
        return Some(FinalUnit::default());
    };
    let object = Object::open(value, service.at(FIELD), FIELDS, mistakes)?;
    final_unit(&object, mistakes)
}

/// A product's, by service.
pub(super) fn of_product(
    product: &Object<'_>,
    services: &Codes,
    mistakes: &mut Mistakes,
) -> Vec<(ServiceId, FinalUnit)> {
    let fields = [&["service"], FIELDS].concat();
    let mut found: Vec<(ServiceId, FinalUnit)> = Vec::new();
    for (path, value) in product.list("final_units", mistakes) {
        let Some(object) = Object::open(value, path, &fields, mistakes) else {
            continue;
        };
        object.required_string("service", mistakes);
        let service = known(&object, "service", "service", services, mistakes);
        let action = final_unit(&object, mistakes);
        let Some(service) = service.map(ServiceId::of) else {
            continue;
        };
        if found.iter().any(|(known, _)| *known == service) {
            mistakes.add(&object.at("service"), "is already in the list");
        }
        found.push((service, action.unwrap_or_default()));
    }
    found
}

fn final_unit(object: &Object<'_>, mistakes: &mut Mistakes) -> Option<FinalUnit> {
    let action = object.choice("action", None, ACTIONS, mistakes)?;
    let filters = Filters {
        ids: texts(object, "filter_ids", mistakes),
        rules: rules(object, mistakes),
    };
    let none = filters == Filters::default();
    if action != Action::Redirect && object.get("redirect_to").is_some() {
        mistakes.add(
            &object.at("redirect_to"),
            "only where the action is redirect",
        );
    }
    match action {
        Action::Terminate => {
            if !none {
                mistakes.add(&object.path, "what is terminated has no filters");
            }
            Some(FinalUnit::Terminate)
        }
        Action::Redirect => {
            let address = object.required_string("redirect_to", mistakes)?;
            let to = redirect_to(address);
            if to.is_none() || address.len() > LONGEST {
                mistakes.add(
                    &object.at("redirect_to"),
                    "must be an http: or https: URL, a sip: or sips: URI or an IP address",
                );
            }
            Some(FinalUnit::Redirect {
                to: to?,
                address: address.to_owned(),
                filters,
            })
        }
        Action::Restrict => {
            if none {
                mistakes.add(
                    &object.path,
                    "needs filter_ids or filter_rules: what may still be reached",
                );
            }
            Some(FinalUnit::Restrict(filters))
        }
    }
}

fn redirect_to(address: &str) -> Option<RedirectTo> {
    let lower = address.to_ascii_lowercase();
    let begins = |schemes: [&str; 2]| {
        schemes
            .iter()
            .any(|scheme| lower.len() > scheme.len() && lower.starts_with(scheme))
    };
    if begins(["http://", "https://"]) {
        return Some(RedirectTo::Url);
    }
    if begins(["sip:", "sips:"]) {
        return Some(RedirectTo::SipUri);
    }
    match address.parse().ok()? {
        std::net::IpAddr::V4(_) => Some(RedirectTo::Ipv4),
        std::net::IpAddr::V6(_) => Some(RedirectTo::Ipv6),
    }
}

fn texts(object: &Object<'_>, field: &str, mistakes: &mut Mistakes) -> Vec<String> {
    let mut found = Vec::new();
    for (path, value) in object.some_list(field, mistakes) {
        found.extend(short(&path, value, mistakes).map(str::to_owned));
    }
    found
}

fn short<'a>(path: &str, value: &'a Value, mistakes: &mut Mistakes) -> Option<&'a str> {
    let words = text(path, value, mistakes)?;
    if words.is_empty() || words.len() > LONGEST {
        mistakes.add(path, format!("must be 1 to {LONGEST} octets"));
        return None;
    }
    Some(words)
}

fn rules(object: &Object<'_>, mistakes: &mut Mistakes) -> Vec<String> {
    const FIELD: &str = "filter_rules";
    let rules = texts(object, FIELD, mistakes);
    for (position, rule) in rules.iter().enumerate() {
        if !is_filter_rule(rule) {
            mistakes.add(
                &format!("{}[{position}]", object.at(FIELD)),
                "must be an IPFilterRule such as `permit out ip from 192.0.2.1 to any` (RFC 6733 §4.3.1)",
            );
        }
    }
    rules
}

/// Action, direction, protocol, `from` source `to` destination (RFC 6733 §4.3.1).
fn is_filter_rule(rule: &str) -> bool {
    let mut words = rule.split_ascii_whitespace();
    let action = words
        .next()
        .is_some_and(|word| word == "permit" || word == "deny");
    let direction = words
        .next()
        .is_some_and(|word| word == "in" || word == "out");
    let protocol = words.next().is_some();
    let from = words.next() == Some("from");
    let rest: Vec<&str> = words.collect();
    let to = rest.iter().position(|word| *word == "to");
    action && direction && protocol && from && to.is_some_and(|at| at > 0 && at + 1 < rest.len())
}
