//! Who paid for what, as a CDR tells it.

use crate::cdr::CdrPart;
use crate::clock::Millis;
use crate::session::{Part, Payer, UnitState};
use openmvno_rating::{BucketUnit, Catalog};
use smallvec::SmallVec;

/// A part in the words of the catalogue. `covered`: units its entry had paid for before.
pub(crate) fn cdr_part<'a>(catalog: &'a Catalog, part: &Part, covered: u64) -> CdrPart<'a> {
    let price = part.price;
    let rate = price.and_then(|price| catalog.rate(price.rate));
    let table = price.and_then(|price| catalog.table(price.table));
    let rule = part.rule.and_then(|rule| catalog.bucket_rule(rule));
    let code = rule.map_or("", |rule| rule.code.as_str());
    let (payer, code, bucket, money) = match part.payer {
        Payer::Balance => ("balance", "", None, true),
        Payer::Overrun => ("overrun", "", None, true),
        Payer::Throttled(id) => ("throttle", code, Some(id), false),
        Payer::Bucket(id) => {
            let money = rule.is_some_and(|rule| rule.unit == BucketUnit::Money);
            ("bucket", code, Some(id), money)
        }
    };
    CdrPart {
        payer,
        code,
        bucket,
        money,
        rate: rate.map_or("money", openmvno_rating::Rate::name),
        table: table.map_or("", |table| &table.code),
        period: price.map_or("", |price| catalog.period_code(price.period)),
        from: part.from,
        to: part.to,
        cost: part.cost,
        discount: part.discount.0,
        continuing: price.is_some_and(|price| price.continuing),
        since: price.map_or(0, |price| price.since),
        origin: price.map_or(0, |price| price.origin),
        entry: part.entry.map(|entry| entry.0),
        covered,
    }
}

/// The parts that came after those of an earlier CDR, each with the units that its bucket rule's
/// entry had paid for before it.
pub(crate) fn new_parts(all: &[Part], before: &[Part]) -> SmallVec<[(Part, u64); 2]> {
    let mut parts = SmallVec::new();
    for (at, part) in all.iter().enumerate() {
        let covered = covered_before(&all[..at], part);
        match before.get(at) {
            None => parts.push((*part, covered)),
            Some(old) if old != part => {
                let rest = Part {
                    from: old.to,
                    cost: part.cost - old.cost,
                    ..*part
                };
                parts.push((rest, covered + (old.to - old.from)));
            }
            Some(_) => {}
        }
    }
    parts
}

fn covered_before(earlier: &[Part], part: &Part) -> u64 {
    let same = |other: &&Part| (other.rule, other.entry) == (part.rule, part.entry);
    let earlier = earlier.iter().filter(same);
    let units = earlier.map(|other| other.to - other.from);
    part.entry.map_or(0, |_| units.sum())
}

/// The balance paid for all of it at the price of the start: the CDR's own fields say everything.
pub(crate) fn is_plain(
    catalog: &Catalog,
    state: &UnitState,
    parts: &[CdrPart<'_>],
    started_at: Millis,
) -> bool {
    let [only] = parts else {
        return parts.is_empty();
    };
    let rate = state.parts.last().and_then(|part| part.price);
    let rate = rate.and_then(|price| catalog.rate(price.rate));
    let by_the_clock = rate.is_some_and(openmvno_rating::Rate::asks_the_time);
    let at_start = rate.is_none() || only.since == started_at;
    only.payer == "balance"
        && (only.from, only.discount, only.continuing) == (0, 0, false)
        && at_start
        && !by_the_clock
}
