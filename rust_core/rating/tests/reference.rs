//! Simple prices against a slow, obvious reference: unit by unit and interval by interval, in rationals
//! of any size.

mod common;

use common::{charge, check_affordable, check_inverse, decimal, discounted, money, number, round};
use common::{discounts, prices, roundings, whole};
use num_bigint::BigInt;
use num_rational::BigRational;
use openmvno_rating::{
    Discount, InvalidRate, Micros, Percent, Price, PriceContext, Rate, RateTerms, Rounding,
};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Terms {
    price: String,
    first_price: String,
    connection_fee: String,
    per: u64,
    first_interval: u64,
    next_interval: u64,
    free_units: u64,
    grace: u64,
    surcharge: String,
    minimum: Option<String>,
    maximum: Option<String>,
    rounding: Rounding,
}

impl Terms {
    fn rate(&self) -> Rate {
        self.try_rate().expect("correct terms")
    }

    fn try_rate(&self) -> Result<Rate, InvalidRate> {
        let price = |text: &String, per| Price::parse(text, per).expect("a price");
        let limit = |text: &Option<String>| text.as_ref().map(|text| price(text, 1));
        Rate::simple(&RateTerms {
            name: "Reference".to_owned(),
            connection_fee: price(&self.connection_fee, 1),
            first_interval: self.first_interval,
            next_interval: self.next_interval,
            first_price: price(&self.first_price, self.per),
            next_price: price(&self.price, self.per),
            free_units: self.free_units,
            grace: self.grace,
            surcharge: Percent::parse(&self.surcharge).expect("a percentage"),
            minimum: limit(&self.minimum),
            maximum: limit(&self.maximum),
            rounding: self.rounding,
        })
    }

    /// A stretch that continues another is one of a rate without anything but the next price.
    fn continued(&self) -> Self {
        Self {
            first_price: self.price.clone(),
            first_interval: self.next_interval,
            connection_fee: "0".to_owned(),
            free_units: 0,
            grace: 0,
            minimum: None,
            ..self.clone()
        }
    }

    fn billed(&self, usage: u64) -> u64 {
        if usage <= self.grace {
            return 0;
        }
        let mut covered = self.first_interval;
        while covered < usage {
            covered += self.next_interval;
        }
        covered
    }

    /// The exact cost of the first `billed` units in micros, unit by unit.
    fn exact(&self, billed: u64) -> BigRational {
        if billed == 0 {
            return whole(0);
        }
        let (mut first, mut next) = (0, 0);
        for unit in 1..=billed {
            if unit > self.free_units {
                if unit <= self.first_interval {
                    first += 1;
                } else {
                    next += 1;
                }
            }
        }
        let units = decimal(&self.first_price) * whole(first) + decimal(&self.price) * whole(next);
        let factor = whole(1) + number(&self.surcharge) / whole(100);
        let mut amount = (decimal(&self.connection_fee) + units / whole(self.per)) * factor;
        if let Some(minimum) = &self.minimum {
            amount = amount.max(decimal(minimum));
        }
        if let Some(maximum) = &self.maximum {
            amount = amount.min(decimal(maximum));
        }
        amount
    }
}

fn terms() -> impl Strategy<Value = Terms> {
    let per = prop_oneof![
        Just(1_u64),
        Just(60),
        Just(1 << 20),
        Just(1_000_000),
        1_u64..5_000
    ];
    let often_none = |most: u64| prop_oneof![Just(0), 0..=most];
    let surcharge = prop_oneof![Just("0"), Just("10"), Just("7.5"), Just("0.04")];
    let limit = || prop_oneof![Just(None), (0_u64..100_000_000).prop_map(Some)];
    (
        (prices(), prices(), prices()),
        (per, 1_u64..200, 1_u64..100),
        (often_none(300), often_none(100), surcharge),
        (limit(), limit()),
        roundings(),
    )
        .prop_map(|(prices, intervals, extras, (one, other), rounding)| {
            let (minimum, maximum) = match (one, other) {
                (Some(one), Some(other)) => (Some(one.min(other)), Some(one.max(other))),
                limits => limits,
            };
            let limit = |micros: Option<u64>| micros.map(|micros| format!("0.{micros:08}"));
            Terms {
                price: prices.0,
                first_price: prices.1,
                connection_fee: prices.2,
                per: intervals.0,
                first_interval: intervals.1,
                next_interval: intervals.2,
                free_units: extras.0,
                grace: extras.1,
                surcharge: extras.2.to_owned(),
                minimum: limit(minimum),
                maximum: limit(maximum),
                rounding,
            }
        })
}

