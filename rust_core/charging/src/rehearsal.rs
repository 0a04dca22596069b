//! Usage rated in bulk under a catalogue, in memory: what a draft would have done to real traffic.

use crate::account::{Account, AddOn, Line, LineStatus, LineTerms};
use crate::clock::Millis;
use crate::id::Uuid;
use crate::journal::JournalWriter;
use crate::purse::{Changes, Purse};
use crate::raters::Usage;
use crate::request::{Context, ServiceName, UnitKey};
use crate::session::{RateRef, UnitState};
use crate::shard::{Limits, Shard};
use openmvno_rating::{Catalog, Direction, Discount, Guided, NotRated, ServiceId};
use smallvec::SmallVec;
use std::sync::Arc;

/// So much that no usage can exhaust it, and far from what sums overflow at.
const UNLIMITED: i64 = i64::MAX / 4;
const VERSION: u64 = 1;

/// What became of a usage; the numbers are part of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rehearsed {
    /// It has a price.
    Rated = 0,
    /// A rate or a closed user group forbids it.
    Forbidden = 1,
    /// No rate matches.
    NoRate = 2,
    /// No product of the line has a price for the service.
    NotSold = 3,
    /// The network is in no zone.
    UnknownZone = 4,
    /// A used-up bucket refuses some of it.
    Blocked = 5,
    /// The price does not fit an amount.
    Overflow = 6,
}

/// A usage in a row of packed columns.
#[derive(Clone, Copy, Debug)]
pub struct RehearsedUsage<'a> {
    /// Position among the lines.
    pub line: u32,
    /// Position among the document's services.
    pub service: u16,
    /// Direction.
    pub direction: Direction,
    /// Start.
    pub at: Millis,
    /// In the service's unit.
    pub usage: u64,
    /// Rating-Group.
    pub rating_group: Option<u32>,
    /// The other party, international digits.
    pub destination: &'a str,
    /// Where and how the user was served.
    pub context: Option<Context<'a>>,
    /// The other party was on the line's Friends & Family list.
    pub favourite: bool,
}

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
        let codes = lines
            .iter()
            .flat_map(|(main, addons)| std::iter::once(main).chain(addons));
        if let Some(code) = codes
            .into_iter()
            .find(|code| catalog.product_by_code(code).is_none())
        {
            return Err(UnknownProduct(code.clone()));
        }
        let mut shard = Shard::new(0, Limits::default());
        shard.load_catalog(Uuid::default(), VERSION, Arc::clone(&catalog));
        shard.tenants[0].active = Some(VERSION);
        Ok(Self {
            shard,
            catalog,
            begun: false,
            lines,
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
            msisdn: "".into(),
            imsi: "".into(),
            status: LineStatus::Active,
            terms,
        });
        for product in products {
            let granted = self
                .shard
                .granted_buckets(&account, (0, Uuid(id)), &product, at);
            for mut bucket in granted {
                let rule = self.catalog.bucket_rule_by_code(&bucket.code);
                let rule = rule.and_then(|rule| self.catalog.bucket_rule(rule));
                bucket.initial = rule.map_or(bucket.initial, |rule| {
                    i64::try_from(rule.amount).unwrap_or(i64::MAX)
                });
                // Records come as they were made: a session that began before the first of them has
                // the buckets, too.
                bucket.valid_from = 0;
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
        let rated = self.line_rater(usage).and_then(|(rater, guided)| {
            let context = self.catalog.price_context(&rater.facts, &guided);
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

    fn line_rater<'a>(
        &'a self,
        usage: &RehearsedUsage<'a>,
    ) -> Result<(crate::rater::Rater<'a>, Guided), Rehearsed> {
        let account = self
            .shard
            .accounts
            .get(usage.line as usize)
            .ok_or(Rehearsed::NotSold)?;
        let service = self
            .catalog
            .service(ServiceId(usage.service))
            .ok_or(Rehearsed::NotSold)?;
        let found = self.shard.rater_for(
            account,
            &Usage {
                line: 0,
                service: ServiceName::Code(&service.code),
                direction: usage.direction,
                destination: usage.destination,
                context: usage.context,
                at: usage.at,
                seed: "",
            },
        );
        let mut rater = found.map_err(|_| Rehearsed::NotSold)?;
        rater.facts.rating_group = usage.rating_group;
        rater.facts.relation.favourite = usage.favourite;
        let guided =
            self.catalog
                .guide(&rater.products, &rater.facts)
                .map_err(|why| match why {
                    NotRated::NotSold => Rehearsed::NotSold,
                    NotRated::NoRate => Rehearsed::NoRate,
                    NotRated::Forbidden => Rehearsed::Forbidden,
                    NotRated::UnknownZone => Rehearsed::UnknownZone,
                })?;
        Ok((rater, guided))
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
        let (rater, guided) = self.line_rater(usage)?;
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
