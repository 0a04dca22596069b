//! The auditor's own copy of what products grant: buckets, discounts and add-ons, written down a
//! second time.

/// What a bucket holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Units of its service.
    Units,
    /// Micros.
    Money,
}

/// What happens to usage when a bucket has nothing left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The next payer pays.
    Others,
    /// Nobody pays: it is refused.
    Refuse,
    /// It goes on for nothing.
    Throttle,
}

/// What a bucket may be spent on: service, Rating-Group, and its units for how many of the service.
pub(super) type Spent = (&'static str, Option<u32>, i64, i64);

/// The terms of a bucket.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) code: &'static str,
    pub(super) holds: Holds,
    pub(super) amount: i64,
    pub(super) priority: u16,
    /// Every hour anew.
    pub(super) hourly: bool,
    pub(super) days: Option<i64>,
    pub(super) rollover: u8,
    pub(super) after: After,
    pub(super) shared: bool,
    pub(super) member_cap: Option<i64>,
    pub(super) interval: i64,
    pub(super) pays: &'static [Spent],
    /// Its top-ups: code, price, content, days.
    pub(super) top_ups: &'static [(&'static str, i64, i64, i64)],
}

const BLANK: Terms = Terms {
    code: "",
    holds: Holds::Units,
    amount: 0,
    priority: 100,
    hourly: false,
    days: None,
    rollover: 0,
    after: After::Others,
    shared: false,
    member_cap: None,
    interval: 1,
    pays: &[],
    top_ups: &[],
};

const MINS: Terms = Terms {
    code: "mins",
    amount: 120,
    hourly: true,
    rollover: 1,
    pays: &[("voice", None, 1, 1)],
    ..BLANK
};

const POOL: Terms = Terms {
    code: "pool",
    amount: 3_000,
    priority: 90,
    hourly: true,
    shared: true,
    member_cap: Some(2_000),
    pays: &[("data", Some(10), 1, 1)],
    ..BLANK
};

const TEXTS: Terms = Terms {
    code: "texts",
    amount: 4,
    priority: 50,
    days: Some(1),
    pays: &[("sms", None, 1, 1)],
    ..BLANK
};

const COINS: Terms = Terms {
    code: "coins",
    priority: 120,
    shared: true,
    member_cap: Some(12),
    interval: 2,
    pays: &[("voice", None, 3, 60), ("sms", None, 1, 1)],
    top_ups: &[("plus", 250_000, 20, 1)],
    ..BLANK
};

static FIRST: [Terms; 6] = [
    MINS,
    POOL,
    TEXTS,
    COINS,
    Terms {
        code: "gift",
        holds: Holds::Money,
        amount: 400_000,
        priority: 60,
        days: Some(1),
        pays: &[("data", None, 1, 1), ("voice", None, 1, 1)],
        ..BLANK
    },
    Terms {
        code: "purse",
        holds: Holds::Money,
        priority: 150,
        pays: &[("sms", None, 1, 1), ("data", None, 1, 1)],
        top_ups: &[
            ("plus", 300_000, 500_000, 1),
            ("minus", 600_000, 400_000, 2),
        ],
        ..BLANK
    },
];

static SECOND: [Terms; 4] = [
    Terms {
        amount: 90,
        rollover: 2,
        after: After::Refuse,
        ..MINS
    },
    Terms {
        amount: 2_000,
        after: After::Throttle,
        ..POOL
    },
    Terms {
        amount: 3,
        after: After::Refuse,
        ..TEXTS
    },
    Terms {
        priority: 1_200,
        ..COINS
    },
];

/// The terms of a bucket in a catalogue version, if it has them.
pub(super) fn terms(version: u64, code: &str) -> Option<&'static Terms> {
    let all: &'static [Terms] = if version == 1 { &FIRST } else { &SECOND };
    all.iter().find(|terms| terms.code == code)
}

/// Whether a bucket of this code holds money, in whichever version it came from.
pub(super) fn holds_money(code: &str) -> bool {
    terms(1, code).is_some_and(|terms| terms.holds == Holds::Money)
}

/// What each line may draw from a shared bucket of this code: the same in both versions.
pub(super) fn member_cap(code: &str) -> Option<i64> {
    terms(1, code)?.member_cap
}

impl Terms {
    /// Which of its entries pays for the service and Rating-Group.
    pub(super) fn entry(&self, service: &str, group: Option<u32>) -> Option<usize> {
        let mut entries = self.pays.iter();
        entries.position(|&(of, only, ..)| of == service && (only.is_none() || only == group))
    }

    /// What the first `units` that an entry pays for cost, in the bucket's own units.
    pub(super) fn cost(&self, entry: usize, units: i64) -> i64 {
        let (_, _, cost, per) = self.pays[entry];
        let whole = (units * cost + per - 1) / per;
        (whole + self.interval - 1) / self.interval * self.interval
    }
}

/// A discount by volume.
#[derive(Clone, Copy, Debug)]
pub(super) struct Discount {
    pub(super) code: &'static str,
    /// Counted for the account, not the line.
    pub(super) shared: bool,
    /// Micros are counted, not units.
    pub(super) money: bool,
    /// From which volume on how much is taken off, in ten-thousandths.
    tiers: &'static [(i64, i64)],
}

impl Discount {
    /// What is taken off a unit before which so much was counted.
    pub(super) fn at(&self, volume: i64) -> i64 {
        let reached = self.tiers.iter().rfind(|&&(from, _)| from <= volume);
        reached.map_or(0, |&(_, off)| off)
    }
}

static VOLUME: [Discount; 2] = [
    Discount {
        code: "volume",
        shared: false,
        money: false,
        tiers: &[(0, 0), (600, 1_000), (1_500, 2_500)],
    },
    Discount {
        code: "volume",
        shared: false,
        money: false,
        tiers: &[(0, 3_000), (800, 500)],
    },
];

static SPEND: [Discount; 2] = [
    Discount {
        code: "spend",
        shared: true,
        money: true,
        tiers: &[(0, 0), (200_000, 1_250)],
    },
    Discount {
        code: "spend",
        shared: true,
        money: true,
        tiers: &[(0, 0), (150_000, 5_000)],
    },
];

/// The discount on a service for lines of a main product.
pub(super) fn discount(version: u64, product: &str, service: &str) -> Option<&'static Discount> {
    let at = usize::from(version != 1);
    match (product, service) {
        ("basic", "data") => Some(&VOLUME[at]),
        ("basic" | "flat", "voice") => Some(&SPEND[at]),
        _ => None,
    }
}

/// The buckets a product grants, in order.
pub(super) fn granted(version: u64, product: &str) -> &'static [&'static str] {
    match product {
        "basic" => &["mins", "pool"],
        "flat" => &["pool"],
        "extra" if version == 1 => &["texts", "gift"],
        "extra" | "once" => &["texts"],
        _ => &[],
    }
}

/// Whether lines may be on a main product of this code.
pub(super) fn is_main(product: &str) -> bool {
    matches!(product, "basic" | "flat" | "bare")
}

/// Whether an add-on may be given to a line of a main product that has others already.
pub(super) fn may_add(addon: &str, main: &str, has: &[&str]) -> bool {
    match addon {
        "extra" => true,
        "once" => main == "basic" && !has.contains(&"once"),
        _ => false,
    }
}