/// The terms a stretch must be priced by, and the rate.
fn stretch(terms: &Terms, continuing: bool) -> (Rate, Terms) {
    let expected = if continuing {
        terms.continued()
    } else {
        terms.clone()
    };
    (terms.rate(), expected)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_amount_is_the_sum_of_its_units(
        terms in terms(), usage in 0_u64..4_000, position in 0_u64..4_000,
        discount in discounts(), continuing: bool,
    ) {
        let (rate, expected) = stretch(&terms, continuing);
        let priced = rate.priced(PriceContext::default(), continuing);
        prop_assert_eq!(priced.billed(usage), Ok(expected.billed(usage)));
        // Also in the middle of an interval, where another payer may take over.
        let amount = priced.amount(position, discount).expect("a small amount");
        let exact = discounted(&expected.exact(position), discount);
        prop_assert_eq!(BigInt::from(amount.get()), round(&exact, terms.rounding));
        prop_assert_eq!(rate.charge(usage), charge(&rate.priced(PriceContext::default(), false), usage));
    }

    #[test]
    fn usage_within_is_the_largest_usage_billed_so(
        terms in terms(), billed in 0_u64..1_500, continuing: bool,
    ) {
        let (rate, expected) = stretch(&terms, continuing);
        let priced = rate.priced(PriceContext::default(), continuing);
        // Beyond the grace usage is billed at least itself.
        let largest = (0..=billed + terms.grace).rev().find(|usage| expected.billed(*usage) <= billed);
        prop_assert_eq!(Some(priced.usage_within(billed)), largest);
    }

    #[test]
    fn a_charge_never_decreases(terms in terms(), usage in 0_u64..1 << 40, more in 0_u64..1 << 30) {
        let rate = terms.rate();
        match (rate.charge(usage), rate.charge(usage + more)) {
            (Ok(less), Ok(greater)) => prop_assert!(less <= greater),
            // What does not fit stays too large for more usage.
            (fits, greater) => prop_assert!(greater.is_err(), "{fits:?} {greater:?}"),
        }
    }

    #[test]
    fn affordable_is_the_largest_position_within_budget(
        terms in terms(), from in 0_u64..300, more in 0_u64..300, budget in -2_i64..40_000_000,
        near in 0_u64..400, off in -2_i64..=2, discount in discounts(), continuing: bool,
    ) {
        let rate = terms.rate();
        let priced = rate.priced(PriceContext::default(), continuing);
        let amount = |position| priced.amount(position, discount).expect("fits").get();
        let close = amount(from + near) - amount(from) + off;
        for budget in [budget, close, 0] {
            check_affordable(&priced, (from, from + more), budget, discount)?;
        }
    }

    #[test]
    fn affordable_and_amount_are_inverse_at_any_size(
        terms in terms(), limits in any::<(u64, u64)>(), near: bool, budget in any::<i64>(),
        discount in discounts(), continuing: bool,
    ) {
        let rate = terms.rate();
        let priced = rate.priced(PriceContext::default(), continuing);
        let from = if near { limits.0 % 1_000 } else { limits.0.min(limits.1) };
        check_inverse(&priced, (from, limits.1.max(from)), budget, discount)?;
        let usage = rate.affordable(Micros(budget), limits.1);
        prop_assert!(rate.charge(usage).is_ok_and(|charge| charge <= Micros(budget.max(0))));
        if usage < limits.1 {
            let beyond = rate.charge(usage + 1);
            prop_assert!(beyond.is_err() || beyond.is_ok_and(|charge| charge > Micros(budget.max(0))));
        }
    }
}

fn per(price: &str, per: u64) -> Terms {
    Terms {
        price: price.to_owned(),
        first_price: price.to_owned(),
        connection_fee: "0".to_owned(),
        per,
        first_interval: 1,
        next_interval: 1,
        free_units: 0,
        grace: 0,
        surcharge: "0".to_owned(),
        minimum: None,
        maximum: None,
        rounding: Rounding::HalfUp,
    }
}

