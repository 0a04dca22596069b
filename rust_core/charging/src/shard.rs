//! A shard: the state machine's memory and the doors to it.

use crate::account::Account;
use crate::answer::Answer;
use crate::bucket::FOREVER;
use crate::cdr::CdrCause;
use crate::clock::Millis;
use crate::codes::Codes;
use crate::decide::Decision;
use crate::effect::{Cause, Effect, Record, into_state};
use crate::id::Uuid;
use crate::journal::{JournalError, JournalReader, JournalWriter, RecordParts};
use crate::order::Order;
use crate::paged::Paged;
use crate::periods::DUE_ORDINAL;
use crate::request::{Kind, Request};
use crate::session::Session;
use crate::snapshot::{ACCOUNTS_PER_SLICE, SnapshotPass};
use crate::tombstone::Tombstones;
use crate::versions::Versions;
use hashbrown::{HashMap, HashTable};
use openmvno_rating::Catalog;
use smallvec::smallvec;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

/// Bounds of a shard's memory. A full one refuses new sessions with 3004; it never forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open sessions and remembered answers together.
    pub sessions_and_answers: usize,
    /// Units named in one request.
    pub units_per_request: usize,
    /// Rating groups in one session.
    pub units_per_session: usize,
    /// Accounts in one snapshot slice; the same for the life of an installation.
    pub accounts_per_slice: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions_and_answers: 2_000_000,
            units_per_request: 64,
            units_per_session: 256,
            accounts_per_slice: ACCOUNTS_PER_SLICE,
        }
    }
}

/// Clients a shard can tell apart.
const PEERS_MAX: usize = 10_000;

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Applied, or applied before: the answer may leave once everything journaled so far is
    /// durable.
    Held(Answer),
    /// Nothing changed: the answer may leave at once.
    Immediate(Answer),
}

#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: Uuid,
    pub(crate) versions: Versions,
    pub(crate) catalogs: HashMap<u64, Arc<Catalog>>,
}

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) host: Box<str>,
    /// Empty until one of its sessions opens.
    pub(crate) realm: Box<str>,
    pub(crate) state: u32,
}

/// One shard of the charging engine.
#[derive(Debug)]
pub struct Shard {
    pub(crate) id: u16,
    pub(crate) limits: Limits,
    pub(crate) clock: Millis,
    pub(crate) command_seq: u64,
    pub(crate) cdr_counter: u64,
    pub(crate) tenants: Vec<Tenant>,
    /// When the next catalogue version of any tenant comes into force.
    pub(crate) next_turn: Millis,
    pub(crate) peers: Vec<Peer>,
    pub(crate) codes: Codes,
    pub(crate) accounts: Paged<Account>,
    pub(crate) account_index: HashTable<u32>,
    pub(crate) sessions: Paged<Option<Session>>,
    pub(crate) vacant: Vec<u32>,
    pub(crate) session_index: HashTable<u32>,
    pub(crate) tombstones: Tombstones,
    pub(crate) timers: BinaryHeap<Reverse<(Millis, u32, u32)>>,
    pub(crate) sweeps: VecDeque<(u16, u32)>,
    pub(crate) orders: Vec<Order>,
    /// Tenants whose catalogue changed: index, and the slot of the session to look at next.
    pub(crate) catalog_sweeps: VecDeque<(u16, usize)>,
    pub(crate) reserved: i64,
    pub(crate) snapshots: SnapshotPass,
}

impl Shard {
    /// An empty shard.
    #[must_use]
    pub fn new(id: u16, limits: Limits) -> Self {
        Self {
            id,
            limits,
            clock: 0,
            command_seq: 0,
            cdr_counter: 0,
            tenants: Vec::new(),
            next_turn: FOREVER,
            peers: Vec::new(),
            codes: Codes::default(),
            accounts: Paged::default(),
            account_index: HashTable::new(),
            sessions: Paged::default(),
            vacant: Vec::new(),
            session_index: HashTable::new(),
            tombstones: Tombstones::default(),
            timers: BinaryHeap::new(),
            sweeps: VecDeque::new(),
            orders: Vec::new(),
            catalog_sweeps: VecDeque::new(),
            reserved: 0,
            snapshots: SnapshotPass::new(limits.accounts_per_slice),
        }
    }

