//! Which catalogue version prices what: the auditor's own reading of the journal.

use super::violation::{Rule, Verdict, check};
use openmvno_charging::{Cause, Effect, Record};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;

/// What has been in force since when, and what is to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    begun: Vec<(i64, u64)>,
    coming: BTreeMap<i64, u64>,
}

impl Turns {
    /// The version in force.
    pub(super) fn active(&self) -> u64 {
        self.begun.last().map_or(0, |&(_, version)| version)
    }

    /// The version that prices what happens at an instant.
    pub(super) fn at(&self, at: i64) -> u64 {
        let coming = self
            .coming
            .iter()
            .map(|(&since, &version)| (since, version));
        let turns: Vec<_> = self.begun.iter().copied().chain(coming).collect();
        let begun = turns.iter().rev().find(|&&(since, _)| since <= at);
        begun.or(turns.first()).map_or(0, |&(_, version)| version)
    }

    /// Nothing is decided at or after an instant before the version of that instant is in force.
    /// A new owner's first record and the news of a client's restart decide nothing.
    pub(super) fn check_turned(&self, record: &Record<'_>) -> Verdict {
        let Some((&since, &version)) = self.coming.first_key_value() else {
            return Ok(());
        };
        let turn = |effects: &[Effect<'_>]| match effects {
            [
                Effect::CatalogActivated {
                    version: turned, ..
                },
            ] => *turned == version,
            _ => false,
        };
        let decides = match record.cause {
            Cause::Timer => !turn(&record.effects),
            Cause::Request(_) | Cause::Command { .. } => true,
            Cause::Owner(_) | Cause::PeerRestarted => false,
        };
        check(since > record.now || !decides, Rule::Money, || {
            format!("{:?} though version {version} is due", record.cause)
        })
    }

    pub(super) fn apply(&mut self, effect: &Effect<'_>, now: i64) -> Verdict {
        match *effect {
            Effect::CatalogScheduled { version, at, .. } => {
                self.coming.retain(|_, known| *known != version);
                let other = self.coming.insert(at, version);
                check(other.is_none(), Rule::Commands, || {
                    format!("versions {other:?} and {version} are due at once")
                })?;
            }
            Effect::CatalogActivated { version, .. } => {
                let due = self.coming.iter().find(|&(_, &known)| known == version);
                let due = due.map(|(&since, _)| since).filter(|&since| since <= now);
                self.coming.retain(|_, known| *known != version);
                if self.active() != version {
                    let earliest = self.begun.last().map_or(i64::MIN, |&(since, _)| since);
                    let since = due.unwrap_or(now).max(earliest);
                    self.begun.push((since, version));
                    // Nobody speaks of more than a minute ago; one version before may come back.
                    let over = self.begun.iter().skip(1);
                    let over = over.filter(|&&(next, _)| next <= since - MINUTE_MS).count();
                    self.begun
                        .drain(..over.min(self.begun.len().saturating_sub(2)));
                }
            }
            Effect::CatalogWithdrawn { version, .. } => {
                self.coming.retain(|_, known| *known != version);
                if self.begun.len() > 1 && self.active() == version {
                    self.begun.pop();
                }
            }
            _ => {}
        }
        Ok(())
    }
}
