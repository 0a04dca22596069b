//! Buckets in the books, and what must hold of them.

use super::book::{Account, Session};
use super::offer;
use super::violation::{Rule, Verdict, check};
use super::walk::Payer;
use openmvno_charging::{Bucket as Journaled, Cdr, Effect, Uuid};
use std::collections::BTreeMap;

/// The end of what never ends.
pub(super) const FOREVER: i64 = i64::MAX;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    pub(super) id: u32,
    pub(super) code: String,
    pub(super) line: Option<u16>,
    pub(super) instance: Option<Uuid>,
    pub(super) initial: i64,
    pub(super) used: i64,
    pub(super) reserved: i64,
    pub(super) from: i64,
    pub(super) until: i64,
    /// The next one begins where it ends.
    pub(super) renews: bool,
    pub(super) rollovers: u8,
    /// What each line used and holds of a shared one.
    pub(super) members: BTreeMap<u16, (i64, i64)>,
}

impl Bucket {
    pub(super) fn free(&self) -> i64 {
        self.initial - self.used - self.reserved
    }

    /// It may pay for what begins at `at`, or by a client's clock a minute before it was granted.
    pub(super) fn is_open(&self, at: i64) -> bool {
        self.from - 60_000 <= at && at < self.until
    }

    /// The line has left the product that granted it.
    pub(super) fn is_withdrawn(&self) -> bool {
        self.from == FOREVER
    }

    pub(super) fn draw(&mut self, line: u16, used: i64, reserved: i64) {
        self.used += used;
        self.reserved += reserved;
        if self.line.is_none() {
            let member = self.members.entry(line).or_default();
            member.0 += used;
            member.1 += reserved;
            if *member == (0, 0) {
                self.members.remove(&line);
            }
        }
    }

    /// The end of the hour that an instant is in.
    pub(super) fn hour_end(at: i64) -> i64 {
        (at.div_euclid(HOUR_MS) + 1) * HOUR_MS
    }

    /// A new one of the terms.
    pub(super) fn granted(
        id: u32,
        terms: &offer::Terms,
        (line, instance): (u16, Option<Uuid>),
        now: i64,
    ) -> Self {
        let days = terms
            .days
            .map_or(FOREVER, |days| now.saturating_add(days * DAY_MS));
        let until = if terms.hourly {
            Self::hour_end(now)
        } else {
            days
        };
        Self {
            id,
            code: terms.code.to_owned(),
            line: (!terms.shared).then_some(line),
            instance,
            initial: terms.amount,
            used: 0,
            reserved: 0,
            from: now,
            until,
            renews: terms.hourly,
            rollovers: terms.rollover,
            members: BTreeMap::new(),
        }
    }

    /// What a top-up brings: `days` it lasts.
    pub(super) fn topped_up(mut self, content: i64, days: i64) -> Self {
        (self.initial, self.until) = (content, self.from + days * DAY_MS);
        (self.renews, self.rollovers) = (false, 0);
        self
    }

    /// No more is taken and held than there is, of a line no more than its share.
    pub(super) fn check(&self) -> Verdict {
        let held = self.used >= 0 && self.reserved >= 0 && self.free() >= 0;
        check(held, Rule::Buckets, || format!("overdrawn: {self:?}"))?;
        let most = offer::member_cap(&self.code).unwrap_or(i64::MAX);
        let mut sum = (0, 0);
        for &(used, reserved) in self.members.values() {
            sum = (sum.0 + used, sum.1 + reserved);
            check(used + reserved <= most, Rule::Buckets, || {
                format!("a line drew more than {most}: {self:?}")
            })?;
        }
        let all = (self.used, self.reserved);
        check(self.line.is_some() || sum == all, Rule::Buckets, || {
            format!("members of {self:?}")
        })
    }

    /// It ends now.
    pub(super) fn end(&mut self, now: i64) {
        self.until = self.until.min(now);
        (self.renews, self.rollovers) = (false, 0);
    }
}

