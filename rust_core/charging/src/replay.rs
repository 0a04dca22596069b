//! Applying effects: the only place where a shard's memory changes.

use crate::account::{Account, Line, RecentDebit};
use crate::answer::{Answer, ResultCode};
use crate::bucket::{Bucket, Counter, FOREVER};
use crate::cdr::{Cdr, CdrKind};
use crate::clock::{Millis, TOMBSTONE_WINDOW_MS};
use crate::codes::Codes;
use crate::effect::{Cause, Effect, Record};
use crate::kept_answer::KeptAnswer;
use crate::notice::{EXPIRY_BIT, Notice, NoticeKind};
use crate::periods::{DUE_ORDINAL, next_due};
use crate::request::{Request, SessionRef};
use crate::session::{PartialCut, Particulars, Session, Surroundings, UnitState};
use crate::shard::{Scope, Shard, account_hash, session_hash};
use openmvno_money::Currency;
use openmvno_rating::ServiceId;
use smallvec::SmallVec;
use std::cmp::Reverse;

/// The hash under which a correlation id is kept; 0 for none.
pub(crate) fn correlation_hash(correlation: &str) -> u64 {
    if correlation.is_empty() {
        0
    } else {
        xxhash_rust::xxh3::xxh3_64(correlation.as_bytes()).max(1)
    }
}

impl Shard {
    pub(crate) fn absorb(&mut self, record: &Record<'_>, scope: Scope) {
        self.clock = self.clock.max(record.now);
        if let (true, Some(account)) = (scope.account, record.account) {
            self.snapshots.touch(account);
        }
        for effect in &record.effects {
            match effect {
                Effect::CommandDone { .. }
                | Effect::CatalogActivated { .. }
                | Effect::CatalogScheduled { .. }
                | Effect::CatalogWithdrawn { .. }
                | Effect::PeerState { .. } => self.absorb_shard_effect(record, effect, scope),
                Effect::DeadlinesMoved { by } => self.move_deadlines(*by, scope),
                // Remembered answers are not in snapshots: the journal's last minute is.
                Effect::Remembered {
                    key,
                    number,
                    kind,
                    digest,
                    answer,
                } => {
                    let id = (*number, *kind);
                    self.tombstones
                        .remember(*key, id, *digest, answer, record.now);
                }
                _ if scope.account => self.absorb_account_effect(record, effect),
                _ => {}
            }
            match effect {
                Effect::Recorded(cdr) => {
                    self.cdr_counter = self.cdr_counter.max(cdr.id.counter());
                }
                Effect::Noticed(notice) => {
                    self.cdr_counter = self.cdr_counter.max(notice.id.counter());
                }
                _ => {}
            }
        }
    }

    fn absorb_shard_effect(&mut self, record: &Record<'_>, effect: &Effect<'_>, scope: Scope) {
        if !scope.shard {
            return;
        }
        match effect {
            Effect::CommandDone { .. } => {
                if let Cause::Command { seq, .. } = record.cause {
                    self.command_seq = self.command_seq.max(seq);
                }
            }
            Effect::CatalogActivated { tenant, version } => {
                self.change_versions(*tenant, |all| all.activate(*version, record.now));
            }
            Effect::CatalogScheduled {
                tenant,
                version,
                at,
            } => self.change_versions(*tenant, |all| all.schedule(*version, *at)),
            Effect::CatalogWithdrawn { tenant, version } => {
                self.change_versions(*tenant, |all| all.withdraw(*version));
            }
            Effect::PeerState { host, state } => {
                let peer = self.peer_index(host);
                self.peers[usize::from(peer)].state = *state;
                self.sweeps.push_back((peer, 0));
            }
            _ => {}
        }
    }

    fn move_deadlines(&mut self, by: Millis, scope: Scope) {
        self.tombstones.move_by(by);
        self.snapshots.move_marks(by);
        for session in self.sessions.iter_mut().flatten() {
            if scope.account || self.snapshots.newer_than_slice(session.account) {
                session.deadline += by;
                self.snapshots.touch(session.account);
            }
        }
    }

