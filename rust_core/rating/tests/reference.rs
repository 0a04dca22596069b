//! Charge and affordable usage against a slow, obvious reference: interval by interval, in rationals of
//! any size.

use num_bigint::BigInt;
use num_rational::BigRational;
use openmvno_rating::{Catalog, Direction, Micros, PriceContext, Rate, Rounding, Selector};
use proptest::prelude::*;

#[derive(Clone, Debug)]
struct Terms {
    price: String,
    first_price: String,
    connection_fee: String,
    per: u64,
    first_interval: u64,
    next_interval: u64,
    rounding: Rounding,
}

impl Terms {
    fn rate(&self) -> Rate {
        let rounding = serde_json::to_string(&self.rounding).expect("a word");
        let document = format!(
            r#"{{"currency": "EUR", "rounding": {rounding},
                "services": [{{"code": "data", "unit": "octet",
                               "grant": {{"default": 1, "maximum": 1, "validity_time": 600}}}}],
                "rate_tables": [{{"code": "t", "service": "data", "rates": [{{"default": true,
                    "price": "{}", "first_price": "{}", "connection_fee": "{}", "per": {},
                    "first_interval": {}, "next_interval": {}}}]}}],
                "products": [{{"code": "p", "rate_tables": ["t"]}}]}}"#,
            self.price,
            self.first_price,
            self.connection_fee,
            self.per,
            self.first_interval,
            self.next_interval
        );
        let catalog = Catalog::compile(document.as_bytes()).expect("a correct document");
        let product = catalog.product_by_code("p").expect("the product");
        let service = catalog.service_by_code("data").expect("the service");
        let selector = Selector::RatingGroup(Some(10));
        let found = catalog.find_rate(product, service, Direction::Originating, selector);
        found.expect("the default rate").1.clone()
    }

    /// The exact charge before rounding, in micros, interval by interval.
    fn exact(&self, usage: u64) -> BigRational {
        if usage == 0 {
            return whole(0);
        }
        let mut amount = decimal(&self.connection_fee)
            + decimal(&self.first_price) * whole(self.first_interval) / whole(self.per);
        let mut covered = u128::from(self.first_interval);
        let step = decimal(&self.price) * whole(self.next_interval) / whole(self.per);
        while covered < u128::from(usage) {
            amount += &step;
            covered += u128::from(self.next_interval);
        }
        amount
    }

    fn charge(&self, usage: u64) -> BigInt {
        round(&self.exact(usage), self.rounding)
    }
}

fn whole(number: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

/// A decimal string of major units, in micros.
fn decimal(text: &str) -> BigRational {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{integer}{fraction}").parse().expect("digits");
    let scale = BigInt::from(10).pow(u32::try_from(fraction.len()).expect("short"));
    BigRational::new(digits * 1_000_000, scale)
}

fn round(amount: &BigRational, rounding: Rounding) -> BigInt {
    let floor = amount.floor().to_integer();
    let rest = amount - amount.floor();
    let half = BigRational::new(BigInt::from(1), BigInt::from(2));
    let odd = &floor % BigInt::from(2) == BigInt::from(1);
    let up = match rounding {
        Rounding::Up => rest > whole(0),
        Rounding::Down => false,
        Rounding::HalfUp => rest >= half,
        Rounding::HalfEven => rest > half || (rest == half && odd),
    };
    floor + BigInt::from(u8::from(up))
}

fn roundings() -> impl Strategy<Value = Rounding> {
    prop_oneof![
        Just(Rounding::Up),
        Just(Rounding::HalfUp),
        Just(Rounding::HalfEven),
        Just(Rounding::Down)
    ]
}

/// Prices from nothing to some hundred, with up to ten decimals.
fn prices() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => Just("0".to_owned()),
        3 => Just("0.05".to_owned()),
        5 => (0_u64..300, 0_usize..=10, any::<u64>()).prop_map(|(units, decimals, fraction)| {
            if decimals == 0 {
                return units.to_string();
            }
            let fraction = format!("{fraction:020}");
            format!("{units}.{}", &fraction[fraction.len() - decimals..])
        }),
    ]
}

