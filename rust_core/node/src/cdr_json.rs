//! The parts of a CDR and of a notice that tables hold as JSON.

use openmvno_charging::{Cdr, CdrPart, Context, Earlier, Notice, NoticeKind, PartnerRole};
use serde::Serialize;
use serde_json::{Value, json};
use std::borrow::Cow;

/// Who paid for a stretch, in the words of a quote. `cost` is in the payer's unit: micros of money,
/// else the bucket's units.
#[derive(Serialize)]
pub(crate) struct PartJson<'a> {
    payer: Cow<'a, str>,
    bucket: Option<u32>,
    rate: &'a str,
    table: &'a str,
    period: &'a str,
    from: u64,
    to: u64,
    units: u64,
    cost: String,
    amount_micros: i64,
    discount_percent: String,
    continuing: bool,
    origin: u64,
    since: i64,
    entry: Option<u16>,
    covered: u64,
}

/// Who paid which stretch; none when the balance paid for all of it at the CDR's rate.
pub(crate) fn parts_json<'a>(cdr: &'a Cdr<'_>) -> impl Serialize + use<'a> {
    Each(cdr.parts.iter().map(part_json))
}

pub(crate) fn part_json<'a>(part: &'a CdrPart<'_>) -> PartJson<'a> {
    PartJson {
        payer: match part.payer {
            "bucket" | "throttle" => Cow::Owned(format!("{}:{}", part.payer, part.code)),
            payer => Cow::Borrowed(payer),
        },
        bucket: part.bucket,
        rate: part.rate,
        table: part.table,
        period: part.period,
        from: part.origin + part.from,
        to: part.origin + part.to,
        units: part.to - part.from,
        cost: part.cost.to_string(),
        amount_micros: if part.money { part.cost } else { 0 },
        discount_percent: hundredths(part.discount),
        continuing: part.continuing,
        origin: part.origin,
        since: part.since,
        entry: part.entry,
        covered: part.covered,
    }
}

/// 25, 12.5, 33.33.
fn hundredths(value: u16) -> String {
    let text = format!("{}.{:02}", value / 100, value % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[derive(Serialize)]
struct PartnerJson<'a> {
    code: &'a str,
    role: &'static str,
    currency: &'a str,
    amount_micros: i64,
}

/// What each partner charges or costs, micros of its currency.
pub(crate) fn partners_json<'a>(cdr: &'a Cdr<'_>) -> impl Serialize + use<'a> {
    Each(cdr.partners.iter().map(|charge| PartnerJson {
        code: charge.code,
        role: match charge.role {
            PartnerRole::Reseller => "reseller",
            PartnerRole::Vendor => "vendor",
        },
        currency: charge.currency,
        amount_micros: charge.amount,
    }))
}

/// A list of what an iterator gives.
struct Each<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Each<I> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// What else the price depended on, as far as it was not the usual.
#[derive(Serialize)]
pub(crate) struct InputsJson<'a> {
    #[serde(flatten)]
    context: Option<ContextJson<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    time_zone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_identifier: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<EarlierJson>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    favourite: bool,
}

#[derive(Serialize)]
struct ContextJson<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    plmn: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    msc: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cell: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    apn: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    slice: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    access_network: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rat_type: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    qos_class: Option<u8>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    on_net: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    cug: bool,
}

#[derive(Serialize)]
struct EarlierJson {
    used: u64,
    since: i64,
    paid: bool,
}

pub(crate) fn inputs_json<'a>(cdr: &'a Cdr<'_>) -> InputsJson<'a> {
    InputsJson {
        context: cdr.context.as_ref().map(context_json),
        time_zone: cdr.time_zone,
        service_identifier: cdr.service_identifier,
        earlier: cdr.earlier.map(earlier_json),
        favourite: cdr.favourite,
    }
}

fn context_json<'a>(context: &Context<'a>) -> ContextJson<'a> {
    ContextJson {
        plmn: context.plmn,
        msc: context.msc,
        cell: context.cell,
        apn: context.apn,
        slice: context.slice,
        access_network: context.access_network,
        rat_type: context.rat_type,
        qos_class: context.qos_class,
        on_net: context.on_net,
        cug: context.cug,
    }
}

fn earlier_json(earlier: Earlier) -> EarlierJson {
    EarlierJson {
        used: earlier.used,
        since: earlier.since,
        paid: earlier.paid,
    }
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
pub(crate) fn notice_json(notice: &Notice<'_>) -> Value {
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
    detail
}
