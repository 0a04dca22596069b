//! Reading `products`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::Object;
use crate::fields::{Codes, code, digits, limited, money, name, reference};
use crate::ids::{BucketRuleId, DiscountId, ProductId};
use crate::mistakes::Mistakes;
use crate::product::{Favourites, GroupBarring, Overrun, Product, ProductKind, TableLists};

use super::conflicts;
use super::final_units;
use super::uses::{TableUses, Uses};

#[derive(Default)]
pub(super) struct Products {
    pub(super) codes: Codes,
    pub(super) list: Vec<Product>,
}

const FIELDS: &[&str] = &[
    "code",
    "name",
    "kind",
    "overrun",
    "precedence",
    "rate_tables",
    "buckets",
    "discounts",
    "favourites",
    "closed_user_group",
    "requires",
    "excludes",
    "multiple",
    "price",
    "final_units",
];

const MOST_FAVOURITES: u64 = 10_000;

/// `services`, `buckets` and `discounts`: codes of those lists.
pub(super) fn read(
    document: &Object<'_>,
    (services, buckets, discounts): (&Codes, &Codes, &Codes),
    uses: &mut TableUses<'_>,
    mistakes: &mut Mistakes,
) -> Products {
    let mut products = Products::default();
    let mut objects = Vec::new();
    let mut used = Vec::new();
    for (path, value) in limited(document.list("products", mistakes), mistakes) {
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            continue;
        };
        let code = code(&object, &mut products.codes, products.list.len(), mistakes);
        let mut product = product(&object, code.unwrap_or_default(), mistakes);
        let lists = [
            ("buckets", "bucket", buckets),
            ("discounts", "discount", discounts),
        ];
        let [granted, reduced] =
            lists.map(|(field, what, codes)| references(&object, field, what, codes, mistakes));
        product.buckets = granted.into_iter().map(BucketRuleId::of).collect();
        product.final_units = final_units::of_product(&object, services, mistakes);
        product.discounts = reduced.into_iter().map(DiscountId::of).collect();
        let tables = uses.read(&object, None, mistakes);
        product.tables = lists_of(&tables);
        products.list.push(product);
        objects.push(object);
        used.push(tables);
    }
    products.relations(&objects, mistakes);
    conflicts::check(&products.list, &used, uses, mistakes);
    products
}

fn lists_of(uses: &Uses) -> TableLists {
    let mut lists = TableLists::default();
    for used in uses {
        lists.add(used.service, used.direction, used.table);
    }
    lists
}

fn product(object: &Object<'_>, code: String, mistakes: &mut Mistakes) -> Product {
    let kind = object.choice("kind", Some(ProductKind::default()), KINDS, mistakes);
    let overrun = object.choice("overrun", Some(Overrun::default()), OVERRUNS, mistakes);
    let precedence = object.integer("precedence", 0, (0, u16::MAX.into()), mistakes);
    let multiple = object.boolean("multiple", mistakes);
    if kind == Some(ProductKind::Main) {
        for (field, given) in [
            (
                "precedence",
                precedence.is_some_and(|precedence| precedence > 0),
            ),
            ("multiple", multiple == Some(true)),
            ("price", object.get("price").is_some()),
        ] {
            if given {
                mistakes.add(&object.at(field), "only of an add-on");
            }
        }
    }
    Product {
        name: name(object, mistakes).unwrap_or(&code).to_owned(),
        code,
        kind: kind.unwrap_or_default(),
        precedence: precedence
            .and_then(|precedence| u16::try_from(precedence).ok())
            .unwrap_or(0),
        overrun: overrun.unwrap_or_default(),
        buckets: Vec::new(),
        discounts: Vec::new(),
        requires: Vec::new(),
        excludes: Vec::new(),
        multiple: multiple.unwrap_or(false),
        price: money(object, "price", mistakes).unwrap_or_default(),
        favourites: favourites(object, mistakes),
        closed_user_group: closed_user_group(object, mistakes),
        final_units: Vec::new(),
        tables: TableLists::default(),
    }
}

fn favourites(product: &Object<'_>, mistakes: &mut Mistakes) -> Option<Favourites> {
    const FIELD: &str = "favourites";
    let value = product.get(FIELD)?;
    let object = Object::open(value, product.at(FIELD), &["limit", "patterns"], mistakes)?;
    let limit = object.required_integer("limit", (1, MOST_FAVOURITES), mistakes);
    let mut patterns = Vec::new();
    for (path, value) in object.list("patterns", mistakes) {
        patterns.extend(digits(&path, value, 1, mistakes).map(str::to_owned));
    }
    Some(Favourites {
        limit: u16::try_from(limit?).ok()?,
        patterns,
    })
}

fn closed_user_group(product: &Object<'_>, mistakes: &mut Mistakes) -> Option<GroupBarring> {
    const FIELD: &str = "closed_user_group";
    const BARRING: &[(&str, bool)] = &[("allowed", false), ("barred", true)];
    let value = product.get(FIELD)?;
    let object = Object::open(
        value,
        product.at(FIELD),
        &["outgoing", "incoming"],
        mistakes,
    )?;
    let outgoing = object.choice("outgoing", Some(false), BARRING, mistakes);
    let incoming = object.choice("incoming", Some(false), BARRING, mistakes);
    Some(GroupBarring {
        outgoing_barred: outgoing?,
        incoming_barred: incoming?,
    })
}

/// Positions of what a list names, in its order.
fn references(
    object: &Object<'_>,
    field: &str,
    what: &str,
    codes: &Codes,
    mistakes: &mut Mistakes,
) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (path, value) in object.list(field, mistakes) {
        let Some(position) = reference(&path, value, what, codes, mistakes) else {
            continue;
        };
        if seen.insert(position) {
            found.push(position);
        } else {
            mistakes.add(&path, "is already in the list");
        }
    }
    found
}

impl Products {
    /// What products say of each other, once all are known.
    fn relations(&mut self, objects: &[Object<'_>], mistakes: &mut Mistakes) {
        for (position, object) in objects.iter().enumerate() {
            self.requires(position, object, mistakes);
            let excluded = references(object, "excludes", "product", &self.codes, mistakes);
            for other in excluded {
                if other == position {
                    mistakes.add(&object.at("excludes"), "excludes itself: see `multiple`");
                }
                self.list[position].excludes.push(ProductId::of(other));
                self.list[other].excludes.push(ProductId::of(position));
            }
        }
        for product in &mut self.list {
            product.excludes.sort_unstable();
            product.excludes.dedup();
        }
    }

    fn requires(&mut self, position: usize, object: &Object<'_>, mistakes: &mut Mistakes) {
        const FIELD: &str = "requires";
        let elements: Vec<(String, &Value)> = object.list(FIELD, mistakes);
        let mut required = BTreeSet::new();
        for (path, value) in &elements {
            let found = reference(path, value, "product", &self.codes, mistakes);
            let Some(other) = found else {
                continue;
            };
            if self.list[other].kind != ProductKind::Main {
                mistakes.add(path, "is an add-on: only main products can be required");
            }
            required.insert(ProductId::of(other));
        }
        if !elements.is_empty() && self.list[position].kind == ProductKind::Main {
            mistakes.add(&object.at(FIELD), "only of an add-on");
        }
        self.list[position].requires = required.into_iter().collect();
    }
}

const KINDS: &[(&str, ProductKind)] = &[("main", ProductKind::Main), ("addon", ProductKind::Addon)];
const OVERRUNS: &[(&str, Overrun)] = &[("absorb", Overrun::Absorb), ("debt", Overrun::Debt)];
