//! What resellers pay and a vendor gets beside the subscriber's own price.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn chain() -> String {
    catalogue(
        r#""rate_tables": [
             {"code": "retail", "service": "voice", "rates": [
               {"default": true, "name": "retail", "price": "0.10", "per": 60}]},
             {"code": "wholesale", "service": "voice", "rates": [
               {"default": true, "name": "wholesale", "price": "0.06", "per": 60}]},
             {"code": "above", "service": "voice", "rates": [
               {"default": true, "name": "above", "price": "5", "per": 60}]},
             {"code": "cost", "service": "voice", "rates": [
               {"prefix": "385", "name": "cost", "price": "0.02", "per": 60}]}],
           "buckets": [{"code": "free", "unit": "second", "amount": 300,
             "pays": [{"service": "voice"}]}],
           "products": [{"code": "basic", "name": "Basic", "rate_tables": ["retail"]},
             {"code": "quota", "name": "Quota", "rate_tables": ["retail"], "buckets": ["free"]}],
           "partners": [
             {"code": "near", "role": "reseller", "currency": "USD", "rate_tables": ["wholesale"]},
             {"code": "far", "role": "reseller", "currency": "JPY", "rate_tables": ["above"]},
             {"code": "carrier", "role": "vendor", "currency": "EUR", "rate_tables": ["cost"]}]"#,
    )
}

fn story(product: &str) -> Bench {
    let mut bench = Bench::story(&chain(), product, 10 * EUR, "2026-03-10T12:00:00Z");
    bench.done("change_account", r#""partners":["near","far"]"#);
    bench
}

fn charged(all: &[(&str, &str, i64)]) -> Vec<(String, String, i64)> {
    let owned = all
        .iter()
        .map(|(code, currency, amount)| ((*code).into(), (*currency).into(), *amount));
    owned.collect()
}

#[test]
fn c5_ten_minutes_cost_each_its_own_price_in_its_own_currency() {
    for (product, amount) in [("basic", EUR), ("quota", 500_000)] {
        let mut bench = story(product);
        bench.spend(&call(), 600);
        let bill = bench.last_bill();
        assert_eq!(bill.amount, amount);
        let expected = [
            ("near", "USD", 600_000),
            ("far", "JPY", 50 * EUR),
            ("carrier", "EUR", 200_000),
        ];
        assert_eq!(bill.partners, charged(&expected), "{product}");
        bench.audit_at_rest();
    }
}

#[test]
fn who_has_no_price_for_it_is_not_charged_and_free_numbers_cost_nobody() {
    let mut bench = story("basic");
    let abroad = Request {
        destination: "4420",
        ..call()
    };
    bench.spend(&abroad, 60);
    let expected = [("near", "USD", 60_000), ("far", "JPY", 5 * EUR)];
    assert_eq!(bench.last_bill().partners, charged(&expected));
    bench.done("change_account", r#""partners":[]"#);
    bench.spend(&call(), 60);
    assert_eq!(
        bench.last_bill().partners,
        charged(&[("carrier", "EUR", 20_000)])
    );
    bench.audit_at_rest();
}

#[test]
fn a_session_given_up_and_its_late_end_charge_partners_for_all_of_it_once() {
    let mut bench = story("basic");
    bench.go(voice(Kind::Initial, "call", 0, Some(600), None));
    bench.now += 300_000;
    bench.go(voice(Kind::Update, "call", 1, Some(300), Some(300)));
    bench.tick_after(1_200_000);
    bench.go(voice(Kind::Terminate, "call", 2, None, Some(300)));
    let near: Vec<i64> = bench
        .bills()
        .iter()
        .map(|bill| bill.partners[0].2)
        .collect();
    assert_eq!(near, [300_000, 300_000]);
    bench.audit_at_rest();
}

#[test]
fn a_partner_that_is_not_there_is_refused() {
    let mut bench = story("basic");
    assert_eq!(
        bench.refused("change_account", r#""partners":["nobody"]"#),
        "partner_unknown"
    );
}
