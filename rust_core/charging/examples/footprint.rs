//! Octets of memory a subscriber with three buckets and an open session takes, and allocations of a
//! CCR-U: `cargo run --release -p openmvno-charging --example footprint`
#![allow(missing_docs, clippy::print_stdout)]

use openmvno_charging::{
    Direction, Evidence, Identity, IdentityDirectory, JournalWriter, Kind, Limits, LineAddress,
    Outcome, Request, Requested, ResultCode, ServiceName, SessionRef, Shard, UnitKey, UnitRequest,
    Uuid,
};
use openmvno_rating::Catalog;
use smallvec::smallvec;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts what is live, with what glibc's malloc adds: a word, in steps of 16, at least 32.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

const fn chunk(layout: Layout) -> usize {
    let size = (layout.size() + 8).next_multiple_of(16);
    if size < 32 { 32 } else { size }
}

// SAFETY: every call goes to the system's allocator as it came; the counters are beside it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.fetch_add(chunk(layout), Ordering::Relaxed);
        CALLS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is the one asked for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(chunk(layout), Ordering::Relaxed);
        // SAFETY: the caller's promise is the one asked for.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SUBSCRIBERS: usize = 50_000;
const TENANT: Uuid = Uuid([1; 16]);
const NOW: i64 = 1_793_487_600_000;
const CATALOG: &[u8] = br#"{
  "currency": "EUR",
  "services": [{"code": "voice", "unit": "second", "service_contexts": ["32260@3gpp.org"],
     "grant": {"default": 60, "maximum": 3600, "validity_time": 600}}],
  "rate_tables": [{"code": "voice", "service": "voice", "rates": [
      {"prefix": "", "name": "any", "price": "0.10", "per": 60}]}],
  "buckets": [
      {"code": "min100", "unit": "second", "amount": 6000, "renew": "month", "pays": [{"service": "voice"}]},
      {"code": "night", "unit": "second", "amount": 600, "pays": [{"service": "voice"}]},
      {"code": "bonus", "unit": "money", "amount": "5.00", "pays": [{"service": "voice"}]}],
  "products": [
      {"code": "plain", "rate_tables": ["voice"]},
      {"code": "bundle", "rate_tables": ["voice"], "buckets": ["min100", "night", "bonus"]}]
}"#;

struct Nobody;

impl IdentityDirectory for Nobody {
    fn holder(&self, _: Identity) -> Option<LineAddress> {
        None
    }
}

struct Work {
    shard: Shard,
    journal: JournalWriter,
    commands: u64,
}

impl Work {
    fn command(&mut self, json: &str) {
        self.commands += 1;
        let row = openmvno_charging::CommandRow {
            seq: self.commands,
            id: TENANT,
            json,
        };
        let outcome = self
            .shard
            .administer(row, &Nobody, NOW, &mut self.journal)
            .0;
        assert!(outcome.contains("\"ok\":true"), "{outcome}");
        self.journal.take(Vec::new());
    }

    fn charge(&mut self, request: &Request<'_>) {
        match self.shard.charge(request, NOW, &mut self.journal) {
            Outcome::Held(answer) | Outcome::Immediate(answer) => {
                assert_eq!(answer.units[0].result, ResultCode::SUCCESS);
            }
        }
    }
}

fn request(session: &str, account: u32, number: u32) -> Request<'_> {
    Request {
        session: SessionRef::Named(session),
        number,
        kind: if number == 0 {
            Kind::Initial
        } else {
            Kind::Update
        },
        account,
        line: 0,
        service: ServiceName::Context("32260@3gpp.org"),
        direction: Direction::Originating,
        destination: "38591234567",
        at: NOW + i64::from(number) * 1_000,
        context: None,
        units: smallvec![UnitRequest {
            key: UnitKey::default(),
            requested: Requested::Units(60),
            used: (number > 0).then_some(10),
            used_after_change: None,
            money: false,
        }],
        per_service: true,
        origin_host: "gateway.example",
        origin_realm: "example",
        origin_state: 0,
        correlation: "",
        refund_of: None,
        retransmitted: false,
        evidence: Evidence::Unasked,
        conditions_changed: false,
    }
}

fn measure(product: &str) {
    let catalog = Arc::new(Catalog::compile(CATALOG).expect("correct"));
    let mut work = Work {
        shard: Shard::new(0, Limits::default()),
        journal: JournalWriter::default(),
        commands: 0,
    };
    work.shard.load_catalog(TENANT, 1, catalog);
    work.command(&format!(
        r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#
    ));
    let before = LIVE.load(Ordering::Relaxed);
    for index in 0..SUBSCRIBERS as u64 {
        let id = Uuid::time_ordered(NOW, 0, index);
        for command in [
            format!(
                r#"{{"type":"open_account","tenant":"{TENANT}","account":"{id}","currency":"EUR","overrun":"absorb"}}"#
            ),
            format!(
                r#"{{"type":"open_line","tenant":"{TENANT}","account":"{id}","line":"{id}","product":"{product}",
                   "msisdn":"{}","imsi":"{}","status":"active"}}"#,
                999_000_000_000 + index,
                999_700_000_000_000 + index
            ),
            format!(
                r#"{{"type":"adjust_balance","tenant":"{TENANT}","account":"{id}","amount":1000000000,"reason":"top_up","reference":"{id}"}}"#
            ),
        ] {
            work.command(&command);
        }
    }
    let idle = LIVE.load(Ordering::Relaxed) - before;
    let sessions: Vec<String> = (0..SUBSCRIBERS)
        .map(|index| format!("gateway.example;1793487600;{index:010}"))
        .collect();
    let asked = LIVE.load(Ordering::Relaxed);
    for (account, session) in (0..).zip(&sessions) {
        work.charge(&request(session, account, 0));
        work.journal.take(Vec::new());
    }
    let open = LIVE.load(Ordering::Relaxed) - asked;
    println!(
        "{product}: {} octets an account with its line and buckets",
        idle / SUBSCRIBERS
    );
    println!(
        "{product}: {} octets more with an open session",
        open / SUBSCRIBERS
    );
    // The journal's buffer and the parts of a state grow to what they need with the first updates.
    for (account, session) in (0..).zip(&sessions).take(1_000) {
        for number in 1..5 {
            work.charge(&request(session, account, number));
        }
    }
    work.journal = JournalWriter::default();
    work.journal.take(Vec::with_capacity(1 << 20));
    work.charge(&request(&sessions[0], 0, 5));
    let calls = CALLS.load(Ordering::Relaxed);
    for (account, session) in (0..).zip(&sessions).take(1_000).skip(1) {
        work.charge(&request(session, account, 5));
    }
    let made = CALLS.load(Ordering::Relaxed) - calls;
    println!("{product}: {made} allocations of 999 CCR-U");
}

fn main() {
    measure("plain");
    measure("bundle");
}
