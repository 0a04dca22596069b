//! Commands that bring a line to another payer: frozen where it is, exported, imported where it goes,
//! released where it was.
//!
//! The two payers may lie in different shards, so no command has a part in both. Whoever carries the
//! line writes each command when the one before is done; the line stands still meanwhile (RFC 8506
//! §9.1: 4010 to what begins), so nothing it has can change or be used twice. What the new payer cannot
//! take comes back to the old one as it would have come to the new one.

use crate::account::{Account, Line, LineStatus, LineTerms, PayerChange, PayerStage};
use crate::administer::{Decided, done};
use crate::bucket::{Bucket, Counter, FOREVER};
use crate::clock::Millis;
use crate::command::{AdjustReason, Command, CommandError};
use crate::effect::{Effect, Effects};
use crate::id::Uuid;
use crate::identity::{Identity, IdentityDirectory};
use crate::journal::JournalWriter;
use crate::line_image::{LINE_IMAGE_VERSION, LineImage};
use crate::session::{RateRef, Session};
use crate::shard::Shard;
use serde_json::json;
use thin_vec::ThinVec;

impl Shard {
    /// Refuses what would change a line that is on its way to another payer, or was left behind.
    pub(crate) fn check_moving(&self, command: &Command) -> Result<(), CommandError> {
        let (account, line) = match command {
            Command::ChangeLine { account, line, .. }
            | Command::AddProduct { account, line, .. }
            | Command::RemoveProduct { account, line, .. }
            | Command::SetFavourites { account, line, .. }
            | Command::SetGroups { account, line, .. }
            | Command::AbortSession { account, line, .. }
            | Command::RateUsage { account, line, .. } => (account, Some(line)),
            Command::TopUpWallet { account, line, .. } => (account, line.as_ref()),
            _ => return Ok(()),
        };
        let known = || {
            let slot = self.account_slot(*account)?;
            Some(self.line_at(slot, *line?)?.1)
        };
        let stage = known()
            .and_then(Line::payer_change)
            .map(|payer| payer.stage);
        // What has happened is charged as long as the line's own is there to pay.
        let waits = !matches!(
            command,
            Command::RateUsage { .. } | Command::AbortSession { .. }
        );
        match stage {
            Some(PayerStage::Frozen(_)) if waits => Err(CommandError::LineMoving),
            Some(PayerStage::Exported) => Err(CommandError::LineMoving),
            Some(PayerStage::Left) => Err(CommandError::LineUnknown),
            Some(PayerStage::Frozen(_) | PayerStage::Arrived) | None => Ok(()),
        }
    }

