//! A charge that happened, made again from what its CDR says and compared with what it recorded.
//!
//! The price is looked up and asked by the code that charged; only what the CDR cannot know (what
//! stood in the balance, a bucket or a discount's counter then) is taken as recorded: who paid which
//! units at which discount.

use crate::account::{Account, AccountTerms, Line, LineStatus};
use crate::clock::Millis;
use crate::explain_answer::Explained;
use crate::explain_parts::{Checked, pays_money, recompute_money, wrong_span};
use crate::explain_price::{Finder, Wanted};
use crate::explain_record::Recorded;
use crate::id::Uuid;
use crate::quote_request::QuoteError;
use crate::rater::{Products, Rater};
use crate::raters::{Usage, build};
use crate::request::ServiceName;
use openmvno_rating::{Catalog, PartnerId, Special, TimeZone};
use serde_json::Value;

/// A CDR explained, as `docs/catalogue.md` describes it: `catalog` is the version that priced it.
///
/// # Errors
/// When the CDR is not one.
pub fn explain(catalog: &Catalog, cdr_json: &[u8]) -> Result<Value, QuoteError> {
    let record = Recorded::parse(cdr_json)?;
    let mut explained = Explained::new(&record);
    if record.currency != catalog.currency().code() {
        explained.differs(format!(
            "the document is in {}, the CDR in {}",
            catalog.currency().code(),
            record.currency
        ));
    }
    if record.kind == "refund" {
        refund(&record, &mut explained);
        return Ok(explained.json(catalog));
    }
    let account = account_of(catalog, &record, &mut explained);
    let usage = Usage {
        line: 0,
        service: ServiceName::Code(&record.service),
        direction: record.direction,
        destination: &record.destination,
        context: Some(record.inputs.context()),
        at: record.began(),
        seed: &record.session_id,
    };
    let mut products = Products::new();
    match catalog.product_by_code(&record.product) {
        Some(id) => products.push(id),
        None => explained.differs(format!("the document has no product {}", record.product)),
    }
    let service = catalog.service_by_code(&record.service);
    let rater = service.and_then(|service| {
        build(
            (catalog, 0),
            &account,
            (&account.lines[0], &usage),
            products,
            service,
        )
    });
    let Some(mut rater) = rater else {
        explained.differs(format!("the document has no service {}", record.service));
        return Ok(explained.json(catalog));
    };
    rater.facts.relation.favourite = record.inputs.favourite;
    rater.facts.service_identifier = record.inputs.service_identifier;
    usage_steps(&rater, &record, &mut explained);
    charge(&rater, &record, &mut explained);
    partners(&rater, &record, &mut explained);
    Ok(explained.json(catalog))
}

/// An account in the time zone of the record, with a line that has its product.
fn account_of(catalog: &Catalog, record: &Recorded, explained: &mut Explained<'_>) -> Account {
    let mut account = Account::blank(Uuid::default(), 0, catalog.currency());
    let name = record.inputs.time_zone.as_str();
    if !name.is_empty() {
        let time_zone = TimeZone::parse(name);
        if time_zone.is_none() {
            explained.differs(format!("{name} is not an IANA time zone"));
        }
        account.terms = Some(Box::new(AccountTerms {
            time_zone,
            ..AccountTerms::default()
        }));
    }
    account.lines.push(Line {
        id: Uuid::default(),
        product: record.product.as_str().into(),
        msisdn: None,
        imsi: None,
        status: LineStatus::Active,
        terms: None,
    });
    account
}

fn usage_steps(rater: &Rater<'_>, record: &Recorded, explained: &mut Explained<'_>) {
    let at = |text: &str, value: u64| format!("{value} {text}");
    let units = match rater.service.unit {
        openmvno_rating::Unit::Second => at("seconds", record.usage),
        openmvno_rating::Unit::Octet => at("octets", record.usage),
        openmvno_rating::Unit::Event => at("events", record.usage),
    };
    let to = match record.destination.as_str() {
        "" => String::new(),
        number => format!(" to or from {number}"),
    };
    explained.step("usage", format!("{units} of {}{to}", record.service));
    if record.used_before() > 0 {
        explained.step(
            "usage",
            format!(
                "{} units before them are on earlier CDRs: what is new is compared",
                record.used_before()
            ),
        );
    }
    if record.kind == "correction" {
        let text =
            "reported after the session had been given up: what the report added is compared";
        explained.step("usage", text.to_owned());
    }
    if let Ok(Some(zone)) = rater.catalog.zone_of(&rater.facts.location) {
        let code = rater.catalog.zone_code(zone).unwrap_or("");
        explained.step("zone", format!("the user was in zone {code}"));
    }
}

/// What the usage costs, by whatever priced it.
fn charge<'a>(rater: &Rater<'a>, record: &'a Recorded, explained: &mut Explained<'a>) {
    let finder = Finder::new(rater, record);
    if !record.parts.is_empty() {
        if record.parts.iter().all(|part| part.table.is_empty()) {
            money_parts(record, explained);
        } else {
            priced_parts(&finder, record, explained);
        }
        return;
    }
    if record.overrun_micros != 0 {
        let text = "nobody covered a part of it, yet the record has no parts";
        explained.differs(text.to_owned());
    }
    if rater.special() != Special::Ordinary {
        let number = &record.destination;
        explained.step(
            "price",
            format!("{number} is free for the one who calls it"),
        );
        explained.recompute(Some(0));
    } else if record.goes_on() {
        let text = "no new billed unit: the interval it lies in was paid for before";
        explained.step("price", text.to_owned());
        explained.recompute(Some(0));
    } else if (record.rate.as_str(), record.usage) == ("", 0) {
        explained.step("price", "nothing was used and nothing charged".to_owned());
        explained.recompute(Some(0));
    } else {
        plain(&finder, record, explained);
    }
}

