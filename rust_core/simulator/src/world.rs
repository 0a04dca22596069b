//! One run from one seed: clients, network, engines, storage and clock, and the auditor beside them.

mod moves;
mod rest;

use crate::audit::{Auditor, Happened, Speaker, Verdict, Violation};
use crate::business::{command, opening_commands};
use crate::catalogue;
use crate::client::Clients;
use crate::engine::{Departure, Engine, Shape};
use crate::message::{Ask, shard_of_account};
use crate::random::Random;
use crate::sabotage::Sabotage;
use crate::storage::{Fate, Storage};
use std::collections::BTreeMap;

/// A client sets the T flag on whatever it repeats later than this.
const RETRANSMISSION_MS: i64 = 25_000;

/// A batch is never out for as long as answers are remembered: a jump of the clock beyond this
/// finds the engines idle (a host that sleeps loses its lease).
const IDLE_JUMP_MS: i64 = 10_000;

/// At most so much time passes at once: quotas of many hours, the validity of what was bought.
const LONG_JUMP_MS: i64 = 30 * 3_600_000;

/// A whole hour, at which quotas begin anew; runs start a little before it.
const HOUR: i64 = 1_700_002_800_000;

/// How much goes wrong in a run.
#[derive(Clone, Copy, Debug)]
struct Weather {
    /// Of commits, percent.
    commits: u64,
    /// Of messages, percent.
    network: u64,
    /// Of engines, per mille of steps.
    crashes: u64,
}

/// What a run came to.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Answers that left engines.
    pub answers: u64,
    /// Requests applied.
    pub applied: u64,
    /// Journal rows.
    pub rows: u64,
    /// Engines started.
    pub starts: u64,
    /// Engines that lost the journal to another.
    pub fenced: u64,
    /// Slices in storage.
    pub slices: u64,
    /// Restarts compared with memory.
    pub restarts: u64,
    /// Lines that came to another payer.
    pub moved: u64,
    /// Lines that came back, as they could not.
    pub returned: u64,
    /// What happened to buckets.
    pub buckets: Happened,
}

impl Summary {
    /// Adds another run's figures.
    pub fn add(&mut self, other: &Self) {
        self.answers += other.answers;
        self.applied += other.applied;
        self.rows += other.rows;
        self.starts += other.starts;
        self.fenced += other.fenced;
        self.slices += other.slices;
        self.restarts += other.restarts;
        self.moved += other.moved;
        self.returned += other.returned;
        self.buckets.add(&other.buckets);
    }
}

/// A run that broke a promise.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// The promise.
    pub violation: Violation,
    /// What happened until then.
    pub trace: Vec<String>,
}

struct World {
    random: Random,
    started: i64,
    now: i64,
    shape: Shape,
    accounts: usize,
    weather: Weather,
    storage: Storage,
    engines: Vec<(Engine, i64)>,
    owners: u64,
    clients: Clients,
    network: Vec<(i64, Ask)>,
    auditor: Auditor,
    sabotage: Sabotage,
    commands: u64,
    moves: Vec<moves::Move>,
    /// Lines that are not on the account they were opened on.
    payers: BTreeMap<(usize, usize), usize>,
    summary: Summary,
    trace: Option<Vec<String>>,
}

/// Runs a seed with an engine broken as told.
///
/// # Errors
/// The first promise that was broken, with the trace of the run.
pub fn run(seed: u64, sabotage: Sabotage) -> Result<Summary, Box<Failure>> {
    let mut world = World::new(seed, sabotage, false);
    let Err(violation) = world.play() else {
        return Ok(world.summary);
    };
    // The same again, this time written down.
    let mut again = World::new(seed, sabotage, true);
    let _ = again.play();
    Err(Box::new(Failure {
        seed,
        violation,
        trace: again.trace.unwrap_or_default(),
    }))
}

