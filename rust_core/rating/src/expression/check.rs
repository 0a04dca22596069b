//! The check of an expression: it stays exact for every usage, and its value cannot fall as units grow.
//!
//! Each part has a range, a common denominator of all its values, and a growth. Where numerators over
//! common denominators stay far inside i128, evaluation cannot overflow.

use super::growth::Growth;
use super::range::Range;
use super::syntax::{Comparison, Condition, ConditionKind, Operator, Value, ValueKind, Whole};
use super::{ExpressionError, LARGEST_UNITS};
use crate::discount::LARGEST_DENOMINATOR;
use crate::rational::{Rational, common_multiple};

type Checked<T> = Result<T, ExpressionError>;

/// Numerators stay below this, so that the sum of two fits.
const LARGEST_NUMERATOR: i128 = 1 << 125;

const WAVERS: &str = "this condition might both begin and cease to hold as units grow";

/// What is known of a part whatever the usage.
struct Shape {
    range: Range,
    /// A multiple of the denominator of every value.
    denominator: i128,
    growth: Growth,
}

/// The largest value the expression can have.
pub(crate) fn check(value: &Value) -> Checked<Rational> {
    let shape = shape(value, Range::whole(1_u8, LARGEST_UNITS))?;
    if let Some(error) = shape.growth.may_fall {
        return Err(error);
    }
    if shape.denominator > i128::from(LARGEST_DENOMINATOR) {
        return Err(too_large(value.at));
    }
    Ok(shape.range.high)
}

fn too_large(at: usize) -> ExpressionError {
    ExpressionError::new(
        at,
        "numbers too large or too fine to stay exact: use smaller factors or fewer decimals",
    )
}

/// Passes the shape when its numerators fit.
fn exact(at: usize, shape: Shape) -> Checked<Shape> {
    fits(at, shape.range, shape.denominator)?;
    Ok(shape)
}

fn fits(at: usize, range: Range, denominator: i128) -> Checked<()> {
    range
        .magnitude()
        .and_then(|magnitude| magnitude.checked_mul(Rational::integer(denominator)))
        .filter(|numerator| numerator.ceil().numerator() < LARGEST_NUMERATOR)
        .map(|_| ())
        .ok_or_else(|| too_large(at))
}

/// `units` is the range of the usage for which this part is asked at all.
fn shape(value: &Value, units: Range) -> Checked<Shape> {
    let at = value.at;
    let of_context = |low: i128, high: i128| Shape {
        range: Range::whole(low, high),
        denominator: 1,
        growth: Growth::default(),
    };
    let shape = match &value.kind {
        ValueKind::Number(number) => Shape {
            range: Range::point(*number),
            denominator: number.denominator(),
            growth: Growth::default(),
        },
        ValueKind::Units => Shape {
            range: units,
            denominator: 1,
            growth: Growth {
                may_fall: None,
                may_rise: Some(ExpressionError::new(
                    at,
                    "the charge would fall here as units grow",
                )),
            },
        },
        ValueKind::Hour => of_context(0, 23),
        ValueKind::Weekday => of_context(1, 7),
        ValueKind::RatingGroup => of_context(0, u32::MAX.into()),
        ValueKind::Whole(whole, inner) => {
            let inner = self::shape(inner, units)?;
            let rounded = |bound: Rational| match whole {
                Whole::Floor => bound.floor(),
                Whole::Ceil => bound.ceil(),
            };
            Shape {
                range: Range {
                    low: rounded(inner.range.low),
                    high: rounded(inner.range.high),
                },
                denominator: 1,
                growth: inner.growth,
            }
        }
        ValueKind::Pair(operator, sides) => {
            let [left, right] = &**sides;
            pair(
                at,
                *operator,
                self::shape(left, units)?,
                self::shape(right, units)?,
            )?
        }
        ValueKind::If(condition, branches) => choice(at, condition, branches, units)?,
    };
    exact(at, shape)
}

fn pair(at: usize, operator: Operator, left: Shape, right: Shape) -> Checked<Shape> {
    match operator {
        Operator::Multiply => return product(at, left, right),
        Operator::Divide => return quotient(at, left, &right),
        Operator::Add | Operator::Subtract | Operator::Minimum | Operator::Maximum => {}
    }
    let denominator = common(at, &left, &right)?;
    let range = match operator {
        Operator::Subtract => left.range.subtract(right.range),
        Operator::Minimum => left.range.minimum(right.range),
        Operator::Maximum => left.range.maximum(right.range),
        _ => left.range.add(right.range),
    };
    let growth = match operator {
        Operator::Subtract => left.growth.with(right.growth.reversed()),
        _ => left.growth.with(right.growth),
    };
    Ok(Shape {
        range: range.ok_or_else(|| too_large(at))?,
        denominator,
        growth,
    })
}

/// The denominator over which two values are added or compared; both fit it.
fn common(at: usize, left: &Shape, right: &Shape) -> Checked<i128> {
    let denominator =
        common_multiple(left.denominator, right.denominator).ok_or_else(|| too_large(at))?;
    fits(at, left.range, denominator)?;
    fits(at, right.range, denominator)?;
    Ok(denominator)
}

