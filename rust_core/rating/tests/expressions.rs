//! Price expressions: what they say, what is refused and where, and that no charge ever falls.

mod common;

use common::{
    check_affordable, check_inverse, discounted, discounts, money, round, roundings, whole,
};
use num_bigint::BigInt;
use num_rational::BigRational;
use openmvno_rating::{
    Discount, Expression, ExpressionError, Micros, PeriodId, PriceContext, PriceOverflow, Rate,
    Rounding, ZoneId,
};
use proptest::prelude::*;

const HOME: ZoneId = ZoneId(3);
const OFFPEAK: PeriodId = PeriodId(2);

fn parse(text: &str) -> Result<Expression, ExpressionError> {
    let zone = |code: &str| (code == "home").then_some(HOME);
    let period = |code: &str| (code == "offpeak").then_some(OFFPEAK);
    Expression::parse(text, &zone, &period)
}

fn rate(text: &str) -> Rate {
    let expression = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Rate::expression("Expression", &expression, Rounding::HalfUp)
}

fn amount(text: &str, context: PriceContext<'_>, units: u64) -> Result<Micros, PriceOverflow> {
    let rate = rate(text);
    rate.priced(context, false).amount(units, Discount::NONE)
}

const CONTEXT: PriceContext<'_> = PriceContext {
    seed: "",
    destination: "38591234567",
    zone: Some(HOME),
    rating_group: Some(10),
    period: OFFPEAK,
    local_hour: 19,
    local_weekday: 5,
};

/// What an expression without `units` is worth.
fn constant(text: &str) -> Result<Micros, PriceOverflow> {
    amount(text, CONTEXT, 1)
}

#[test]
fn the_example_of_the_document() {
    let text = "0.02 * ceil(units / 60) + if(destination_is('385'), 0, 0.10)";
    let abroad = PriceContext {
        destination: "4912345",
        ..CONTEXT
    };
    for (context, units, expected) in [
        (CONTEXT, 0, "0"),
        (CONTEXT, 1, "0.02"),
        (CONTEXT, 61, "0.04"),
        (abroad, 0, "0"),
        (abroad, 61, "0.14"),
    ] {
        assert_eq!(amount(text, context, units), money(expected), "{units}");
    }
}

#[test]
fn operators_bind_as_in_arithmetic() {
    for (text, expected) in [
        ("1 + 2 * 3 - 4 / 2", "5"),
        ("(1 + 2) * 3", "9"),
        ("10 - 4 - 3", "3"),
        ("8 / 4 / 2", "1"),
        ("2 * -3 + 7", "1"),
        ("- - 2", "2"),
        ("1 / 3 * 3", "1"),
        ("floor(-1.5) + 3", "1"),
        ("ceil(-1.5) + 3", "2"),
        ("min(3, 1, 2) + max(3, 1, 2) * 10", "31"),
        ("if(1 < 2 and 2 < 1 or 3 >= 3, 1, 0)", "1"),
        ("if(not 1 == 2 and 1 != 2, 1, 0)", "1"),
        ("if(not (1 <= 1 or 1 > 1), 1, 0)", "0"),
        ("hour + weekday / 10 + rating_group / 1000", "19.51"),
        ("if(zone_is('home') and period_is('offpeak'), 1, 0)", "1"),
        ("if(destination_is('386'), 1, 0)", "0"),
        ("0 - 5", "0"),
        ("0.0000005", "0.000001"),
    ] {
        assert_eq!(constant(text), money(expected), "{text}");
    }
}

#[test]
fn a_charge_beyond_the_limit_fails() {
    assert_eq!(constant("1000000000000"), money("1000000000000"));
    assert_eq!(constant("1000000000000.000001"), Err(PriceOverflow));
    let rate = rate("units");
    let priced = rate.priced(CONTEXT, false);
    let limit = 1_000_000_000_000;
    assert!(priced.amount(limit, Discount::NONE).is_ok());
    assert_eq!(priced.amount(limit + 1, Discount::NONE), Err(PriceOverflow));
    assert_eq!(
        priced.affordable(0, Micros::MAX, u64::MAX, Discount::NONE),
        limit
    );
}

