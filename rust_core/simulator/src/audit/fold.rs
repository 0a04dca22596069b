//! Reading the durable journal into the books, record by record.

use super::account::check_ended;
use super::book::{Account, Book};
use super::commands;
use super::settle::free_all;
use super::travel::Travelling;
use super::violation::{Rule, Verdict, Violation, check};
use crate::message::{Ask, Key};
use crate::storage::Row;
use openmvno_charging::{
    Cause, Cdr, CdrKind, Effect, JournalReader, OverrunPolicy, Record, Uuid, postings_of_cdr,
};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What clients and the business asked for.
pub(super) struct Wanted<'a> {
    pub(super) asked: &'a BTreeMap<Key, Vec<Ask>>,
    pub(super) commands: &'a BTreeMap<(u16, u64), String>,
    pub(super) shard: u16,
    /// What lines that are on their way bring along.
    pub(super) travelling: &'a RefCell<Travelling>,
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
            self.happened.count(&record);
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
            return self.shard_record(record, wanted);
        };
        let slot = slot as usize;
        check(slot < self.accounts.len(), Rule::Records, || {
            format!("a record of account slot {slot}, which is not open")
        })?;
        let blank = Account::new(Uuid::default(), 0, false);
        let mut account = std::mem::replace(&mut self.accounts[slot], blank);
        account.begin();
        let before = (account.balance, account.reserved);
        let mut journaled = account.stock.clone();
        self.cause(&mut account, record, wanted)?;
        let due = (account.balance - before.0, account.reserved - before.1);
        for effect in &record.effects {
            journaled.effect(effect);
            account.leaves_bucket(effect);
        }
        check(journaled == account.stock, Rule::Buckets, || {
            let due = &account.stock;
            format!(
                "{:?}\n  journaled {journaled:?}\n  due {due:?}",
                record.cause
            )
        })?;
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
    fn shard_record(&mut self, record: &Record<'_>, wanted: &Wanted<'_>) -> Verdict {
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
                let version = self.turns.active();
                commands::done(account, version, &json, (record, false), wanted)?;
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
                let version = self.turns.active();
                commands::done(account, version, &json, (record, true), wanted)
            }
            Cause::Timer | Cause::PeerRestarted => {
                account.settle_due(self.turns.active(), record)?;
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
                Effect::SessionAborted { ordinal } => {
                    let session = account.sessions.get(ordinal);
                    let named = session.map(|one| (one.name.clone(), one.tag.clone()));
                    self.aborted.extend(named);
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
        check_parts(cdr)?;
        account.recorded(cdr);
        let paid = cdr.amount - cdr.overrun - cdr.wallets;
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
                    session.recorded(cdr);
                    session.uncut -= paid;
                    session.uncut_price -= cdr.amount;
                    session.uncut_usage = session.uncut_usage.wrapping_sub(cdr.usage);
                }
            }
        }
        Ok(())
    }
}

/// What the parts of a CDR say adds up to what it says of the whole.
fn check_parts(cdr: &Cdr<'_>) -> Verdict {
    if cdr.parts.is_empty() {
        return check(cdr.wallets == 0, Rule::Records, || {
            format!("CDR {}: {} of wallets in no part", cdr.id, cdr.wallets)
        });
    }
    let (mut amount, mut overrun, mut wallets) = (0, 0, 0);
    for part in cdr.parts.iter().filter(|part| part.money) {
        amount += part.cost;
        match part.payer {
            "overrun" => overrun += part.cost,
            "bucket" => wallets += part.cost,
            _ => {}
        }
    }
    let whole = (cdr.amount, cdr.overrun, cdr.wallets);
    check((amount, overrun, wallets) == whole, Rule::Records, || {
        format!("CDR {}: {whole:?} in parts {:?}", cdr.id, cdr.parts)
    })
}

fn account_of(json: &serde_json::Value) -> Option<Uuid> {
    Uuid::parse(json["account"].as_str()?)
}
