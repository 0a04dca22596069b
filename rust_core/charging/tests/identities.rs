//! Numbers and SIM cards belong to one live line.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

struct Taken;

impl IdentityDirectory for Taken {
    fn holder(&self, _: Identity) -> Option<LineAddress> {
        Some(LineAddress {
            shard: 0,
            account: 9,
            line: 0,
        })
    }
}

#[test]
fn a_number_of_another_live_line_is_taken() {
    let mut bench = Bench::story(CATALOG, "basic", EUR, "2026-03-10T12:00:00Z");
    for fields in [
        format!(r#""type":"change_line","line":"{LINE}","msisdn":"3859""#),
        format!(
            r#""type":"open_line","line":"{}","product":"basic","msisdn":"1","imsi":"1","status":"active""#,
            line(1)
        ),
        format!(r#""type":"change_line","line":"{LINE}","further_imsis":["3100199"]"#),
    ] {
        bench.commands += 1;
        let json = format!(r#"{{"tenant":"{TENANT}","account":"{ACCOUNT}",{fields}}}"#);
        let row = CommandRow {
            seq: bench.commands,
            id: Uuid([9; 16]),
            json: &json,
        };
        let outcome = bench
            .shard
            .administer(row, &Taken, bench.now, &mut bench.journal)
            .0;
        assert!(outcome.contains("identity_taken"), "{outcome}");
    }
    // A line that goes needs no number of its own any more.
    bench.change_line(0, r#""status":"closed""#);
    bench.audit_at_rest();
}

#[test]
fn the_other_imsis_of_a_card_are_the_lines_own_until_it_gets_another() {
    let mut bench = Bench::story(CATALOG, "basic", EUR, "2026-03-10T12:00:00Z");
    let known = |bench: &Bench, line: usize| {
        let line = &bench.account().lines[line];
        line.identities()
            .map(|identity| identity.to_string())
            .collect::<Vec<_>>()
    };
    let first = known(&bench, 0);
    bench.done(
        "open_line",
        &format!(
            r#""line":"{}","product":"basic","msisdn":"3851","imsi":"219011","status":"active",
               "further_imsis":["310012","234013"]"#,
            line(1)
        ),
    );
    assert_eq!(known(&bench, 0), first);
    assert_eq!(known(&bench, 1), ["3851", "219011", "310012", "234013"]);
    bench.change_line(1, r#""status":"blocked""#);
    assert_eq!(known(&bench, 1).len(), 4);
    bench.change_line(1, r#""imsi":"219014","further_imsis":[]"#);
    assert_eq!(known(&bench, 1), ["3851", "219014"]);
    let wrong = format!(r#""line":"{}","further_imsis":["12x"]"#, line(1));
    assert_eq!(bench.refused("change_line", &wrong), "identity_invalid");
    bench.audit_at_rest();
}
