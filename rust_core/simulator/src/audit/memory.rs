//! Memory against the books, and a restart against memory.

use super::Auditor;
use super::bucket::Bucket;
use super::stock::Stock;
use super::violation::{Rule, Verdict, check};
use crate::engine::{Engine, Shape, restore};
use crate::storage::Storage;
use openmvno_charging::{
    Account, Cause, JournalReader, JournalWriter, OverrunPolicy, Payer, Session, Shard,
};
use std::collections::{BTreeMap, BTreeSet};

impl Auditor {
    /// What must hold in memory at any moment and, when nothing waits, that it equals the books.
    ///
    /// # Errors
    /// The first promise that does not hold.
    pub fn memory(&self, engine: &Engine) -> Verdict {
        for ((shard, _), book) in engine.shards().zip(&self.books) {
            check_shard(shard)?;
            if !engine.is_quiet() || engine.owner != book.owner {
                continue;
            }
            let in_memory = shard.accounts().iter().map(|account| {
                let sessions = account.open.len();
                (account.id, account.balance, account.reserved, sessions)
            });
            let in_books = book.accounts.iter().map(|account| {
                let sessions = account.sessions.len();
                (account.id, account.balance, account.reserved, sessions)
            });
            let (in_memory, in_books): (Vec<_>, Vec<_>) = (in_memory.collect(), in_books.collect());
            check(in_memory == in_books, Rule::Memory, || {
                format!("memory has {in_memory:?}, the books {in_books:?}")
            })?;
            for (account, known) in shard.accounts().iter().zip(&book.accounts) {
                let in_memory = stock_of(account);
                check(in_memory == known.stock, Rule::Memory, || {
                    format!("memory has {in_memory:?}, the books {:?}", known.stock)
                })?;
            }
        }
        Ok(())
    }

    /// A restart gives what a quiet engine has in memory: from the journal alone and from slices
    /// and the journal behind them. When the engine has `ticked`, remembered answers and timers are
    /// compared as well.
    ///
    /// # Errors
    /// The first difference.
    pub fn restart(
        &self,
        engine: &Engine,
        shape: Shape,
        storage: &Storage,
        ticked: bool,
    ) -> Verdict {
        for (number, (live, seq)) in (0u16..).zip(engine.shards()) {
            for slices in [false, true] {
                let (mut restored, reached) = restore(shape, storage, number, slices);
                check(reached == seq, Rule::Rebuild, || {
                    format!("restored up to {reached}, memory is at {seq}")
                })?;
                compare(live, &restored, slices)?;
                let mut scratch = JournalWriter::default();
                if ticked {
                    while restored.tick(engine.last_tick, usize::MAX, &mut scratch) {}
                    let due = timers(&scratch.take(Vec::new()));
                    check(due.is_empty(), Rule::Rebuild, || {
                        format!("a restored shard has timers due that memory has not: {due:?}")
                    })?;
                    while restored.tick(engine.ticked_at, usize::MAX, &mut scratch) {}
                    let remembered = (live.gauges().2, restored.gauges().2);
                    check(remembered.0 == remembered.1, Rule::Rebuild, || {
                        format!(
                            "answers remembered (memory, restored): {remembered:?}; slices {slices}"
                        )
                    })?;
                }
            }
        }
        Ok(())
    }

    /// All sessions are over: nothing is held.
    ///
    /// # Errors
    /// [`Rule::NoLeak`].
    pub fn nothing_held(&self, engine: &Engine) -> Verdict {
        for (shard, _) in engine.shards() {
            let (sessions, reserved, _, _) = shard.gauges();
            check((sessions, reserved) == (0, 0), Rule::NoLeak, || {
                format!("{sessions} sessions are open and {reserved} is held at the end")
            })?;
        }
        for account in self.books.iter().flat_map(|book| &book.accounts) {
            check(account.reserved == 0, Rule::NoLeak, || {
                format!("{} holds {} at the end", account.id, account.reserved)
            })?;
            for bucket in &account.stock.buckets {
                check(bucket.reserved == 0, Rule::NoLeak, || {
                    format!("held at the end: {bucket:?}")
                })?;
                let due = bucket.until <= engine.ticked_at;
                check(!due, Rule::Buckets, || {
                    format!("its time is over: {bucket:?}")
                })?;
            }
        }
        Ok(())
    }
}

