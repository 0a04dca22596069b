//! What is due by the clock: buckets that end, are carried on or begin anew.
//!
//! Each account knows when something of it is due; a timer settles it then, and a request that comes
//! first settles it before it is decided. One step of one bucket at a time, so a long outage is
//! walked period by period, as it would have been.

use crate::account::Account;
use crate::bucket::{Bucket, FOREVER};
use crate::clock::{DAY_MS, Millis};
use crate::command::AdjustReason;
use crate::effect::{Cause, Effect, Effects, Record};
use crate::id::Uuid;
use crate::journal::JournalWriter;
use crate::notice::{EXPIRY_AHEAD_MS, EXPIRY_BIT, Notices};
use crate::shard::Shard;
use openmvno_rating::{BucketRule, BucketUnit, Catalog, Renew, TimeZone, renewal_period};
use smallvec::SmallVec;
use thin_vec::ThinVec;

/// In the timers, what is due of the account itself rather than of one of its sessions.
pub(crate) const DUE_ORDINAL: u32 = u32::MAX;

/// Steps settled before one request; the rest follow with the timers.
const STEPS_A_REQUEST: usize = 256;

static UTC: TimeZone = TimeZone::UTC;

/// When something of the account is due.
pub(crate) fn next_due(account: &Account) -> Millis {
    let buckets = account.buckets.iter().map(bucket_due);
    buckets.min().unwrap_or(FOREVER)
}

/// Whether the next one of its kind opens at its end. One that is withdrawn is not renewed.
fn is_renewed(bucket: &Bucket) -> bool {
    bucket.renews && !bucket.is_withdrawn()
}

/// A bucket whose grants still run waits for their end.
fn bucket_due(bucket: &Bucket) -> Millis {
    let ends = if bucket.reserved == 0 || is_renewed(bucket) {
        bucket.expires_at
    } else {
        FOREVER
    };
    let to_tell = bucket.expires_at < FOREVER
        && bucket.expires_at.saturating_sub(bucket.valid_from) > EXPIRY_AHEAD_MS
        && bucket.rollovers_left == 0
        && bucket.told & EXPIRY_BIT == 0
        && bucket.free() > 0;
    let tells = if to_tell {
        bucket.expires_at - EXPIRY_AHEAD_MS
    } else {
        FOREVER
    };
    ends.min(tells)
}

impl Shard {
    /// Settles what of an account is due at `now`.
    pub(crate) fn settle_due(&mut self, slot: u32, now: Millis, journal: &mut JournalWriter) {
        for _ in 0..STEPS_A_REQUEST {
            let due = self.accounts.get(slot as usize).map(|account| account.due);
            if due.is_none_or(|due| due > now) {
                return;
            }
            if !self.write_due(slot, now, journal) {
                // What was due has gone by other ways.
                let account = &mut self.accounts[slot as usize];
                account.due = next_due(account);
                return;
            }
        }
        let due = self.accounts[slot as usize].due;
        if due <= now {
            self.timers
                .push(std::cmp::Reverse((now + 1, slot, DUE_ORDINAL)));
        }
    }

    /// Journals and applies one step; false when nothing is due.
    fn write_due(&mut self, slot: u32, now: Millis, journal: &mut JournalWriter) -> bool {
        let effects = self.due_effects(slot, now);
        if effects.is_empty() {
            return false;
        }
        let orders = self.orders_after(Some(slot), &effects);
        let place = journal.append(&Record {
            now,
            account: Some(slot),
            cause: Cause::Timer,
            effects,
        });
        self.absorb_written(journal, place);
        self.orders.extend(orders);
        true
    }

    /// The catalogue in force for an account's tenant.
    #[must_use]
    pub fn catalog_of(&self, account: &Account) -> Option<&Catalog> {
        let tenant = &self.tenants[usize::from(account.tenant)];
        tenant
            .catalogs
            .get(&tenant.versions.active()?)
            .map(|catalog| &**catalog)
    }

