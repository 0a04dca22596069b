//! The price of a usage without an account behind it, or of an account's line, and every step of it.
//!
//! A quote builds an account in memory and charges it by the same code as the network's requests; so
//! what is quoted is what will be charged. Nothing is changed.

use crate::account::{Account, AddOn, Line, LineStatus, LineTerms, OverrunPolicy};
use crate::bucket::{Bucket, Counter, FOREVER};
use crate::cdr_maker::cdr_part;
use crate::clock::Millis;
use crate::id::Uuid;
use crate::periods::new_bucket;
use crate::purse::Purse;
use crate::quote_answer::{Quoted, QuotedPart, answer};
use crate::quote_request::{QuoteError, QuoteRequest};
use crate::rater::{Products, Rater, by_precedence};
use crate::raters::{Usage, build};
use crate::request::{Context, Requested, ServiceName, UnitKey, UnitRequest};
use crate::session::{RateRef, UnitState};
use openmvno_rating::{
    BucketRule, BucketUnit, Catalog, Facts, Micros, NotRated, Product, ProductKind, Renew, Special,
    TimeZone, renewal_period,
};
use serde_json::Value;

/// More than any quote can use, and far from what sums of amounts overflow at.
const UNLIMITED: i64 = i64::MAX / 4;

const DAY_MS: Millis = 24 * 3_600_000;

/// The price of a usage under a catalogue, as `docs/catalogue.md` describes request and answer.
///
/// # Errors
/// A sentence that names the field of a request that cannot be.
pub fn quote(catalog: &Catalog, request_json: &[u8]) -> Result<Value, QuoteError> {
    let request = QuoteRequest::parse(request_json)?;
    let zone = zone_of(catalog, &request)?;
    let account = scratch_account(catalog, &request, &zone)?;
    let service = catalog
        .service_by_code(&request.service)
        .ok_or_else(|| QuoteError::unknown("service", &request.service))?;
    let line = &account.lines[0];
    let products = quoted_products(catalog, &request)?;
    let destination = catalog
        .numbering()
        .normalise(request.destination.as_deref().unwrap_or(""));
    let usage = Usage {
        line: 0,
        service: ServiceName::Code(&request.service),
        direction: request.direction,
        destination: destination.as_str(),
        context: Some(request.context()),
        at: request.at,
        seed: &request.session,
    };
    let mut rater = build((catalog, 0), &account, (line, &usage), products, service)
        .ok_or_else(|| QuoteError::unknown("service", &request.service))?;
    rater.facts.relation.favourite = request.favourite;
    rater.facts.service_identifier = request.service_identifier;
    let quoted = charge(catalog, &account, &rater, &request, &zone)?;
    Ok(answer(catalog, &rater, &request, &quoted))
}

fn zone_of(catalog: &Catalog, request: &QuoteRequest) -> Result<TimeZone, QuoteError> {
    match request.time_zone.as_deref() {
        None => Ok(catalog.time_zone().clone()),
        Some(name) => TimeZone::parse(name).ok_or_else(|| {
            QuoteError::new("time_zone", format!("{name} is not an IANA time zone"))
        }),
    }
}

fn quoted_products(catalog: &Catalog, request: &QuoteRequest) -> Result<Products, QuoteError> {
    let find = |field: &str, code: &str, kind: ProductKind| {
        let id = catalog.product_by_code(code);
        let product = id.and_then(|id| catalog.product(id));
        match (id, product) {
            (Some(id), Some(product)) if product.kind == kind => Ok(id),
            (Some(_), Some(_)) if kind == ProductKind::Main => Err(QuoteError::new(
                field,
                format!("{code} is an add-on, not a main product"),
            )),
            (Some(_), Some(_)) => Err(QuoteError::new(field, format!("{code} is not an add-on"))),
            _ => Err(QuoteError::unknown(field, code)),
        }
    };
    let mut products = Products::new();
    for code in &request.addons {
        products.push(find("addons", code, ProductKind::Addon)?);
    }
    by_precedence(catalog, &mut products);
    products.push(find("product", &request.product, ProductKind::Main)?);
    Ok(products)
}

