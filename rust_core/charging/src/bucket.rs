//! Buckets: allowances, quotas and wallets that pay for usage beside the balance.

use crate::clock::{CHARGE_TIME_WINDOW_MS, Millis};
use crate::id::Uuid;
use arcstr::ArcStr;
use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

/// The end of what never ends.
pub const FOREVER: Millis = Millis::MAX;

/// What one line used and holds of a shared bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Line.
    pub line: u16,
    /// In the bucket's unit.
    pub used: i64,
    /// In the bucket's unit.
    pub reserved: i64,
}

/// A bucket of an account. Its rule is an entry of the catalogue; what it holds is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its number in the account, never used again.
    pub id: u32,
    /// Code of its rule in the catalogue.
    pub code: ArcStr,
    /// The line it belongs to; `None` when the account's lines share it.
    pub line: Option<u16>,
    /// The product instance that granted it (the line's id for its main product); `None` for a
    /// wallet.
    pub instance: Option<Uuid>,
    /// What it held at first, in its unit (micros for money).
    pub initial: i64,
    /// What was taken out.
    pub used: i64,
    /// What running grants hold.
    pub reserved: i64,
    /// From when it may pay; [`FOREVER`] while the line has left the product that granted it.
    pub valid_from: Millis,
    /// Until when.
    pub expires_at: Millis,
    /// At its end the next one of its kind opens: true of the newest one of a renewing rule.
    pub renews: bool,
    /// Periods its rest may still be carried into.
    pub rollovers_left: u8,
    /// Thresholds told already, a bit each in the rule's order; the highest bit: the end is near.
    pub told: u16,
    /// Who used it, when it is shared.
    pub members: ThinVec<Member>,
}

impl Bucket {
    /// What may still be taken or held.
    #[must_use]
    pub fn free(&self) -> i64 {
        self.initial - self.used - self.reserved
    }

    /// Whether its time is: grants that hold of it may use what they hold at any time. Buckets begin
    /// by our clock, and may pay for what a client's clock says was a little before.
    #[must_use]
    pub fn is_valid(&self, at: Millis) -> bool {
        self.valid_from.saturating_sub(CHARGE_TIME_WINDOW_MS) <= at && at < self.expires_at
    }

    /// Whether the line has left the product that granted it. What is left of it waits for its end, or
    /// for the line to come back.
    #[must_use]
    pub fn is_withdrawn(&self) -> bool {
        self.valid_from == FOREVER
    }

    /// Whether it pays at `at` for the line.
    #[must_use]
    pub fn serves(&self, line: u16, at: Millis) -> bool {
        self.line.is_none_or(|own| own == line) && self.is_valid(at)
    }

    /// What a line used and holds of it.
    #[must_use]
    pub fn drawn_by(&self, line: u16) -> i64 {
        let member = self.members.iter().find(|member| member.line == line);
        member.map_or(0, |member| member.used + member.reserved)
    }

    /// Applies a change.
    pub(crate) fn draw(&mut self, line: u16, used: i64, reserved: i64) {
        self.used += used;
        self.reserved += reserved;
        if self.line.is_some() {
            return;
        }
        match self.members.iter_mut().find(|member| member.line == line) {
            Some(member) => {
                member.used += used;
                member.reserved += reserved;
            }
            None => self.members.push(Member {
                line,
                used,
                reserved,
            }),
        }
    }
}

/// How far a discount's volume has been used in its period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// Code of the discount.
    pub code: Box<str>,
    /// The line; `None` when it is counted for the account.
    pub line: Option<u16>,
    /// Billed units, or micros.
    pub used: i64,
    /// When it starts again at zero.
    pub until: Millis,
}
