//! What a command of the business should have changed, and what the clock did to buckets.

use super::book::{Account, Line, Units};
use super::bucket::{Bucket, FOREVER};
use super::fold::Wanted;
use super::offer::{self, Holds};
use super::price;
use super::settle::buy;
use super::violation::{Rule, Verdict, Violation, check};
use openmvno_charging::{Effect, Record, UnitKey, Uuid};
use serde_json::Value;

/// A command on an account that exists; `done` says whether its outcome was a success.
pub(super) fn done(
    account: &mut Account,
    version: u64,
    json: &Value,
    (record, done): (&Record<'_>, bool),
    wanted: &Wanted<'_>,
) -> Verdict {
    let now = record.now;
    let kind = text(json, "type");
    if let Some(allowed) = account.travel(kind, json, record, wanted.travelling)? {
        return check(allowed == done, Rule::Commands, || {
            format!("allowed {allowed}, done {done}: {json}")
        });
    }
    let allowed = match kind {
        "adjust_balance" => adjust(account, json),
        "open_line" => {
            let product = text(json, "product");
            let owner = (account.lines.len(), id(json, "line"));
            account.grant(version, product, owner, now);
            offer::is_main(product)
        }
        "change_line" => match (account.line_of(json), json["product"].as_str()) {
            (Some(at), Some(product)) => account.change_product(version, at, product, now),
            (line, _) => line.is_some(),
        },
        "add_product" => account.add_product(version, json, now),
        "remove_product" => account.remove_product(json, now),
        "top_up_wallet" => account.top_up(version, json, now),
        "abort_session" => account.abort_sessions(json, record)?,
        "rate_usage" if done => rate_usage(account, version, json),
        _ => done,
    };
    check(allowed == done, Rule::Commands, || {
        format!("allowed {allowed}, done {done}: {json}")
    })
}

pub(super) fn text<'j>(json: &'j Value, field: &str) -> &'j str {
    json[field].as_str().unwrap_or_default()
}

pub(super) fn id(json: &Value, field: &str) -> Uuid {
    Uuid::parse(text(json, field)).unwrap_or_default()
}

fn adjust(account: &mut Account, json: &Value) -> bool {
    let amount = json["amount"].as_i64().unwrap_or(0);
    let left = account.balance + account.credit - account.reserved + amount;
    let allowed = amount >= 0 || left >= 0;
    if allowed {
        account.balance += amount;
        account.funded += amount;
    }
    allowed
}

/// A record from a file happened: it is charged as far as the payers reach.
fn rate_usage(account: &mut Account, version: u64, json: &Value) -> bool {
    let key = UnitKey::default();
    let service = text(json, "service");
    let context = (service, text(json, "destination"));
    let (Some(price), Some(line)) = (
        price::of_key(version, context, key, false),
        account.line_of(json),
    ) else {
        return false;
    };
    let ordinal = u16::try_from(line).unwrap_or(u16::MAX);
    let at = json["started_at"].as_i64().unwrap_or(0);
    let buyer = account.buyer((version, price::service(service)), ordinal, key, at);
    let usage = json["usage"].as_u64().unwrap_or(0);
    buy(account, &mut Units::new(key, price), buyer, usage);
    true
}

impl Account {
    /// The place of the line a command names.
    pub(super) fn line_of(&self, json: &Value) -> Option<usize> {
        let wanted = id(json, "line");
        self.lines.iter().position(|line| line.id == wanted)
    }

    /// All sessions of a line are to be ended by their clients.
    pub(super) fn abort_sessions(
        &mut self,
        json: &Value,
        record: &Record<'_>,
    ) -> Result<bool, Violation> {
        let Some(at) = self.line_of(json) else {
            return Ok(false);
        };
        let sessions = self.sessions.iter_mut();
        let open = sessions.filter(|(_, one)| usize::from(one.line) == at && !one.expired);
        let mut due = Vec::new();
        for (ordinal, session) in open {
            session.aborted = true;
            due.push(*ordinal);
        }
        let told = record.effects.iter().filter_map(|effect| match effect {
            Effect::SessionAborted { ordinal } => Some(*ordinal),
            _ => None,
        });
        let told: Vec<u32> = told.collect();
        check(told == due, Rule::Commands, || {
            format!("sessions to be ended: {told:?}, due were {due:?}")
        })?;
        Ok(true)
    }

    fn grant(&mut self, version: u64, product: &str, (line, instance): (usize, Uuid), now: i64) {
        let line = u16::try_from(line).unwrap_or(u16::MAX);
        for bucket in self.granted(version, product, (line, instance), now) {
            self.stock.open(bucket);
        }
    }

