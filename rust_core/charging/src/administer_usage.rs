//! Commands that rate usage from files.

use crate::administer::Decided;
use crate::cdr::{CdrCause, CdrKind};
use crate::cdr_maker::CdrMaker;
use crate::clock::Millis;
use crate::command::{Command, CommandError};
use crate::effect::{Effect, Effects};
use crate::identity::IdentityDirectory;
use crate::purse::Purse;
use crate::raters::Usage;
use crate::request::{Context, Requested, ServiceName, UnitKey, UnitRequest};
use crate::session::UnitState;
use crate::shard::Shard;
use openmvno_rating::Unit;
use serde_json::json;

impl Shard {
    /// Makes of what a file says of the other party what a request of the network says: the number
    /// in international form, and what it is to the line.
    pub(crate) fn read_other_party(
        &self,
        command: &mut Command,
        directory: &dyn IdentityDirectory,
    ) {
        let Command::RateUsage {
            tenant,
            account,
            line,
            destination: Some(destination),
            on_net,
            cug,
            ..
        } = command
        else {
            return;
        };
        let Ok(slot) = self.slot_of(*tenant, *account) else {
            return;
        };
        let number = self.numbering(slot, directory).normalise(destination);
        number.as_str().clone_into(destination);
        if let Some((line, _)) = self.line_at(slot, *line) {
            let found = self.relation((slot, line), destination, directory);
            (*on_net, *cug) = (*on_net || found.0, found.1);
        }
    }

    /// A record from a file happened already: it is charged as far as the balance reaches, and the
    /// rest is overrun or debt.
    pub(crate) fn decide_rate_usage<'a>(
        &'a self,
        command: &'a Command,
        now: Millis,
    ) -> Decided<'a> {
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
            plmn,
            msc,
            apn,
            on_net,
            cug,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let account = &self.accounts[slot as usize];
        let (ordinal, _) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let text = |field: &'a Option<String>| field.as_deref().unwrap_or("");
        let known = plmn.is_some() || msc.is_some() || apn.is_some() || *on_net || *cug;
        let context = known.then(|| Context {
            plmn: text(plmn),
            msc: text(msc),
            apn: text(apn),
            on_net: *on_net,
            cug: *cug,
            ..Context::default()
        });
        let usage_of = Usage {
            line: ordinal,
            service: ServiceName::Code(service),
            direction: *direction,
            destination: text(destination),
            context,
            at: *started_at,
            seed: content_key,
        };
        let rater = self
            .rater_for(account, self.versions_of(account).active(), &usage_of)
            .map_err(|_| CommandError::RatingFailed)?;
        let unit = UnitRequest {
            key: UnitKey {
                rating_group: *rating_group,
                service_identifier: None,
            },
            requested: Requested::Nothing,
            used: Some(*usage),
            used_after_change: None,
            money: false,
        };
        let rate = rater
            .price_of_past(&unit)
            .map_err(|_| CommandError::RatingFailed)?;
        let mut state = UnitState::new(unit.key, rate, *started_at);
        let mut purse = Purse::of(account, ordinal, *started_at, self.zone_ref(account));
        rater
            .charge(
                &mut state,
                (*usage, 0),
                (*started_at, *started_at),
                &mut purse,
            )
            .map_err(|_| CommandError::RatingFailed)?;
        let when = (now, *started_at, purse.balance);
        let named = (content_key.as_str(), content_key.as_str(), "");
        let mut maker = CdrMaker::of_event(self, account, &rater, named, context, when);
        if rater.service.unit == Unit::Second {
            let seconds = Millis::try_from(*usage).unwrap_or(0);
            maker.ended_at = started_at.saturating_add(seconds.saturating_mul(1_000));
        }
        let cdr = maker
            .make(&state, None, CdrKind::File, CdrCause::Normal)
            .unwrap_or_else(|| maker.blank(CdrKind::File, CdrCause::Normal));
        let outcome = json!({
            "ok": true, "cdr": cdr.id, "charged": state.charged, "overrun": state.overrun,
            "balance": purse.balance,
        });
        let mut effects = Effects::new();
        effects.extend(purse.effects());
        effects.push(Effect::Recorded(Box::new(cdr)));
        Ok((Some(slot), effects, outcome))
    }
}
