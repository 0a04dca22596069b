//! What the reference computations share: rationals of any size, rounded by the book.
#![allow(dead_code, reason = "each test file uses some of it")]

use num_bigint::BigInt;
use num_rational::BigRational;
use openmvno_rating::{Discount, Micros, PriceOverflow, Priced, Rounding};
use proptest::prelude::*;

pub(crate) fn whole(number: u64) -> BigRational {
    BigRational::from_integer(BigInt::from(number))
}

/// A decimal string as the number it is.
pub(crate) fn number(text: &str) -> BigRational {
    let (integer, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: BigInt = format!("{integer}{fraction}").parse().expect("digits");
    let scale = BigInt::from(10).pow(u32::try_from(fraction.len()).expect("short"));
    BigRational::new(digits, scale)
}

/// A decimal string of major units, in micros.
pub(crate) fn decimal(text: &str) -> BigRational {
    number(text) * whole(1_000_000)
}

pub(crate) fn round(amount: &BigRational, rounding: Rounding) -> BigInt {
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

pub(crate) fn discounted(amount: &BigRational, discount: Discount) -> BigRational {
    amount * whole(u64::from(10_000 - discount.0)) / whole(10_000)
}

pub(crate) fn roundings() -> impl Strategy<Value = Rounding> {
    prop_oneof![
        Just(Rounding::Up),
        Just(Rounding::HalfUp),
        Just(Rounding::HalfEven),
        Just(Rounding::Down)
    ]
}

pub(crate) fn discounts() -> impl Strategy<Value = Discount> {
    prop_oneof![
        Just(Discount::NONE),
        Just(Discount(10_000)),
        (0_u16..=10_000).prop_map(Discount)
    ]
}

/// Prices from nothing to some hundred, with up to ten decimals.
pub(crate) fn prices() -> impl Strategy<Value = String> {
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

/// An amount of money.
pub(crate) fn money(text: &str) -> Result<Micros, PriceOverflow> {
    Ok(text.parse().expect("an amount"))
}

/// What `usage` costs without a discount.
pub(crate) fn charge(priced: &Priced<'_>, usage: u64) -> Result<Micros, PriceOverflow> {
    priced.amount(priced.billed(usage)?, Discount::NONE)
}

/// Tries every position for the largest that the budget pays for, and compares.
pub(crate) fn check_affordable(
    priced: &Priced<'_>,
    (from, at_most): (u64, u64),
    budget: i64,
    discount: Discount,
) -> Result<(), TestCaseError> {
    let amount = |position| priced.amount(position, discount);
    let before = amount(from).expect("a small amount").get();
    let within = |position: &u64| {
        amount(*position).is_ok_and(|amount| amount.get() - before <= budget.max(0))
    };
    let expected = (from..=at_most).rev().find(within);
    let found = priced.affordable(from, Micros(budget), at_most, discount);
    prop_assert_eq!(Some(found), expected);
    Ok(())
}

/// At any size: the position is paid for, and the next one is not.
pub(crate) fn check_inverse(
    priced: &Priced<'_>,
    (from, at_most): (u64, u64),
    budget: i64,
    discount: Discount,
) -> Result<(), TestCaseError> {
    let cost = |position| -> Option<i128> {
        let amount = priced.amount(position, discount).ok()?;
        let before = priced.amount(from, discount).ok()?;
        Some(i128::from(amount.get()) - i128::from(before.get()))
    };
    let found = priced.affordable(from, Micros(budget), at_most, discount);
    prop_assert!((from..=at_most).contains(&found));
    if priced.amount(from, discount).is_err() {
        prop_assert_eq!(found, from);
        return Ok(());
    }
    let budget = i128::from(budget.max(0));
    prop_assert!(cost(found).expect("paid for") <= budget);
    if found < at_most {
        prop_assert!(cost(found + 1).is_none_or(|cost| cost > budget));
    }
    Ok(())
}
