//! What the materialiser is given: sums and balances.

use crate::support::{Bench, NOW, call, seconds, write};
use openmvno_charging::Uuid;
use openmvno_diameter::credit_control::RequestType;
use openmvno_node::{BalanceRow, Expansion, LatestBalances, Measure, expand};

const MINUTE: i64 = 60_000;

fn calls() -> Expansion {
    let mut bench = Bench::new(3);
    let id = bench.connect("gw.example", None);
    for (index, now) in [(1u8, NOW), (2, NOW), (3, NOW + 40_000)] {
        let (session, msisdn) = (format!("s{index}"), format!("38591{index:07}"));
        let mut open = call(RequestType::Initial, &session, 0, &msisdn);
        open.requested = Some(seconds(60));
        bench.node.feed(id, &write(&open, 1), now);
        let used = [seconds(30)];
        let mut close = call(RequestType::Termination, &session, 1, &msisdn);
        close.used = &used;
        bench.node.feed(id, &write(&close, 2), now);
        // What is not durable for long is refused.
        bench.commit();
    }
    let rows = bench.rows.iter();
    expand(rows.map(|(shard, seq, row)| (*shard, *seq, row.as_slice()))).expect("readable")
}

#[test]
fn sums_are_those_of_the_rows_by_minute() {
    let expansion = calls();
    let usage: Vec<_> = (expansion.sums.iter())
        .filter(|sum| sum.measure == Measure::Usage)
        .map(|sum| (sum.minute, sum.events, sum.usage, sum.amount))
        .collect();
    let charged: i64 = expansion.charged.values().sum();
    let (minute, each) = (NOW - NOW % MINUTE, i128::from(charged / 3));
    assert_eq!(
        usage,
        [(minute, 2, 60, 2 * each), (minute + MINUTE, 1, 30, each)]
    );
    let postings = || {
        let sums = expansion.sums.iter();
        sums.filter(|sum| sum.measure == Measure::Posting)
    };
    assert_eq!(
        postings().map(|sum| sum.events).sum::<u64>(),
        expansion.posting_count
    );
    assert_eq!(postings().map(|sum| sum.amount).sum::<i128>(), 0);
    let revenue: i128 = postings()
        .filter(|sum| sum.kind == "revenue")
        .map(|sum| sum.amount)
        .sum();
    assert_eq!(revenue, -i128::from(charged));
}

fn balance(account: u8, balance: i64) -> BalanceRow {
    BalanceRow {
        tenant: Uuid([1; 16]),
        account: Uuid([account; 16]),
        currency: "EUR".to_owned(),
        balance,
        as_of: NOW,
    }
}

fn copies(balances: &[&[BalanceRow]], rows: usize) -> Vec<Vec<u8>> {
    let mut latest = LatestBalances::default();
    for newer in balances {
        latest.collect(newer);
    }
    latest.copies(rows)
}

#[test]
fn each_account_has_its_latest_balance_alone() {
    let expected = copies(&[&[balance(1, 10), balance(2, 21)]], 5);
    assert_eq!(expected.len(), 1);
    assert_eq!(
        copies(&[&[balance(2, 20)], &[balance(2, 21), balance(1, 10)]], 5),
        expected
    );
    assert_eq!(copies(&[&[balance(1, 10), balance(2, 21)]], 1).len(), 2);
    assert!(copies(&[], 5).is_empty());
}

#[test]
fn what_could_not_be_written_does_not_hide_what_is_newer() {
    let mut older = LatestBalances::default();
    older.collect(&[balance(1, 10), balance(2, 20)]);
    let mut newer = LatestBalances::default();
    newer.collect(&[balance(2, 21)]);
    newer.collect_older(&older);
    assert_eq!(
        newer.copies(5),
        copies(&[&[balance(1, 10), balance(2, 21)]], 5)
    );
}
