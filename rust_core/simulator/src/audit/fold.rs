//! Reading the durable journal into the books, record by record.

use super::account::check_ended;
use super::book::{Account, Applied, Book, Content, Session};
use super::settle::{Grants, free_all, settle};
use super::violation::{Rule, Verdict, Violation, check};
use super::{events, price};
use crate::message::{Ask, Key, Seen};
use crate::storage::Row;
use openmvno_charging::{
    Answer, Cause, Cdr, CdrKind, Effect, JournalReader, Kind, OverrunPolicy, Record, Request,
    ServiceName, SessionRef, Uuid, postings_of_cdr,
};
use std::collections::BTreeMap;

/// What clients and the business asked for.
pub(super) struct Wanted<'a> {
    pub(super) asked: &'a BTreeMap<Key, Vec<Ask>>,
    pub(super) commands: &'a BTreeMap<(u16, u64), String>,
    pub(super) shard: u16,
}

impl Book {
    /// The next durable row.
    pub(super) fn fold(&mut self, seq: u64, row: &Row, wanted: &Wanted<'_>) -> Verdict {
        check(seq == self.seq + 1, Rule::Ownership, || {
            format!("row {seq} after row {}", self.seq)
        })?;
        self.seq = seq;
        let unreadable = |what: String| Violation {
            rule: Rule::Records,
            detail: what,
        };
        let reader = JournalReader::new(&row.payload).map_err(|e| unreadable(e.to_string()))?;
        for record in reader {
            let record = record.map_err(|error| unreadable(error.to_string()))?;
            if let Cause::Owner(owner) = record.cause {
                self.owner = owner;
            }
            check(row.owner == self.owner, Rule::Ownership, || {
                format!("row {seq} is of {}, the owner is {}", row.owner, self.owner)
            })?;
            self.record(&record, wanted)?;
        }
        Ok(())
    }

    fn record(&mut self, record: &Record<'_>, wanted: &Wanted<'_>) -> Verdict {
        self.turns.check_turned(record)?;
        self.open_account(record)?;
        if let Cause::Command { seq, json, .. } = &record.cause {
            let known = wanted.commands.get(&(wanted.shard, *seq));
            let in_order = *seq == self.command_seq + 1 && known.is_some_and(|k| k == json);
            check(in_order, Rule::Commands, || {
                format!("command {seq} after {}", self.command_seq)
            })?;
            self.command_seq = *seq;
        }
        let Some(slot) = record.account else {
            return self.shard_record(record);
        };
        let slot = slot as usize;
        check(slot < self.accounts.len(), Rule::Records, || {
            format!("a record of account slot {slot}, which is not open")
        })?;
        let blank = Account::new(Uuid::default(), 0, false);
        let mut account = std::mem::replace(&mut self.accounts[slot], blank);
        let before = (account.balance, account.reserved);
        self.cause(&mut account, record, wanted)?;
        let due = (account.balance - before.0, account.reserved - before.1);
        self.effects(&mut account, record, due)?;
        account.check_invariants()?;
        self.accounts[slot] = account;
        Ok(())
    }

    fn open_account(&mut self, record: &Record<'_>) -> Verdict {
        for effect in &record.effects {
            if let Effect::AccountOpened {
                account,
                credit_limit,
                overrun,
                ..
            } = effect
            {
                check(
                    record.account == u32::try_from(self.accounts.len()).ok(),
                    Rule::Records,
                    || format!("account {account} opened in slot {:?}", record.account),
                )?;
                let debt = *overrun == OverrunPolicy::Debt;
                self.accounts
                    .push(Account::new(*account, *credit_limit, debt));
            }
        }
        Ok(())
    }

    /// A record of the shard itself, or of a command that was refused.
    fn shard_record(&mut self, record: &Record<'_>) -> Verdict {
        for effect in &record.effects {
            match effect {
                Effect::CommandDone { outcome } => {
                    self.outcomes
                        .insert(self.command_seq, (*outcome).to_owned());
                }
                other => self.turns.apply(other, record.now)?,
            }
        }
        if let Cause::Command { json, .. } = &record.cause {
            let json = serde_json::from_str(json).unwrap_or_default();
            let id = account_of(&json);
            let known = self
                .accounts
                .iter_mut()
                .find(|account| Some(account.id) == id);
            if let Some(account) = known {
                events::command(account, self.turns.active(), &json, false)?;
            }
        }
        Ok(())
    }

