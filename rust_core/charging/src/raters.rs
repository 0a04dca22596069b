//! What prices a request or an open session: the catalogue, the line's products, the facts.

use crate::account::{Account, Line, LineStatus};
use crate::answer::ResultCode;
use crate::clock::Millis;
use crate::rater::{Products, Rater, line_at, products_of};
use crate::request::{Context, Request, ServiceName};
use crate::session::Session;
use crate::shard::Shard;
use openmvno_rating::{
    Catalog, Direction, Facts, FinalUnit, Location, Relation, Service, ServiceId, Special,
};

/// A usage to be priced, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage<'a> {
    pub(crate) line: u16,
    pub(crate) service: ServiceName<'a>,
    pub(crate) direction: Direction,
    pub(crate) destination: &'a str,
    pub(crate) context: Option<Context<'a>>,
    pub(crate) at: Millis,
    /// Session-Id.
    pub(crate) seed: &'a str,
}

/// What an answer says of a session's grants beside their size.
#[derive(Clone, Copy, Debug)]
pub struct GrantTerms<'a> {
    /// The catalogue version that prices the session.
    pub catalog: &'a Catalog,
    /// The service.
    pub service: &'a Service,
    line: Option<&'a Line>,
    id: ServiceId,
}

impl<'a> GrantTerms<'a> {
    /// What the client does when the last units are used up.
    #[must_use]
    pub fn final_unit(&self) -> &'a FinalUnit {
        let products = self.line.map(|line| products_of(self.catalog, line));
        let products = products.and_then(Result::ok).unwrap_or_default();
        self.catalog.final_unit(&products, self.id)
    }
}

impl Shard {
    /// What an answer says of the grants of an open session.
    #[must_use]
    pub fn grant_terms(&self, session: &str) -> Option<GrantTerms<'_>> {
        let session = self.session_named(session)?;
        let account = &self.accounts[session.account as usize];
        let tenant = &self.tenants[usize::from(account.tenant)];
        let catalog = tenant.catalogs.get(&session.catalog)?.as_ref();
        Some(GrantTerms {
            catalog,
            service: catalog.service(session.service)?,
            line: line_at(account, session.line),
            id: session.service,
        })
    }

    /// What prices a new session or event of a line, or why it may not start.
    pub(crate) fn rater<'a>(
        &'a self,
        account: &'a Account,
        request: &Request<'a>,
        seed: &'a str,
    ) -> Result<Rater<'a>, ResultCode> {
        let line = line_at(account, request.line).ok_or(ResultCode::USER_UNKNOWN)?;
        if line.status == LineStatus::Closed {
            return Err(ResultCode::USER_UNKNOWN);
        }
        let usage = Usage {
            line: request.line,
            service: request.service,
            direction: request.direction,
            destination: request.destination,
            context: request.context,
            at: request.at,
            seed,
        };
        let version = self.versions_of(account).at(request.at);
        let rater = self.rater_for(account, version, &usage)?;
        if line.status == LineStatus::Active || rater.may_serve_inactive() {
            Ok(rater)
        } else {
            Err(ResultCode::END_USER_SERVICE_DENIED)
        }
    }

    /// What prices a usage under a catalogue version, whatever the line's status.
    pub(crate) fn rater_for<'a>(
        &'a self,
        account: &'a Account,
        version: Option<u64>,
        usage: &Usage<'a>,
    ) -> Result<Rater<'a>, ResultCode> {
        let version = version.ok_or(ResultCode::RATING_FAILED)?;
        let catalog = self.tenants[usize::from(account.tenant)]
            .catalogs
            .get(&version)
            .ok_or(ResultCode::RATING_FAILED)?
            .as_ref();
        if catalog.currency() != account.currency {
            return Err(ResultCode::RATING_FAILED);
        }
        let line = line_at(account, usage.line).ok_or(ResultCode::USER_UNKNOWN)?;
        let products = products_of(catalog, line)?;
        let service =
            service_of(catalog, usage.service).ok_or(ResultCode::AUTHORIZATION_REJECTED)?;
        let rater = build(
            (catalog, version),
            account,
            (line, usage),
            products,
            service,
        )
        .ok_or(ResultCode::AUTHORIZATION_REJECTED)?;
        if rater.special() == Special::Ordinary && !catalog.sells(&rater.products, service) {
            return Err(ResultCode::AUTHORIZATION_REJECTED);
        }
        Ok(rater)
    }

    /// What prices an open session at `at`.
    pub(crate) fn rater_of<'a>(&'a self, session: &'a Session, at: Millis) -> Option<Rater<'a>> {
        self.rater_under(session, (session.catalog, session.service), at)
    }

    /// What would price an open session under a catalogue version.
    pub(crate) fn rater_under<'a>(
        &'a self,
        session: &'a Session,
        (version, service): (u64, ServiceId),
        at: Millis,
    ) -> Option<Rater<'a>> {
        let surroundings = session.surroundings();
        let context = surroundings.map(crate::session::Surroundings::context);
        self.rater_in(session, (version, service), context, at)
    }

    /// What would price an open session elsewhere or otherwise served.
    pub(crate) fn rater_in<'a>(
        &'a self,
        session: &'a Session,
        (version, service): (u64, ServiceId),
        context: Option<Context<'a>>,
        at: Millis,
    ) -> Option<Rater<'a>> {
        let account = &self.accounts[session.account as usize];
        let tenant = &self.tenants[usize::from(account.tenant)];
        let catalog = tenant.catalogs.get(&version)?.as_ref();
        let line = line_at(account, session.line)?;
        let usage = Usage {
            line: session.line,
            service: ServiceName::Code(""),
            direction: session.direction,
            destination: &session.destination,
            context,
            at,
            seed: &session.id,
        };
        let products = products_of(catalog, line).unwrap_or_default();
        build(
            (catalog, version),
            account,
            (line, &usage),
            products,
            service,
        )
    }
}

