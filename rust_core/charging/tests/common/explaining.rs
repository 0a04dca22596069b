//! CDRs as their table holds them, and what explaining them says.

use super::*;
use serde_json::{Value, json};

/// 2023-11-14 19:58 UTC, two minutes before offpeak.
pub const EVENING: i64 = 1_699_991_880_000;

pub const DOCUMENT: &str = r#"{
  "currency": "EUR",
  "services": [
    {"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
     "grant": {"default": 60, "maximum": 86400, "validity_time": 600}},
    {"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
     "grant": {"default": 1, "maximum": 100, "validity_time": 600}},
    {"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
     "grant": {"default": 1000, "maximum": 1000000000, "validity_time": 600}}
  ],
  "calendars": [{"code": "days", "periods": [{"code": "offpeak", "from": "20:00", "to": "08:00"}]}],
  "rate_tables": [
    {"code": "voice-out", "service": "voice", "calendar": "days", "rates": [
      {"prefix": "385", "name": "home", "price": "0.10", "per": 60, "first_interval": 60, "next_interval": 7,
       "connection_fee": "0.03"},
      {"prefix": "385", "name": "home evening", "price": "0.05", "per": 60, "period": "offpeak"}]},
    {"code": "sms-out", "service": "sms", "rates": [
      {"prefix": "", "name": "sms", "price": "0.333333", "per": 1}]},
    {"code": "data", "service": "data", "rates": [
      {"rating_group": 10, "name": "web", "price": "1.00", "per": 1000}]},
    {"code": "cost", "service": "sms", "rates": [
      {"prefix": "", "name": "sms", "price": "0.01", "per": 1}]}
  ],
  "buckets": [
    {"code": "talk", "unit": "second", "amount": 100, "pays": [{"service": "voice"}]},
    {"code": "coins", "unit": "unit", "amount": 10, "interval": 2,
     "pays": [{"service": "sms", "cost": 3, "per": 2}]}
  ],
  "discounts": [
    {"code": "more", "applies": [{"service": "data"}], "tiers": [
      {"from": 0, "percent": "0"}, {"from": 600, "percent": "12.5"}, {"from": 1000, "percent": "33.33"}]}
  ],
  "partners": [{"code": "carrier", "role": "vendor", "currency": "USD", "rate_tables": ["cost"]}],
  "products": [
    {"code": "basic", "name": "Basic", "rate_tables": ["voice-out", "sms-out", "data"],
     "discounts": ["more"]},
    {"code": "rich", "name": "Rich", "rate_tables": ["voice-out", "sms-out", "data"],
     "buckets": ["talk", "coins"]}
  ]
}"#;

pub fn bench(product: &str, balance: i64, overrun: &str) -> Bench {
    let mut bench = Bench::empty();
    let catalog = Catalog::compile(DOCUMENT.as_bytes()).expect("the test document compiles");
    bench.shard.load_catalog(TENANT, 1, Arc::new(catalog));
    bench.now = EVENING;
    for command in [
        format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#),
        format!(
            r#"{{"type":"open_account","tenant":"{TENANT}","account":"{ACCOUNT}",
               "currency":"EUR","overrun":"{overrun}"}}"#
        ),
        format!(
            r#"{{"type":"open_line","tenant":"{TENANT}","account":"{ACCOUNT}","line":"{LINE}",
               "product":"{product}","msisdn":"385910000001","imsi":"219010000000001",
               "status":"active"}}"#
        ),
        top_up(balance),
    ] {
        let outcome = bench.command(&command);
        assert!(outcome.contains("\"ok\":true"), "{outcome}");
    }
    bench
}

/// The table's rows of what was journaled.
pub fn rows(bench: &mut Bench) -> Vec<Value> {
    bench.commit();
    let mut found = Vec::new();
    for row in &bench.rows {
        for record in JournalReader::new(row).expect("format") {
            for effect in record.expect("readable").effects {
                if let Effect::Recorded(cdr) = effect {
                    found.push(row_of(&cdr));
                }
            }
        }
    }
    found
}