/// The balance paid for all of it at one rate in one stretch.
fn plain<'a>(finder: &Finder<'_, 'a>, record: &'a Recorded, explained: &mut Explained<'a>) {
    let wanted = Wanted {
        rate: &record.rate,
        place: None,
        since: record.began(),
        origin: 0,
        continuing: false,
    };
    let Some(found) = finder.find(&wanted) else {
        if record.rate == "money" {
            explained.step("price", "the units are money themselves".to_owned());
            explained.recompute(i64::try_from(record.usage).ok());
        } else {
            explained.differs(format!(
                "no product of the document has a rate {:?} for this usage",
                record.rate
            ));
        }
        return;
    };
    let priced = &found.stretch.priced;
    let amount = |billed| priced.amount(billed, openmvno_rating::Discount(0)).ok();
    let billed = priced.billed(record.usage).ok();
    let cost = billed.and_then(amount).map(openmvno_rating::Micros::get);
    explained.whole(
        finder,
        &found,
        (billed.unwrap_or(0), record.amount_micros, cost),
    );
    explained.recompute(cost);
}

/// Units that were money themselves: a debit of an amount.
fn money_parts<'a>(record: &'a Recorded, explained: &mut Explained<'a>) {
    explained.step("price", "the units are money themselves".to_owned());
    explained.recompute(i64::try_from(record.usage).ok());
    let sum = record.parts.iter().map(|part| part.cost).sum::<i64>();
    if i64::try_from(record.usage) != Ok(sum) {
        explained.differs(format!(
            "the parts are {sum} micros, the units {}",
            record.usage
        ));
    }
    overrun(record, explained);
}

fn priced_parts<'a>(finder: &Finder<'_, 'a>, record: &'a Recorded, explained: &mut Explained<'a>) {
    let catalog = finder.rater.catalog;
    let began: Millis = record.began();
    let mut parts: Vec<Checked<'a>> = record
        .parts
        .iter()
        .map(|part| {
            let money = pays_money(catalog, part.payer());
            Checked::new(finder, part.as_part(money, began))
        })
        .collect();
    recompute_money(&mut parts);
    for (one, part) in parts.iter().zip(&record.parts) {
        let counted = if one.part.money { part.cost } else { 0 };
        if part.amount_micros != counted {
            explained.differs(format!(
                "billed units {} to {}: they add {} micros, not {counted}",
                part.from, part.to, part.amount_micros
            ));
        }
    }
    let used = record.used_before().saturating_add(record.usage);
    if let Some(wrong) = wrong_span(&parts, record.used_before() > 0, used) {
        explained.differs(wrong);
    }
    let money = parts.iter().filter(|one| one.part.money);
    let sum = money
        .map(|one| one.recomputed)
        .try_fold(0, |sum, cost| i64::checked_add(sum, cost?));
    explained.parts(finder, parts);
    explained.recompute(sum);
    overrun(record, explained);
}

fn overrun(record: &Recorded, explained: &mut Explained<'_>) {
    let beyond = record.parts.iter().filter(|part| part.payer == "overrun");
    let sum: i64 = beyond.map(|part| part.cost).sum();
    if sum != record.overrun_micros {
        explained.differs(format!(
            "nobody paid {sum} micros of the parts, {} are recorded as overrun",
            record.overrun_micros
        ));
    }
    if sum > 0 {
        let text = "how far the balance reached is taken as recorded; what it and nobody paid is compared together";
        explained.step("overrun", text.to_owned());
    }
}

/// A refund gives back at most what the balance paid of the debit it names.
fn refund<'a>(record: &'a Recorded, explained: &mut Explained<'a>) {
    let Some(debit) = &record.debit else {
        explained.differs("the debit it reverses is not there".to_owned());
        return;
    };
    let wallets = debit.parts.iter().filter(|part| part.bucket.is_some());
    let wallets: i64 = wallets.map(|part| part.amount_micros).sum();
    let most = debit.amount_micros - debit.overrun_micros - wallets;
    explained.step(
        "refund",
        format!("of a debit of which the balance paid {most} micros: a refund is compared with that, as it may give back less"),
    );
    let given = -record.amount_micros;
    if given < 0 || given > most {
        explained.differs(format!(
            "{given} micros were given back, at most {most} could be"
        ));
    }
    explained.recompute(Some(-given.clamp(0, most.max(0))));
}

/// What the partners on the record ask for the same usage.
fn partners<'a>(rater: &Rater<'a>, record: &'a Recorded, explained: &mut Explained<'a>) {
    let finder = Finder::new(rater, record);
    for charge in &record.partners {
        let asked = rater
            .catalog
            .partner_by_code(&charge.code)
            .and_then(|id: PartnerId| rater.partner_charge(id, &finder.state, (record.usage, 0)));
        let amount = asked.filter(|asked| asked.currency == charge.currency);
        explained.partner(charge, amount.map(|asked| asked.amount));
    }
}
