//! Words of a price expression.

use openmvno_money::decimal;

use super::ExpressionError;
use crate::price::PRICE_DECIMALS;
use crate::rational::Rational;

/// Characters of the longest text.
const LONGEST: usize = 10_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Number(Rational),
    Text(&'a str),
    Word(&'a str),
    Sign(&'static str),
    End,
}

/// A token and the bytes before it.
pub(crate) type Placed<'a> = (usize, Token<'a>);

/// Longer signs before those they begin with.
const SIGNS: [&str; 13] = [
    "<=", ">=", "==", "!=", "<", ">", "+", "-", "*", "/", "(", ")", ",",
];

/// All tokens, the last one [`Token::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, ExpressionError> {
    if text.len() > LONGEST {
        let message = format!("an expression has at most {LONGEST} characters");
        return Err(ExpressionError::new(LONGEST, message));
    }
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        let (token, length) = next(rest, at)?;
        tokens.push((at, token));
        rest = rest[length..].trim_start();
    }
    tokens.push((text.len(), Token::End));
    Ok(tokens)
}

/// The token `rest` begins with and its length in bytes.
fn next(rest: &str, at: usize) -> Result<(Token<'_>, usize), ExpressionError> {
    let length = |part: fn(char) -> bool| rest.find(|next| !part(next)).unwrap_or(rest.len());
    let first = rest.chars().next().unwrap_or_default();
    if first.is_ascii_digit() {
        let length = length(|next| next.is_ascii_digit() || next == '.');
        return Ok((number(&rest[..length], at)?, length));
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = length(|next| next.is_ascii_alphanumeric() || next == '_');
        return Ok((Token::Word(&rest[..length]), length));
    }
    if let Some(quoted) = rest.strip_prefix('\'') {
        let Some(length) = quoted.find('\'') else {
            return Err(ExpressionError::new(at, "the text has no closing '"));
        };
        return Ok((Token::Text(&quoted[..length]), length + 2));
    }
    SIGNS
        .iter()
        .find(|sign| rest.starts_with(**sign))
        .map(|sign| (Token::Sign(sign), sign.len()))
        .ok_or_else(|| ExpressionError::new(at, format!("{first:?} is not part of the language")))
}

fn number(text: &str, at: usize) -> Result<Token<'_>, ExpressionError> {
    decimal::parse_scaled(text, PRICE_DECIMALS)
        .map_err(|error| ExpressionError::new(at, error.to_string()))
        .map(|scaled| Rational::new(scaled, 10_i128.pow(PRICE_DECIMALS)))
        .and_then(|number| number.ok_or_else(|| ExpressionError::new(at, "number too large")))
        .map(Token::Number)
}
