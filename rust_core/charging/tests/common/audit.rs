//! What must hold of an account and its journal at any moment.

use super::{Bench, EUR};
use openmvno_charging::*;
use openmvno_rating::{BucketRule, BucketUnit};
use smallvec::SmallVec;
use std::collections::BTreeMap;

pub fn same(left: &Shard, right: &Shard) {
    assert_eq!(left.accounts().len(), right.accounts().len());
    for (left_account, right_account) in left.accounts().iter().zip(right.accounts().iter()) {
        let blank = |account: &Account| Account {
            open: SmallVec::new(),
            ..account.clone()
        };
        assert_eq!(blank(left_account), blank(right_account));
    }
    let sorted = |shard: &Shard| {
        let mut sessions: Vec<_> = shard.sessions().cloned().collect();
        sessions.sort_by_key(|session| (session.account, session.ordinal));
        sessions
    };
    assert_eq!(sorted(left), sorted(right));
    // Answers past their window are forgotten by time alone, which no journal holds.
    let counted = |shard: &Shard| {
        let (sessions, reserved, _remembered, accounts) = shard.gauges();
        (sessions, reserved, accounts)
    };
    assert_eq!(counted(left), counted(right));
    assert_eq!(left.command_seq(), right.command_seq());
}

/// What open sessions hold of each payer, and each line of the balance.
fn holds(shard: &Shard) -> (BTreeMap<Payer, i64>, BTreeMap<u16, i64>) {
    let (mut of_payers, mut of_lines) = (BTreeMap::new(), BTreeMap::new());
    for session in shard.sessions() {
        for hold in session.units.iter().flat_map(|unit| &unit.holds) {
            assert!(hold.amount > 0, "a hold of nothing: {hold:?}");
            *of_payers.entry(hold.payer).or_default() += hold.amount;
            if hold.payer == Payer::Balance {
                *of_lines.entry(session.line).or_default() += hold.amount;
            }
        }
    }
    (of_payers, of_lines)
}

impl Bench {
    /// The rule of a bucket, by the catalogue in force or, where it has given it up, another version.
    fn rule(&self, code: &str) -> &BucketRule {
        let in_force = self.shard.catalog_of(self.account()).into_iter();
        let others = self.catalogs.iter().map(|(_, catalog)| &**catalog);
        in_force
            .chain(others)
            .find_map(|catalog| catalog.bucket_rule_of_code(code))
            .expect("a version has the rule of a bucket")
    }

    /// Memory: holds, limits, members, caps.
    pub fn check_state(&self) {
        self.check_state_but(&[]);
    }

    /// The same where a cap came after what these lines had spent or held already.
    pub fn check_state_but(&self, late_caps: &[u16]) {
        let account = self.account();
        let (mut of_payers, of_lines) = holds(&self.shard);
        let held = of_payers.remove(&Payer::Balance).unwrap_or(0);
        assert_eq!(account.reserved, held, "what the balance holds");
        assert_eq!(self.shard.gauges().1, held, "the gauge of what is held");
        if account.overrun == OverrunPolicy::Absorb {
            let limit = account.credit_limit.max(account.limit_at(self.now));
            assert!(account.balance + limit >= 0, "overdrawn: {account:?}");
        }
        for bucket in &account.buckets {
            let held = of_payers.remove(&Payer::Bucket(bucket.id)).unwrap_or(0);
            assert_eq!(bucket.reserved, held, "what a bucket holds: {bucket:?}");
            assert!(
                bucket.used >= 0 && bucket.used + held <= bucket.initial,
                "{bucket:?}"
            );
            if bucket.line.is_some() {
                continue;
            }
            let most = self.rule(&bucket.code).member_cap;
            let mut sum = (0, 0);
            for member in &bucket.members {
                sum = (sum.0 + member.used, sum.1 + member.reserved);
                let drawn = u64::try_from(member.used + member.reserved).expect("not negative");
                assert!(
                    most.is_none_or(|most| drawn <= most),
                    "{member:?} of {most:?}"
                );
            }
            assert_eq!(sum, (bucket.used, bucket.reserved), "{bucket:?}");
        }
        assert!(
            of_payers.is_empty(),
            "held of buckets that are gone: {of_payers:?}"
        );
        for (ordinal, line) in (0u16..).zip(&account.lines) {
            let Some(cap) = line.cap() else { continue };
            let held = of_lines.get(&ordinal).copied().unwrap_or(0);
            assert_eq!(cap.reserved, held, "what a cap holds: {cap:?}");
            if account.overrun == OverrunPolicy::Absorb && !late_caps.contains(&ordinal) {
                assert!(cap.spent <= cap.amount, "spent beyond the cap: {cap:?}");
            }
        }
    }

