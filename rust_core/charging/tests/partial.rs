//! Sessions recorded in pieces: once a day, and when the catalogue changes.

mod common;

use common::*;
use openmvno_charging::*;
use openmvno_rating::Catalog;
use std::sync::Arc;

const HOUR: i64 = 3_600_000;

fn online(bench: &mut Bench, hours: i64, number: u32, kind: Kind, used: u64) -> Answer {
    bench.now += hours * HOUR;
    let asked = (kind != Kind::Terminate).then_some(1_000);
    let unit = units(Some(10), asked, (number > 0).then_some(used));
    let now = bench.now;
    bench.charge(&Request {
        at: now,
        ..data(kind, "tunnel", number, &[unit])
    })
}

/// The catalogue with data at twice the price.
fn load_dearer(bench: &mut Bench) {
    let dearer = CATALOG.replace("\"price\": \"1.00\"", "\"price\": \"2.00\"");
    let catalog = Catalog::compile(dearer.as_bytes()).expect("compiles");
    bench.shard.load_catalog(TENANT, 2, Arc::new(catalog));
}

fn activate(bench: &mut Bench, version: u64) {
    let command =
        format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":{version}}}"#);
    assert!(bench.command(&command).contains("ok"));
}

#[test]
fn a_long_session_is_recorded_every_day_and_rounded_once() {
    let mut bench = Bench::with_balance(100 * EUR);
    online(&mut bench, 0, 0, Kind::Initial, 0);
    // 0.001 an octet: three reports of a third of a cent's worth each.
    online(&mut bench, 20, 1, Kind::Update, 333);
    online(&mut bench, 5, 2, Kind::Update, 333);
    online(&mut bench, 1, 3, Kind::Update, 334);
    online(&mut bench, 1, 4, Kind::Terminate, 500);
    let cdrs = bench.cdrs();
    assert_eq!(
        cdrs,
        [
            (CdrKind::Session, 666, 666_000, 0),
            (CdrKind::Session, 834, 834_000, 0)
        ]
    );
    assert_eq!(bench.balance(), (100 * EUR - 1_500_000, 0));
}

#[test]
fn data_goes_on_under_the_new_catalogue_from_the_next_report() {
    let mut bench = Bench::with_balance(100 * EUR);
    load_dearer(&mut bench);
    online(&mut bench, 0, 0, Kind::Initial, 0);
    online(&mut bench, 1, 1, Kind::Update, 400);
    activate(&mut bench, 2);
    let answer = online(&mut bench, 1, 2, Kind::Update, 600);
    assert_eq!(answer.units[0].granted, Some(1_000));
    // The new grant is held at the new price.
    assert_eq!(bench.balance(), (99 * EUR, 2 * EUR));
    let end = online(&mut bench, 1, 3, Kind::Terminate, 1_000);
    assert_eq!(end.cost, Some(3 * EUR), "the answer knows of both pieces");
    assert_eq!(
        bench.cdrs(),
        [
            (CdrKind::Session, 1_000, EUR, 0),
            (CdrKind::Session, 1_000, 2 * EUR, 0)
        ]
    );
    assert_eq!(bench.balance(), (97 * EUR, 0));
}

#[test]
fn a_call_keeps_the_catalogue_it_began_with() {
    let mut bench = Bench::with_balance(EUR);
    load_dearer(&mut bench);
    bench.charge(&voice(Kind::Initial, "call", 0, Some(60), None));
    activate(&mut bench, 2);
    bench.charge(&voice(Kind::Update, "call", 1, Some(60), Some(60)));
    bench.charge(&voice(Kind::Terminate, "call", 2, None, Some(60)));
    assert_eq!(bench.cdrs(), [(CdrKind::Session, 120, 200_000, 0)]);
}

#[test]
fn a_cut_session_survives_a_restart() {
    let mut bench = Bench::with_balance(100 * EUR);
    online(&mut bench, 0, 0, Kind::Initial, 0);
    online(&mut bench, 25, 1, Kind::Update, 333);
    let replayed = bench.replayed();
    let sessions = |shard: &Shard| shard.sessions().cloned().collect::<Vec<_>>();
    let open = sessions(&bench.shard);
    assert_eq!(open, sessions(&replayed));
    assert!(open[0].units[0].recorded.is_some());
    let again = online(&mut bench, 0, 1, Kind::Update, 333);
    assert_eq!(
        again.result,
        ResultCode::SUCCESS,
        "a retransmission is answered, not charged"
    );
    assert_eq!(bench.cdrs().len(), 1);
}