#[test]
fn what_is_never_charged_is_free() {
    assert!(rate("0 * units").is_free());
    assert!(rate("min(units, 0)").is_free());
    assert!(!rate("max(units - 1000000000, 0)").is_free());
}

#[test]
fn a_condition_may_change_the_price_where_it_cannot_fall() {
    let text = "if(units > 60, 1.80 + (units - 60) * 0.01, units * 0.03)";
    let stepped = |units| amount(text, CONTEXT, units);
    assert_eq!(stepped(60), money("1.80"));
    assert_eq!(stepped(61), money("1.81"));
    let (low, high) = ("units * 0.03", "1.80 + (units - 60) * 0.01");
    for text in [
        format!("if(units >= 60, {high}, {low})"),
        format!("if(60 < units, {high}, {low})"),
        format!("if(units <= 60, {low}, {high})"),
        format!("if(60 > units, {low}, {high})"),
    ] {
        assert_eq!(amount(&text, CONTEXT, 59), money("1.77"), "{text}");
        assert_eq!(amount(&text, CONTEXT, 61), money("1.81"), "{text}");
    }
    assert!(parse("if(not units < 60, 2, 1)").is_ok());
    assert!(parse("if(units < 60 or hour == 3, 1, 2)").is_ok());
    assert!(parse("(units + 1) * units").is_ok());
    assert!(parse("-(0 - units) * (0 - -2)").is_ok());
    assert!(parse("units * (24 - hour)").is_ok());
    assert!(parse("5 - (5 - min(units, 5))").is_ok());
}

