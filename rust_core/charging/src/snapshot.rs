//! Fuzzy snapshots: slices of accounts, each with the journal seq it was cut at.
//!
//! A pass goes over all slices and ends with the shard's own slice, which names the seq the pass
//! began at: replay starts behind that one, so that an account opened during a pass is not missed,
//! and no later than the oldest answer still to be remembered.

use crate::account::{Account, AccountTerms, EventHistory, Line, OverrunPolicy};
use crate::answer::ResultCode;
use crate::bucket::{Bucket, Counter};
use crate::clock::{Millis, TOMBSTONE_WINDOW_MS};
use crate::id::Uuid;
use crate::kept_answer::KeptAnswer;
use crate::periods::{DUE_ORDINAL, next_due};
use crate::request::Kind;
use crate::session::{PartialCut, Particulars, Session, Surroundings, UnitState};
use crate::shard::{Scope, Shard};
use crate::versions::Versions;
use openmvno_money::Currency;
use openmvno_rating::{Direction, ServiceId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::fmt;

/// Accounts in one slice, unless [`crate::Limits`] says otherwise.
pub const ACCOUNTS_PER_SLICE: u32 = 2_000;

/// The number of the shard's own slice.
pub const META_SLICE: i32 = -1;

/// A snapshot that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotError;

impl fmt::Display for SnapshotError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the snapshot slice is damaged or from another release")
    }
}

impl std::error::Error for SnapshotError {}

#[derive(Clone, Copy, Debug, Default)]
struct Slice {
    /// Everything up to this seq is in the restored slice.
    seq: u64,
    dirty: bool,
}

/// Where the pass over the slices stands.
#[derive(Debug)]
pub(crate) struct SnapshotPass {
    accounts_per_slice: u32,
    slices: Vec<Slice>,
    meta_seq: u64,
    floor: u64,
    replaying: u64,
    /// Next slice of the running pass.
    next: Option<usize>,
    began_at: u64,
    /// (time, seq) marks of the last minute, oldest first.
    marks: VecDeque<(Millis, u64)>,
}

impl SnapshotPass {
    pub(crate) fn new(accounts_per_slice: u32) -> Self {
        Self {
            accounts_per_slice: accounts_per_slice.max(1),
            slices: Vec::new(),
            meta_seq: 0,
            floor: 0,
            replaying: 0,
            next: None,
            began_at: 0,
            marks: VecDeque::new(),
        }
    }

    fn slice_of(&self, account: u32) -> usize {
        (account / self.accounts_per_slice) as usize
    }

    /// A pass that was begun the last time the shard was ours would move the start of replay back to
    /// where the journal may have been dropped since.
    pub(crate) fn start_over(&mut self) {
        self.next = None;
    }

    /// Answers are remembered longer by an outage, so their places in the journal are, too.
    pub(crate) fn move_marks(&mut self, by: Millis) {
        for mark in &mut self.marks {
            mark.0 += by;
        }
    }

    pub(crate) fn touch(&mut self, account: u32) {
        let slice = self.slice_of(account);
        if self.slices.len() <= slice {
            self.slices.resize(slice + 1, Slice::default());
        }
        self.slices[slice].dirty = true;
    }

    /// Which parts of a replayed record are newer than what was restored.
    pub(crate) fn scope_of(&mut self, seq: u64, account: Option<u32>) -> Scope {
        self.replaying = seq;
        Scope {
            account: account.is_some_and(|account| self.newer_than_slice(account)),
            shard: seq > self.meta_seq,
        }
    }

    pub(crate) fn newer_than_slice(&self, account: u32) -> bool {
        self.slices
            .get(self.slice_of(account))
            .is_none_or(|slice| self.replaying > slice.seq)
    }
}

#[derive(Serialize, Deserialize)]
struct SessionImage<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    ordinal: u32,
    line: u16,
    catalog: u64,
    service: u16,
    direction: Direction,
    destination: Cow<'a, str>,
    surroundings: Option<Cow<'a, Surroundings>>,
    origin_host: Cow<'a, str>,
    origin_realm: Cow<'a, str>,
    origin_state: u32,
    correlation: Cow<'a, str>,
    opened_at: Millis,
    last_at: Millis,
    deadline: Millis,
    expired: bool,
    aborted: bool,
    last_number: u32,
    last_kind: Kind,
    last_digest: u64,
    last_result: ResultCode,
    last_answer: Cow<'a, KeptAnswer>,
    cut: Option<PartialCut>,
    units: SmallVec<[UnitState; 1]>,
}

#[derive(Serialize, Deserialize)]
struct AccountImage<'a> {
    id: Uuid,
    tenant: Uuid,
    currency: Currency,
    balance: i64,
    reserved: i64,
    credit_limit: i64,
    overrun: OverrunPolicy,
    next_session: u32,
    next_bucket: u32,
    terms: Option<Cow<'a, AccountTerms>>,
    #[serde(borrow)]
    lines: Cow<'a, [Line]>,
    buckets: Cow<'a, [Bucket]>,
    counters: Cow<'a, [Counter]>,
    sessions: Vec<SessionImage<'a>>,
    events: Option<Cow<'a, EventHistory>>,
}

