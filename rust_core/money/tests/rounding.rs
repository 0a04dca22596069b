//! Rounding against integers of any size.

use num_bigint::BigInt;
use openmvno_money::{Micros, Rounding, RoundingError};
use proptest::prelude::*;

const ALL: [Rounding; 4] = [
    Rounding::Up,
    Rounding::HalfUp,
    Rounding::HalfEven,
    Rounding::Down,
];

/// The definition: the neighbour towards zero, then away from it where the rule says so.
fn reference(rounding: Rounding, numerator: i128, denominator: i128) -> BigInt {
    let (numerator, denominator) = (BigInt::from(numerator), BigInt::from(denominator));
    let towards = &numerator / &denominator;
    let rest = &numerator - &towards * &denominator;
    let zero = BigInt::from(0);
    let twice: BigInt = if rest < zero { -&rest * 2 } else { &rest * 2 };
    let odd = &towards % 2 != zero;
    let away = rest != zero
        && match rounding {
            Rounding::Up => true,
            Rounding::Down => false,
            Rounding::HalfUp => twice >= denominator,
            Rounding::HalfEven => twice > denominator || (twice == denominator && odd),
        };
    match (away, numerator < zero) {
        (false, _) => towards,
        (true, false) => towards + 1,
        (true, true) => towards - 1,
    }
}

#[test]
fn halves_and_their_neighbours() {
    let table = [
        (5, 10, [1, 1, 0, 0]),
        (15, 10, [2, 2, 2, 1]),
        (25, 10, [3, 3, 2, 2]),
        (24, 10, [3, 2, 2, 2]),
        (26, 10, [3, 3, 3, 2]),
        (-5, 10, [-1, -1, 0, 0]),
        (-25, 10, [-3, -3, -2, -2]),
        (-26, 10, [-3, -3, -3, -2]),
        (20, 10, [2, 2, 2, 2]),
        (1, 3, [1, 0, 0, 0]),
        (0, 7, [0, 0, 0, 0]),
    ];
    for (numerator, denominator, expected) in table {
        for (rounding, whole) in ALL.into_iter().zip(expected) {
            assert_eq!(
                rounding.quotient(numerator, denominator),
                Ok(whole),
                "{rounding:?}"
            );
        }
    }
}

#[test]
fn invoice_digits() {
    let to_cents = |text: &str, rounding: Rounding| {
        let amount: Micros = text.parse().expect("an amount");
        rounding.to_digits(amount, 2).expect("fits").to_decimal(2)
    };
    assert_eq!(to_cents("16.85306", Rounding::Up), "16.86");
    assert_eq!(to_cents("-16.85306", Rounding::Up), "-16.86");
    assert_eq!(to_cents("1.205", Rounding::HalfUp), "1.21");
    assert_eq!(to_cents("1.204", Rounding::HalfUp), "1.20");
    assert_eq!(to_cents("1.205", Rounding::HalfEven), "1.20");
    assert_eq!(Rounding::Up.to_digits(Micros(1), 9), Ok(Micros(1)));
    assert_eq!(Rounding::Up.to_digits(Micros(1), 0), Ok(Micros(1_000_000)));
    assert_eq!(
        Rounding::Up.to_digits(Micros::MAX, 2),
        Err(RoundingError::Overflow)
    );
}

#[test]
fn what_cannot_be_divided_or_does_not_fit_is_an_error() {
    for rounding in ALL {
        assert_eq!(rounding.quotient(1, 0), Err(RoundingError::Denominator));
        assert_eq!(rounding.quotient(1, -1), Err(RoundingError::Denominator));
        let most = i128::from(i64::MAX);
        assert_eq!(rounding.micros(most, 1), Ok(Micros::MAX));
        assert_eq!(rounding.micros(most + 1, 1), Err(RoundingError::Overflow));
        assert_eq!(rounding.micros(i128::MAX, 1), Err(RoundingError::Overflow));
        assert_eq!(rounding.micros(i128::MIN, 1), Err(RoundingError::Overflow));
    }
}

fn integers() -> impl Strategy<Value = i128> {
    prop_oneof![
        any::<i128>(),
        -1_000_i128..1_000,
        any::<i64>().prop_map(i128::from)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn quotient_is_the_definition(numerator in integers(), denominator in integers()) {
        let denominator = denominator.saturating_abs().max(1);
        for rounding in ALL {
            let whole = rounding.quotient(numerator, denominator).expect("positive denominator");
            prop_assert_eq!(BigInt::from(whole), reference(rounding, numerator, denominator));
        }
    }

    #[test]
    fn the_largest_numerator_is_the_last_within(
        ceiling in prop_oneof![any::<i64>(), -3_i64..50, Just(i64::MAX), Just(i64::MAX - 1)],
        denominator in prop_oneof![any::<u64>(), 1_u64..50, Just(u64::MAX), Just(u64::MAX - 1)],
    ) {
        let denominator = denominator.max(1);
        let most = BigInt::from(ceiling.max(0));
        for rounding in ALL {
            let largest = rounding.largest_numerator(Micros(ceiling), denominator);
            let denominator = i128::from(denominator);
            prop_assert!(reference(rounding, largest, denominator) <= most);
            prop_assert!(reference(rounding, largest + 1, denominator) > most);
        }
    }
}
