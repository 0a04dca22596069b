//! Fractions of i128, exact or refused.

use std::cmp::Ordering;

/// A reduced fraction; the denominator is at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    pub(crate) const ZERO: Self = Self::integer(0);
    pub(crate) const ONE: Self = Self::integer(1);

    /// `numerator / denominator`, `None` for a denominator below one and for a numerator of −2¹²⁷.
    pub(crate) fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator < 1 || numerator == i128::MIN {
            return None;
        }
        let divisor = greatest_common_divisor(numerator, denominator);
        Some(Self {
            numerator: numerator / divisor,
            denominator: denominator / divisor,
        })
    }

    pub(crate) const fn integer(value: i128) -> Self {
        Self {
            numerator: value,
            denominator: 1,
        }
    }

    pub(crate) const fn numerator(self) -> i128 {
        self.numerator
    }

    pub(crate) const fn denominator(self) -> i128 {
        self.denominator
    }

    pub(crate) const fn sign(self) -> i128 {
        self.numerator.signum()
    }

    pub(crate) fn checked_add(self, other: Self) -> Option<Self> {
        let common = common_multiple(self.denominator, other.denominator)?;
        let sum = self
            .numerator_over(common)?
            .checked_add(other.numerator_over(common)?)?;
        Self::new(sum, common)
    }

    pub(crate) fn checked_sub(self, other: Self) -> Option<Self> {
        self.checked_add(other.negated())
    }

    pub(crate) fn checked_mul(self, other: Self) -> Option<Self> {
        // Reduced crosswise first, so that nothing overflows but what does not fit.
        let left = Self::new(self.numerator, other.denominator)?;
        let right = Self::new(other.numerator, self.denominator)?;
        Some(Self {
            numerator: left.numerator.checked_mul(right.numerator)?,
            denominator: left.denominator.checked_mul(right.denominator)?,
        })
    }

    /// `None` also for a division by zero.
    pub(crate) fn checked_div(self, other: Self) -> Option<Self> {
        let inverse = Self::new(other.denominator * other.sign(), other.numerator.abs())?;
        self.checked_mul(inverse)
    }

    pub(crate) const fn negated(self) -> Self {
        // `new` keeps −2¹²⁷ out.
        Self {
            numerator: self.numerator.wrapping_neg(),
            denominator: self.denominator,
        }
    }

    pub(crate) fn floor(self) -> Self {
        Self::integer(self.numerator.div_euclid(self.denominator))
    }

    pub(crate) fn ceil(self) -> Self {
        self.negated().floor().negated()
    }

    /// How the two compare, `None` when that needs more than i128.
    pub(crate) fn checked_cmp(self, other: Self) -> Option<Ordering> {
        self.checked_sub(other)
            .map(|difference| difference.sign().cmp(&0))
    }

    /// The numerator over another denominator, `None` when it is no multiple of ours or overflows.
    pub(crate) fn numerator_over(self, denominator: i128) -> Option<i128> {
        if denominator % self.denominator != 0 {
            return None;
        }
        self.numerator.checked_mul(denominator / self.denominator)
    }
}

/// The least common multiple of two numbers above zero.
pub(crate) fn common_multiple(first: i128, second: i128) -> Option<i128> {
    (first / greatest_common_divisor(first, second)).checked_mul(second)
}

/// At least one. `second` is above zero, so the divisor fits.
fn greatest_common_divisor(first: i128, second: i128) -> i128 {
    let (mut larger, mut smaller) = (second.unsigned_abs(), first.unsigned_abs());
    while smaller != 0 {
        (larger, smaller) = (smaller, larger % smaller);
    }
    i128::try_from(larger.max(1)).unwrap_or(1)
}
