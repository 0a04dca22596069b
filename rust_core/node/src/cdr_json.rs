//! The parts of a CDR and of a notice that tables hold as JSON.

use openmvno_charging::{Cdr, CdrPart, Notice, NoticeKind, PartnerRole};
use serde_json::{Map, Value, json};

/// Who paid which stretch, in the words of a quote; `[]` when the balance paid for all of it at the
/// CDR's rate. `cost` is in the payer's unit: micros of money, else the bucket's units.
pub(crate) fn parts_json(cdr: &Cdr<'_>) -> String {
    let parts: Vec<Value> = cdr.parts.iter().map(part_json).collect();
    Value::Array(parts).to_string()
}

pub(crate) fn part_json(part: &CdrPart<'_>) -> Value {
    let payer = match part.payer {
        "bucket" | "throttle" => format!("{}:{}", part.payer, part.code),
        payer => payer.to_owned(),
    };
    json!({
        "payer": payer,
        "bucket": part.bucket,
        "rate": part.rate,
        "table": part.table,
        "period": part.period,
        "from": part.origin + part.from,
        "to": part.origin + part.to,
        "units": part.to - part.from,
        "cost": part.cost.to_string(),
        "amount_micros": if part.money { part.cost } else { 0 },
        "discount_percent": hundredths(part.discount),
        "continuing": part.continuing,
        "origin": part.origin,
        "since": part.since,
        "entry": part.entry,
        "covered": part.covered,
    })
}

/// 25, 12.5, 33.33.
fn hundredths(value: u16) -> String {
    let text = format!("{}.{:02}", value / 100, value % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What each partner charges or costs, micros of its currency.
pub(crate) fn partners_json(cdr: &Cdr<'_>) -> String {
    let charges: Vec<Value> = cdr
        .partners
        .iter()
        .map(|charge| {
            json!({
                "code": charge.code,
                "role": match charge.role {
                    PartnerRole::Reseller => "reseller",
                    PartnerRole::Vendor => "vendor",
                },
                "currency": charge.currency,
                "amount_micros": charge.amount,
            })
        })
        .collect();
    Value::Array(charges).to_string()
}

/// What else the price depended on, as far as it was not the usual.
pub(crate) fn inputs_json(cdr: &Cdr<'_>) -> String {
    let mut inputs = Map::new();
    let mut text = |name: &str, value: &str| {
        if !value.is_empty() {
            inputs.insert(name.to_owned(), Value::from(value));
        }
    };
    if let Some(context) = &cdr.context {
        text("plmn", context.plmn);
        text("msc", context.msc);
        text("cell", context.cell);
        text("apn", context.apn);
        text("slice", context.slice);
        text("access_network", context.access_network);
    }
    text("time_zone", cdr.time_zone);
    if let Some(context) = &cdr.context {
        for (name, value) in [
            ("rat_type", context.rat_type),
            ("qos_class", context.qos_class),
        ] {
            if let Some(value) = value {
                inputs.insert(name.to_owned(), Value::from(value));
            }
        }
        for (name, value) in [("on_net", context.on_net), ("cug", context.cug)] {
            if value {
                inputs.insert(name.to_owned(), Value::from(true));
            }
        }
    }
    if let Some(identifier) = cdr.service_identifier {
        inputs.insert("service_identifier".to_owned(), Value::from(identifier));
    }
    if let Some(earlier) = cdr.earlier {
        let told = json!({"used": earlier.used, "since": earlier.since, "paid": earlier.paid});
        inputs.insert("earlier".to_owned(), told);
    }
    if cdr.favourite {
        inputs.insert("favourite".to_owned(), Value::from(true));
    }
    Value::Object(inputs).to_string()
}

/// The word for a kind of notice.
pub(crate) fn notice_word(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::BucketThreshold => "bucket_threshold",
        NoticeKind::BucketExpiring => "bucket_expiring",
        NoticeKind::LowBalance => "low_balance",
        NoticeKind::LimitWarning => "limit_warning",
        NoticeKind::CapReached => "cap_reached",
        NoticeKind::UnratedUsage => "unrated_usage",
    }
}

/// What a notice says beside its kind.
pub(crate) fn notice_json(notice: &Notice<'_>) -> String {
    let mut detail = json!({"threshold": notice.threshold, "value": notice.value});
    if let Some((bucket, _)) = notice.bucket {
        detail["bucket"] = json!({"id": bucket, "code": notice.code});
    }
    if notice.kind == NoticeKind::UnratedUsage {
        detail = json!({
            "session_id": notice.session,
            "service": notice.code,
            "destination": notice.destination,
            "rating_group": notice.rating_group,
            "usage": notice.value,
        });
    }
    detail.to_string()
}
