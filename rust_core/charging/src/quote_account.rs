//! Whose usage a quote is about: a subscriber assumed in the request, or an account as the engine
//! holds it.

use crate::account::{Account, AccountTerms, AddOn, Line, LineStatus, LineTerms};
use crate::account::{OverrunPolicy, SpendingCap};
use crate::bucket::{Bucket, Counter, FOREVER, Member};
use crate::clock::Millis;
use crate::id::Uuid;
use crate::identity::{Identity, IdentityKind};
use crate::quote_request::{QuoteError, QuoteRequest};
use openmvno_rating::{Catalog, Renew, TimeZone};
use serde::Deserialize;

/// The engine's JSON of an account (`rust_core/node/src/account_view.rs`).
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct LiveAccount {
    currency: String,
    balance: i64,
    reserved: i64,
    credit_limit: i64,
    temporary_limit: Option<LiveLimit>,
    overrun: OverrunPolicy,
    time_zone: String,
    buckets: Vec<LiveBucket>,
    counters: Vec<LiveCounter>,
    lines: Vec<LiveLine>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct LiveLimit {
    amount: i64,
    until: Millis,
}

#[derive(Clone, Debug, Deserialize)]
struct LiveBucket {
    id: u32,
    code: String,
    line: Option<Uuid>,
    initial: i64,
    used: i64,
    reserved: i64,
    valid_from: Millis,
    expires_at: Option<Millis>,
    members: Vec<LiveMember>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct LiveMember {
    line: Uuid,
    used: i64,
    reserved: i64,
}

#[derive(Clone, Debug, Deserialize)]
struct LiveCounter {
    discount: String,
    line: Option<Uuid>,
    used: i64,
    until: Option<Millis>,
}

#[derive(Clone, Debug, Deserialize)]
struct LiveLine {
    line: Uuid,
    product: String,
    msisdn: String,
    status: LineStatus,
    products: Vec<LiveAddon>,
    favourites: Vec<String>,
    own_balance: bool,
    toll_free_barred: bool,
    zero_rated_allowed: bool,
    cap: Option<LiveCap>,
}

#[derive(Clone, Debug, Deserialize)]
struct LiveAddon {
    instance: Uuid,
    product: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct LiveCap {
    amount: i64,
    renew: Renew,
    spent: i64,
    reserved: i64,
    until: Millis,
}

impl LiveAccount {
    /// The account, and which of its lines the request is about.
    pub(crate) fn account(
        &self,
        catalog: &Catalog,
        request: &QuoteRequest,
    ) -> Result<(Account, u16), QuoteError> {
        only_the_line(request)?;
        if self.currency != catalog.currency().code() {
            let message = format!("the account is in {}, the document not", self.currency);
            return Err(QuoteError::new("account", message));
        }
        let wanted = request.line.as_deref().and_then(Uuid::parse);
        let ordinal = self
            .ordinal(wanted)
            .ok_or_else(|| QuoteError::new("line", "the account has no such line".to_owned()))?;
        let mut account = Account::blank(Uuid::default(), 0, catalog.currency());
        account.balance = self.balance;
        account.reserved = self.reserved;
        account.credit_limit = self.credit_limit;
        account.overrun = self.overrun;
        account.terms = Some(Box::new(AccountTerms {
            time_zone: TimeZone::parse(&self.time_zone),
            temporary_limit: self
                .temporary_limit
                .map(|limit| (limit.amount, limit.until)),
            ..AccountTerms::default()
        }));
        account.lines = self.lines.iter().map(LiveLine::line).collect();
        account.buckets = self.buckets.iter().map(|one| self.bucket(one)).collect();
        account.buckets.sort_unstable_by_key(|bucket| bucket.id);
        account.counters = self.counters.iter().map(|one| self.counter(one)).collect();
        Ok((account, ordinal))
    }

    fn ordinal(&self, wanted: Option<Uuid>) -> Option<u16> {
        let at = self.lines.iter().position(|line| Some(line.line) == wanted);
        u16::try_from(at?).ok()
    }

    fn bucket(&self, live: &LiveBucket) -> Bucket {
        let members = live
            .members
            .iter()
            .filter_map(|member| {
                Some(Member {
                    line: self.ordinal(Some(member.line))?,
                    used: member.used,
                    reserved: member.reserved,
                })
            })
            .collect();
        Bucket {
            id: live.id,
            code: live.code.as_str().into(),
            line: live.line.and_then(|line| self.ordinal(Some(line))),
            instance: None,
            initial: live.initial,
            used: live.used,
            reserved: live.reserved,
            valid_from: live.valid_from,
            expires_at: live.expires_at.unwrap_or(FOREVER),
            renews: false,
            rollovers_left: 0,
            told: 0,
            members,
        }
    }

    fn counter(&self, live: &LiveCounter) -> Counter {
        Counter {
            code: live.discount.as_str().into(),
            line: live.line.and_then(|line| self.ordinal(Some(line))),
            used: live.used,
            until: live.until.unwrap_or(FOREVER),
        }
    }
}

impl LiveLine {
    fn line(&self) -> Line {
        let addons = self.products.iter().map(|addon| AddOn {
            instance: addon.instance,
            product: addon.product.as_str().into(),
        });
        let favourites = self.favourites.iter().map(|number| number.as_str().into());
        let cap = self.cap.map(|cap| SpendingCap {
            amount: cap.amount,
            renew: cap.renew,
            spent: cap.spent,
            reserved: cap.reserved,
            until: cap.until,
        });
        Line {
            id: self.line,
            product: self.product.as_str().into(),
            msisdn: Identity::new(IdentityKind::Msisdn, &self.msisdn),
            imsi: None,
            status: self.status,
            terms: Some(Box::new(LineTerms {
                addons: addons.collect(),
                favourites: favourites.collect(),
                groups: Vec::new(),
                further_imsis: Vec::new(),
                cap,
                own_balance: self.own_balance,
                toll_free_barred: self.toll_free_barred,
                zero_rated_allowed: self.zero_rated_allowed,
                payer: None,
            })),
        }
    }
}

/// What a line has is not assumed beside it.
fn only_the_line(request: &QuoteRequest) -> Result<(), QuoteError> {
    let given = [
        ("product", request.product.is_some()),
        ("addons", !request.addons.is_empty()),
        ("time_zone", request.time_zone.is_some()),
        ("favourite", request.favourite),
        ("balance", request.balance.is_some()),
        ("buckets", request.buckets.is_some()),
        ("counters", !request.counters.is_empty()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((field, _)) => Err(QuoteError::new(field, "is the line's own".to_owned())),
    }
}
