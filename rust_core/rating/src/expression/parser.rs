//! Reading tokens one after the other and counting what is built from them.

use super::syntax::{Condition, ConditionKind, Value, ValueKind};
use super::token::{Placed, Token, tokens};
use super::{ExpressionError, Names};

/// Numbers, names, operators and functions of one expression.
const MAX_NODES: usize = 256;

/// Parentheses, functions and signs inside each other; bounds the recursion, too.
const MAX_LEVELS: usize = 32;

pub(crate) type Parsed<T> = Result<T, ExpressionError>;

/// A part whose kind is not yet asked for.
pub(crate) enum Node {
    Value(Value),
    Condition(Condition),
}

impl Node {
    pub(crate) fn value(self) -> Parsed<Value> {
        match self {
            Self::Value(value) => Ok(value),
            Self::Condition(condition) => Err(ExpressionError::new(
                condition.at,
                "a number is needed here, this is a condition",
            )),
        }
    }

    pub(crate) fn condition(self) -> Parsed<Condition> {
        match self {
            Self::Condition(condition) => Ok(condition),
            Self::Value(value) => Err(ExpressionError::new(
                value.at,
                "a condition is needed here, this is a number",
            )),
        }
    }
}

pub(crate) struct Parser<'a> {
    tokens: Vec<Placed<'a>>,
    position: usize,
    nodes: usize,
    levels: usize,
    pub(crate) names: Names<'a>,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, names: Names<'a>) -> Parsed<Self> {
        Ok(Self {
            tokens: tokens(text)?,
            position: 0,
            nodes: 0,
            levels: 0,
            names,
        })
    }

    pub(crate) fn peek(&self) -> Placed<'a> {
        // The last token is the end, and nothing goes past it.
        self.tokens
            .get(self.position)
            .cloned()
            .unwrap_or((0, Token::End))
    }

    pub(crate) fn advance(&mut self) -> Placed<'a> {
        let token = self.peek();
        self.position += 1;
        token
    }

    /// The place of the next token when it is one of `signs` (or words), which is then passed.
    pub(crate) fn accept(&mut self, signs: &[&str]) -> Option<(usize, &'a str)> {
        let (at, token) = self.peek();
        let (Token::Sign(text) | Token::Word(text)) = token else {
            return None;
        };
        signs.contains(&text).then(|| {
            self.position += 1;
            (at, text)
        })
    }

    pub(crate) fn expect(&mut self, sign: &str) -> Parsed<()> {
        let (at, _) = self.peek();
        self.accept(&[sign])
            .map(|_| ())
            .ok_or_else(|| ExpressionError::new(at, format!("expected {sign:?}")))
    }

    fn count(&mut self, at: usize) -> Parsed<()> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("an expression has at most {MAX_NODES} parts");
            return Err(ExpressionError::new(at, message));
        }
        Ok(())
    }

    pub(crate) fn value_node(&mut self, at: usize, kind: ValueKind) -> Parsed<Node> {
        self.count(at)?;
        Ok(Node::Value(Value { at, kind }))
    }

    pub(crate) fn condition_node(&mut self, at: usize, kind: ConditionKind) -> Parsed<Node> {
        self.count(at)?;
        Ok(Node::Condition(Condition { at, kind }))
    }

    /// One level deeper.
    pub(crate) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.levels == MAX_LEVELS {
            let (at, _) = self.peek();
            let message = format!("an expression has at most {MAX_LEVELS} levels");
            return Err(ExpressionError::new(at, message));
        }
        self.levels += 1;
        let result = inner(self);
        self.levels -= 1;
        result
    }
}