    /// Keeps a compiled catalogue version that activations, sessions and snapshots may name.
    pub fn load_catalog(&mut self, tenant: Uuid, version: u64, catalog: Arc<Catalog>) {
        let tenant = self.tenant_index(tenant);
        self.tenants[usize::from(tenant)]
            .catalogs
            .insert(version, catalog);
    }

    /// Decides one request, journals it and applies what was journaled.
    pub fn charge(
        &mut self,
        request: &Request<'_>,
        now: Millis,
        journal: &mut JournalWriter,
    ) -> Outcome {
        let now = now.max(self.clock);
        self.turn_catalogs(now, journal);
        self.settle_due(request.account, now, journal);
        let slot = request.account;
        let account = Some(slot);
        let (place, cause, effects, answer) = match self.decide(request, now) {
            Decision::Immediate(answer) => return Outcome::Immediate(answer),
            Decision::Repeat(answer) => return Outcome::Held(answer),
            Decision::Apply {
                session,
                mut effects,
                answer,
            } => {
                self.add_notices(slot, now, &mut effects);
                let cause = Cause::Request(request.as_journaled(session));
                let place = journal.append_parts(&RecordParts {
                    now,
                    account,
                    cause: &cause,
                    effects: &effects,
                });
                (place, cause, into_state(effects), answer)
            }
        };
        let Some(effects) = effects else {
            // Rare effects with words of their own: applied as recovery would.
            self.absorb_written(journal, place);
            return Outcome::Held(answer);
        };
        let record = Record {
            now,
            account,
            cause,
            effects,
        };
        debug_assert_eq!(Self::state_of_written(journal, place), Some(record.clone()));
        self.absorb(&record, Scope::EVERYTHING);
        Outcome::Held(answer)
    }

