//! A price expression.

use openmvno_rating::Expression;

use crate::class::Class;
use crate::target::Target;

pub(super) struct PriceExpression;

impl Target for PriceExpression {
    fn name(&self) -> &'static str {
        "expression"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        [
            "0",
            "units * 0.01",
            "0.05 + 0.10 * ceil(units / 60)",
            "max(0.20, units * 0.002)",
            "min(5, 0.01 * floor(units / 1024))",
            "if(units > 3600, 36 + (units - 3600) * 0.005, units * 0.01)",
            "if zone = \"eu\" then units * 0.02 else units * 0.05",
            "if(period == \"night\", 0.5, 1) * units",
            "-(1 - 2) * units / 7",
        ]
        .map(|text| text.as_bytes().to_vec())
        .to_vec()
    }

    fn words(&self) -> &'static [&'static [u8]] {
        &[
            b"units",
            b"ceil(",
            b"floor(",
            b"min(",
            b"max(",
            b"if(",
            b"then",
            b"else",
            b"zone",
            b"period",
            b"\"eu\"",
            b"\"night\"",
            b" and ",
            b" or ",
            b"not ",
            b"<=",
            b">=",
            b"==",
            b"!=",
            b"(",
            b")",
            b",",
            b"0.000001",
            b"/0",
            b"((((((((((((((((",
            b"--------",
        ]
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let Ok(text) = std::str::from_utf8(input) else {
            return Class(0);
        };
        match Expression::parse(text, &|_| None, &|_| None) {
            Ok(_) => Class(1),
            Err(error) => {
                assert!(error.at <= text.len(), "a place outside the text");
                Class::of_words(&error.message)
            }
        }
    }
}