/// RFC 3339 (Howard Hinnant's days to civil).
pub fn instant(at: i64) -> String {
    let (days, of_day) = (
        at.div_euclid(86_400_000) + 719_468,
        at.rem_euclid(86_400_000),
    );
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year + era * 400 + i64::from(month <= 2);
    let (seconds, millis) = (of_day / 1_000, of_day % 1_000);
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

fn inputs_of(cdr: &Cdr<'_>) -> Value {
    let context = cdr.context.unwrap_or_default();
    json!({
        "plmn": context.plmn, "msc": context.msc, "cell": context.cell, "apn": context.apn,
        "slice": context.slice, "access_network": context.access_network,
        "rat_type": context.rat_type, "qos_class": context.qos_class, "on_net": context.on_net,
        "cug": context.cug, "time_zone": cdr.time_zone, "favourite": cdr.favourite,
        "service_identifier": cdr.service_identifier, "earlier": cdr.earlier,
    })
}

impl Bench {
    /// Every CDR journaled follows from the catalogue it names.
    pub fn check_explanations(&mut self) {
        self.commit();
        let mut known: Vec<Value> = Vec::new();
        for row in &self.rows {
            for record in JournalReader::new(row).expect("format") {
                for effect in record.expect("readable").effects {
                    let Effect::Recorded(cdr) = effect else {
                        continue;
                    };
                    let mut row = row_of(&cdr);
                    let debit = json!(cdr.refers_to);
                    row["debit"] = known
                        .iter()
                        .find(|row| row["id"] == debit)
                        .cloned()
                        .unwrap_or(Value::Null);
                    let version = self.catalogs.iter().find(|one| one.0 == cdr.catalog);
                    let catalog = &version.expect("loaded").1;
                    let answer = explain(catalog, row.to_string().as_bytes()).expect("a CDR");
                    assert_eq!(answer["equal"], true, "{row:#} {answer:#}");
                    known.push(row);
                }
            }
        }
    }
}

pub fn row_of(cdr: &Cdr<'_>) -> Value {
    let part = |part: &CdrPart<'_>| {
        let payer = match part.code {
            "" => part.payer.to_owned(),
            code => format!("{}:{code}", part.payer),
        };
        json!({
            "payer": payer, "bucket": part.bucket, "rate": part.rate, "table": part.table,
            "period": part.period, "from": part.origin + part.from, "to": part.origin + part.to,
            "cost": part.cost.to_string(), "amount_micros": if part.money { part.cost } else { 0 },
            "discount_percent": format!("{}.{:02}", part.discount / 100, part.discount % 100),
            "continuing": part.continuing, "origin": part.origin, "since": part.since,
            "entry": part.entry, "covered": part.covered,
        })
    };
    let partners = cdr.partners.iter().map(|charge| {
        json!({"code": charge.code, "currency": charge.currency, "amount_micros": charge.amount})
    });
    json!({
        "id": cdr.id, "kind": cdr.kind, "session_id": cdr.session, "service": cdr.service,
        "direction": cdr.direction, "destination": cdr.destination,
        "rating_group": cdr.rating_group, "started_at": instant(cdr.started_at),
        "ended_at": instant(cdr.ended_at), "usage": cdr.usage, "currency": cdr.currency,
        "amount_micros": cdr.amount, "overrun_micros": cdr.overrun, "product": cdr.product,
        "rate": cdr.rate, "parts": cdr.parts.iter().map(part).collect::<Vec<_>>(),
        "partners": partners.collect::<Vec<_>>(),
        "inputs": inputs_of(cdr),
    })
}

pub fn explained(row: &Value) -> Value {
    let catalog = Catalog::compile(DOCUMENT.as_bytes()).expect("compiles");
    explain(&catalog, row.to_string().as_bytes()).expect("a CDR")
}

/// The row of a charge that explains itself.
pub fn one(bench: &mut Bench) -> (Value, Value) {
    let mut all = rows(bench);
    assert_eq!(all.len(), 1);
    let row = all.remove(0);
    let answer = explained(&row);
    assert_eq!(answer["equal"], true, "{row:#} {answer:#}");
    assert_eq!(answer["recorded_micros"], row["amount_micros"]);
    assert_eq!(answer["recomputed_micros"], row["amount_micros"]);
    assert_eq!(answer["differences"], json!([]));
    (row, answer)
}

pub fn call(bench: &mut Bench, seconds: u64, ask: u64) {
    let at = bench.now;
    let send = |bench: &mut Bench, kind, number, asked, used| {
        bench.charge(&Request {
            at: at + i64::from(number) * 1_000,
            ..voice(kind, "call", number, asked, used)
        })
    };
    send(bench, Kind::Initial, 0, Some(ask), None);
    send(bench, Kind::Update, 1, Some(ask), Some(seconds / 3));
    send(bench, Kind::Terminate, 2, None, Some(seconds - seconds / 3));
}

pub fn messages(bench: &mut Bench, count: u64) {
    let at = bench.now;
    bench.charge(&Request {
        service: SMS,
        at,
        units: smallvec![units(None, Some(count), None)],
        ..request(Kind::Debit, "messages", 1)
    });
}

/// Everything that differs, as one text.
pub fn differences(row: &Value) -> String {
    let answer = explained(row);
    assert_eq!(answer["equal"], false, "{answer:#}");
    let last = answer["steps"]
        .as_array()
        .expect("steps")
        .last()
        .expect("one")["text"]
        .clone();
    assert!(last.as_str().expect("text").starts_with("NOT EQUAL"));
    answer["differences"].to_string()
}

pub fn with(row: &Value, changes: Value) -> Value {
    let mut changed = row.clone();
    for (name, value) in changes.as_object().expect("members") {
        changed[name] = value.clone();
    }
    changed
}

/// The row with a member of one of its parts changed.
pub fn with_part(row: &Value, at: usize, name: &str, value: Value) -> Value {
    let mut changed = row.clone();
    changed["parts"][at][name] = value;
    changed
}
