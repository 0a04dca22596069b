//! What an account can still pay while one request is decided.

use crate::account::{Account, OverrunPolicy, SpendingCap};
use crate::bucket::Counter;
use crate::clock::Millis;
use crate::effect::Effect;
use crate::replay::count;
use crate::session::Payer;
use openmvno_rating::{TimeZone, renewal_period};
use smallvec::SmallVec;

/// Changes of one bucket.
#[derive(Clone, Copy, Debug)]
struct Drawn {
    bucket: u32,
    used: i64,
    reserved: i64,
}

/// Volume added to a discount's counter.
#[derive(Clone, Copy, Debug)]
struct Counted<'a> {
    code: &'a str,
    line: Option<u16>,
    used: i64,
    until: Millis,
}

/// A working copy of an account's money and buckets; the differences become effects.
#[derive(Clone, Debug)]
pub(crate) struct Purse<'a> {
    account: &'a Account,
    line: u16,
    at: Millis,
    zone: &'a TimeZone,
    pub(crate) balance: i64,
    pub(crate) reserved: i64,
    limit: i64,
    /// The line has a balance of its own: the account's is not for it.
    own_balance: bool,
    /// The line's cap in the period of `at`, and what was spent and held of it before.
    cap: Option<(SpendingCap, i64, i64)>,
    drawn: SmallVec<[Drawn; 2]>,
    counted: SmallVec<[Counted<'a>; 1]>,
}

impl<'a> Purse<'a> {
    /// What the account has for a line at `at`, its days being those of `zone`.
    pub(crate) fn of(account: &'a Account, line: u16, at: Millis, zone: &'a TimeZone) -> Self {
        let own = account.lines.get(usize::from(line));
        let cap = own.and_then(|line| line.cap());
        Self {
            account,
            line,
            at,
            zone,
            balance: account.balance,
            reserved: account.reserved,
            limit: account.limit_at(at),
            own_balance: own.is_some_and(crate::account::Line::has_own_balance),
            cap: cap.map(|&cap| {
                let expired = at >= cap.until;
                let spent = if expired { 0 } else { cap.spent };
                (SpendingCap { spent, ..cap }, cap.spent, cap.reserved)
            }),
            drawn: SmallVec::new(),
            counted: SmallVec::new(),
        }
    }

