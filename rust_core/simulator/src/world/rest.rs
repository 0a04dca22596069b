//! Coming to rest: what is under way ends, restarts are compared, sessions run out.

use super::{Weather, World};
use crate::audit::Verdict;
use crate::storage::Fate;

impl World {
    /// Good weather until one engine has nothing left to do; others are found out and stop.
    pub(super) fn settle(&mut self) -> Verdict {
        let weather = self.weather;
        self.weather = Weather {
            commits: 0,
            network: 0,
            crashes: 0,
        };
        self.now += 10;
        for (_, frozen_until) in &mut self.engines {
            *frozen_until = 0;
        }
        self.storage.land(i64::MAX);
        loop {
            for place in 0..self.engines.len() {
                self.drain(place)?;
            }
            self.engines.retain(|(engine, _)| !engine.is_fenced);
            if !self.engines.is_empty() {
                break;
            }
            self.start_engine();
        }
        self.auditor.follow(&self.storage)?;
        self.weather = weather;
        Ok(())
    }

    /// Lets an engine finish what it has.
    fn drain(&mut self, place: usize) -> Verdict {
        loop {
            let now = self.now;
            let (engine, storage) = (&mut self.engines[place].0, &mut self.storage);
            let mut departures = engine.release(now);
            engine.take_commands(storage, now);
            departures.extend(engine.resume_parked(storage, now));
            let more = engine.tick(now);
            engine.take(true);
            engine.advance(storage, Fate::Commits);
            let was_fenced = engine.is_fenced;
            departures.extend(engine.release(now));
            engine.write_slices(storage);
            let done = was_fenced || (engine.is_quiet() && !more);
            for departure in departures {
                self.depart(place, Some(departure))?;
            }
            if done {
                return Ok(());
            }
        }
    }

    /// Compares restarts with the memory of an engine that has nothing under way.
    pub(super) fn compare_restart(&mut self, ticked: bool) -> Verdict {
        for (engine, _) in &self.engines {
            let mut reached = engine.shards().zip(0u16..);
            let is_owner = reached.all(|((_, seq), shard)| seq == self.storage.last_seq(shard));
            if engine.is_quiet() && !engine.is_fenced && is_owner {
                self.summary.restarts += 1;
                self.auditor
                    .restart(engine, self.shape, &self.storage, ticked)?;
            }
        }
        Ok(())
    }

    pub(super) fn finish(&mut self) -> Verdict {
        self.note(|| "the end: everything comes to rest".into());
        self.settle()?;
        while self.carry_lines(100) {
            self.settle()?;
        }
        self.deliver()?;
        self.settle()?;
        self.compare_restart(true)?;
        // Once more after a clean restart, and again after a second one.
        for _ in 0..2 {
            self.engines.clear();
            self.now += self.random.between(0, 20_000);
            self.start_engine();
            self.settle()?;
            self.compare_restart(true)?;
        }
        // Longer than Tcc and the late window: every session that is still open is given up.
        for _ in 0..3 {
            self.now += 200_000;
            self.settle()?;
        }
        self.compare_restart(true)?;
        for (engine, _) in &self.engines {
            self.auditor.memory(engine)?;
            self.auditor.nothing_held(engine)?;
        }
        self.auditor.all_commands_done(&self.storage)?;
        self.auditor.nothing_under_way()?;
        self.auditor.all_acknowledged_durable()?;
        self.summary.answers = self.auditor.answers;
        self.summary.applied = self.auditor.applied() as u64;
        self.summary.buckets = self.auditor.happened();
        self.summary.rows = self.storage.order.len() as u64;
        self.summary.slices = self.storage.slices.len() as u64;
        Ok(())
    }
}