    fn cause(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        wanted: &Wanted<'_>,
    ) -> Verdict {
        match &record.cause {
            Cause::Request(request) => self.request(account, record, request, wanted),
            Cause::Command { json, .. } => {
                let json = serde_json::from_str(json).unwrap_or_default();
                events::command(account, self.turns.active(), &json, true)
            }
            Cause::Timer | Cause::PeerRestarted => {
                for effect in &record.effects {
                    let Effect::SessionExpired { ordinal, .. } = effect else {
                        continue;
                    };
                    if let Some(mut session) = account.sessions.remove(ordinal) {
                        free_all(account, &mut session);
                        account.sessions.insert(*ordinal, session);
                    }
                }
                Ok(())
            }
            Cause::Owner(_) => Ok(()),
        }
    }

    fn request(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        request: &Request<'_>,
        wanted: &Wanted<'_>,
    ) -> Verdict {
        let answer = answer_of(record).ok_or_else(|| Violation {
            rule: Rule::SameAnswer,
            detail: "a request is journaled without its answer".into(),
        })?;
        let seen = Seen::from(answer);
        self.open_session(account, record, request)?;
        let (name, tag) = match request.session {
            SessionRef::Named(name) => (name.to_owned(), request.correlation.to_owned()),
            SessionRef::Open(ordinal) => match account.sessions.get(&ordinal) {
                Some(session) => (session.name.clone(), session.tag.clone()),
                None => (format!("ordinal {ordinal}"), String::new()),
            },
        };
        let key = Key::new(&name, &tag, request.number, request.kind);
        let content = Content {
            units: request.units.to_vec(),
            per_service: request.per_service,
            refund_of: request.refund_of,
        };
        let asked = wanted.asked.get(&key).is_some_and(|asks| {
            asks.iter().any(|ask| {
                let id = crate::catalogue::account_id(ask.account);
                id == account.id
                    && (&ask.units, ask.per_service, ask.refund_of)
                        == (&content.units, content.per_service, content.refund_of)
            })
        });
        check(asked, Rule::OnlyWhatWasAsked, || {
            format!("{key:?} {content:?}")
        })?;
        let known = self.applied.get(&key);
        check(
            known.is_none_or(|known| known.is_void),
            Rule::ExactlyOnce,
            || format!("{key:?} is applied again"),
        )?;
        self.move_money(account, record, request, &seen)?;
        let applied = Applied {
            content,
            seen,
            is_void: false,
        };
        self.applied.insert(key, applied);
        Ok(())
    }

    fn open_session(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        request: &Request<'_>,
    ) -> Verdict {
        for effect in &record.effects {
            let Effect::SessionOpened {
                ordinal, catalog, ..
            } = effect
            else {
                continue;
            };
            let due = self.turns.at(request.at);
            check(*catalog == due, Rule::Money, || {
                format!("a session of version {catalog}, due is {due}")
            })?;
            let status = account.lines.get(usize::from(request.line));
            check(
                status.is_some_and(|&(_, status)| price::is_in_service(status)),
                Rule::Grants,
                || format!("a session of a line out of service: {status:?}"),
            )?;
            let SessionRef::Named(name) = request.session else {
                continue;
            };
            let session = Session {
                name: name.to_owned(),
                tag: request.correlation.to_owned(),
                context: context(request).to_owned(),
                destination: request.destination.to_owned(),
                version: *catalog,
                line: request.line,
                last_at: request.at,
                expired: false,
                units: Vec::new(),
                earlier: (0, 0),
                uncut: 0,
                uncut_price: 0,
                uncut_usage: 0,
            };
            account.sessions.insert(*ordinal, session);
        }
        Ok(())
    }

    fn move_money(
        &mut self,
        account: &mut Account,
        record: &Record<'_>,
        request: &Request<'_>,
        seen: &Seen,
    ) -> Verdict {
        let version = self.turns.at(request.at);
        let terms = (version, context(request), request.destination);
        match request.kind {
            Kind::Debit => return events::debit(account, &request.units, terms, seen),
            Kind::Refund => {
                for effect in &record.effects {
                    if let Effect::Recorded(cdr) = effect {
                        events::refund(account, &request.units, terms, cdr)?;
                    }
                }
                return Ok(());
            }
            _ => {}
        }
        let opened = record.effects.iter().find_map(|effect| match effect {
            Effect::SessionOpened { ordinal, .. } => Some(*ordinal),
            _ => None,
        });
        let ordinal = match (request.session, opened) {
            (SessionRef::Open(ordinal), _) | (_, Some(ordinal)) => ordinal,
            _ => u32::MAX,
        };
        let mut session = account.sessions.remove(&ordinal).ok_or_else(|| Violation {
            rule: Rule::Records,
            detail: format!("a request of session {ordinal}, which is not open"),
        })?;
        let status = account.lines.get(usize::from(session.line));
        let in_service = status.is_some_and(|&(_, status)| price::is_in_service(status));
        let ending = request.kind == Kind::Terminate;
        let grants = match (ending, in_service) {
            (true, _) => Grants::Ending,
            (_, false) => Grants::Denied,
            _ => Grants::Yes,
        };
        session.last_at = session.last_at.max(request.at);
        let version = self.turns.at(session.last_at);
        let goes_on = request.kind == Kind::Update && session.goes_on_under(version);
        let next = goes_on.then_some(version);
        settle(account, &mut session, &request.units, seen, (grants, next))?;
        check_cut(record, next, session.earlier.0)?;
        if ending {
            free_all(account, &mut session);
            let charged: i64 = session.units.iter().map(|units| units.charged).sum();
            let cost = session.earlier.0 + charged;
            check(seen.cost == Some(cost), Rule::Money, || {
                format!(
                    "{} cost {cost}, the answer says {:?}",
                    session.name, seen.cost
                )
            })?;
        }
        account.sessions.insert(ordinal, session);
        Ok(())
    }

