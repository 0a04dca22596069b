//! Products that come and go while lines use them.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn range() -> String {
    catalogue(
        r#""rate_tables": [
             {"code": "data", "service": "data", "rates": [
               {"default": true, "name": "web", "price": "1.00", "per": 1000}]},
             {"code": "cheap", "service": "data", "rates": [
               {"default": true, "name": "cheap", "price": "0.10", "per": 1000}]}],
           "buckets": [
             {"code": "month", "unit": "octet", "amount": 1000, "renew": "month",
              "pays": [{"service": "data"}]},
             {"code": "welcome", "unit": "octet", "amount": 500, "valid_days": 1,
              "pays": [{"service": "data"}], "priority": 50},
             {"code": "pack", "unit": "octet", "amount": 2000, "valid_days": 30,
              "pays": [{"service": "data"}], "priority": 10},
             {"code": "gift", "unit": "money", "amount": "3.00", "valid_days": 30,
              "pays": [{"service": "data"}], "priority": 5}],
           "products": [
             {"code": "small", "name": "Small", "rate_tables": ["data"], "buckets": ["month", "welcome"]},
             {"code": "large", "name": "Large", "rate_tables": ["cheap"], "buckets": ["month"]},
             {"code": "bare", "name": "Bare", "rate_tables": ["data"]},
             {"code": "addon", "name": "Pack", "kind": "addon", "requires": ["bare", "small"],
              "multiple": true, "buckets": ["pack"]},
             {"code": "money", "name": "Gift", "kind": "addon", "excludes": ["addon"],
              "buckets": ["gift"]},
             {"code": "prices", "name": "Prices", "kind": "addon", "rate_tables": ["cheap"]},
             {"code": "dear", "name": "Dear", "kind": "addon", "multiple": true, "price": "4.99",
              "buckets": ["gift"]}]"#,
    )
}

fn story(product: &str) -> Bench {
    Bench::story(&range(), product, 10 * EUR, "2026-03-10T12:00:00Z")
}

fn open(name: &str, ask: u64) -> Request<'_> {
    data(Kind::Initial, name, 0, &[units(Some(1), Some(ask), None)])
}

fn close(name: &str, used: u64) -> Request<'_> {
    data(
        Kind::Terminate,
        name,
        9,
        &[units(Some(1), None, Some(used))],
    )
}

