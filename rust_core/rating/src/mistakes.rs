//! What is wrong with a document, and where.

use std::fmt;

use serde::Serialize;

/// One mistake of a catalogue document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Where: `rate_tables[0].rates[3].price`; empty for the document as a whole.
    pub path: String,
    /// What, and what would be right.
    pub message: String,
}

impl Mistake {
    /// How many mistakes of one document are reported.
    pub const LIMIT: usize = 1_000;
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.path, self.message)
        }
    }
}

/// Collects mistakes while a document is read.
#[derive(Debug, Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    pub(crate) fn add(&mut self, path: &str, message: impl Into<String>) {
        if self.0.len() < Mistake::LIMIT {
            self.0.push(Mistake {
                path: path.to_owned(),
                message: message.into(),
            });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Mistake> {
        self.0
    }
}
