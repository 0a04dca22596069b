//! In which direction a value moves as units grow.

use super::ExpressionError;

/// Why a value may fall, and why it may rise, as units grow; neither for one that does not move. Of a
/// condition: rising means that it begins to hold and never ceases.
#[derive(Clone, Debug, Default)]
pub(crate) struct Growth {
    pub(crate) may_fall: Option<ExpressionError>,
    pub(crate) may_rise: Option<ExpressionError>,
}

impl Growth {
    pub(crate) fn unknown(at: usize, message: &str) -> Self {
        let error = ExpressionError::new(at, message);
        Self {
            may_fall: Some(error.clone()),
            may_rise: Some(error),
        }
    }

    pub(crate) const fn is_still(&self) -> bool {
        self.may_fall.is_none() && self.may_rise.is_none()
    }

    /// What moves like both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            may_fall: self.may_fall.or(other.may_fall),
            may_rise: self.may_rise.or(other.may_rise),
        }
    }

    pub(crate) fn reversed(self) -> Self {
        Self {
            may_fall: self.may_rise,
            may_rise: self.may_fall,
        }
    }
}