#[test]
fn mistakes_are_named_where_they_are() {
    for (text, at, part) in [
        ("", 0, "too early"),
        ("1 +", 3, "too early"),
        ("1 2", 2, "expected an operator"),
        ("(1", 2, "expected \")\""),
        ("1 $ 2", 2, "'$'"),
        ("price", 0, "\"price\""),
        ("1.2.3", 0, "decimal"),
        ("0.0000000000000000001", 0, "decimals"),
        ("floor(1, 2)", 0, "takes 1 argument"),
        ("2 * if(1 < 2, 3)", 4, "takes 3 arguments"),
        ("max(1)", 0, "at least 2"),
        ("1 + (2 < 3)", 7, "a number is needed"),
        ("if(1, 2, 3)", 3, "a condition is needed"),
        ("1 < 2", 2, "a number is needed"),
        ("if(1 < 2 < 3, 1, 2)", 9, "expected"),
        ("if(zone_is('mars'), 1, 2)", 11, "no zone \"mars\""),
        ("if(period_is('lunch'), 1, 2)", 13, "no period \"lunch\""),
        ("if(destination_is('+385'), 1, 2)", 18, "digits"),
        ("if(destination_is(385), 1, 2)", 18, "a text"),
        ("if(destination_is('385), 1, 2)", 18, "no closing"),
        ("1 / (2 - 2)", 2, "divisor"),
        ("units / hour", 6, "divisor"),
        ("1 / units", 2, "divisor"),
        ("10 - units", 5, "fall"),
        ("1 + -units", 5, "fall"),
        ("units * (hour - 12)", 6, "factor"),
        ("(units - 5) * units", 12, "factor"),
        ("if(units > 60, 1, 2)", 0, "fall where"),
        ("if(units <= 60, units, 30)", 0, "fall where"),
        ("if(units == 60, 2, 1)", 9, "cease to hold"),
        ("if(units > 60 and units < 90, 2, 1)", 14, "cease to hold"),
        ("units * units * units", 14, "too large"),
        (
            "if(units * units * 100000 < 0.000000000000000001, 1, 1)",
            26,
            "too large",
        ),
        (
            "if(0.000000000000000001 < units * units * 100000, 1, 1)",
            24,
            "too large",
        ),
        ("0.000000000000000001 * units", 21, "too fine"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let sum = |terms: usize| vec!["units"; terms].join("+");
    assert!(parse(&sum(128)).is_ok(), "255 parts");
    assert!(parse(&sum(129)).is_err());
    let nested = |levels: usize| format!("{}1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(parse(&nested(32)).is_ok());
    assert_eq!(parse(&nested(33)).expect_err("deep").at, 33);
    for deep in ["(", "-", "not ", "floor(", "if(not "] {
        assert!(parse(&deep.repeat(1_000)).is_err(), "{deep}");
    }
    assert!(parse(&" ".repeat(1_000_000)).is_err());
}

/// A generated expression, its text and its value.
#[derive(Clone, Debug)]
enum Term {
    Number(u32, u32),
    Units,
    Hour,
    Pair(&'static str, Box<[Term; 2]>),
    Divided(Box<Term>, u32),
    Call(&'static str, Box<Term>),
    If(&'static str, Box<[Term; 4]>),
}

impl Term {
    fn text(&self) -> String {
        match self {
            Self::Number(whole, fraction) => format!("{whole}.{fraction:03}"),
            Self::Units => "units".to_owned(),
            Self::Hour => "hour".to_owned(),
            Self::Pair(name @ ("min" | "max"), sides) => {
                format!("{name}({}, {})", sides[0].text(), sides[1].text())
            }
            Self::Pair(sign, sides) => format!("({} {sign} {})", sides[0].text(), sides[1].text()),
            Self::Divided(inner, divisor) => format!("{} / {divisor}", inner.text()),
            Self::Call(name, inner) => format!("{name}({})", inner.text()),
            Self::If(sign, parts) => {
                let [left, right, then, otherwise] = &**parts;
                format!(
                    "if({} {sign} {}, {}, {})",
                    left.text(),
                    right.text(),
                    then.text(),
                    otherwise.text()
                )
            }
        }
    }

    fn value(&self, units: u64, hour: u64) -> BigRational {
        let value = |term: &Self| term.value(units, hour);
        match self {
            Self::Number(integer, fraction) => {
                whole((*integer).into()) + whole((*fraction).into()) / whole(1_000)
            }
            Self::Units => whole(units),
            Self::Hour => whole(hour),
            Self::Pair(sign, sides) => {
                let (left, right) = (value(&sides[0]), value(&sides[1]));
                match *sign {
                    "+" => left + right,
                    "-" => left - right,
                    "*" => left * right,
                    "min" => left.min(right),
                    _ => left.max(right),
                }
            }
            Self::Divided(inner, divisor) => value(inner) / whole((*divisor).into()),
            Self::Call(name, inner) => match *name {
                "floor" => value(inner).floor(),
                "ceil" => value(inner).ceil(),
                _ => -value(inner),
            },
            Self::If(sign, parts) => {
                let (left, right) = (value(&parts[0]), value(&parts[1]));
                let holds = match *sign {
                    "<" => left < right,
                    "<=" => left <= right,
                    ">" => left > right,
                    _ => left >= right,
                };
                value(&parts[if holds { 2 } else { 3 }])
            }
        }
    }

    fn charge(&self, units: u64, hour: u64, discount: Discount, rounding: Rounding) -> BigInt {
        if units == 0 {
            return BigInt::from(0);
        }
        let major = self.value(units, hour).max(whole(0));
        round(&discounted(&(major * whole(1_000_000)), discount), rounding)
    }
}

fn terms() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        2 => (0_u32..120, 0_u32..1_000).prop_map(|(whole, fraction)| Term::Number(whole, fraction)),
        2 => Just(Term::Units),
        1 => Just(Term::Hour),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        let sign = prop_oneof![
            3 => Just("+"),
            2 => Just("-"),
            2 => Just("*"),
            1 => Just("min"),
            1 => Just("max"),
        ];
        let comparison = prop_oneof![Just("<"), Just("<="), Just(">"), Just(">=")];
        prop_oneof![
            4 => (sign, [inner.clone(), inner.clone()])
                .prop_map(|(sign, sides)| Term::Pair(sign, Box::new(sides))),
            1 => (inner.clone(), 1_u32..100)
                .prop_map(|(term, divisor)| Term::Divided(Box::new(term), divisor)),
            1 => (prop_oneof![Just("floor"), Just("ceil"), Just("-")], inner.clone())
                .prop_map(|(name, term)| Term::Call(name, Box::new(term))),
            2 => (comparison, [inner.clone(), inner.clone(), inner.clone(), inner])
                .prop_map(|(sign, parts)| Term::If(sign, Box::new(parts))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,60}") {
        if let Err(error) = parse(&text) {
            prop_assert!(error.at <= text.len());
        }
    }

    #[test]
    fn any_words_are_parsed_or_refused_within_the_text(
        words in proptest::collection::vec(
            prop_oneof![
                Just("units"), Just("hour"), Just("if"), Just("max"), Just("floor"), Just("("), Just(")"),
                Just(","), Just("+"), Just("-"), Just("*"), Just("/"), Just("<"), Just("and"), Just("not"),
                Just("0.5"), Just("60"), Just("zone_is('home')"), Just("999999999999999"),
            ], 0..30),
    ) {
        let text = words.join(" ");
        match parse(&text) {
            Err(error) => prop_assert!(error.at <= text.len()),
            Ok(expression) => {
                let rate = Rate::expression("Words", &expression, Rounding::Up);
                let priced = rate.priced(CONTEXT, false);
                let charge = |units| priced.amount(units, Discount::NONE);
                if let (Ok(less), Ok(more)) = (charge(1), charge(1_000)) {
                    prop_assert!(less <= more, "{}", text);
                }
            }
        }
    }

    /// What passes the check has the value the text says, at every usage, and never falls.
    #[test]
    fn accepted_expressions_are_exact_and_never_fall(
        term in terms(), hour in 0_u8..24, discount in discounts(), rounding in roundings(),
        far in proptest::collection::vec(0_u64..=1 << 50, 4),
    ) {
        let text = term.text();
        let Ok(expression) = parse(&text) else { return Ok(()) };
        let rate = Rate::expression("Term", &expression, rounding);
        let context = PriceContext { local_hour: hour, ..CONTEXT };
        let priced = rate.priced(context, false);
        let mut far = far;
        far.sort_unstable();
        let limit = BigInt::from(1_000_000_000_000_000_000_u64);
        let mut before = Ok(Micros::ZERO);
        for units in (0..200).chain(far) {
            let found = priced.amount(units, discount);
            let full = term.charge(units, hour.into(), Discount::NONE, Rounding::Up);
            if full <= limit {
                let expected = term.charge(units, hour.into(), discount, rounding);
                prop_assert_eq!(found.map(|found| BigInt::from(found.get())), Ok(expected), "{} {}", text, units);
            } else {
                prop_assert_eq!(found, Err(PriceOverflow), "{} {}", text, units);
            }
            let risen = match (before, found) {
                (Ok(before), Ok(found)) => before <= found,
                (_, found) => found.is_err(),
            };
            prop_assert!(risen, "{} falls at {}", text, units);
            before = found;
        }
    }

    #[test]
    fn what_a_budget_pays_is_exact(
        term in terms(), from in 0_u64..100, more in 0_u64..100, near in 0_u64..150, off in -2_i64..=2,
        discount in discounts(), far in any::<(u64, i64)>(),
    ) {
        let Ok(expression) = parse(&term.text()) else { return Ok(()) };
        let rate = Rate::expression("Term", &expression, Rounding::HalfEven);
        let priced = rate.priced(CONTEXT, false);
        let amount = |position| priced.amount(position, discount).map(Micros::get);
        if let (Ok(before), Ok(after)) = (amount(from), amount(from + near)) {
            check_affordable(&priced, (from, from + more), after - before + off, discount)?;
        }
        check_inverse(&priced, (from, far.0.max(from)), far.1, discount)?;
    }

    /// The check refuses only what it must: sums of rising parts pass.
    #[test]
    fn rising_expressions_are_accepted(
        parts in proptest::collection::vec((0_u32..100, 1_u32..100, 0_usize..4), 1..8),
    ) {
        let part = |&(factor, divisor, form): &(u32, u32, usize)| match form {
            0 => format!("0.{factor:02} * ceil(units / {divisor})"),
            1 => format!("max(units - {factor}, 0) / {divisor}"),
            2 => format!("if(units > {divisor}, 0.{factor:02}, 0)"),
            _ => format!("min(units, {divisor}) * (24 - hour) * 0.{factor:02}"),
        };
        let text = parts.iter().map(part).collect::<Vec<_>>().join(" + ");
        match parse(&text) {
            Ok(_) => {}
            // Many divisors without a common factor leave no room for exact sums.
            Err(error) => prop_assert!(error.message.contains("too large"), "{}: {}", text, error),
        }
    }
}
