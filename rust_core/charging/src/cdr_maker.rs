//! Making CDRs of sessions, events and file records.

use crate::account::{Account, Line, OverrunPolicy, Session, UnitState};
use crate::cdr::{Cdr, CdrCause, CdrKind};
use crate::clock::Millis;
use crate::decide_units::Tariff;
use crate::id::Uuid;
use crate::shard::Shard;

/// Makes the CDRs of one session or event.
pub(crate) struct CdrMaker<'a> {
    shard: u16,
    counter: u64,
    now: Millis,
    balance: i64,
    account: &'a Account,
    tenant: Uuid,
    line: Uuid,
    tariff: Tariff<'a>,
    session: &'a str,
    correlation: &'a str,
    origin_host: &'a str,
    started_at: Millis,
    pub(crate) ended_at: Millis,
    pub(crate) request_number: u32,
}

impl<'a> CdrMaker<'a> {
    pub(crate) fn new(
        shard: &'a Shard,
        session: &'a Session,
        tariff: &Tariff<'a>,
        now: Millis,
        balance: i64,
    ) -> Self {
        let account = &shard.accounts[session.account as usize];
        Self {
            shard: shard.id,
            counter: shard.cdr_counter,
            now,
            balance,
            account,
            tenant: shard.tenants[usize::from(account.tenant)].id,
            line: account.lines[usize::from(session.line)].id,
            tariff: *tariff,
            session: &session.id,
            correlation: &session.correlation,
            origin_host: &shard.peers[usize::from(session.origin_host)].host,
            started_at: session.opened_at,
            ended_at: session.last_at,
            request_number: session.last_number,
        }
    }

    /// For usage that comes in one piece: an event or a file record.
    pub(crate) fn of_event(
        shard: &'a Shard,
        account: &'a Account,
        line: &Line,
        tariff: &Tariff<'a>,
        (session, correlation, origin_host): (&'a str, &'a str, &'a str),
        (now, at, balance): (Millis, Millis, i64),
    ) -> Self {
        Self {
            shard: shard.id,
            counter: shard.cdr_counter,
            now,
            balance,
            account,
            tenant: shard.tenants[usize::from(account.tenant)].id,
            line: line.id,
            tariff: *tariff,
            session,
            correlation,
            origin_host,
            started_at: at,
            ended_at: at,
            request_number: 0,
        }
    }

    /// The CDR of `state`, less what an earlier CDR of it (`before`) holds; `None` when there is
    /// nothing to record.
    pub(crate) fn make(
        &mut self,
        state: &UnitState,
        before: Option<&UnitState>,
        kind: CdrKind,
        cause: CdrCause,
    ) -> Option<Cdr<'a>> {
        let (used, charged, overrun) =
            before.map_or((0, 0, 0), |unit| (unit.used, unit.charged, unit.overrun));
        let usage = state.used - used;
        if usage == 0 && state.charged == charged {
            return None;
        }
        let mut cdr = self.blank(kind, cause);
        cdr.rating_group = state.key.rating_group;
        cdr.usage = usage;
        cdr.amount = state.charged - charged;
        cdr.overrun = state.overrun - overrun;
        cdr.rate = self.tariff.rate_name(state.rate);
        Some(cdr)
    }

    /// A CDR of no usage and no amount.
    pub(crate) fn blank(&mut self, kind: CdrKind, cause: CdrCause) -> Cdr<'a> {
        self.counter += 1;
        let product = self.tariff.catalog.product(self.tariff.product);
        Cdr {
            id: Uuid::time_ordered(self.now, self.shard, self.counter),
            tenant: self.tenant,
            account: self.account.id,
            line: self.line,
            session: self.session,
            kind,
            cause,
            service: &self.tariff.service.code,
            direction: self.tariff.direction,
            destination: self.tariff.destination,
            rating_group: None,
            started_at: self.started_at,
            ended_at: self.ended_at,
            usage: 0,
            currency: self.account.currency.code(),
            amount: 0,
            overrun: 0,
            balance_after: self.balance,
            catalog: self.tariff.version,
            product: product.map_or("", |product| product.code.as_str()),
            rate: "",
            refers_to: None,
            correlation: self.correlation,
            origin_host: self.origin_host,
            debt: self.account.overrun == OverrunPolicy::Debt,
            request_number: self.request_number,
        }
    }
}
