//! Buckets: allowances, quotas and wallets that pay for usage instead of the balance.

use openmvno_money::Micros;

use crate::conditions::Covered;
use crate::ids::PaysId;
use crate::rate::PriceOverflow;
use crate::renewal::Renew;

/// What a bucket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BucketUnit {
    /// Seconds of services counted in seconds.
    Second,
    /// Octets of services counted in octets.
    Octet,
    /// Events of services counted in events.
    Event,
    /// Micros of the catalogue's currency.
    Money,
    /// Abstract units: each entry of `pays` says how many a usage costs.
    Abstract,
}

/// What happens when a bucket is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Exhausted {
    /// What comes after the bucket pays.
    #[default]
    PayAsYouGo,
    /// What it would pay for is refused.
    Block,
    /// What it would pay for is free, at the throttled profile.
    Throttle,
}

/// How money becomes content of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopUp {
    /// Name in the catalogue, unique in its bucket.
    pub code: String,
    /// What it costs.
    pub price: Micros,
    /// What it adds: units, or micros.
    pub amount: u64,
    /// Days it lasts, at least one.
    pub days: u32,
}

/// An entry of `pays`.
#[derive(Clone, Debug)]
pub(crate) struct Pays {
    pub(crate) covered: Covered,
    /// Of an abstract bucket: `cost` units of it for `per` units of usage; 1 and 1 of any other.
    pub(crate) cost: u64,
    pub(crate) per: u64,
}

/// What all buckets of one code have in common.
#[derive(Clone, Debug)]
pub struct BucketRule {
    /// Name in the catalogue.
    pub code: String,
    /// Name for people.
    pub name: String,
    /// What it holds.
    pub unit: BucketUnit,
    /// What it holds when new: units, or micros of a money bucket.
    pub amount: u64,
    /// Smaller pays first; the balance has 1000.
    pub priority: u16,
    /// How often its content is replaced.
    pub renew: Renew,
    /// Days it lasts from being granted; `None`: for ever. Only of buckets that are never renewed.
    pub valid_days: Option<u32>,
    /// Further periods what is left may be used, 0 to 3.
    pub rollover: u8,
    /// The first period has its share of the days.
    pub prorate_first: bool,
    /// What happens when it is used up.
    pub exhausted: Exhausted,
    /// Name of the throttled profile; empty unless `exhausted` says so.
    pub throttle: String,
    /// One pool for all lines of the payer.
    pub shared: bool,
    /// Of a shared one: what each line may use in a period.
    pub member_cap: Option<u64>,
    /// Percent used that are announced, ascending.
    pub thresholds: Vec<u8>,
    /// What is drawn is a multiple of this; `None`: of 1.
    pub interval: Option<u64>,
    /// How it may be filled.
    pub top_ups: Vec<TopUp>,
    pub(crate) pays: Vec<Pays>,
}

impl BucketRule {
    /// What covering the billed units [0, `billed`) costs in the bucket's own unit: cumulative, rounded up
    /// once, then to the bucket's interval. 0 costs 0.
    ///
    /// # Errors
    /// When the cost passes 2⁶⁴; of an entry the rule does not have; and always of a money bucket, which
    /// pays what the rate asks.
    pub fn cost(&self, entry: PaysId, billed: u64) -> Result<u64, PriceOverflow> {
        let pays = self.entry(entry).ok_or(PriceOverflow)?;
        // The product of two u64 fits u128, and so does what rounding up adds.
        let cost = (u128::from(billed) * u128::from(pays.cost)).div_ceil(u128::from(pays.per));
        let interval = u128::from(self.step());
        u64::try_from(cost.div_ceil(interval) * interval).map_err(|_| PriceOverflow)
    }

    /// The largest position p in [`from`, `at_most`] with cost(p) − cost(from) ≤ `budget`: how far a bucket with
    /// `budget` left reaches after it has paid up to `from`. `from` when it reaches nowhere or `cost` fails.
    #[must_use]
    pub fn affordable(&self, entry: PaysId, from: u64, budget: u64, at_most: u64) -> u64 {
        let (Some(pays), Ok(paid)) = (self.entry(entry), self.cost(entry, from)) else {
            return from;
        };
        // Costs beyond 2⁶⁴ are errors, never affordable.
        let total = paid.saturating_add(budget);
        let whole = total - total % self.step();
        let reach = u128::from(whole) * u128::from(pays.per) / u128::from(pays.cost);
        let reach = u64::try_from(reach).unwrap_or(u64::MAX);
        reach.min(at_most).max(from)
    }

    /// The service an entry of `pays` covers.
    #[must_use]
    pub fn pays_service(&self, entry: PaysId) -> Option<crate::ServiceId> {
        self.pays
            .get(entry.index())
            .map(|pays| pays.covered.service)
    }

    fn entry(&self, entry: PaysId) -> Option<&Pays> {
        self.pays
            .get(entry.index())
            .filter(|_| self.unit != BucketUnit::Money)
    }

    fn step(&self) -> u64 {
        self.interval.unwrap_or(1).max(1)
    }
}