#[derive(Serialize, Deserialize)]
struct MetaImage {
    floor: u64,
    clock: Millis,
    command_seq: u64,
    cdr_counter: u64,
    tenants: Vec<(Uuid, Option<u64>)>,
    peers: Vec<(String, u32)>,
}

/// Behind the rest of the shard's own slice, where releases before knew of nothing to come.
type VersionsImage<'a> = Vec<(Uuid, Cow<'a, Versions>)>;

impl Shard {
    /// The journal seq replay starts behind.
    #[must_use]
    pub fn replay_floor(&self) -> u64 {
        self.snapshots.floor
    }

    /// Notes that the batch just taken has this seq, so that the oldest remembered answer can be
    /// found again in the journal.
    pub fn mark(&mut self, seq: u64) {
        let marks = &mut self.snapshots.marks;
        if marks
            .back()
            .is_none_or(|&(time, _)| self.clock - time >= 1_000)
        {
            marks.push_back((self.clock, seq));
        }
        while marks.len() > 1 && marks[1].0 < self.clock - TOMBSTONE_WINDOW_MS - 1_000 {
            marks.pop_front();
        }
    }

    /// The next dirty slice of the running pass (a new one begins by itself), or `None` when the
    /// pass has just ended. To be called when memory equals the journal at `seq`.
    pub fn next_slice(&mut self, seq: u64) -> Option<(i32, Vec<u8>)> {
        if self.snapshots.next.is_none() {
            self.snapshots.began_at = seq;
        }
        let mut slice = self.snapshots.next.unwrap_or(0);
        while slice < self.snapshots.slices.len() && !self.snapshots.slices[slice].dirty {
            slice += 1;
        }
        if slice >= self.snapshots.slices.len() {
            return self.end_of_pass();
        }
        self.snapshots.next = Some(slice + 1);
        self.snapshots.slices[slice].dirty = false;
        Some((i32::try_from(slice).ok()?, self.slice_image(slice)))
    }

    /// The shard's own slice, once; then `None`, which ends the pass.
    fn end_of_pass(&mut self) -> Option<(i32, Vec<u8>)> {
        if self.snapshots.next == Some(usize::MAX) {
            self.snapshots.next = None;
            return None;
        }
        self.snapshots.next = Some(usize::MAX);
        let oldest = self
            .snapshots
            .marks
            .front()
            .map_or(u64::MAX, |&(_, seq)| seq);
        let image = MetaImage {
            floor: self.snapshots.began_at.min(oldest.saturating_sub(1)),
            clock: self.clock,
            command_seq: self.command_seq,
            cdr_counter: self.cdr_counter,
            tenants: self
                .tenants
                .iter()
                .map(|tenant| (tenant.id, tenant.versions.active()))
                .collect(),
            peers: self
                .peers
                .iter()
                .map(|peer| (peer.host.to_string(), peer.state))
                .collect(),
        };
        let versions = self.tenants.iter();
        let versions: VersionsImage<'_> = versions
            .map(|tenant| (tenant.id, Cow::Borrowed(&tenant.versions)))
            .collect();
        let mut payload = encode(&image);
        payload.extend(encode(&versions));
        Some((META_SLICE, payload))
    }

    fn slice_image(&self, slice: usize) -> Vec<u8> {
        let per_slice = self.snapshots.accounts_per_slice as usize;
        let start = slice * per_slice;
        let images: Vec<AccountImage<'_>> = self
            .accounts
            .iter_from(start)
            .take(per_slice)
            .map(|account| self.account_image(account))
            .collect();
        encode(&images)
    }

    fn account_image<'a>(&'a self, account: &'a Account) -> AccountImage<'a> {
        let sessions = self
            .open_sessions(account)
            .map(|session| self.session_image(session))
            .collect();
        AccountImage {
            id: account.id,
            tenant: self.tenants[usize::from(account.tenant)].id,
            currency: account.currency,
            balance: account.balance,
            reserved: account.reserved,
            credit_limit: account.credit_limit,
            overrun: account.overrun,
            next_session: account.next_session,
            next_bucket: account.next_bucket,
            terms: account.terms.as_deref().map(Cow::Borrowed),
            lines: Cow::Borrowed(&account.lines),
            buckets: Cow::Borrowed(&account.buckets),
            counters: Cow::Borrowed(&account.counters),
            sessions,
            events: account.events.as_deref().map(Cow::Borrowed),
        }
    }