impl From<&Journaled> for Bucket {
    fn from(bucket: &Journaled) -> Self {
        Self {
            id: bucket.id,
            code: bucket.code.as_str().to_owned(),
            line: bucket.line,
            instance: bucket.instance,
            initial: bucket.initial,
            used: bucket.used,
            reserved: bucket.reserved,
            from: bucket.valid_from,
            until: bucket.expires_at,
            renews: bucket.renews,
            rollovers: bucket.rollovers_left,
            members: bucket
                .members
                .iter()
                .map(|member| (member.line, (member.used, member.reserved)))
                .filter(|&(_, drawn)| drawn != (0, 0))
                .collect(),
        }
    }
}

/// What the parts of a CDR say each bucket paid.
fn paid_by_buckets(cdr: &Cdr<'_>) -> impl Iterator<Item = (u32, i64)> {
    let parts = cdr.parts.iter().filter(|part| part.payer == "bucket");
    parts.filter_map(|part| Some((part.bucket?, part.cost)))
}

impl Session {
    /// A CDR of it says what buckets paid.
    pub(super) fn recorded(&mut self, cdr: &Cdr<'_>) {
        for (bucket, cost) in paid_by_buckets(cdr) {
            *self.uncut_buckets.entry(bucket).or_default() -= cost;
        }
        self.uncut_buckets.retain(|_, paid| *paid != 0);
        self.uncut_wallets -= cdr.wallets;
    }
}

impl Account {
    /// A record begins.
    pub(super) fn begin(&mut self) {
        let drawn = self.stock.buckets.iter();
        let drawn = drawn.map(|bucket| (bucket.id, bucket.used + bucket.reserved));
        self.started = drawn.collect();
    }

    /// Something left a bucket.
    pub(super) fn leaves_bucket(&mut self, effect: &Effect<'_>) {
        if let Effect::Drawn { bucket, used, .. } = effect {
            *self.unrecorded.entry(*bucket).or_default() += used;
        }
    }

    /// A CDR says what buckets paid.
    pub(super) fn recorded(&mut self, cdr: &Cdr<'_>) {
        for (bucket, cost) in paid_by_buckets(cdr) {
            *self.unrecorded.entry(bucket).or_default() -= cost;
        }
        self.unrecorded.retain(|_, paid| *paid != 0);
    }

    /// Buckets hold what they had less what was taken, and what is held of them sessions hold; what
    /// left them is on CDRs or of open sessions.
    pub(super) fn check_buckets(&self) -> Verdict {
        let mut unrecorded = self.unrecorded.clone();
        for session in self.sessions.values() {
            for (bucket, paid) in &session.uncut_buckets {
                *unrecorded.entry(*bucket).or_default() -= paid;
            }
        }
        check(
            unrecorded.values().all(|&paid| paid == 0),
            Rule::Records,
            || format!("{}: left buckets and is on no CDR: {unrecorded:?}", self.id),
        )?;
        for bucket in &self.stock.buckets {
            let payer = Payer::Bucket(bucket.id);
            let sessions = self.sessions.values();
            let held: i64 = sessions.map(|session| session.held(payer)).sum();
            check(bucket.reserved == held, Rule::Holds, || {
                format!("{}: sessions hold {held} of {bucket:?}", self.id)
            })?;
            bucket.check()?;
        }
        let uncut = self.sessions.values();
        let uncut: i64 = uncut.map(|session| session.uncut_wallets).sum();
        let posted = self.posted_wallets - uncut;
        check(self.stock.money() == posted, Rule::Records, || {
            let content = self.stock.money();
            format!("{}: {content} in wallets, postings {posted}", self.id)
        })
    }

    /// The buckets a product grants a line from now on.
    pub(super) fn granted(
        &self,
        version: u64,
        product: &str,
        owner: (u16, Uuid),
        now: i64,
    ) -> Vec<Bucket> {
        let codes = offer::granted(version, product).iter();
        let terms = codes.filter_map(|code| offer::terms(version, code));
        let owner = (owner.0, Some(owner.1));
        (self.stock.next..)
            .zip(terms)
            .map(|(id, terms)| Bucket::granted(id, terms, owner, now))
            .collect()
    }
}
