//! The auditor's own prices: written down a second time, counted interval by interval.

use openmvno_charging::{LineStatus, UnitKey, UnitRequest};

/// A price in micros per `per` units, with intervals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    per: i64,
    fee: i64,
    first_interval: u64,
    next_interval: u64,
    first_price: i64,
    next_price: i64,
}

/// What a set of units is priced by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Price {
    Terms(Terms),
    /// The units are micros.
    Money,
}

const fn terms(per: i64, fee: i64, first: (u64, i64), next: (u64, i64)) -> Terms {
    Terms {
        per,
        fee,
        first_interval: first.0,
        next_interval: next.0,
        first_price: first.1,
        next_price: next.1,
    }
}

impl Price {
    /// The same where it follows another price: no fee, and further intervals only.
    pub(super) const fn continued(self) -> Self {
        match self {
            Self::Money => Self::Money,
            Self::Terms(was) => Self::Terms(terms(
                was.per,
                0,
                (was.next_interval, was.next_price),
                (was.next_interval, was.next_price),
            )),
        }
    }

    /// The end of the interval that `usage` has begun.
    pub(super) const fn begun(self, usage: u64) -> u64 {
        match self {
            Self::Terms(terms) if usage > 0 => {
                let mut covered = terms.first_interval;
                while covered < usage {
                    covered += terms.next_interval;
                }
                covered
            }
            _ => usage,
        }
    }

    /// Micros for the first `billed` units less `off` ten-thousandths, a half rounded up.
    pub(super) fn amount(self, billed: u64, off: i64) -> i64 {
        let whole = |units: u64| i64::try_from(units).unwrap_or(i64::MAX);
        let terms = match self {
            Self::Money => return whole(billed),
            Self::Terms(_) if billed == 0 => return 0,
            Self::Terms(terms) => terms,
        };
        let first = billed.min(terms.first_interval);
        let further = terms.next_price * whole(billed - first);
        let sum = terms.fee * terms.per + terms.first_price * whole(first) + further;
        let (share, parts) = (sum * (10_000 - off), terms.per * 10_000);
        (2 * share + parts) / (2 * parts)
    }

    /// Micros for `usage` units, whole intervals.
    pub(super) fn of(self, usage: u64) -> i64 {
        self.amount(self.begun(usage), 0)
    }
}

/// The service of a context or code.
pub(super) fn service(context: &str) -> &'static str {
    match context {
        "32260@3gpp.org" | "voice" => "voice",
        "32274@3gpp.org" | "sms" => "sms",
        _ => "data",
    }
}

/// The price of a set of units in a catalogue version; `None` where it has none.
pub(super) fn find(
    version: u64,
    context: &str,
    destination: &str,
    unit: &UnitRequest,
) -> Option<Price> {
    of_key(version, (context, destination), unit.key, unit.money)
}

/// The same for units that are known already.
pub(super) fn of_key(
    version: u64,
    (context, destination): (&str, &str),
    key: UnitKey,
    money: bool,
) -> Option<Price> {
    if money {
        return Some(Price::Money);
    }
    let first = version == 1;
    let found = match context {
        "32260@3gpp.org" | "voice" if destination.starts_with("3859") => {
            if first {
                terms(60, 20_000, (1, 250_000), (7, 250_000))
            } else {
                terms(60, 0, (10, 333_333), (10, 333_333))
            }
        }
        "32260@3gpp.org" | "voice" if destination.starts_with("385") => {
            if first {
                terms(60, 0, (60, 100_000), (6, 100_000))
            } else {
                terms(60, 0, (30, 300_000), (30, 120_000))
            }
        }
        "32274@3gpp.org" | "sms" => {
            let price = if first { 50_000 } else { 60_000 };
            terms(1, 0, (1, price), (1, price))
        }
        "32251@3gpp.org" | "data" => match key.rating_group {
            Some(10) if first => terms(1000, 0, (1, 1_000_000), (10, 1_000_000)),
            Some(10) => terms(777, 0, (1, 500_000), (20, 500_000)),
            Some(20) if first => terms(1024, 0, (250, 70_000), (100, 70_000)),
            Some(20) => terms(1, 0, (1, 0), (1, 0)),
            _ => return None,
        },
        _ => return None,
    };
    Some(Price::Terms(found))
}

/// (default, maximum) grant of a service.
pub(super) fn grant_sizes(context: &str) -> (u64, u64) {
    match context {
        "32260@3gpp.org" => (60, 300),
        "32274@3gpp.org" => (1, 5),
        _ => (500, 2_000),
    }
}

/// May a line in this status be granted anything?
pub(super) fn is_in_service(status: LineStatus) -> bool {
    status == LineStatus::Active
}
