//! Simulated storage: what PostgreSQL keeps, and the ways a commit can end.

use openmvno_charging::{CdrKind, Effect, Evidence, JournalReader, Kind, Uuid};
use std::collections::BTreeMap;

/// A journal row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who wrote it.
    pub owner: u64,
    /// Its bytes.
    pub payload: Vec<u8>,
}

/// Rows of one batch: (shard, seq, payload).
pub type BatchRows = Vec<(u16, u64, Vec<u8>)>;

/// How an INSERT of a batch ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// PostgreSQL says COMMIT.
    Commits,
    /// An error; nothing is stored.
    Fails,
    /// The connection is lost; the rows are there.
    LostAfter,
    /// The connection is lost; the rows are not there.
    LostBefore,
    /// The connection is lost; the transaction ends at this time, if its keys are free then.
    LandsAt(i64),
}

/// What the engine learns from its INSERT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Committed without reservation.
    Durable,
    /// Anything else: to be read back.
    Unknown,
}

/// What reading the places of a batch back tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All rows are ours.
    Durable,
    /// None is there.
    SendAgain,
    /// Somebody else's row is there.
    Fenced,
}

#[derive(Clone, Debug)]
struct Late {
    due: i64,
    owner: u64,
    rows: BatchRows,
}

#[derive(Clone, Debug)]
struct StoredCdr {
    id: Uuid,
    session: String,
    account: Uuid,
    debit: bool,
    correlation: String,
    refundable: i64,
}

/// A question a parked request raises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Kind of the request.
    pub kind: Kind,
    /// Session-Id.
    pub session: String,
    /// Account of the line.
    pub account: Uuid,
    /// Refund-Information.
    pub refund_of: Option<Uuid>,
    /// CC-Correlation-Id.
    pub correlation: String,
}

/// The database.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    /// The journal by (shard, seq).
    pub journal: BTreeMap<(u16, u64), Row>,
    /// Its keys in order of commit.
    pub order: Vec<(u16, u64)>,
    /// Snapshot slices by (shard, slice): seq and payload.
    pub slices: BTreeMap<(u16, i32), (u64, Vec<u8>)>,
    /// `engine_command` by (shard, seq).
    pub commands: BTreeMap<(u16, u64), String>,
    late: Vec<Late>,
    cdrs: Vec<StoredCdr>,
}

impl Storage {
    /// Sends a batch.
    pub fn send(&mut self, owner: u64, rows: &BatchRows, fate: Fate) -> Sent {
        match fate {
            Fate::Commits if self.insert(owner, rows) => return Sent::Durable,
            Fate::LostAfter => {
                self.insert(owner, rows);
            }
            Fate::LandsAt(due) => self.late.push(Late {
                due,
                owner,
                rows: rows.clone(),
            }),
            Fate::Commits | Fate::Fails | Fate::LostBefore => {}
        }
        Sent::Unknown
    }

    /// One transaction: all rows or, when one key is taken, none.
    fn insert(&mut self, owner: u64, rows: &BatchRows) -> bool {
        if rows
            .iter()
            .any(|&(shard, seq, _)| self.journal.contains_key(&(shard, seq)))
        {
            return false;
        }
        for (shard, seq, payload) in rows {
            self.materialise(payload);
            let payload = payload.clone();
            self.journal.insert((*shard, *seq), Row { owner, payload });
            self.order.push((*shard, *seq));
        }
        true
    }

    /// Transactions in doubt end.
    pub fn land(&mut self, now: i64) {
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.late)
            .into_iter()
            .partition(|late| late.due <= now);
        self.late = later;
        for late in due {
            self.insert(late.owner, &late.rows);
        }
    }

    /// What the journal holds in the places of a batch.
    #[must_use]
    pub fn read_back(&self, owner: u64, rows: &BatchRows) -> Verdict {
        let mut ours = 0;
        for (shard, seq, payload) in rows {
            match self.journal.get(&(*shard, *seq)) {
                Some(row) if row.owner == owner && row.payload == *payload => ours += 1,
                Some(_) => return Verdict::Fenced,
                None => {}
            }
        }
        match ours {
            0 => Verdict::SendAgain,
            ours if ours == rows.len() => Verdict::Durable,
            _ => Verdict::Fenced,
        }
    }

    /// Writes a slice unless a newer one is there.
    pub fn write_slice(&mut self, (shard, slice, seq, payload): (u16, i32, u64, Vec<u8>)) {
        let stored = self.slices.get(&(shard, slice));
        if stored.is_none_or(|&(known, _)| known < seq) {
            self.slices.insert((shard, slice), (seq, payload));
        }
    }

    /// The last seq of a shard.
    #[must_use]
    pub fn last_seq(&self, shard: u16) -> u64 {
        let rows = self.journal.range((shard, 0)..=(shard, u64::MAX));
        rows.last().map_or(0, |(&(_, seq), _)| seq)
    }

    /// Adds a command row and returns its seq.
    pub fn add_command(&mut self, shard: u16, json: String) -> u64 {
        let rows = self.commands.range((shard, 0)..=(shard, u64::MAX));
        let seq = rows.last().map_or(0, |(&(_, seq), _)| seq) + 1;
        self.commands.insert((shard, seq), json);
        seq
    }

    fn materialise(&mut self, payload: &[u8]) {
        let Ok(reader) = JournalReader::new(payload) else {
            return;
        };
        for record in reader.flatten() {
            for effect in &record.effects {
                if let Effect::Recorded(cdr) = effect {
                    self.cdrs.push(StoredCdr {
                        id: cdr.id,
                        session: cdr.session.to_owned(),
                        account: cdr.account,
                        debit: cdr.kind == CdrKind::Event,
                        correlation: cdr.correlation.to_owned(),
                        refundable: cdr.amount - cdr.overrun - cdr.wallets,
                    });
                }
            }
        }
    }

    /// What the CDR table knows about a question.
    #[must_use]
    pub fn answer(&self, question: &Question) -> Evidence {
        if question.kind != Kind::Refund {
            let charged = self.cdrs.iter().any(|cdr| cdr.session == question.session);
            return if charged {
                Evidence::Charged
            } else {
                Evidence::Nothing
            };
        }
        let is_meant = |cdr: &&StoredCdr| {
            cdr.debit
                && cdr.account == question.account
                && match question.refund_of {
                    Some(id) => cdr.id == id,
                    None => cdr.correlation == question.correlation,
                }
        };
        match self.cdrs.iter().find(is_meant) {
            Some(cdr) => Evidence::Debit {
                cdr: cdr.id,
                refundable: cdr.refundable,
            },
            None => Evidence::Nothing,
        }
    }
}
