//! Formulas: a price made of steps that usage walks through.

use crate::curve::{Curve, Piece, Sketch};
use crate::draw::{Chance, MAX_DRAWS};
use crate::grid::{Grid, GridStep};
use crate::price::{Percent, Price};
use crate::rate::{Body, InvalidRate};
use openmvno_money::Rounding;

/// What a formula is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormulaTerms {
    /// In the order in which usage reaches them.
    pub steps: Vec<FormulaStep>,
    /// What usage costs at most; per one "unit".
    pub maximum: Option<Price>,
    /// Whether steps may depend on a draw.
    pub allow_random: bool,
}

/// One step of a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormulaStep {
    /// Started intervals are billed whole.
    Interval {
        /// Units of one interval, at least 1.
        interval: u64,
        /// How many intervals, at least 1; for ever without.
        count: Option<u64>,
        /// Price of each unit.
        price: Price,
    },
    /// An amount due with the first unit after it.
    Fixed {
        /// How much; per one "unit".
        amount: Price,
        /// Percent of the sessions that pay it.
        probability: u8,
    },
    /// A share of everything before it, due with the first unit after it.
    Percent {
        /// How much.
        percent: Percent,
        /// Percent of the sessions that pay it.
        probability: u8,
    },
    /// The end of the session.
    Disconnect {
        /// Percent of the sessions that end here.
        probability: u8,
        /// Up to how many units earlier they end.
        dispersion: u64,
    },
}

/// Why a step was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepMistake {
    /// No units or no intervals.
    #[error("interval and count must be at least 1")]
    Empty,
    /// Beyond 2⁶⁴ units.
    #[error("the formula is longer than any usage")]
    TooLong,
    /// A probability beyond 100.
    #[error("a probability is at most 100 percent")]
    Probability,
    /// A probability or dispersion without `allow_random`.
    #[error("a probability below 100 and a dispersion need allow_random")]
    RandomNotAllowed,
    /// More random steps than a session can draw.
    #[error("at most 64 steps may be random")]
    TooManyRandom,
    /// The session could end before its first unit.
    #[error("the session must not end before its first unit")]
    EndsAtStart,
    /// After an interval without count or a certain disconnect.
    #[error("no step is reached after an interval without count or a certain disconnect")]
    Unreachable,
}

/// The formula as a curve.
pub(crate) fn compile(terms: &FormulaTerms, rounding: Rounding) -> Result<Body, InvalidRate> {
    let mut walk = Walk::default();
    if terms.steps.is_empty() {
        return Err(InvalidRate::NoSteps);
    }
    for (step, terms_of_step) in terms.steps.iter().enumerate() {
        walk.step(*terms_of_step, terms.allow_random)
            .map_err(|mistake| InvalidRate::Step { step, mistake })?;
    }
    if !walk.ended {
        return Err(InvalidRate::OpenEnd);
    }
    walk.last_line_goes_on()?;
    let curve = Curve::compile(&Sketch {
        pieces: walk.pieces,
        minimum: None,
        maximum: terms.maximum.map(Price::exact),
        rounding,
    })?;
    Ok(Body::Curve {
        grid: Grid::new(0, walk.grid),
        curve,
        chances: walk.chances.into_boxed_slice(),
    })
}

/// The steps walked so far.
#[derive(Default)]
struct Walk {
    position: u64,
    ended: bool,
    pieces: Vec<Piece<crate::rational::Rational>>,
    grid: Vec<GridStep>,
    chances: Vec<Chance>,
    draws: u8,
}

impl Walk {
    fn step(&mut self, step: FormulaStep, allow_random: bool) -> Result<(), StepMistake> {
        if self.ended {
            return Err(StepMistake::Unreachable);
        }
        match step {
            FormulaStep::Interval {
                interval,
                count,
                price,
            } => self.interval(interval, count, price),
            FormulaStep::Fixed {
                amount,
                probability,
            } => {
                let draw = self.surcharge(probability, allow_random)?;
                self.pieces.push(Piece::Fixed {
                    at: self.position,
                    amount: amount.exact(),
                    draw,
                });
                Ok(())
            }
            FormulaStep::Percent {
                percent,
                probability,
            } => {
                let draw = self.surcharge(probability, allow_random)?;
                let share = percent.share();
                self.pieces.push(Piece::Share {
                    at: self.position,
                    numerator: share.numerator(),
                    denominator: share.denominator(),
                    draw,
                });
                Ok(())
            }
            FormulaStep::Disconnect {
                probability,
                dispersion,
            } => self.disconnect(probability, dispersion, allow_random),
        }
    }

    fn interval(
        &mut self,
        interval: u64,
        count: Option<u64>,
        price: Price,
    ) -> Result<(), StepMistake> {
        if interval == 0 || count == Some(0) {
            return Err(StepMistake::Empty);
        }
        let to = match count {
            None => u64::MAX,
            Some(count) => interval
                .checked_mul(count)
                .and_then(|units| units.checked_add(self.position))
                .ok_or(StepMistake::TooLong)?,
        };
        self.ended = count.is_none();
        self.grid.push(GridStep {
            from: self.position,
            interval,
        });
        self.pieces.push(Piece::Line {
            from: self.position,
            to,
            price: price.exact(),
        });
        self.position = to;
        Ok(())
    }

    fn surcharge(
        &mut self,
        probability: u8,
        allow_random: bool,
    ) -> Result<Option<u8>, StepMistake> {
        let draw = self.draw(probability, 0, allow_random)?;
        if let Some(draw) = draw {
            self.chances.push(Chance::Surcharge { draw, probability });
        }
        Ok(draw)
    }

    fn disconnect(
        &mut self,
        probability: u8,
        dispersion: u64,
        allow_random: bool,
    ) -> Result<(), StepMistake> {
        if self.position <= dispersion {
            return Err(StepMistake::EndsAtStart);
        }
        let draw = self.draw(probability, dispersion, allow_random)?;
        self.ended = probability == 100;
        self.chances.push(Chance::End {
            draw,
            probability,
            at: self.position,
            dispersion,
        });
        Ok(())
    }

    /// The number of the step's draw, `None` for a step that is certain.
    fn draw(
        &mut self,
        probability: u8,
        dispersion: u64,
        allow_random: bool,
    ) -> Result<Option<u8>, StepMistake> {
        match probability {
            101.. => return Err(StepMistake::Probability),
            100 if dispersion == 0 => return Ok(None),
            _ if !allow_random => return Err(StepMistake::RandomNotAllowed),
            _ if self.draws == MAX_DRAWS => return Err(StepMistake::TooManyRandom),
            _ => {}
        }
        self.draws += 1;
        Ok(Some(self.draws - 1))
    }

    /// Usage that the network reports beyond a certain end is priced like the last interval.
    fn last_line_goes_on(&mut self) -> Result<(), InvalidRate> {
        let last = self.pieces.iter().rev().find_map(|piece| match *piece {
            Piece::Line { price, .. } => Some(price),
            _ => None,
        });
        let price = last.ok_or(InvalidRate::NoInterval)?;
        if self.position < u64::MAX {
            self.pieces.push(Piece::Line {
                from: self.position,
                to: u64::MAX,
                price,
            });
        }
        Ok(())
    }
}
