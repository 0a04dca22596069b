//! Usage rated in bulk under a catalogue, in memory: what a draft would have done to real traffic.

use crate::account::{Account, AddOn, Line, LineStatus, LineTerms};
use crate::clock::Millis;
use crate::id::Uuid;
use crate::journal::JournalWriter;
use crate::purse::{Changes, Purse};
use crate::quote_scratch::UNLIMITED;
use crate::rater::{Products, Rater, line_at, products_named};
use crate::rehearsed::{Rehearsed, RehearsedUsage};
use crate::request::UnitKey;
use crate::session::{RateRef, UnitState};
use crate::shard::{Limits, Shard};
use crate::versions::Versions;
use openmvno_rating::{Catalog, Discount, Facts, Guided, Location, NotRated, Relation, ServiceId};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::sync::Arc;

const VERSION: u64 = 1;

/// A line that is to be rehearsed names a product the catalogue does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownProduct(pub String);

/// Lines, each a payer of its own with unlimited money and the buckets its products grant.
#[derive(Debug)]
pub struct Rehearsal {
    shard: Shard,
    catalog: Arc<Catalog>,
    begun: bool,
    lines: Vec<(String, Vec<String>)>,
    /// The products that lines have together, in the order of deciding.
    offers: Vec<Products>,
    /// Of each line.
    offer_of: Vec<u32>,
}

impl Rehearsal {
    /// `lines`: main product and add-ons of each.
    ///
    /// # Errors
    /// The first product the catalogue does not have.
    pub fn new(
        catalog: Catalog,
        lines: Vec<(String, Vec<String>)>,
    ) -> Result<Self, UnknownProduct> {
        let catalog = Arc::new(catalog);
        let mut known = HashMap::new();
        let mut offers = Vec::new();
        let mut offer_of = Vec::with_capacity(lines.len());
        for line in &lines {
            let offer = match known.get(line) {
                Some(&offer) => offer,
                None => {
                    let offer = u32::try_from(offers.len()).unwrap_or(u32::MAX);
                    offers.push(offer_on(&catalog, line)?);
                    known.insert(line, offer);
                    offer
                }
            };
            offer_of.push(offer);
        }
        let mut shard = Shard::new(0, Limits::default());
        shard.load_catalog(Uuid::default(), VERSION, Arc::clone(&catalog));
        shard.tenants[0].versions = Versions::of(VERSION);
        Ok(Self {
            shard,
            catalog,
            begun: false,
            lines,
            offers,
            offer_of,
        })
    }

