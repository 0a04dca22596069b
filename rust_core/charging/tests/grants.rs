//! Grants that are large when the payers are rich and exact at the end.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;
use smallvec::smallvec;

fn shared() -> String {
    catalogue(
        r#""rate_tables": [{"code": "data", "service": "data", "rates": [
             {"default": true, "name": "web", "price": "1.00", "per": 1000}]}],
           "buckets": [{"code": "quota", "unit": "octet", "amount": 5000,
             "pays": [{"service": "data"}]}],
           "products": [{"code": "basic", "name": "Basic", "rate_tables": ["data"]},
             {"code": "quota", "name": "Quota", "rate_tables": ["data"], "buckets": ["quota"]}]"#,
    )
    .replace(
        r#""default": 1000, "maximum": 100000000000"#,
        r#""default": 100, "maximum": 2000, "share": 10"#,
    )
}

fn any(number: u32, used: Option<u64>) -> Request<'static> {
    let mut unit = units(Some(1), None, used);
    unit.requested = Requested::ServerChooses;
    let kind = if number == 0 {
        Kind::Initial
    } else {
        Kind::Update
    };
    Request {
        units: smallvec![unit],
        ..data(kind, "surf", number, &[])
    }
}

#[test]
fn grants_shrink_with_what_is_left_and_the_last_one_is_exact() {
    let mut bench = Bench::story(&shared(), "basic", 30_050_000, "2026-03-10T12:00:00Z");
    let mut granted = vec![];
    let mut used = None;
    for number in 0.. {
        let answer = bench.go(any(number, used)).units[0];
        bench.check_state();
        let Some(units) = answer.granted else {
            assert_eq!(answer.result, ResultCode::CREDIT_LIMIT_REACHED);
            break;
        };
        granted.push(units);
        used = Some(units);
        // The last one says so, and none before it.
        let left = 30_050 - granted.iter().sum::<u64>();
        assert_eq!(answer.last, left == 0, "after {granted:?}");
    }
    assert_eq!(granted[..6], [2_000, 2_000, 2_000, 2_000, 2_000, 2_000]);
    assert_eq!(granted[6], 1_805);
    assert!(
        granted.windows(2).all(|pair| pair[1] <= pair[0]),
        "{granted:?}"
    );
    assert_eq!(granted.iter().sum::<u64>(), 30_050);
    assert_eq!(granted[granted.len() - 2], 100);
    assert_eq!(bench.balance(), (0, 0));
    bench.audit();
}

#[test]
fn a_share_is_of_all_that_pays() {
    let mut bench = Bench::story(&shared(), "quota", 5 * EUR, "2026-03-10T12:00:00Z");
    assert_eq!(bench.go(any(0, None)).units[0].granted, Some(1_000));
    assert_eq!(
        (bench.balance(), bench.free("quota")),
        ((5 * EUR, 0), vec![4_000])
    );
    // Who asks for a number gets it, up to the maximum.
    let asked = data(
        Kind::Initial,
        "other",
        0,
        &[units(Some(1), Some(3_000), None)],
    );
    assert_eq!(bench.go(asked).units[0].granted, Some(2_000));
    bench.audit();
}

/// What a wallet holds moves the volume a discount counts for the payer after it, as it will when used.
#[test]
fn a_grant_that_two_payers_hold_is_held_at_the_tiers_it_will_be_paid_at() {
    let falling = catalogue(
        r#""rate_tables": [{"code": "data", "service": "data", "rates": [
             {"default": true, "name": "web", "price": "1.00", "per": 1000}]}],
           "buckets": [{"code": "gift", "unit": "money", "amount": "0.50", "priority": 50,
             "pays": [{"service": "data"}]}],
           "discounts": [{"code": "first", "applies": [{"service": "data"}], "measure": "units",
             "renew": "month", "mode": "split",
             "tiers": [{"from": 0, "percent": "50"}, {"from": 1000, "percent": "0"}]}],
           "products": [{"code": "basic", "name": "Basic", "rate_tables": ["data"],
             "buckets": ["gift"], "discounts": ["first"]}]"#,
    );
    let mut bench = Bench::story(&falling, "basic", 300_000, "2026-03-01T00:00:00Z");
    let ask = data(
        Kind::Initial,
        "surf",
        0,
        &[units(Some(1), Some(1_500), None)],
    );
    let granted = bench.go(ask).units[0];
    assert_eq!((granted.granted, granted.last), (Some(1_300), true));
    assert_eq!(bench.balance(), (300_000, 300_000));
    bench.audit();
    let used = [units(Some(1), None, Some(1_300))];
    bench.go(data(Kind::Terminate, "surf", 1, &used));
    let bill = bench.last_bill();
    assert_eq!(
        (bill.amount, bill.wallets, bill.overrun),
        (800_000, 500_000, 0)
    );
    assert_eq!(bench.balance(), (0, 0));
    bench.audit_at_rest();
}
