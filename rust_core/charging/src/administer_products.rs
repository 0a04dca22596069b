//! Commands that give products and wallets to lines and take them away.

use crate::account::{Account, AddOn, LineTerms};
use crate::administer::Decided;
use crate::bucket::{Bucket, FOREVER};
use crate::clock::{DAY_MS, Millis};
use crate::command::{AdjustReason, Command, CommandError, PaidBy};
use crate::effect::{Effect, Effects};
use crate::id::Uuid;
use crate::periods::new_bucket;
use crate::shard::Shard;
use openmvno_rating::{BucketRule, BucketUnit, Catalog, Product, ProductKind};
use serde_json::json;
use smallvec::SmallVec;

impl Shard {
    pub(crate) fn decide_add_product<'a>(
        &'a self,
        command: &'a Command,
        now: Millis,
    ) -> Decided<'a> {
        let Command::AddProduct {
            tenant,
            account,
            line,
            instance,
            product,
            pay,
            price: told,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let catalog = self
            .catalog_of(&self.accounts[slot as usize])
            .ok_or(CommandError::CatalogUnknown)?;
        let has: Vec<&str> = known.addons().iter().map(|addon| &*addon.product).collect();
        let addon = check_addon(catalog, product, &known.product, &has)?;
        let mut terms: LineTerms = known.terms.as_deref().cloned().unwrap_or_default();
        if terms.addons.iter().any(|addon| addon.instance == *instance) {
            return Err(CommandError::ProductExists);
        }
        let price = addon.price.get();
        if told.is_some_and(|told| told != price) {
            return Err(CommandError::PriceChanged);
        }
        terms.addons.push(AddOn {
            instance: *instance,
            product: product.as_str().into(),
        });
        let mut effects = Effects::new();
        effects.push(Effect::LineTermsSet {
            line: ordinal,
            terms: Box::new(terms),
        });
        let due = pay.due(price);
        let moved = self.pay_for_addon(slot, (*pay, *instance), due, now, &mut effects)?;
        self.grant(slot, (ordinal, *instance), product, now, &mut effects);
        let balance = self.accounts[slot as usize].balance + moved;
        let outcome = json!({"ok": true, "paid": due, "balance": balance});
        Ok((Some(slot), effects, outcome))
    }

    /// What an add-on costs, from whom is to pay it; returns by how much the balance moves.
    fn pay_for_addon<'a>(
        &'a self,
        slot: u32,
        (pay, instance): (PaidBy, Uuid),
        due: i64,
        now: Millis,
        effects: &mut Effects<'a>,
    ) -> Result<i64, CommandError> {
        if due == 0 {
            return Ok(0);
        }
        let moved = take_due(&self.accounts[slot as usize], pay, due, now, effects)?;
        let reason = match pay {
            PaidBy::Balance => AdjustReason::AddOnFromBalance,
            PaidBy::Cash | PaidBy::None => AdjustReason::AddOnFromCash,
        };
        effects.push(self.adjusted(slot, reason, instance, due, moved));
        Ok(moved)
    }

    pub(crate) fn decide_remove_product<'a>(
        &'a self,
        command: &'a Command,
        now: Millis,
    ) -> Decided<'a> {
        let Command::RemoveProduct {
            tenant,
            account,
            line,
            instance,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let mut terms: LineTerms = known.terms.as_deref().cloned().unwrap_or_default();
        let before = terms.addons.len();
        terms.addons.retain(|addon| addon.instance != *instance);
        if terms.addons.len() == before {
            return Err(CommandError::ProductInstanceUnknown);
        }
        let mut effects = Effects::new();
        effects.push(Effect::LineTermsSet {
            line: ordinal,
            terms: Box::new(terms),
        });
        let account = &self.accounts[slot as usize];
        let granted = account
            .buckets
            .iter()
            .filter(|bucket| bucket.instance == Some(*instance));
        effects.extend(granted.map(|bucket| ended(bucket, now)));
        Ok((Some(slot), effects, json!({"ok": true})))
    }

    /// Whether the catalogue in force has a main product of this code.
    pub(crate) fn check_main_product(&self, slot: u32, code: &str) -> Result<(), CommandError> {
        let catalog = self
            .catalog_of(&self.accounts[slot as usize])
            .ok_or(CommandError::CatalogUnknown)?;
        let product = catalog
            .product_by_code(code)
            .and_then(|id| catalog.product(id));
        product
            .filter(|product| product.kind == ProductKind::Main)
            .map(|_| ())
            .ok_or(CommandError::ProductUnknown)
    }

    /// A new main product. Of what the line has of the old ones, the new one's rules go on with what
    /// is left of their period, so that there and back grants nothing twice; the rest is withdrawn. What
    /// the new one grants and the line has not is opened.
    pub(crate) fn change_main_product<'a>(
        &'a self,
        slot: u32,
        (ordinal, line): (u16, Uuid),
        product: &str,
        now: Millis,
        effects: &mut Effects<'a>,
    ) {
        let account = &self.accounts[slot as usize];
        let granted = self.granted_buckets(account, (ordinal, line), product, now);
        let own = |bucket: &&Bucket| bucket.instance == Some(line) && now < bucket.expires_at;
        for bucket in account.buckets.iter().filter(own) {
            let stays = granted.iter().any(|new| new.code == bucket.code);
            if stays == bucket.is_withdrawn() {
                let from = if stays { now } else { FOREVER };
                effects.push(Effect::BucketServes {
                    bucket: bucket.id,
                    from,
                });
            }
        }
        let mut id = account.next_bucket;
        for bucket in granted {
            let mut known = account.buckets.iter().filter(own);
            if !known.any(|old| old.code == bucket.code) {
                self.open_bucket(slot, Bucket { id, ..bucket }, effects);
                id += 1;
            }
        }
    }

    /// A line is gone: what its products granted ends with it, be it shared or not, and is not
    /// granted again.
    pub(crate) fn end_buckets_of<'a>(
        &'a self,
        slot: u32,
        ordinal: u16,
        now: Millis,
        effects: &mut Effects<'a>,
    ) {
        let account = &self.accounts[slot as usize];
        let line = &account.lines[usize::from(ordinal)];
        let addons = line.addons().iter().map(|addon| addon.instance);
        let instances: SmallVec<[Uuid; 4]> = addons.chain([line.id]).collect();
        let granted = account.buckets.iter().filter(|bucket| {
            let of_line = |instance| instances.contains(&instance);
            bucket.instance.is_some_and(of_line) && now < bucket.expires_at
        });
        effects.extend(granted.map(|bucket| ended(bucket, now)));
    }

    /// The buckets a product grants.
    pub(crate) fn grant<'a>(
        &'a self,
        slot: u32,
        owner: (u16, Uuid),
        product: &str,
        now: Millis,
        effects: &mut Effects<'a>,
    ) {
        let account = &self.accounts[slot as usize];
        for bucket in self.granted_buckets(account, owner, product, now) {
            self.open_bucket(slot, bucket, effects);
        }
    }

    /// Opens a bucket nobody paid for; money in it is a bonus.
    fn open_bucket<'a>(&'a self, slot: u32, bucket: Bucket, effects: &mut Effects<'a>) {
        let account = &self.accounts[slot as usize];
        let rule = self
            .catalog_of(account)
            .and_then(|catalog| catalog.bucket_rule_of_code(&bucket.code));
        let (amount, reference) = (bucket.initial, bucket.instance.unwrap_or(account.id));
        effects.push(Effect::BucketOpened(Box::new(bucket)));
        if amount > 0 && rule.is_some_and(|rule| rule.unit == BucketUnit::Money) {
            effects.push(self.adjusted(slot, AdjustReason::Bonus, reference, amount, 0));
        }
    }

    pub(crate) fn adjusted(
        &self,
        slot: u32,
        reason: AdjustReason,
        reference: Uuid,
        amount: i64,
        moved: i64,
    ) -> Effect<'_> {
        let account = &self.accounts[slot as usize];
        Effect::Adjusted {
            tenant: self.tenants[usize::from(account.tenant)].id,
            account: account.id,
            currency: account.currency.code(),
            reason,
            reference,
            amount,
            balance_after: account.balance + moved,
        }
    }

    pub(crate) fn decide_top_up_wallet<'a>(
        &'a self,
        command: &'a Command,
        now: Millis,
    ) -> Decided<'a> {
        let Command::TopUpWallet {
            tenant,
            account,
            line,
            bucket,
            pay,
            reference,
            ..
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let account = &self.accounts[slot as usize];
        let catalog = self
            .catalog_of(account)
            .ok_or(CommandError::CatalogUnknown)?;
        let rule = catalog
            .bucket_rule_of_code(bucket)
            .ok_or(CommandError::BucketUnknown)?;
        let owner = match line {
            _ if rule.shared => None,
            Some(line) => Some(
                self.line_at(slot, *line)
                    .ok_or(CommandError::LineUnknown)?
                    .0,
            ),
            None => return Err(CommandError::LineUnknown),
        };
        let content = content_of(rule, command, now)?;
        let mut effects = Effects::new();
        effects.push(Effect::BucketOpened(Box::new(Bucket {
            valid_from: now,
            renews: false,
            rollovers_left: 0,
            ..new_bucket(
                account.next_bucket,
                rule,
                (owner, None),
                content.amount,
                content.until,
            )
        })));
        let price = pay.due(content.price);
        let moved = take_due(account, *pay, price, now, &mut effects)?;
        let money = rule.unit == BucketUnit::Money;
        let paid = if money {
            price.min(content.amount)
        } else {
            price
        };
        effects.push(self.adjusted(slot, reason_of(money, *pay), *reference, paid, moved));
        if money && price > paid {
            // More was paid than the wallet holds: the difference is revenue.
            let reason = reason_of(false, *pay);
            effects.push(self.adjusted(slot, reason, *reference, price - paid, moved));
        }
        if money && content.amount > paid {
            let gift = content.amount - paid;
            effects.push(self.adjusted(slot, AdjustReason::Bonus, *reference, gift, moved));
        }
        let outcome = json!({
            "ok": true, "bucket": account.next_bucket, "balance": account.balance + moved,
            "expires_at": (content.until < FOREVER).then_some(content.until),
        });
        Ok((Some(slot), effects, outcome))
    }
}