    /// Gives the lines their products at `at`, once: whole periods, not prorated.
    pub fn begin(&mut self, at: Millis) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let lines = std::mem::take(&mut self.lines);
        for (slot, (main, addons)) in (0u32..).zip(&lines) {
            let account = self.open(slot, main, addons, at);
            self.shard.place_account(slot, account);
        }
    }

    fn open(&self, slot: u32, main: &str, addons: &[String], at: Millis) -> Account {
        let mut id = [0; 16];
        id[12..].copy_from_slice(&slot.to_be_bytes());
        let mut account = Account::blank(Uuid(id), 0, self.catalog.currency());
        account.balance = UNLIMITED;
        let addons: SmallVec<[AddOn; 2]> = addons
            .iter()
            .map(|code| AddOn {
                instance: Uuid(id),
                product: code.as_str().into(),
            })
            .collect();
        let products: Vec<Box<str>> = std::iter::once(main.into())
            .chain(addons.iter().map(|addon| addon.product.clone()))
            .collect();
        let terms = (!addons.is_empty()).then(|| {
            Box::new(LineTerms {
                addons,
                ..LineTerms::default()
            })
        });
        account.lines.push(Line {
            id: Uuid(id),
            product: main.into(),
            msisdn: None,
            imsi: None,
            status: LineStatus::Active,
            terms,
        });
        for product in products {
            let granted = self
                .shard
                .granted_buckets(&account, (0, Uuid(id)), &product, at);
            for mut bucket in granted {
                // A session may have begun before the first usage that is known.
                bucket.valid_from = Millis::MIN;
                let rule = self.catalog.bucket_rule_of_code(&bucket.code);
                bucket.initial = rule.map_or(bucket.initial, |rule| {
                    i64::try_from(rule.amount).unwrap_or(i64::MAX)
                });
                account.next_bucket = bucket.id + 1;
                account.buckets.push(bucket);
            }
        }
        account.due = crate::periods::next_due(&account);
        account
    }

    /// The price of a usage, micros, with nothing but its rate: no bucket, discount or memory.
    #[must_use]
    pub fn price(&self, usage: &RehearsedUsage<'_>) -> (i64, Rehearsed) {
        let facts = self.facts(usage);
        let rated = self.guided(usage, &facts).and_then(|(_, guided)| {
            let context = self.catalog.price_context(&facts, &guided);
            let rate = self.catalog.rate(guided.rate).ok_or(Rehearsed::NoRate)?;
            let priced = rate.priced(context, false);
            let amount = priced
                .billed(usage.usage)
                .and_then(|billed| priced.amount(billed, Discount(0)));
            amount.map_err(|_| Rehearsed::Overflow)
        });
        match rated {
            Ok(amount) => (amount.get(), Rehearsed::Rated),
            Err(why) => (0, why),
        }
    }

    /// What is known of a usage.
    fn facts<'a>(&'a self, usage: &RehearsedUsage<'a>) -> Facts<'a> {
        let context = usage.context.unwrap_or_default();
        Facts {
            service: ServiceId(usage.service),
            direction: usage.direction,
            destination: usage.destination,
            relation: Relation {
                on_net: context.on_net,
                favourite: usage.favourite,
                cug: context.cug,
            },
            rating_group: usage.rating_group,
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
            time_zone: self.catalog.time_zone(),
            seed: "",
        }
    }

    /// The products of the usage's line, and what prices it.
    fn guided(
        &self,
        usage: &RehearsedUsage<'_>,
        facts: &Facts<'_>,
    ) -> Result<(&Products, Guided), Rehearsed> {
        let offer = self.offer_of.get(usage.line as usize);
        let offer = offer.and_then(|&offer| self.offers.get(offer as usize));
        let products = offer.ok_or(Rehearsed::NotSold)?;
        let guided = self.catalog.guide(products, facts);
        let guided = guided.map_err(|why| match why {
            NotRated::NotSold => Rehearsed::NotSold,
            NotRated::NoRate => Rehearsed::NoRate,
            NotRated::Forbidden => Rehearsed::Forbidden,
            // What nobody sells is not sold wherever it is used.
            NotRated::UnknownZone if !self.catalog.sells(products, facts.service) => {
                Rehearsed::NotSold
            }
            NotRated::UnknownZone => Rehearsed::UnknownZone,
        })?;
        Ok((products, guided))
    }

    fn rater<'a>(
        &'a self,
        usage: &RehearsedUsage<'a>,
        products: &Products,
        facts: Facts<'a>,
    ) -> Option<Rater<'a>> {
        Some(Rater {
            catalog: &self.catalog,
            version: VERSION,
            service: self.catalog.service(facts.service)?,
            line: line_at(self.shard.accounts.get(usage.line as usize)?, 0)?,
            line_ordinal: 0,
            products: products.clone(),
            partner: None,
            facts,
        })
    }

    /// Charges a usage to its line's buckets and balance; what that changes stays.
    pub fn charge(&mut self, usage: &RehearsedUsage<'_>) -> (i64, Rehearsed) {
        let slot = usage.line;
        let due = self
            .shard
            .accounts
            .get(slot as usize)
            .map(|account| account.due);
        if due.is_some_and(|due| due <= usage.at) {
            self.shard
                .settle_due(slot, usage.at, &mut JournalWriter::default());
        }
        match self.charged(usage) {
            Err(why) => (0, why),
            Ok((charged, result, changes)) => {
                changes.apply(&mut self.shard.accounts[slot as usize], 0);
                (charged, result)
            }
        }
    }

    fn charged(&self, usage: &RehearsedUsage<'_>) -> Result<(i64, Rehearsed, Changes), Rehearsed> {
        let facts = self.facts(usage);
        let (products, guided) = self.guided(usage, &facts)?;
        let rater = self.rater(usage, products, facts);
        let rater = rater.ok_or(Rehearsed::NotSold)?;
        let account = &self.shard.accounts[usage.line as usize];
        let key = UnitKey {
            rating_group: usage.rating_group,
            service_identifier: None,
        };
        let mut state = UnitState::new(key, RateRef::Rate(guided), usage.at);
        let mut purse = Purse::of(account, 0, usage.at, rater.facts.time_zone);
        rater
            .charge(
                &mut state,
                (usage.usage, 0),
                (usage.at, usage.at),
                &mut purse,
            )
            .map_err(|_| Rehearsed::Overflow)?;
        let result = if state.blocked {
            Rehearsed::Blocked
        } else {
            Rehearsed::Rated
        };
        Ok((state.charged - state.overrun, result, purse.changes()))
    }
}

fn offer_on(
    catalog: &Catalog,
    (main, addons): &(String, Vec<String>),
) -> Result<Products, UnknownProduct> {
    products_named(catalog, main, addons.iter().map(String::as_str)).map_err(|_| {
        let mut codes = std::iter::once(main).chain(addons);
        let unknown = codes.find(|code| catalog.product_by_code(code).is_none());
        UnknownProduct(unknown.cloned().unwrap_or_default())
    })
}
