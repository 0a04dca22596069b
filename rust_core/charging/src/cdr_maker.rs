//! Making CDRs of sessions, events and file records.

use crate::account::{Account, Line, OverrunPolicy};
use crate::cdr::{Cdr, CdrCause, CdrKind, CdrPart, Earlier, PartnerCharge};
use crate::cdr_parts::{cdr_part, is_plain, new_parts};
use crate::clock::Millis;
use crate::id::Uuid;
use crate::rater::Rater;
use crate::request::Context;
use crate::session::{Part, RateRef, Session, UnitState};
use crate::shard::Shard;
use openmvno_rating::{Catalog, Facts, PartnerId, PartnerRole, TimeZone};
use smallvec::SmallVec;

/// Makes the CDRs of one session or event.
pub(crate) struct CdrMaker<'a> {
    shard: u16,
    counter: u64,
    now: Millis,
    balance: i64,
    account: &'a Account,
    tenant: Uuid,
    line: &'a Line,
    rater: Rater<'a>,
    session: &'a str,
    correlation: &'a str,
    origin_host: &'a str,
    context: Option<Context<'a>>,
    started_at: Millis,
    pub(crate) ended_at: Millis,
    pub(crate) request_number: u32,
}

impl<'a> CdrMaker<'a> {
    pub(crate) fn new(
        shard: &'a Shard,
        session: &'a Session,
        rater: &Rater<'a>,
        now: Millis,
        balance: i64,
    ) -> Self {
        let account = &shard.accounts[session.account as usize];
        let surroundings = session.surroundings();
        Self {
            shard: shard.id,
            counter: shard.cdr_counter,
            now,
            balance,
            account,
            tenant: shard.tenants[usize::from(account.tenant)].id,
            line: rater.line,
            rater: rater.clone(),
            session: &session.id,
            correlation: session.correlation(),
            origin_host: &shard.peers[usize::from(session.origin_host)].host,
            context: surroundings.map(crate::session::Surroundings::context),
            started_at: session.cut().at,
            ended_at: session.last_at,
            request_number: session.last_number,
        }
    }

    /// For usage that comes in one piece: an event or a file record.
    pub(crate) fn of_event(
        shard: &'a Shard,
        account: &'a Account,
        rater: &Rater<'a>,
        (session, correlation, origin_host): (&'a str, &'a str, &'a str),
        context: Option<Context<'a>>,
        (now, at, balance): (Millis, Millis, i64),
    ) -> Self {
        Self {
            shard: shard.id,
            counter: shard.cdr_counter,
            now,
            balance,
            account,
            tenant: shard.tenants[usize::from(account.tenant)].id,
            line: rater.line,
            rater: rater.clone(),
            session,
            correlation,
            origin_host,
            context,
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
        cdr.service_identifier = state.key.service_identifier;
        cdr.usage = usage;
        cdr.amount = state.charged - charged;
        cdr.overrun = state.overrun - overrun;
        cdr.rate = self.rate_name(state.rate);
        cdr.product = self.product_name(state.rate);
        if state.since > cdr.started_at {
            cdr.started_at = state.since;
        }
        let parts = self.parts(&state.parts, before.map_or(&[], |unit| &unit.parts));
        cdr.wallets = parts
            .iter()
            .filter(|part| part.money && part.bucket.is_some())
            .map(|part| part.cost)
            .sum();
        let paid = parts.is_empty() && state.continuing;
        let goes_on = used > 0 || paid;
        cdr.earlier = (goes_on || state.since != cdr.started_at).then_some(Earlier {
            used,
            since: state.since,
            paid,
        });
        if goes_on || !is_plain(self.rater.catalog, state, &parts, cdr.started_at) {
            cdr.parts = parts;
        }
        cdr.partners = self.partners(state, (usage, 0));
        Some(cdr)
    }

    /// A CDR of no usage and no amount.
    pub(crate) fn blank(&mut self, kind: CdrKind, cause: CdrCause) -> Cdr<'a> {
        self.counter += 1;
        Cdr {
            id: Uuid::time_ordered(self.now, self.shard, self.counter),
            tenant: self.tenant,
            account: self.account.id,
            line: self.line.id,
            session: self.session,
            kind,
            cause,
            service: &self.rater.service.code,
            direction: self.rater.facts.direction,
            destination: self.rater.facts.destination,
            rating_group: None,
            service_identifier: None,
            started_at: self.started_at,
            ended_at: self.ended_at,
            usage: 0,
            currency: self.account.currency.code(),
            amount: 0,
            overrun: 0,
            balance_after: self.balance,
            catalog: self.rater.version,
            product: &self.line.product,
            rate: "",
            refers_to: None,
            correlation: self.correlation,
            origin_host: self.origin_host,
            debt: self.account.overrun == OverrunPolicy::Debt,
            request_number: self.request_number,
            wallets: 0,
            parts: SmallVec::new(),
            partners: SmallVec::new(),
            context: self.context,
            favourite: self.rater.facts.relation.favourite,
            time_zone: self.account.time_zone().map_or("", TimeZone::name),
            earlier: None,
        }
    }

    fn rate_name(&self, rate: RateRef) -> &'a str {
        match rate {
            RateRef::Money => "money",
            RateRef::Free => "free",
            RateRef::Rate(guided) => {
                let rate = self.rater.catalog.rate(guided.rate);
                rate.map_or("", openmvno_rating::Rate::name)
            }
        }
    }

