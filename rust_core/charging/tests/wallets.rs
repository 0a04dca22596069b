//! Wallets: what they hold, how money becomes it, how they end.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;
use smallvec::smallvec;

fn wallet(exhausted: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [
            {{"code": "voice", "service": "voice", "rates": [
              {{"default": true, "name": "voice", "price": "0.30", "per": 60}}]}},
            {{"code": "sms", "service": "sms", "rates": [
              {{"default": true, "name": "sms", "price": "0.10"}}]}},
            {{"code": "data", "service": "data", "rates": [
              {{"default": true, "name": "data", "price": "0.50", "per": 1000000}}]}}],
          "buckets": [
            {{"code": "multi", "unit": "unit", "amount": 0, "pays": [
                {{"service": "voice", "cost": 3, "per": 60}}, {{"service": "sms", "cost": 1, "per": 1}},
                {{"service": "data", "cost": 5, "per": 1000000}}],
              {exhausted} "top_ups": [
                {{"code": "small", "price": "5.00", "amount": 100, "days": 10}},
                {{"code": "medium", "price": "15.00", "amount": 300, "days": 20}},
                {{"code": "large", "price": "40.00", "amount": 500, "days": 30}}]}},
            {{"code": "promo", "unit": "money", "amount": "0", "pays": [{{"service": "sms"}}],
              "priority": 50, "top_ups": [
                {{"code": "plus", "price": "2.00", "amount": "3.00", "days": 10}},
                {{"code": "minus", "price": "2.00", "amount": "1.00", "days": 10}}]}}],
          "products": [{{"code": "basic", "name": "Basic", "rate_tables": ["voice", "sms", "data"],
            "buckets": ["multi"]}}]"#
    ))
}

fn buy(bench: &mut Bench, bucket: &str, option: &str, pay: &str) {
    let fields = format!(
        r#""line":"{LINE}","bucket":"{bucket}","option":"{option}","pay":"{pay}","reference":"{LINE}""#
    );
    bench.done("top_up_wallet", &fields);
}

#[test]
fn w1_a_hundred_units_are_ten_minutes_twenty_messages_and_ten_megabytes() {
    for (policy, next, balance) in [
        (
            r#""exhausted": "block","#,
            ResultCode::CREDIT_LIMIT_REACHED,
            EUR,
        ),
        ("", ResultCode::SUCCESS, EUR - 100_000),
    ] {
        let mut bench = Bench::story(&wallet(policy), "basic", EUR, "2026-03-01T00:00:00Z");
        buy(&mut bench, "multi", "small", "cash");
        bench.spend(&call(), 600);
        assert_eq!(bench.free("multi"), [0, 70]);
        for _ in 0..20 {
            assert_eq!(bench.send(&message()).cost, Some(0));
        }
        assert_eq!(bench.free("multi"), [0, 50]);
        bench.spend(&surf(1), 10_000_000);
        assert_eq!(
            (bench.free("multi"), bench.balance()),
            (vec![0, 0], (EUR, 0))
        );
        assert_eq!(bench.send(&message()).result, next);
        assert_eq!(bench.balance(), (balance, 0));
        bench.audit_at_rest();
    }
}

#[test]
fn w1_what_a_session_costs_is_rounded_once_however_often_it_reports() {
    let mut bench = Bench::story(&wallet(""), "basic", 0, "2026-03-01T00:00:00Z");
    buy(&mut bench, "multi", "small", "none");
    bench.go(voice(Kind::Initial, "call", 0, Some(7), None));
    for number in 1..=60 {
        bench.now += 7_000;
        bench.go(voice(Kind::Update, "call", number, Some(7), Some(7)));
        bench.check_state();
    }
    bench.go(voice(Kind::Terminate, "call", 61, None, Some(1)));
    // 421 s: 21.05 units.
    assert_eq!(bench.free("multi"), [0, 78]);
    bench.audit_at_rest();
}