    /// The journal: records add up, postings are balanced and explain the money there is.
    pub fn check_books(&mut self) {
        self.check_explanations();
        let (mut balance, mut wallets) = (0_i64, 0_i64);
        let mut post = |currency: &str, legs: Vec<Posting>| {
            let sum: i64 = legs.iter().map(|leg| leg.amount).sum();
            assert_eq!(sum, 0, "postings in {currency}: {legs:?}");
            for leg in legs {
                match leg.account {
                    LedgerAccount::Balance => balance -= leg.amount,
                    LedgerAccount::Wallet => wallets -= leg.amount,
                    _ => {}
                }
            }
        };
        for row in &self.rows {
            for record in JournalReader::new(row).expect("format") {
                for effect in record.expect("readable").effects {
                    match effect {
                        Effect::Recorded(cdr) => {
                            check_record(&cdr);
                            post(cdr.currency, postings_of_cdr(&cdr).collect());
                            for charge in &cdr.partners {
                                post(charge.currency, postings_of_partner(charge).collect());
                            }
                        }
                        Effect::Adjusted {
                            currency,
                            reason,
                            amount,
                            ..
                        } => post(currency, postings_of_adjustment(reason, amount).collect()),
                        _ => {}
                    }
                }
            }
        }
        let account = self.account();
        let is_money = |bucket: &&Bucket| self.rule(&bucket.code).unit == BucketUnit::Money;
        let (mut spent, mut drawn) = (0, 0);
        // What open sessions were charged stands on no CDR yet.
        for session in self.shard.sessions().filter(|session| !session.expired) {
            let catalog = &self
                .catalogs
                .iter()
                .find(|(version, _)| *version == session.catalog);
            let catalog = &catalog.expect("loaded").1;
            for unit in &session.units {
                let recorded = unit.recorded.iter().flat_map(|unit| &unit.parts);
                let signed = unit.parts.iter().map(|part| (part, 1));
                for (part, sign) in signed.chain(recorded.map(|part| (part, -1))) {
                    let rule = part.rule.and_then(|rule| catalog.bucket_rule(rule));
                    match part.payer {
                        Payer::Balance => spent += sign * part.cost,
                        Payer::Bucket(_) if rule.is_some_and(|r| r.unit == BucketUnit::Money) => {
                            drawn += sign * part.cost;
                        }
                        _ => {}
                    }
                }
            }
        }
        assert_eq!(
            account.balance,
            balance - spent,
            "postings explain the balance"
        );
        let left = account.buckets.iter().filter(is_money);
        let left: i64 = left.map(|bucket| bucket.initial - bucket.used).sum();
        assert_eq!(left, wallets - drawn, "postings explain the wallets");
    }

    /// All of it, and the same shard from the journal alone.
    pub fn audit(&mut self) {
        self.check_state();
        self.check_recovery();
    }

    pub fn check_recovery(&mut self) {
        self.check_books();
        let replayed = self.replayed();
        same(&self.shard, &replayed);
    }

    /// The same once every session is over.
    pub fn audit_at_rest(&mut self) {
        self.audit();
        assert_eq!(self.shard.gauges().1, 0, "held with no session left");
        assert!(self.account().balance < i64::MAX / EUR);
    }
}

/// A CDR's parts add up to its amount, and it covers its billed units without gaps.
fn check_record(cdr: &Cdr<'_>) {
    if cdr.parts.is_empty() || cdr.kind == CdrKind::Refund {
        assert_eq!(cdr.wallets, 0, "{cdr:?}");
        return;
    }
    let sum = |wanted: &dyn Fn(&CdrPart<'_>) -> bool| -> i64 {
        let parts = cdr.parts.iter().filter(|part| wanted(part));
        parts.map(|part| part.cost).sum()
    };
    assert_eq!(sum(&|part| part.money), cdr.amount, "{cdr:?}");
    assert_eq!(
        sum(&|part| part.money && part.bucket.is_some()),
        cdr.wallets,
        "{cdr:?}"
    );
    assert_eq!(sum(&|part| part.payer == "overrun"), cdr.overrun, "{cdr:?}");
}