fn product(at: usize, left: Shape, right: Shape) -> Checked<Shape> {
    let (range, denominator) = left
        .range
        .multiply(right.range)
        .zip(left.denominator.checked_mul(right.denominator))
        .ok_or_else(|| too_large(at))?;
    Ok(Shape {
        range,
        denominator,
        growth: growth_of_product(at, left, right),
    })
}

fn growth_of_product(at: usize, left: Shape, right: Shape) -> Growth {
    let (still, moving) = if right.growth.is_still() {
        (right, left)
    } else {
        (left, right)
    };
    if moving.growth.is_still() {
        return Growth::default();
    }
    // A factor that does not move leaves the other's direction to its own sign; two that move need both.
    let both = |test: fn(Range) -> bool| {
        test(still.range) && (still.growth.is_still() || test(moving.range))
    };
    let (never_negative, never_positive) = (
        both(Range::is_never_negative),
        both(Range::is_never_positive),
    );
    let growth = still.growth.with(moving.growth);
    if never_negative {
        growth
    } else if never_positive {
        growth.reversed()
    } else {
        let message =
            "a factor may be negative or positive, so the charge might fall as units grow";
        Growth::unknown(at, message)
    }
}

fn quotient(at: usize, left: Shape, right: &Shape) -> Checked<Shape> {
    let inverse = right
        .range
        .single()
        .and_then(|divisor| Rational::ONE.checked_div(divisor))
        .ok_or_else(|| {
            ExpressionError::new(at, "the divisor must be a fixed number other than 0")
        })?;
    let inverse = Shape {
        range: Range::point(inverse),
        denominator: inverse.denominator(),
        growth: Growth::default(),
    };
    product(at, left, inverse)
}

fn choice(at: usize, condition: &Condition, branches: &[Value; 2], units: Range) -> Checked<Shape> {
    let switch = growth_of(condition, units)?;
    let (units_then, units_otherwise) = narrowed(condition, units);
    let then = shape(&branches[0], units_then)?;
    let otherwise = shape(&branches[1], units_otherwise)?;
    let range = then.range.join(otherwise.range);
    let denominator = common_multiple(then.denominator, otherwise.denominator);
    let (range, denominator) = range.zip(denominator).ok_or_else(|| too_large(at))?;
    let growth = if switch.is_still() {
        then.growth.with(otherwise.growth)
    } else if switch.may_fall.is_none() {
        change(at, otherwise, then)
    } else if switch.may_rise.is_none() {
        change(at, then, otherwise)
    } else {
        Growth::unknown(condition.at, WAVERS)
    };
    Ok(Shape {
        range,
        denominator,
        growth,
    })
}

/// The growth of what is `before` for less usage and `after` for more.
fn change(at: usize, before: Shape, after: Shape) -> Growth {
    let jump = |allowed: bool, message: &str| (!allowed).then(|| ExpressionError::new(at, message));
    let up = after.range.is_above(before.range);
    let down = before.range.is_above(after.range);
    before.growth.with(after.growth).with(Growth {
        may_fall: jump(up, "the charge might fall where this condition changes"),
        may_rise: jump(down, "the charge might fall where this condition changes"),
    })
}

fn growth_of(condition: &Condition, units: Range) -> Checked<Growth> {
    let at = condition.at;
    match &condition.kind {
        ConditionKind::Compare(comparison, sides) => {
            let (left, right) = (shape(&sides[0], units)?, shape(&sides[1], units)?);
            common(at, &left, &right)?;
            Ok(match comparison {
                Comparison::Less | Comparison::LessOrEqual => {
                    left.growth.reversed().with(right.growth)
                }
                Comparison::Greater | Comparison::GreaterOrEqual => {
                    left.growth.with(right.growth.reversed())
                }
                _ if left.growth.is_still() && right.growth.is_still() => Growth::default(),
                _ => Growth::unknown(at, WAVERS),
            })
        }
        ConditionKind::And(sides) | ConditionKind::Or(sides) => {
            Ok(growth_of(&sides[0], units)?.with(growth_of(&sides[1], units)?))
        }
        ConditionKind::Not(inner) => growth_of(inner, units).map(Growth::reversed),
        ConditionKind::ZoneIs(_) | ConditionKind::PeriodIs(_) | ConditionKind::DestinationIs(_) => {
            Ok(Growth::default())
        }
    }
}

/// The usage for which the condition holds and for which it does not, as far as it is a plain comparison
/// of `units` with a number.
fn narrowed(condition: &Condition, units: Range) -> (Range, Range) {
    let ConditionKind::Compare(comparison, sides) = &condition.kind else {
        return (units, units);
    };
    let (limit, units_left) = match (&sides[0].kind, &sides[1].kind) {
        (ValueKind::Units, ValueKind::Number(limit)) => (*limit, true),
        (ValueKind::Number(limit), ValueKind::Units) => (*limit, false),
        _ => return (units, units),
    };
    let (below, above) = (units.at_most(limit), units.at_least(limit));
    match (comparison, units_left) {
        (Comparison::Equal | Comparison::NotEqual, _) => (units, units),
        (Comparison::Less | Comparison::LessOrEqual, true)
        | (Comparison::Greater | Comparison::GreaterOrEqual, false) => (below, above),
        _ => (above, below),
    }
}