impl<'a> Rater<'a> {
    /// What the client does when the last units are used up: as the first of the line's products that
    /// says so has it, else as the service does.
    pub(crate) fn final_unit(&self) -> &'a FinalUnit {
        self.catalog.final_unit(&self.products, self.facts.service)
    }
}

impl Rater<'_> {
    /// Emergency and toll-free numbers, and lines whose barring lets free usage through.
    fn may_serve_inactive(&self) -> bool {
        let terms = self.line.terms.as_deref();
        let zero_rated = terms.is_some_and(|terms| terms.zero_rated_allowed);
        let barred = terms.is_some_and(|terms| terms.toll_free_barred);
        match self.special() {
            Special::Emergency => true,
            Special::TollFree => !barred || zero_rated,
            Special::Ordinary => zero_rated,
        }
    }
}

pub(crate) fn build<'a>(
    (catalog, version): (&'a Catalog, u64),
    account: &'a Account,
    (line, usage): (&'a Line, &Usage<'a>),
    products: Products,
    service: ServiceId,
) -> Option<Rater<'a>> {
    let context = usage.context.unwrap_or_default();
    let facts = Facts {
        service,
        direction: usage.direction,
        destination: usage.destination,
        relation: Relation {
            on_net: context.on_net,
            favourite: line.has_favourite(usage.destination),
            cug: context.cug,
        },
        rating_group: None,
        service_identifier: None,
        location: Location {
            plmn: context.plmn,
            msc: context.msc,
            cell: context.cell,
        },
        apn: context.apn,
        rat_type: context.rat_type,
        qos_class: context.qos_class,
        slice: context.slice,
        access_network: context.access_network,
        at: usage.at,
        time_zone: account.time_zone().unwrap_or(catalog.time_zone()),
        seed: usage.seed,
    };
    Some(Rater {
        catalog,
        version,
        service: catalog.service(service)?,
        line,
        line_ordinal: usage.line,
        products,
        partner: None,
        facts,
    })
}

/// The service of a name.
pub(crate) fn service_of(catalog: &Catalog, service: ServiceName<'_>) -> Option<ServiceId> {
    match service {
        ServiceName::Context(context) => catalog.service_by_context(context),
        ServiceName::Code(code) => catalog.service_by_code(code),
    }
}
