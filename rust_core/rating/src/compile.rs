//! From the catalogue document to the compiled catalogue.

use std::collections::BTreeMap;

use openmvno_money::Rounding;
use serde_json::Value;

use crate::catalog::{Catalog, Overrun, Product};
use crate::digit_trie::VALUE_LIMIT;
use crate::document::Object;
use crate::fields::{Codes, code, currency, grant, known, name, select, terms};
use crate::mistakes::{Mistake, Mistakes};
use crate::rate::{Rate, RateId};
use crate::service::{Grant, Service, Unit};
use crate::tariff::{Direction, Tariff};
use crate::unique_keys::UniqueKeys;

/// Indexes of services, rate tables and products are 16 bits wide.
const MOST_ENTRIES: usize = 65_535;
/// Far above a tariff of a million rates, and keeps every index of it within 31 bits.
const LARGEST_DOCUMENT: usize = 256 << 20;

/// What later parts of the document may name.
struct Table {
    /// `None` after a mistake, which is reported where it was made.
    service: Option<usize>,
    direction: Option<Direction>,
}

pub(crate) fn compile(document_json: &[u8]) -> Result<Catalog, Vec<Mistake>> {
    let mut mistakes = Mistakes::default();
    if document_json.len() > LARGEST_DOCUMENT {
        mistakes.add("", format!("larger than {LARGEST_DOCUMENT} bytes"));
        return Err(mistakes.into_vec());
    }
    let value = match serde_json::from_slice(document_json) {
        Ok(UniqueKeys(value)) => value,
        Err(error) => {
            mistakes.add("", format!("not a JSON document: {error}"));
            return Err(mistakes.into_vec());
        }
    };
    let catalog = Compiler::default().document(&value, &mut mistakes);
    match catalog {
        Some(catalog) if mistakes.is_empty() => Ok(catalog),
        _ => Err(mistakes.into_vec()),
    }
}

#[derive(Default)]
struct Compiler {
    rounding: Rounding,
    services: Vec<Service>,
    service_codes: Codes,
    contexts: BTreeMap<String, String>,
    rates: Vec<Rate>,
    tables: Vec<Table>,
    table_codes: Codes,
    tariffs: Vec<Tariff>,
    products: Vec<Product>,
    product_codes: Codes,
}

impl Compiler {
    fn document(mut self, value: &Value, mistakes: &mut Mistakes) -> Option<Catalog> {
        const FIELDS: &[&str] = &[
            "currency",
            "rounding",
            "services",
            "rate_tables",
            "products",
        ];
        let document = Object::open(value, String::new(), FIELDS, mistakes)?;
        let currency = currency(&document, mistakes);
        let rounding = document.choice("rounding", Some(Rounding::default()), ROUNDINGS, mistakes);
        self.rounding = rounding.unwrap_or_default();
        for (path, service) in limited(document.required_list("services", mistakes), mistakes) {
            self.service(service, path, mistakes);
        }
        for (path, table) in limited(document.list("rate_tables", mistakes), mistakes) {
            self.rate_table(table, path, mistakes);
        }
        for (path, product) in limited(document.list("products", mistakes), mistakes) {
            self.product(product, path, mistakes);
        }
        Some(Catalog {
            currency: currency?,
            rounding: rounding?,
            services: self.services,
            rates: self.rates,
            tariffs: self.tariffs,
            products: self.products,
        })
    }