/// What timers did. A session that came late, with an Origin-State-Id of the past, may be closed by a
/// restart, and what it held of a bucket whose time is over with it; any other timer is none of that.
fn timers(payload: &[u8]) -> Vec<String> {
    let mut swept = BTreeSet::new();
    let mut due = Vec::new();
    for record in JournalReader::new(payload).into_iter().flatten().flatten() {
        match record.cause {
            Cause::PeerRestarted => {
                swept.insert(record.account);
            }
            Cause::Timer if !swept.contains(&record.account) => due.push(format!("{record:?}")),
            _ => {}
        }
    }
    due
}

/// Buckets and volumes in memory, in the books' words.
fn stock_of(account: &Account) -> Stock {
    let volumes = account.counters.iter().map(|counter| {
        let key = (counter.code.as_ref().to_owned(), counter.line);
        (key, (counter.used, counter.until))
    });
    Stock {
        buckets: account.buckets.iter().map(Bucket::from).collect(),
        volumes: volumes.collect(),
        next: account.next_bucket,
    }
}

/// What open sessions hold, by account and payer.
fn holds(shard: &Shard) -> BTreeMap<(u32, Payer), i64> {
    let mut all = BTreeMap::new();
    for session in shard.sessions() {
        for hold in session.units.iter().flat_map(|units| &units.holds) {
            *all.entry((session.account, hold.payer)).or_default() += hold.amount;
        }
    }
    all
}

fn check_shard(shard: &Shard) -> Verdict {
    let mut total = 0;
    let mut holds = holds(shard);
    for (slot, account) in (0u32..).zip(shard.accounts().iter()) {
        let held = holds.remove(&(slot, Payer::Balance)).unwrap_or(0);
        total += held;
        let covered = account.balance + account.credit_limit;
        let debt = account.overrun == OverrunPolicy::Debt;
        check(account.reserved == held, Rule::Holds, || {
            format!(
                "{}: {} reserved, sessions hold {held}",
                account.id, account.reserved
            )
        })?;
        check(debt || held <= covered, Rule::Holds, || {
            format!("{}: {held} held of {covered}", account.id)
        })?;
        check(debt || covered >= 0, Rule::Money, || {
            format!("{}: balance {}", account.id, account.balance)
        })?;
        for bucket in &account.buckets {
            let payer = Payer::Bucket(bucket.id);
            let held = holds.remove(&(slot, payer)).unwrap_or(0);
            check(bucket.reserved == held, Rule::Holds, || {
                format!("sessions hold {held} of {bucket:?}")
            })?;
            Bucket::from(bucket).check()?;
        }
    }
    check(holds.is_empty(), Rule::Holds, || {
        format!("held of payers that are gone: {holds:?}")
    })?;
    check(shard.gauges().1 == total, Rule::Holds, || {
        format!("the gauge says {} held, it is {total}", shard.gauges().1)
    })
}

fn compare(live: &Shard, restored: &Shard, slices: bool) -> Verdict {
    let without_places = |shard: &Shard| -> Vec<Account> {
        let blank = |account: &Account| Account {
            open: account
                .open
                .iter()
                .map(|&(ordinal, _)| (ordinal, 0))
                .collect(),
            ..account.clone()
        };
        shard.accounts().iter().map(blank).collect()
    };
    let in_order = |shard: &Shard| -> Vec<Session> {
        let mut all: Vec<_> = shard.sessions().cloned().collect();
        all.sort_by_key(|session| (session.account, session.ordinal));
        // The number of a client in the shard's list depends on who came first.
        all.iter_mut().for_each(|session| session.origin_host = 0);
        all
    };
    for (left, right) in without_places(live).iter().zip(&without_places(restored)) {
        check(left == right, Rule::Rebuild, || {
            format!("slices {slices}: {left:?}\n  restored {right:?}")
        })?;
    }
    for (left, right) in in_order(live).iter().zip(&in_order(restored)) {
        check(left == right, Rule::Rebuild, || {
            format!("slices {slices}: {left:?}\n  restored {right:?}")
        })?;
    }
    let counts = |shard: &Shard| {
        let (sessions, reserved, _, accounts) = shard.gauges();
        let turns = shard.catalog_turns(crate::catalogue::TENANT);
        (sessions, reserved, accounts, shard.command_seq(), turns)
    };
    check(counts(live) == counts(restored), Rule::Rebuild, || {
        format!(
            "slices {slices}: {:?}, restored {:?}",
            counts(live),
            counts(restored)
        )
    })
}