    fn absorb_account_effect(&mut self, record: &Record<'_>, effect: &Effect<'_>) {
        let Some(slot) = record.account else { return };
        match effect {
            Effect::AccountOpened {
                tenant,
                account,
                currency,
                credit_limit,
                overrun,
            } => {
                let tenant = self.tenant_index(*tenant);
                let currency =
                    Currency::from_code(currency).expect("journaled currencies are valid");
                let blank = Account::blank(*account, tenant, currency);
                let account = Account {
                    credit_limit: *credit_limit,
                    overrun: *overrun,
                    ..blank
                };
                self.place_account(slot, account);
            }
            Effect::Answered {
                ordinal,
                digest,
                deadline,
                answer,
            } => {
                if let Cause::Request(request) = &record.cause {
                    self.answered(slot, *ordinal, request, (*digest, *deadline), answer);
                }
            }
            Effect::SessionOpened {
                ordinal,
                catalog,
                service,
            } => {
                if let Cause::Request(request) = &record.cause {
                    self.open_session(slot, *ordinal, (*catalog, ServiceId(*service)), request);
                }
            }
            Effect::SessionCut {
                ordinal,
                catalog,
                service,
                at,
                cut,
                units,
            } => {
                if let Some(session) = self.session_mut(slot, *ordinal) {
                    session.catalog = *catalog;
                    session.service = ServiceId(*service);
                    let used = session.cut().used;
                    let particulars = session.particulars.get_or_insert_default();
                    particulars.cut = Some(PartialCut {
                        at: *at,
                        charged: *cut,
                        used,
                    });
                    session.units.clone_from(units);
                }
            }
            Effect::UsedUnderOthers { ordinal, used } => {
                if let Some(session) = self.session_mut(slot, *ordinal) {
                    let cut = PartialCut {
                        used: *used,
                        ..session.cut()
                    };
                    session.particulars.get_or_insert_default().cut = Some(cut);
                }
            }
            Effect::UnitsSet { ordinal, units } => self.set_units(slot, *ordinal, units),
            Effect::SessionExpired { ordinal, until } => self.expire(slot, *ordinal, *until),
            Effect::SessionClosed { ordinal } => self.close_session(slot, *ordinal),
            Effect::SessionMoved {
                ordinal,
                surroundings,
            } => {
                if let Some(session) = self.session_mut(slot, *ordinal) {
                    let rest = session.particulars.get_or_insert_default();
                    rest.surroundings = Some((**surroundings).clone());
                }
            }
            Effect::SessionAborted { ordinal } => {
                if let Some(session) = self.session_mut(slot, *ordinal) {
                    session.aborted = true;
                }
            }
            other => {
                let account = &mut self.accounts[slot as usize];
                let due = account.due;
                self.reserved += absorb_into_account(account, other, record, &mut self.codes);
                if account.due != due && account.due < FOREVER {
                    self.timers.push(Reverse((account.due, slot, DUE_ORDINAL)));
                }
            }
        }
    }

    /// Puts an account into its slot; slots below it that no slice has filled yet stay blank until
    /// the journal opens them.
    pub(crate) fn place_account(&mut self, slot: u32, mut account: Account) {
        for line in &mut account.lines {
            line.product = self.codes.shared(&line.product);
        }
        for bucket in &mut account.buckets {
            bucket.code = self.codes.shared(&bucket.code);
        }
        let (place, slot) = (slot, slot as usize);
        while self.accounts.len() <= slot {
            let blank =
                Account::blank(crate::id::Uuid::default(), account.tenant, account.currency);
            self.accounts.push(blank);
        }
        let id = account.id;
        self.accounts[slot] = account;
        if self.account_slot(id).is_none() {
            let accounts = &self.accounts;
            let hash = |&slot: &u32| account_hash(accounts[slot as usize].id);
            self.account_index
                .insert_unique(account_hash(id), place, hash);
        }
    }

    fn open_session(
        &mut self,
        slot: u32,
        ordinal: u32,
        (catalog, service): (u64, ServiceId),
        request: &Request<'_>,
    ) {
        let SessionRef::Named(id) = request.session else {
            return;
        };
        let origin_host = self.peer_in(request.origin_host, request.origin_realm);
        let session = Session {
            id: id.into(),
            ordinal,
            account: slot,
            line: request.line,
            catalog,
            service,
            direction: request.direction,
            destination: request.destination.into(),
            particulars: Particulars::of(
                request.context.as_ref().map(Surroundings::of),
                request.correlation,
                None,
            ),
            origin_host,
            origin_state: request.origin_state,
            opened_at: request.at,
            last_at: request.at,
            deadline: 0,
            expired: false,
            aborted: false,
            last_number: request.number,
            last_kind: request.kind,
            last_digest: 0,
            last_result: ResultCode::SUCCESS,
            last_answer: KeptAnswer::of(&Answer::success()),
            units: SmallVec::new(),
        };
        self.insert_session(session);
    }

