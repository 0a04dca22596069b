//! From text to tree. From the loosest to the tightest: `or`, `and`, `not`, comparisons, `+ -`, `* /`,
//! the sign.

use super::parser::{Node, Parsed, Parser};
use super::syntax::{Comparison, ConditionKind, Operator, Value, ValueKind, Whole};
use super::token::Token;
use super::{ExpressionError, Names};
use crate::rational::Rational;

pub(crate) fn parse(text: &str, names: Names<'_>) -> Parsed<Value> {
    let mut parser = Parser::new(text, names)?;
    let value = parser.any()?.value()?;
    match parser.peek() {
        (_, Token::End) => Ok(value),
        (at, _) => Err(ExpressionError::new(at, "expected an operator or the end")),
    }
}

impl Parser<'_> {
    fn any(&mut self) -> Parsed<Node> {
        let mut left = self.conjunction()?;
        while let Some((at, _)) = self.accept(&["or"]) {
            let sides = [left.condition()?, self.conjunction()?.condition()?];
            left = self.condition_node(at, ConditionKind::Or(Box::new(sides)))?;
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Parsed<Node> {
        let mut left = self.negation()?;
        while let Some((at, _)) = self.accept(&["and"]) {
            let sides = [left.condition()?, self.negation()?.condition()?];
            left = self.condition_node(at, ConditionKind::And(Box::new(sides)))?;
        }
        Ok(left)
    }

    fn negation(&mut self) -> Parsed<Node> {
        let Some((at, _)) = self.accept(&["not"]) else {
            return self.comparison();
        };
        let inner = self.nested(Self::negation)?.condition()?;
        self.condition_node(at, ConditionKind::Not(Box::new(inner)))
    }

    fn comparison(&mut self) -> Parsed<Node> {
        let left = self.sum()?;
        let Some((at, sign)) = self.accept(&["<=", ">=", "==", "!=", "<", ">"]) else {
            return Ok(left);
        };
        let comparison = match sign {
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            "==" => Comparison::Equal,
            _ => Comparison::NotEqual,
        };
        let sides = [left.value()?, self.sum()?.value()?];
        self.condition_node(at, ConditionKind::Compare(comparison, Box::new(sides)))
    }

    fn sum(&mut self) -> Parsed<Node> {
        let mut left = self.product()?;
        while let Some((at, sign)) = self.accept(&["+", "-"]) {
            let operator = match sign {
                "+" => Operator::Add,
                _ => Operator::Subtract,
            };
            let right = self.product()?;
            left = self.pair(at, operator, left, right)?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed<Node> {
        let mut left = self.signed()?;
        while let Some((at, sign)) = self.accept(&["*", "/"]) {
            let operator = match sign {
                "*" => Operator::Multiply,
                _ => Operator::Divide,
            };
            let right = self.signed()?;
            left = self.pair(at, operator, left, right)?;
        }
        Ok(left)
    }

    fn pair(&mut self, at: usize, operator: Operator, left: Node, right: Node) -> Parsed<Node> {
        let sides = [left.value()?, right.value()?];
        self.value_node(at, ValueKind::Pair(operator, Box::new(sides)))
    }

    fn signed(&mut self) -> Parsed<Node> {
        let Some((at, _)) = self.accept(&["-"]) else {
            return self.primary();
        };
        let inner = self.nested(Self::signed)?;
        let zero = self.value_node(at, ValueKind::Number(Rational::ZERO))?;
        self.pair(at, Operator::Subtract, zero, inner)
    }

    fn primary(&mut self) -> Parsed<Node> {
        let (at, token) = self.advance();
        match token {
            Token::Number(number) => self.value_node(at, ValueKind::Number(number)),
            Token::Sign("(") => {
                let inner = self.nested(Self::any)?;
                self.expect(")")?;
                Ok(inner)
            }
            Token::Word(word) => self.named(at, word),
            Token::End => Err(ExpressionError::new(at, "the expression ends too early")),
            _ => Err(ExpressionError::new(
                at,
                "expected a number, a name or a parenthesis",
            )),
        }
    }

    fn named(&mut self, at: usize, word: &str) -> Parsed<Node> {
        match word {
            "units" => self.value_node(at, ValueKind::Units),
            "hour" => self.value_node(at, ValueKind::Hour),
            "weekday" => self.value_node(at, ValueKind::Weekday),
            "rating_group" => self.value_node(at, ValueKind::RatingGroup),
            "floor" => self.whole(at, Whole::Floor),
            "ceil" => self.whole(at, Whole::Ceil),
            "min" => self.extreme(at, Operator::Minimum),
            "max" => self.extreme(at, Operator::Maximum),
            "if" => self.choice(at),
            "zone_is" | "period_is" | "destination_is" => self.asked(at, word),
            _ => Err(ExpressionError::new(
                at,
                format!("{word:?} is not part of the language"),
            )),
        }
    }

    fn whole(&mut self, at: usize, whole: Whole) -> Parsed<Node> {
        let [inner] = self.arguments(at)?;
        self.value_node(at, ValueKind::Whole(whole, Box::new(inner.value()?)))
    }

    fn choice(&mut self, at: usize) -> Parsed<Node> {
        let [condition, then, otherwise] = self.arguments(at)?;
        let condition = Box::new(condition.condition()?);
        let branches = Box::new([then.value()?, otherwise.value()?]);
        self.value_node(at, ValueKind::If(condition, branches))
    }

    /// The least or greatest of two or more.
    fn extreme(&mut self, at: usize, operator: Operator) -> Parsed<Node> {
        let mut arguments = self.argument_list()?.into_iter();
        let (Some(first), Some(second)) = (arguments.next(), arguments.next()) else {
            return Err(ExpressionError::new(at, "takes at least 2 arguments"));
        };
        let both = self.pair(at, operator, first, second)?;
        arguments.try_fold(both, |left, right| self.pair(at, operator, left, right))
    }

    fn arguments<const COUNT: usize>(&mut self, at: usize) -> Parsed<[Node; COUNT]> {
        let arguments = self.argument_list()?;
        arguments.try_into().map_err(|_| {
            let arguments = if COUNT == 1 { "argument" } else { "arguments" };
            ExpressionError::new(at, format!("takes {COUNT} {arguments}"))
        })
    }

    fn argument_list(&mut self) -> Parsed<Vec<Node>> {
        self.expect("(")?;
        let mut arguments = vec![self.nested(Self::any)?];
        while self.accept(&[","]).is_some() {
            arguments.push(self.nested(Self::any)?);
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn asked(&mut self, at: usize, word: &str) -> Parsed<Node> {
        self.expect("(")?;
        let (text_at, token) = self.advance();
        let Token::Text(text) = token else {
            let message = "expected a text in '…'";
            return Err(ExpressionError::new(text_at, message));
        };
        self.expect(")")?;
        let unknown = |what| ExpressionError::new(text_at, format!("there is no {what} {text:?}"));
        let kind = match word {
            "zone_is" => {
                ConditionKind::ZoneIs((self.names.zone)(text).ok_or_else(|| unknown("zone"))?)
            }
            "period_is" => {
                ConditionKind::PeriodIs((self.names.period)(text).ok_or_else(|| unknown("period"))?)
            }
            _ if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                ConditionKind::DestinationIs(text.into())
            }
            _ => {
                let message = "a destination's prefix is digits, without +";
                return Err(ExpressionError::new(text_at, message));
            }
        };
        self.condition_node(at, kind)
    }
}