    /// Adds the notices that a request's or command's effects call for.
    pub(crate) fn add_notices<'a>(&'a self, slot: u32, now: Millis, effects: &mut Effects<'a>) {
        let Some(account) = self.accounts.get(slot as usize) else {
            return;
        };
        if account.buckets.is_empty() && account.terms.is_none() && !has_caps(account) {
            return;
        }
        let found = self.notices(account, now, effects).of(effects);
        effects.extend(found);
    }

    pub(crate) fn notices<'a>(
        &'a self,
        account: &'a Account,
        now: Millis,
        effects: &[Effect<'_>],
    ) -> Notices<'a> {
        let used = effects.iter().filter_map(|effect| match effect {
            Effect::Recorded(cdr) => Some(cdr.id.counter()),
            Effect::Noticed(notice) => Some(notice.id.counter()),
            _ => None,
        });
        Notices {
            account,
            tenant: self.tenants[usize::from(account.tenant)].id,
            catalog: self.catalog_of(account),
            now,
            shard: self.id,
            counter: used.max().unwrap_or(0).max(self.cdr_counter),
        }
    }

    fn due_effects(&self, slot: u32, now: Millis) -> Effects<'_> {
        let account = &self.accounts[slot as usize];
        let mut effects = Effects::new();
        let due = account
            .buckets
            .iter()
            .find(|bucket| bucket_due(bucket) <= now);
        let Some(bucket) = due else {
            return effects;
        };
        let rule = self
            .catalog_of(account)
            .and_then(|catalog| catalog.bucket_rule_of_code(&bucket.code));
        if is_renewed(bucket) && bucket.expires_at <= now {
            self.renew(account, bucket, rule, &mut effects);
        } else if bucket.expires_at <= now && bucket.reserved == 0 {
            self.close_bucket(account, bucket, rule, now, &mut effects);
        } else {
            let mut notices = self.notices(account, now, &effects);
            effects.push(notices.expiring(bucket));
        }
        effects
    }

    /// The next period's bucket opens; the rest of this one is carried on or ends.
    fn renew<'a>(
        &'a self,
        account: &'a Account,
        bucket: &'a Bucket,
        rule: Option<&'a BucketRule>,
        effects: &mut Effects<'a>,
    ) {
        let renews = bucket.expires_at;
        let mut ended = (bucket.expires_at, bucket.rollovers_left);
        if let Some(rule) = rule.filter(|rule| rule.renew != Renew::Never) {
            let zone = self.zone_ref(account);
            let (from, until) = renewal_period(rule.renew, renews, zone);
            let amount = i64::try_from(rule.amount).unwrap_or(i64::MAX);
            let next = Bucket {
                valid_from: from.max(renews),
                ..new_bucket(
                    account.next_bucket,
                    rule,
                    (bucket.line, bucket.instance),
                    amount,
                    until,
                )
            };
            effects.push(Effect::BucketOpened(Box::new(next)));
        }
        if bucket.rollovers_left > 0 && bucket.free() > 0 {
            ended = (
                self.carried_until(account, rule, bucket),
                bucket.rollovers_left - 1,
            );
        }
        effects.push(Effect::BucketChanged {
            bucket: bucket.id,
            initial: bucket.initial,
            expires_at: ended.0,
            renews: false,
            rollovers_left: ended.1,
        });
    }

    fn carried_until(
        &self,
        account: &Account,
        rule: Option<&BucketRule>,
        bucket: &Bucket,
    ) -> Millis {
        let zone = self.zone_ref(account);
        rule.map_or(bucket.expires_at, |rule| {
            renewal_period(rule.renew, bucket.expires_at, zone).1
        })
    }

    /// A bucket's end: carried into a further period while it may be, else gone. What is withdrawn is
    /// not carried on.
    fn close_bucket<'a>(
        &'a self,
        account: &'a Account,
        bucket: &'a Bucket,
        rule: Option<&'a BucketRule>,
        now: Millis,
        effects: &mut Effects<'a>,
    ) {
        if bucket.rollovers_left > 0 && bucket.free() > 0 && !bucket.is_withdrawn() {
            effects.push(Effect::BucketChanged {
                bucket: bucket.id,
                initial: bucket.initial,
                expires_at: self.carried_until(account, rule, bucket),
                renews: false,
                rollovers_left: bucket.rollovers_left - 1,
            });
            return;
        }
        effects.push(Effect::BucketClosed { bucket: bucket.id });
        if bucket.free() > 0 && self.holds_money(account, &bucket.code) {
            effects.push(Effect::Adjusted {
                tenant: self.tenants[usize::from(account.tenant)].id,
                account: account.id,
                currency: account.currency.code(),
                reason: AdjustReason::Breakage,
                reference: breakage_reference(account.id, bucket.id, now),
                amount: bucket.free(),
                balance_after: account.balance,
            });
        }
    }

    /// Whether buckets of a rule hold money, as the catalogue in force says or, where it has given the
    /// rule up, the newest version that knows it: what is left of them is in the books all the same.
    pub(crate) fn holds_money(&self, account: &Account, code: &str) -> bool {
        let tenant = &self.tenants[usize::from(account.tenant)];
        let of = |version: u64| tenant.catalogs.get(&version)?.bucket_rule_of_code(code);
        let newest = || {
            let versions = tenant.catalogs.keys().copied();
            versions.filter(|&version| of(version).is_some()).max()
        };
        let rule = tenant
            .versions
            .active()
            .and_then(of)
            .or_else(|| of(newest()?));
        rule.is_some_and(|rule| rule.unit == BucketUnit::Money)
    }

    /// Where an account's days begin: its own time zone, else the catalogue's.
    pub(crate) fn zone_ref<'a>(&'a self, account: &'a Account) -> &'a TimeZone {
        let of_catalog = || self.catalog_of(account).map(Catalog::time_zone);
        account.time_zone().or_else(of_catalog).unwrap_or(&UTC)
    }

    /// The buckets that a product grants to a line from `now` on.
    pub(crate) fn granted_buckets(
        &self,
        account: &Account,
        (line, instance): (u16, Uuid),
        product: &str,
        now: Millis,
    ) -> SmallVec<[Bucket; 2]> {
        let mut granted = SmallVec::new();
        let Some(catalog) = self.catalog_of(account) else {
            return granted;
        };
        let product = catalog
            .product_by_code(product)
            .and_then(|id| catalog.product(id));
        let zone = self.zone_ref(account);
        let mut id = account.next_bucket;
        for rule in product.iter().flat_map(|product| &product.buckets) {
            let Some(rule) = catalog.bucket_rule(*rule) else {
                continue;
            };
            let owner = ((!rule.shared).then_some(line), Some(instance));
            let (amount, until) = first_period(rule, now, zone);
            granted.push(Bucket {
                valid_from: now,
                ..new_bucket(id, rule, owner, amount, until)
            });
            id += 1;
        }
        granted
    }
}

