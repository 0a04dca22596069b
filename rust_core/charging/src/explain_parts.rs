//! What each part of a recorded charge costs by the catalogue it was made by.

use crate::cdr::CdrPart;
use crate::explain_price::{Finder, Found, Wanted};
use openmvno_rating::{BucketUnit, Catalog, Discount, PaysId};

/// A part of the record beside what it comes to now.
#[derive(Clone, Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) part: CdrPart<'a>,
    pub(crate) found: Option<Found<'a>>,
    /// The discount's code.
    pub(crate) discount: Option<&'a str>,
    /// In the payer's unit; `None`: it cannot be told.
    pub(crate) recomputed: Option<i64>,
    /// Why not.
    pub(crate) why: Option<String>,
}

impl<'a> Checked<'a> {
    /// A part with the price it names; money is recomputed for all parts together.
    pub(crate) fn new(finder: &Finder<'_, 'a>, part: CdrPart<'a>) -> Self {
        let found = finder.find(&Wanted::of(&part));
        let mut checked = Self {
            part,
            found,
            discount: None,
            recomputed: None,
            why: None,
        };
        match &found {
            None => {
                checked.why = Some(format!(
                    "no product of the document has rate {:?} of table {:?} for this usage{}",
                    part.rate,
                    part.table,
                    match part.period {
                        "" => String::new(),
                        period => format!(" in period {period}"),
                    }
                ));
            }
            Some(found) if part.discount > 0 => {
                checked.discount = finder.discount(found, part.discount);
                if checked.discount.is_none() {
                    checked.why =
                        Some("no discount of the document takes so much off this usage".to_owned());
                }
            }
            Some(_) => {}
        }
        if !part.money && checked.why.is_none() {
            match units_cost(finder.rater.catalog, &part) {
                Ok(cost) => checked.recomputed = cost,
                Err(why) => checked.why = Some(why),
            }
        }
        checked
    }

    /// What differs, said loudly.
    pub(crate) fn difference(&self) -> Option<String> {
        let part = &self.part;
        let (from, to) = (part.origin + part.from, part.origin + part.to);
        if let Some(why) = &self.why {
            return Some(format!("billed units {from} to {to}: {why}"));
        }
        let recomputed = self.recomputed?;
        (recomputed != part.cost).then(|| {
            format!(
                "billed units {from} to {to}: {} are recorded, {recomputed} recomputed{}",
                part.cost,
                if part.money {
                    " (micros)"
                } else {
                    " (bucket units)"
                }
            )
        })
    }
}

/// What a bucket of units or a throttle takes; `None` where the record does not say by which entry.
fn units_cost(catalog: &Catalog, part: &CdrPart<'_>) -> Result<Option<i64>, String> {
    let rule = catalog
        .bucket_rule_of_code(part.code)
        .ok_or_else(|| format!("the document has no bucket {}", part.code))?;
    if part.payer == "throttle" {
        return Ok(Some(0));
    }
    let Some(entry) = part.entry.map(PaysId) else {
        return Ok(None);
    };
    let too_large = |_| format!("bucket {} has no such entry of pays", part.code);
    let units = part.to.saturating_sub(part.from);
    let end = part.covered.saturating_add(units);
    let after = rule.cost(entry, end).map_err(too_large)?;
    let before = rule.cost(entry, part.covered).map_err(too_large)?;
    Ok(i64::try_from(after.saturating_sub(before)).ok())
}

/// Whether a recorded payer pays in money.
pub(crate) fn pays_money(catalog: &Catalog, payer: (&str, &str)) -> bool {
    match payer.0 {
        "bucket" => catalog
            .bucket_rule_of_code(payer.1)
            .is_some_and(|rule| rule.unit == BucketUnit::Money),
        kind => kind != "throttle",
    }
}

/// What parts that share a price have in common.
type PriceOf<'a> = (
    (i64, u64, bool),
    (&'a str, &'a str, &'a str),
    (u16, Option<u32>),
);

fn price_of<'a>(part: &CdrPart<'a>) -> PriceOf<'a> {
    (
        (part.since, part.origin, part.continuing),
        (part.rate, part.table, part.period),
        (part.discount, part.bucket),
    )
}

/// Recomputes the parts that are money. The balance and what nobody paid share a price where the
/// balance ended in the middle of a unit, so they are compared as one.
pub(crate) fn recompute_money(parts: &mut [Checked<'_>]) {
    for first in 0..parts.len() {
        if !parts[first].part.money || parts[first].recomputed.is_some() {
            continue;
        }
        let group = price_of(&parts[first].part);
        let same: Vec<usize> = (first..parts.len())
            .filter(|&at| parts[at].part.money && price_of(&parts[at].part) == group)
            .collect();
        let total = parts[first].found.and_then(|found| {
            let discount = Discount(parts[first].part.discount);
            let amount = |at: u64| found.stretch.priced.amount(at, discount).ok();
            spans(parts, &same).into_iter().try_fold(0, |sum, span| {
                let cost = amount(span.1)?.get() - amount(span.0)?.get();
                i64::checked_add(sum, cost)
            })
        });
        let others: i64 = same[1..].iter().map(|&at| parts[at].part.cost).sum();
        for &at in &same {
            let recorded = parts[at].part.cost;
            parts[at].recomputed = match total {
                Some(total) if at == first => Some(total - others),
                Some(_) => Some(recorded),
                None => None,
            };
            if total.is_none() && parts[at].why.is_none() {
                parts[at].why = Some("the price is beyond what can be represented".to_owned());
            }
        }
    }
}

/// The positions that some of the parts cover, each once.
fn spans(parts: &[Checked<'_>], which: &[usize]) -> Vec<(u64, u64)> {
    let mut all: Vec<(u64, u64)> = which
        .iter()
        .map(|&at| (parts[at].part.from, parts[at].part.to))
        .collect();
    all.sort_unstable();
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for span in all {
        match joined.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => joined.push(span),
        }
    }
    joined
}

/// What is wrong with the positions of the parts: gaps, or an end that is not that of the usage.
pub(crate) fn wrong_span(parts: &[Checked<'_>], goes_on: bool, used: u64) -> Option<String> {
    let mut reached: Option<u64> = if goes_on { None } else { Some(0) };
    for one in parts {
        let (from, to) = (
            one.part.origin + one.part.from,
            one.part.origin + one.part.to,
        );
        if let Some(reached) = reached {
            // A new stretch begins where the interval paid before ends, or later.
            let begins = one.part.from == 0 && from >= reached && one.part.origin > 0;
            let shared = one.part.payer == "overrun" && from <= reached;
            if from != reached && !begins && !shared {
                return Some(format!("no part pays for billed units {reached} to {from}"));
            }
        }
        reached = Some(reached.unwrap_or(0).max(to));
    }
    let last = parts.last()?;
    let reached = reached?;
    let into = used.saturating_sub(last.part.origin);
    let billed = last.found?.stretch.priced.begun(into).ok()?;
    let end = last.part.origin + billed;
    (into > 0 && end != reached).then(|| {
        format!("{used} units of usage are {end} billed units, the parts end at {reached}")
    })
}
