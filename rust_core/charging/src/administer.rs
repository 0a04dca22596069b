//! Commands of the business floor: accounts, lines, balances.

use crate::account::{Line, LineStatus, LineTerms};
use crate::clock::Millis;
use crate::command::{AdjustReason, Command, CommandError};
use crate::effect::{Cause, Effect, Effects, Record};
use crate::id::Uuid;
use crate::identity::{Identity, IdentityDirectory, IdentityKind};
use crate::journal::JournalWriter;
use crate::shard::Shard;
use openmvno_money::Currency;
use openmvno_rating::TimeZone;
use serde_json::{Value, json};

/// A row of `engine_command`.
#[derive(Clone, Copy, Debug)]
pub struct CommandRow<'a> {
    /// Its seq on the shard: one more than the last.
    pub seq: u64,
    /// Its id.
    pub id: Uuid,
    /// Its JSON.
    pub json: &'a str,
}

pub(crate) type Decided<'a> = Result<(Option<u32>, Effects<'a>, Value), CommandError>;

impl Shard {
    /// Applies one command row and returns its outcome (JSON) and the account slot it changed.
    /// A command that cannot be done changes nothing but the seq, and says why.
    ///
    /// The caller makes sure that `row.seq` is [`Shard::command_seq`] + 1.
    pub fn administer(
        &mut self,
        row: CommandRow<'_>,
        directory: &dyn IdentityDirectory,
        now: Millis,
        journal: &mut JournalWriter,
    ) -> (Box<str>, Option<u32>) {
        let now = now.max(self.clock);
        self.turn_catalogs(now, journal);
        let mut command = serde_json::from_str::<Command>(row.json);
        if let Ok(command) = &mut command {
            self.read_other_party(command, directory);
        }
        if let Some(slot) = command
            .as_ref()
            .ok()
            .and_then(|command| self.slot_named(command))
        {
            self.settle_due(slot, now, journal);
        }
        if let Ok(command @ Command::ExportLine { .. }) = &command {
            self.end_sessions_of_frozen(command, now, journal);
        }
        let decided = match &command {
            Ok(command) => self.decide_command(command, directory, now),
            Err(_) => Err(CommandError::Malformed),
        };
        let (account, effects, outcome) = decided.unwrap_or_else(|error| {
            let outcome = json!({"error": error.code(), "message": error.message()});
            (None, Effects::new(), outcome)
        });
        let text = outcome.to_string();
        let mut effects: Effects<'_> = effects;
        if let Some(slot) = account {
            self.add_notices(slot, now, &mut effects);
        }
        effects.push(Effect::CommandDone { outcome: &text });
        let cause = Cause::Command {
            seq: row.seq,
            id: row.id,
            json: row.json,
        };
        let orders = self.orders_after(account, &effects);
        let changed = effects.iter().find_map(|effect| match effect {
            Effect::CatalogActivated { tenant, .. } | Effect::CatalogWithdrawn { tenant, .. } => {
                Some(*tenant)
            }
            _ => None,
        });
        let place = journal.append(&Record {
            now,
            account,
            cause,
            effects,
        });
        self.absorb_written(journal, place);
        self.orders.extend(orders);
        if let Some(tenant) = changed {
            self.sweep_for_catalog(tenant);
        }
        (text.into_boxed_str(), account)
    }

