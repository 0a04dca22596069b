//! An account as it is this moment, in JSON.

use openmvno_charging::{Account, Bucket, Counter, FOREVER, Line, OverrunPolicy, Uuid};
use openmvno_rating::{BucketUnit, Catalog, TimeZone};
use serde_json::{Value, json};

/// Balance, limits, buckets, volumes of discounts and lines: all that decides who pays for a usage.
/// Amounts are micros, instants Unix milliseconds.
pub(crate) fn account_json(account: &Account, catalog: Option<&Catalog>, now: i64) -> Value {
    let terms = account.terms.as_deref();
    let temporary = terms
        .and_then(|terms| terms.temporary_limit)
        .filter(|&(_, until)| now < until);
    let buckets = account
        .buckets
        .iter()
        .filter(|bucket| !bucket.is_withdrawn())
        .filter(|bucket| now < bucket.expires_at || bucket.reserved != 0)
        .map(|bucket| bucket_json(account, bucket, catalog));
    let lines = account.lines.iter().filter(|line| !line.has_left());
    json!({
        "currency": account.currency.code(),
        "balance": account.balance,
        "reserved": account.reserved,
        "available": account.available(now),
        "sessions": account.open.len(),
        "statuses": account.money_statuses(now),
        "credit_limit": account.credit_limit,
        "temporary_limit": temporary.map(|(amount, until)| json!({"amount": amount, "until": until})),
        "overrun": match account.overrun {
            OverrunPolicy::Absorb => "absorb",
            OverrunPolicy::Debt => "debt",
        },
        "time_zone": account.time_zone().map_or("", TimeZone::name),
        "buckets": buckets.collect::<Vec<_>>(),
        "counters": account.counters.iter().map(|one| counter_json(account, one)).collect::<Vec<_>>(),
        "lines": lines.map(|line| line_json(line, now)).collect::<Vec<_>>(),
    })
}

fn bucket_json(account: &Account, bucket: &Bucket, catalog: Option<&Catalog>) -> Value {
    let rule = catalog.and_then(|catalog| catalog.bucket_rule_of_code(&bucket.code));
    let members = bucket.members.iter().map(|member| {
        json!({
            "line": line_id(account, Some(member.line)),
            "used": member.used,
            "reserved": member.reserved,
        })
    });
    json!({
        "id": bucket.id,
        "code": &*bucket.code,
        "line": line_id(account, bucket.line),
        "instance": bucket.instance,
        "unit": rule.map(|rule| match rule.unit {
            BucketUnit::Second => "second",
            BucketUnit::Octet => "octet",
            BucketUnit::Event => "event",
            BucketUnit::Money => "money",
            BucketUnit::Abstract => "unit",
        }),
        "initial": bucket.initial,
        "used": bucket.used,
        "reserved": bucket.reserved,
        "valid_from": bucket.valid_from,
        "expires_at": instant(bucket.expires_at),
        "members": members.collect::<Vec<_>>(),
    })
}

fn counter_json(account: &Account, counter: &Counter) -> Value {
    json!({
        "discount": counter.code,
        "line": line_id(account, counter.line),
        "used": counter.used,
        "until": instant(counter.until),
    })
}

fn line_id(account: &Account, line: Option<u16>) -> Option<Uuid> {
    let line = account.lines.get(usize::from(line?))?;
    Some(line.id)
}

/// Nothing for what never comes.
fn instant(at: i64) -> Option<i64> {
    (at < FOREVER).then_some(at)
}

fn line_json(line: &Line, now: i64) -> Value {
    let terms = line.terms.as_deref();
    let addons = line
        .addons()
        .iter()
        .map(|addon| json!({"instance": addon.instance, "product": addon.product}));
    json!({
        "line": line.id,
        "product": &*line.product,
        "msisdn": line.msisdn.map(|msisdn| msisdn.to_string()),
        "status": line.status,
        "products": addons.collect::<Vec<_>>(),
        "favourites": terms.map_or(&[][..], |terms| &terms.favourites),
        "groups": terms.map_or(&[][..], |terms| &terms.groups),
        "spending_cap": line.cap().map(|cap| cap.amount),
        "spent": line.cap().map(|cap| if now < cap.until { cap.spent } else { 0 }),
        "own_balance": line.has_own_balance(),
        "toll_free_barred": terms.is_some_and(|terms| terms.toll_free_barred),
        "zero_rated_allowed": terms.is_some_and(|terms| terms.zero_rated_allowed),
        "cap": line.cap().map(|cap| json!({
            "amount": cap.amount,
            "renew": cap.renew,
            "spent": cap.spent,
            "reserved": cap.reserved,
            "until": cap.until,
        })),
    })
}
