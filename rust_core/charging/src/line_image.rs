//! A line as it goes from one payer to another.

use crate::account::{Line, LineStatus};
use crate::bucket::{Bucket, Counter};
use crate::id::Uuid;
use openmvno_money::Currency;
use serde::{Deserialize, Serialize};

/// The layout of [`LineImage`] this release writes.
pub(crate) const LINE_IMAGE_VERSION: u8 = 1;

/// What is a line's own: what its payer gives and its next one gets. To everybody in between it is
/// opaque.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineImage {
    /// Layout.
    pub version: u8,
    /// The shard it comes from.
    pub shard: u16,
    /// The account it comes from.
    pub account: Uuid,
    /// Of its money.
    pub currency: Currency,
    /// How many times it had come to a payer.
    pub arrivals: u32,
    /// Products, identities, terms, and the status it is to have.
    pub line: Line,
    /// Its own buckets; and, empty until they begin anew, those its products grant to all lines of
    /// an account.
    pub buckets: Vec<Bucket>,
    /// Volumes of its discounts.
    pub counters: Vec<Counter>,
}

impl LineImage {
    /// Whether it is what an export of this release gives.
    pub(crate) fn is_sound(&self) -> bool {
        let content = |bucket: &Bucket| {
            (0..=bucket.initial).contains(&bucket.used)
                && bucket.reserved == 0
                && bucket.members.is_empty()
        };
        let goes_on = !matches!(self.line.status, LineStatus::Moving | LineStatus::Closed);
        self.version == LINE_IMAGE_VERSION
            && goes_on
            && self.buckets.iter().all(content)
            && self.counters.iter().all(|counter| counter.used >= 0)
    }
}