    /// What recovery would apply of the record just written.
    fn state_of_written(
        journal: &JournalWriter,
        place: std::ops::Range<usize>,
    ) -> Option<Record<'_>> {
        match postcard::from_bytes::<Record<'_>>(&journal.bytes()[place]) {
            Ok(record) => record.into_state(),
            // Our own encoder wrote these bytes a moment ago; carrying on would lose money.
            Err(error) => panic!("a journal record does not read back: {error}"),
        }
    }

    /// Applies the record just written, from its bytes: what happens but once in a session or for
    /// a command need not be quick.
    pub(crate) fn absorb_written(
        &mut self,
        journal: &JournalWriter,
        place: std::ops::Range<usize>,
    ) {
        match postcard::from_bytes::<Record<'_>>(&journal.bytes()[place]) {
            Ok(record) => self.absorb(&record, Scope::EVERYTHING),
            // Our own encoder wrote these bytes a moment ago; carrying on would lose money.
            Err(error) => panic!("a journal record does not read back: {error}"),
        }
    }

    /// Applies the effects of a journal row, skipping what the restored slices already hold.
    ///
    /// # Errors
    /// [`JournalError`] when the payload cannot be read.
    pub fn replay(&mut self, seq: u64, payload: &[u8]) -> Result<u64, JournalError> {
        self.replay_noting(seq, payload, |_, _, _| ())
    }

    /// The same, telling `note` of every account that a command changes, before and after.
    ///
    /// # Errors
    /// [`JournalError`] when the payload cannot be read.
    pub fn replay_noting(
        &mut self,
        seq: u64,
        payload: &[u8],
        mut note: impl FnMut(&Self, u32, Noted),
    ) -> Result<u64, JournalError> {
        let mut count = 0;
        for record in JournalReader::new(payload)? {
            let record = record?;
            let scope = self.snapshots.scope_of(seq, record.account);
            let commanded = matches!(record.cause, Cause::Command { .. });
            let changed = record.account.filter(|_| commanded);
            if let Some(slot) = changed {
                note(self, slot, Noted::Before);
            }
            self.absorb(&record, scope);
            if let Some(slot) = changed {
                note(self, slot, Noted::After);
            }
            count += 1;
        }
        // The next snapshot's replay must reach back to the answers this one brought along.
        self.mark(seq);
        Ok(count)
    }

    /// Recovery is over: this engine owns the shard now. Open sessions get the outage on top of
    /// their deadlines, so that it does not expire them in bulk.
    pub fn begin(&mut self, owner: u64, now: Millis, journal: &mut JournalWriter) {
        let gap = if self.clock == 0 {
            0
        } else {
            (now - self.clock).max(0)
        };
        let record = Record {
            now: now.max(self.clock),
            account: None,
            cause: Cause::Owner(owner),
            effects: smallvec![Effect::DeadlinesMoved { by: gap }],
        };
        let place = journal.append(&record);
        self.absorb_written(journal, place);
        self.snapshots.start_over();
        self.order_aborts_again();
        self.sweeps = (0..self.peers.len())
            .filter_map(|peer| Some((u16::try_from(peer).ok()?, 0)))
            .collect();
    }

    /// A client announced itself with an Origin-State-Id; a higher one than before means it lost
    /// its older sessions (RFC 6733 §8.16), which are then closed in slices by [`Shard::tick`].
    pub fn peer_state(&mut self, host: &str, state: u32, now: Millis, journal: &mut JournalWriter) {
        let known = self
            .peers
            .iter()
            .find(|peer| &*peer.host == host)
            .map(|peer| peer.state);
        if state == 0 || known.is_some_and(|known| known >= state) || !self.can_know_peer(host) {
            return;
        }
        let record = Record {
            now: now.max(self.clock),
            account: None,
            cause: Cause::PeerRestarted,
            effects: smallvec![Effect::PeerState { host, state }],
        };
        let place = journal.append(&record);
        self.absorb_written(journal, place);
    }

    /// Runs due timers, at most `limit` sessions; returns whether more are due.
    pub fn tick(&mut self, now: Millis, limit: usize, journal: &mut JournalWriter) -> bool {
        let now = now.max(self.clock);
        self.turn_catalogs(now, journal);
        let mut left = limit;
        while left > 0 {
            let Some(&Reverse((due, account, ordinal))) = self.timers.peek() else {
                break;
            };
            if due > now {
                break;
            }
            self.timers.pop();
            left -= 1;
            if ordinal == DUE_ORDINAL {
                self.settle_due(account, now, journal);
                continue;
            }
            let Some(session) = self.session_of(account, ordinal) else {
                continue;
            };
            if session.deadline > now {
                self.timers
                    .push(Reverse((session.deadline, account, ordinal)));
                continue;
            }
            let place = self.write_give_up(session, (true, now), journal);
            self.absorb_written(journal, place);
        }
        self.sweep(now, left, journal);
        self.tombstones
            .forget_before(now - crate::clock::TOMBSTONE_WINDOW_MS);
        // A swept session may have held the last of a bucket whose time is over.
        let due = |&Reverse((due, ..)): &Reverse<(Millis, u32, u32)>| due <= now;
        left == 0 || self.timers.peek().is_some_and(due)
    }

    /// What a standby does in place of [`Shard::tick`]: forgets timers of what the owner has closed or
    /// moved on, looking at `limit` of those that are due.
    pub fn drop_spent_timers(&mut self, limit: usize) {
        let mut waiting = Vec::new();
        for _ in 0..limit {
            let Some(&Reverse((due, account, ordinal))) = self.timers.peek() else {
                break;
            };
            if due > self.clock {
                break;
            }
            self.timers.pop();
            let still = if ordinal == DUE_ORDINAL {
                // A later one has a timer of its own.
                let of_account = self.account_at(account).map(|account| account.due);
                of_account.filter(|&due| due <= self.clock)
            } else {
                let session = self.session_of(account, ordinal);
                session.map(|session| session.deadline)
            };
            waiting.extend(still.map(|due| Reverse((due, account, ordinal))));
        }
        self.timers.extend(waiting);
        self.tombstones
            .forget_before(self.clock - crate::clock::TOMBSTONE_WINDOW_MS);
    }

    /// Closes sessions of clients that lost their state.
    fn sweep(&mut self, now: Millis, mut left: usize, journal: &mut JournalWriter) {
        while let Some(&(peer, from)) = self.sweeps.front() {
            let state = self.peers[usize::from(peer)].state;
            let lost = |session: &Session| {
                session.origin_host == peer && session.origin_state < state && !session.expired
            };
            let rest = (from as usize..).zip(self.sessions.iter_from(from as usize));
            let found = rest
                .filter_map(|(slot, session)| Some((slot, session.as_ref().filter(|s| lost(s))?)))
                .next();
            let Some((slot, session)) = found else {
                self.sweeps.pop_front();
                continue;
            };
            if left == 0 {
                return;
            }
            left -= 1;
            let place = self.write_give_up(session, (false, now), journal);
            self.absorb_written(journal, place);
            if let Some(sweep) = self.sweeps.front_mut() {
                sweep.1 = u32::try_from(slot).unwrap_or(u32::MAX);
            }
        }
    }

    /// Journals that a session is given up.
    pub(crate) fn write_give_up(
        &self,
        session: &Session,
        (timer, now): (bool, Millis),
        journal: &mut JournalWriter,
    ) -> std::ops::Range<usize> {
        let (cause, why) = if timer {
            (Cause::Timer, CdrCause::Expired)
        } else {
            (Cause::PeerRestarted, CdrCause::PeerRestarted)
        };
        let effects = self.give_up(session, why, now);
        journal.append(&Record {
            now,
            account: Some(session.account),
            cause,
            effects,
        })
    }

    /// The seq of the last `engine_command` row applied.
    #[must_use]
    pub fn command_seq(&self) -> u64 {
        self.command_seq
    }

    /// The shard's time: the highest it has seen.
    #[must_use]
    pub fn clock(&self) -> Millis {
        self.clock
    }

    /// Open sessions, money held (micros over all currencies), remembered answers, accounts.
    #[must_use]
    pub fn gauges(&self) -> (usize, i64, usize, usize) {
        (
            self.session_index.len(),
            self.reserved,
            self.tombstones.len(),
            self.accounts.len(),
        )
    }

    /// An account by its id.
    #[must_use]
    pub fn account(&self, tenant: Uuid, account: Uuid) -> Option<&Account> {
        let account = &self.accounts[self.account_slot(account)? as usize];
        (self.tenants[usize::from(account.tenant)].id == tenant).then_some(account)
    }

    /// The slot of an account.
    pub(crate) fn account_slot(&self, account: Uuid) -> Option<u32> {
        let is_it = |slot: &u32| self.accounts[*slot as usize].id == account;
        let slot = self.account_index.find(account_hash(account), is_it);
        slot.copied()
    }

    /// An account by its slot.
    #[must_use]
    pub fn account_at(&self, slot: u32) -> Option<&Account> {
        self.accounts.get(slot as usize)
    }

    /// All accounts in slot order.
    #[must_use]
    pub fn accounts(&self) -> &Paged<Account> {
        &self.accounts
    }

    /// The tenant of an account.
    #[must_use]
    pub fn tenant_of(&self, account: &Account) -> Uuid {
        self.tenants[usize::from(account.tenant)].id
    }

    /// The account slot and line of an open session or, when it is closed, whether its answer is
    /// still remembered.
    #[must_use]
    pub fn knows_session(&self, session: &str) -> bool {
        self.session_named(session).is_some() || self.remembers(session)
    }

    /// The account and line of an open session.
    #[must_use]
    pub fn session_owner(&self, session: &str) -> Option<(u32, u16)> {
        self.session_named(session)
            .map(|session| (session.account, session.line))
    }

    /// Has this event, or a session of this Session-Id that is open or remembered, been answered
    /// here?
    #[must_use]
    pub fn has_answered(&self, session: &str, kind: Kind, number: u32) -> bool {
        let key = crate::tombstone::session_key(session, kind, number);
        let is_open = || kind == Kind::Initial && self.session_named(session).is_some();
        self.tombstones.find(key).is_some() || is_open()
    }

    /// Is the answer of a closed session still remembered?
    #[must_use]
    pub fn remembers(&self, session: &str) -> bool {
        let key = crate::tombstone::session_key(session, Kind::Terminate, 0);
        self.tombstones.find(key).is_some()
    }

    /// Open sessions, for audits and tests.
    pub fn sessions(&self) -> impl Iterator<Item = &Session> {
        self.sessions.iter().flatten()
    }

    /// Those of an account.
    pub fn open_sessions<'a>(&'a self, account: &'a Account) -> impl Iterator<Item = &'a Session> {
        let places = account.open.iter();
        places.filter_map(|&(_, place)| self.sessions[place as usize].as_ref())
    }

    pub(crate) fn session_named(&self, id: &str) -> Option<&Session> {
        let hash = session_hash(id);
        let slot = self.session_index.find(hash, |&slot| {
            self.sessions[slot as usize]
                .as_ref()
                .is_some_and(|session| &*session.id == id)
        })?;
        self.sessions[*slot as usize].as_ref()
    }

    pub(crate) fn session_of(&self, account: u32, ordinal: u32) -> Option<&Session> {
        let slot = self.accounts.get(account as usize)?.open_slot(ordinal)?;
        self.sessions[slot as usize].as_ref()
    }

    pub(crate) fn tenant_index(&mut self, id: Uuid) -> u16 {
        let found = self.tenants.iter().position(|tenant| tenant.id == id);
        let index = found.unwrap_or_else(|| {
            self.tenants.push(Tenant {
                id,
                versions: Versions::default(),
                catalogs: HashMap::new(),
            });
            self.tenants.len() - 1
        });
        u16::try_from(index).expect("at most 65,536 tenants on an installation")
    }

    /// Clients are told apart by Origin-Host; one too many is refused, not mixed up with another.
    pub(crate) fn can_know_peer(&self, host: &str) -> bool {
        self.peers.len() < PEERS_MAX || self.peers.iter().any(|peer| &*peer.host == host)
    }

    pub(crate) fn peer_index(&mut self, host: &str) -> u16 {
        let found = self.peers.iter().position(|peer| &*peer.host == host);
        let index = found.unwrap_or_else(|| {
            self.peers.push(Peer {
                host: host.into(),
                realm: Box::default(),
                state: 0,
            });
            self.peers.len() - 1
        });
        u16::try_from(index).expect("at most 65,536 clients on an installation")
    }

    /// The same, with the realm it is in.
    pub(crate) fn peer_in(&mut self, host: &str, realm: &str) -> u16 {
        let index = self.peer_index(host);
        let peer = &mut self.peers[usize::from(index)];
        if *peer.realm != *realm {
            peer.realm = realm.into();
        }
        index
    }
}

/// When [`Shard::replay_noting`] tells of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// The record is not applied yet.
    Before,
    /// It is.
    After,
}

/// Which parts of a record to apply: all of them live, the newer ones in recovery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    pub(crate) account: bool,
    pub(crate) shard: bool,
}

impl Scope {
    pub(crate) const EVERYTHING: Self = Self {
        account: true,
        shard: true,
    };
}

pub(crate) fn session_hash(id: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(id.as_bytes())
}

pub(crate) fn account_hash(id: Uuid) -> u64 {
    xxhash_rust::xxh3::xxh3_64(&id.0)
}
