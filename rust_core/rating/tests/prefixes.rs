//! Longest prefix against trying every prefix.

mod catalogue;

use std::collections::BTreeMap;

use openmvno_rating::Catalog;
use proptest::prelude::*;
use serde_json::json;

fn catalog(prefixes: &BTreeMap<String, usize>, order: &[String]) -> Catalog {
    let rates: Vec<_> = order
        .iter()
        .map(|prefix| json!({"prefix": prefix, "name": prefixes[prefix].to_string(), "price": "1"}))
        .collect();
    let document = json!({
        "currency": "EUR",
        "services": [{"code": "voice", "unit": "second",
                      "grant": {"default": 1, "maximum": 1, "validity_time": 1}}],
        "rate_tables": [{"code": "t", "service": "voice", "rates": rates}],
        "products": [{"code": "p", "rate_tables": ["t"]}]
    });
    Catalog::compile(document.to_string().as_bytes()).expect("correct")
}

fn find(catalog: &Catalog, digits: &str) -> Option<usize> {
    let name = catalogue::named(catalog, &["p"], &catalogue::call(digits)).ok()?;
    name.parse().ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    #[test]
    fn the_longest_known_prefix_wins_in_any_order(
        prefixes in prop::collection::btree_set("[0-3]{0,5}", 1..40),
        numbers in prop::collection::vec("[0-4]{0,8}", 1..40),
        seed in any::<u64>(),
    ) {
        let known: BTreeMap<String, usize> =
            prefixes.into_iter().enumerate().map(|(value, prefix)| (prefix, value)).collect();
        let mut order: Vec<String> = known.keys().cloned().collect();
        order.sort_by_key(|prefix| {
            prefix.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
        });
        let catalog = catalog(&known, &order);
        for number in numbers {
            let expected = (0..=number.len()).rev().find_map(|length| known.get(&number[..length]));
            prop_assert_eq!(find(&catalog, &number), expected.copied(), "{}", number);
        }
    }
}

#[test]
fn anything_but_a_digit_ends_the_number() {
    let known = BTreeMap::from([("44".to_owned(), 1), ("447".to_owned(), 2)]);
    let order: Vec<String> = known.keys().cloned().collect();
    let catalog = catalog(&known, &order);
    assert_eq!(find(&catalog, "44x7700"), Some(1));
    assert_eq!(find(&catalog, "447;phone-context=+1"), Some(2));
    assert_eq!(find(&catalog, "+447"), None);
    assert_eq!(find(&catalog, "4é"), None);
}
