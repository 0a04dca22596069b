//! What a quote answers.

use crate::account::Line;
use crate::cdr::{CdrPart, PartnerCharge};
use crate::quote_request::QuoteRequest;
use crate::rater::Rater;
use crate::session::UnitState;
use openmvno_rating::{Catalog, PartnerRole, Rounding, Special};
use serde_json::{Value, json};
use smallvec::SmallVec;

/// What became of a quoted usage.
#[derive(Debug)]
pub(crate) struct Quoted<'a> {
    result: &'static str,
    special: Special,
    state: Option<UnitState>,
    parts: SmallVec<[QuotedPart<'a>; 2]>,
    partners: Vec<PartnerCharge<'a>>,
}

/// A part and what its units cost without a discount.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuotedPart<'a> {
    pub(crate) part: CdrPart<'a>,
    /// Its discount is shown as an average over tiers.
    pub(crate) aggregate: bool,
    /// Micros.
    pub(crate) undiscounted: i64,
}

impl<'a> Quoted<'a> {
    pub(crate) fn refused(result: &'static str) -> Self {
        Self {
            result,
            special: Special::Ordinary,
            state: None,
            parts: SmallVec::new(),
            partners: Vec::new(),
        }
    }

    pub(crate) fn special(special: Special) -> Self {
        Self {
            special,
            ..Self::refused("rated")
        }
    }

    pub(crate) fn rated(
        state: UnitState,
        parts: SmallVec<[QuotedPart<'a>; 2]>,
        partners: Vec<PartnerCharge<'a>>,
    ) -> Self {
        Self {
            state: Some(state),
            parts,
            partners,
            ..Self::refused("rated")
        }
    }
}

/// The answer's JSON.
pub(crate) fn answer(
    catalog: &Catalog,
    rater: &Rater<'_>,
    request: &QuoteRequest,
    quoted: &Quoted<'_>,
) -> Value {
    let state = quoted.state.as_ref();
    let overrun = state.map_or(0, |state| state.overrun);
    let charged = state.map_or(0, |state| state.charged - overrun);
    let billed = quoted
        .parts
        .iter()
        .map(|quoted| quoted.part.origin + quoted.part.to)
        .max();
    json!({
        "charge_micros": charged,
        "currency": catalog.currency().code(),
        "billed_units": billed.unwrap_or(0),
        "result": quoted.result,
        "hidden": state.is_some_and(|state| state.hidden),
        "parts": parts_json(&quoted.parts),
        "uncovered_micros": overrun,
        "steps": steps(catalog, rater, request, quoted),
        "partners": quoted.partners.iter().map(partner_json).collect::<Vec<_>>(),
    })
}

/// The parts as people read them: positions from the start of the usage, tiers of an aggregate
/// discount as one; what nobody covered has none.
fn parts_json(parts: &[QuotedPart<'_>]) -> Vec<Value> {
    let mut shown: Vec<Shown<'_>> = Vec::new();
    for quoted in parts.iter().filter(|quoted| quoted.part.payer != "overrun") {
        let part = &quoted.part;
        let uncovered = parts.iter().map(|other| &other.part).filter(|other| {
            let within = part.from <= other.from && other.to <= part.to;
            other.payer == "overrun" && other.since == part.since && within
        });
        let asked = part.cost + uncovered.map(|other| other.cost).sum::<i64>();
        let next = Shown {
            part: *part,
            aggregate: quoted.aggregate,
            asked,
            undiscounted: quoted.undiscounted,
            averaged: false,
        };
        match shown.last_mut() {
            Some(last) if last.goes_on_as(&next) => last.add(&next),
            _ => shown.push(next),
        }
    }
    shown.iter().map(Shown::json).collect()
}

/// A part on its way to be shown.
struct Shown<'a> {
    part: CdrPart<'a>,
    aggregate: bool,
    /// Micros asked for, discounted; more than was taken where the money was short.
    asked: i64,
    undiscounted: i64,
    averaged: bool,
}

impl<'a> Shown<'a> {
    fn goes_on_as(&self, next: &Self) -> bool {
        let same = |part: &CdrPart<'a>| {
            (
                part.payer,
                part.bucket,
                part.since,
                part.table,
                part.period,
                part.rate,
            )
        };
        same(&self.part) == same(&next.part)
            && self.part.to == next.part.from
            && self.part.origin == next.part.origin
            && (self.part.discount == next.part.discount || (self.aggregate && next.aggregate))
    }

    fn add(&mut self, next: &Self) {
        self.part.to = next.part.to;
        self.part.cost += next.part.cost;
        self.asked += next.asked;
        self.undiscounted += next.undiscounted;
        self.averaged |= self.part.discount != next.part.discount;
    }

    fn json(&self) -> Value {
        let part = &self.part;
        let payer = match part.payer {
            "bucket" | "throttle" => format!("{}:{}", part.payer, part.code),
            payer => payer.to_owned(),
        };
        json!({
            "payer": payer,
            "rate": part.rate,
            "table": part.table,
            "period": part.period,
            "from": part.origin + part.from,
            "to": part.origin + part.to,
            "units": part.to - part.from,
            "cost": if part.money { major_units(part.cost) } else { part.cost.to_string() },
            "amount_micros": if part.money { part.cost } else { 0 },
            "discount_percent": hundredths(self.discount()),
        })
    }

