//! An open session in the words of its catalogue, for people who look on.

use crate::account::Account;
use crate::cdr::CdrPart;
use crate::cdr_parts::{cdr_part, new_parts};
use crate::session::{Hold, Payer, RateRef, Session, UnitState};
use crate::shard::Shard;
use openmvno_rating::{BucketUnit, Catalog};
use smallvec::SmallVec;

/// What prices a session, and who serves it.
#[derive(Clone, Copy, Debug)]
pub struct SessionWords<'a> {
    catalog: Option<&'a Catalog>,
    account: &'a Account,
    /// Code of its service, empty when its catalogue version is not at hand.
    pub service: &'a str,
    /// Origin-Host of its client.
    pub origin_host: &'a str,
}

/// The price of a set of units.
#[derive(Clone, Debug)]
pub struct UnitWords<'a> {
    /// Rate name; `money` and `free` as in a CDR.
    pub rate: &'a str,
    /// Code of the rate's table, or empty.
    pub table: &'a str,
    /// Who paid for what since the session began.
    pub parts: SmallVec<[CdrPart<'a>; 1]>,
    /// What is held for the running grant.
    pub holds: SmallVec<[HoldWords<'a>; 1]>,
}

/// What is held of a payer.
#[derive(Clone, Copy, Debug)]
pub struct HoldWords<'a> {
    /// Code of the bucket; empty: the balance.
    pub bucket: &'a str,
    /// The amount is micros of money, else the bucket's units.
    pub money: bool,
    /// How much.
    pub amount: i64,
}

impl Shard {
    /// The words for an open session of this shard.
    #[must_use]
    pub fn words_of(&self, session: &Session) -> SessionWords<'_> {
        let account = &self.accounts[session.account as usize];
        let tenant = &self.tenants[usize::from(account.tenant)];
        let catalog = tenant.catalogs.get(&session.catalog).map(|one| &**one);
        let service = catalog.and_then(|catalog| catalog.service(session.service));
        SessionWords {
            catalog,
            account,
            service: service.map_or("", |service| &service.code),
            origin_host: &self.peers[usize::from(session.origin_host)].host,
        }
    }
}

impl<'a> SessionWords<'a> {
    /// The words for some of its units.
    #[must_use]
    pub fn units(&self, unit: &UnitState) -> UnitWords<'a> {
        let (rate, table) = self.price(unit);
        let parts = self.catalog.into_iter().flat_map(|catalog| {
            let parts = new_parts(&unit.parts, &[]).into_iter();
            parts.map(|(part, covered)| cdr_part(catalog, &part, covered))
        });
        UnitWords {
            rate,
            table,
            parts: parts.collect(),
            holds: unit.holds.iter().map(|hold| self.hold(hold)).collect(),
        }
    }

    fn hold(&self, hold: &Hold) -> HoldWords<'a> {
        let (money, bucket) = self.holder(hold.payer);
        HoldWords {
            bucket,
            money,
            amount: hold.amount,
        }
    }

    fn price(&self, unit: &UnitState) -> (&'a str, &'a str) {
        match (unit.rate, self.catalog) {
            (RateRef::Money, _) => ("money", ""),
            (RateRef::Free, _) => ("free", ""),
            (RateRef::Rate(_), None) => ("", ""),
            (RateRef::Rate(guided), Some(catalog)) => (
                catalog
                    .rate(guided.rate)
                    .map_or("", openmvno_rating::Rate::name),
                catalog
                    .table(guided.table)
                    .map_or("", |table| table.code.as_str()),
            ),
        }
    }

    /// Whether what is held of a payer is money, and what a CDR calls the payer.
    fn holder(&self, payer: Payer) -> (bool, &'a str) {
        let code = |number: u32| {
            let mut buckets = self.account.buckets.iter();
            buckets
                .find(|bucket| bucket.id == number)
                .map_or("", |bucket| bucket.code.as_str())
        };
        match payer {
            Payer::Balance | Payer::Overrun => (true, ""),
            Payer::Throttled(number) => (false, code(number)),
            Payer::Bucket(number) => {
                let code = code(number);
                let rule = self
                    .catalog
                    .and_then(|catalog| catalog.bucket_rule_of_code(code));
                (
                    rule.is_some_and(|rule| rule.unit == BucketUnit::Money),
                    code,
                )
            }
        }
    }
}