/// Takes what is due off the balance, where that pays; returns by how much it moves.
fn take_due(
    account: &Account,
    pay: PaidBy,
    due: i64,
    now: Millis,
    effects: &mut Effects<'_>,
) -> Result<i64, CommandError> {
    if pay != PaidBy::Balance {
        return Ok(0);
    }
    if due > account.available(now).max(0) {
        return Err(CommandError::InsufficientBalance);
    }
    effects.push(Effect::Moved {
        balance: -due,
        reserved: 0,
    });
    Ok(-due)
}

/// What a top-up brings.
struct Content {
    price: i64,
    amount: i64,
    until: Millis,
}

fn content_of(rule: &BucketRule, command: &Command, now: Millis) -> Result<Content, CommandError> {
    let Command::TopUpWallet {
        option,
        amount,
        days,
        ..
    } = command
    else {
        return Err(CommandError::Malformed);
    };
    let until = |days: Option<u32>| {
        days.map_or(FOREVER, |days| {
            now.saturating_add(Millis::from(days) * DAY_MS)
        })
    };
    if let Some(code) = option {
        let found = rule.top_ups.iter().find(|top_up| top_up.code == *code);
        let found = found.ok_or(CommandError::TopUpUnknown)?;
        return Ok(Content {
            price: found.price.get(),
            amount: i64::try_from(found.amount).map_err(|_| CommandError::AmountOverflow)?,
            until: until(Some(found.days)),
        });
    }
    let amount = amount
        .filter(|&amount| amount > 0)
        .ok_or(CommandError::TopUpUnknown)?;
    let money = rule.unit == BucketUnit::Money;
    Ok(Content {
        price: if money { amount } else { 0 },
        amount,
        until: until(*days),
    })
}

