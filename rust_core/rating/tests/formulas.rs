//! Formulas: walked unit by unit in rationals of any size, and the worked example R7.

mod common;

use common::{charge, check_affordable, check_inverse, decimal, discounted, money, round, whole};
use common::{discounts, prices, roundings};
use num_bigint::BigInt;
use num_rational::BigRational;
use openmvno_rating::{
    Discount, FormulaStep, FormulaTerms, InvalidRate, Micros, Percent, Price, PriceContext, Rate,
    Rounding, StepMistake,
};
use proptest::prelude::*;

fn price(text: &str, per: u64) -> Price {
    Price::parse(text, per).expect("a price")
}

fn interval(interval: u64, count: Option<u64>, text: &str) -> FormulaStep {
    FormulaStep::Interval {
        interval,
        count,
        price: price(text, 60),
    }
}

fn fixed(amount: &str, probability: u8) -> FormulaStep {
    FormulaStep::Fixed {
        amount: price(amount, 1),
        probability,
    }
}

fn percent(text: &str) -> FormulaStep {
    FormulaStep::Percent {
        percent: Percent::parse(text).expect("a percentage"),
        probability: 100,
    }
}

fn disconnect(probability: u8, dispersion: u64) -> FormulaStep {
    FormulaStep::Disconnect {
        probability,
        dispersion,
    }
}

fn formula(steps: Vec<FormulaStep>) -> Result<Rate, InvalidRate> {
    let terms = FormulaTerms {
        steps,
        maximum: None,
        allow_random: true,
    };
    Rate::formula("Formula", &terms, Rounding::HalfUp)
}

fn session(seed: &str) -> PriceContext<'_> {
    PriceContext {
        seed,
        ..PriceContext::default()
    }
}

/// Sixty seconds one by one, two whole minutes, a surcharge by chance, seven minutes, an end by chance.
fn handbook() -> Rate {
    formula(vec![
        interval(1, Some(60), "1.80"),
        interval(60, Some(2), "1.80"),
        fixed("0.50", 25),
        interval(60, Some(7), "1.80"),
        disconnect(50, 30),
        interval(1, None, "1.80"),
    ])
    .expect("a correct formula")
}

// Draws 0 and 1, computed apart: session-1 has 63 and 70, session-3 has 21 and 19, session-4 has 87 and
// 3, session-12 has 10 and 83; the dispersions of draw 1 modulo 31 are 8, 2, 19 and 21.
#[test]
fn r7_the_handbook_formula() {
    let rate = handbook();
    let priced = rate.priced(session("session-1"), false);
    for (seconds, amount) in [
        (0, "0"),
        (45, "1.35"),
        (60, "1.80"),
        (61, "3.60"),
        (180, "5.40"),
        (181, "7.20"),
        (600, "18"),
        (601, "18.03"),
    ] {
        assert_eq!(charge(&priced, seconds), money(amount), "{seconds}");
    }
    let surcharged = rate.priced(session("session-3"), false);
    assert_eq!(charge(&surcharged, 180), money("5.40"));
    assert_eq!(charge(&surcharged, 181), money("7.70"));
    assert_eq!(
        surcharged.affordable(0, Micros(7_229_999), 600, Discount::NONE),
        224
    );
    assert_eq!(
        surcharged.usage_within(224),
        180,
        "the eighth minute is not paid for"
    );
}

#[test]
fn r7_the_end_of_the_session_is_drawn() {
    let rate = handbook();
    let stop = |seed: &str| rate.priced(session(seed), false).stop();
    assert_eq!(stop("session-1"), None);
    assert_eq!(stop("session-3"), Some(598));
    assert_eq!(stop("session-4"), Some(581));
    assert_eq!(stop("session-12"), None);
    assert_eq!(rate.priced(session("session-4"), true).stop(), None);
    let ends = (0..1_000).filter(|number| stop(&format!("many-{number}")).is_some());
    let ends = ends.count();
    assert!((430..570).contains(&ends), "{ends} of 1000 at 50 percent");
}

#[test]
fn a_surcharge_first_in_the_list_is_due_with_the_first_unit() {
    let rate = formula(vec![fixed("0.50", 100), interval(60, None, "0.60")]).expect("a formula");
    let priced = rate.priced(PriceContext::default(), false);
    assert_eq!(charge(&priced, 0), money("0"));
    assert_eq!(charge(&priced, 1), money("1.10"));
    let continuing = rate.priced(PriceContext::default(), true);
    assert_eq!(charge(&continuing, 1), money("0.60"));
}

