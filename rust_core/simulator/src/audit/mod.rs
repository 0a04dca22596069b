//! An independent auditor: from what clients saw and from the durable journal, by its own
//! arithmetic, it says whether the engine kept its promises. It shares no code with charging or
//! rating beyond reading answers and journal rows.

mod account;
mod book;
mod bucket;
mod commands;
mod events;
mod fold;
mod happened;
mod memory;
mod offer;
mod price;
mod requests;
mod settle;
mod stock;
mod travel;
mod turns;
mod violation;
mod walk;

pub use happened::Happened;
pub use violation::{Rule, Verdict, Violation};

use crate::message::{Ask, Key, Seen, shard_of_account};
use crate::storage::Storage;
use book::{Applied, Book};
use fold::Wanted;
use openmvno_charging::{Kind, ResultCode};
use std::cell::RefCell;
use std::collections::BTreeMap;
use travel::Travelling;
use violation::check;

/// Within this time of its first sending, a request's answer must still be remembered.
const REMEMBERED_MS: i64 = 50_000;

/// Who answers, as far as the auditor is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speaker {
    /// Its name in the journal.
    pub owner: u64,
    /// It knows that it lost the journal.
    pub is_fenced: bool,
}

/// The auditor of one run.
#[derive(Debug, Default)]
pub struct Auditor {
    shards: u16,
    books: Vec<Book>,
    followed: usize,
    asked: BTreeMap<Key, Vec<Ask>>,
    acknowledged: BTreeMap<Key, Seen>,
    /// The highest number sent of each session.
    highest: BTreeMap<(String, String), u32>,
    /// When a client last announced a higher Origin-State-Id.
    raised: BTreeMap<usize, i64>,
    /// What lines that are on their way from one payer to another bring along.
    travelling: RefCell<Travelling>,
    /// The book that a request stands in.
    places: BTreeMap<Key, usize>,
    /// Answers checked.
    pub answers: u64,
}

impl Auditor {
    /// For an installation of so many shards.
    #[must_use]
    pub fn new(shards: u16) -> Self {
        Self {
            shards,
            books: (0..shards).map(|_| Book::default()).collect(),
            ..Self::default()
        }
    }

    /// A client sends a request, for the first time or again.
    pub fn sent(&mut self, ask: &Ask) {
        let session = (ask.session.clone(), ask.tag.clone());
        let highest = self.highest.entry(session).or_default();
        *highest = (*highest).max(ask.number);
        let asks = self.asked.entry(ask.key()).or_default();
        if !asks.iter().any(|known| known.is_same_content(ask)) {
            asks.push(ask.clone());
        }
    }

    /// A client announced a higher Origin-State-Id.
    pub fn state_raised(&mut self, host: usize, now: i64) {
        self.raised.insert(host, now);
    }