fn per_mebibyte(price: &str) -> Terms {
    per(price, 1 << 20)
}

/// 0.10 a minute, the first minute whole, then by six seconds.
fn minute_then_six() -> Terms {
    Terms {
        first_interval: 60,
        next_interval: 6,
        ..per("0.10", 60)
    }
}

fn charges(terms: &Terms, expected: &[(u64, &str)]) {
    let rate = terms.rate();
    for (usage, amount) in expected {
        assert_eq!(rate.charge(*usage), money(amount), "{usage}");
    }
}

#[test]
fn r6_a_surcharge_includes_the_connection_fee() {
    let terms = Terms {
        connection_fee: "0.05".to_owned(),
        surcharge: "10".to_owned(),
        ..minute_then_six()
    };
    charges(&terms, &[(0, "0"), (60, "0.165"), (61, "0.176")]);
}

#[test]
fn r10_free_units_are_the_first_of_the_billed_units() {
    let terms = Terms {
        free_units: 30,
        connection_fee: "0.02".to_owned(),
        ..minute_then_six()
    };
    charges(
        &terms,
        &[
            (0, "0"),
            (1, "0.07"),
            (30, "0.07"),
            (60, "0.07"),
            (61, "0.08"),
        ],
    );
    let beyond_the_first = Terms {
        free_units: 63,
        ..minute_then_six()
    };
    charges(
        &beyond_the_first,
        &[(60, "0"), (61, "0.005"), (67, "0.015")],
    );
}

#[test]
fn r11_within_the_grace_nothing_is_billed_and_beyond_it_everything() {
    let terms = Terms {
        grace: 5,
        connection_fee: "0.05".to_owned(),
        ..minute_then_six()
    };
    charges(&terms, &[(4, "0"), (5, "0"), (6, "0.15"), (61, "0.16")]);
    let rate = terms.rate();
    assert_eq!(rate.affordable(Micros(0), 100), 5, "the grace is free");
    assert_eq!(rate.affordable(Micros(150_000), 100), 60);
}

#[test]
fn r13_legs_by_the_second_sum_to_the_whole() {
    let rate = per("0.12", 60).rate();
    let first = rate.priced(PriceContext::default(), false);
    let next = rate.priced(PriceContext::default(), true);
    for cut in 0..=300 {
        let legs = charge(&first, cut).and_then(|leg| {
            let rest = charge(&next, 300 - cut)?;
            leg.checked_add(rest).ok_or(openmvno_rating::PriceOverflow)
        });
        assert_eq!(legs, rate.charge(300), "{cut}");
    }
}

#[test]
fn r14_a_stretch_that_continues_has_the_next_price_alone() {
    let night = Terms {
        price: "0.04".to_owned(),
        connection_fee: "0.05".to_owned(),
        free_units: 30,
        grace: 5,
        minimum: Some("1".to_owned()),
        maximum: Some("0.10".to_owned()),
        ..minute_then_six()
    };
    assert_eq!(night.try_rate(), Err(InvalidRate::MinimumAboveMaximum));
    let night = Terms {
        maximum: Some("2".to_owned()),
        ..night
    };
    let rate = night.rate();
    let priced = rate.priced(PriceContext::default(), true);
    assert_eq!(priced.billed(1), Ok(6));
    assert_eq!(charge(&priced, 1), money("0.004"));
    assert_eq!(charge(&priced, 61), money("0.044"));
    assert_eq!(charge(&priced, 1_000_000), money("2"), "the maximum stays");
}

#[test]
fn limits_hold_only_for_what_is_charged_at_all() {
    let terms = Terms {
        minimum: Some("0.02".to_owned()),
        maximum: Some("3.00".to_owned()),
        grace: 5,
        surcharge: "10".to_owned(),
        ..per("0.06", 60)
    };
    charges(
        &terms,
        &[
            (0, "0"),
            (5, "0"),
            (6, "0.02"),
            (18, "0.02"),
            (19, "0.0209"),
            (u64::MAX, "3"),
        ],
    );
    let rate = terms.rate();
    assert_eq!(rate.affordable(Micros(19_999), 100), 5);
    assert_eq!(rate.affordable(Micros(20_000), 100), 18);
    assert_eq!(rate.affordable(Micros(2_999_999), u64::MAX), 2_727);
    assert_eq!(rate.affordable(Micros(3_000_000), u64::MAX), u64::MAX);
}