/// An account with one line as the request describes it.
fn scratch_account(
    catalog: &Catalog,
    request: &QuoteRequest,
    zone: &TimeZone,
) -> Result<Account, QuoteError> {
    let mut account = Account::blank(Uuid::default(), 0, catalog.currency());
    let addons = request.addons.iter().map(|code| AddOn {
        instance: Uuid::default(),
        product: code.as_str().into(),
    });
    let terms = LineTerms {
        addons: addons.collect(),
        ..LineTerms::default()
    };
    account.lines.push(Line {
        id: Uuid::default(),
        product: request.product.as_str().into(),
        msisdn: "".into(),
        imsi: "".into(),
        status: LineStatus::Active,
        terms: Some(Box::new(terms)),
    });
    account.zone = Some(zone.clone());
    account.balance = match request.balance.as_deref() {
        None => UNLIMITED,
        Some(text) => money("balance", text)?,
    };
    let main = catalog
        .product_by_code(&request.product)
        .and_then(|id| catalog.product(id));
    if main.is_some_and(|main| main.overrun == openmvno_rating::Overrun::Debt) {
        account.overrun = OverrunPolicy::Debt;
    }
    account.buckets = match &request.buckets {
        Some(given) => given
            .iter()
            .zip(0..)
            .map(|(given, id)| given_bucket(catalog, given, id))
            .collect::<Result<_, _>>()?,
        None => granted_buckets(catalog, request, zone),
    };
    for given in &request.counters {
        account.counters.push(given_counter(catalog, given)?);
    }
    Ok(account)
}

fn money(field: &str, text: &str) -> Result<i64, QuoteError> {
    let amount: Result<Micros, _> = text.parse();
    amount
        .map(Micros::get)
        .map_err(|error| QuoteError::new(field, format!("{text}: {error}")))
}

fn content(field: &str, rule: &BucketRule, text: &str) -> Result<i64, QuoteError> {
    if rule.unit == BucketUnit::Money {
        return money(field, text);
    }
    text.parse::<u64>()
        .ok()
        .and_then(|units| i64::try_from(units).ok())
        .ok_or_else(|| QuoteError::new(field, format!("{text} is not a whole number of units")))
}

fn given_bucket(
    catalog: &Catalog,
    given: &crate::quote_request::GivenBucket,
    id: u32,
) -> Result<Bucket, QuoteError> {
    let rule = catalog
        .bucket_rule_by_code(&given.code)
        .and_then(|id| catalog.bucket_rule(id))
        .ok_or_else(|| QuoteError::unknown("buckets", &given.code))?;
    let amount = content("buckets", rule, &given.remaining)?;
    let until = given.expires_at.unwrap_or(FOREVER);
    Ok(Bucket {
        valid_from: Millis::MIN,
        ..new_bucket(id, rule, owner(rule), amount, until)
    })
}

/// What the products grant when new: whole amounts.
fn granted_buckets(catalog: &Catalog, request: &QuoteRequest, zone: &TimeZone) -> Vec<Bucket> {
    let codes = std::iter::once(&request.product).chain(&request.addons);
    let products = codes.filter_map(|code| catalog.product(catalog.product_by_code(code)?));
    let rules = products.flat_map(|product: &Product| &product.buckets);
    let rules = rules.filter_map(|id| catalog.bucket_rule(*id));
    rules
        .zip(0..)
        .map(|(rule, id)| {
            let until = match (rule.renew, rule.valid_days) {
                (Renew::Never, None) => FOREVER,
                (Renew::Never, Some(days)) => {
                    request.at.saturating_add(Millis::from(days) * DAY_MS)
                }
                (renew, _) => renewal_period(renew, request.at, zone).1,
            };
            let amount = i64::try_from(rule.amount).unwrap_or(i64::MAX);
            Bucket {
                valid_from: Millis::MIN,
                ..new_bucket(id, rule, owner(rule), amount, until)
            }
        })
        .collect()
}

fn owner(rule: &BucketRule) -> (Option<u16>, Option<Uuid>) {
    ((!rule.shared).then_some(0), None)
}

fn given_counter(
    catalog: &Catalog,
    given: &crate::quote_request::GivenCounter,
) -> Result<Counter, QuoteError> {
    let rule = catalog
        .discount_by_code(&given.discount)
        .and_then(|id| catalog.discount_rule(id))
        .ok_or_else(|| QuoteError::unknown("counters", &given.discount))?;
    let used = match rule.measure {
        openmvno_rating::Measured::Money => money("counters", &given.used)?,
        openmvno_rating::Measured::Units => given
            .used
            .parse::<u64>()
            .ok()
            .and_then(|used| i64::try_from(used).ok())
            .ok_or_else(|| QuoteError::new("counters", format!("{} is no count", given.used)))?,
    };
    Ok(Counter {
        code: given.discount.as_str().into(),
        line: (!rule.shared).then_some(0),
        used,
        until: FOREVER,
    })
}

