//! What an account has beside its balance, and what journaled effects make of it.

use super::bucket::Bucket;
use super::offer;
use openmvno_charging::Effect;
use std::collections::BTreeMap;

/// Volumes counted, by discount and line, and when they start again at zero.
pub(super) type Volumes = BTreeMap<(String, Option<u16>), (i64, i64)>;

/// What an account has beside its balance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stock {
    pub(super) buckets: Vec<Bucket>,
    pub(super) volumes: Volumes,
    pub(super) next: u32,
}

impl Stock {
    pub(super) fn find(&mut self, id: u32) -> Option<&mut Bucket> {
        self.buckets.iter_mut().find(|bucket| bucket.id == id)
    }

    pub(super) fn open(&mut self, bucket: Bucket) {
        self.next = self.next.max(bucket.id + 1);
        self.buckets.push(bucket);
    }

    /// What was counted in the period of `at`.
    pub(super) fn counted(&self, code: &str, line: Option<u16>, at: i64) -> i64 {
        let known = self.volumes.get(&(code.to_owned(), line));
        known
            .filter(|&&(_, until)| at < until)
            .map_or(0, |&(used, _)| used)
    }

    /// A later period starts at zero.
    pub(super) fn count(&mut self, code: &str, line: Option<u16>, used: i64, until: i64) {
        if used == 0 {
            return;
        }
        let known = self.volumes.entry((code.to_owned(), line));
        let known = known.or_insert((0, until));
        if until > known.1 {
            *known = (0, until);
        }
        known.0 += used;
    }

    /// What a journaled effect makes of it.
    pub(super) fn effect(&mut self, effect: &Effect<'_>) {
        match effect {
            Effect::BucketOpened(bucket) => self.open(Bucket::from(&**bucket)),
            Effect::BucketChanged {
                bucket,
                initial,
                expires_at,
                renews,
                rollovers_left,
            } => {
                if let Some(bucket) = self.find(*bucket) {
                    (bucket.initial, bucket.until) = (*initial, *expires_at);
                    (bucket.renews, bucket.rollovers) = (*renews, *rollovers_left);
                }
            }
            Effect::BucketServes { bucket, from } => {
                if let Some(bucket) = self.find(*bucket) {
                    bucket.from = *from;
                }
            }
            Effect::BucketClosed { bucket } => self.buckets.retain(|known| known.id != *bucket),
            Effect::LineExported { line } => self.take_from(*line),
            Effect::Drawn {
                bucket,
                line,
                used,
                reserved,
            } => {
                if let Some(bucket) = self.find(*bucket) {
                    bucket.draw(*line, *used, *reserved);
                }
            }
            Effect::Counted {
                code,
                line,
                used,
                until,
            } => self.count(code, *line, *used, *until),
            _ => {}
        }
    }

    /// A line's own buckets and volumes leave.
    pub(super) fn take_from(&mut self, line: u16) {
        self.buckets.retain(|bucket| bucket.line != Some(line));
        self.volumes.retain(|(_, of), _| *of != Some(line));
    }

    /// What the wallets of money hold, micros.
    pub(super) fn money(&self) -> i64 {
        let wallets = self.buckets.iter();
        let wallets = wallets.filter(|bucket| offer::holds_money(&bucket.code));
        wallets.map(|bucket| bucket.initial - bucket.used).sum()
    }
}
