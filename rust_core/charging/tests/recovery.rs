//! What a shard is after recovery: what it was.

mod common;

use common::audit::same;
use common::*;
use openmvno_charging::*;
use proptest::prelude::*;

#[test]
fn an_outage_expires_nobody() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    let mut shard = bench.replayed();
    let mut journal = JournalWriter::default();
    let later = bench.now + 3_600_000;
    shard.begin(7, later, &mut journal);
    shard.tick(later, 500, &mut journal);
    assert_eq!(
        shard
            .account(TENANT, ACCOUNT)
            .map(|account| account.reserved),
        Some(100_000)
    );
    let update = voice(Kind::Update, "call", 1, Some(60), Some(60));
    let Outcome::Held(answer) = shard.charge(&update, later, &mut journal) else {
        panic!("the session went on");
    };
    assert_eq!(answer.result, ResultCode::SUCCESS);
}

#[test]
fn a_closed_sessions_answer_outlives_a_restart() {
    let mut bench = Bench::with_balance(EUR);
    bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    let last = voice(Kind::Terminate, "call", 1, None, Some(61));
    let answer = bench.charge(&last);
    let mut shard = bench.replayed();
    let mut journal = JournalWriter::default();
    shard.begin(7, bench.now + 600_000, &mut journal);
    let again = shard.charge(&last, bench.now + 600_000, &mut journal);
    assert_eq!(again, Outcome::Held(answer));
}

#[test]
fn a_snapshot_pass_does_not_go_on_after_another_owner() {
    let mut bench = Bench::with_balance(100 * EUR);
    let mut shard = bench.replayed();
    let mut journal = JournalWriter::default();
    shard.begin(7, bench.now, &mut journal);
    let _ = journal.take(Vec::new());
    assert!(shard.next_slice(5).is_some(), "a pass has begun");
    // Another engine owns it for a while, and writes a lot.
    bench.now += 10 * 60_000;
    for number in 0..100 {
        bench.now += 1_000;
        let sms = Request {
            service: SMS,
            ..request(Kind::Debit, "later", number)
        };
        assert_eq!(bench.charge(&sms).result, ResultCode::SUCCESS);
        bench.commit();
    }
    let later = &bench.rows[bench.rows.len() - 100..];
    for (seq, row) in (100..).zip(later) {
        shard.replay(seq, row).expect("replays");
    }
    shard.begin(8, bench.now, &mut journal);
    let mut slices = Vec::new();
    while let Some(slice) = shard.next_slice(200) {
        slices.push(slice);
    }
    let mut second = Shard::new(0, Limits::default());
    load(&mut second);
    for (slice, payload) in &slices {
        let restored = second.restore_slice(*slice, 200, payload);
        restored.expect("restores");
    }
    assert!(second.replay_floor() >= 99, "{}", second.replay_floor());
}

/// Simulator seed 3: a snapshot pass soon after a restart moved the start of replay past the answers
/// that the first replay had brought along, and a second restart forgot them.
#[test]
fn an_answer_outlives_two_restarts_with_a_snapshot_between() {
    let mut bench = Bench::with_balance(EUR);
    let sms = Request {
        service: SMS,
        ..request(Kind::Debit, "m1", 0)
    };
    let answer = bench.charge(&sms);
    let mut shard = bench.replayed();
    let mut journal = JournalWriter::default();
    shard.begin(7, bench.now + 5_000, &mut journal);
    bench.rows.push(journal.take(Vec::new()));
    let seq = bench.rows.len() as u64;
    shard.mark(seq);
    let mut slices = Vec::new();
    while let Some(slice) = shard.next_slice(seq) {
        slices.push(slice);
    }
    let mut second = Shard::new(0, Limits::default());
    load(&mut second);
    for (slice, payload) in &slices {
        second
            .restore_slice(*slice, seq, payload)
            .expect("restores");
    }
    let from = second.replay_floor();
    for (seq, row) in (1..).zip(&bench.rows).filter(|(seq, _)| *seq > from) {
        second.replay(seq, row).expect("replays");
    }
    let again = second.charge(&sms, bench.now + 10_000, &mut journal);
    assert_eq!(again, Outcome::Held(answer));
    assert!(journal.is_empty(), "nothing is charged again");
}

/// Simulator seed 5787: a key used again after its first answer was forgotten; a replay, which does
/// not know what time made forget, kept the first answer and dropped the second.
#[test]
fn the_newer_of_two_answers_under_one_key_outlives_a_restart() {
    let mut bench = Bench::with_balance(EUR);
    let sms = Request {
        service: SMS,
        ..request(Kind::Debit, "m1", 0)
    };
    let first = bench.charge(&sms);
    bench.tick_after(61_000);
    let second = bench.charge(&sms);
    assert_ne!(first, second);
    let mut shard = bench.replayed();
    let mut journal = JournalWriter::default();
    let later = bench.now + 30_000;
    assert_eq!(
        shard.charge(&sms, later, &mut journal),
        Outcome::Held(second)
    );
    assert!(journal.is_empty(), "nothing is charged again");
}

