//! One rate, compiled: simple prices and formulas are a curve over billed units, an expression is asked
//! unit by unit.

use openmvno_money::{Micros, Rounding};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::curve::{Curve, Piece, Sketch};
use crate::discount::Discount;
use crate::draw::Chance;
use crate::expression::Expression;
use crate::formula::{self, FormulaTerms, StepMistake};
use crate::grid::{Grid, GridStep};
use crate::price::{Percent, Price};
use crate::priced::{PriceContext, Priced};
use crate::rational::Rational;

/// Index of a rate in its catalogue; stable for one catalogue document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateId(pub u32);

/// The charge does not fit an amount (9.2 × 10¹² major units).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the charge is too large")]
pub struct PriceOverflow;

/// What a simple rate is made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RateTerms {
    /// What people call it, for CDRs and invoices.
    pub name: String,
    /// Charged once, as soon as there is any billed usage; per one "unit".
    pub connection_fee: Price,
    /// Units billed at least, at `first_price`.
    pub first_interval: u64,
    /// Units each further started interval is billed by, at `next_price`.
    pub next_interval: u64,
    /// Price of the first interval's units.
    pub first_price: Price,
    /// Price of all further units.
    pub next_price: Price,
    /// How many of the first billed units cost nothing.
    pub free_units: u64,
    /// Usage up to this many units is not billed; beyond it, it is billed from its first unit.
    pub grace: u64,
    /// Put on everything, the connection fee included.
    pub surcharge: Percent,
    /// What billed usage costs at least, surcharge included; per one "unit".
    pub minimum: Option<Price>,
    /// What usage costs at most, surcharge included; per one "unit".
    pub maximum: Option<Price>,
    /// How the sum becomes micros, once.
    pub rounding: Rounding,
}

/// Why terms make no rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRate {
    /// An interval of zero units.
    #[error("intervals must be at least 1")]
    ZeroInterval,
    /// The prices' exact sum would need more than 9.2 × 10¹⁴ parts of a micro.
    #[error("prices are too fine for an exact sum: use fewer decimals or a smaller `per`")]
    TooFine,
    /// A price beyond what the sum can hold.
    #[error("prices are too large for an exact sum")]
    TooLarge,
    /// The least charge is above the greatest.
    #[error("the minimum charge is above the maximum charge")]
    MinimumAboveMaximum,
    /// A formula's step, counted from 0.
    #[error("steps[{step}]: {mistake}")]
    Step {
        /// Which step.
        step: usize,
        /// What is wrong with it.
        mistake: StepMistake,
    },
    /// A formula without any step.
    #[error("a formula has at least one step")]
    NoSteps,
    /// A formula of certain length that does not say what comes after it.
    #[error(
        "the last step must be an interval without count, or a disconnect with probability 100"
    )]
    OpenEnd,
    /// A formula that prices nothing.
    #[error("a formula has at least one interval")]
    NoInterval,
}

/// A price of usage that never falls as the usage grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    name: Box<str>,
    /// Price lists have few prices for many destinations: who shares a price shares this, and it is
    /// near when it is asked for.
    body: Arc<Body>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Curve {
        grid: Grid,
        curve: Curve,
        /// A formula's random steps and ends.
        chances: Box<[Chance]>,
    },
    Expression {
        expression: Expression,
        rounding: Rounding,
    },
}

impl Rate {
    /// A price per unit with intervals, fees and limits.
    ///
    /// # Errors
    /// Terms whose sums could not be exact, intervals of zero, a minimum above the maximum.
    pub fn simple(terms: &RateTerms) -> Result<Self, InvalidRate> {
        if terms.first_interval == 0 || terms.next_interval == 0 {
            return Err(InvalidRate::ZeroInterval);
        }
        let curve = Curve::compile(&sketch(terms)?)?;
        let first = GridStep {
            from: 0,
            interval: terms.first_interval,
        };
        let further = GridStep {
            from: terms.first_interval,
            interval: terms.next_interval,
        };
        let body = Body::Curve {
            grid: Grid::new(terms.grace, vec![first, further]),
            curve,
            chances: Box::default(),
        };
        Ok(Self::of(&terms.name, body))
    }

    fn of(name: &str, body: Body) -> Self {
        Self {
            name: name.into(),
            body: Arc::new(body),
        }
    }

