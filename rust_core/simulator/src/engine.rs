//! A simulated engine: real shards and journals under the node's discipline of one batch at a time,
//! answers held until it is durable, and the committer's way with commits of unknown end.

use crate::catalogue;
use crate::message::{Ask, Seen, host_name};
use crate::sabotage::Sabotage;
use crate::storage::{BatchRows, Fate, Question, Sent, Storage, Verdict};
use openmvno_charging::{
    CommandRow, Evidence, Identity, IdentityDirectory, JournalWriter, Kind, LineAddress,
    META_SLICE, Outcome, ResultCode, Shard, Uuid,
};

/// The node's answer deadline, milliseconds: later answers are dropped.
const ANSWER_DEADLINE_MS: i64 = 5_000;

/// Sessions one tick may close: small, so that a tick often leaves work behind.
const SESSIONS_PER_TICK: usize = 3;

/// Shape of an installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Shards.
    pub shards: u16,
    /// Accounts in a snapshot slice.
    pub accounts_per_slice: u32,
}

/// Something that leaves an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Departure {
    /// An answer to a client.
    Answer(Ask, Seen),
    /// The outcome of a command row.
    Outcome(u16, u64, String),
}

#[derive(Debug)]
struct Held {
    departure: Departure,
    deadline: i64,
}

/// Identities are given out once by the simulation, so nobody is in the way.
struct NoHolder;

impl IdentityDirectory for NoHolder {
    fn holder(&self, _: Identity) -> Option<LineAddress> {
        None
    }
}

#[derive(Debug)]
struct Core {
    shard: Shard,
    journal: JournalWriter,
    seq: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Taken,
    InDoubt,
    Durable,
}

#[derive(Debug)]
struct Flight {
    rows: BatchRows,
    held: Vec<Held>,
    stage: Stage,
}

/// One run of an engine.
#[derive(Debug)]
pub struct Engine {
    /// Its name in the journal.
    pub owner: u64,
    /// How far its clock is ahead of the simulation's, milliseconds.
    pub clock_ahead: i64,
    /// It has lost the journal and stopped.
    pub is_fenced: bool,
    /// The latest time its timers ran at, by its own clock, which may have been set back since.
    pub ticked_at: i64,
    /// When they ran last.
    pub last_tick: i64,
    cores: Vec<Core>,
    held: Vec<Held>,
    flight: Option<Flight>,
    parked: Vec<(Ask, Question)>,
    slices: Vec<(u16, i32, u64, Vec<u8>)>,
    slices_writable: bool,
    sabotage: Sabotage,
}

impl Engine {
    /// Starts from what storage holds: slices, then the journal behind them, then its owner row.
    ///
    /// # Panics
    /// When storage holds what cannot be read: no fault of the simulation damages bytes.
    #[must_use]
    pub fn start(
        owner: u64,
        shape: Shape,
        storage: &Storage,
        now: i64,
        clock_ahead: i64,
        sabotage: Sabotage,
    ) -> Self {
        let cores = (0..shape.shards)
            .map(|shard| {
                let (restored, seq) = restore(shape, storage, shard, true);
                let mut core = Core {
                    shard: restored,
                    journal: JournalWriter::default(),
                    seq,
                };
                core.shard
                    .begin(owner, now + clock_ahead, &mut core.journal);
                core
            })
            .collect();
        Self {
            owner,
            clock_ahead,
            is_fenced: false,
            ticked_at: 0,
            last_tick: 0,
            cores,
            held: Vec::new(),
            flight: None,
            parked: Vec::new(),
            slices: Vec::new(),
            slices_writable: false,
            sabotage,
        }
    }

    /// The shards and the seq each has reached.
    pub fn shards(&self) -> impl Iterator<Item = (&Shard, u64)> {
        self.cores.iter().map(|core| (&core.shard, core.seq))
    }

