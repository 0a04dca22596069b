//! What buckets pay for and what it costs them; discounts and their tiers.

mod catalogue;

use catalogue::{call, compile, data, guided, products, voice, with};
use openmvno_rating::{
    BucketRuleId, BucketUnit, Catalog, Direction, Discount, Exhausted, Facts, Location, Measured,
    Micros, PaysId, Relation, Renew, ServiceId, Tier,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn tables() -> Value {
    let any = |service| json!({"code": service, "service": service, "rates": [{"default": true, "price": "1"}]});
    json!([any("voice"), any("sms"), any("data")])
}

fn catalog(buckets: &Value) -> Catalog {
    compile(&with(&json!({
        "destinations": [{"code": "europe", "prefixes": ["385", "49"]}],
        "zones": [{"code": "home", "plmns": ["21901"]}],
        "rate_tables": tables(),
        "buckets": buckets,
        "products": [{"code": "p", "rate_tables": ["voice", "sms", "data"]}]})))
}

fn entry(catalog: &Catalog, bucket: u16, facts: &Facts<'_>) -> Option<u16> {
    let guided = guided(catalog, &["p"], facts).expect("a rate");
    catalog
        .pays(BucketRuleId(bucket), facts, &guided)
        .map(|entry| entry.0)
}

fn sms<'a>() -> Facts<'a> {
    Facts {
        service: ServiceId(1),
        ..voice()
    }
}

#[test]
fn w1_one_wallet_for_several_services() {
    let catalog = catalog(
        &json!([{"code": "wallet", "unit": "unit", "amount": 100, "pays": [
        {"service": "voice", "cost": 3, "per": 60},
        {"service": "sms", "cost": 1, "per": 1},
        {"service": "data", "cost": 5, "per": 1_000_000}]}]),
    );
    let id = catalog.bucket_rule_by_code("wallet").expect("the wallet");
    let wallet = catalog.bucket_rule(id).expect("the wallet");
    let pays = |facts: Facts<'_>| PaysId(entry(&catalog, 0, &facts).expect("paid"));
    let (minutes, messages, traffic) = (pays(voice()), pays(sms()), pays(data(10)));
    assert_eq!(
        (minutes, messages, traffic),
        (PaysId(0), PaysId(1), PaysId(2))
    );
    let mut left = wallet.amount;
    for (entry, used, cost) in [
        (minutes, 600, 30),
        (messages, 20, 20),
        (traffic, 10_000_000, 50),
    ] {
        assert_eq!(wallet.cost(entry, used), Ok(cost));
        assert_eq!(wallet.affordable(entry, 0, cost, u64::MAX), used);
        assert!(wallet.affordable(entry, 0, cost - 1, u64::MAX) < used);
        left -= cost;
    }
    assert_eq!(left, 0);
    assert_eq!(
        wallet.affordable(messages, 0, left, 1),
        0,
        "the next message is not paid"
    );
    // Rounded up once, over all that was used.
    assert_eq!(wallet.cost(minutes, 1), Ok(1));
    assert_eq!(wallet.cost(minutes, 20), Ok(1));
    assert_eq!(wallet.cost(minutes, 21), Ok(2));
    assert_eq!(
        wallet.affordable(minutes, 1, 0, 60),
        20,
        "the rest of a unit already paid"
    );
    assert!(wallet.cost(PaysId(3), 1).is_err());
}

#[test]
fn an_entry_covers_what_all_its_conditions_say() {
    let catalog = catalog(
        &json!([{"code": "b", "unit": "second", "amount": 6_000, "pays": [
        {"service": "voice", "directions": ["originating"], "destinations": ["europe"], "zones": ["home"]},
        {"service": "voice", "symbols": ["on_net"]},
        {"service": "voice", "rating_groups": [10]}]}]),
    );
    let home = Location {
        plmn: "21901",
        ..Location::default()
    };
    let at_home = Facts {
        location: home,
        ..call("38591")
    };
    assert_eq!(entry(&catalog, 0, &at_home), Some(0));
    assert_eq!(entry(&catalog, 0, &call("38591")), None, "abroad");
    let elsewhere = Facts {
        destination: "1",
        ..at_home
    };
    assert_eq!(entry(&catalog, 0, &elsewhere), None);
    let relation = Relation {
        on_net: true,
        ..Relation::default()
    };
    assert_eq!(
        entry(
            &catalog,
            0,
            &Facts {
                relation,
                ..elsewhere
            }
        ),
        Some(1)
    );
    assert_eq!(
        entry(
            &catalog,
            0,
            &Facts {
                relation,
                ..at_home
            }
        ),
        Some(0),
        "the first"
    );
    let group = Some(10);
    assert_eq!(
        entry(
            &catalog,
            0,
            &Facts {
                rating_group: group,
                ..elsewhere
            }
        ),
        Some(2)
    );
    assert_eq!(entry(&catalog, 0, &sms()), None);
    assert_eq!(entry(&catalog, 1, &voice()), None, "no such bucket");
}

#[test]
fn periods_of_any_calendar_count_for_buckets() {
    let catalog = compile(&with(&json!({
        "calendars": [
            {"code": "a", "periods": [{"code": "offpeak", "from": "20:00", "to": "00:00"}]},
            {"code": "b", "periods": [{"code": "morning", "from": "00:00", "to": "08:00"}, {"code": "offpeak", "from": "22:00", "to": "00:00"}]}],
        "rate_tables": [
            {"code": "t", "service": "voice", "calendar": "b", "rates": [{"prefix": "", "price": "1"}]}],
        "buckets": [{"code": "night", "unit": "second", "pays": [{"service": "voice", "periods": ["offpeak"]}]}],
        "products": [{"code": "p", "rate_tables": ["t"]}]})));
    let at = |hour: i64| {
        let facts = Facts {
            at: hour * 3_600_000,
            ..voice()
        };
        entry(&catalog, 0, &facts)
    };
    assert_eq!((at(7), at(21), at(22)), (None, None, Some(0)));
}

#[test]
fn every_field_of_a_bucket() {
    let catalog = catalog(&json!([
        {"code": "full", "name": "Full", "unit": "octet", "amount": 5_000, "priority": 7, "renew": "month",
         "rollover": 3, "prorate_first": true, "exhausted": "throttle", "throttle": "256kbps", "shared": true,
         "member_cap": 300, "thresholds": [100, 50], "interval": 1_024, "pays": [{"service": "data"}]},
        {"code": "wallet", "unit": "money", "amount": "5.00", "valid_days": 30, "pays": [{"service": "voice"}],
         "top_ups": [{"code": "small", "price": "4.50", "amount": "5.00", "days": 10}]}]));
    let [full, wallet] = catalog.bucket_rules() else {
        panic!("two buckets")
    };
    assert_eq!(
        (full.name.as_str(), full.unit, full.amount),
        ("Full", BucketUnit::Octet, 5_000)
    );
    assert_eq!(
        (full.priority, full.renew, full.rollover),
        (7, Renew::Month, 3)
    );
    assert_eq!(
        (full.exhausted, full.throttle.as_str()),
        (Exhausted::Throttle, "256kbps")
    );
    assert!(full.prorate_first && full.shared);
    assert_eq!((full.member_cap, full.interval), (Some(300), Some(1_024)));
    assert_eq!(
        (full.valid_days, full.thresholds.as_slice()),
        (None, [50, 100].as_slice())
    );
    assert_eq!(
        (wallet.name.as_str(), wallet.amount, wallet.priority),
        ("wallet", 5_000_000, 100)
    );
    assert_eq!((wallet.renew, wallet.valid_days), (Renew::Never, Some(30)));
    assert_eq!(wallet.thresholds, [80, 100]);
    let option = &wallet.top_ups[0];
    assert_eq!(
        (option.price, option.amount, option.days),
        (Micros(4_500_000), 5_000_000, 10)
    );
    assert!(
        wallet.cost(PaysId(0), 1).is_err(),
        "money pays what the rate asks"
    );
    assert_eq!(wallet.affordable(PaysId(0), 3, 10, 9), 3);
}

fn rule(cost: u64, per: u64, interval: Option<u64>) -> Catalog {
    catalog(&json!([{"code": "b", "unit": "unit", "interval": interval,
                     "pays": [{"service": "voice", "cost": cost, "per": per}]}]))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Against the definition, trying every position.
    #[test]
    fn cost_and_affordable_agree_with_their_definitions(
        cost in 1_u64..20, per in 1_u64..20, interval in prop::option::of(1_u64..9),
        from in 0_u64..60, more in 0_u64..90, budget in 0_u64..120,
    ) {
        let catalog = rule(cost, per, interval);
        let bucket = &catalog.bucket_rules()[0];
        let step = interval.unwrap_or(1);
        let expected = |billed: u64| (billed * cost).div_ceil(per).div_ceil(step) * step;
        for billed in 0..150 {
            prop_assert_eq!(bucket.cost(PaysId(0), billed), Ok(expected(billed)));
        }
        let at_most = from + more;
        let last = (from..=at_most).rev().find(|end| expected(*end) - expected(from) <= budget);
        prop_assert_eq!(Some(bucket.affordable(PaysId(0), from, budget, at_most)), last);
    }

    #[test]
    fn any_size_is_exact_or_an_overflow(
        cost in 1..=i64::MAX as u64, per in 1..=i64::MAX as u64, interval in prop::option::of(1..=i64::MAX as u64),
        from in any::<u64>(), at_most in any::<u64>(), budget in any::<u64>(),
    ) {
        let catalog = rule(cost, per, interval);
        let bucket = &catalog.bucket_rules()[0];
        let end = bucket.affordable(PaysId(0), from, budget, at_most);
        prop_assert!(end >= from && end <= at_most.max(from));
        if end > from {
            let spent = bucket.cost(PaysId(0), end).expect("affordable");
            prop_assert!(spent - bucket.cost(PaysId(0), from).expect("less") <= budget);
        }
    }
}

#[test]
fn the_first_discount_that_applies_and_its_tiers() {
    let catalog = compile(&with(&json!({
        "destinations": [{"code": "us-canada", "prefixes": ["1"]}],
        "rate_tables": tables(),
        "discounts": [
            {"code": "us-canada", "applies": [{"service": "voice", "destinations": ["us-canada"]}], "renew": "month",
             "tiers": [{"from": 0, "percent": "0"}, {"from": 24_000, "percent": "10"}, {"from": 66_000, "percent": "20"}]},
            {"code": "everything", "applies": [{"service": "voice"}, {"service": "sms"}], "measure": "money",
             "shared": true, "mode": "aggregate", "tiers": [{"from": "0", "percent": "0.25"}, {"from": "10.5", "percent": "100"}]}],
        "products": [
            {"code": "p", "rate_tables": ["voice", "sms", "data"], "discounts": ["everything"]},
            {"code": "us", "kind": "addon", "discounts": ["us-canada"]}]})));
    let find = |codes: &[&str], facts: Facts<'_>| {
        let ids = products(&catalog, codes);
        let guided = catalog.guide(&ids, &facts).expect("a rate");
        let discount = catalog.discount_for(&ids, &facts, &guided)?;
        Some(catalog.discount_rule(discount)?.code.as_str())
    };
    assert_eq!(find(&["us", "p"], call("1212")), Some("us-canada"));
    assert_eq!(find(&["us", "p"], call("44")), Some("everything"));
    assert_eq!(find(&["p"], call("1212")), Some("everything"));
    assert_eq!(find(&["us", "p"], sms()), Some("everything"));
    assert_eq!(find(&["us", "p"], data(1)), None);
    let incoming = Facts {
        direction: Direction::Originating,
        ..call("1")
    };
    assert_eq!(find(&["us", "p"], incoming), Some("us-canada"));

    let [tiered, money] = catalog.discount_rules() else {
        panic!("two discounts")
    };
    assert_eq!(tiered.tier(0), (Discount(0), Some(24_000)));
    assert_eq!(tiered.tier(23_999), (Discount(0), Some(24_000)));
    assert_eq!(tiered.tier(24_000), (Discount(1_000), Some(66_000)));
    assert_eq!(tiered.tier(u64::MAX), (Discount(2_000), None));
    assert_eq!(
        (tiered.measure, tiered.renew),
        (Measured::Units, Renew::Month)
    );
    assert!(!tiered.shared && !tiered.aggregate && money.shared && money.aggregate);
    let second = Tier {
        from: 10_500_000,
        discount: Discount(10_000),
    };
    assert_eq!(
        (money.tiers[0].discount, money.tiers[1]),
        (Discount(25), second)
    );
    assert_eq!(
        catalog.discount_by_code("everything"),
        Some(openmvno_rating::DiscountId(1))
    );
}