impl World {
    fn new(seed: u64, sabotage: Sabotage, traced: bool) -> Self {
        let mut random = Random::new(seed);
        let shape = Shape {
            shards: random.pick(&[1, 1, 2]),
            accounts_per_slice: random.pick(&[1, 2, 3]),
        };
        let accounts = 2 + random.index(5);
        let weather = Weather {
            commits: random.pick(&[0, 5, 20, 50]),
            network: random.pick(&[0, 5, 20]),
            crashes: random.pick(&[0, 10, 30, 80]),
        };
        let started = HOUR - random.between(0, 900_000);
        Self {
            random,
            started,
            now: started,
            shape,
            accounts,
            weather,
            storage: Storage::default(),
            engines: Vec::new(),
            owners: 0,
            clients: Clients::new(accounts),
            network: Vec::new(),
            auditor: Auditor::new(shape.shards),
            sabotage,
            commands: 0,
            moves: Vec::new(),
            payers: BTreeMap::new(),
            summary: Summary::default(),
            trace: traced.then(Vec::new),
        }
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        let now = self.now - self.started;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now:>8} ms  {}", what()));
        }
    }

    fn play(&mut self) -> Verdict {
        self.open_business();
        self.start_engine();
        self.settle()?;
        let steps = self.random.between(60, 180);
        for _ in 0..steps {
            self.step()?;
        }
        self.finish()
    }

    fn open_business(&mut self) {
        let version = self.random.pick(&[1, 1, 2]);
        for shard in 0..self.shape.shards {
            let tenant = catalogue::TENANT;
            let activate =
                format!(r#"{{"type":"activate_catalog","tenant":"{tenant}","version":{version}}}"#);
            self.storage.add_command(shard, activate);
        }
        for account in 0..self.accounts {
            let shard = shard_of_account(account, self.shape.shards);
            for json in opening_commands(&mut self.random, account) {
                self.storage.add_command(shard, json);
            }
        }
    }

    fn start_engine(&mut self) {
        self.owners += 1;
        let owner = self.owners;
        // Another host's clock, or the same one set anew.
        let ahead = self.random.between(-3_000, 3_000);
        let engine = Engine::start(
            owner,
            self.shape,
            &self.storage,
            self.now,
            ahead,
            self.sabotage,
        );
        self.engines.push((engine, 0));
        self.summary.starts += 1;
        self.note(|| format!("engine {owner} starts, clock {ahead:+} ms"));
    }

    fn step(&mut self) -> Verdict {
        self.pass_time()?;
        self.fail_something();
        for _ in 0..1 + self.random.below(3) {
            if let Some(ask) = self.clients.act(&mut self.random, self.now) {
                self.send(ask);
            }
        }
        if self.random.chance(20) {
            self.add_command();
        }
        if self.random.chance(4) {
            self.start_move();
        }
        self.carry_lines(50);
        if self.random.chance(2) {
            let raised = self.clients.raise_state(&mut self.random, self.now);
            if let Some((host, state)) = raised {
                self.raise_state(host, state);
            }
        }
        self.deliver()?;
        self.storage.land(self.now);
        for place in 0..self.engines.len() {
            if self.engines[place].1 <= self.now {
                self.run_engine(place)?;
            }
        }
        self.auditor.follow(&self.storage)?;
        for (engine, _) in &self.engines {
            self.auditor.memory(engine)?;
        }
        if self.random.chance(5) {
            self.compare_restart(false)?;
        }
        Ok(())
    }

    fn pass_time(&mut self) -> Verdict {
        let span = match self.random.below(1_000) {
            0..=1 => self.random.between(600_000, LONG_JUMP_MS),
            2..=19 => self.random.between(IDLE_JUMP_MS, 600_000),
            20..=99 => self.random.between(1_500, 9_000),
            _ => self.random.between(0, 900),
        };
        if span >= IDLE_JUMP_MS {
            self.settle()?;
            self.note(|| format!("{span} ms pass"));
        }
        self.now += span;
        if self.random.chance(1) && !self.engines.is_empty() {
            // A clock is set back; the shard's time stands still until it has caught up.
            let place = self.random.index(self.engines.len());
            self.engines[place].0.clock_ahead -= self.random.between(0, 5_000);
        }
        Ok(())
    }

    fn fail_something(&mut self) {
        let roll = self.random.below(1_000);
        if self.engines.is_empty() {
            if roll < 400 {
                self.start_engine();
            }
        } else if roll < self.weather.crashes {
            let place = self.random.index(self.engines.len());
            let (engine, _) = self.engines.swap_remove(place);
            self.note(|| format!("engine {} is killed", engine.owner));
        } else if roll < self.weather.crashes * 3 / 2 && self.engines.len() < 3 {
            if self.random.chance(70) {
                let until = self.now + self.random.between(0, 20_000);
                for engine in &mut self.engines {
                    engine.1 = until;
                }
            }
            self.start_engine();
        }
    }

    fn send(&mut self, mut ask: Ask) {
        ask.retransmitted |= self.now - ask.first_sent > RETRANSMISSION_MS;
        self.auditor.sent(&ask);
        if self.random.chance(self.weather.network) {
            self.note(|| format!("lost: {}", brief(&ask)));
            return;
        }
        let copies = 1 + u64::from(self.random.chance(self.weather.network));
        for _ in 0..copies {
            let delay = if self.random.chance(self.weather.network) {
                self.random.between(0, 8_000)
            } else {
                0
            };
            self.network.push((self.now + delay, ask.clone()));
        }
    }

    fn deliver(&mut self) -> Verdict {
        let (mut due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.network)
            .into_iter()
            .partition(|(due, _)| *due <= self.now);
        self.network = later;
        while !due.is_empty() {
            let (_, mut ask) = due.swap_remove(self.random.index(due.len()));
            if self.engines.is_empty() || self.clients.is_stale(&ask) {
                continue;
            }
            // A copy that comes late was kept by an agent, which sets the T flag (RFC 6733 §3).
            ask.retransmitted |= self.now - ask.first_sent > RETRANSMISSION_MS;
            let place = self.random.index(self.engines.len());
            if self.engines[place].1 > self.now {
                continue;
            }
            self.note(|| format!("arrives: {}", brief(&ask)));
            let departure = self.engines[place].0.receive(ask, self.now);
            self.depart(place, departure)?;
        }
        Ok(())
    }

    fn add_command(&mut self) {
        self.commands += 1;
        let payers = &self.payers;
        let payer_of = |account, line| payers.get(&(account, line)).copied().unwrap_or(account);
        let about = (self.commands, self.now);
        let (account, json) = command(&mut self.random, self.accounts, payer_of, about);
        let shard = shard_of_account(account, self.shape.shards);
        self.note(|| format!("command on shard {shard}: {json}"));
        self.storage.add_command(shard, json);
    }

    fn raise_state(&mut self, host: usize, state: u32) {
        self.note(|| format!("client {host} restarts with state {state}"));
        self.auditor.state_raised(host, self.now);
        for (engine, _) in &mut self.engines {
            engine.peer_state(host, state, self.now);
        }
    }

    fn fate(&mut self) -> Fate {
        if !self.random.chance(self.weather.commits) {
            return Fate::Commits;
        }
        match self.random.below(5) {
            0 | 1 => Fate::LostAfter,
            2 => Fate::LostBefore,
            3 => Fate::Fails,
            _ => Fate::LandsAt(self.now + self.random.between(0, 6_000)),
        }
    }

    /// Some of what an engine does between two moments, in the node's order.
    fn run_engine(&mut self, place: usize) -> Verdict {
        for part in 0..8u8 {
            if !self.random.chance(60) {
                continue;
            }
            let now = self.now;
            let engine = &mut self.engines[place].0;
            let mut departures = Vec::new();
            match part {
                0 => engine.take_commands(&self.storage, now),
                1 => departures = engine.resume_parked(&self.storage, now),
                2 => {
                    engine.tick(now);
                }
                3 | 5 => engine.take(part == 3),
                4 | 6 => {
                    let fate = self.fate();
                    let engine = &mut self.engines[place].0;
                    let was_fenced = engine.is_fenced;
                    engine.advance(&mut self.storage, fate);
                    let (owner, fenced) = (engine.owner, engine.is_fenced && !was_fenced);
                    self.summary.fenced += u64::from(fenced);
                    self.note(|| format!("engine {owner} commits: {fate:?}, fenced {fenced}"));
                }
                _ => engine.write_slices(&mut self.storage),
            }
            if matches!(part, 4 | 6 | 7) && self.random.chance(80) {
                departures.extend(self.engines[place].0.release(now));
            }
            for departure in departures {
                self.depart(place, Some(departure))?;
            }
        }
        Ok(())
    }

    fn depart(&mut self, place: usize, departure: Option<Departure>) -> Verdict {
        let engine = &self.engines[place].0;
        let speaker = Speaker {
            owner: engine.owner,
            is_fenced: engine.is_fenced,
        };
        match departure {
            None => Ok(()),
            Some(Departure::Outcome(shard, seq, outcome)) => {
                let row = (shard, seq);
                self.auditor
                    .command_done(speaker, row, &outcome, &self.storage)
            }
            Some(Departure::Answer(ask, seen)) => {
                self.note(|| format!("engine {} answers {}: {seen:?}", speaker.owner, brief(&ask)));
                let (storage, now) = (&self.storage, self.now);
                self.auditor.answered(speaker, &ask, &seen, storage, now)?;
                if !self.random.chance(self.weather.network) {
                    self.clients.hear(&ask, &seen, now);
                }
                Ok(())
            }
        }
    }
}

fn brief(ask: &Ask) -> String {
    let flag = if ask.retransmitted { " T" } else { "" };
    let units = ask.units.iter().map(|unit| {
        let group = unit.key.rating_group.unwrap_or(0);
        format!("[{group} {:?} used {:?}]", unit.requested, unit.used)
    });
    let units: String = units.collect();
    format!(
        "{:?} {} #{}{flag} account {} line {} {:?} {units}",
        ask.kind, ask.tag, ask.number, ask.account, ask.line, ask.service
    )
}
