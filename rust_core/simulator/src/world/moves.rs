//! Lines that go from one payer to another: each step is written when the one before is durable.

use super::World;
use crate::business::move_line;
use crate::message::shard_of_account;
use openmvno_charging::Uuid;
use serde_json::Value;

/// An account that was never opened.
const NOBODY: usize = 99;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Freezing,
    Exporting,
    Importing,
    Releasing,
    Returning,
}

/// A line on its way.
#[derive(Clone, Debug)]
pub(super) struct Move {
    /// The account it was opened on, and which of its lines it is.
    line: (usize, usize),
    from: usize,
    to: usize,
    change: Uuid,
    stage: Stage,
    /// The command it waits for.
    place: (u16, u64),
    /// What it brings along, as JSON.
    image: String,
}

impl World {
    /// Somebody else is to pay for a line that stands still nowhere.
    pub(super) fn start_move(&mut self) {
        let line = (self.random.index(self.accounts), self.random.index(2));
        let to = if self.random.chance(10) {
            NOBODY
        } else {
            self.random.index(self.accounts)
        };
        let from = self.payers.get(&line).copied().unwrap_or(line.0);
        if to == from || self.moves.iter().any(|one| one.line == line) {
            return;
        }
        self.commands += 1;
        let mut change = [5; 16];
        change[8..].copy_from_slice(&self.commands.to_be_bytes());
        let mut one = Move {
            line,
            from,
            to,
            change: Uuid(change),
            stage: Stage::Freezing,
            place: (0, 0),
            image: String::new(),
        };
        self.order(&mut one, "freeze_line");
        self.moves.push(one);
    }

    /// Carries lines on, each with this chance in percent; whether any is still on its way.
    pub(super) fn carry_lines(&mut self, percent: u64) -> bool {
        for mut one in std::mem::take(&mut self.moves) {
            let outcome = self.auditor.outcome(one.place).map(str::to_owned);
            match outcome.filter(|_| self.random.chance(percent)) {
                Some(outcome) => {
                    if self.carry(&mut one, &outcome) {
                        self.moves.push(one);
                    }
                }
                None => self.moves.push(one),
            }
        }
        !self.moves.is_empty()
    }

    /// The next step of a line; false when it has come where it is to stay.
    fn carry(&mut self, one: &mut Move, outcome: &str) -> bool {
        let outcome: Value = serde_json::from_str(outcome).unwrap_or_default();
        let is_done = outcome["ok"] == true;
        match (one.stage, is_done) {
            (Stage::Freezing, true) => {
                if outcome["sessions"] != 0 && self.random.chance(50) {
                    // Sessions are waited for.
                    self.order(one, "freeze_line");
                } else {
                    one.stage = Stage::Exporting;
                    self.order(one, "export_line");
                }
            }
            (Stage::Exporting, true) => {
                one.image = outcome["image"].to_string();
                one.stage = Stage::Importing;
                self.order(one, "import_line");
            }
            (Stage::Importing, true) => {
                self.payers.insert(one.line, one.to);
                one.stage = Stage::Releasing;
                self.order(one, "release_line");
            }
            (Stage::Importing, false) => {
                one.stage = Stage::Returning;
                self.order(one, "import_line");
            }
            (Stage::Releasing, true) => {
                self.summary.moved += 1;
                return false;
            }
            (Stage::Returning, true) => {
                self.summary.returned += 1;
                return false;
            }
            // What must not be refused stands still for good, and the auditor sees it at the end.
            (_, false) => return false,
        }
        true
    }

    fn order(&mut self, one: &mut Move, kind: &str) {
        let payer = if one.stage == Stage::Importing {
            one.to
        } else {
            one.from
        };
        let image = (kind == "import_line").then_some(&*one.image);
        let json = move_line(kind, payer, one.line, one.change, image);
        let shard = shard_of_account(payer, self.shape.shards);
        self.note(|| format!("on shard {shard}: {json}"));
        one.place = (shard, self.storage.add_command(shard, json));
    }
}
