//! Commands of the business floor: accounts, lines, balances, catalogue, rated files.

use crate::account::{Line, LineStatus};
use crate::budget::Budget;
use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::Millis;
use crate::command::{Command, CommandError};
use crate::decide::{Effects, push_moved};
use crate::effect::{Cause, Effect, Record};
use crate::id::Uuid;
use crate::identity::{Identity, IdentityDirectory, IdentityKind};
use crate::journal::JournalWriter;
use crate::request::{Requested, ServiceName, UnitKey, UnitRequest};
use crate::shard::Shard;
use openmvno_money::Currency;
use openmvno_rating::Unit;
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

type Decided<'a> = Result<(Option<u32>, Effects<'a>, Value), CommandError>;

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
        let command = serde_json::from_str::<Command>(row.json);
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
        effects.push(Effect::CommandDone { outcome: &text });
        let cause = Cause::Command {
            seq: row.seq,
            id: row.id,
            json: row.json,
        };
        let place = journal.append(&Record {
            now,
            account,
            cause,
            effects,
        });
        self.absorb_written(journal, place);
        (text.into_boxed_str(), account)
    }

    fn decide_command<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
        now: Millis,
    ) -> Decided<'a> {
        match command {
            Command::OpenAccount {
                tenant,
                account,
                currency,
                credit_limit,
                overrun,
            } => {
                if self.account_by_id.contains_key(account) {
                    return Err(CommandError::AccountExists);
                }
                Currency::from_code(currency).map_err(|_| CommandError::CurrencyInvalid)?;
                let slot =
                    u32::try_from(self.accounts.len()).map_err(|_| CommandError::AmountOverflow)?;
                let effect = Effect::AccountOpened {
                    tenant: *tenant,
                    account: *account,
                    currency,
                    credit_limit: (*credit_limit).max(0),
                    overrun: *overrun,
                };
                done(Some(slot), [effect])
            }
            Command::OpenLine { .. } => self.decide_open_line(command, directory),
            Command::ChangeLine { .. } => self.decide_change_line(command, directory),
            Command::AdjustBalance { .. } => self.decide_adjust(command),
            Command::ActivateCatalog { tenant, version } => {
                let loaded = self
                    .tenants
                    .iter()
                    .any(|known| known.id == *tenant && known.catalogs.contains_key(version));
                if !loaded {
                    return Err(CommandError::CatalogUnknown);
                }
                done(
                    None,
                    [Effect::CatalogActivated {
                        tenant: *tenant,
                        version: *version,
                    }],
                )
            }
            Command::RateUsage { .. } => self.decide_rate_usage(command, now),
        }
    }

    fn slot_of(&self, tenant: Uuid, account: Uuid) -> Result<u32, CommandError> {
        let slot = *self
            .account_by_id
            .get(&account)
            .ok_or(CommandError::AccountUnknown)?;
        let known = &self.accounts[slot as usize];
        let owner = self.tenants[usize::from(known.tenant)].id;
        if owner == tenant {
            Ok(slot)
        } else {
            Err(CommandError::AccountUnknown)
        }
    }

    fn line_at(&self, slot: u32, line: Uuid) -> Option<(u16, &Line)> {
        let lines = &self.accounts[slot as usize].lines;
        let at = lines.iter().position(|known| known.id == line)?;
        Some((u16::try_from(at).ok()?, &lines[at]))
    }

    fn decide_open_line<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
    ) -> Decided<'a> {
        let Command::OpenLine {
            tenant,
            account,
            line,
            product,
            msisdn,
            imsi,
            status,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        if self.line_at(slot, *line).is_some() {
            return Err(CommandError::LineExists);
        }
        let ordinal = u16::try_from(self.accounts[slot as usize].lines.len())
            .map_err(|_| CommandError::AmountOverflow)?;
        self.check_identities(directory, (slot, ordinal), (msisdn, imsi))?;
        let (line, status) = (*line, *status);
        done(
            Some(slot),
            [Effect::LineOpened {
                line,
                product,
                msisdn,
                imsi,
                status,
            }],
        )
    }

    fn decide_change_line<'a>(
        &'a self,
        command: &'a Command,
        directory: &dyn IdentityDirectory,
    ) -> Decided<'a> {
        let Command::ChangeLine {
            tenant,
            account,
            line,
            status,
            product,
            msisdn,
            imsi,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let status = status.unwrap_or(known.status);
        let product = product.as_deref().unwrap_or(&known.product);
        let msisdn = msisdn.as_deref().unwrap_or(&known.msisdn);
        let imsi = imsi.as_deref().unwrap_or(&known.imsi);
        if status != LineStatus::Closed {
            self.check_identities(directory, (slot, ordinal), (msisdn, imsi))?;
        }
        done(
            Some(slot),
            [Effect::LineChanged {
                ordinal,
                product,
                msisdn,
                imsi,
                status,
            }],
        )
    }

    fn check_identities(
        &self,
        directory: &dyn IdentityDirectory,
        (account, line): (u32, u16),
        (msisdn, imsi): (&str, &str),
    ) -> Result<(), CommandError> {
        for (kind, digits) in [(IdentityKind::Msisdn, msisdn), (IdentityKind::Imsi, imsi)] {
            let identity = Identity::new(kind, digits).ok_or(CommandError::IdentityInvalid)?;
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

    fn decide_adjust<'a>(&'a self, command: &Command) -> Decided<'a> {
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
        let slot = self.slot_of(*tenant, *account)?;
        let known = &self.accounts[slot as usize];
        if *amount < 0 && known.available().saturating_add(*amount) < 0 {
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

    /// A record from a file happened already: it is charged as far as the balance reaches, and the
    /// rest is overrun or debt.
    fn decide_rate_usage<'a>(&'a self, command: &'a Command, now: Millis) -> Decided<'a> {
        let Command::RateUsage {
            tenant,
            account,
            line,
            content_key,
            service,
            direction,
            destination,
            rating_group,
            usage,
            started_at,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let account = &self.accounts[slot as usize];
        let (_, line) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let destination = destination.as_deref().unwrap_or("");
        let tariff = self
            .tariff_for(
                account,
                line,
                ServiceName::Code(service),
                *direction,
                destination,
            )
            .map_err(|_| CommandError::RatingFailed)?;
        let key = UnitKey {
            rating_group: *rating_group,
            service_identifier: None,
        };
        let unit = UnitRequest {
            key,
            requested: Requested::Nothing,
            used: Some(*usage),
            money: false,
        };
        let rate = tariff.find(&unit).ok_or(CommandError::RatingFailed)?;
        let price = tariff
            .price(rate, *usage)
            .ok_or(CommandError::RatingFailed)?;
        let mut budget = Budget::of(account);
        let overrun = budget.pay(price);
        let when = (now, *started_at, budget.balance);
        let named = (content_key.as_str(), content_key.as_str(), "");
        let mut maker = CdrMaker::of_event(self, account, line, &tariff, named, when);
        let mut cdr = maker.blank(CdrKind::File, CdrCause::Normal);
        cdr.rating_group = *rating_group;
        cdr.usage = *usage;
        if tariff.service.unit == Unit::Second {
            let seconds = Millis::try_from(*usage).unwrap_or(0);
            cdr.ended_at = started_at.saturating_add(seconds.saturating_mul(1_000));
        }
        cdr.amount = price;
        cdr.overrun = overrun;
        cdr.rate = tariff.rate_name(rate);
        let outcome = json!({
            "ok": true, "cdr": cdr.id, "charged": price, "overrun": overrun,
            "balance": budget.balance,
        });
        let mut effects = Effects::new();
        push_moved(&mut effects, &budget);
        effects.push(Effect::Recorded(Box::new(cdr)));
        Ok((Some(slot), effects, outcome))
    }
}

fn done<'a, const N: usize>(account: Option<u32>, effects: [Effect<'a>; N]) -> Decided<'a> {
    Ok((account, effects.into_iter().collect(), json!({"ok": true})))
}
