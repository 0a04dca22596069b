//! Catalogue versions that come into force at an instant.

mod common;

use common::*;
use openmvno_charging::*;
use openmvno_rating::Catalog;
use std::sync::Arc;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;

/// Data at 0.001 an octet and calls at 0.10 a minute; version 2 is dearer, version 3 dearer still.
fn bench() -> Bench {
    let mut bench = Bench::with_balance(100 * EUR);
    for (version, price) in [(2, "2.00"), (3, "3.00")] {
        let dearer = CATALOG
            .replace("\"price\": \"1.00\"", &format!("\"price\": \"{price}\""))
            .replace("\"price\": \"0.10\"", &format!("\"price\": \"{price}\""));
        let catalog = Arc::new(Catalog::compile(dearer.as_bytes()).expect("compiles"));
        bench.catalogs.push((version, Arc::clone(&catalog)));
        bench.shard.load_catalog(TENANT, version, catalog);
    }
    bench
}

fn schedule(bench: &mut Bench, version: u64, at: i64) -> String {
    bench.command(&format!(
        r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":{version},"at":{at}}}"#
    ))
}

fn withdraw(bench: &mut Bench, version: u64) -> String {
    bench.command(&format!(
        r#"{{"type":"withdraw_catalog","tenant":"{TENANT}","version":{version}}}"#
    ))
}

/// Version 2 an hour from now.
fn scheduled() -> (Bench, i64) {
    let mut bench = bench();
    let instant = bench.now + 60 * MINUTE;
    assert!(schedule(&mut bench, 2, instant).contains("\"ok\":true"));
    (bench, instant)
}

/// The price of one octet, now, of a client whose clock says `at`.
fn price_at(bench: &mut Bench, at: i64) -> i64 {
    bench.names += 1;
    let name = format!("s{}", bench.names);
    let ask = units(Some(10), Some(1), None);
    let first = Request {
        at,
        ..data(Kind::Initial, &name, 0, &[ask])
    };
    bench.charge(&first);
    let last = Request {
        at,
        ..data(Kind::Terminate, &name, 1, &[units(Some(10), None, Some(1))])
    };
    bench.charge(&last).cost.expect("a cost")
}

fn price_now(bench: &mut Bench) -> i64 {
    let now = bench.now;
    price_at(bench, now)
}

/// (cause is a timer, version) of every activation journaled so far.
fn activations(bench: &mut Bench) -> Vec<(bool, u64)> {
    bench.commit();
    let mut found = Vec::new();
    for row in &bench.rows {
        for record in JournalReader::new(row).expect("format") {
            let record = record.expect("readable");
            for effect in &record.effects {
                if let Effect::CatalogActivated { version, .. } = effect {
                    found.push((matches!(record.cause, Cause::Timer), *version));
                }
            }
        }
    }
    found
}

#[test]
fn the_first_request_after_the_instant_finds_the_new_version_in_force() {
    let (mut bench, instant) = scheduled();
    bench.now = instant - 1;
    assert_eq!(price_now(&mut bench), 1_000);
    assert_eq!(activations(&mut bench), [(false, 1)]);
    bench.now = instant;
    assert_eq!(price_now(&mut bench), 2_000);
    assert_eq!(activations(&mut bench), [(false, 1), (true, 2)]);
}

#[test]
fn it_comes_into_force_without_any_request() {
    let (mut bench, instant) = scheduled();
    bench.tick_after(60 * MINUTE + 100);
    assert_eq!(activations(&mut bench), [(false, 1), (true, 2)]);
    let turns = bench.shard.catalog_turns(TENANT);
    assert_eq!(turns.last(), Some(&(instant, 2)), "since its own time");
}

#[test]
fn the_clients_clock_says_which_side_of_the_instant_a_usage_is_on() {
    let (mut bench, instant) = scheduled();
    bench.now = instant - 10 * SECOND;
    assert_eq!(price_at(&mut bench, instant + SECOND), 2_000, "ahead of us");
    assert_eq!(price_at(&mut bench, instant - SECOND), 1_000);
    bench.now = instant + 10 * SECOND;
    assert_eq!(price_at(&mut bench, instant - SECOND), 1_000, "behind us");
    assert_eq!(price_at(&mut bench, instant), 2_000);
}

#[test]
fn calls_keep_their_version_and_data_changes_at_its_next_report() {
    let (mut bench, instant) = scheduled();
    bench.now = instant - MINUTE;
    let at = bench.now;
    let call = |kind, number, ask, used, at| Request {
        at,
        ..voice(kind, "call", number, ask, used)
    };
    bench.charge(&call(Kind::Initial, 0, Some(60), None, at));
    let surf = |kind, number, unit: UnitRequest, at| Request {
        at,
        ..data(kind, "surf", number, &[unit])
    };
    let asked = |used| units(Some(10), Some(1_000), used);
    bench.charge(&surf(Kind::Initial, 0, asked(None), at));
    bench.now = instant + MINUTE;
    let at = bench.now;
    bench.charge(&surf(Kind::Update, 1, asked(Some(400)), at));
    assert_eq!(
        bench.cdrs(),
        [(CdrKind::Session, 400, 400_000, 0)],
        "a partial CDR"
    );
    // A report that was under way longer does not take the session back.
    bench.charge(&surf(Kind::Update, 2, asked(Some(100)), instant - SECOND));
    bench.charge(&surf(
        Kind::Terminate,
        3,
        units(Some(10), None, Some(100)),
        at,
    ));
    bench.charge(&call(Kind::Terminate, 1, None, Some(60), at));
    assert_eq!(
        bench.cdrs()[1..],
        [
            (CdrKind::Session, 200, 400_000, 0),
            (CdrKind::Session, 60, 100_000, 0)
        ]
    );
}

