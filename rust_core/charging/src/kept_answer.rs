//! The last answer of a session, small: every open session has one.

use crate::answer::{Answer, ResultCode, UnitAnswer};
use crate::clock::Millis;
use crate::request::UnitKey;
use crate::session::Measure;
use openmvno_rating::BucketRuleId;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// An answer as a session keeps it for retransmissions. In a session only a result and the answers
/// for its units are ever said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    units: SmallVec<[KeptUnit; 1]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct KeptUnit {
    key: UnitKey,
    /// [`NOTHING_GRANTED`] for none.
    granted: u64,
    /// [`NO_CHANGE`] for none.
    tariff_change: Millis,
    validity: u32,
    result: ResultCode,
    measure: Measure,
    last: bool,
    throttle: Option<BucketRuleId>,
}

/// More than any service lets be granted.
const NOTHING_GRANTED: u64 = u64::MAX;
const NO_CHANGE: Millis = Millis::MAX;

impl KeptAnswer {
    /// What is kept of an answer.
    pub(crate) fn of(answer: &Answer) -> Self {
        let kept = Self {
            units: answer.units.iter().map(KeptUnit::of).collect(),
        };
        debug_assert_eq!(
            &kept.answer(answer.result),
            answer,
            "more is said than is kept"
        );
        kept
    }

    /// Whether units were granted.
    pub(crate) fn grants(&self) -> bool {
        let mut units = self.units.iter();
        units.any(|unit| unit.granted < NOTHING_GRANTED)
    }

    /// The answer, whose result the session has: it fits into a gap there.
    pub(crate) fn answer(&self, result: ResultCode) -> Answer {
        Answer {
            units: self.units.iter().map(KeptUnit::answer).collect(),
            ..Answer::of(result)
        }
    }
}

impl KeptUnit {
    fn of(unit: &UnitAnswer) -> Self {
        Self {
            key: unit.key,
            granted: unit.granted.unwrap_or(NOTHING_GRANTED),
            tariff_change: unit.tariff_change.unwrap_or(NO_CHANGE),
            validity: unit.validity,
            result: unit.result,
            measure: unit.measure,
            last: unit.last,
            throttle: unit.throttle,
        }
    }

    fn answer(&self) -> UnitAnswer {
        UnitAnswer {
            key: self.key,
            result: self.result,
            granted: (self.granted < NOTHING_GRANTED).then_some(self.granted),
            measure: self.measure,
            validity: self.validity,
            last: self.last,
            throttle: self.throttle,
            tariff_change: (self.tariff_change < NO_CHANGE).then_some(self.tariff_change),
        }
    }
}