    pub(crate) fn insert_session(&mut self, session: Session) {
        let (account, ordinal, hash) =
            (session.account, session.ordinal, session_hash(&session.id));
        let place = self.vacant.pop().unwrap_or_else(|| {
            self.sessions.push(None);
            u32::try_from(self.sessions.len() - 1).expect("bounded by limits")
        });
        self.sessions[place as usize] = Some(session);
        let sessions = &self.sessions;
        self.session_index.insert_unique(hash, place, |&slot| {
            sessions[slot as usize]
                .as_ref()
                .map_or(0, |session| session_hash(&session.id))
        });
        let account = &mut self.accounts[account as usize];
        account.open.push((ordinal, place));
        account.next_session = account.next_session.max(ordinal + 1);
    }

    fn session_mut(&mut self, account: u32, ordinal: u32) -> Option<&mut Session> {
        let slot = self.accounts.get(account as usize)?.open_slot(ordinal)?;
        self.sessions[slot as usize].as_mut()
    }

    fn set_units(&mut self, account: u32, ordinal: u32, units: &UnitState) {
        if let Some(session) = self.session_mut(account, ordinal) {
            match session
                .units
                .iter_mut()
                .find(|known| known.key == units.key)
            {
                Some(known) => known.clone_from(units),
                None => session.units.push(units.clone()),
            }
        }
    }

    fn answered(
        &mut self,
        account: u32,
        ordinal: u32,
        request: &Request<'_>,
        (digest, deadline): (u64, Millis),
        answer: &Answer,
    ) {
        let Some(session) = self.session_mut(account, ordinal) else {
            return;
        };
        let first = session.deadline == 0;
        session.last_number = request.number;
        session.last_kind = request.kind;
        session.last_digest = digest;
        session.last_result = answer.result;
        session.last_answer = KeptAnswer::of(answer);
        session.last_at = session.last_at.max(request.at);
        session.deadline = deadline;
        if first {
            self.timers.push(Reverse((deadline, account, ordinal)));
        }
    }

    fn expire(&mut self, account: u32, ordinal: u32, until: Millis) {
        if let Some(session) = self.session_mut(account, ordinal) {
            session.expired = true;
            session.deadline = until;
            self.timers.push(Reverse((until, account, ordinal)));
        }
    }

    fn close_session(&mut self, account: u32, ordinal: u32) {
        let account = &mut self.accounts[account as usize];
        let Ok(at) = account
            .open
            .binary_search_by_key(&ordinal, |&(number, _)| number)
        else {
            return;
        };
        let (_, place) = account.open.remove(at);
        if let Some(session) = self.sessions[place as usize].take() {
            let entry = self
                .session_index
                .find_entry(session_hash(&session.id), |&slot| slot == place);
            if let Ok(entry) = entry {
                entry.remove();
            }
            self.vacant.push(place);
        }
    }
}

