//! The price of one stretch of usage of one session.

use openmvno_money::{Micros, Rounding};

use crate::calendar::PeriodId;
use crate::curve::{Course, Curve};
use crate::discount::Discount;
use crate::draw::Drawn;
use crate::expression::Expression;
use crate::grid::Grid;
use crate::rate::{Body, PriceOverflow};
use crate::zone::ZoneId;

/// What a price may ask about the usage, fixed when it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriceContext<'a> {
    /// The Session-Id, from which a formula's draws are made.
    pub seed: &'a str,
    /// The other party's number in international digits, empty for none.
    pub destination: &'a str,
    /// Where the served user is.
    pub zone: Option<ZoneId>,
    /// The Rating-Group of data.
    pub rating_group: Option<u32>,
    /// The period of the table's calendar.
    pub period: PeriodId,
    /// Hour of the local time, 0 to 23.
    pub local_hour: u8,
    /// Local day of the week, 1 for Monday to 7.
    pub local_weekday: u8,
}

/// A rate with everything settled that the price depends on but the usage.
///
/// Positions are billed units from the start of the stretch. Nothing here allocates, and no amount ever
/// falls as the position grows.
#[derive(Clone, Copy, Debug)]
pub struct Priced<'a>(Kind<'a>);

#[derive(Clone, Copy, Debug)]
enum Kind<'a> {
    Curve {
        grid: &'a Grid,
        curve: &'a Curve,
        course: Course,
    },
    Expression {
        expression: &'a Expression,
        rounding: Rounding,
        context: PriceContext<'a>,
    },
}

impl<'a> Priced<'a> {
    pub(crate) fn new(body: &'a Body, context: PriceContext<'a>, continuing: bool) -> Self {
        match body {
            Body::Curve {
                grid,
                curve,
                chances,
            } => {
                let course = if continuing {
                    Course::Continuing
                } else {
                    Course::Opening(Drawn::from_seed(chances, context.seed))
                };
                Self(Kind::Curve {
                    grid,
                    curve,
                    course,
                })
            }
            Body::Expression {
                expression,
                rounding,
            } => Self(Kind::Expression {
                expression,
                rounding: *rounding,
                context,
            }),
        }
    }

    /// The units billed for `usage` units: whole intervals, 0 for no usage and within the grace.
    ///
    /// # Errors
    /// When the billed units pass 2⁶⁴.
    pub fn billed(&self, usage: u64) -> Result<u64, PriceOverflow> {
        match self.0 {
            Kind::Curve { grid, course, .. } => grid.billed(usage, course.is_continuing()),
            Kind::Expression { .. } => Ok(usage),
        }
    }

    /// The same for a part of a usage that as a whole is longer than the grace.
    ///
    /// # Errors
    /// When the billed units pass 2⁶⁴.
    pub fn begun(&self, usage: u64) -> Result<u64, PriceOverflow> {
        match self.0 {
            Kind::Curve { grid, course, .. } => grid.begun(usage, course.is_continuing()),
            Kind::Expression { .. } => Ok(usage),
        }
    }

    /// What the units up to the position `billed` cost together, rounded once.
    ///
    /// # Errors
    /// When that does not fit an amount.
    pub fn amount(&self, billed: u64, discount: Discount) -> Result<Micros, PriceOverflow> {
        match self.0 {
            Kind::Curve { curve, course, .. } => curve.amount(course, billed, discount),
            Kind::Expression {
                expression,
                rounding,
                context,
            } => expression.amount(&context, billed, discount, rounding),
        }
    }

    /// The largest position from `from` to `at_most` up to which the units after `from` cost at most
    /// `budget`. A budget below zero counts as zero: units that cost nothing are within every budget.
    #[must_use]
    pub fn affordable(&self, from: u64, budget: Micros, at_most: u64, discount: Discount) -> u64 {
        let Ok(before) = self.amount(from, discount) else {
            return from;
        };
        // Amounts are at most `Micros::MAX`, so a saturated sum is beyond all of them.
        let ceiling = Micros(before.get().saturating_add(budget.get().max(0)));
        match self.0 {
            Kind::Curve { curve, course, .. } => {
                let reached = curve.reach(course, ceiling, discount);
                reached.min(at_most).max(from)
            }
            Kind::Expression { .. } => last(from, at_most, |position| {
                self.amount(position, discount)
                    .is_ok_and(|amount| amount <= ceiling)
            }),
        }
    }

    /// The largest usage whose billed units are at most `billed`: the end of the last whole interval, or
    /// of the grace.
    #[must_use]
    pub fn usage_within(&self, billed: u64) -> u64 {
        match self.0 {
            Kind::Curve { grid, course, .. } => grid.within(billed, course.is_continuing()),
            Kind::Expression { .. } => billed,
        }
    }

    /// Where a formula ends the session, in units of usage; `None` for never.
    #[must_use]
    pub const fn stop(&self) -> Option<u64> {
        match self.0 {
            Kind::Curve { course, .. } => match course {
                Course::Opening(drawn) => drawn.end,
                Course::Continuing => None,
            },
            Kind::Expression { .. } => None,
        }
    }
}

/// The last position up to `at_most` that is `within`, which holds for `from` and, once it does not, for
/// none after it.
fn last(from: u64, at_most: u64, within: impl Fn(u64) -> bool) -> u64 {
    let (mut known, mut limit) = (from, at_most);
    while known < limit {
        let middle = known + (limit - known).div_ceil(2);
        if within(middle) {
            known = middle;
        } else {
            limit = middle - 1;
        }
    }
    known
}
