//! What is told when a bucket fills, and before it ends: once.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn quota(renewal: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [{{"code": "data", "service": "data", "rates": [
            {{"default": true, "name": "web", "price": "1.00", "per": 1000}}]}}],
          "buckets": [{{"code": "quota", "unit": "octet", "amount": 1000, {renewal},
            "pays": [{{"service": "data"}}], "thresholds": [50, 80, 100]}}],
          "products": [{{"code": "basic", "name": "Basic", "rate_tables": ["data"],
            "buckets": ["quota"]}}]"#
    ))
}

fn told(bench: &mut Bench) -> Vec<(NoticeKind, i64, i64)> {
    let all = bench.notices();
    all.into_iter()
        .map(|(kind, _, threshold, value)| (kind, threshold, value))
        .collect()
}

#[test]
fn each_threshold_is_told_once_a_period() {
    let catalog = quota(r#""renew": "month""#);
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-30T12:00:00Z");
    for used in [499, 1, 1, 400, 50, 49] {
        bench.spend(&surf(1), used);
    }
    let threshold = NoticeKind::BucketThreshold;
    let mut expected = vec![
        (threshold, 50, 500),
        (threshold, 80, 901),
        (threshold, 100, 1_000),
    ];
    assert_eq!(told(&mut bench), expected);
    bench.spend(&surf(1), 100);
    assert_eq!(told(&mut bench), expected);
    bench.reach("2026-04-02T00:00:00Z");
    // A single report may cross several.
    bench.spend(&surf(1), 900);
    expected.extend([(threshold, 50, 900), (threshold, 80, 900)]);
    assert_eq!(told(&mut bench), expected);
    bench.audit_at_rest();
}

#[test]
fn what_is_only_held_is_not_told() {
    let catalog = quota(r#""renew": "month""#);
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-10T12:00:00Z");
    bench.go(data(
        Kind::Initial,
        "a",
        0,
        &[units(Some(1), Some(1_000), None)],
    ));
    bench.go(data(
        Kind::Terminate,
        "a",
        1,
        &[units(Some(1), None, Some(10))],
    ));
    assert_eq!(told(&mut bench), []);
}

#[test]
fn an_end_that_is_near_is_told_a_day_before_and_once() {
    let catalog = quota(r#""valid_days": 10"#);
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-01T12:00:00Z");
    bench.spend(&surf(1), 100);
    bench.reach("2026-03-10T11:59:59Z");
    assert_eq!(told(&mut bench), []);
    bench.reach("2026-03-10T12:00:00Z");
    let end = bench.now + DAY;
    let expected = [(NoticeKind::BucketExpiring, end, 900)];
    assert_eq!(told(&mut bench), expected);
    bench.spend(&surf(1), 1);
    bench.reach("2026-03-12T00:00:00Z");
    assert_eq!(told(&mut bench), expected);
    assert_eq!(bench.free("quota"), [] as [i64; 0]);
    bench.audit_at_rest();
}

#[test]
fn a_rest_that_is_carried_on_does_not_end() {
    let catalog = quota(r#""renew": "month", "rollover": 1"#);
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-02T12:00:00Z");
    bench.reach("2026-04-01T00:00:00Z");
    assert_eq!(told(&mut bench), []);
    bench.reach("2026-04-30T00:00:00Z");
    let end = bench.now + DAY;
    // March's rest ends with April; April's own is carried on.
    assert_eq!(told(&mut bench), [(NoticeKind::BucketExpiring, end, 1_000)]);
    bench.audit_at_rest();
}

#[test]
fn what_is_used_up_ends_in_silence() {
    let catalog = quota(r#""valid_days": 10"#);
    let mut bench = Bench::story(&catalog, "basic", EUR, "2026-03-01T12:00:00Z");
    bench.spend(&surf(1), 1_000);
    let before = told(&mut bench);
    bench.reach("2026-03-12T00:00:00Z");
    assert_eq!(told(&mut bench), before);
}
