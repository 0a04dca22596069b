//! Which catalogue version a tenant's usage is priced by: one is in force, others are to come.

use crate::account::Account;
use crate::administer::{Decided, done};
use crate::bucket::FOREVER;
use crate::clock::Millis;
use crate::command::{Command, CommandError};
use crate::effect::{Cause, Effect, Effects, Record};
use crate::id::Uuid;
use crate::journal::JournalWriter;
use crate::rater::CLOCK_TOLERANCE_MS;
use crate::shard::Shard;
use serde::{Deserialize, Serialize};
use serde_json::json;
use smallvec::smallvec;

/// A version and since when it is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    since: Millis,
    version: u64,
}

/// The catalogue versions of a tenant in the order of their times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Versions {
    /// The last is in force; those before it price what clients say happened in their time.
    begun: Vec<Turn>,
    coming: Vec<Turn>,
}

impl Versions {
    /// One version, in force for as long as anybody knows.
    pub(crate) fn of(version: u64) -> Self {
        let since = Millis::MIN;
        Self {
            begun: vec![Turn { since, version }],
            coming: Vec::new(),
        }
    }

    /// The version in force.
    pub(crate) fn active(&self) -> Option<u64> {
        self.begun.last().map(|turn| turn.version)
    }

    /// The version that prices what happens at `at`: a client's clock may be a little behind a
    /// change, or ahead of one.
    pub(crate) fn at(&self, at: Millis) -> Option<u64> {
        let begun = self.turns().take_while(|turn| turn.since <= at).last();
        begun.or(self.begun.first()).map(|turn| turn.version)
    }

    fn turns(&self) -> impl Iterator<Item = &Turn> {
        self.begun.iter().chain(&self.coming)
    }

    /// When the next version comes into force.
    fn next(&self) -> Millis {
        self.coming.first().map_or(FOREVER, |turn| turn.since)
    }

    fn due(&self, now: Millis) -> Option<u64> {
        let turn = self.coming.first().filter(|turn| turn.since <= now)?;
        Some(turn.version)
    }

    /// Another version comes into force at this instant.
    fn is_taken(&self, at: Millis, version: u64) -> bool {
        let mut coming = self.coming.iter();
        coming.any(|turn| turn.since == at && turn.version != version)
    }

    /// The version is to come, or took over from another one that could go on.
    fn may_withdraw(&self, version: u64) -> bool {
        let replaceable = self.begun.len() > 1 && self.active() == Some(version);
        replaceable || self.coming.iter().any(|turn| turn.version == version)
    }

    /// A version will come into force at `since`.
    pub(crate) fn schedule(&mut self, version: u64, since: Millis) {
        self.coming.retain(|turn| turn.version != version);
        let place = self.coming.partition_point(|turn| turn.since < since);
        self.coming.insert(place, Turn { since, version });
    }

    /// A version comes into force: since its own time if it was to come, else since `now`.
    pub(crate) fn activate(&mut self, version: u64, now: Millis) {
        let due = self.due(now) == Some(version);
        let since = if due { self.next() } else { now };
        let since = since.max(self.begun.last().map_or(since, |turn| turn.since));
        self.coming.retain(|turn| turn.version != version);
        if self.active() == Some(version) {
            return;
        }
        self.begun.push(Turn { since, version });
        // The one before is kept: this one may be withdrawn a moment too late.
        while self.begun.len() > 2 && self.begun[1].since <= since - CLOCK_TOLERANCE_MS {
            self.begun.remove(0);
        }
    }

    /// A version does not come into force or, where that was a moment ago, the one before goes on.
    pub(crate) fn withdraw(&mut self, version: u64) {
        self.coming.retain(|turn| turn.version != version);
        if self.begun.len() > 1 && self.active() == Some(version) {
            self.begun.pop();
        }
    }
}

impl Shard {
    pub(crate) fn decide_activate_catalog<'a>(
        &'a self,
        command: &Command,
        now: Millis,
    ) -> Decided<'a> {
        let Command::ActivateCatalog {
            tenant,
            version,
            at,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let (tenant, version) = (*tenant, *version);
        let known = self.tenants.iter().find(|known| known.id == tenant);
        let loaded = known.filter(|known| known.catalogs.contains_key(&version));
        let versions = &loaded.ok_or(CommandError::CatalogUnknown)?.versions;
        let mut effects = Effects::new();
        if let Some(at) = *at {
            if versions.is_taken(at, version) {
                return Err(CommandError::CatalogTimeTaken);
            }
            effects.push(Effect::CatalogScheduled {
                tenant,
                version,
                at,
            });
        }
        if at.is_none_or(|at| at <= now) {
            effects.push(Effect::CatalogActivated { tenant, version });
        }
        Ok((None, effects, json!({"ok": true})))
    }

    /// Follows a decision that was taken before the version's time, even where the command comes
    /// after it: every shard then goes on with the version before.
    pub(crate) fn decide_withdraw_catalog<'a>(&'a self, command: &Command) -> Decided<'a> {
        let Command::WithdrawCatalog { tenant, version } = command else {
            return Err(CommandError::Malformed);
        };
        let (tenant, version) = (*tenant, *version);
        let known = self.tenants.iter().find(|known| known.id == tenant);
        if !known.is_some_and(|known| known.versions.may_withdraw(version)) {
            return Err(CommandError::CatalogNotScheduled);
        }
        done(None, [Effect::CatalogWithdrawn { tenant, version }])
    }

    /// Puts the catalogue versions in force whose time has come.
    pub fn turn_catalogs(&mut self, now: Millis, journal: &mut JournalWriter) {
        while self.next_turn <= now {
            let mut tenants = self.tenants.iter();
            let due = tenants.find_map(|tenant| Some((tenant.id, tenant.versions.due(now)?)));
            let Some((tenant, version)) = due else {
                return;
            };
            let place = journal.append(&Record {
                now: now.max(self.clock),
                account: None,
                cause: Cause::Timer,
                effects: smallvec![Effect::CatalogActivated { tenant, version }],
            });
            self.absorb_written(journal, place);
            self.sweep_for_catalog(tenant);
        }
    }

    /// Which catalogue versions of a tenant are in force since when; those to come stand last.
    #[must_use]
    pub fn catalog_turns(&self, tenant: Uuid) -> Vec<(Millis, u64)> {
        let mut tenants = self.tenants.iter();
        let versions = tenants.find(|known| known.id == tenant);
        let turns = versions.iter().flat_map(|known| known.versions.turns());
        turns.map(|turn| (turn.since, turn.version)).collect()
    }

    /// The versions of an account's tenant.
    pub(crate) fn versions_of(&self, account: &Account) -> &Versions {
        &self.tenants[usize::from(account.tenant)].versions
    }

    /// Changes a tenant's versions.
    pub(crate) fn change_versions(&mut self, tenant: Uuid, change: impl FnOnce(&mut Versions)) {
        let tenant = self.tenant_index(tenant);
        change(&mut self.tenants[usize::from(tenant)].versions);
        let next = self.tenants.iter().map(|tenant| tenant.versions.next());
        self.next_turn = next.min().unwrap_or(FOREVER);
    }
}
