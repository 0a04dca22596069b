//! What a quote answers.

use crate::cdr::{CdrPart, PartnerCharge};
use crate::quote_request::QuoteRequest;
use crate::rater::Rater;
use crate::session::{RateRef, UnitState};
use openmvno_rating::{Catalog, Discount, Guided, PartnerRole, Special};
use serde_json::{Value, json};
use smallvec::SmallVec;

/// What became of a quoted usage.
#[derive(Debug)]
pub(crate) struct Quoted<'a> {
    result: &'static str,
    special: Special,
    state: Option<UnitState>,
    parts: SmallVec<[CdrPart<'a>; 2]>,
    partners: Vec<PartnerCharge<'a>>,
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
        parts: SmallVec<[CdrPart<'a>; 2]>,
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
    quoted: Quoted<'_>,
) -> Value {
    let parts = joined(catalog, &quoted);
    let state = quoted.state.as_ref();
    let overrun = state.map_or(0, |state| state.overrun);
    let charged = state.map_or(0, |state| state.charged - overrun);
    let billed: u64 = quoted
        .parts
        .iter()
        .filter(|part| part.payer != "overrun" || state.is_some_and(|state| state.blocked))
        .map(|part| part.to - part.from)
        .sum();
    let hidden = quoted.parts.iter().any(|part| is_hidden(catalog, part));
    json!({
        "charge_micros": charged,
        "currency": catalog.currency().code(),
        "billed_units": billed,
        "result": quoted.result,
        "hidden": hidden,
        "parts": parts.iter().map(|part| part.json()).collect::<Vec<_>>(),
        "uncovered_micros": overrun,
        "steps": steps(catalog, rater, request, &quoted),
        "partners": quoted.partners.iter().map(partner_json).collect::<Vec<_>>(),
    })
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
