//! The price of a usage without an account behind it, or of an account's line, and every step of it.
//!
//! A quote builds an account in memory and charges it by the same code as the network's requests; so
//! what is quoted is what will be charged. Nothing is changed.

use crate::account::{Account, Line, LineStatus};
use crate::cdr_parts::cdr_part;
use crate::purse::Purse;
use crate::quote_answer::{Quoted, QuotedPart, answer};
use crate::quote_request::{QuoteError, QuoteRequest};
use crate::quote_scratch::scratch_account;
use crate::rater::{Products, Rater, by_precedence};
use crate::raters::{Usage, build};
use crate::request::{Context, Requested, ServiceName, UnitKey, UnitRequest};
use crate::session::{RateRef, UnitState};
use openmvno_rating::{Catalog, Facts, NotRated, ProductKind, Special, TimeZone};
use serde_json::Value;

/// The price of a usage under a catalogue, as `docs/catalogue.md` describes request and answer.
///
/// # Errors
/// A sentence that names the field of a request that cannot be.
pub fn quote(catalog: &Catalog, request_json: &[u8]) -> Result<Value, QuoteError> {
    let request = QuoteRequest::parse(request_json)?;
    let zone = zone_of(catalog, &request)?;
    let (account, ordinal) = match &request.account {
        Some(live) => live.account(catalog, &request)?,
        None => (scratch_account(catalog, &request, &zone)?, 0),
    };
    let zone = account.time_zone().cloned().unwrap_or(zone);
    let service = catalog
        .service_by_code(&request.service)
        .ok_or_else(|| QuoteError::unknown("service", &request.service))?;
    let line = &account.lines[usize::from(ordinal)];
    let products = quoted_products(catalog, &request, line)?;
    let destination = catalog
        .numbering()
        .normalise(request.destination.as_deref().unwrap_or(""));
    let usage = Usage {
        line: ordinal,
        service: ServiceName::Code(&request.service),
        direction: request.direction,
        destination: destination.as_str(),
        context: Some(request.context()),
        at: request.at,
        seed: &request.session,
    };
    let mut rater = build((catalog, 0), &account, (line, &usage), products, service)
        .ok_or_else(|| QuoteError::unknown("service", &request.service))?;
    rater.facts.relation.favourite |= request.favourite;
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

fn quoted_products(
    catalog: &Catalog,
    request: &QuoteRequest,
    line: &Line,
) -> Result<Products, QuoteError> {
    if request.account.is_none() && request.product.is_none() {
        let message = "name the product of the line".to_owned();
        return Err(QuoteError::new("product", message));
    }
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
    for addon in line.addons() {
        products.push(find("addons", &addon.product, ProductKind::Addon)?);
    }
    by_precedence(catalog, &mut products);
    products.push(find("product", &line.product, ProductKind::Main)?);
    Ok(products)
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
    match denied(rater) {
        Some(true) => return Ok(Quoted::refused("out_of_service")),
        _ if special != Special::Ordinary => return Ok(Quoted::special(special)),
        _ => {}
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
    if denied(rater).is_some() && !rater.is_free(RateRef::Rate(guided)) {
        return Ok(Quoted::refused("out_of_service"));
    }
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
    let mut purse = Purse::of(account, rater.line_ordinal, request.at, zone);
    if rater
        .charge(&mut state, (before, after), when, &mut purse)
        .is_err()
    {
        return Ok(Quoted::refused("overflow"));
    }
    let refused = |part: &crate::session::Part| part.payer == crate::session::Payer::Overrun;
    if state.blocked && state.parts.first().is_some_and(refused) {
        return Ok(Quoted::refused("blocked"));
    }
    let aggregate = |part: &crate::session::Part| {
        let rule = part.discount_rule.and_then(|id| catalog.discount_rule(id));
        rule.is_some_and(|rule| rule.aggregate)
    };
    let parts = state.parts.iter().map(|part| QuotedPart {
        part: cdr_part(catalog, part, 0),
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

/// Of a line that is out of service: whether even what costs nothing is denied. `None`: it is active.
fn denied(rater: &Rater<'_>) -> Option<bool> {
    let terms = rater.line.terms.as_deref();
    let zero_rated = terms.is_some_and(|terms| terms.zero_rated_allowed);
    let barred = terms.is_some_and(|terms| terms.toll_free_barred);
    let all = match rater.special() {
        Special::Emergency => false,
        Special::TollFree => barred && !zero_rated,
        Special::Ordinary => !zero_rated,
    };
    (rater.line.status != LineStatus::Active).then_some(all)
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