fn terms() -> impl Strategy<Value = Terms> {
    let per = prop_oneof![
        Just(1_u64),
        Just(60),
        Just(1 << 20),
        Just(1_000_000),
        1_u64..5_000
    ];
    (
        (prices(), prices(), prices()),
        (per, 1_u64..200, 1_u64..100),
        roundings(),
    )
        .prop_map(
            |(
                (price, first_price, connection_fee),
                (per, first_interval, next_interval),
                rounding,
            )| {
                Terms {
                    price,
                    first_price,
                    connection_fee,
                    per,
                    first_interval,
                    next_interval,
                    rounding,
                }
            },
        )
}

/// The reference walks interval by interval, so what it walks stays within some thousand steps.
fn walkable() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..4_000, Just(3_600_u64)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn charge_is_the_sum_of_its_intervals(terms in terms(), usage in walkable()) {
        let charged = terms.rate().charge(usage).expect("a small amount");
        prop_assert_eq!(BigInt::from(charged.get()), terms.charge(usage));
    }

    #[test]
    fn charge_never_decreases(terms in terms(), usage in 0_u64..1 << 40, more in 0_u64..1 << 30) {
        let rate = terms.rate();
        match (rate.charge(usage), rate.charge(usage + more)) {
            (Ok(less), Ok(greater)) => prop_assert!(less <= greater),
            // What does not fit stays too large for more usage.
            (fits, greater) => prop_assert!(greater.is_err(), "{fits:?} {greater:?}"),
        }
    }

    /// Brute force: try every usage.
    #[test]
    fn affordable_is_the_largest_usage_within_budget(
        terms in terms(), at_most in 0_u64..400, budget in -2_i64..40_000_000,
        near in 0_u64..400, off in -2_i64..=2,
    ) {
        let rate = terms.rate();
        let close = rate.charge(near).expect("fits").get() + off;
        for budget in [budget, close, 0, i64::MAX] {
            let budget = Micros(budget);
            // The first test holds `charge` to the reference; trying every usage of it finds the last.
            let within = |usage: &u64| {
                rate.charge(*usage).is_ok_and(|charge| charge <= budget.max(Micros::ZERO))
            };
            let expected = (0..=at_most).rev().find(within);
            prop_assert_eq!(Some(rate.affordable(budget, at_most)), expected);
        }
    }

    /// Far beyond what can be walked: the answer is affordable, and the next interval is not.
    #[test]
    fn affordable_and_charge_are_inverse_at_any_size(
        terms in terms(), budget in any::<i64>(), at_most in any::<u64>(),
    ) {
        let rate = terms.rate();
        let usage = rate.affordable(Micros(budget), at_most);
        prop_assert!(usage <= at_most);
        prop_assert!(rate.charge(usage).expect("affordable") <= Micros(budget.max(0)));
        if usage < at_most {
            let beyond = rate.charge(usage + 1);
            prop_assert!(beyond.is_err() || beyond.is_ok_and(|charge| charge > Micros(budget.max(0))));
            let billed = rate.priced(PriceContext::default(), false).billed(usage).expect("billed");
            prop_assert_eq!(billed, usage, "the end of an interval");
        }
    }
}

fn per_mebibyte(price: &str) -> Terms {
    Terms {
        price: price.to_owned(),
        first_price: price.to_owned(),
        connection_fee: "0".to_owned(),
        per: 1 << 20,
        first_interval: 1,
        next_interval: 1,
        rounding: Rounding::HalfUp,
    }
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
fn an_hour_by_the_second_costs_the_sum_of_its_minutes() {
    let terms = Terms {
        price: "0.07".to_owned(),
        first_price: "0.07".to_owned(),
        connection_fee: "0.05".to_owned(),
        per: 60,
        first_interval: 1,
        next_interval: 1,
        rounding: Rounding::HalfUp,
    };
    let rate = terms.rate();
    assert_eq!(rate.charge(3_600), Ok(Micros(4_250_000)));
    assert_eq!(rate.affordable(Micros(4_250_000), 86_400), 3_600);
    assert_eq!(rate.affordable(Micros(4_249_999), 86_400), 3_599);
}

#[test]
fn more_than_an_amount_is_an_overflow_and_never_wraps() {
    let mut terms = per_mebibyte("999999999999");
    terms.per = 1;
    let rate = terms.rate();
    assert_eq!(rate.charge(9), Ok(Micros(8_999_999_999_991_000_000)));
    for usage in [10, 1 << 40, u64::MAX] {
        assert!(rate.charge(usage).is_err(), "{usage}");
    }
    assert_eq!(rate.affordable(Micros::MAX, u64::MAX), 9);
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
}
