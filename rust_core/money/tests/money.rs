//! Amounts, decimal strings, currencies and Unit-Values.

use openmvno_money::{Currency, DecimalError, Micros, UnitValue, UnitValueError};
use proptest::prelude::*;

fn parse(text: &str) -> Result<i64, DecimalError> {
    text.parse::<Micros>().map(Micros::get)
}

#[test]
fn decimal_strings_are_read_exactly() {
    let cases = [
        ("0", 0),
        ("-0", 0),
        ("12.50", 12_500_000),
        ("0.000001", 1),
        ("-0.05", -50_000),
        ("007", 7_000_000),
        ("9223372036854.775807", i64::MAX),
        ("-9223372036854.775808", i64::MIN),
    ];
    for (text, micros) in cases {
        assert_eq!(parse(text), Ok(micros), "{text}");
    }
}

#[test]
fn what_is_no_exact_amount_is_refused() {
    for text in [
        "", "-", ".", "1.", ".5", "+1", "1,5", "1e3", " 1", "1 ", "--1", "1.2.3", "٣", "0x1",
    ] {
        assert_eq!(parse(text), Err(DecimalError::Malformed), "{text:?}");
    }
    for text in ["0.0000001", "0.1000000", "-1.0000000"] {
        assert_eq!(
            parse(text),
            Err(DecimalError::TooManyDecimals { maximum: 6 }),
            "{text}"
        );
    }
    let endless = "9".repeat(60);
    for text in [
        "9223372036854.775808",
        "-9223372036854.775809",
        endless.as_str(),
    ] {
        assert_eq!(parse(text), Err(DecimalError::TooLarge), "{text}");
    }
}

#[test]
fn amounts_are_written_exactly() {
    let cases = [
        (0, "0", "0.00"),
        (1, "0.000001", "0.000001"),
        (-50_000, "-0.05", "-0.05"),
        (12_500_000, "12.5", "12.50"),
        (100_000_000, "100", "100.00"),
        (47_500, "0.0475", "0.0475"),
        (i64::MIN, "-9223372036854.775808", "-9223372036854.775808"),
    ];
    for (micros, shortest, two_digits) in cases {
        assert_eq!(Micros(micros).to_string(), shortest);
        assert_eq!(Micros(micros).to_decimal(2), two_digits);
    }
}

#[test]
fn arithmetic_says_when_it_overflows() {
    assert_eq!(Micros::MAX.checked_add(Micros(1)), None);
    assert_eq!(Micros::MIN.checked_sub(Micros(1)), None);
    assert_eq!(Micros::MIN.checked_neg(), None);
    assert_eq!(Micros::MIN.checked_abs(), None);
    assert_eq!(Micros::MAX.checked_mul(2), None);
    assert_eq!(Micros::from_major(i64::MAX), None);
    assert_eq!(Micros::from_major(-3), Some(Micros(-3_000_000)));
    let back_inside = [Micros::MAX, Micros(1), Micros(-1)];
    assert_eq!(Micros::checked_sum(back_inside), Some(Micros::MAX));
    assert_eq!(Micros::checked_sum([Micros::MAX, Micros(1)]), None);
}

#[test]
fn json_holds_an_amount_as_an_integer_and_a_currency_as_its_code() {
    let written = serde_json::to_string(&(Micros(-5), Currency::EUR)).expect("writable");
    assert_eq!(written, r#"[-5,"EUR"]"#);
    let read: (Micros, Currency) = serde_json::from_str(&written).expect("readable");
    assert_eq!(read, (Micros(-5), Currency::EUR));
    assert!(serde_json::from_str::<Micros>("1.5").is_err());
    assert!(serde_json::from_str::<Currency>(r#""ABC""#).is_err());
}

#[test]
fn currencies_have_number_and_digits() {
    let cases = [
        ("EUR", 978, 2),
        ("USD", 840, 2),
        ("JPY", 392, 0),
        ("KWD", 414, 3),
        ("ALL", 8, 2),
    ];
    for (code, numeric, digits) in cases {
        let currency = Currency::from_code(code).expect("listed");
        assert_eq!(
            (currency.numeric(), currency.minor_digits()),
            (numeric, digits)
        );
        assert_eq!(Currency::from_numeric(numeric), Ok(currency));
        assert_eq!(Currency::from_bytes(currency.to_bytes()), Some(currency));
        assert_eq!(
            (currency.code(), currency.to_string().as_str()),
            (code, code)
        );
    }
    for code in ["", "eur", "EU", "EURO", "ABC", "€€€"] {
        assert!(Currency::from_code(code).is_err(), "{code}");
    }
    assert!(Currency::from_numeric(0).is_err());
}

#[test]
fn unit_values_are_exact_or_refused() {
    let value = |digits, exponent| UnitValue { digits, exponent };
    assert_eq!(UnitValue::from_micros(Micros(12_500_000)), value(125, -1));
    assert_eq!(UnitValue::from_micros(Micros(100_000_000)), value(100, 0));
    assert_eq!(UnitValue::from_micros(Micros(0)), value(0, 0));
    assert_eq!(
        UnitValue::with_exponent(Micros(12_500_000), -2),
        Ok(value(1250, -2))
    );
    let too_fine = UnitValue::with_exponent(Micros(12_345_000), -2);
    assert_eq!(too_fine, Err(UnitValueError::Inexact));
    assert_eq!(value(5, 3).to_micros(), Ok(Micros(5_000_000_000)));
    assert_eq!(value(500, -8).to_micros(), Ok(Micros(5)));
    assert_eq!(value(1, -7).to_micros(), Err(UnitValueError::Inexact));
    assert_eq!(value(1, i32::MIN).to_micros(), Err(UnitValueError::Inexact));
    assert_eq!(
        value(1, i32::MAX).to_micros(),
        Err(UnitValueError::TooLarge)
    );
    assert_eq!(
        value(i64::MAX, 0).to_micros(),
        Err(UnitValueError::TooLarge)
    );
    assert_eq!(value(0, i32::MAX).to_micros(), Ok(Micros::ZERO));
}

proptest! {
    #[test]
    fn writing_and_reading_is_the_same(micros in any::<i64>(), digits in 0_u8..=6) {
        let amount = Micros(micros);
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        prop_assert_eq!(amount.to_decimal(digits).parse(), Ok(amount));
        prop_assert_eq!(UnitValue::from_micros(amount).to_micros(), Ok(amount));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,50}", digits in "-?[0-9]{0,45}(\\.[0-9]{0,12})?") {
        let _ = parse(&text);
        if let Ok(micros) = parse(&digits) {
            prop_assert_eq!(parse(&Micros(micros).to_string()), Ok(micros));
        }
    }

    #[test]
    fn any_unit_value_is_exact_or_refused(digits in any::<i64>(), exponent in -40_i32..40) {
        if let Ok(amount) = (UnitValue { digits, exponent }).to_micros() {
            let back = UnitValue::with_exponent(amount, exponent);
            prop_assert_eq!(back, Ok(UnitValue { digits, exponent }));
        }
    }
}
