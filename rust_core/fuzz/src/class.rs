//! Kinds of results, so that new ones are noticed.

use std::hash::{DefaultHasher, Hash, Hasher};

/// A kind of result; the same in every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(pub u64);

impl Class {
    /// Of anything that tells results apart.
    #[must_use]
    pub fn of(what: impl Hash) -> Self {
        // Without random keys.
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        Self(hasher.finish())
    }

    /// Of a message for people: its first words, without what stands in quotes and numbers.
    #[must_use]
    pub fn of_words(message: &str) -> Self {
        const WORDS: usize = 5;
        let said = message.split(['"', '`', '\'']).step_by(2);
        let words = said.flat_map(str::split_ascii_whitespace);
        let plain = words.filter(|word| word.bytes().all(|octet| octet.is_ascii_lowercase()));
        Self::of(plain.take(WORDS).collect::<Vec<_>>())
    }
}