    fn decide_command<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
        now: Millis,
    ) -> Decided<'a> {
        self.check_moving(command)?;
        match command {
            Command::OpenAccount {
                tenant,
                account,
                currency,
                credit_limit,
                overrun,
                time_zone,
                partners,
            } => {
                if self.account_slot(*account).is_some() {
                    return Err(CommandError::AccountExists);
                }
                Currency::from_code(currency).map_err(|_| CommandError::CurrencyInvalid)?;
                let slot =
                    u32::try_from(self.accounts.len()).map_err(|_| CommandError::AmountOverflow)?;
                let credit_limit = (*credit_limit).max(0);
                let mut effects = Effects::new();
                effects.push(Effect::AccountOpened {
                    tenant: *tenant,
                    account: *account,
                    currency,
                    credit_limit,
                    overrun: *overrun,
                });
                let mut tenants = self.tenants.iter();
                let in_force = tenants
                    .find(|known| known.id == *tenant)
                    .and_then(|known| known.catalogs.get(&known.versions.active()?));
                let unknown = |code: &String| {
                    in_force.is_some_and(|catalog| catalog.partner_by_code(code).is_none())
                };
                if partners.iter().any(unknown) {
                    return Err(CommandError::PartnerUnknown);
                }
                if time_zone.is_some() || !partners.is_empty() {
                    let terms = new_terms(time_zone.as_deref(), partners)?;
                    effects.push(Effect::AccountTermsSet {
                        credit_limit,
                        terms: Box::new(terms),
                    });
                }
                Ok((Some(slot), effects, json!({"ok": true})))
            }
            Command::ChangeAccount { .. } => self.decide_change_account(command),
            Command::OpenLine { .. } => self.decide_open_line(command, directory, now),
            Command::ChangeLine { .. } => self.decide_change_line(command, directory, now),
            Command::AddProduct { .. } => self.decide_add_product(command, now),
            Command::RemoveProduct { .. } => self.decide_remove_product(command, now),
            Command::SetFavourites { .. } => self.decide_set_favourites(command),
            Command::SetGroups { .. } => self.decide_set_groups(command),
            Command::TopUpWallet { .. } => self.decide_top_up_wallet(command, now),
            Command::FreezeLine { .. } => self.decide_freeze_line(command),
            Command::ExportLine { .. } => self.decide_export_line(command),
            Command::ImportLine { .. } => self.decide_import_line(command, directory),
            Command::ReleaseLine { .. } => self.decide_release_line(command),
            Command::AdjustBalance { .. } => self.decide_adjust(command, now),
            Command::ActivateCatalog { .. } => self.decide_activate_catalog(command, now),
            Command::WithdrawCatalog { .. } => self.decide_withdraw_catalog(command),
            Command::AbortSession { .. } => self.decide_abort(command),
            Command::RateUsage { .. } => self.decide_rate_usage(command, now),
        }
    }

    /// The account a command is about, if it exists.
    fn slot_named(&self, command: &Command) -> Option<u32> {
        let account = match command {
            Command::OpenAccount { .. }
            | Command::ActivateCatalog { .. }
            | Command::WithdrawCatalog { .. } => return None,
            Command::ChangeAccount { account, .. }
            | Command::OpenLine { account, .. }
            | Command::ChangeLine { account, .. }
            | Command::AddProduct { account, .. }
            | Command::RemoveProduct { account, .. }
            | Command::SetFavourites { account, .. }
            | Command::SetGroups { account, .. }
            | Command::TopUpWallet { account, .. }
            | Command::FreezeLine { account, .. }
            | Command::ExportLine { account, .. }
            | Command::ImportLine { account, .. }
            | Command::ReleaseLine { account, .. }
            | Command::AdjustBalance { account, .. }
            | Command::AbortSession { account, .. }
            | Command::RateUsage { account, .. } => account,
        };
        self.account_slot(*account)
    }

    pub(crate) fn slot_of(&self, tenant: Uuid, account: Uuid) -> Result<u32, CommandError> {
        let slot = self
            .account_slot(account)
            .ok_or(CommandError::AccountUnknown)?;
        let known = &self.accounts[slot as usize];
        let owner = self.tenants[usize::from(known.tenant)].id;
        if owner == tenant {
            Ok(slot)
        } else {
            Err(CommandError::AccountUnknown)
        }
    }

    pub(crate) fn line_at(&self, slot: u32, line: Uuid) -> Option<(u16, &Line)> {
        let lines = &self.accounts[slot as usize].lines;
        let at = lines.iter().position(|known| known.id == line)?;
        Some((u16::try_from(at).ok()?, &lines[at]))
    }

    fn decide_open_line<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
        now: Millis,
    ) -> Decided<'a> {
        let Command::OpenLine {
            tenant,
            account,
            line,
            product,
            msisdn,
            imsi,
            further_imsis,
            status,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        if *status == LineStatus::Moving {
            return Err(CommandError::Malformed);
        }
        let slot = self.slot_of(*tenant, *account)?;
        if self.line_at(slot, *line).is_some() {
            return Err(CommandError::LineExists);
        }
        self.check_main_product(slot, product)?;
        let ordinal = u16::try_from(self.accounts[slot as usize].lines.len())
            .map_err(|_| CommandError::AmountOverflow)?;
        let (msisdn, imsi) = (msisdn_of(msisdn)?, imsi_of(imsi)?);
        let further = imsis_of(further_imsis)?;
        let known_by = [msisdn, imsi].into_iter().chain(further.iter().copied());
        self.check_free(directory, (slot, ordinal), known_by)?;
        let (line, status) = (*line, *status);
        let mut effects = Effects::new();
        effects.push(Effect::LineOpened {
            line,
            product,
            msisdn,
            imsi,
            status,
        });
        if !further.is_empty() {
            effects.push(Effect::LineTermsSet {
                line: ordinal,
                terms: Box::new(LineTerms {
                    further_imsis: further,
                    ..LineTerms::default()
                }),
            });
        }
        self.grant(slot, (ordinal, line), product, now, &mut effects);
        Ok((Some(slot), effects, json!({"ok": true})))
    }

    fn decide_change_line<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
        now: Millis,
    ) -> Decided<'a> {
        let Command::ChangeLine {
            tenant,
            account,
            line,
            status,
            product,
            msisdn,
            imsi,
            further_imsis,
            ..
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        if *status == Some(LineStatus::Moving) {
            return Err(CommandError::Malformed);
        }
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let status = status.unwrap_or(known.status);
        let product = product.as_deref().unwrap_or(&known.product);
        if *product != *known.product {
            self.check_main_product(slot, product)?;
        }
        let msisdn = msisdn.as_deref().map(msisdn_of).transpose()?;
        let imsi = imsi.as_deref().map(imsi_of).transpose()?;
        let msisdn = msisdn
            .or(known.msisdn)
            .ok_or(CommandError::IdentityInvalid)?;
        let imsi = imsi.or(known.imsi).ok_or(CommandError::IdentityInvalid)?;
        let further = further_imsis.as_deref().map(imsis_of).transpose()?;
        if status != LineStatus::Closed {
            let further = further.as_deref().unwrap_or(known.further_imsis());
            let known_by = [msisdn, imsi].into_iter().chain(further.iter().copied());
            self.check_free(directory, (slot, ordinal), known_by)?;
        }
        let mut effects = Effects::new();
        effects.push(Effect::LineChanged {
            ordinal,
            product,
            msisdn,
            imsi,
            status,
        });
        effects.extend(self.changed_terms(slot, ordinal, command, now, further));
        if status == LineStatus::Closed {
            self.end_buckets_of(slot, ordinal, now, &mut effects);
        } else if *product != *known.product {
            self.change_main_product(slot, (ordinal, *line), product, now, &mut effects);
        }
        Ok((Some(slot), effects, json!({"ok": true})))
    }

    fn check_free(
        &self,
        directory: &dyn IdentityDirectory,
        (account, line): (u32, u16),
        identities: impl Iterator<Item = Identity>,
    ) -> Result<(), CommandError> {
        for identity in identities {
            let own = |holder: &crate::identity::LineAddress| {
                (holder.shard, holder.account, holder.line) == (self.id, account, line)
            };
            if directory
                .holder(identity)
                .is_some_and(|holder| !own(&holder))
            {
                return Err(CommandError::IdentityTaken);
            }
        }
        Ok(())
    }

    fn decide_adjust<'a>(&'a self, command: &Command, now: Millis) -> Decided<'a> {
        let Command::AdjustBalance {
            tenant,
            account,
            amount,
            reason,
            reference,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        if !matches!(reason, AdjustReason::TopUp | AdjustReason::Adjustment) {
            return Err(CommandError::Malformed);
        }
        let slot = self.slot_of(*tenant, *account)?;
        let known = &self.accounts[slot as usize];
        if *amount < 0 && known.available(now).saturating_add(*amount) < 0 {
            return Err(CommandError::InsufficientBalance);
        }
        let balance = known
            .balance
            .checked_add(*amount)
            .ok_or(CommandError::AmountOverflow)?;
        let effects = [
            Effect::Moved {
                balance: *amount,
                reserved: 0,
            },
            Effect::Adjusted {
                tenant: *tenant,
                account: *account,
                currency: known.currency.code(),
                reason: *reason,
                reference: *reference,
                amount: *amount,
                balance_after: balance,
            },
        ];
        let outcome = json!({"ok": true, "balance": balance, "reserved": known.reserved});
        Ok((Some(slot), effects.into_iter().collect(), outcome))
    }
}