#[test]
fn percent_steps_are_of_everything_before_them() {
    let rate = formula(vec![
        fixed("1", 100),
        interval(1, Some(60), "1.20"),
        percent("10"),
        interval(1, Some(60), "0.60"),
        percent("50"),
        interval(1, None, "0.06"),
    ])
    .expect("a formula");
    let priced = rate.priced(PriceContext::default(), false);
    for (seconds, amount) in [
        (60, "2.20"),
        (61, "2.43"),
        (120, "3.02"),
        (121, "4.531"),
        (180, "4.59"),
    ] {
        assert_eq!(charge(&priced, seconds), money(amount), "{seconds}");
    }
}

#[test]
fn usage_beyond_a_certain_end_costs_what_the_last_interval_costs() {
    let rate = formula(vec![
        interval(60, Some(2), "0.60"),
        fixed("0.10", 100),
        disconnect(100, 0),
    ])
    .expect("a formula");
    let priced = rate.priced(PriceContext::default(), false);
    assert_eq!(priced.stop(), Some(120));
    assert_eq!(charge(&priced, 120), money("1.20"));
    assert_eq!(charge(&priced, 121), money("1.90"));
}

#[test]
fn a_formula_has_its_maximum() {
    let terms = FormulaTerms {
        steps: vec![fixed("1", 100), interval(1, None, "0.60")],
        maximum: Some(price("2.50", 1)),
        allow_random: false,
    };
    let rate = Rate::formula("Capped", &terms, Rounding::HalfUp).expect("a formula");
    let priced = rate.priced(PriceContext::default(), false);
    assert_eq!(charge(&priced, 149), money("2.49"));
    assert_eq!(charge(&priced, 151), money("2.50"));
    assert_eq!(
        priced.affordable(0, Micros(2_499_999), u64::MAX, Discount::NONE),
        149
    );
    assert_eq!(
        priced.affordable(0, Micros(2_500_000), u64::MAX, Discount::NONE),
        u64::MAX
    );
}

#[test]
fn steps_that_cannot_be_walked_are_refused() {
    let endless = interval(1, None, "1");
    let minute = interval(60, Some(1), "1");
    let refused = |steps: Vec<FormulaStep>| formula(steps).expect_err("a mistake");
    let at = |step, mistake| InvalidRate::Step { step, mistake };
    assert_eq!(refused(vec![]), InvalidRate::NoSteps);
    assert_eq!(refused(vec![minute]), InvalidRate::OpenEnd);
    assert_eq!(refused(vec![minute, fixed("1", 100)]), InvalidRate::OpenEnd);
    assert_eq!(
        refused(vec![minute, disconnect(99, 0)]),
        InvalidRate::OpenEnd
    );
    let nothing_after = at(1, StepMistake::Unreachable);
    assert_eq!(refused(vec![endless, minute]), nothing_after);
    assert_eq!(
        refused(vec![minute, disconnect(100, 0), endless]),
        at(2, StepMistake::Unreachable)
    );
    assert_eq!(
        refused(vec![interval(0, None, "1")]),
        at(0, StepMistake::Empty)
    );
    assert_eq!(
        refused(vec![interval(1, Some(0), "1"), endless]),
        at(0, StepMistake::Empty)
    );
    let long = interval(u64::MAX, Some(2), "0");
    assert_eq!(refused(vec![long, endless]), at(0, StepMistake::TooLong));
    assert_eq!(
        refused(vec![fixed("1", 101), endless]),
        at(0, StepMistake::Probability)
    );
    assert_eq!(
        refused(vec![disconnect(100, 0)]),
        at(0, StepMistake::EndsAtStart)
    );
    assert_eq!(
        refused(vec![minute, disconnect(100, 60)]),
        at(1, StepMistake::EndsAtStart)
    );
    let mut many = vec![fixed("1", 50); 65];
    many.push(endless);
    assert_eq!(refused(many), at(64, StepMistake::TooManyRandom));
    for random in [fixed("1", 99), disconnect(50, 0), disconnect(100, 1)] {
        let terms = FormulaTerms {
            steps: vec![minute, random, endless],
            maximum: None,
            allow_random: false,
        };
        assert_eq!(
            Rate::formula("Certain", &terms, Rounding::HalfUp),
            Err(at(1, StepMistake::RandomNotAllowed))
        );
    }
}

/// A generated formula as its author would explain it.
#[derive(Clone, Debug)]
struct Story {
    steps: Vec<Told>,
    last: (u64, String),
    maximum: Option<String>,
    rounding: Rounding,
}

#[derive(Clone, Debug)]
enum Told {
    Interval(u64, u64, String),
    Fixed(String, u8),
    Percent(u32, u8),
}

