//! Numbers as networks write them.

mod catalogue;

use catalogue::{compile, with};
use openmvno_rating::Catalog;
use proptest::prelude::*;
use serde_json::json;

fn croatia() -> Catalog {
    compile(&with(&json!({"numbering": {
        "country_code": "385",
        "international_prefixes": ["00", "0110"],
        "national_prefix": "0",
        "replace": [{"prefix": "0800", "with": "385800"}, {"prefix": "08005", "with": ""},
                    {"prefix": "98", "with": "38598"}],
        "short_numbers": 5}})))
}

#[test]
fn forms_of_one_number() {
    let catalog = croatia();
    for address in [
        "+385911234567",
        "tel:+385-91-123-4567",
        "sip:+385911234567@ims.example;user=phone",
        "SIP:00385911234567@ims.example",
        "0110385911234567",
        "0911234567",
        "tel:(091) 123.4567;phone-context=+385",
        "385911234567",
    ] {
        let digits = catalog.numbering().normalise(address);
        assert_eq!(digits.as_str(), "385911234567", "{address}");
    }
}

#[test]
fn rules_in_their_order() {
    let catalog = croatia();
    for (raw, expected) in [
        ("112", "112"),
        ("00112", "00112"),
        ("001120", "1120"),
        ("0800123", "385800123"),
        ("080055", "5"),
        ("98", "38598"),
        ("+98123", "98123"),
        ("+0800", "0800"),
        ("sip:alice@example.com", ""),
        ("", ""),
    ] {
        assert_eq!(
            catalog.numbering().normalise(raw).as_str(),
            expected,
            "{raw}"
        );
    }
}

#[test]
fn without_rules_only_the_plus_goes() {
    let catalog = compile(&with(&json!({})));
    for (raw, expected) in [
        ("+385", "385"),
        ("0911234567", "0911234567"),
        ("00385", "00385"),
    ] {
        assert_eq!(catalog.numbering().normalise(raw).as_str(), expected);
    }
    let defaults = compile(&with(
        &json!({"numbering": {"international_prefixes": ["00"]}}),
    ));
    assert_eq!(
        defaults.numbering().normalise("001234").as_str(),
        "001234",
        "6 digits are short"
    );
    assert_eq!(defaults.numbering().normalise("0012345").as_str(), "12345");
}

proptest! {
    #[test]
    fn whatever_comes_in_digits_come_out(raw in ".{0,60}") {
        let digits = croatia().numbering().normalise(&raw);
        prop_assert!(digits.as_str().len() <= 32);
        prop_assert!(digits.as_str().bytes().all(|byte| byte.is_ascii_digit()));
    }

    #[test]
    fn international_digits_come_out_as_they_are(number in "[1-9][0-9]{6,14}") {
        let catalog = croatia();
        for raw in [format!("+{number}"), format!("00{number}")] {
            prop_assert_eq!(catalog.numbering().normalise(&raw).as_str().to_owned(), number.clone());
        }
    }
}

#[test]
fn an_installation_knows_its_country_code() {
    use openmvno_rating::Numbering;
    let numbering = Numbering::of_country("+385");
    for address in [
        "+385911234567",
        "tel:+385-91-123-4567",
        "sip:+385911234567@ims.example;user=phone",
        "SIP:00385911234567@ims.example",
        "0911234567",
        "tel:(091) 123.4567;phone-context=+385",
        "385911234567",
    ] {
        assert_eq!(
            numbering.normalise(address).as_str(),
            "385911234567",
            "{address}"
        );
    }
    assert_eq!(numbering.normalise("112").as_str(), "112");
    assert_eq!(numbering.normalise("sip:alice@example.com").as_str(), "");
    assert_eq!(Numbering::of_country("").normalise("0911").as_str(), "0911");
    assert!(numbering.has_rules() && !Numbering::default().has_rules());
}