#[test]
fn w2_two_top_ups_the_earlier_end_first_and_on_day_eleven_the_later_remains() {
    let mut bench = Bench::story(&wallet(""), "basic", 30 * EUR, "2026-03-01T12:00:00Z");
    buy(&mut bench, "multi", "medium", "balance");
    buy(&mut bench, "multi", "small", "balance");
    assert_eq!(bench.balance(), (10 * EUR, 0));
    for _ in 0..10 {
        bench.send(&message());
    }
    // The small one ends first, though it came second.
    assert_eq!(bench.free("multi"), [0, 300, 90]);
    bench.reach("2026-03-11T11:59:59Z");
    assert_eq!(bench.free("multi"), [0, 300, 90]);
    bench.reach("2026-03-11T12:00:00Z");
    assert_eq!(bench.free("multi"), [0, 300]);
    bench.send(&message());
    assert_eq!(bench.free("multi"), [0, 299]);
    bench.reach("2026-03-21T12:00:00Z");
    assert_eq!(bench.free("multi"), [0]);
    // Units are sold when they are paid for: their end moves no money.
    let sold = [
        (AdjustReason::TopUp, 30 * EUR),
        (AdjustReason::UnitsFromBalance, 15 * EUR),
        (AdjustReason::UnitsFromBalance, 5 * EUR),
    ];
    assert_eq!(bench.adjustments(), sold);
    bench.audit_at_rest();
}

#[test]
fn what_a_wallet_of_money_loses_at_its_end_is_posted() {
    let mut bench = Bench::story(&wallet(""), "basic", 5 * EUR, "2026-03-01T00:00:00Z");
    buy(&mut bench, "promo", "plus", "balance");
    buy(&mut bench, "promo", "plus", "cash");
    buy(&mut bench, "promo", "minus", "cash");
    buy(&mut bench, "promo", "plus", "none");
    bench.audit();
    assert_eq!(bench.balance(), (3 * EUR, 0));
    assert_eq!(bench.free("promo"), [3 * EUR, 3 * EUR, EUR, 3 * EUR]);
    for _ in 0..4 {
        bench.send(&message());
    }
    let bill = bench.last_bill();
    assert_eq!((bill.amount, bill.wallets), (100_000, 100_000));
    assert_eq!(bill.parts, ["bucket:promo 0..1 =100000"]);
    bench.reach("2026-03-11T00:00:00Z");
    let expected = [
        (AdjustReason::TopUp, 5 * EUR),
        (AdjustReason::WalletFromBalance, 2 * EUR),
        (AdjustReason::Bonus, EUR),
        (AdjustReason::WalletFromCash, 2 * EUR),
        (AdjustReason::Bonus, EUR),
        (AdjustReason::WalletFromCash, EUR),
        (AdjustReason::UnitsFromCash, EUR),
        (AdjustReason::WalletFromCash, 0),
        (AdjustReason::Bonus, 3 * EUR),
        (AdjustReason::Breakage, 2_600_000),
        (AdjustReason::Breakage, 3 * EUR),
        (AdjustReason::Breakage, EUR),
        (AdjustReason::Breakage, 3 * EUR),
    ];
    assert_eq!(bench.adjustments(), expected);
    assert_eq!(bench.free("promo"), [] as [i64; 0]);
    bench.audit_at_rest();
}

