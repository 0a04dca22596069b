//! Between which numbers a value lies. `None` where the bounds themselves need more than i128.

use crate::rational::Rational;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) low: Rational,
    pub(crate) high: Rational,
}

impl Range {
    pub(crate) const fn point(value: Rational) -> Self {
        Self {
            low: value,
            high: value,
        }
    }

    pub(crate) fn whole(low: impl Into<i128>, high: impl Into<i128>) -> Self {
        Self {
            low: Rational::integer(low.into()),
            high: Rational::integer(high.into()),
        }
    }

    /// The only number it can be.
    pub(crate) fn single(self) -> Option<Rational> {
        (self.low == self.high).then_some(self.low)
    }

    pub(crate) fn add(self, other: Self) -> Option<Self> {
        Some(Self {
            low: self.low.checked_add(other.low)?,
            high: self.high.checked_add(other.high)?,
        })
    }

    pub(crate) fn subtract(self, other: Self) -> Option<Self> {
        Some(Self {
            low: self.low.checked_sub(other.high)?,
            high: self.high.checked_sub(other.low)?,
        })
    }

    pub(crate) fn multiply(self, other: Self) -> Option<Self> {
        let first = Self::point(self.low.checked_mul(other.low)?);
        [
            (self.low, other.high),
            (self.high, other.low),
            (self.high, other.high),
        ]
        .into_iter()
        .try_fold(first, |range, (left, right)| {
            range.join(Self::point(left.checked_mul(right)?))
        })
    }

    pub(crate) fn minimum(self, other: Self) -> Option<Self> {
        Some(Self {
            low: least(self.low, other.low)?,
            high: least(self.high, other.high)?,
        })
    }

    pub(crate) fn maximum(self, other: Self) -> Option<Self> {
        Some(Self {
            low: greatest(self.low, other.low)?,
            high: greatest(self.high, other.high)?,
        })
    }

    /// All of both.
    pub(crate) fn join(self, other: Self) -> Option<Self> {
        Some(Self {
            low: least(self.low, other.low)?,
            high: greatest(self.high, other.high)?,
        })
    }

    /// What is not below `low`; all of it when nothing is left.
    pub(crate) fn at_least(self, low: Rational) -> Self {
        greatest(self.low, low)
            .filter(|&low| is_at_most(low, self.high))
            .map_or(self, |low| Self { low, ..self })
    }

    /// What is not above `high`; all of it when nothing is left.
    pub(crate) fn at_most(self, high: Rational) -> Self {
        least(self.high, high)
            .filter(|&high| is_at_most(self.low, high))
            .map_or(self, |high| Self { high, ..self })
    }

    /// No number of it is below one of the other.
    pub(crate) fn is_above(self, other: Self) -> bool {
        is_at_most(other.high, self.low)
    }

    pub(crate) const fn is_never_negative(self) -> bool {
        self.low.sign() >= 0
    }

    pub(crate) const fn is_never_positive(self) -> bool {
        self.high.sign() <= 0
    }

    /// The greatest distance from zero.
    pub(crate) fn magnitude(self) -> Option<Rational> {
        greatest(self.low.negated(), self.high)
    }
}

fn is_at_most(left: Rational, right: Rational) -> bool {
    left.checked_cmp(right).is_some_and(|order| order.is_le())
}

fn least(left: Rational, right: Rational) -> Option<Rational> {
    let order = left.checked_cmp(right)?;
    Some(if order.is_le() { left } else { right })
}

fn greatest(left: Rational, right: Rational) -> Option<Rational> {
    let order = left.checked_cmp(right)?;
    Some(if order.is_ge() { left } else { right })
}