#[test]
fn usage_from_a_file_is_priced_by_what_is_in_force_when_it_is_taken() {
    let (mut bench, instant) = scheduled();
    bench.now = instant + SECOND;
    let started = instant - 30 * MINUTE;
    let outcome = bench.command(&format!(
        r#"{{"type":"rate_usage","tenant":"{TENANT}","account":"{ACCOUNT}","line":"{LINE}",
           "content_key":"k","service":"data","direction":"originating","rating_group":10,
           "usage":10,"started_at":{started}}}"#
    ));
    assert!(outcome.contains("\"charged\":20000"), "{outcome}");
}

#[test]
fn two_versions_follow_each_other_and_none_takes_anothers_time() {
    let (mut bench, instant) = scheduled();
    let refused = schedule(&mut bench, 3, instant);
    assert!(refused.contains("catalog_time_taken"), "{refused}");
    assert!(schedule(&mut bench, 9, instant + 1).contains("catalog_unknown"));
    assert!(schedule(&mut bench, 3, instant + MINUTE).contains("ok"));
    bench.now = instant + 2 * MINUTE;
    assert_eq!(price_now(&mut bench), 3_000);
    assert_eq!(activations(&mut bench)[1..], [(true, 2), (true, 3)]);
    assert_eq!(price_at(&mut bench, instant + MINUTE - 1), 2_000);
}

#[test]
fn a_version_put_in_force_at_once_gives_way_to_the_one_to_come() {
    let (mut bench, instant) = scheduled();
    assert!(
        bench
            .command(&format!(
                r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":3}}"#
            ))
            .contains("ok")
    );
    bench.now += MINUTE;
    assert_eq!(price_now(&mut bench), 3_000);
    bench.now = instant;
    assert_eq!(price_now(&mut bench), 2_000);
}

#[test]
fn a_command_that_comes_late_takes_effect_at_once() {
    let mut bench = bench();
    bench.now += MINUTE;
    let instant = bench.now - 10 * SECOND;
    assert!(schedule(&mut bench, 2, instant).contains("ok"));
    assert_eq!(price_now(&mut bench), 2_000);
    assert_eq!(price_at(&mut bench, instant - 1), 1_000);
    assert_eq!(bench.shard.catalog_turns(TENANT)[1], (instant, 2));
}

#[test]
fn a_withdrawn_version_never_comes() {
    let (mut bench, instant) = scheduled();
    assert!(withdraw(&mut bench, 2).contains("ok"));
    assert!(withdraw(&mut bench, 2).contains("catalog_not_scheduled"));
    assert!(withdraw(&mut bench, 1).contains("catalog_not_scheduled"));
    bench.now = instant + MINUTE;
    assert_eq!(price_now(&mut bench), 1_000);
    assert!(schedule(&mut bench, 2, instant + 2 * MINUTE).contains("ok"));
}

#[test]
fn a_withdrawal_that_comes_late_puts_the_version_before_in_force_again() {
    let (mut bench, instant) = scheduled();
    bench.now = instant + SECOND;
    assert_eq!(price_now(&mut bench), 2_000);
    assert!(withdraw(&mut bench, 2).contains("ok"));
    assert_eq!(price_now(&mut bench), 1_000);
}

#[test]
fn what_is_to_come_survives_a_restart() {
    let (mut bench, instant) = scheduled();
    price_now(&mut bench);
    bench.commit();
    let seq = bench.rows.len() as u64;
    bench.shard.mark(seq);
    let mut from_slices = Shard::new(0, Limits::default());
    load_all(&mut from_slices, &bench.catalogs);
    while let Some((slice, payload)) = bench.shard.next_slice(seq) {
        let restored = from_slices.restore_slice(slice, seq, &payload);
        restored.expect("restores");
    }
    let from_journal = bench.replayed();
    let turns = bench.shard.catalog_turns(TENANT);
    assert_eq!(turns.last(), Some(&(instant, 2)));
    for shard in [from_slices, from_journal] {
        assert_eq!(shard.catalog_turns(TENANT), turns);
        bench.shard = shard;
        bench.now = instant;
        assert_eq!(price_now(&mut bench), 2_000);
    }
}

/// A shard's own slice as releases before versions could be scheduled wrote it: replay floor, clock,
/// seq of the last command, CDR counter, one tenant with version 1 in force, no clients.
#[test]
fn a_slice_of_an_earlier_release_is_read() {
    let mut slice = vec![0, 0, 0, 0, 1];
    slice.extend(TENANT.0);
    slice.extend([1, 1, 0]);
    let mut shard = Shard::new(0, Limits::default());
    shard.restore_slice(META_SLICE, 1, &slice).expect("reads");
    assert_eq!(shard.catalog_turns(TENANT), [(i64::MIN, 1)]);
}