    /// Reads the journal rows that became durable.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn follow(&mut self, storage: &Storage) -> Verdict {
        while let Some(&(shard, seq)) = storage.order.get(self.followed) {
            self.followed += 1;
            let wanted = Wanted {
                asked: &self.asked,
                commands: &storage.commands,
                shard,
                travelling: &self.travelling,
            };
            let row = &storage.journal[&(shard, seq)];
            self.books[usize::from(shard)].fold(seq, row, &wanted)?;
            self.check_once(usize::from(shard))?;
        }
        Ok(())
    }

    /// What a book has newly applied stands in no other: the line may have come from there.
    fn check_once(&mut self, place: usize) -> Verdict {
        for key in std::mem::take(&mut self.books[place].fresh) {
            let before = self.places.insert(key.clone(), place);
            let other = before.filter(|&other| other != place);
            let known = other.and_then(|other| self.books[other].applied.get(&key));
            check(
                known.is_none_or(|known| known.anew_from.is_some()),
                Rule::ExactlyOnce,
                || format!("{key:?} is applied for another payer again"),
            )?;
        }
        Ok(())
    }

    /// The book that a request stands in, or may come to stand in.
    fn book_of(&self, key: &Key, ask: &Ask) -> &Book {
        let home = || usize::from(shard_of_account(ask.account, self.shards));
        &self.books[self.places.get(key).copied().unwrap_or_else(home)]
    }

    /// The durable outcome of a command.
    #[must_use]
    pub fn outcome(&self, (shard, seq): (u16, u64)) -> Option<&str> {
        let outcome = self.books[usize::from(shard)].outcomes.get(&seq);
        outcome.map(|outcome| &**outcome)
    }

    /// No line is between two payers.
    ///
    /// # Errors
    /// [`Rule::Commands`].
    pub fn nothing_under_way(&self) -> Verdict {
        let travelling = self.travelling.borrow();
        check(travelling.is_empty(), Rule::Commands, || {
            format!("in no place at the end: {travelling:?}")
        })
    }

    /// An answer leaves an engine.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn answered(
        &mut self,
        speaker: Speaker,
        ask: &Ask,
        seen: &Seen,
        storage: &Storage,
        now: i64,
    ) -> Verdict {
        self.follow(storage)?;
        self.answers += 1;
        check(!speaker.is_fenced, Rule::Ownership, || {
            format!("{} answers although it lost the journal", speaker.owner)
        })?;
        let key = ask.key();
        let book = self.book_of(&key, ask);
        let applied = book.applied.get(&key);
        let moves = !matches!(ask.kind, Kind::CheckBalance | Kind::PriceEnquiry);
        if moves && seen.result == ResultCode::SUCCESS.0 {
            check_success(&key, ask, seen, applied)?;
            let known = self.acknowledged.entry(key);
            known.or_insert_with(|| seen.clone());
            return Ok(());
        }
        if moves && speaker.owner == book.owner && seen.result != ResultCode::TOO_BUSY.0 {
            self.check_refusal(&key, ask, seen, applied, now)?;
        }
        Ok(())
    }

    /// A refusal is right only when the same request was not answered otherwise, or too long ago.
    fn check_refusal(
        &self,
        key: &Key,
        ask: &Ask,
        seen: &Seen,
        applied: Option<&Applied>,
        now: i64,
    ) -> Verdict {
        let (Some(applied), Some(acknowledged)) = (applied, self.acknowledged.get(key)) else {
            return Ok(());
        };
        let sent = self.asked[key].first().map_or(now, |ask| ask.first_sent);
        let is_young = now - sent < REMEMBERED_MS;
        let session = (ask.session.clone(), ask.tag.clone());
        let is_last = self.highest.get(&session) == Some(&ask.number);
        let book = self.book_of(key, ask);
        let is_lost = self.raised.contains_key(&ask.host) || book.aborted.contains(&session);
        let must_know = match ask.kind {
            Kind::Initial | Kind::Update => is_last && !is_lost,
            _ => true,
        };
        let first = &applied.content;
        if (&first.units, first.per_service) != (&ask.units, ask.per_service) {
            let right = [
                ResultCode::INVALID_AVP_VALUE,
                ResultCode::UNKNOWN_SESSION_ID,
            ];
            let refused = !is_young || right.iter().any(|code| code.0 == seen.result);
            return check(refused, Rule::OtherContentRefused, || {
                format!("{key:?} with other content: {seen:?}")
            });
        }
        check(
            !(is_young && must_know) || seen == acknowledged,
            Rule::SameAnswer,
            || format!("{key:?} was answered {acknowledged:?}, now {seen:?}"),
        )
    }

    /// The outcome of a command leaves an engine.
    ///
    /// # Errors
    /// The first promise that was broken.
    pub fn command_done(
        &mut self,
        speaker: Speaker,
        (shard, seq): (u16, u64),
        outcome: &str,
        storage: &Storage,
    ) -> Verdict {
        self.follow(storage)?;
        check(!speaker.is_fenced, Rule::Ownership, || {
            format!("{} answers although it lost the journal", speaker.owner)
        })?;
        let known = self.books[usize::from(shard)].outcomes.get(&seq);
        check(
            known.is_some_and(|known| known == outcome),
            Rule::DurableBeforeAnswer,
            || format!("command {seq} answered {outcome}, the journal has {known:?}"),
        )
    }

    /// Every command row was applied.
    ///
    /// # Errors
    /// [`Rule::Commands`].
    pub fn all_commands_done(&self, storage: &Storage) -> Verdict {
        let done: usize = self.books.iter().map(|book| book.outcomes.len()).sum();
        check(done == storage.commands.len(), Rule::Commands, || {
            format!("{done} of {} commands are done", storage.commands.len())
        })
    }

    /// Requests that the durable journal holds.
    #[must_use]
    pub fn applied(&self) -> usize {
        self.books.iter().map(|book| book.applied.len()).sum()
    }

    /// What happened to buckets.
    #[must_use]
    pub fn happened(&self) -> Happened {
        let mut all = Happened::default();
        for book in &self.books {
            all.add(&book.happened);
        }
        all
    }

    /// Every acknowledged charge is in the journal: it was when the answer left, and stays.
    ///
    /// # Errors
    /// [`Rule::ExactlyOnce`].
    pub fn all_acknowledged_durable(&self) -> Verdict {
        for key in self.acknowledged.keys() {
            let mut holders = self.books.iter();
            let held = holders.any(|book| book.applied.contains_key(key));
            check(held, Rule::ExactlyOnce, || format!("{key:?} is lost"))?;
        }
        Ok(())
    }
}

/// Success means: in the journal, with this content and this answer.
fn check_success(key: &Key, ask: &Ask, seen: &Seen, applied: Option<&Applied>) -> Verdict {
    let Some(applied) = applied else {
        return check(false, Rule::DurableBeforeAnswer, || {
            format!("{key:?} is acknowledged and not in the journal")
        });
    };
    // A debit that only its CDR remembers is acknowledged without details, whatever it says.
    if ask.kind == Kind::Debit && *seen == Seen::of(ResultCode::SUCCESS) {
        return Ok(());
    }
    let first = &applied.content;
    let same = (&first.units, first.per_service, first.refund_of)
        == (&ask.units, ask.per_service, ask.refund_of);
    check(same, Rule::OtherContentRefused, || {
        format!("{key:?} was applied with other content: {first:?}")
    })?;
    check(same_answer(seen, &applied.seen), Rule::SameAnswer, || {
        format!("{key:?} answered {seen:?}, journaled {:?}", applied.seen)
    })
}

/// The same, as far as a door shows it: costs are not shown for sessions.
fn same_answer(seen: &Seen, journaled: &Seen) -> bool {
    let cost = seen.cost.is_none() || seen.cost == journaled.cost;
    let cdr = seen.cdr.is_none() || seen.cdr == journaled.cdr;
    cost && cdr && (seen.result, &seen.units) == (journaled.result, &journaled.units)
}