fn has_caps(account: &Account) -> bool {
    account.lines.iter().any(|line| line.cap().is_some())
}

/// What a bucket granted at `now` holds and when it ends.
fn first_period(rule: &BucketRule, now: Millis, zone: &TimeZone) -> (i64, Millis) {
    let amount = i64::try_from(rule.amount).unwrap_or(i64::MAX);
    if rule.renew == Renew::Never {
        let days = rule.valid_days.map(Millis::from);
        return (
            amount,
            days.map_or(FOREVER, |days| now.saturating_add(days * DAY_MS)),
        );
    }
    let (from, until) = renewal_period(rule.renew, now, zone);
    if !rule.prorate_first {
        return (amount, until);
    }
    // The share of the days left, the first one counted whole, rounded up to a whole unit.
    let day_start = renewal_period(Renew::Day, now, zone).0.max(from);
    let days = |span: Millis| i128::from((span + DAY_MS / 2) / DAY_MS).max(1);
    let (left, all) = (days(until - day_start), days(until - from));
    let share = (i128::from(amount) * left + all - 1) / all;
    (i64::try_from(share).unwrap_or(amount), until)
}

/// A bucket of a rule with nothing used.
pub(crate) fn new_bucket(
    id: u32,
    rule: &BucketRule,
    (line, instance): (Option<u16>, Option<Uuid>),
    amount: i64,
    until: Millis,
) -> Bucket {
    Bucket {
        id,
        code: rule.code.as_str().into(),
        line,
        instance,
        initial: amount,
        used: 0,
        reserved: 0,
        valid_from: 0,
        expires_at: until,
        renews: rule.renew != Renew::Never,
        rollovers_left: rule.rollover,
        told: 0,
        members: ThinVec::new(),
    }
}

/// One reference for one bucket's end, the same in every replay.
fn breakage_reference(account: Uuid, bucket: u32, now: Millis) -> Uuid {
    let mut key = [0; 20];
    key[..16].copy_from_slice(&account.0);
    key[16..].copy_from_slice(&bucket.to_be_bytes());
    Uuid::time_ordered(now, 0, xxhash_rust::xxh3::xxh3_64(&key))
}