/// The terms of a new account.
fn new_terms(
    time_zone: Option<&str>,
    partners: &[String],
) -> Result<crate::account::AccountTerms, CommandError> {
    Ok(crate::account::AccountTerms {
        time_zone: zone_named(time_zone.unwrap_or(""))?,
        partners: partners.iter().map(|code| code.as_str().into()).collect(),
        ..crate::account::AccountTerms::default()
    })
}

/// The zone of an IANA name; an empty one is for the catalogue's zone.
pub(crate) fn zone_named(name: &str) -> Result<Option<TimeZone>, CommandError> {
    if name.is_empty() {
        return Ok(None);
    }
    let zone = TimeZone::parse(name).ok_or(CommandError::TimeZoneUnknown)?;
    Ok(Some(zone))
}

pub(crate) fn done<'a, const N: usize>(
    account: Option<u32>,
    effects: [Effect<'a>; N],
) -> Decided<'a> {
    Ok((account, effects.into_iter().collect(), json!({"ok": true})))
}

fn msisdn_of(digits: &str) -> Result<Identity, CommandError> {
    Identity::new(IdentityKind::Msisdn, digits).ok_or(CommandError::IdentityInvalid)
}

fn imsis_of(all: &[String]) -> Result<Vec<Identity>, CommandError> {
    all.iter().map(|digits| imsi_of(digits)).collect()
}

fn imsi_of(digits: &str) -> Result<Identity, CommandError> {
    Identity::new(IdentityKind::Imsi, digits).ok_or(CommandError::IdentityInvalid)
}