    fn session_image<'a>(&'a self, session: &'a Session) -> SessionImage<'a> {
        SessionImage {
            id: Cow::Borrowed(&session.id),
            ordinal: session.ordinal,
            line: session.line,
            catalog: session.catalog,
            service: session.service.0,
            direction: session.direction,
            destination: Cow::Borrowed(&session.destination),
            surroundings: session.surroundings().map(Cow::Borrowed),
            origin_host: Cow::Borrowed(&self.peers[usize::from(session.origin_host)].host),
            origin_realm: Cow::Borrowed(&self.peers[usize::from(session.origin_host)].realm),
            origin_state: session.origin_state,
            correlation: Cow::Borrowed(session.correlation()),
            opened_at: session.opened_at,
            last_at: session.last_at,
            deadline: session.deadline,
            expired: session.expired,
            aborted: session.aborted,
            last_number: session.last_number,
            last_kind: session.last_kind,
            last_digest: session.last_digest,
            last_result: session.last_result,
            last_answer: Cow::Borrowed(&session.last_answer),
            cut: session.particulars.as_ref().and_then(|rest| rest.cut),
            units: session.units.clone(),
        }
    }

    /// Puts a slice back, before any replay.
    ///
    /// # Errors
    /// [`SnapshotError`] when the payload cannot be read; the shard is then not usable.
    pub fn restore_slice(
        &mut self,
        slice: i32,
        seq: u64,
        payload: &[u8],
    ) -> Result<(), SnapshotError> {
        let Ok(number) = u32::try_from(slice) else {
            return self.restore_meta(seq, payload);
        };
        let images: Vec<AccountImage<'_>> =
            postcard::from_bytes(payload).map_err(|_| SnapshotError)?;
        let first = number.saturating_mul(self.snapshots.accounts_per_slice);
        for (account, image) in (first..).zip(images) {
            self.restore_account(account, image);
        }
        let at = number as usize;
        if self.snapshots.slices.len() <= at {
            self.snapshots.slices.resize(at + 1, Slice::default());
        }
        self.snapshots.slices[at] = Slice { seq, dirty: false };
        Ok(())
    }

    fn restore_meta(&mut self, seq: u64, payload: &[u8]) -> Result<(), SnapshotError> {
        let read = postcard::take_from_bytes(payload);
        let (meta, rest): (MetaImage, _) = read.map_err(|_| SnapshotError)?;
        self.snapshots.meta_seq = seq;
        self.snapshots.floor = meta.floor;
        self.clock = self.clock.max(meta.clock);
        self.command_seq = meta.command_seq;
        self.cdr_counter = self.cdr_counter.max(meta.cdr_counter);
        for (id, active) in meta.tenants {
            self.change_versions(id, |versions| {
                *versions = active.map_or_else(Versions::default, Versions::of);
            });
        }
        if !rest.is_empty() {
            let images: VersionsImage<'_> =
                postcard::from_bytes(rest).map_err(|_| SnapshotError)?;
            for (id, image) in images {
                self.change_versions(id, |versions| *versions = image.into_owned());
            }
        }
        for (host, state) in meta.peers {
            let peer = self.peer_index(&host);
            self.peers[usize::from(peer)].state = state;
        }
        Ok(())
    }

    fn restore_account(&mut self, slot: u32, image: AccountImage<'_>) {
        let tenant = self.tenant_index(image.tenant);
        let terms = image.terms.map(|terms| Box::new(terms.into_owned()));
        let mut account = Account {
            credit_limit: image.credit_limit,
            overrun: image.overrun,
            balance: image.balance,
            reserved: image.reserved,
            next_session: image.next_session,
            next_bucket: image.next_bucket,
            terms,
            lines: image.lines.iter().cloned().collect(),
            buckets: image.buckets.into_owned().into(),
            counters: image.counters.into_owned().into(),
            events: image.events.map(|events| Box::new(events.into_owned())),
            ..Account::blank(image.id, tenant, image.currency)
        };
        account.due = next_due(&account);
        if account.due < crate::bucket::FOREVER {
            self.timers.push(Reverse((account.due, slot, DUE_ORDINAL)));
        }
        self.reserved += account.reserved;
        self.place_account(slot, account);
        for session in image.sessions {
            let origin_host = self.peer_in(&session.origin_host, &session.origin_realm);
            let (deadline, ordinal) = (session.deadline, session.ordinal);
            self.insert_session(Session {
                id: session.id.as_ref().into(),
                ordinal,
                account: slot,
                line: session.line,
                catalog: session.catalog,
                service: ServiceId(session.service),
                direction: session.direction,
                destination: session.destination.as_ref().into(),
                particulars: Particulars::of(
                    session.surroundings.map(Cow::into_owned),
                    &session.correlation,
                    session.cut,
                ),
                origin_host,
                origin_state: session.origin_state,
                opened_at: session.opened_at,
                last_at: session.last_at,
                deadline,
                expired: session.expired,
                aborted: session.aborted,
                last_number: session.last_number,
                last_kind: session.last_kind,
                last_digest: session.last_digest,
                last_result: session.last_result,
                last_answer: session.last_answer.into_owned(),
                units: session.units,
            });
            self.timers.push(Reverse((deadline, slot, ordinal)));
        }
    }
}

fn encode(image: &impl Serialize) -> Vec<u8> {
    // Serialising into a vector cannot fail: no field can refuse.
    postcard::to_allocvec(image).unwrap_or_default()
}
