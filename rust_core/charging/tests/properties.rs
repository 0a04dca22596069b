//! Whatever comes in whatever order: nothing is overdrawn, lost or made, and recovery gives it back.

mod common;

use common::audit::same;
use common::random::{Step, document, step};
use common::story::*;
use common::*;
use openmvno_charging::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// The line whose cap is there from the start; that of the next one comes and goes.
const CAPPED: u8 = 1;
const LATE: u8 = 2;

fn bench(overrun: &str, limit: i64) -> Bench {
    let mut bench = Bench::empty_on(&document("1.00", "0.10"));
    let second = compiled(&document("0.20", "2.00"));
    bench.catalogs.push((2, second));
    load_all(&mut bench.shard, &bench.catalogs);
    bench.set("2026-03-27T12:00:00Z");
    let fields = format!(
        r#""currency":"EUR","overrun":"{overrun}","credit_limit":{limit},"time_zone":"Europe/Zagreb""#
    );
    bench.done("open_account", &fields);
    bench.activate(1);
    for number in 0..3 {
        bench.add_line(number, if number == 0 { "texter" } else { "pooled" });
    }
    bench.done(
        "change_account",
        r#""partners":["near"],"low_balance":500000,"limit_warning":200000"#,
    );
    bench.change_line(CAPPED, r#""spending_cap":{"amount":700000,"renew":"day"}"#);
    bench.pay_in(2 * EUR);
    bench
}

fn unit(group: u32, ask: Option<u64>, used: Option<u64>, after: u64) -> UnitRequest {
    UnitRequest {
        requested: ask.map_or(Requested::ServerChooses, Requested::Units),
        used_after_change: (after > 0).then_some(after),
        ..units(Some(group), None, used)
    }
}

struct Run {
    slices: Vec<(i32, u64, Vec<u8>)>,
    debit: Option<Uuid>,
    number: u32,
}

impl Run {
    fn step(&mut self, bench: &mut Bench, step: &Step) {
        self.number += 1;
        let number = self.number;
        let name = format!("n{number}");
        let session = |s: &u8| format!("s{s}");
        match *step {
            Step::Open(ref s, line, group, ask) => {
                let opened = data(Kind::Initial, "", 0, &[unit(group, ask, None, 0)]);
                let _ = bench.go(Request {
                    session: SessionRef::Named(&session(s)),
                    line,
                    ..opened
                });
            }
            Step::Report(ref s, group, ask, used, after) => {
                let reports = [unit(group, ask, Some(used), after)];
                let _ = bench.go(data(Kind::Update, &session(s), number, &reports));
            }
            Step::Close(ref s, group, used) => {
                let reports = [units(Some(group), None, Some(used))];
                let _ = bench.go(data(Kind::Terminate, &session(s), number, &reports));
            }
            Step::Message(line) => {
                let answer = bench.send(&Request { line, ..message() });
                self.debit = answer.cdr.or(self.debit);
            }
            Step::Money(line, amount) => {
                let mut money = units(None, Some(amount), None);
                money.money = true;
                let units = smallvec::smallvec![money];
                let _ = bench.send(&Request {
                    line,
                    units,
                    ..message()
                });
            }
            Step::RefundLast => {
                let _ = bench.go(Request {
                    session: SessionRef::Named(&name),
                    kind: Kind::Refund,
                    refund_of: self.debit,
                    ..message()
                });
            }
            Step::File(number, usage) => {
                let (id, at) = (line(number), bench.now);
                let fields = format!(
                    r#""line":"{id}","content_key":"{name}","service":"data","direction":"originating",
                       "rating_group":1,"usage":{usage},"started_at":{at}"#
                );
                let _ = bench.tell("rate_usage", &fields);
            }
            Step::PayIn(amount) => bench.pay_in(amount),
            Step::TakeOut(amount) => {
                let fields =
                    format!(r#""amount":-{amount},"reason":"adjustment","reference":"{LINE}""#);
                let _ = bench.tell("adjust_balance", &fields);
            }
            Step::Wallet(number, kind, amount) => {
                let (id, bucket) = (line(number), if kind < 3 { "gift" } else { "units" });
                let pay = ["balance", "cash", "none"][usize::from(kind % 3)];
                let amount = if kind < 3 { amount } else { amount % 100 + 1 };
                let fields = format!(
                    r#""line":"{id}","bucket":"{bucket}","amount":{amount},"days":2,"pay":"{pay}","reference":"{LINE}""#
                );
                let _ = bench.tell("top_up_wallet", &fields);
            }
            Step::Pack(number, instance) => {
                let fields = format!(
                    r#""line":"{}","instance":"{}","product":"pack""#,
                    line(number),
                    id(10 * number + instance)
                );
                let _ = bench.tell("add_product", &fields);
            }
            Step::Unpack(number, instance) => {
                let instance = id(10 * number + instance);
                let fields = format!(r#""line":"{}","instance":"{instance}""#, line(number));
                let _ = bench.tell("remove_product", &fields);
            }
            Step::Product(number, pooled) => {
                let product = if pooled { "pooled" } else { "texter" };
                bench.change_line(number, &format!(r#""product":"{product}""#));
            }
            Step::Status(number, status) => {
                let status = ["active", "active", "blocked"][usize::from(status)];
                bench.change_line(number, &format!(r#""status":"{status}""#));
            }
            Step::OwnBalance(number, own) => {
                bench.change_line(number, &format!(r#""own_balance":{own}"#));
            }
            Step::LateCap(set) => {
                let cap = if set {
                    r#"{"amount":400000,"renew":"week"}"#
                } else {
                    "null"
                };
                bench.change_line(LATE, &format!(r#""spending_cap":{cap}"#));
            }
            Step::Catalog(first) => bench.activate(if first { 1 } else { 2 }),
            Step::Wait(millis) => bench.tick_after(millis),
            Step::Commit => {
                bench.commit();
                bench.shard.mark(bench.rows.len() as u64);
            }
            Step::Slice => {
                bench.commit();
                let seq = bench.rows.len() as u64;
                bench.shard.mark(seq);
                if let Some((slice, payload)) = bench.shard.next_slice(seq) {
                    self.slices.push((slice, seq, payload));
                }
            }
        }
        bench.check_state_but(&[u16::from(LATE)]);
    }
}

fn run(bench: &mut Bench, steps: &[Step]) -> Run {
    let mut run = Run {
        slices: Vec::new(),
        debit: None,
        number: 0,
    };
    for step in steps {
        run.step(bench, step);
    }
    run
}

fn recovered(bench: &mut Bench, slices: Vec<(i32, u64, Vec<u8>)>) -> Shard {
    bench.commit();
    let latest: BTreeMap<_, _> = slices
        .into_iter()
        .map(|(slice, seq, payload)| (slice, (seq, payload)))
        .collect();
    let mut shard = Shard::new(0, Limits::default());
    load_all(&mut shard, &bench.catalogs);
    for (slice, (seq, payload)) in &latest {
        shard
            .restore_slice(*slice, *seq, payload)
            .expect("restores");
    }
    let from = shard.replay_floor();
    for (seq, row) in (1..).zip(&bench.rows).filter(|(seq, _)| *seq > from) {
        shard.replay(seq, row).expect("replays");
    }
    shard
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn nothing_is_overdrawn_lost_or_made(
        debt in any::<bool>(),
        limit in prop_oneof![Just(0_i64), Just(1_500_000)],
        steps in prop::collection::vec(step(), 1..90),
    ) {
        let mut bench = bench(if debt { "debt" } else { "absorb" }, limit);
        let done = run(&mut bench, &steps);
        bench.check_recovery();
        let restored = recovered(&mut bench, done.slices);
        same(&bench.shard, &restored);
        // Silence: every session is given up, then forgotten; nothing is held and the books are closed.
        bench.tick_after(2_000_000);
        bench.tick_after(100_000);
        prop_assert_eq!(bench.shard.sessions().count(), 0);
        bench.check_state_but(&[u16::from(LATE)]);
        bench.check_recovery();
        prop_assert_eq!(bench.account().reserved, 0);
        prop_assert!(bench.account().buckets.iter().all(|bucket| bucket.reserved == 0));
    }
}