    fn product_name(&self, rate: RateRef) -> &'a str {
        let RateRef::Rate(guided) = rate else {
            return &self.line.product;
        };
        let product = self.rater.catalog.product(guided.product);
        product.map_or("", |product| product.code.as_str())
    }

    fn parts(&self, all: &[Part], before: &[Part]) -> SmallVec<[CdrPart<'a>; 1]> {
        let catalog = self.rater.catalog;
        new_parts(all, before)
            .iter()
            .map(|(part, covered)| cdr_part(catalog, part, *covered))
            .collect()
    }

    /// What the resellers above the account pay and what the vendor gets, each at its own price.
    fn partners(&self, state: &UnitState, usage: (u64, u64)) -> SmallVec<[PartnerCharge<'a>; 1]> {
        let catalog: &'a Catalog = self.rater.catalog;
        let mut charges = SmallVec::new();
        if catalog.partners().is_empty() || state.rate == RateRef::Money {
            return charges;
        }
        let account: &'a Account = self.account;
        let chain = account
            .terms
            .as_deref()
            .map_or(&[][..], |terms| &terms.partners);
        let resellers = chain
            .iter()
            .filter_map(|code| catalog.partner_by_code(code));
        charges.extend(resellers.filter_map(|id| self.rater.partner_charge(id, state, usage)));
        let vendors = (0u16..).zip(catalog.partners());
        let mut vendors = vendors.filter(|(_, partner)| partner.role == PartnerRole::Vendor);
        charges.extend(
            vendors.find_map(|(id, _)| self.rater.partner_charge(PartnerId(id), state, usage)),
        );
        charges
    }
}

impl<'a> Rater<'a> {
    /// What a partner charges for, or gets of, a usage; `None` where it has no price.
    pub(crate) fn partner_charge(
        &self,
        id: PartnerId,
        state: &UnitState,
        usage: (u64, u64),
    ) -> Option<PartnerCharge<'a>> {
        let catalog: &'a Catalog = self.catalog;
        let partner = catalog.partner(id)?;
        if self.special() != openmvno_rating::Special::Ordinary {
            return None;
        }
        let rater = Rater {
            partner: Some(id),
            ..self.clone()
        };
        let facts = Facts {
            rating_group: state.key.rating_group,
            service_identifier: state
                .key
                .service_identifier
                .or(self.facts.service_identifier),
            at: state.since,
            ..self.facts
        };
        let guided = catalog.partner_rate(id, &facts).ok()?;
        let priced = UnitState::new(state.key, RateRef::Rate(guided), state.since);
        Some(PartnerCharge {
            code: &partner.code,
            role: partner.role,
            currency: partner.currency.code(),
            amount: rater.whole_price(&priced, usage)?,
        })
    }
}