    /// In hundredths of a percent.
    fn discount(&self) -> i64 {
        if !self.averaged {
            return i64::from(self.part.discount);
        }
        if self.undiscounted == 0 {
            return 0;
        }
        let taken = i128::from(self.undiscounted - self.asked) * 10_000;
        let whole = Rounding::HalfUp.quotient(taken, i128::from(self.undiscounted));
        whole
            .ok()
            .and_then(|whole| i64::try_from(whole).ok())
            .unwrap_or(0)
    }
}

/// Money with six decimals.
pub(crate) fn major_units(micros: i64) -> String {
    let (whole, rest) = (
        micros.unsigned_abs() / 1_000_000,
        micros.unsigned_abs() % 1_000_000,
    );
    format!("{}{whole}.{rest:06}", if micros < 0 { "-" } else { "" })
}

/// 25, 12.5, 33.33.
pub(crate) fn hundredths(value: i64) -> String {
    let text = format!("{}.{:02}", value / 100, value % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What was matched and why, in sentences.
fn steps(
    catalog: &Catalog,
    rater: &Rater<'_>,
    request: &QuoteRequest,
    quoted: &Quoted<'_>,
) -> Vec<Value> {
    let mut steps = Vec::new();
    let mut step = |name: &str, text: String| steps.push(json!({"step": name, "text": text}));
    let number = rater.facts.destination;
    if request.account.is_some() {
        step("line", line_text(rater.line));
    }
    if let Some(raw) = request.destination.as_deref().filter(|raw| *raw != number) {
        step(
            "number",
            format!("{raw} is {number} in international digits"),
        );
    }
    match quoted.special {
        Special::Emergency => step(
            "destination",
            format!("{number} is an emergency number: free"),
        ),
        Special::TollFree => step("destination", format!("{number} is toll-free")),
        Special::Ordinary => {}
    }
    if let Ok(Some(zone)) = catalog.zone_of(&rater.facts.location) {
        let code = catalog.zone_code(zone).unwrap_or("");
        step("zone", format!("the user is in zone {code}"));
    }
    if quoted.result != "rated" {
        step("result", refusal_text(quoted.result).to_owned());
    }
    let Some(state) = &quoted.state else {
        return steps;
    };
    let mut last = None;
    for part in quoted.parts.iter().map(|quoted| &quoted.part) {
        let price = (part.table, part.rate, part.period, part.since);
        if last != Some(price) {
            last = Some(price);
            step("price", price_text(part, number));
        }
        step("payer", payer_text(part, catalog));
    }
    if state.uncovered > 0 {
        let amount = major_units(state.uncovered);
        step(
            "uncovered",
            format!("{amount} is more than anybody could pay"),
        );
    }
    for partner in &quoted.partners {
        let amount = major_units(partner.amount);
        step(
            "partner",
            format!("{}: {amount} {}", partner.code, partner.currency),
        );
    }
    steps
}

fn line_text(line: &Line) -> String {
    let number = line
        .msisdn
        .map_or_else(String::new, |msisdn| msisdn.to_string());
    let mut text = format!("{number} has {}", line.product);
    for addon in line.addons() {
        text.push_str(&format!(", {}", addon.product));
    }
    text
}

pub(crate) fn price_text(part: &CdrPart<'_>, number: &str) -> String {
    let name = if part.rate.is_empty() {
        "a rate without name"
    } else {
        part.rate
    };
    let mut text = format!("{name} of {}", part.table);
    if !number.is_empty() {
        text = format!("{number} is priced by {text}");
    }
    if !part.period.is_empty() {
        text.push_str(&format!(", period {}", part.period));
    }
    if part.continuing {
        text.push_str(", going on from the price before");
    }
    text
}

pub(crate) fn payer_text(part: &CdrPart<'_>, catalog: &Catalog) -> String {
    let (from, to) = (part.origin + part.from, part.origin + part.to);
    let who = match part.payer {
        "bucket" => format!("bucket {} pays", part.code),
        "throttle" => format!("bucket {} is used up: throttled, free", part.code),
        "overrun" => "nobody pays".to_owned(),
        _ => "the balance pays".to_owned(),
    };
    let cost = if part.money {
        format!("{} {}", major_units(part.cost), catalog.currency().code())
    } else {
        format!("{} units", part.cost)
    };
    let discount = match part.discount {
        0 => String::new(),
        taken => format!(", {} % off", hundredths(i64::from(taken))),
    };
    format!("billed units {from} to {to}: {who} {cost}{discount}")
}

fn refusal_text(result: &str) -> &'static str {
    match result {
        "forbidden" => "the price or a closed user group forbids it",
        "no_rate" => "no rate of the line's products matches",
        "not_sold" => "none of the line's products has a price for the service",
        "unknown_zone" => "the network is in no zone, and the catalogue rejects those",
        "blocked" => "a used-up bucket refuses it",
        "out_of_service" => "the line is not in service",
        _ => "the price is beyond what can be represented",
    }
}

fn partner_json(charge: &PartnerCharge<'_>) -> Value {
    json!({
        "code": charge.code,
        "role": match charge.role {
            PartnerRole::Reseller => "reseller",
            PartnerRole::Vendor => "vendor",
        },
        "currency": charge.currency,
        "amount_micros": charge.amount,
    })
}
