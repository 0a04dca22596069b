//! A subscriber assumed for a quote.

use crate::account::{Account, AccountTerms, AddOn, Line, LineStatus, LineTerms, OverrunPolicy};
use crate::bucket::{Bucket, Counter, FOREVER};
use crate::clock::{DAY_MS, Millis};
use crate::id::Uuid;
use crate::periods::new_bucket;
use crate::quote_request::{GivenBucket, GivenCounter, QuoteError, QuoteRequest};
use openmvno_rating::{
    BucketRule, BucketUnit, Catalog, Micros, Product, Renew, TimeZone, renewal_period,
};

/// More than any usage can exhaust, and far from what sums of amounts overflow at.
pub(crate) const UNLIMITED: i64 = i64::MAX / 4;

/// An account with one line as the request describes it.
pub(crate) fn scratch_account(
    catalog: &Catalog,
    request: &QuoteRequest,
    zone: &TimeZone,
) -> Result<Account, QuoteError> {
    let product = request.product.as_deref().unwrap_or("");
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
        product: product.into(),
        msisdn: None,
        imsi: None,
        status: LineStatus::Active,
        terms: Some(Box::new(terms)),
    });
    account.terms = Some(Box::new(AccountTerms {
        time_zone: Some(zone.clone()),
        ..AccountTerms::default()
    }));
    account.balance = match request.balance.as_deref() {
        None => UNLIMITED,
        Some(text) => money("balance", text)?,
    };
    let main = catalog
        .product_by_code(product)
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
        None => granted_buckets(catalog, request, zone).into(),
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

fn given_bucket(catalog: &Catalog, given: &GivenBucket, id: u32) -> Result<Bucket, QuoteError> {
    let rule = catalog
        .bucket_rule_of_code(&given.code)
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
    let codes = request.product.iter().chain(&request.addons);
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

fn given_counter(catalog: &Catalog, given: &GivenCounter) -> Result<Counter, QuoteError> {
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