    /// Nothing is journaled, held or out that storage does not have.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.flight.is_none()
            && self.held.is_empty()
            && self.cores.iter().all(|core| core.journal.is_empty())
    }

    fn accepts(&self) -> bool {
        let in_doubt = |flight: &Flight| flight.stage == Stage::InDoubt;
        !self.is_fenced && !self.flight.as_ref().is_some_and(in_doubt)
    }

    /// A request arrives; what may leave at once is returned.
    pub fn receive(&mut self, ask: Ask, now: i64) -> Option<Departure> {
        if self.is_fenced {
            return None;
        }
        if !self.accepts() {
            let busy = Seen::of(ResultCode::TOO_BUSY);
            return Some(Departure::Answer(ask, busy));
        }
        self.charge(ask, now + self.clock_ahead, (Evidence::Unasked, None))
    }

    /// `evidence`: what the database said, and the account it was asked about.
    fn charge(
        &mut self,
        ask: Ask,
        now: i64,
        (evidence, about): (Evidence, Option<Uuid>),
    ) -> Option<Departure> {
        let Some((shard, address)) = self.locate(&ask) else {
            let unknown = Seen::of(ResultCode::USER_UNKNOWN);
            return Some(Departure::Answer(ask, unknown));
        };
        let host = host_name(ask.host);
        let core = &mut self.cores[shard];
        let payer = core.shard.account_at(address.0).map(|account| account.id);
        let evidence = match evidence {
            Evidence::Debit { .. } if about != payer => Evidence::Nothing,
            other => other,
        };
        let request = ask.request(&host, address, now, evidence);
        let outcome = if self.sabotage == Sabotage::ForgottenAnswer && ask.kind == Kind::Debit {
            let renamed = format!("{}!{}", ask.session, core.journal.records());
            let mut other = request.clone();
            other.session = openmvno_charging::SessionRef::Named(&renamed);
            core.shard.charge(&other, now, &mut core.journal)
        } else {
            core.shard.charge(&request, now, &mut core.journal)
        };
        match outcome {
            Outcome::Immediate(answer) if answer.needs_evidence => {
                let payer = core.shard.account_at(address.0);
                let question = Question {
                    kind: ask.kind,
                    session: ask.session.clone(),
                    account: payer.map_or(Uuid::default(), |account| account.id),
                    refund_of: ask.refund_of,
                    correlation: ask.tag.clone(),
                };
                self.parked.push((ask, question));
                None
            }
            Outcome::Immediate(answer) => {
                let seen = Seen::from(&answer);
                Some(Departure::Answer(ask, seen))
            }
            Outcome::Held(answer) => {
                let departure = Departure::Answer(ask, Seen::from(&answer));
                if self.sabotage == Sabotage::EarlyAnswer {
                    return Some(departure);
                }
                let deadline = now + ANSWER_DEADLINE_MS;
                self.held.push(Held {
                    departure,
                    deadline,
                });
                None
            }
        }
    }

    /// Where a request belongs: its open session's line, else its subscriber's, be it that the same
    /// was answered where the line was before.
    fn locate(&self, ask: &Ask) -> Option<(usize, (u32, u16))> {
        if matches!(ask.kind, Kind::Update | Kind::Terminate) {
            let mut cores = self.cores.iter().enumerate();
            let open = cores.find_map(|(shard, core)| {
                let owner = core.shard.session_owner(&ask.session)?;
                Some((shard, owner))
            });
            if open.is_some() {
                return open;
            }
        }
        let places = self.places_of(catalogue::line_id(ask.account, ask.line));
        let answered = |&&(shard, ..): &&(usize, (u32, u16), u32)| {
            let known = &self.cores[shard].shard;
            known.has_answered(&ask.session, ask.kind, ask.number)
        };
        let latest = || places.iter().max_by_key(|(.., arrivals)| *arrivals);
        let place = places.iter().find(answered).or_else(latest)?;
        Some((place.0, place.1))
    }

    /// Where a line is or was: shard, account slot and ordinal, and how many times it had come to a
    /// payer by then.
    fn places_of(&self, line: Uuid) -> Vec<(usize, (u32, u16), u32)> {
        let mut found = Vec::new();
        for (shard, core) in self.cores.iter().enumerate() {
            for (slot, account) in (0u32..).zip(core.shard.accounts().iter()) {
                let mut lines = (0u16..).zip(&account.lines);
                if let Some((ordinal, known)) = lines.find(|(_, known)| known.id == line) {
                    found.push((shard, (slot, ordinal), known.arrivals()));
                }
            }
        }
        found
    }

    /// The database has answered the questions of parked requests.
    pub fn resume_parked(&mut self, storage: &Storage, now: i64) -> Vec<Departure> {
        if !self.accepts() {
            return Vec::new();
        }
        let parked = std::mem::take(&mut self.parked);
        let now = now + self.clock_ahead;
        parked
            .into_iter()
            .filter_map(|(ask, question)| {
                let evidence = storage.answer(&question);
                self.charge(ask, now, (evidence, Some(question.account)))
            })
            .collect()
    }

    /// Applies the command rows behind the last one applied, in order.
    pub fn take_commands(&mut self, storage: &Storage, now: i64) {
        if !self.accepts() {
            return;
        }
        let now = now + self.clock_ahead;
        for (number, core) in (0u16..).zip(&mut self.cores) {
            let from = (number, core.shard.command_seq() + 1);
            for (&(_, seq), json) in storage.commands.range(from..=(number, u64::MAX)) {
                let row = CommandRow {
                    seq,
                    id: command_id(number, seq),
                    json,
                };
                let journal = &mut core.journal;
                let (outcome, _) = core.shard.administer(row, &NoHolder, now, journal);
                self.held.push(Held {
                    departure: Departure::Outcome(number, seq, outcome.into()),
                    deadline: i64::MAX,
                });
            }
        }
    }

    /// A client announced itself with this Origin-State-Id.
    pub fn peer_state(&mut self, host: usize, state: u32, now: i64) {
        if self.accepts() {
            let now = now + self.clock_ahead;
            for core in &mut self.cores {
                let journal = &mut core.journal;
                core.shard.peer_state(&host_name(host), state, now, journal);
            }
        }
    }

    /// Timers; returns whether more is due.
    pub fn tick(&mut self, now: i64) -> bool {
        if !self.accepts() {
            return false;
        }
        let now = now + self.clock_ahead;
        (self.ticked_at, self.last_tick) = (self.ticked_at.max(now), now);
        let mut more = false;
        for core in &mut self.cores {
            more |= core.shard.tick(now, SESSIONS_PER_TICK, &mut core.journal);
        }
        more
    }

    /// Takes everything that waits as a batch, unless one is out; cuts a slice at it when `cut`.
    pub fn take(&mut self, cut: bool) {
        if self.is_fenced || self.flight.is_some() {
            return;
        }
        let mut rows = BatchRows::new();
        for (number, core) in (0u16..).zip(&mut self.cores) {
            if core.journal.is_empty() {
                continue;
            }
            core.seq += 1;
            core.shard.mark(core.seq);
            let payload = core.journal.take(Vec::new());
            rows.push((number, core.seq, self.sabotage.tamper(payload)));
        }
        if rows.is_empty() && self.held.is_empty() {
            return;
        }
        let stage = if rows.is_empty() {
            Stage::Durable
        } else {
            Stage::Taken
        };
        let has_rows = stage == Stage::Taken;
        self.flight = Some(Flight {
            rows,
            held: std::mem::take(&mut self.held),
            stage,
        });
        if cut && has_rows && self.slices.is_empty() {
            self.cut_slice();
        }
    }

    fn cut_slice(&mut self) {
        for (number, core) in (0u16..).zip(&mut self.cores) {
            if let Some((slice, payload)) = core.shard.next_slice(core.seq) {
                self.slices.push((number, slice, core.seq, payload));
            }
        }
        self.slices_writable = false;
    }

    /// Moves the batch that is out one step on: send, or read back what became of it.
    pub fn advance(&mut self, storage: &mut Storage, fate: Fate) {
        let Some(flight) = &mut self.flight else {
            return;
        };
        if self.is_fenced || flight.stage == Stage::Durable {
            return;
        }
        let verdict = match flight.stage {
            Stage::InDoubt => storage.read_back(self.owner, &flight.rows),
            _ => Verdict::SendAgain,
        };
        flight.stage = match verdict {
            Verdict::Durable => Stage::Durable,
            Verdict::SendAgain => match storage.send(self.owner, &flight.rows, fate) {
                Sent::Durable => Stage::Durable,
                Sent::Unknown => Stage::InDoubt,
            },
            Verdict::Fenced if self.sabotage == Sabotage::StubbornOwner => {
                for (shard, seq, _) in &mut flight.rows {
                    *seq = storage.last_seq(*shard) + 1;
                    self.cores[usize::from(*shard)].seq = *seq;
                }
                Stage::Taken
            }
            Verdict::Fenced => {
                self.is_fenced = true;
                Stage::InDoubt
            }
        };
        self.slices_writable |= flight.stage == Stage::Durable;
    }

    /// What the durable batch held leaves, unless its client has given up.
    pub fn release(&mut self, now: i64) -> Vec<Departure> {
        let durable = |flight: &mut Flight| flight.stage == Stage::Durable;
        let Some(flight) = self.flight.take_if(durable) else {
            return Vec::new();
        };
        let now = now + self.clock_ahead;
        let in_time = flight.held.into_iter().filter(|held| held.deadline >= now);
        in_time.map(|held| held.departure).collect()
    }

    /// Writes the slices that were cut, once the batch they were cut at is durable.
    pub fn write_slices(&mut self, storage: &mut Storage) {
        if self.slices_writable {
            for slice in self.slices.drain(..) {
                storage.write_slice(slice);
            }
            self.slices_writable = false;
        }
    }
}

/// The id of a command row.
fn command_id(shard: u16, seq: u64) -> Uuid {
    Uuid::time_ordered(1, shard, seq)
}

/// A shard from storage and the seq it has reached: from slices and the journal behind them, or
/// from the journal alone.
///
/// # Panics
/// When storage holds what cannot be read.
#[must_use]
pub fn restore(shape: Shape, storage: &Storage, shard: u16, slices: bool) -> (Shard, u64) {
    let mut restored = catalogue::blank_shard(shard, shape.accounts_per_slice);
    let mut reached = 0;
    if slices {
        let all = (shard, i32::MIN)..=(shard, i32::MAX);
        for (&(_, slice), (seq, payload)) in storage.slices.range(all) {
            if slice == META_SLICE {
                reached = *seq;
            }
            restored
                .restore_slice(slice, *seq, payload)
                .expect("slices read back");
        }
    }
    let from = restored.replay_floor() + 1;
    for (&(_, seq), row) in storage.journal.range((shard, from)..=(shard, u64::MAX)) {
        restored
            .replay(seq, &row.payload)
            .expect("journal rows read back");
        reached = reached.max(seq);
    }
    (restored, reached)
}
