//! Commands that change what an account or a line may do: limits, caps, favourites, groups.

use crate::account::{Account, AccountTerms, LineTerms, SpendingCap};
use crate::administer::{Decided, done, zone_named};
use crate::clock::Millis;
use crate::command::{Command, CommandError};
use crate::effect::Effect;
use crate::id::Uuid;
use crate::identity::Identity;
use crate::rater::products_of;
use crate::session::Payer;
use crate::shard::Shard;
use openmvno_rating::renewal_period;

impl Shard {
    pub(crate) fn decide_change_account<'a>(&'a self, command: &'a Command) -> Decided<'a> {
        let Command::ChangeAccount {
            tenant,
            account,
            credit_limit,
            temporary_limit,
            limit_warning,
            low_balance,
            time_zone,
            partners,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let known = &self.accounts[slot as usize];
        let mut terms: AccountTerms = known.terms.as_deref().cloned().unwrap_or_default();
        if let Some(limit) = temporary_limit {
            terms.temporary_limit = limit.map(|limit| (limit.amount.max(0), limit.until));
        }
        if let Some(mark) = limit_warning {
            terms.limit_warning = *mark;
        }
        if let Some(mark) = low_balance {
            terms.low_balance = *mark;
        }
        if let Some(zone) = time_zone {
            terms.time_zone = zone_named(zone)?;
        }
        if let Some(codes) = partners {
            let catalog = self.catalog_of(known);
            let unknown = |code: &String| {
                catalog.is_none_or(|catalog| catalog.partner_by_code(code).is_none())
            };
            if codes.iter().any(unknown) {
                return Err(CommandError::PartnerUnknown);
            }
            terms.partners = codes.iter().map(|code| code.as_str().into()).collect();
        }
        let effect = Effect::AccountTermsSet {
            credit_limit: credit_limit.unwrap_or(known.credit_limit).max(0),
            terms: Box::new(terms),
        };
        done(Some(slot), [effect])
    }

    /// What `change_line` changes of a line's terms.
    pub(crate) fn changed_terms<'a>(
        &self,
        slot: u32,
        ordinal: u16,
        command: &Command,
        now: Millis,
        further: Option<Vec<Identity>>,
    ) -> Option<Effect<'a>> {
        let Command::ChangeLine {
            spending_cap,
            own_balance,
            toll_free_barred,
            zero_rated_allowed,
            ..
        } = command
        else {
            return None;
        };
        let account = &self.accounts[slot as usize];
        let line = &account.lines[usize::from(ordinal)];
        let before: LineTerms = line.terms.as_deref().cloned().unwrap_or_default();
        let mut terms = before.clone();
        terms.own_balance = own_balance.unwrap_or(terms.own_balance);
        terms.toll_free_barred = toll_free_barred.unwrap_or(terms.toll_free_barred);
        terms.zero_rated_allowed = zero_rated_allowed.unwrap_or(terms.zero_rated_allowed);
        terms.further_imsis = further.unwrap_or(terms.further_imsis);
        if let Some(cap) = spending_cap {
            let zone = self.zone_ref(account);
            let old = terms.cap;
            let held = self.held_by_line(account, ordinal);
            terms.cap = cap.map(|cap| {
                let until = renewal_period(cap.renew, now, zone).1;
                // What was spent in the same period still counts, and so does what is held now.
                let same = old.filter(|old| old.renew == cap.renew && now < old.until);
                SpendingCap {
                    amount: cap.amount.max(0),
                    renew: cap.renew,
                    spent: same.map_or(0, |old| old.spent),
                    reserved: held,
                    until,
                }
            });
        }
        (terms != before).then(|| Effect::LineTermsSet {
            line: ordinal,
            terms: Box::new(terms),
        })
    }

    /// What a line's running grants hold of the balance, micros.
    fn held_by_line(&self, account: &Account, ordinal: u16) -> i64 {
        self.open_sessions(account)
            .filter(|session| session.line == ordinal)
            .flat_map(|session| session.units.iter().flat_map(|unit| &unit.holds))
            .filter(|hold| hold.payer == Payer::Balance)
            .map(|hold| hold.amount)
            .sum()
    }

    pub(crate) fn decide_set_favourites<'a>(&'a self, command: &'a Command) -> Decided<'a> {
        let Command::SetFavourites {
            tenant,
            account,
            line,
            numbers,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let catalog = self
            .catalog_of(&self.accounts[slot as usize])
            .ok_or(CommandError::CatalogUnknown)?;
        let products = products_of(catalog, known).map_err(|_| CommandError::ProductUnknown)?;
        let offer = products
            .iter()
            .find_map(|&id| catalog.product(id)?.favourites.as_ref());
        if !numbers.is_empty() {
            let offer = offer.ok_or(CommandError::FavouritesNotOffered)?;
            if numbers.len() > usize::from(offer.limit) {
                return Err(CommandError::FavouritesTooMany);
            }
            let digits = |number: &String| {
                (1..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
            };
            if !numbers
                .iter()
                .all(|number| digits(number) && offer.allows(number))
            {
                return Err(CommandError::FavouriteNotAllowed);
            }
        }
        let mut terms: LineTerms = known.terms.as_deref().cloned().unwrap_or_default();
        terms.favourites = numbers
            .iter()
            .map(|number| number.as_str().into())
            .collect();
        terms_set(slot, ordinal, terms)
    }

    pub(crate) fn decide_set_groups<'a>(&'a self, command: &'a Command) -> Decided<'a> {
        let Command::SetGroups {
            tenant,
            account,
            line,
            groups,
        } = command
        else {
            return Err(CommandError::Malformed);
        };
        let slot = self.slot_of(*tenant, *account)?;
        let (ordinal, known) = self.line_at(slot, *line).ok_or(CommandError::LineUnknown)?;
        let mut terms: LineTerms = known.terms.as_deref().cloned().unwrap_or_default();
        let mut groups: Vec<Uuid> = groups.clone();
        groups.sort_unstable();
        groups.dedup();
        terms.groups = groups;
        terms_set(slot, ordinal, terms)
    }
}

/// A line's new terms.
pub(crate) fn terms_set<'a>(slot: u32, line: u16, terms: LineTerms) -> Decided<'a> {
    let terms = Box::new(terms);
    done(Some(slot), [Effect::LineTermsSet { line, terms }])
}
