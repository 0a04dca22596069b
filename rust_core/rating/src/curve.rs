//! The price as a function of the billed units: lines with jumps between them, in exact numerators over
//! one denominator.

use openmvno_money::{Micros, Rounding};

use crate::discount::{Discount, LARGEST_DENOMINATOR};
use crate::draw::Drawn;
use crate::rate::{InvalidRate, PriceOverflow};
use crate::rational::{Rational, common_multiple};

/// A part of a curve; parts stand in the order in which usage reaches them. A jump is due with the first
/// unit after its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<Amount> {
    /// Units after `from` up to `to` cost `price` each.
    Line { from: u64, to: u64, price: Amount },
    /// An amount on top; with a draw only when it was drawn.
    Fixed {
        at: u64,
        amount: Amount,
        draw: Option<u8>,
    },
    /// `numerator / denominator` of everything so far on top.
    Share {
        at: u64,
        numerator: i128,
        denominator: i128,
        draw: Option<u8>,
    },
}

/// What a curve is compiled from.
pub(crate) struct Sketch {
    pub(crate) pieces: Vec<Piece<Rational>>,
    pub(crate) minimum: Option<Rational>,
    pub(crate) maximum: Option<Rational>,
    pub(crate) rounding: Rounding,
}

/// A price that never falls as the position grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Curve {
    pieces: Box<[Piece<i128>]>,
    minimum: i128,
    /// `i128::MAX` for none.
    maximum: i128,
    denominator: u64,
    rounding: Rounding,
}

/// Which price is asked: of a whole usage with what was drawn for it, or of a stretch that goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Course {
    Opening(Drawn),
    /// Only the last line, without jumps or minimum.
    Continuing,
}

impl Course {
    pub(crate) const fn is_continuing(self) -> bool {
        matches!(self, Self::Continuing)
    }
}

impl Curve {
    /// Puts all amounts over one denominator.
    pub(crate) fn compile(sketch: &Sketch) -> Result<Self, InvalidRate> {
        let common = common_denominator(sketch).ok_or(InvalidRate::TooFine)?;
        let over = |amount: Rational| amount.numerator_over(common).ok_or(InvalidRate::TooLarge);
        let pieces: Result<Box<[_]>, _> = sketch
            .pieces
            .iter()
            .map(|piece| piece.over(&over))
            .collect();
        Ok(Self {
            pieces: pieces?,
            minimum: sketch.minimum.map_or(Ok(0), over)?,
            maximum: sketch.maximum.map_or(Ok(i128::MAX), over)?,
            denominator: u64::try_from(common).map_err(|_| InvalidRate::TooFine)?,
            rounding: sketch.rounding,
        })
    }

    /// No usage costs anything, whatever is drawn.
    pub(crate) fn is_free(&self) -> bool {
        let free = |piece: &Piece<i128>| match *piece {
            Piece::Line { price: amount, .. } | Piece::Fixed { amount, .. } => amount == 0,
            Piece::Share { .. } => true,
        };
        self.maximum == 0 || (self.minimum == 0 && self.pieces.iter().all(free))
    }

    /// What `position` units cost, rounded once.
    pub(crate) fn amount(
        &self,
        course: Course,
        position: u64,
        discount: Discount,
    ) -> Result<Micros, PriceOverflow> {
        let numerator = self.numerator(course, position);
        discount.amount(numerator, self.denominator, self.rounding)
    }

    /// The largest position at which the amount is at most `ceiling`.
    pub(crate) fn reach(&self, course: Course, ceiling: Micros, discount: Discount) -> u64 {
        let ceiling = discount.largest_numerator(ceiling, self.denominator, self.rounding);
        let minimum = match course {
            Course::Opening(_) => self.minimum,
            Course::Continuing => 0,
        };
        if ceiling >= self.maximum {
            u64::MAX
        } else if ceiling < minimum {
            0
        } else {
            match course {
                Course::Opening(drawn) => reach(&self.pieces, drawn, ceiling),
                Course::Continuing => reach(&[self.steady()], Drawn::NOTHING, ceiling),
            }
        }
    }

    /// Saturates only far beyond every amount.
    fn numerator(&self, course: Course, position: u64) -> i128 {
        if position == 0 {
            return 0;
        }
        let exact = match course {
            Course::Opening(drawn) => sum(&self.pieces, drawn, position).max(self.minimum),
            Course::Continuing => sum(&[self.steady()], Drawn::NOTHING, position),
        };
        exact.min(self.maximum)
    }