impl Story {
    fn rate(&self) -> Rate {
        let mut steps: Vec<FormulaStep> = self
            .steps
            .iter()
            .map(|told| match told {
                Told::Interval(units, count, text) => interval(*units, Some(*count), text),
                Told::Fixed(amount, probability) => fixed(amount, *probability),
                Told::Percent(percent, probability) => FormulaStep::Percent {
                    percent: Percent(*percent * 10_000),
                    probability: *probability,
                },
            })
            .collect();
        steps.push(interval(self.last.0, None, &self.last.1));
        let terms = FormulaTerms {
            steps,
            maximum: self.maximum.as_ref().map(|text| price(text, 1)),
            allow_random: true,
        };
        Rate::formula("Story", &terms, self.rounding).expect("a correct formula")
    }

    /// The exact cost of the first `billed` units in micros, step by step and unit by unit.
    fn exact(&self, billed: u64, seed: &str) -> BigRational {
        let (mut amount, mut position, mut draws) = (whole(0), 0, 0);
        let mut drawn = |probability: u8| {
            if probability == 100 {
                return true;
            }
            draws += 1;
            draw(seed, draws - 1) < u64::from(probability)
        };
        for told in &self.steps {
            match told {
                Told::Interval(units, count, text) => {
                    for _ in 0..units * count {
                        if position < billed {
                            amount += decimal(text) / whole(60);
                            position += 1;
                        }
                    }
                }
                Told::Fixed(fixed, probability) => {
                    if drawn(*probability) && position < billed {
                        amount += decimal(fixed);
                    }
                }
                Told::Percent(percent, probability) => {
                    if drawn(*probability) && position < billed {
                        amount += &amount * whole(u64::from(*percent)) / whole(100);
                    }
                }
            }
        }
        amount += decimal(&self.last.1) * whole(billed - position) / whole(60);
        match &self.maximum {
            Some(maximum) => amount.min(decimal(maximum)),
            None => amount,
        }
    }

    fn billed(&self, usage: u64) -> u64 {
        let mut covered = 0;
        for told in &self.steps {
            if let Told::Interval(units, count, _) = told {
                for _ in 0..*count {
                    if covered < usage {
                        covered += units;
                    }
                }
            }
        }
        while covered < usage {
            covered += self.last.0;
        }
        covered
    }
}

fn draw(seed: &str, number: u8) -> u64 {
    use sha2::{Digest, Sha256};
    let mut text = seed.as_bytes().to_vec();
    text.extend([0, number]);
    let digest = Sha256::digest(&text);
    u64::from_be_bytes(digest[..8].try_into().expect("eight bytes")) % 100
}

fn stories() -> impl Strategy<Value = Story> {
    let probability = || prop_oneof![2 => Just(100_u8), 1 => 0_u8..100];
    let cents = || (0_u32..1_000).prop_map(|cents| format!("0.{cents:03}"));
    let told = prop_oneof![
        (1_u64..70, 1_u64..5, cents())
            .prop_map(|(units, count, price)| { Told::Interval(units, count, price) }),
        (cents(), probability()).prop_map(|(amount, chance)| Told::Fixed(amount, chance)),
        (0_u32..200, probability()).prop_map(|(percent, chance)| Told::Percent(percent, chance)),
    ];
    (
        proptest::collection::vec(told, 0..5),
        (1_u64..70, prices()),
        prop_oneof![2 => Just(None), 1 => cents().prop_map(Some)],
        roundings(),
    )
        .prop_map(|(steps, last, maximum, rounding)| Story {
            steps,
            last,
            maximum,
            rounding,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_formula_costs_what_its_story_says(
        story in stories(), seed in "[a-z]{0,8}", usage in 0_u64..600, position in 0_u64..600,
        discount in discounts(),
    ) {
        let rate = story.rate();
        let priced = rate.priced(session(&seed), false);
        prop_assert_eq!(priced.billed(usage), Ok(story.billed(usage)));
        let amount = priced.amount(position, discount).expect("a small amount");
        let exact = discounted(&story.exact(position, &seed), discount);
        prop_assert_eq!(BigInt::from(amount.get()), round(&exact, story.rounding));
        let again = rate.priced(session(&seed), false).amount(position, discount);
        prop_assert_eq!(again, Ok(amount), "rated again");
    }

    #[test]
    fn what_a_budget_pays_of_a_formula_is_exact(
        story in stories(), seed in "[a-z]{0,8}", from in 0_u64..300, more in 0_u64..300,
        near in 0_u64..400, off in -2_i64..=2, discount in discounts(), far in any::<(u64, i64)>(),
    ) {
        let rate = story.rate();
        let priced = rate.priced(session(&seed), false);
        let amount = |position| priced.amount(position, discount).expect("fits").get();
        let close = amount(from + near) - amount(from) + off;
        check_affordable(&priced, (from, from + more), close, discount)?;
        check_inverse(&priced, (from, far.0.max(from)), far.1, discount)?;
    }
}
