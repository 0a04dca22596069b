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