#[derive(Clone, Debug)]
enum Step {
    Open(u8, u64),
    Report(u8, u64, u64),
    Close(u8, u64),
    Message(u8),
    TopUp(u32),
    Wait(u32),
    Commit,
    Slice,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u8..6, 0u64..3_000).prop_map(|(s, ask)| Step::Open(s, ask)),
        (0u8..6, 0u64..3_000, 0u64..3_000).prop_map(|(s, ask, used)| Step::Report(s, ask, used)),
        (0u8..6, 0u64..3_000).prop_map(|(s, used)| Step::Close(s, used)),
        (0u8..20).prop_map(Step::Message),
        (0u32..2_000_000).prop_map(Step::TopUp),
        (0u32..1_500_000).prop_map(Step::Wait),
        Just(Step::Commit),
        Just(Step::Slice),
    ]
}

fn run(bench: &mut Bench, steps: &[Step], slices: &mut Vec<(i32, u64, Vec<u8>)>) {
    let mut number = 0;
    for step in steps {
        number += 1;
        let name = |session: &u8| format!("s{session}");
        match step {
            Step::Open(s, ask) => {
                let group = units(Some(10), Some(*ask), None);
                let _ = bench.charge(&data(Kind::Initial, &name(s), 0, &[group]));
            }
            Step::Report(s, ask, used) => {
                let group = units(
                    Some(if used % 2 == 0 { 10 } else { 20 }),
                    Some(*ask),
                    Some(*used),
                );
                let _ = bench.charge(&data(Kind::Update, &name(s), number, &[group]));
            }
            Step::Close(s, used) => {
                let group = units(Some(10), None, Some(*used));
                let _ = bench.charge(&data(Kind::Terminate, &name(s), number, &[group]));
            }
            Step::Message(m) => {
                let id = format!("m{m}");
                let sms = Request {
                    service: SMS,
                    ..request(Kind::Debit, &id, 0)
                };
                let _ = bench.charge(&sms);
            }
            Step::TopUp(amount) => {
                let _ = bench.command(&top_up(i64::from(*amount)));
            }
            Step::Wait(millis) => bench.tick_after(i64::from(*millis)),
            Step::Commit => {
                bench.commit();
                bench.shard.mark(bench.rows.len() as u64);
            }
            Step::Slice => {
                bench.commit();
                let seq = bench.rows.len() as u64;
                bench.shard.mark(seq);
                if let Some((slice, payload)) = bench.shard.next_slice(seq) {
                    slices.push((slice, seq, payload));
                }
            }
        }
        let account = bench.account();
        assert!(account.balance >= 0, "the balance fell below zero");
        assert!(
            account.reserved <= account.balance,
            "more is held than there is"
        );
        let held: i64 = bench
            .shard
            .sessions()
            .flat_map(|s| s.units.iter())
            .flat_map(|u| &u.holds)
            .map(|hold| hold.amount)
            .sum();
        assert_eq!(account.reserved, held, "what is held is held by sessions");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_journal_alone_rebuilds_the_shard(steps in prop::collection::vec(step(), 1..60)) {
        let mut bench = Bench::with_balance(3 * EUR);
        run(&mut bench, &steps, &mut Vec::new());
        let replayed = bench.replayed();
        same(&bench.shard, &replayed);
    }

    #[test]
    fn fuzzy_slices_and_the_rest_of_the_journal_rebuild_the_shard(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let mut bench = Bench::with_balance(3 * EUR);
        let mut slices = Vec::new();
        run(&mut bench, &steps, &mut slices);
        bench.commit();
        let mut latest = std::collections::BTreeMap::new();
        for (slice, seq, payload) in slices {
            latest.insert(slice, (seq, payload));
        }
        let mut shard = Shard::new(0, Limits::default());
        load(&mut shard);
        // The account slices alone are no snapshot: only a finished pass lets replay start later.
        for (slice, (seq, payload)) in &latest {
            shard.restore_slice(*slice, *seq, payload).expect("restores");
        }
        let from = shard.replay_floor();
        for (seq, row) in (1..).zip(&bench.rows).filter(|(seq, _)| *seq > from) {
            shard.replay(seq, row).expect("replays");
        }
        same(&bench.shard, &shard);
    }

    #[test]
    fn postings_of_every_cdr_sum_to_zero_and_match_the_balance(
        steps in prop::collection::vec(step(), 1..60)
    ) {
        let mut bench = Bench::with_balance(3 * EUR);
        run(&mut bench, &steps, &mut Vec::new());
        bench.tick_after(2_000_000);
        bench.commit();
        let mut balance = 0i64;
        for row in &bench.rows {
            for record in JournalReader::new(row).expect("format") {
                for effect in record.expect("readable").effects {
                    let legs: Vec<Posting> = match &effect {
                        Effect::Recorded(cdr) => postings_of_cdr(cdr).collect(),
                        Effect::Adjusted { reason, amount, .. } => {
                            postings_of_adjustment(*reason, *amount).collect()
                        }
                        _ => continue,
                    };
                    prop_assert_eq!(legs.iter().map(|leg| leg.amount).sum::<i64>(), 0);
                    let own = legs.iter().filter(|leg| leg.account == LedgerAccount::Balance);
                    balance -= own.map(|leg| leg.amount).sum::<i64>();
                }
            }
        }
        prop_assert_eq!(balance, bench.account().balance);
        prop_assert_eq!(bench.account().reserved, 0);
    }

    #[test]
    fn damaged_payloads_are_errors_not_panics(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(reader) = JournalReader::new(&bytes) {
            for _ in reader {}
        }
        let mut shard = Shard::new(0, Limits::default());
        let _ = shard.restore_slice(0, 1, &bytes);
        let _ = shard.restore_slice(META_SLICE, 1, &bytes);
    }
}
