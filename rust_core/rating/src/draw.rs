//! Random steps of a formula, drawn from the session so that every rating of it draws the same.

use sha2::{Digest, Sha256};

/// Random steps a formula may have: one bit each in [`Drawn`].
pub(crate) const MAX_DRAWS: u8 = 64;

/// A step that happens or not, in the order of the formula. Draws are counted over the random ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chance {
    /// A surcharge due with this probability in percent.
    Surcharge { draw: u8, probability: u8 },
    /// The end of the session at `at`, up to `dispersion` units earlier; certain without a draw.
    End {
        draw: Option<u8>,
        probability: u8,
        at: u64,
        dispersion: u64,
    },
}

/// The draws of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drawn {
    surcharges: u64,
    /// Where the session ends, in units of usage.
    pub(crate) end: Option<u64>,
}

impl Drawn {
    pub(crate) const NOTHING: Self = Self {
        surcharges: 0,
        end: None,
    };

    /// Draws all chances; the first end that is drawn is the end.
    pub(crate) fn from_seed(chances: &[Chance], seed: &str) -> Self {
        let mut drawn = Self::NOTHING;
        for chance in chances {
            match *chance {
                Chance::Surcharge { draw, probability } => {
                    if Draw::new(seed, draw).happens(probability) {
                        drawn.surcharges |= 1 << draw;
                    }
                }
                Chance::End { draw: None, at, .. } => drawn.end = drawn.end.or(Some(at)),
                Chance::End {
                    draw: Some(draw),
                    probability,
                    at,
                    dispersion,
                } => {
                    let draw = Draw::new(seed, draw);
                    if drawn.end.is_none() && draw.happens(probability) {
                        drawn.end = Some(at - draw.up_to(dispersion).min(at));
                    }
                }
            }
        }
        drawn
    }

    /// A surcharge without a draw is always due.
    pub(crate) const fn is_due(self, draw: Option<u8>) -> bool {
        match draw {
            None => true,
            Some(draw) => self.surcharges >> draw & 1 == 1,
        }
    }
}

/// SHA-256(seed ‖ 0x00 ‖ draw): the first eight bytes decide, the next eight disperse.
struct Draw {
    decides: u64,
    disperses: u64,
}

impl Draw {
    fn new(seed: &str, draw: u8) -> Self {
        let digest = Sha256::new()
            .chain_update(seed)
            .chain_update([0, draw])
            .finalize();
        let number = |bytes: &[u8]| {
            bytes
                .iter()
                .take(8)
                .fold(0, |number, &byte| number << 8 | u64::from(byte))
        };
        Self {
            decides: number(&digest),
            disperses: number(&digest[8..]),
        }
    }

    fn happens(&self, probability: u8) -> bool {
        self.decides % 100 < u64::from(probability)
    }

    fn up_to(&self, dispersion: u64) -> u64 {
        dispersion
            .checked_add(1)
            .map_or(self.disperses, |count| self.disperses % count)
    }
}