#[test]
fn money_in_a_wallet_that_the_catalogue_gave_up_is_posted_at_its_end() {
    let mut bench = Bench::story(&wallet(""), "basic", 5 * EUR, "2026-03-01T00:00:00Z");
    buy(&mut bench, "promo", "plus", "balance");
    bench.send(&message());
    let without = wallet("").replace(r#""code": "promo""#, r#""code": "other""#);
    bench.publish(2, &without);
    // It pays no more, and nothing new comes into it.
    assert_eq!(bench.send(&message()).cost, Some(100_000));
    assert_eq!(bench.last_bill().parts, [] as [&str; 0]);
    assert_eq!(bench.balance(), (2_900_000, 0));
    let again = format!(
        r#""line":"{LINE}","bucket":"promo","option":"plus","pay":"cash","reference":"{LINE}""#
    );
    assert_eq!(bench.refused("top_up_wallet", &again), "bucket_unknown");
    bench.audit();
    bench.reach("2026-03-11T00:00:00Z");
    let expected = [
        (AdjustReason::TopUp, 5 * EUR),
        (AdjustReason::WalletFromBalance, 2 * EUR),
        (AdjustReason::Bonus, EUR),
        (AdjustReason::Breakage, 2_900_000),
    ];
    assert_eq!(bench.adjustments(), expected);
    assert_eq!(bench.free("promo"), [] as [i64; 0]);
    bench.audit_at_rest();
}

#[test]
fn a_wallet_that_ended_goes_with_the_lost_session_that_held_it() {
    let mut bench = Bench::story(&wallet(""), "basic", EUR, "2026-03-01T00:00:00Z");
    buy(&mut bench, "promo", "plus", "none");
    bench.set("2026-03-10T23:59:00Z");
    bench.go(Request {
        service: SMS,
        ..voice(Kind::Initial, "texts", 0, Some(5), None)
    });
    bench.reach("2026-03-11T00:01:00Z");
    assert_eq!(bench.free("promo"), [2_500_000]);
    let (now, journal) = (bench.now, &mut bench.journal);
    bench.shard.peer_state("gw.example", 2, now, journal);
    bench.tick_after(0);
    assert_eq!(bench.free("promo"), [] as [i64; 0]);
    assert_eq!(
        bench.adjustments().last(),
        Some(&(AdjustReason::Breakage, 3 * EUR))
    );
    bench.audit_at_rest();
}

#[test]
fn a_wallet_that_ends_under_a_running_grant_pays_for_what_it_holds() {
    let mut bench = Bench::story(&wallet(""), "basic", EUR, "2026-03-01T00:00:00Z");
    buy(&mut bench, "promo", "plus", "none");
    let ask = |kind, number, ask, used| Request {
        service: SMS,
        ..voice(kind, "texts", number, ask, used)
    };
    bench.set("2026-03-10T23:59:00Z");
    bench.go(ask(Kind::Initial, 0, Some(5), None));
    bench.reach("2026-03-11T00:01:00Z");
    bench.audit();
    bench.go(ask(Kind::Update, 1, Some(5), Some(5)));
    assert_eq!(bench.balance(), (EUR, 500_000));
    bench.tick_after(1);
    assert_eq!(
        bench.adjustments().last(),
        Some(&(AdjustReason::Breakage, 2_500_000))
    );
    bench.go(ask(Kind::Terminate, 2, None, Some(5)));
    assert_eq!(bench.balance(), (500_000, 0));
    assert_eq!(
        bench.last_bill().parts,
        ["bucket:promo 0..5 =500000", "balance 5..10 =500000"]
    );
    bench.audit_at_rest();
}

/// A gift must not become money by way of a message that is paid with it and given back.
#[test]
fn a_refund_gives_back_what_the_balance_paid_and_no_gift() {
    let mut bench = Bench::story(&wallet(""), "basic", EUR, "2026-03-01T00:00:00Z");
    buy(&mut bench, "promo", "plus", "none");
    let sent = bench.send(&message());
    let refund = |name| Request {
        kind: Kind::Refund,
        session: SessionRef::Named(name),
        refund_of: sent.cdr,
        ..message()
    };
    let asked = Request {
        units: smallvec![units(None, Some(1), None)],
        ..refund("r1")
    };
    assert_eq!(bench.go(asked).failed, Some(FailedField::RequestedUnits));
    let _ = bench.go(refund("r2"));
    assert_eq!(bench.balance(), (EUR, 0));
    bench.audit_at_rest();
}

#[test]
fn money_in_sessions_and_events_is_the_balances_own() {
    let mut bench = Bench::story(&wallet(""), "basic", EUR, "2026-03-01T00:00:00Z");
    buy(&mut bench, "promo", "plus", "none");
    let mut unit = units(None, Some(250_000), None);
    unit.money = true;
    let paid = bench.send(&Request {
        units: smallvec![unit],
        ..message()
    });
    assert_eq!(paid.cost, Some(250_000));
    assert_eq!(
        (bench.balance(), bench.free("promo")),
        ((750_000, 0), vec![3 * EUR])
    );
    bench.audit_at_rest();
}
