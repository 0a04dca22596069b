//! What a run of journal payloads adds to the statistics: a sum for each minute and kind of thing,
//! however many rows there are.

use crate::cdr_json::notice_word;
use crate::copy::storable;
use openmvno_charging::{Cdr, Notice, NoticeKind, Posting, Uuid};
use std::collections::BTreeMap;

const MINUTE_MS: i64 = 60_000;

/// What is counted, in the words of table `statistic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// CDRs.
    Usage,
    /// Postings.
    Posting,
    /// Refusals that the journal tells of.
    Failure,
}

impl Measure {
    /// The word the table holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Posting => "posting",
            Self::Failure => "failure",
        }
    }
}

/// What is added up together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    tenant: Uuid,
    minute: i64,
    measure: Measure,
    kind: &'a str,
    detail: &'a str,
    currency: &'a str,
}

#[derive(Clone, Copy, Debug, Default)]
struct Total {
    events: u64,
    usage: i128,
    amount: i128,
}

/// One sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// Tenant.
    pub tenant: Uuid,
    /// Its minute's beginning, Unix milliseconds.
    pub minute: i64,
    /// What is counted.
    pub measure: Measure,
    /// The service, ledger account, or area of a failure.
    pub kind: String,
    /// Kind of CDR, or of failure.
    pub detail: String,
    /// ISO 4217 code; empty where it is not about money.
    pub currency: String,
    /// How many.
    pub events: u64,
    /// In the service's unit. No limit of its own: an overflow would stop the materialiser.
    pub usage: i128,
    /// Micros.
    pub amount: i128,
}

/// Sums as they grow.
#[derive(Debug, Default)]
pub(crate) struct Sums<'a>(BTreeMap<Key<'a>, Total>);

impl<'a> Sums<'a> {
    /// `usage` as the CDR's row has it.
    pub(crate) fn cdr(&mut self, now: i64, kind: &'static str, usage: i64, cdr: &Cdr<'a>) {
        let key = Key {
            tenant: cdr.tenant,
            minute: minute_of(now),
            measure: Measure::Usage,
            kind: cdr.service,
            detail: kind,
            currency: cdr.currency,
        };
        self.add(key, usage, cdr.amount);
    }

    pub(crate) fn posting(&mut self, now: i64, tenant: Uuid, currency: &'a str, leg: Posting) {
        let key = Key {
            tenant,
            minute: minute_of(now),
            measure: Measure::Posting,
            kind: leg.account.as_str(),
            detail: "",
            currency,
        };
        self.add(key, 0, leg.amount);
    }

    /// A cap that is reached and usage without a price are refusals; other notices are none.
    pub(crate) fn notice(&mut self, now: i64, notice: &Notice<'_>) {
        if !matches!(
            notice.kind,
            NoticeKind::CapReached | NoticeKind::UnratedUsage
        ) {
            return;
        }
        let key = Key {
            tenant: notice.tenant,
            minute: minute_of(now),
            measure: Measure::Failure,
            kind: "charging",
            detail: notice_word(notice.kind),
            currency: "",
        };
        self.add(key, 0, 0);
    }

    fn add(&mut self, key: Key<'a>, usage: i64, amount: i64) {
        let total = self.0.entry(key).or_default();
        total.events += 1;
        total.usage += i128::from(usage);
        total.amount += i128::from(amount);
    }

    /// All of them, in the order of their keys.
    pub(crate) fn finish(self) -> Vec<Sum> {
        let sum = |(key, total): (Key<'_>, Total)| Sum {
            tenant: key.tenant,
            minute: key.minute,
            measure: key.measure,
            kind: storable(key.kind).into_owned(),
            detail: storable(key.detail).into_owned(),
            currency: storable(key.currency).into_owned(),
            events: total.events,
            usage: total.usage,
            amount: total.amount,
        };
        self.0.into_iter().map(sum).collect()
    }
}

fn minute_of(now: i64) -> i64 {
    now.div_euclid(MINUTE_MS).saturating_mul(MINUTE_MS)
}