fn remove(bench: &mut Bench, instance: u8) {
    let fields = format!(r#""line":"{LINE}","instance":"{}""#, id(instance));
    bench.done("remove_product", &fields);
}

#[test]
fn a_pack_removed_under_a_grant_pays_for_the_grant_and_no_more() {
    let mut bench = story("bare");
    bench.add_on(0, id(1), "addon");
    bench.now += 2 * DAY;
    bench.go(open("surf", 800));
    assert_eq!(
        (bench.balance(), bench.free("pack")),
        ((10 * EUR, 0), vec![1_200])
    );
    remove(&mut bench, 1);
    bench.tick_after(1);
    bench.audit();
    // Nothing new is held of it.
    bench.go(open("other", 100));
    assert_eq!(bench.balance(), (10 * EUR, 100_000));
    bench.go(close("other", 0));
    // 800 were held; the 200 beyond are the balance's.
    bench.go(close("surf", 1_000));
    let bill = bench.last_bill();
    assert_eq!(
        bill.parts,
        ["bucket:pack 0..800 =800", "balance 800..1000 =200000"]
    );
    bench.tick_after(1);
    assert_eq!(bench.free("pack"), [] as [i64; 0]);
    assert!(
        bench
            .notices()
            .iter()
            .all(|notice| notice.0 != NoticeKind::BucketExpiring)
    );
    bench.audit_at_rest();
}

#[test]
fn a_gift_removed_under_a_grant_is_posted_to_the_micro() {
    let mut bench = story("bare");
    bench.add_on(0, id(1), "money");
    bench.now += 2 * DAY;
    bench.go(open("surf", 1_000));
    remove(&mut bench, 1);
    bench.tick_after(1);
    bench.audit();
    bench.go(data(
        Kind::Update,
        "surf",
        1,
        &[units(Some(1), Some(100), Some(400))],
    ));
    // What the grant did not use is lost with the rest of the gift.
    bench.tick_after(1);
    assert_eq!(
        bench.adjustments().last(),
        Some(&(AdjustReason::Breakage, 2_600_000))
    );
    bench.audit();
    bench.go(close("surf", 100));
    let bill = bench.last_bill();
    assert_eq!((bill.amount, bill.wallets), (500_000, 400_000));
    assert_eq!(
        bill.parts,
        ["bucket:gift 0..400 =400000", "balance 400..500 =100000"]
    );
    assert_eq!(bench.balance(), (9_900_000, 0));
    bench.audit_at_rest();
}

#[test]
fn another_main_product_keeps_what_both_grant_and_ends_the_rest() {
    let mut bench = story("small");
    bench.spend(&surf(1), 900);
    assert_eq!(
        (bench.free("welcome"), bench.free("month")),
        (vec![0], vec![600])
    );
    bench.change_line(0, r#""product":"large""#);
    bench.tick_after(1);
    assert_eq!(
        (bench.free("welcome"), bench.free("month")),
        (vec![], vec![600])
    );
    assert_eq!(bench.spend(&surf(1), 1_600).cost, Some(100_000));
    bench.change_line(0, r#""product":"bare""#);
    bench.tick_after(1);
    assert_eq!(bench.free("month"), [] as [i64; 0]);
    bench.reach("2026-04-02T00:00:00Z");
    assert_eq!(bench.free("month"), [] as [i64; 0]);
    bench.audit_at_rest();
}

#[test]
fn a_call_keeps_the_price_it_began_with_when_the_product_changes() {
    let mut bench = story("bare");
    bench.go(open("surf", 1_000));
    bench.change_line(0, r#""product":"large""#);
    bench.go(close("surf", 2_000));
    // The price is the session's; the new product's quota pays where it may.
    assert_eq!(bench.last_bill().rate, "web");
    bench.audit_at_rest();
}

#[test]
fn the_same_product_again_grants_nothing_anew() {
    let mut bench = story("small");
    bench.spend(&surf(1), 400);
    bench.tick_after(2 * DAY);
    assert_eq!(bench.free("welcome"), [] as [i64; 0]);
    bench.change_line(0, r#""product":"small","status":"active""#);
    assert_eq!(bench.free("welcome"), [] as [i64; 0]);
    assert_eq!(bench.free("month"), [1_000]);
    bench.audit_at_rest();
}

#[test]
fn there_and_back_while_a_grant_runs_leaves_the_line_with_its_quota() {
    let mut bench = story("large");
    bench.go(open("surf", 100));
    bench.change_line(0, r#""product":"bare""#);
    bench.change_line(0, r#""product":"large""#);
    bench.go(close("surf", 100));
    bench.tick_after(1);
    assert_eq!(bench.free("month"), [900]);
    bench.audit_at_rest();
}

#[test]
fn there_and_back_in_a_period_brings_no_second_quota() {
    let mut bench = story("small");
    bench.spend(&surf(1), 1_400);
    assert_eq!(
        (bench.free("welcome"), bench.free("month")),
        (vec![0], vec![100])
    );
    for _ in 0..3 {
        bench.change_line(0, r#""product":"bare""#);
        assert_eq!(
            (bench.free("month"), bench.withdrawn("month")),
            (vec![], vec![100])
        );
        bench.now += HOUR;
        bench.change_line(0, r#""product":"small""#);
        assert_eq!(
            (bench.free("welcome"), bench.free("month")),
            (vec![0], vec![100])
        );
        bench.audit();
    }
    // 100 are left of 1,500; the 200 beyond are paid.
    assert_eq!(bench.spend(&surf(1), 300).cost, Some(200_000));
    assert_eq!(bench.balance(), (9_800_000, 0));
    // It is renewed once, by the month.
    bench.reach("2026-04-01T00:00:00Z");
    assert_eq!(bench.free("month"), [1_000]);
    bench.reach("2026-05-01T00:00:00Z");
    assert_eq!(bench.free("month"), [1_000]);
    bench.audit_at_rest();
}

#[test]
fn a_quota_that_was_left_is_neither_used_nor_renewed_and_ends_with_its_period() {
    let mut bench = story("small");
    bench.spend(&surf(1), 900);
    bench.change_line(0, r#""product":"bare""#);
    assert_eq!(bench.spend(&surf(1), 1_000).cost, Some(EUR));
    assert_eq!(bench.withdrawn("month"), [600]);
    bench.audit();
    bench.reach("2026-04-01T00:00:00Z");
    assert_eq!(bench.withdrawn("month"), [] as [i64; 0]);
    assert!(bench.account().buckets.is_empty());
    // In the next period the line is one that begins.
    bench.change_line(0, r#""product":"large""#);
    assert_eq!(bench.free("month"), [1_000]);
    bench.audit_at_rest();
}

#[test]
fn a_quota_left_under_a_grant_pays_for_the_grant_and_no_more() {
    let mut bench = story("large");
    bench.go(open("surf", 800));
    bench.change_line(0, r#""product":"bare""#);
    bench.audit();
    bench.go(data(
        Kind::Update,
        "surf",
        1,
        &[units(Some(1), Some(100), Some(900))],
    ));
    // 800 were held; the 100 beyond, and the next grant, are the balance's.
    assert_eq!(bench.withdrawn("month"), [200]);
    assert_eq!(bench.balance(), (9_990_000, 10_000));
    bench.go(close("surf", 100));
    assert_eq!(
        bench.last_bill().parts,
        ["bucket:month 0..800 =800", "balance 800..1000 =20000"]
    );
    bench.change_line(0, r#""product":"large""#);
    assert_eq!(bench.free("month"), [200]);
    bench.audit_at_rest();
}

#[test]
fn money_that_was_left_with_a_product_is_posted_when_its_time_is_over() {
    let gifted = range().replace(
        r#""rate_tables": ["cheap"], "buckets": ["month"]"#,
        r#""rate_tables": ["cheap"], "buckets": ["month", "gift"]"#,
    );
    let mut bench = Bench::story(&gifted, "large", 10 * EUR, "2026-03-10T12:00:00Z");
    bench.change_line(0, r#""product":"bare""#);
    bench.reach("2026-04-09T11:59:59Z");
    let mut expected = vec![
        (AdjustReason::Bonus, 3 * EUR),
        (AdjustReason::TopUp, 10 * EUR),
    ];
    assert_eq!(bench.adjustments(), expected);
    bench.reach("2026-04-09T12:00:00Z");
    expected.push((AdjustReason::Breakage, 3 * EUR));
    assert_eq!(bench.adjustments(), expected);
    bench.audit_at_rest();
}

#[test]
fn add_ons_decide_prices_before_the_main_product() {
    let mut bench = story("bare");
    bench.add_on(0, id(3), "prices");
    assert_eq!(bench.spend(&surf(1), 1_000).cost, Some(100_000));
    remove(&mut bench, 3);
    assert_eq!(bench.spend(&surf(1), 1_000).cost, Some(EUR));
    bench.audit_at_rest();
}

#[test]
fn add_ons_are_refused_where_they_may_not_be() {
    let mut bench = story("small");
    let add = |line: Uuid, instance: u8, product: &str| {
        format!(
            r#""line":"{line}","instance":"{}","product":"{product}""#,
            id(instance)
        )
    };
    bench.add_on(0, id(1), "addon");
    bench.add_on(0, id(2), "addon");
    bench.add_on(0, id(3), "prices");
    for (fields, code) in [
        (add(LINE, 4, "nothing"), "product_unknown"),
        (add(LINE, 4, "large"), "product_unknown"),
        (add(LINE, 4, "prices"), "product_exists"),
        (add(LINE, 1, "addon"), "product_exists"),
        (add(LINE, 4, "money"), "product_conflict"),
        (add(line(7), 4, "addon"), "line_unknown"),
    ] {
        assert_eq!(bench.refused("add_product", &fields), code, "{fields}");
    }
    let gone = format!(r#""line":"{LINE}","instance":"{}""#, id(9));
    assert_eq!(
        bench.refused("remove_product", &gone),
        "product_instance_unknown"
    );
    let other = format!(r#""line":"{}","instance":"{}""#, line(7), id(1));
    assert_eq!(bench.refused("remove_product", &other), "line_unknown");
    bench.add_line(1, "large");
    assert_eq!(
        bench.refused("add_product", &add(line(1), 5, "addon")),
        "product_not_eligible"
    );
    bench.audit_at_rest();
}

#[test]
fn an_add_on_is_paid_once_by_whom_the_command_names() {
    let mut bench = story("bare");
    let add = |instance: u8, pay: &str| {
        let id = id(instance);
        format!(r#""line":"{LINE}","instance":"{id}","product":"dear","pay":"{pay}""#)
    };
    let told = |price: i64| format!(r#"{},"price":{price}"#, add(1, "balance"));
    assert_eq!(
        bench.refused("add_product", &told(4_990_001)),
        "price_changed"
    );
    let outcome = bench.done("add_product", &told(4_990_000));
    assert!(outcome.contains(r#""paid":4990000"#), "{outcome}");
    assert_eq!(bench.balance(), (5_010_000, 0));
    bench.done("add_product", &add(2, "cash"));
    bench.done("add_product", &add(3, "none"));
    assert_eq!(bench.balance(), (5_010_000, 0));
    // What a grant holds is not there to be spent.
    bench.go(data(
        Kind::Initial,
        "surf",
        0,
        &[units(Some(1), Some(20_000), None)],
    ));
    let held = bench.balance().1;
    assert!(5_010_000 - held < 4_990_000, "{held}");
    assert_eq!(
        bench.refused("add_product", &add(4, "balance")),
        "insufficient_balance"
    );
    let gift = (AdjustReason::Bonus, 3 * EUR);
    assert_eq!(
        bench.adjustments(),
        [
            (AdjustReason::TopUp, 10 * EUR),
            (AdjustReason::AddOnFromBalance, 4_990_000),
            gift,
            (AdjustReason::AddOnFromCash, 4_990_000),
            gift,
            gift,
        ]
    );
    bench.go(close("surf", 0));
    bench.audit_at_rest();
}
