//! Random commands and requests on a catalogue that has everything that pays.

use super::story::{HOUR, catalogue};
use proptest::prelude::*;

/// Two versions with other prices: pools with member caps, quotas that renew and roll over, wallets of
/// units and money, a discount by volume, prices by the hour, music for nothing.
pub fn document(web: &str, night: &str) -> String {
    catalogue(&format!(
        r#""calendars": [{{"code": "clock", "periods": [{{"code": "night",
             "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "from": "20:00", "to": "06:00"}}]}}],
          "rate_tables": [
            {{"code": "data", "service": "data", "calendar": "clock", "rates": [
              {{"rating_group": 1, "name": "web", "price": "{web}", "per": 1000, "first_interval": 100, "next_interval": 10}},
              {{"rating_group": 1, "name": "web", "price": "{night}", "per": 1000, "next_interval": 7, "period": "night"}},
              {{"rating_group": 2, "name": "music", "price": "0"}},
              {{"default": true, "name": "rest", "price": "0.333333", "per": 777, "connection_fee": "0.01"}}]}},
            {{"code": "sms", "service": "sms", "rates": [
              {{"default": true, "name": "sms", "price": "0.09"}}]}},
            {{"code": "wholesale", "service": "sms", "rates": [
              {{"default": true, "name": "wholesale", "price": "0.03"}}]}}],
          "discounts": [{{"code": "volume", "applies": [{{"service": "data"}}], "measure": "units",
            "renew": "day", "shared": true, "tiers": [
              {{"from": 0, "percent": "0"}}, {{"from": 3000, "percent": "12.5"}}, {{"from": 9000, "percent": "50"}}]}}],
          "buckets": [
            {{"code": "pool", "unit": "octet", "amount": 2000, "renew": "day", "shared": true, "member_cap": 1500,
              "rollover": 1, "pays": [{{"service": "data", "rating_groups": [1]}}]}},
            {{"code": "texts", "unit": "event", "amount": 3, "renew": "day", "exhausted": "block",
              "pays": [{{"service": "sms"}}]}},
            {{"code": "pack", "unit": "octet", "amount": 1500, "valid_days": 2, "priority": 10, "interval": 50,
              "pays": [{{"service": "data"}}]}},
            {{"code": "gift", "unit": "money", "amount": "0.50", "valid_days": 3, "priority": 5,
              "pays": [{{"service": "data", "rating_groups": [1]}}, {{"service": "sms"}}]}},
            {{"code": "units", "unit": "unit", "amount": 0, "priority": 20, "pays": [
              {{"service": "data", "cost": 3, "per": 100}}, {{"service": "sms"}}]}}],
          "products": [
            {{"code": "pooled", "name": "Pooled", "rate_tables": ["data", "sms"], "buckets": ["pool"], "discounts": ["volume"]}},
            {{"code": "texter", "name": "Texter", "rate_tables": ["data", "sms"], "buckets": ["pool", "texts"]}},
            {{"code": "pack", "name": "Pack", "kind": "addon", "multiple": true, "buckets": ["pack", "gift"]}}],
          "partners": [{{"code": "near", "role": "reseller", "currency": "USD", "rate_tables": ["wholesale"]}}]"#
    ))
}

#[derive(Clone, Debug)]
pub enum Step {
    Open(u8, u16, u32, Option<u64>),
    Report(u8, u32, Option<u64>, u64, u64),
    Close(u8, u32, u64),
    Message(u16),
    Money(u16, u64),
    RefundLast,
    File(u8, u64),
    PayIn(i64),
    TakeOut(i64),
    Wallet(u8, u8, i64),
    Pack(u8, u8),
    Unpack(u8, u8),
    Product(u8, bool),
    Status(u8, u8),
    OwnBalance(u8, bool),
    LateCap(bool),
    Catalog(bool),
    Wait(i64),
    Commit,
    Slice,
}

fn group() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(1_u32), 1 => Just(2), 2 => Just(3)]
}

pub fn step() -> impl Strategy<Value = Step> {
    let octets = || 0_u64..2_500;
    let ask = || prop::option::of(octets());
    prop_oneof![
        6 => (0_u8..8, 0_u16..3, group(), ask()).prop_map(|(s, l, g, a)| Step::Open(s, l, g, a)),
        8 => (0_u8..8, group(), ask(), octets(), 0_u64..300)
            .prop_map(|(s, g, a, u, after)| Step::Report(s, g, a, u, after.saturating_sub(200))),
        4 => (0_u8..8, group(), octets()).prop_map(|(s, g, u)| Step::Close(s, g, u)),
        4 => (0_u16..3).prop_map(Step::Message),
        1 => (0_u16..3, 0_u64..900_000).prop_map(|(l, m)| Step::Money(l, m)),
        1 => Just(Step::RefundLast),
        1 => (0_u8..3, octets()).prop_map(|(l, u)| Step::File(l, u)),
        2 => (1_i64..2_000_000).prop_map(Step::PayIn),
        1 => (1_i64..1_000_000).prop_map(Step::TakeOut),
        2 => (0_u8..3, 0_u8..6, 1_i64..400_000).prop_map(|(l, w, a)| Step::Wallet(l, w, a)),
        1 => (0_u8..3, 0_u8..3).prop_map(|(l, i)| Step::Pack(l, i)),
        1 => (0_u8..3, 0_u8..3).prop_map(|(l, i)| Step::Unpack(l, i)),
        1 => (0_u8..3, any::<bool>()).prop_map(|(l, p)| Step::Product(l, p)),
        1 => (0_u8..3, 0_u8..3).prop_map(|(l, s)| Step::Status(l, s)),
        1 => (0_u8..3, any::<bool>()).prop_map(|(l, own)| Step::OwnBalance(l, own)),
        1 => any::<bool>().prop_map(Step::LateCap),
        1 => any::<bool>().prop_map(Step::Catalog),
        3 => (0_i64..1_000_000).prop_map(Step::Wait),
        1 => (0_i64..40 * HOUR).prop_map(Step::Wait),
        1 => Just(Step::Commit),
        1 => Just(Step::Slice),
    ]
}
