//! The value of a checked expression. `None` only for what the check keeps out.

use super::syntax::{Comparison, Condition, ConditionKind, Operator, Value, ValueKind, Whole};
use crate::priced::PriceContext;
use crate::rational::Rational;

pub(crate) fn value(value: &Value, context: &PriceContext<'_>, units: u64) -> Option<Rational> {
    let evaluated = |inner: &Value| self::value(inner, context, units);
    match &value.kind {
        ValueKind::Number(number) => Some(*number),
        ValueKind::Units => Some(Rational::integer(units.into())),
        ValueKind::Hour => Some(Rational::integer(context.local_hour.min(23).into())),
        ValueKind::Weekday => Some(Rational::integer(context.local_weekday.clamp(1, 7).into())),
        ValueKind::RatingGroup => {
            let group = context.rating_group.unwrap_or_default();
            Some(Rational::integer(group.into()))
        }
        ValueKind::Whole(whole, inner) => evaluated(inner).map(|inner| match whole {
            Whole::Floor => inner.floor(),
            Whole::Ceil => inner.ceil(),
        }),
        ValueKind::Pair(operator, sides) => {
            let [left, right] = &**sides;
            apply(*operator, evaluated(left)?, evaluated(right)?)
        }
        ValueKind::If(condition, branches) => {
            let [then, otherwise] = &**branches;
            let holds = holds(condition, context, units)?;
            evaluated(if holds { then } else { otherwise })
        }
    }
}

fn apply(operator: Operator, left: Rational, right: Rational) -> Option<Rational> {
    match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::Minimum => left
            .checked_cmp(right)
            .map(|order| if order.is_le() { left } else { right }),
        Operator::Maximum => left
            .checked_cmp(right)
            .map(|order| if order.is_ge() { left } else { right }),
    }
}

fn holds(condition: &Condition, context: &PriceContext<'_>, units: u64) -> Option<bool> {
    let holds = |inner: &Condition| self::holds(inner, context, units);
    Some(match &condition.kind {
        ConditionKind::Compare(comparison, sides) => {
            let [left, right] = &**sides;
            let left = value(left, context, units)?;
            let order = left.checked_cmp(value(right, context, units)?)?;
            match comparison {
                Comparison::Less => order.is_lt(),
                Comparison::LessOrEqual => order.is_le(),
                Comparison::Greater => order.is_gt(),
                Comparison::GreaterOrEqual => order.is_ge(),
                Comparison::Equal => order.is_eq(),
                Comparison::NotEqual => order.is_ne(),
            }
        }
        ConditionKind::And(sides) => holds(&sides[0])? && holds(&sides[1])?,
        ConditionKind::Or(sides) => holds(&sides[0])? || holds(&sides[1])?,
        ConditionKind::Not(inner) => !holds(inner)?,
        ConditionKind::ZoneIs(zone) => context.zone == Some(*zone),
        ConditionKind::PeriodIs(period) => context.period == *period,
        ConditionKind::DestinationIs(prefix) => context.destination.starts_with(&**prefix),
    })
}
