//! A catalogue document.

use openmvno_rating::Catalog;

use crate::class::Class;
use crate::engine::CATALOG;
use crate::target::Target;

pub(super) struct CatalogueDocument;

impl Target for CatalogueDocument {
    fn name(&self) -> &'static str {
        "catalogue"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        vec![CATALOG.to_vec()]
    }

    fn words(&self) -> &'static [&'static [u8]] {
        &[
            b"\"expression\": \"units * 0.01\"",
            b"\"period\": ",
            b"\"rates\": []",
            b"\"prefix\": \"\"",
            b"null",
            b"[[[[[[[[",
            b"{\"code\": \"voice\"}",
            b"\"0.000000000000000001\"",
            b"99999999999999999999",
            b"\"first_interval\": 0",
            b"\"Europe/Zagreb\"",
            b"\"basic\"",
            b"true",
            b",",
            b"}",
            b"]",
        ]
    }

    fn run(&mut self, input: &[u8]) -> Class {
        match Catalog::compile(input) {
            Ok(catalog) => Class::of((
                catalog.rates().len().min(4),
                catalog.products().len().min(4),
            )),
            Err(mistakes) => {
                let mut kinds: Vec<_> = mistakes
                    .iter()
                    .map(|mistake| Class::of_words(&mistake.to_string()))
                    .collect();
                kinds.sort_unstable();
                kinds.dedup();
                kinds.truncate(2);
                Class::of(kinds)
            }
        }
    }
}
