//! Words for stories: an account with lines on a catalogue of the story's own.

use super::*;
use openmvno_rating::parse_instant;

pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

/// A document with the services that stories use, and what else the story needs.
pub fn catalogue(rest: &str) -> String {
    format!(
        r#"{{"currency": "EUR",
        "services": [
          {{"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
            "grant": {{"default": 60, "maximum": 1000000, "validity_time": 600}}}},
          {{"code": "sms", "unit": "event", "service_contexts": ["32274@3gpp.org"],
            "grant": {{"default": 1, "maximum": 100, "validity_time": 600}}}},
          {{"code": "data", "unit": "octet", "service_contexts": ["32251@3gpp.org"],
            "grant": {{"default": 1000, "maximum": 100000000000, "validity_time": 600}}}}],
        {rest}}}"#
    )
}

/// The id of a line.
pub fn line(number: u8) -> Uuid {
    if number == 0 {
        LINE
    } else {
        Uuid([0x30 + number; 16])
    }
}

/// An id of something else: an add-on, a payment, a group.
pub fn id(number: u8) -> Uuid {
    Uuid([0x80 + number; 16])
}

impl Bench {
    /// An active line 0 on `product` with a balance, at an instant.
    pub fn story(catalog: &str, product: &str, balance: i64, at: &str) -> Self {
        Self::story_with(catalog, product, (balance, "absorb"), at)
    }

    pub fn story_with(catalog: &str, product: &str, money: (i64, &str), at: &str) -> Self {
        let mut bench = Self::empty_on(catalog);
        bench.set(at);
        bench.done(
            "open_account",
            &format!(r#""currency":"EUR","overrun":"{}""#, money.1),
        );
        bench.activate(1);
        bench.add_line(0, product);
        if money.0 != 0 {
            bench.pay_in(money.0);
        }
        bench
    }

    /// Sets the clock.
    pub fn set(&mut self, at: &str) {
        self.now = parse_instant(at).expect("an instant");
    }

    /// Sets the clock and lets the timers run.
    pub fn reach(&mut self, at: &str) {
        self.set(at);
        self.tick_after(0);
    }

    pub fn tell(&mut self, kind: &str, fields: &str) -> String {
        let comma = if fields.is_empty() { "" } else { "," };
        self.command(&format!(
            r#"{{"type":"{kind}","tenant":"{TENANT}","account":"{ACCOUNT}"{comma}{fields}}}"#
        ))
    }

    pub fn done(&mut self, kind: &str, fields: &str) -> String {
        let outcome = self.tell(kind, fields);
        assert!(
            outcome.contains("\"ok\":true"),
            "{kind} {fields}: {outcome}"
        );
        outcome
    }

    /// The code of a command's refusal, which changes nothing.
    pub fn refused(&mut self, kind: &str, fields: &str) -> String {
        let before = self.account().clone();
        let outcome = self.tell(kind, fields);
        let start = outcome
            .find("\"error\":\"")
            .unwrap_or_else(|| panic!("{kind} {fields}: {outcome}"))
            + 9;
        assert_eq!(
            *self.account(),
            before,
            "{kind} {fields} was refused and changed something"
        );
        assert_eq!(self.shard.command_seq(), self.commands);
        outcome[start..].split('"').next().unwrap_or("").to_owned()
    }

    pub fn activate(&mut self, version: u64) {
        let json =
            format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":{version}}}"#);
        let outcome = self.command(&json);
        assert!(outcome.contains("\"ok\":true"), "{outcome}");
    }

    /// Another version of the catalogue goes live.
    pub fn publish(&mut self, version: u64, catalog: &str) {
        self.catalogs.push((version, compiled(catalog)));
        load_all(&mut self.shard, &self.catalogs);
        self.activate(version);
    }

    pub fn add_line(&mut self, number: u8, product: &str) {
        let id = line(number);
        self.done(
            "open_line",
            &format!(
                r#""line":"{id}","product":"{product}","msisdn":"38591000000{number}",
                   "imsi":"21901000000000{number}","status":"active""#
            ),
        );
    }

    pub fn change_line(&mut self, number: u8, fields: &str) {
        let id = line(number);
        self.done("change_line", &format!(r#""line":"{id}",{fields}"#));
    }

    pub fn add_on(&mut self, number: u8, instance: Uuid, product: &str) {
        let id = line(number);
        let fields = format!(r#""line":"{id}","instance":"{instance}","product":"{product}""#);
        self.done("add_product", &fields);
    }

    pub fn pay_in(&mut self, amount: i64) {
        let fields = format!(r#""amount":{amount},"reason":"top_up","reference":"{ACCOUNT}""#);
        self.done("adjust_balance", &fields);
    }

    /// A request as of now.
    pub fn go(&mut self, request: Request<'_>) -> Answer {
        let at = self.now;
        self.charge(&Request { at, ..request })
    }

    /// A whole session like `base`: opened, used for `usage` (voice: so many seconds later), closed.
    pub fn spend(&mut self, base: &Request<'_>, usage: u64) -> Answer {
        self.names += 1;
        let name = format!("whole-{}", self.names);
        let session = SessionRef::Named(&name);
        let asked = |requested, used| UnitRequest {
            requested,
            used,
            ..base
                .units
                .first()
                .copied()
                .unwrap_or(units(None, None, None))
        };
        let opened = self.go(Request {
            session,
            number: 0,
            kind: Kind::Initial,
            units: smallvec![asked(Requested::Units(usage), None)],
            ..base.clone()
        });
        let granted = opened.units.first().map(|unit| unit.result);
        if (opened.result, granted) != (ResultCode::SUCCESS, Some(ResultCode::SUCCESS)) {
            return opened;
        }
        if base.service == VOICE {
            self.now += i64::try_from(usage).expect("short") * 1_000;
        }
        self.go(Request {
            session,
            number: 1,
            kind: Kind::Terminate,
            units: smallvec![asked(Requested::Nothing, Some(usage))],
            ..base.clone()
        })
    }

    /// A message or another event like `base`.
    pub fn send(&mut self, base: &Request<'_>) -> Answer {
        self.names += 1;
        let name = format!("event-{}", self.names);
        let session = SessionRef::Named(&name);
        let kind = Kind::Debit;
        self.go(Request {
            session,
            kind,
            ..base.clone()
        })
    }

    /// What is free in the buckets of a code that the lines may use, oldest first.
    pub fn free(&self, code: &str) -> Vec<i64> {
        self.free_where(code, |bucket| !bucket.is_withdrawn())
    }

    /// What is free in those that were withdrawn with their product.
    pub fn withdrawn(&self, code: &str) -> Vec<i64> {
        self.free_where(code, Bucket::is_withdrawn)
    }

    fn free_where(&self, code: &str, wanted: impl Fn(&Bucket) -> bool) -> Vec<i64> {
        let buckets = self.account().buckets.iter();
        let known = buckets.filter(|bucket| &*bucket.code == code && wanted(bucket));
        known.map(Bucket::free).collect()
    }
}

/// A call, to be [`Bench::spend`] or with a kind of its own.
pub fn call<'a>() -> Request<'a> {
    voice(Kind::Initial, "unnamed", 0, None, None)
}

/// A message.
pub fn message<'a>() -> Request<'a> {
    Request {
        service: SMS,
        ..request(Kind::Debit, "unnamed", 0)
    }
}

/// Data of a Rating-Group.
pub fn surf<'a>(group: u32) -> Request<'a> {
    data(
        Kind::Initial,
        "unnamed",
        0,
        &[units(Some(group), None, None)],
    )
}