/// Effects that touch nothing but the account; returns the change of its held money.
fn absorb_into_account(
    account: &mut Account,
    effect: &Effect<'_>,
    record: &Record<'_>,
    codes: &mut Codes,
) -> i64 {
    match effect {
        Effect::Moved { balance, reserved } => {
            account.balance += balance;
            account.reserved += reserved;
            forget_warnings(account, record.now);
            return *reserved;
        }
        Effect::Drawn {
            bucket,
            line,
            used,
            reserved,
        } => {
            if let Some(bucket) = account.bucket_mut(*bucket) {
                bucket.draw(*line, *used, *reserved);
            }
            account.due = next_due(account);
        }
        Effect::CapSpent {
            line,
            spent,
            reserved,
            until,
        } => {
            let terms = account.lines[usize::from(*line)].terms.as_mut();
            if let Some(cap) = terms.and_then(|terms| terms.cap.as_mut()) {
                (cap.spent, cap.reserved, cap.until) = (*spent, *reserved, *until);
            }
        }
        Effect::Counted {
            code,
            line,
            used,
            until,
        } => count(account, (code, *line), *used, *until),
        Effect::BucketOpened(bucket) => {
            account.next_bucket = account.next_bucket.max(bucket.id + 1);
            // Buckets are many and seldom added: no room is kept for more of them.
            account.buckets.reserve_exact(1);
            account.buckets.push(Bucket {
                code: codes.shared(&bucket.code),
                ..(**bucket).clone()
            });
            account.due = next_due(account);
        }
        Effect::BucketChanged {
            bucket,
            initial,
            expires_at,
            renews,
            rollovers_left,
        } => {
            if let Some(bucket) = account.bucket_mut(*bucket) {
                bucket.initial = *initial;
                bucket.expires_at = *expires_at;
                bucket.renews = *renews;
                bucket.rollovers_left = *rollovers_left;
                if *expires_at <= record.now {
                    // It ended early: its end is not near any more, and running grants keep it.
                    bucket.told |= EXPIRY_BIT;
                }
            }
            account.due = next_due(account);
        }
        Effect::BucketServes { bucket, from } => {
            if let Some(bucket) = account.bucket_mut(*bucket) {
                bucket.valid_from = *from;
            }
            account.due = next_due(account);
        }
        Effect::BucketClosed { bucket } => {
            account.buckets.retain(|known| known.id != *bucket);
            account.due = next_due(account);
        }
        Effect::LineExported { line } => {
            account.buckets.retain(|bucket| bucket.line != Some(*line));
            account
                .counters
                .retain(|counter| counter.line != Some(*line));
            account.due = next_due(account);
        }
        Effect::Noticed(notice) => note(account, notice),
        Effect::LineTermsSet { line, terms } => {
            account.lines[usize::from(*line)].terms = Some(terms.clone());
        }
        Effect::AccountTermsSet {
            credit_limit,
            terms,
        } => {
            account.credit_limit = *credit_limit;
            account.terms = Some(terms.clone());
            forget_warnings(account, record.now);
        }
        Effect::LineOpened {
            line,
            product,
            msisdn,
            imsi,
            status,
        } => account.lines.push(Line {
            id: *line,
            product: codes.shared(product),
            msisdn: Some(*msisdn),
            imsi: Some(*imsi),
            status: *status,
            terms: None,
        }),
        Effect::LineChanged {
            ordinal,
            product,
            msisdn,
            imsi,
            status,
        } => {
            let line = &mut account.lines[usize::from(*ordinal)];
            line.product = codes.shared(product);
            line.msisdn = Some(*msisdn);
            line.imsi = Some(*imsi);
            line.status = *status;
        }
        Effect::Recorded(cdr) if cdr.kind == CdrKind::Event => remember_debit(account, cdr, record),
        Effect::Refunded { cdr } => {
            let events = account.events.get_or_insert_default();
            events.debits.retain(|debit| debit.cdr != *cdr);
            events.refunds.push(*cdr);
        }
        _ => {}
    }
    0
}

fn remember_debit(account: &mut Account, cdr: &Cdr<'_>, record: &Record<'_>) {
    let Cause::Request(request) = &record.cause else {
        return;
    };
    let now = record.now;
    let events = account.events.get_or_insert_default();
    events
        .debits
        .retain(|debit| debit.at >= now - TOMBSTONE_WINDOW_MS);
    events.debits.push(RecentDebit {
        cdr: cdr.id,
        correlation: correlation_hash(request.correlation),
        amount: cdr.amount - cdr.overrun - cdr.wallets,
        at: now,
    });
}

/// A mark that is no longer undercut may be told again.
fn forget_warnings(account: &mut Account, now: Millis) {
    let available = account.available(now);
    let balance = account.balance;
    let Some(terms) = account.terms.as_mut() else {
        return;
    };
    terms.low_told &= terms.low_balance.is_some_and(|mark| balance < mark);
    terms.limit_warned &= terms.limit_warning.is_some_and(|mark| available < mark);
}

fn note(account: &mut Account, notice: &Notice<'_>) {
    match (notice.kind, notice.bucket) {
        (NoticeKind::BucketThreshold | NoticeKind::BucketExpiring, Some((bucket, bit))) => {
            if let Some(bucket) = account.bucket_mut(bucket) {
                bucket.told |= bit;
            }
            account.due = next_due(account);
        }
        (NoticeKind::LowBalance, _) => {
            if let Some(terms) = account.terms.as_mut() {
                terms.low_told = true;
            }
        }
        (NoticeKind::LimitWarning, _) => {
            if let Some(terms) = account.terms.as_mut() {
                terms.limit_warned = true;
            }
        }
        _ => {}
    }
}

/// Adds to the volume of a discount; a later period starts at zero.
pub(crate) fn count(
    account: &mut Account,
    (code, line): (&str, Option<u16>),
    used: i64,
    until: Millis,
) {
    let known = account
        .counters
        .iter_mut()
        .find(|counter| (&*counter.code, counter.line) == (code, line));
    match known {
        Some(counter) if until <= counter.until => counter.used += used,
        Some(counter) => (counter.used, counter.until) = (used, until),
        None => account.counters.push(Counter {
            code: code.into(),
            line,
            used,
            until,
        }),
    }
}
