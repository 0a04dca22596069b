//! What is told once when a limit is reached: to the subscriber, the staff, other systems.

use crate::account::Account;
use crate::bucket::Bucket;
use crate::clock::{DAY_MS, Millis};
use crate::effect::Effect;
use crate::id::Uuid;
use crate::request::UnitKey;
use crate::session::Session;
use openmvno_rating::Catalog;
use serde::{Deserialize, Serialize};

/// The bit of [`Bucket::told`] for the end that is near.
pub(crate) const EXPIRY_BIT: u16 = 1 << 15;
/// How long before its end a bucket's owner is told.
pub(crate) const EXPIRY_AHEAD_MS: Millis = DAY_MS;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// So many percent of a bucket are used; at 100 it is used up.
    BucketThreshold,
    /// A bucket with something left ends within a day.
    BucketExpiring,
    /// The balance fell below the account's mark.
    LowBalance,
    /// Less is available than the limit's warning asks for.
    LimitWarning,
    /// A line has spent its cap.
    CapReached,
    /// Usage was reported that nothing prices: it is charged to nobody and kept here for repair.
    UnratedUsage,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice<'a> {
    /// Time-ordered id.
    pub id: Uuid,
    /// Tenant.
    pub tenant: Uuid,
    /// Account.
    pub account: Uuid,
    /// Line it is about.
    pub line: Option<Uuid>,
    /// What.
    pub kind: NoticeKind,
    /// The bucket's code; of unrated usage the service's; or empty.
    #[serde(borrow)]
    pub code: &'a str,
    /// Of unrated usage: its Session-Id.
    pub session: &'a str,
    /// Of unrated usage: the other party.
    pub destination: &'a str,
    /// Of unrated usage: Rating-Group.
    pub rating_group: Option<u32>,
    /// The bucket it is about; its told bit.
    pub bucket: Option<(u32, u16)>,
    /// Percent, or micros of the mark.
    pub threshold: i64,
    /// Units or micros it stands at now.
    pub value: i64,
}

/// The notices that a request's or command's effects call for.
#[derive(Debug)]
pub(crate) struct Notices<'a> {
    pub(crate) account: &'a Account,
    pub(crate) tenant: Uuid,
    pub(crate) catalog: Option<&'a Catalog>,
    pub(crate) now: Millis,
    pub(crate) shard: u16,
    pub(crate) counter: u64,
}

impl<'a> Notices<'a> {
    /// What `effects` call for.
    pub(crate) fn of(mut self, effects: &[Effect<'_>]) -> Vec<Effect<'a>> {
        let mut found = Vec::new();
        for effect in effects {
            match effect {
                Effect::Drawn { bucket, used, .. } if *used > 0 => {
                    self.thresholds(*bucket, *used, &mut found);
                }
                Effect::Moved { balance, reserved } => self.money(*balance, *reserved, &mut found),
                Effect::CapSpent { line, spent, .. } => self.cap(*line, *spent, &mut found),
                _ => {}
            }
        }
        found
    }

    fn thresholds(&mut self, id: u32, used: i64, found: &mut Vec<Effect<'a>>) {
        let account = self.account;
        let Some(bucket) = account.bucket(id) else {
            return;
        };
        let rule = self
            .catalog
            .and_then(|catalog| catalog.bucket_rule_of_code(&bucket.code));
        let Some(rule) = rule else { return };
        let after = i128::from(bucket.used + used) * 100;
        for (bit, &percent) in rule.thresholds.iter().enumerate().take(15) {
            let crossed = after >= i128::from(bucket.initial) * i128::from(percent);
            if crossed && bucket.told & (1 << bit) == 0 {
                let mut notice = self.bucket_notice(NoticeKind::BucketThreshold, bucket, 1 << bit);
                notice.threshold = i64::from(percent);
                notice.value = bucket.used + used;
                found.push(Effect::Noticed(Box::new(notice)));
            }
        }
    }

    /// The bucket ends soon.
    pub(crate) fn expiring(&mut self, bucket: &'a Bucket) -> Effect<'a> {
        let mut notice = self.bucket_notice(NoticeKind::BucketExpiring, bucket, EXPIRY_BIT);
        notice.threshold = bucket.expires_at;
        notice.value = bucket.free();
        Effect::Noticed(Box::new(notice))
    }

    /// Usage of an open session that has no price.
    pub(crate) fn unrated(
        &mut self,
        session: &'a Session,
        service: &'a str,
        (key, used): (UnitKey, u64),
    ) -> Effect<'a> {
        let line = self.account.lines.get(usize::from(session.line));
        let notice = Notice {
            line: line.map(|line| line.id),
            code: service,
            session: &session.id,
            destination: &session.destination,
            rating_group: key.rating_group,
            value: i64::try_from(used).unwrap_or(i64::MAX),
            ..self.notice(NoticeKind::UnratedUsage)
        };
        Effect::Noticed(Box::new(notice))
    }

    fn bucket_notice(&mut self, kind: NoticeKind, bucket: &'a Bucket, bit: u16) -> Notice<'a> {
        let line = bucket
            .line
            .and_then(|line| self.account.lines.get(usize::from(line)));
        Notice {
            line: line.map(|line| line.id),
            code: &bucket.code,
            bucket: Some((bucket.id, bit)),
            ..self.notice(kind)
        }
    }

    fn money(&mut self, balance: i64, reserved: i64, found: &mut Vec<Effect<'a>>) {
        let account = self.account;
        let Some(terms) = account.terms.as_deref() else {
            return;
        };
        let after = account.balance + balance;
        if let Some(mark) = terms
            .low_balance
            .filter(|&mark| after < mark && !terms.low_told)
        {
            let notice = self.notice(NoticeKind::LowBalance);
            found.push(marked(notice, mark, after));
        }
        let available = account.available(self.now) + balance - reserved;
        let warning = terms
            .limit_warning
            .filter(|&mark| available < mark && !terms.limit_warned);
        if let Some(mark) = warning {
            let notice = self.notice(NoticeKind::LimitWarning);
            found.push(marked(notice, mark, available));
        }
    }

    fn cap(&mut self, ordinal: u16, spent: i64, found: &mut Vec<Effect<'a>>) {
        let line = self.account.lines.get(usize::from(ordinal));
        let Some((line, cap)) = line.and_then(|line| Some((line, line.cap()?))) else {
            return;
        };
        let before = if self.now < cap.until { cap.spent } else { 0 };
        if spent >= cap.amount && before < cap.amount {
            let notice = Notice {
                line: Some(line.id),
                ..self.notice(NoticeKind::CapReached)
            };
            found.push(marked(notice, cap.amount, spent));
        }
    }

    fn notice(&mut self, kind: NoticeKind) -> Notice<'a> {
        self.counter += 1;
        Notice {
            id: Uuid::time_ordered(self.now, self.shard, self.counter),
            tenant: self.tenant,
            account: self.account.id,
            line: None,
            kind,
            code: "",
            session: "",
            destination: "",
            rating_group: None,
            bucket: None,
            threshold: 0,
            value: 0,
        }
    }
}

fn marked<'a>(notice: Notice<'a>, threshold: i64, value: i64) -> Effect<'a> {
    Effect::Noticed(Box::new(Notice {
        threshold,
        value,
        ..notice
    }))
}