    fn service(&mut self, value: &Value, path: String, mistakes: &mut Mistakes) {
        const FIELDS: &[&str] = &["code", "unit", "service_contexts", "grant"];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        let code = code(
            &object,
            &mut self.service_codes,
            self.services.len(),
            mistakes,
        );
        let unit = object.choice("unit", None, UNITS, mistakes);
        let mut service_contexts = Vec::new();
        for (path, context) in object.list("service_contexts", mistakes) {
            service_contexts.extend(self.context(context, path, mistakes));
        }
        let grant = grant(&object, mistakes);
        // The place is kept after a mistake too, so that references to this service stay known.
        self.services.push(Service {
            code: code.unwrap_or_default(),
            unit: unit.unwrap_or(Unit::Event),
            service_contexts,
            grant: grant.unwrap_or(Grant {
                default: 1,
                maximum: 1,
                validity_time_seconds: 1,
            }),
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

    fn rate_table(&mut self, value: &Value, path: String, mistakes: &mut Mistakes) {
        const FIELDS: &[&str] = &["code", "service", "direction", "rates"];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        code(&object, &mut self.table_codes, self.tables.len(), mistakes);
        let service = object
            .required_string("service", mistakes)
            .and_then(|code| known(code, &self.service_codes, &object, "service", mistakes));
        let direction = object.choice(
            "direction",
            Some(Direction::default()),
            DIRECTIONS,
            mistakes,
        );
        let mut tariff = Tariff::new();
        for (path, rate) in object.required_list("rates", mistakes) {
            self.rate(rate, path, &mut tariff, mistakes);
        }
        self.tables.push(Table { service, direction });
        self.tariffs.push(tariff);
    }

    fn rate(&mut self, value: &Value, path: String, tariff: &mut Tariff, mistakes: &mut Mistakes) {
        const FIELDS: &[&str] = &[
            "prefix",
            "rating_group",
            "default",
            "name",
            "price",
            "per",
            "first_interval",
            "next_interval",
            "first_price",
            "connection_fee",
        ];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        let id = u32::try_from(self.rates.len())
            .ok()
            .filter(|&id| id < VALUE_LIMIT);
        let Some(id) = id.map(RateId) else {
            mistakes.add(&object.path, "too many rates");
            return;
        };
        select(&object, tariff, id, mistakes);
        let Some(terms) = terms(&object, self.rounding, mistakes) else {
            return;
        };
        match Rate::simple(terms) {
            Ok(rate) => self.rates.push(rate),
            Err(error) => mistakes.add(&object.at("price"), error.to_string()),
        }
    }

    fn product(&mut self, value: &Value, path: String, mistakes: &mut Mistakes) {
        const FIELDS: &[&str] = &["code", "name", "rate_tables", "overrun"];
        let Some(object) = Object::open(value, path, FIELDS, mistakes) else {
            return;
        };
        let code = code(
            &object,
            &mut self.product_codes,
            self.products.len(),
            mistakes,
        );
        let name = name(&object, mistakes);
        let overrun = object.choice("overrun", Some(Overrun::default()), OVERRUNS, mistakes);
        let mut tariffs = vec![[None; 2]; self.services.len()];
        for (path, table) in object.list("rate_tables", mistakes) {
            self.product_table(table, &path, &mut tariffs, mistakes);
        }
        let code = code.unwrap_or_default();
        self.products.push(Product {
            name: name.unwrap_or(&code).to_owned(),
            code,
            overrun: overrun.unwrap_or_default(),
            tariffs,
        });
    }

    fn product_table(
        &self,
        value: &Value,
        path: &str,
        tariffs: &mut [[Option<u32>; 2]],
        mistakes: &mut Mistakes,
    ) {
        let Some(code) = value.as_str() else {
            mistakes.add(path, "must be the code of a rate table");
            return;
        };
        let Some((_, position)) = self.table_codes.get(code) else {
            mistakes.add(path, format!("there is no rate table {code:?}"));
            return;
        };
        let table = &self.tables[*position];
        let (Some(service), Some(direction)) = (table.service, table.direction) else {
            return;
        };
        let place = &mut tariffs[service][direction as usize];
        if place.is_some() {
            mistakes.add(
                path,
                "the product has a rate table for this service and direction already",
            );
            return;
        }
        *place = u32::try_from(*position).ok();
    }
}

const ROUNDINGS: &[(&str, Rounding)] = &[
    ("up", Rounding::Up),
    ("half_up", Rounding::HalfUp),
    ("half_even", Rounding::HalfEven),
    ("down", Rounding::Down),
];
const UNITS: &[(&str, Unit)] = &[
    ("second", Unit::Second),
    ("octet", Unit::Octet),
    ("event", Unit::Event),
];
const DIRECTIONS: &[(&str, Direction)] = &[
    ("originating", Direction::Originating),
    ("terminating", Direction::Terminating),
];
const OVERRUNS: &[(&str, Overrun)] = &[("absorb", Overrun::Absorb), ("debt", Overrun::Debt)];

fn limited<'a>(
    mut elements: Vec<(String, &'a Value)>,
    mistakes: &mut Mistakes,
) -> Vec<(String, &'a Value)> {
    if let Some((path, _)) = elements.get(MOST_ENTRIES) {
        mistakes.add(path, format!("at most {MOST_ENTRIES} entries"));
        elements.truncate(MOST_ENTRIES);
    }
    elements
}
