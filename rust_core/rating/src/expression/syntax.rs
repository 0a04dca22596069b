//! The tree of a price expression: numbers and conditions are kept apart.

use crate::calendar::PeriodId;
use crate::rational::Rational;
use crate::zone::ZoneId;

/// Something that is a number, and where it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) at: usize,
    pub(crate) kind: ValueKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Number(Rational),
    /// The usage to date, at least 1.
    Units,
    Hour,
    Weekday,
    /// 0 where there is none.
    RatingGroup,
    Whole(Whole, Box<Value>),
    Pair(Operator, Box<[Value; 2]>),
    /// Condition, then, else.
    If(Box<Condition>, Box<[Value; 2]>),
}

/// How a number becomes whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    Floor,
    Ceil,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Minimum,
    Maximum,
}

/// Something that holds or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) at: usize,
    pub(crate) kind: ConditionKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ConditionKind {
    Compare(Comparison, Box<[Value; 2]>),
    And(Box<[Condition; 2]>),
    Or(Box<[Condition; 2]>),
    Not(Box<Condition>),
    ZoneIs(ZoneId),
    PeriodIs(PeriodId),
    DestinationIs(Box<str>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}