    fn effects(&mut self, account: &mut Account, record: &Record<'_>, due: (i64, i64)) -> Verdict {
        let mut moved = (0, 0);
        for effect in &record.effects {
            match effect {
                Effect::Moved { balance, reserved } => {
                    moved = (moved.0 + balance, moved.1 + reserved);
                }
                Effect::Recorded(cdr) => self.cdr(account, cdr)?,
                Effect::CommandDone { outcome } => {
                    self.outcomes
                        .insert(self.command_seq, (*outcome).to_owned());
                }
                Effect::SessionClosed { ordinal } => {
                    if let Some(session) = account.sessions.remove(ordinal) {
                        check_ended(&session)?;
                        if !session.was_used() {
                            self.void(&session);
                        }
                    }
                }
                other => account.effect(other)?,
            }
        }
        check(moved.0 == due.0, Rule::Money, || {
            format!(
                "the balance moved by {}, due was {} ({:?})",
                moved.0, due.0, record.cause
            )
        })?;
        check(moved.1 == due.1, Rule::Holds, || {
            format!(
                "holds moved by {}, due was {} ({:?})",
                moved.1, due.1, record.cause
            )
        })
    }

    fn cdr(&mut self, account: &mut Account, cdr: &Cdr<'_>) -> Verdict {
        check(self.cdrs.insert(cdr.id), Rule::Records, || {
            format!("CDR {} twice", cdr.id)
        })?;
        check(cdr.account == account.id, Rule::Records, || {
            format!("CDR {} is of {}", cdr.id, cdr.account)
        })?;
        check(cdr.balance_after == account.balance, Rule::Records, || {
            format!("CDR {}: balance after {}", cdr.id, cdr.balance_after)
        })?;
        let legs: Vec<_> = postings_of_cdr(cdr).collect();
        account.post(legs.iter().map(|leg| (leg.account, leg.amount)))?;
        let paid = cdr.amount - cdr.overrun;
        match cdr.kind {
            CdrKind::Refund => account.given_back -= paid,
            CdrKind::Event => {
                account.debits.insert(cdr.id, paid);
                account.charged += paid;
            }
            CdrKind::File => account.charged += paid,
            CdrKind::Session | CdrKind::Correction => {
                account.charged += paid;
                // A name may be used again long after: the latest session is meant.
                let mut sessions = account.sessions.values_mut().rev();
                if let Some(session) = sessions.find(|session| session.name == cdr.session) {
                    session.uncut -= paid;
                    session.uncut_price -= cdr.amount;
                    session.uncut_usage = session.uncut_usage.wrapping_sub(cdr.usage);
                }
            }
        }
        Ok(())
    }
}

/// A session goes on under another version when it should, and only then.
fn check_cut(record: &Record<'_>, next: Option<u64>, earlier: i64) -> Verdict {
    let cuts = record.effects.iter().filter_map(|effect| match effect {
        Effect::SessionCut { catalog, cut, .. } => Some((*catalog, *cut)),
        _ => None,
    });
    let cuts: Vec<_> = cuts.collect();
    let due: Vec<_> = next.into_iter().map(|version| (version, earlier)).collect();
    check(cuts == due, Rule::Money, || {
        format!("sessions cut (version, charged so far): {cuts:?}, due were {due:?}")
    })
}

fn answer_of<'r>(record: &'r Record<'_>) -> Option<&'r Answer> {
    record.effects.iter().find_map(|effect| match effect {
        Effect::Answered { answer, .. } | Effect::Remembered { answer, .. } => Some(answer),
        _ => None,
    })
}

fn context<'r>(request: &Request<'r>) -> &'r str {
    match request.service {
        ServiceName::Context(text) | ServiceName::Code(text) => text,
    }
}

fn account_of(json: &serde_json::Value) -> Option<Uuid> {
    Uuid::parse(json["account"].as_str()?)
}
