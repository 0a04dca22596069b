//! What an auditor complains about.

use std::fmt;

/// A promise of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Success leaves only after its record is durable.
    DurableBeforeAnswer,
    /// A request is applied once.
    ExactlyOnce,
    /// The journal holds only what clients asked for.
    OnlyWhatWasAsked,
    /// The same key gets the same answer.
    SameAnswer,
    /// Another content under the same key is refused.
    OtherContentRefused,
    /// Money moves as the prices say.
    Money,
    /// What is held is what the grants cost, and no more than there is.
    Holds,
    /// A grant is what was asked for, or all that the balance covers.
    Grants,
    /// Buckets are granted, filled, drawn and ended as their terms say.
    Buckets,
    /// Every charge is on a CDR, once, and its postings sum to zero.
    Records,
    /// Refunds name their debit, never exceed it, happen once.
    Refunds,
    /// Nothing stays held when no session is open.
    NoLeak,
    /// Rows come in order, each from the owner of the shard; who lost it says nothing more.
    Ownership,
    /// Commands are applied once, in order.
    Commands,
    /// Memory is what the journal says.
    Memory,
    /// A restart from slices and journal gives the same.
    Rebuild,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// How.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.rule, self.detail)
    }
}

impl std::error::Error for Violation {}

/// What an audit step comes to.
pub type Verdict = Result<(), Violation>;

/// Complains unless `holds`.
pub(super) fn check(holds: bool, rule: Rule, detail: impl FnOnce() -> String) -> Verdict {
    if holds {
        Ok(())
    } else {
        Err(Violation {
            rule,
            detail: detail(),
        })
    }
}