const fn reason_of(money: bool, pay: PaidBy) -> AdjustReason {
    match (money, pay) {
        (true, PaidBy::Balance) => AdjustReason::WalletFromBalance,
        (true, _) => AdjustReason::WalletFromCash,
        (false, PaidBy::Balance) => AdjustReason::UnitsFromBalance,
        (false, _) => AdjustReason::UnitsFromCash,
    }
}

/// The bucket ends now; grants that hold of it still may use it.
fn ended<'a>(bucket: &Bucket, now: Millis) -> Effect<'a> {
    Effect::BucketChanged {
        bucket: bucket.id,
        initial: bucket.initial,
        expires_at: bucket.expires_at.min(now),
        renews: false,
        rollovers_left: 0,
    }
}

/// Whether an add-on may be given to a line with these products.
fn check_addon<'a>(
    catalog: &'a Catalog,
    addon: &str,
    main: &str,
    has: &[&str],
) -> Result<&'a Product, CommandError> {
    let find = |code: &str| catalog.product_by_code(code);
    let id = find(addon).ok_or(CommandError::ProductUnknown)?;
    let product: &Product = catalog.product(id).ok_or(CommandError::ProductUnknown)?;
    if product.kind != ProductKind::Addon {
        return Err(CommandError::ProductUnknown);
    }
    if !product.multiple && has.contains(&addon) {
        return Err(CommandError::ProductExists);
    }
    let main = find(main);
    let eligible =
        product.requires.is_empty() || main.is_some_and(|main| product.requires.contains(&main));
    if !eligible {
        return Err(CommandError::ProductNotEligible);
    }
    let others = has.iter().filter_map(|code| find(code)).chain(main);
    let mut conflicts = others.filter(|other| {
        product.excludes.contains(other)
            || catalog
                .product(*other)
                .is_some_and(|other| other.excludes.contains(&id))
    });
    match conflicts.next() {
        Some(_) => Err(CommandError::ProductConflict),
        None => Ok(product),
    }
}