    /// Another main product: of what the line has, what it grants goes on and the rest is withdrawn;
    /// what it grants and the line has not begins.
    fn change_product(&mut self, version: u64, at: usize, product: &str, now: i64) -> bool {
        let Line {
            id, product: old, ..
        } = &self.lines[at];
        if old == product || !offer::is_main(product) {
            return old == product;
        }
        let line = u16::try_from(at).unwrap_or(u16::MAX);
        let granted = self.granted(version, product, (line, *id), now);
        let mut has = Vec::new();
        let buckets = self.stock.buckets.iter_mut();
        for bucket in buckets.filter(|old| old.instance == Some(*id) && now < old.until) {
            let stays = granted.iter().any(|new| new.code == bucket.code);
            if stays == bucket.is_withdrawn() {
                bucket.from = if stays { now } else { FOREVER };
            }
            has.push(bucket.code.clone());
        }
        for bucket in granted {
            if !has.contains(&bucket.code) {
                let id = self.stock.next;
                self.stock.open(Bucket { id, ..bucket });
            }
        }
        true
    }

    fn add_product(&mut self, version: u64, json: &Value, now: i64) -> bool {
        let Some(at) = self.line_of(json) else {
            return false;
        };
        let (instance, product) = (id(json, "instance"), text(json, "product"));
        let line = &mut self.lines[at];
        let has: Vec<&str> = line.addons.iter().map(|(_, code)| &**code).collect();
        let taken = line.addons.iter().any(|(known, _)| *known == instance);
        if taken || !offer::may_add(product, &line.product, &has) {
            return false;
        }
        line.addons.push((instance, product.to_owned()));
        self.grant(version, product, (at, instance), now);
        true
    }

    fn remove_product(&mut self, json: &Value, now: i64) -> bool {
        let Some(at) = self.line_of(json) else {
            return false;
        };
        let instance = id(json, "instance");
        let addons = &mut self.lines[at].addons;
        let before = addons.len();
        addons.retain(|(known, _)| *known != instance);
        let removed = addons.len() < before;
        let granted = self.stock.buckets.iter_mut();
        for bucket in granted.filter(|bucket| removed && bucket.instance == Some(instance)) {
            bucket.end(now);
        }
        removed
    }

    fn top_up(&mut self, version: u64, json: &Value, now: i64) -> bool {
        let terms = offer::terms(version, text(json, "bucket"));
        let (Some(terms), Some(at)) = (terms, self.line_of(json)) else {
            return false;
        };
        let amount = json["amount"].as_i64().unwrap_or(0);
        let option = terms.top_ups.iter();
        let mut option = option.filter(|&&(code, ..)| code == text(json, "option"));
        let content = if json["option"].is_string() {
            option
                .next()
                .map(|&(_, price, content, days)| (price, content, days))
        } else {
            let price = if terms.holds == Holds::Money {
                amount
            } else {
                0
            };
            let days = json["days"].as_i64().unwrap_or(0);
            (amount > 0).then_some((price, amount, days))
        };
        let Some((price, content, days)) = content else {
            return false;
        };
        if text(json, "pay") == "balance" {
            if price > self.free() {
                return false;
            }
            self.balance -= price;
            self.funded -= price;
        }
        let owner = (u16::try_from(at).unwrap_or(u16::MAX), None);
        let bucket = Bucket::granted(self.stock.next, terms, owner, now);
        self.stock.open(bucket.topped_up(content, days));
        true
    }

    /// A step of what is due by the clock: the next period begins, a rest is carried on, a bucket ends.
    pub(super) fn settle_due(&mut self, version: u64, record: &Record<'_>) -> Verdict {
        let touched = record.effects.iter().find_map(|effect| match effect {
            Effect::BucketChanged { bucket, .. } | Effect::BucketClosed { bucket } => Some(*bucket),
            _ => None,
        });
        let Some(id) = touched else {
            return Ok(());
        };
        let next = self.stock.next;
        let Some(bucket) = self.stock.find(id) else {
            return check(false, Rule::Buckets, || format!("bucket {id} is not open"));
        };
        let terms = offer::terms(version, &bucket.code);
        let hourly = terms.is_some_and(|terms| terms.hourly);
        let kept = !bucket.is_withdrawn();
        let carried = kept && bucket.rollovers > 0 && bucket.free() > 0;
        let (over, renews) = (bucket.until <= record.now, kept && bucket.renews);
        let mut opened = None;
        if renews && over {
            let owner = (bucket.line.unwrap_or(0), bucket.instance);
            let terms = terms.filter(|terms| terms.hourly);
            opened = terms.map(|terms| Bucket::granted(next, terms, owner, bucket.until));
            bucket.renews = false;
        } else {
            check(over && bucket.reserved == 0, Rule::Buckets, || {
                format!("{bucket:?} is touched before its time")
            })?;
        }
        if carried {
            bucket.rollovers -= 1;
            if hourly {
                bucket.until = Bucket::hour_end(bucket.until);
            }
        } else if !renews {
            self.stock.buckets.retain(|known| known.id != id);
        }
        if let Some(bucket) = opened {
            self.stock.open(bucket);
        }
        Ok(())
    }
}
