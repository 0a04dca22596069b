//! Charges that happened are explained, and what was tampered with is found.

mod common;

use common::explaining::*;
use common::*;
use openmvno_charging::*;
use serde_json::{Value, json};

#[test]
fn a_simple_charge_needs_no_parts() {
    let mut bench = bench("basic", 10 * EUR, "absorb");
    messages(&mut bench, 3);
    let (row, answer) = one(&mut bench);
    assert_eq!(
        (&row["parts"], &row["amount_micros"]),
        (&json!([]), &json!(999_999))
    );
    assert_eq!(answer["parts"][0]["recomputed"], "0.999999");
    assert_eq!(answer["partners"][0]["recomputed_micros"], 30_000);
    let dearer = json!({"amount_micros": 1_000_000});
    assert!(differences(&with(&row, dearer)).contains("1.000000 is recorded, 0.999999 recomputed"));
    assert!(differences(&with(&row, json!({"usage": 4}))).contains("1.333332 recomputed"));
    assert!(differences(&with(&row, json!({"rate": "mms"}))).contains("mms"));
    assert!(differences(&with(&row, json!({"product": "gone"}))).contains("no product gone"));
    assert!(differences(&with(&row, json!({"service": "fax"}))).contains("no service fax"));
    let partner = json!({"partners": [{"code": "carrier", "currency": "USD", "amount_micros": 1}]});
    assert!(differences(&with(&row, partner)).contains("30000 recomputed"));
}

#[test]
fn a_call_over_a_period_is_priced_piece_by_piece() {
    let mut bench = bench("basic", 10 * EUR, "absorb");
    call(&mut bench, 300, 300);
    let (row, answer) = one(&mut bench);
    let periods: Vec<_> = answer["parts"].as_array().expect("parts").iter().collect();
    assert_eq!(periods.len(), 2);
    assert_eq!(
        (&periods[0]["rate"], &periods[0]["to"]),
        (&json!("home"), &json!(123))
    );
    assert_eq!(periods[1]["period"], "offpeak");
    // 0.03 + 123 s of 0.10 a minute, then 177 s of 0.05 a minute.
    assert_eq!(row["amount_micros"], 30_000 + 205_000 + 147_500);
    let changed = with_part(&row, 1, "period", json!(""));
    assert!(differences(&changed).contains("no product of the document has rate"));
    let changed = with_part(&row, 0, "cost", json!("235001"));
    assert!(differences(&changed).contains("235001 are recorded, 235000 recomputed"));
    assert!(differences(&with(&row, json!({"usage": 299}))).contains("299 units of usage"));
}

#[test]
fn what_a_bucket_paid_follows_its_rule() {
    let mut first = bench("rich", 10 * EUR, "absorb");
    call(&mut first, 130, 300);
    let (row, answer) = one(&mut first);
    assert_eq!(answer["parts"][0]["payer"], "bucket:talk");
    assert_eq!(answer["parts"][0]["recomputed"], "100");
    assert_eq!(answer["parts"][1]["payer"], "balance");
    let changed = with_part(&row, 0, "cost", json!("99"));
    assert!(differences(&changed).contains("99 are recorded, 100 recomputed (bucket units)"));
    let changed = with_part(&row, 0, "payer", json!("bucket:gone"));
    assert!(differences(&changed).contains("no bucket gone"));

    // Abstract units: 3 for 2 messages, in twos; the balance pays what the bucket cannot.
    let mut second = bench("rich", 10 * EUR, "absorb");
    messages(&mut second, 8);
    let (row, answer) = one(&mut second);
    assert_eq!(answer["parts"][0]["recomputed"], "10");
    let mut unknown = with_part(&row, 0, "entry", Value::Null);
    unknown["parts"][0]["cost"] = json!("11");
    let answer = explained(&unknown);
    assert_eq!(
        answer["equal"], true,
        "what cannot be recomputed is taken as recorded"
    );
    assert!(answer["steps"].to_string().contains("taken as recorded"));
}

#[test]
fn tiers_of_a_discount_are_asked_one_by_one() {
    let mut bench = bench("basic", 10 * EUR, "absorb");
    let unit = |asked, used| units(Some(10), asked, used);
    let at = bench.now;
    bench.charge(&Request {
        at,
        ..data(Kind::Initial, "web", 0, &[unit(Some(1_500), None)])
    });
    bench.charge(&Request {
        at,
        ..data(Kind::Terminate, "web", 1, &[unit(None, Some(1_301))])
    });
    let (row, answer) = one(&mut bench);
    let parts = answer["parts"].as_array().expect("parts");
    let taken: Vec<_> = parts.iter().map(|part| &part["discount_percent"]).collect();
    assert_eq!(taken, ["0", "12.5", "33.33"]);
    assert!(answer["steps"].to_string().contains("33.33 % off by more"));
    let changed = with_part(&row, 1, "discount_percent", json!("13"));
    assert!(differences(&changed).contains("no discount"));
    let changed = with_part(&row, 2, "discount_percent", json!("12.5"));
    assert!(differences(&changed).contains("recomputed"));
}