    /// Where its days begin.
    pub(crate) fn zone(&self) -> &'a TimeZone {
        self.zone
    }

    /// The account it is of.
    pub(crate) fn account(&self) -> &'a Account {
        self.account
    }

    /// Usage beyond what anybody can pay is owed.
    pub(crate) fn owes(&self) -> bool {
        self.account.overrun == OverrunPolicy::Debt && !self.own_balance
    }

    /// What a payer can still pay or hold, in its unit; never negative. `member_cap` bounds what one
    /// line may draw from a shared bucket.
    pub(crate) fn free_of(&self, payer: Payer, member_cap: Option<u64>) -> i64 {
        match payer {
            Payer::Balance => self.money_free(),
            Payer::Bucket(id) => self.bucket_free(id, member_cap),
            Payer::Throttled(_) | Payer::Overrun => i64::MAX,
        }
    }

    fn money_free(&self) -> i64 {
        if self.own_balance {
            return 0;
        }
        let available = self.balance.saturating_add(self.limit);
        let free = available.saturating_sub(self.reserved).max(0);
        self.cap_free().map_or(free, |left| free.min(left))
    }

    fn cap_free(&self) -> Option<i64> {
        let (cap, ..) = self.cap.as_ref()?;
        Some((cap.amount - cap.spent - cap.reserved).max(0))
    }

    fn bucket_free(&self, id: u32, member_cap: Option<u64>) -> i64 {
        let Some(bucket) = self.account.bucket(id) else {
            return 0;
        };
        let drawn = self.drawn.iter().find(|drawn| drawn.bucket == id);
        let taken = drawn.map_or(0, |drawn| drawn.used + drawn.reserved);
        let mut left = (bucket.free() - taken).max(0);
        if !bucket.is_valid(self.at) {
            // It is not its time: nothing but what a grant held of it, freed by this request.
            left = left.min((-taken).max(0));
        }
        match member_cap.filter(|_| bucket.line.is_none()) {
            None => left,
            Some(most) => {
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                left.min((most - bucket.drawn_by(self.line) - taken).max(0))
            }
        }
    }

    /// Holds what must be free.
    pub(crate) fn hold(&mut self, payer: Payer, amount: i64) {
        self.change(payer, 0, amount);
    }

    /// Frees a hold.
    pub(crate) fn free(&mut self, payer: Payer, amount: i64) {
        self.change(payer, 0, -amount);
    }

    /// Takes for good.
    pub(crate) fn take(&mut self, payer: Payer, amount: i64) {
        self.change(payer, amount, 0);
    }

    fn change(&mut self, payer: Payer, used: i64, reserved: i64) {
        match payer {
            Payer::Balance => {
                self.balance = self.balance.saturating_sub(used);
                self.reserved += reserved;
                if let Some((cap, ..)) = &mut self.cap {
                    cap.spent += used;
                    cap.reserved += reserved;
                }
            }
            Payer::Bucket(bucket) => match self.drawn.iter_mut().find(|one| one.bucket == bucket) {
                Some(drawn) => {
                    drawn.used += used;
                    drawn.reserved += reserved;
                }
                None => self.drawn.push(Drawn {
                    bucket,
                    used,
                    reserved,
                }),
            },
            Payer::Throttled(_) | Payer::Overrun => {}
        }
    }

    /// How far a discount's volume has been used, with what this request adds.
    pub(crate) fn counted(&self, code: &str, line: Option<u16>) -> i64 {
        let running = |counter: &&Counter| {
            &*counter.code == code && counter.line == line && self.at < counter.until
        };
        let before = self.account.counters.iter().find(running);
        let added = self
            .counted
            .iter()
            .find(|one| (one.code, one.line) == (code, line));
        before.map_or(0, |counter| counter.used) + added.map_or(0, |one| one.used)
    }

    /// Adds to a discount's volume of the period that ends at `until`.
    pub(crate) fn count(&mut self, code: &'a str, line: Option<u16>, used: i64, until: Millis) {
        let known = |one: &&mut Counted<'_>| (one.code, one.line) == (code, line);
        match self.counted.iter_mut().find(known) {
            Some(one) => one.used += used,
            None => self.counted.push(Counted {
                code,
                line,
                used,
                until,
            }),
        }
    }

    /// The changes, as effects.
    pub(crate) fn effects(&self) -> impl Iterator<Item = Effect<'a>> + '_ {
        let balance = self.balance - self.account.balance;
        let reserved = self.reserved - self.account.reserved;
        let moved = ((balance, reserved) != (0, 0)).then_some(Effect::Moved { balance, reserved });
        let line = self.line;
        let drawn = self.drawn.iter().filter_map(move |drawn| {
            let (bucket, used, reserved) = (drawn.bucket, drawn.used, drawn.reserved);
            ((used, reserved) != (0, 0)).then_some(Effect::Drawn {
                bucket,
                line,
                used,
                reserved,
            })
        });
        let counted = self.counted.iter().filter(|one| one.used != 0);
        let counted = counted.map(|one| Effect::Counted {
            code: one.code,
            line: one.line,
            used: one.used,
            until: one.until,
        });
        moved
            .into_iter()
            .chain(drawn)
            .chain(self.capped())
            .chain(counted)
    }

    fn capped(&self) -> Option<Effect<'a>> {
        let (cap, spent, reserved) = self.cap.as_ref()?;
        if (cap.spent, cap.reserved) == (*spent, *reserved) {
            return None;
        }
        let until = if self.at < cap.until {
            cap.until
        } else {
            renewal_period(cap.renew, self.at, self.zone).1
        };
        Some(Effect::CapSpent {
            line: self.line,
            spent: cap.spent,
            reserved: cap.reserved,
            until,
        })
    }
}

/// Volume added to a discount: its code, line, amount and the end of its period.
type Volume = (Box<str>, Option<u16>, i64, Millis);

/// What a purse changes, apart from a spending cap, on its own.
#[derive(Debug)]
pub(crate) struct Changes {
    balance: i64,
    reserved: i64,
    drawn: SmallVec<[Drawn; 2]>,
    counted: SmallVec<[Volume; 1]>,
}

impl Purse<'_> {
    /// The changes, free of what the purse borrows.
    pub(crate) fn changes(&self) -> Changes {
        let counted = self.counted.iter();
        Changes {
            balance: self.balance - self.account.balance,
            reserved: self.reserved - self.account.reserved,
            drawn: self.drawn.clone(),
            counted: counted
                .map(|one| (one.code.into(), one.line, one.used, one.until))
                .collect(),
        }
    }
}

impl Changes {
    /// Makes them, for a line.
    pub(crate) fn apply(self, account: &mut Account, line: u16) {
        account.balance += self.balance;
        account.reserved += self.reserved;
        for drawn in &self.drawn {
            if let Some(bucket) = account.bucket_mut(drawn.bucket) {
                bucket.draw(line, drawn.used, drawn.reserved);
            }
        }
        for (code, line, used, until) in &self.counted {
            count(account, (code, *line), *used, *until);
        }
    }
}