/// Charges the scratch account.
fn charge<'a>(
    catalog: &'a Catalog,
    account: &'a Account,
    rater: &Rater<'a>,
    request: &QuoteRequest,
    zone: &'a TimeZone,
) -> Result<Quoted<'a>, QuoteError> {
    let unit = UnitRequest {
        key: UnitKey {
            rating_group: request.rating_group,
            service_identifier: request.service_identifier,
        },
        requested: Requested::Nothing,
        used: Some(request.usage),
        used_after_change: None,
        money: false,
    };
    let special = rater.special();
    if special != Special::Ordinary {
        return Ok(Quoted::special(special));
    }
    if rater.check_group().is_err() {
        return Ok(Quoted::refused("forbidden"));
    }
    let facts = Facts {
        rating_group: request.rating_group,
        ..rater.facts
    };
    if catalog.zone_of(&facts.location).is_err() {
        return Ok(Quoted::refused("unknown_zone"));
    }
    if !catalog.sells(&rater.products, rater.facts.service) {
        return Ok(Quoted::refused("not_sold"));
    }
    let guided = match catalog.guide(&rater.products, &facts) {
        Ok(guided) => guided,
        Err(why) => return Ok(Quoted::refused(refusal_word(why))),
    };
    let octets = rater.service.unit == openmvno_rating::Unit::Octet;
    let change = request.usage_after_change.filter(|_| octets);
    let after = change.unwrap_or(0);
    let before = request.usage.checked_sub(after).ok_or_else(|| {
        QuoteError::new(
            "usage_after_change",
            "it is part of usage and cannot be more".to_owned(),
        )
    })?;
    let mut state = UnitState::new(unit.key, RateRef::Rate(guided), request.at);
    let cut = change.and_then(|_| rater.first_change(&state, &guided));
    let reported = (before, after);
    // Where nothing changes there is nothing to cut.
    let (before, after) = if cut.is_some() {
        (before, after)
    } else {
        (request.usage, 0)
    };
    let when = (request.at, cut.unwrap_or(request.at));
    let mut purse = Purse::of(account, 0, request.at, zone);
    if rater
        .charge(&mut state, (before, after), when, &mut purse)
        .is_err()
    {
        return Ok(Quoted::refused("overflow"));
    }
    let refused = |part: &crate::session::Part| part.payer == crate::session::Payer::Overrun;
    if state.blocked && state.parts.iter().all(refused) {
        return Ok(Quoted::refused("blocked"));
    }
    let aggregate = |part: &crate::session::Part| {
        let rule = part.discount_rule.and_then(|id| catalog.discount_rule(id));
        rule.is_some_and(|rule| rule.aggregate)
    };
    let parts = state.parts.iter().map(|part| QuotedPart {
        part: cdr_part(catalog, part),
        aggregate: aggregate(part),
        undiscounted: rater.undiscounted(&state, part).unwrap_or(part.cost),
    });
    let parts = parts.collect();
    let partners = (0u16..).zip(catalog.partners()).filter_map(|(id, _)| {
        rater.partner_charge(openmvno_rating::PartnerId(id), &state, reported)
    });
    let partners = partners.collect();
    Ok(Quoted::rated(state, parts, partners))
}

const fn refusal_word(why: NotRated) -> &'static str {
    match why {
        NotRated::NotSold => "not_sold",
        NotRated::NoRate => "no_rate",
        NotRated::Forbidden => "forbidden",
        NotRated::UnknownZone => "unknown_zone",
    }
}

impl QuoteRequest {
    fn context(&self) -> Context<'_> {
        let location = &self.location;
        Context {
            plmn: location.plmn.as_deref().unwrap_or(""),
            msc: location.msc.as_deref().unwrap_or(""),
            cell: location.cell.as_deref().unwrap_or(""),
            apn: self.apn.as_deref().unwrap_or(""),
            slice: self.slice.as_deref().unwrap_or(""),
            access_network: self.access_network.as_deref().unwrap_or(""),
            rat_type: self.rat_type,
            qos_class: self.qos_class,
            on_net: self.on_net,
            cug: self.cug,
        }
    }
}