    pub(crate) fn decide_freeze_line<'a>(&'a self, command: &Command) -> Decided<'a> {
        let Command::FreezeLine {
            tenant,
            account,
            line,
            change,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let sessions: Vec<&Session> = self.charged_sessions(slot, ordinal).collect();
        let outcome = json!({"ok": true, "sessions": sessions.len()});
        match known.payer_change() {
            Some(payer) if matches!(payer.stage, PayerStage::Frozen(_)) => {
                return if payer.change == *change {
                    Ok((Some(slot), Effects::new(), outcome))
                } else {
                    Err(CommandError::LineMoving)
                };
            }
            Some(payer) if payer.stage == PayerStage::Exported => {
                return Err(CommandError::LineMoving);
            }
            _ if known.status == LineStatus::Closed => return Err(CommandError::LineUnknown),
            _ => {}
        }
        let stage = PayerStage::Frozen(known.status);
        let mut effects = Effects::new();
        effects.push(changed(ordinal, known, LineStatus::Moving)?);
        effects.push(terms_at(ordinal, known, (*change, stage)));
        effects.extend(sessions.iter().map(|session| Effect::SessionAborted {
            ordinal: session.ordinal,
        }));
        Ok((Some(slot), effects, outcome))
    }

    /// The open sessions of a line that cost something. Those of emergency and toll-free numbers go on
    /// to their end, with the payer they began with.
    fn charged_sessions(&self, slot: u32, line: u16) -> impl Iterator<Item = &Session> {
        let is_free = |session: &Session| {
            let mut units = session.units.iter();
            !session.units.is_empty() && units.all(|unit| unit.rate == RateRef::Free)
        };
        self.open_sessions(&self.accounts[slot as usize])
            .filter(move |session| session.line == line && !session.expired && !is_free(session))
    }

    /// The sessions that their gateways did not end in time are given up, as silent ones are.
    pub(crate) fn end_sessions_of_frozen(
        &mut self,
        command: &Command,
        now: Millis,
        journal: &mut JournalWriter,
    ) {
        let Command::ExportLine {
            tenant,
            account,
            line,
            change,
        } = command
        else {
            return;
        };
        let Ok((slot, ordinal, _)) = self.frozen_line((*tenant, *account, *line), *change) else {
            return;
        };
        let open = self.charged_sessions(slot, ordinal);
        let open: Vec<u32> = open.map(|session| session.ordinal).collect();
        for session in open {
            let session = self.session_of(slot, session);
            let place = session.map(|open| self.write_give_up(open, (true, now), journal));
            if let Some(place) = place {
                self.absorb_written(journal, place);
            }
        }
        // They may have held the last of a bucket whose time is over.
        self.settle_due(slot, now, journal);
    }

    fn frozen_line(
        &self,
        (tenant, account, line): (Uuid, Uuid, Uuid),
        change: Uuid,
    ) -> Result<(u32, u16, LineStatus), CommandError> {
        let slot = self.slot_of(tenant, account)?;
        let (ordinal, known) = self.line_at(slot, line).ok_or(CommandError::LineUnknown)?;
        match known.payer_change() {
            Some(payer) if payer.change == change => match payer.stage {
                PayerStage::Frozen(status) => Ok((slot, ordinal, status)),
                _ => Err(CommandError::LineMoving),
            },
            _ => Err(CommandError::LineMoving),
        }
    }

    pub(crate) fn decide_export_line<'a>(&'a self, command: &Command) -> Decided<'a> {
        let Command::ExportLine {
            tenant,
            account,
            line,
            change,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let (slot, ordinal, status) = self.frozen_line((*tenant, *account, *line), *change)?;
        let account = &self.accounts[slot as usize];
        let image = self.image_of(account, ordinal, status);
        let known = &account.lines[usize::from(ordinal)];
        let mut effects = Effects::new();
        for bucket in image.buckets.iter().filter(|bucket| bucket.free() > 0) {
            if self.holds_money(account, &bucket.code) {
                let reason = AdjustReason::LineLeft;
                effects.push(self.adjusted(slot, reason, *change, bucket.free(), 0));
            }
        }
        // A pool stays with those who share it; whoever has the product gets the next one.
        for pool in account.buckets.iter().filter(|one| is_pool_of(one, known)) {
            effects.push(Effect::BucketChanged {
                bucket: pool.id,
                initial: pool.initial,
                expires_at: pool.expires_at,
                renews: false,
                rollovers_left: pool.rollovers_left,
            });
        }
        effects.push(Effect::LineExported { line: ordinal });
        effects.push(terms_at(ordinal, known, (*change, PayerStage::Exported)));
        Ok((Some(slot), effects, json!({"ok": true, "image": image})))
    }

    fn image_of(&self, account: &Account, ordinal: u16, status: LineStatus) -> LineImage {
        let known = &account.lines[usize::from(ordinal)];
        let own = account
            .buckets
            .iter()
            .filter(|bucket| bucket.line == Some(ordinal))
            .cloned();
        let pools = account.buckets.iter().filter(|one| is_pool_of(one, known));
        let pools = pools.map(|pool| Bucket {
            initial: 0,
            used: 0,
            reserved: 0,
            members: ThinVec::new(),
            ..pool.clone()
        });
        let mut line = Line {
            status,
            ..known.clone()
        };
        if let Some(terms) = &mut line.terms {
            terms.payer = None;
        }
        let counters = account.counters.iter();
        LineImage {
            version: LINE_IMAGE_VERSION,
            shard: self.id,
            account: account.id,
            currency: account.currency,
            arrivals: known.arrivals(),
            line,
            buckets: own.chain(pools).collect(),
            counters: counters
                .filter(|counter| counter.line == Some(ordinal))
                .cloned()
                .collect(),
        }
    }

    pub(crate) fn decide_import_line<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
    ) -> Decided<'a> {
        let Command::ImportLine {
            tenant,
            account,
            line,
            change,
            image,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        if !image.is_sound() || image.line.id != *line {
            return Err(CommandError::Malformed);
        }
        let slot = self.slot_of(*tenant, *account)?;
        let account = &self.accounts[slot as usize];
        let known = self.line_at(slot, *line);
        let before = known.and_then(|(_, line)| line.payer_change());
        let is_of =
            |stage| before.is_some_and(|payer| (payer.change, payer.stage) == (*change, stage));
        if is_of(PayerStage::Arrived) {
            return done(Some(slot), []);
        }
        let comes_back = is_of(PayerStage::Exported);
        let has_left = before.is_some_and(|payer| payer.stage == PayerStage::Left);
        if known.is_some() && !comes_back && !has_left {
            return Err(CommandError::LineExists);
        }
        if account.currency != image.currency {
            return Err(CommandError::CurrencyMismatch);
        }
        let ordinal = known.map_or(account.lines.len(), |(ordinal, _)| usize::from(ordinal));
        let ordinal = u16::try_from(ordinal).map_err(|_| CommandError::AmountOverflow)?;
        let identities = identities_of(&image.line)?;
        // Where it came from it must always be able to come back to.
        if !comes_back {
            self.check_main_product(slot, &image.line.product)?;
            let known_by = image.line.identities();
            self.check_free_but_for(directory, (slot, ordinal), known_by, image.shard)?;
        }
        let mut effects = Effects::new();
        effects.push(arrived(ordinal, image, identities, known.is_some()));
        let payer = PayerChange {
            change: *change,
            stage: PayerStage::Arrived,
            arrivals: image.arrivals.saturating_add(1),
            from: Some(image.account),
        };
        effects.push(terms_with(ordinal, &image.line, payer));
        self.bring_content(slot, ordinal, image, *change, &mut effects);
        Ok((Some(slot), effects, json!({"ok": true})))
    }

    /// The buckets and volumes that a line brings along.
    fn bring_content<'a>(
        &'a self,
        slot: u32,
        ordinal: u16,
        image: &'a LineImage,
        change: Uuid,
        effects: &mut Effects<'a>,
    ) {
        let account = &self.accounts[slot as usize];
        for (id, bucket) in (account.next_bucket..).zip(&image.buckets) {
            let free = bucket.free();
            effects.push(Effect::BucketOpened(Box::new(Bucket {
                id,
                line: bucket.line.map(|_| ordinal),
                ..bucket.clone()
            })));
            if free > 0 && self.holds_money(account, &bucket.code) {
                let reason = AdjustReason::LineArrived;
                effects.push(self.adjusted(slot, reason, change, free, 0));
            }
        }
        // A late report, of a session the line had here before it went, may have begun a later period.
        let is_over = |counter: &&Counter| {
            let mut known = account.counters.iter();
            known.any(|late| {
                let same = (&late.code, late.line) == (&counter.code, Some(ordinal));
                same && late.until > counter.until
            })
        };
        let counters = image.counters.iter().filter(|counter| !is_over(counter));
        effects.extend(counters.map(|counter| Effect::Counted {
            code: &counter.code,
            line: Some(ordinal),
            used: counter.used,
            until: counter.until,
        }));
    }

    /// Whether nobody has the identities but the shard the line comes from, which this one may be
    /// behind in following.
    fn check_free_but_for(
        &self,
        directory: &dyn IdentityDirectory,
        (account, line): (u32, u16),
        mut identities: impl Iterator<Item = Identity>,
        from: u16,
    ) -> Result<(), CommandError> {
        let own = (self.id, account, line);
        let taken = identities.any(|identity| {
            directory.holder(identity).is_some_and(|holder| {
                holder.shard != from && (holder.shard, holder.account, holder.line) != own
            })
        });
        if taken {
            Err(CommandError::IdentityTaken)
        } else {
            Ok(())
        }
    }

    /// Where the line was, if it has come from an account of this shard: the slot there and its ordinal.
    #[must_use]
    pub fn place_of(&self, account: Uuid, line: Uuid) -> Option<(u32, u16)> {
        let slot = self.account_slot(account)?;
        Some((slot, self.line_at(slot, line)?.0))
    }

    pub(crate) fn decide_release_line<'a>(&'a self, command: &Command) -> Decided<'a> {
        let Command::ReleaseLine {
            tenant,
            account,
            line,
            change,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let payer = known.payer_change().filter(|payer| payer.change == *change);
        let stage = payer.map(|payer| payer.stage);
        match stage {
            Some(PayerStage::Left) => return done(Some(slot), []),
            Some(PayerStage::Exported) => {}
            _ => return Err(CommandError::LineMoving),
        }
        // Its terms stay: late reports of its old sessions are priced by them.
        let effects = [
            changed(ordinal, known, LineStatus::Closed)?,
            terms_at(ordinal, known, (*change, PayerStage::Left)),
        ];
        done(Some(slot), effects)
    }
}