    /// The last line, from the start.
    fn steady(&self) -> Piece<i128> {
        let price = self.pieces.iter().rev().find_map(|piece| match *piece {
            Piece::Line { price, .. } => Some(price),
            _ => None,
        });
        Piece::Line {
            from: 0,
            to: u64::MAX,
            price: price.unwrap_or_default(),
        }
    }
}

fn sum(pieces: &[Piece<i128>], drawn: Drawn, position: u64) -> i128 {
    pieces
        .iter()
        .take_while(|piece| piece.begins() < position)
        .fold(0, |sum, piece| piece.added(sum, drawn, position))
}

/// The largest position whose sum is at most `ceiling`.
fn reach(pieces: &[Piece<i128>], drawn: Drawn, ceiling: i128) -> u64 {
    let mut sum = 0;
    for piece in pieces {
        if let Some(end) = piece.end_within(ceiling - sum) {
            return end;
        }
        sum = piece.added(sum, drawn, u64::MAX);
        if sum > ceiling {
            return piece.begins();
        }
    }
    u64::MAX
}

impl Piece<i128> {
    /// Where on this line `left` is spent; `None` when it lasts beyond it, and for a jump.
    fn end_within(&self, left: i128) -> Option<u64> {
        match *self {
            Self::Line { from, to, price } if price > 0 => {
                let units = quotient(left, price)?;
                (units < to - from).then(|| from + units)
            }
            _ => None,
        }
    }

    /// `sum` with what this piece adds up to `position`, which lies after its beginning.
    fn added(&self, sum: i128, drawn: Drawn, position: u64) -> i128 {
        match *self {
            Self::Line { from, to, price } => {
                let units = i128::from(position.min(to) - from);
                sum.saturating_add(price.saturating_mul(units))
            }
            Self::Fixed { amount, draw, .. } if drawn.is_due(draw) => sum.saturating_add(amount),
            // The common denominator makes every sum a multiple of the share's.
            Self::Share {
                numerator,
                denominator,
                draw,
                ..
            } if drawn.is_due(draw) => {
                (sum / denominator).saturating_mul(denominator.saturating_add(numerator))
            }
            Self::Fixed { .. } | Self::Share { .. } => sum,
        }
    }
}

/// Whole units; `None` beyond 2⁶⁴. Dividing what fits 64 bits is ten times as quick.
fn quotient(left: i128, price: i128) -> Option<u64> {
    match (u64::try_from(left), u64::try_from(price)) {
        (Ok(left), Ok(price)) => Some(left / price),
        _ => u64::try_from(left / price).ok(),
    }
}

impl<Amount: Copy> Piece<Amount> {
    const fn begins(&self) -> u64 {
        match *self {
            Self::Line { from, .. } => from,
            Self::Fixed { at, .. } | Self::Share { at, .. } => at,
        }
    }
}

impl Piece<Rational> {
    fn over(
        &self,
        over: &impl Fn(Rational) -> Result<i128, InvalidRate>,
    ) -> Result<Piece<i128>, InvalidRate> {
        Ok(match *self {
            Self::Line { from, to, price } => Piece::Line {
                from,
                to,
                price: over(price)?,
            },
            Self::Fixed { at, amount, draw } => Piece::Fixed {
                at,
                amount: over(amount)?,
                draw,
            },
            Self::Share {
                at,
                numerator,
                denominator,
                draw,
            } => Piece::Share {
                at,
                numerator,
                denominator,
                draw,
            },
        })
    }
}

/// A multiple of all amounts' denominators and of the product of all shares', so that every sum stays a
/// whole numerator whichever shares are due; `None` beyond [`LARGEST_DENOMINATOR`].
fn common_denominator(sketch: &Sketch) -> Option<i128> {
    let largest = i128::from(LARGEST_DENOMINATOR);
    let bounded = |denominator: &i128| *denominator <= largest;
    let mut amounts = 1;
    let mut shares: i128 = 1;
    for limit in [sketch.minimum, sketch.maximum].into_iter().flatten() {
        amounts = common_multiple(amounts, limit.denominator()).filter(bounded)?;
    }
    for piece in &sketch.pieces {
        match *piece {
            Piece::Line { price: amount, .. } | Piece::Fixed { amount, .. } => {
                amounts = common_multiple(amounts, amount.denominator()).filter(bounded)?;
            }
            Piece::Share { denominator, .. } => {
                shares = shares.checked_mul(denominator).filter(bounded)?;
            }
        }
    }
    amounts.checked_mul(shares).filter(bounded)
}