    /// The same price under another name.
    #[must_use]
    pub fn called(&self, name: &str) -> Self {
        Self {
            name: name.into(),
            body: Arc::clone(&self.body),
        }
    }

    /// A price made of steps.
    ///
    /// # Errors
    /// Steps that cannot be walked, prices whose sums could not be exact.
    pub fn formula(
        name: &str,
        terms: &FormulaTerms,
        rounding: Rounding,
    ) -> Result<Self, InvalidRate> {
        Ok(Self::of(name, formula::compile(terms, rounding)?))
    }

    /// A price by an expression; every unit is billed.
    #[must_use]
    pub fn expression(name: &str, expression: &Expression, rounding: Rounding) -> Self {
        let body = Body::Expression {
            expression: expression.clone(),
            rounding,
        };
        Self::of(name, body)
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its price may depend on the local time of the start.
    #[must_use]
    pub fn asks_the_time(&self) -> bool {
        matches!(*self.body, Body::Expression { .. })
    }

    /// No usage costs anything.
    #[must_use]
    pub fn is_free(&self) -> bool {
        match &*self.body {
            Body::Curve { curve, .. } => curve.is_free(),
            Body::Expression { expression, .. } => expression.is_free(),
        }
    }

    /// The price of one stretch of usage. `continuing`: it follows another stretch of the same session,
    /// so it has no fee, grace, free units or minimum, and its first interval is a next interval; of a
    /// formula only the last interval's price is left, without surcharges or an end; an expression counts
    /// its units from the start of the stretch.
    #[must_use]
    pub fn priced<'a>(&'a self, context: PriceContext<'a>, continuing: bool) -> Priced<'a> {
        Priced::new(&self.body, context, continuing)
    }

    /// The price of `usage` units of a session that nothing is known of, in micros.
    ///
    /// # Errors
    /// When the charge does not fit an amount.
    pub fn charge(&self, usage: u64) -> Result<Micros, PriceOverflow> {
        let priced = self.priced(PriceContext::default(), false);
        priced.amount(priced.billed(usage)?, Discount::NONE)
    }

    /// The largest usage up to `at_most` whose [`Rate::charge`] is within `budget`; a budget below zero
    /// counts as zero.
    #[must_use]
    pub fn affordable(&self, budget: Micros, at_most: u64) -> u64 {
        let priced = self.priced(PriceContext::default(), false);
        let billed = priced.affordable(0, budget, u64::MAX, Discount::NONE);
        priced.usage_within(billed).min(at_most)
    }
}

/// The exact curve: free units first, then the first interval's price, then the next.
fn sketch(terms: &RateTerms) -> Result<Sketch, InvalidRate> {
    let limit = |price: Option<Price>| price.map(Price::exact);
    let (minimum, maximum) = (limit(terms.minimum), limit(terms.maximum));
    check_limits(minimum, maximum)?;
    let factor = Rational::ONE.checked_add(terms.surcharge.share());
    let surcharged = |price: Price| {
        factor
            .and_then(|factor| price.exact().checked_mul(factor))
            .ok_or(InvalidRate::TooLarge)
    };
    let fee = Piece::Fixed {
        at: 0,
        amount: surcharged(terms.connection_fee)?,
        draw: None,
    };
    let first = terms.free_units.max(terms.first_interval);
    let line = |from, to, price| Piece::Line { from, to, price };
    let lines = [
        line(0, terms.free_units, Rational::ZERO),
        line(terms.free_units, first, surcharged(terms.first_price)?),
        line(first, u64::MAX, surcharged(terms.next_price)?),
    ];
    let has_units = |piece: &Piece<Rational>| match *piece {
        Piece::Line { from, to, .. } => from < to || to == u64::MAX,
        Piece::Fixed { amount, .. } => amount != Rational::ZERO,
        Piece::Share { .. } => true,
    };
    Ok(Sketch {
        pieces: [fee].into_iter().chain(lines).filter(has_units).collect(),
        minimum,
        maximum,
        rounding: terms.rounding,
    })
}

fn check_limits(minimum: Option<Rational>, maximum: Option<Rational>) -> Result<(), InvalidRate> {
    let (Some(minimum), Some(maximum)) = (minimum, maximum) else {
        return Ok(());
    };
    match minimum.checked_cmp(maximum) {
        None => Err(InvalidRate::TooFine),
        Some(order) if order.is_gt() => Err(InvalidRate::MinimumAboveMaximum),
        Some(_) => Ok(()),
    }
}