/// Whether a bucket is what a line's products grant to all lines of the account, again and again.
fn is_pool_of(bucket: &Bucket, line: &Line) -> bool {
    let of_line = |instance: Uuid| {
        let mut addons = line.addons().iter();
        instance == line.id || addons.any(|addon| addon.instance == instance)
    };
    bucket.line.is_none()
        && bucket.renews
        && bucket.valid_from != FOREVER
        && bucket.instance.is_some_and(of_line)
}

fn identities_of(line: &Line) -> Result<[Identity; 2], CommandError> {
    let both = line.msisdn.zip(line.imsi);
    let (msisdn, imsi) = both.ok_or(CommandError::IdentityInvalid)?;
    Ok([msisdn, imsi])
}

/// A line that is as it was, but for its status.
fn changed<'a>(
    ordinal: u16,
    line: &'a Line,
    status: LineStatus,
) -> Result<Effect<'a>, CommandError> {
    let [msisdn, imsi] = identities_of(line)?;
    Ok(Effect::LineChanged {
        ordinal,
        product: &line.product,
        msisdn,
        imsi,
        status,
    })
}

/// A line at its new payer: a new one there, or one that had left.
fn arrived(
    ordinal: u16,
    image: &LineImage,
    [msisdn, imsi]: [Identity; 2],
    is_known: bool,
) -> Effect<'_> {
    let (product, status) = (&*image.line.product, image.line.status);
    if is_known {
        return Effect::LineChanged {
            ordinal,
            product,
            msisdn,
            imsi,
            status,
        };
    }
    Effect::LineOpened {
        line: image.line.id,
        product,
        msisdn,
        imsi,
        status,
    }
}

/// A line's terms with how far its change of payer is.
fn terms_at<'a>(ordinal: u16, line: &Line, (change, stage): (Uuid, PayerStage)) -> Effect<'a> {
    let payer = PayerChange {
        change,
        stage,
        arrivals: line.arrivals(),
        from: line.payer_change().and_then(|payer| payer.from),
    };
    terms_with(ordinal, line, payer)
}

fn terms_with<'a>(ordinal: u16, line: &Line, payer: PayerChange) -> Effect<'a> {
    let mut terms: LineTerms = line.terms.as_deref().cloned().unwrap_or_default();
    terms.payer = Some(Box::new(payer));
    Effect::LineTermsSet {
        line: ordinal,
        terms: Box::new(terms),
    }
}
