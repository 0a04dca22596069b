//! Memory against the books, and a restart against memory.

use super::Auditor;
use super::violation::{Rule, Verdict, check};
use crate::engine::{Engine, Shape, restore};
use crate::storage::Storage;
use openmvno_charging::{
    Account, Cause, JournalReader, JournalWriter, OverrunPolicy, Session, Shard,
};

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
        }
        Ok(())
    }

    /// A restart gives what a quiet engine has in memory: from the journal alone and from slices
    /// and the journal behind them. When the engine has `ticked` at `now`, remembered answers and
    /// timers are compared as well.
    ///
    /// # Errors
    /// The first difference.
    pub fn restart(
        &self,
        engine: &Engine,
        shape: Shape,
        storage: &Storage,
        ticked: Option<i64>,
    ) -> Verdict {
        for (number, (live, seq)) in (0u16..).zip(engine.shards()) {
            for slices in [false, true] {
                let (mut restored, reached) = restore(shape, storage, number, slices);
                check(reached == seq, Rule::Rebuild, || {
                    format!("restored up to {reached}, memory is at {seq}")
                })?;
                compare(live, &restored, slices)?;
                let mut scratch = JournalWriter::default();
                if let Some(now) = ticked {
                    while restored.tick(now, usize::MAX, &mut scratch) {}
                    check(!has_timer(&scratch.take(Vec::new())), Rule::Rebuild, || {
                        "a restored shard has timers due that memory has not".into()
                    })?;
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
        }
        Ok(())
    }
}

/// A session that came late, with an Origin-State-Id of the past, may be closed by a restart; its
/// timer is no other.
fn has_timer(payload: &[u8]) -> bool {
    let records = JournalReader::new(payload).into_iter().flatten().flatten();
    records
        .into_iter()
        .any(|record| matches!(record.cause, Cause::Timer))
}

fn check_shard(shard: &Shard) -> Verdict {
    let mut total = 0;
    for (slot, account) in (0u32..).zip(shard.accounts().iter()) {
        let sessions = shard.sessions().filter(|session| session.account == slot);
        let held: i64 = sessions
            .flat_map(|session| &session.units)
            .flat_map(|units| &units.holds)
            .map(|hold| hold.amount)
            .sum();
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
    }
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