#[test]
fn a_price_without_exact_value_per_byte_does_not_drift() {
    let rate = per_mebibyte("0.05").rate();
    // 0.05 × 10⁶ / 2²⁰ = 0.0476… micros per byte.
    assert_eq!(rate.charge(1), Ok(Micros(0)));
    assert_eq!(rate.charge(11), Ok(Micros(1)), "11 bytes are 0.524… micros");
    assert_eq!(rate.charge(1 << 20), Ok(Micros(50_000)));
    assert_eq!(rate.charge(1 << 30), Ok(Micros(51_200_000)), "1 GiB");
    assert_eq!(
        rate.charge(1_000_000_000),
        Ok(Micros(47_683_716)),
        "1 GB: 47683715.82…"
    );
    assert_eq!(rate.affordable(Micros(51_200_000), 1 << 40), (1 << 30) + 10);
    assert_eq!(
        rate.affordable(Micros(100_000_000), 1_000_000_000),
        1_000_000_000
    );
}

#[test]
fn a_gigabyte_equals_the_exact_rational() {
    for price in ["0.05", "0.0333333333", "1.23456789"] {
        let terms = per_mebibyte(price);
        for usage in [1_000_000_000_u64, (1 << 30) - 1, 1 << 40] {
            let exact = decimal(price) * whole(usage) / whole(1 << 20);
            let charged = terms.rate().charge(usage).expect("fits").get();
            assert_eq!(
                BigInt::from(charged),
                round(&exact, Rounding::HalfUp),
                "{price} {usage}"
            );
        }
    }
}

#[test]
fn more_than_an_amount_is_an_overflow_and_never_wraps() {
    let mut terms = per("999999999999", 1);
    let rate = terms.rate();
    assert_eq!(rate.charge(9), Ok(Micros(8_999_999_999_991_000_000)));
    for usage in [10, 1 << 40, u64::MAX] {
        assert!(rate.charge(usage).is_err(), "{usage}");
    }
    assert_eq!(rate.affordable(Micros::MAX, u64::MAX), 9);
    let priced = rate.priced(PriceContext::default(), false);
    assert_eq!(priced.affordable(0, Micros::MAX, 100, Discount(9_000)), 92);
    assert_eq!(priced.affordable(10, Micros::MAX, 100, Discount::NONE), 10);
    terms.first_interval = u64::MAX;
    assert!(terms.rate().charge(1).is_err());
    assert_eq!(terms.rate().affordable(Micros::MAX, u64::MAX), 0);
}

#[test]
fn what_costs_nothing_is_within_every_budget() {
    let rate = per_mebibyte("0").rate();
    assert!(rate.is_free());
    for budget in [i64::MIN, -1, 0, 1, i64::MAX] {
        assert_eq!(rate.affordable(Micros(budget), u64::MAX), u64::MAX);
    }
    assert_eq!(rate.charge(u64::MAX), Ok(Micros::ZERO));
    let nothing_but = |change: fn(&mut Terms)| {
        let mut terms = per_mebibyte("0");
        change(&mut terms);
        terms.rate().is_free()
    };
    assert!(!nothing_but(
        |terms| terms.connection_fee = "0.01".to_owned()
    ));
    assert!(!nothing_but(|terms| terms.minimum = Some("0.01".to_owned())));
    assert!(!nothing_but(|terms| terms.first_price = "0.01".to_owned()));
    assert!(nothing_but(|terms| {
        terms.price = "1".to_owned();
        terms.maximum = Some("0".to_owned());
    }));
}

#[test]
fn percentages_are_exact_or_refused() {
    assert_eq!(Percent::parse("10"), Ok(Percent(100_000)));
    assert_eq!(Percent::parse("0.0001"), Ok(Percent(1)));
    for refused in ["-1", "1000.0001", "0.00001", "ten", ""] {
        assert!(Percent::parse(refused).is_err(), "{refused}");
    }
}
