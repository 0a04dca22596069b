//! Cards that are known by several IMSIs.

use crate::support::*;
use openmvno_charging::shard_of;
use openmvno_diameter::client::ClientRequest;
use openmvno_diameter::credit_control::RequestType;

/// A network names the subscriber by one IMSI and nothing else.
fn roams(bench: &mut Bench, gateway: u32, session: &str, imsi: &str) -> Vec<u32> {
    let mut open = ClientRequest {
        e164: None,
        imsi: Some(imsi),
        ..call(RequestType::Initial, session, 0, "")
    };
    open.requested = Some(seconds(60));
    let feed = bench.node.feed(gateway, &write(&open, 10), NOW);
    if !feed.write.is_empty() {
        return results(&feed.write);
    }
    let writes = bench.commit();
    writes
        .iter()
        .flat_map(|(_, bytes)| results(bytes))
        .collect()
}

#[test]
fn a_line_is_charged_by_whichever_imsi_its_card_shows() {
    let mut bench = Bench::new(2);
    let gateway = bench.connect("gw.example", None);
    let (id, shard) = (account(1), shard_of(TENANT, account(1), 4));
    let mut change = |fields: &str| {
        let head = format!(r#""type":"change_line","tenant":"{TENANT}","account":"{id}""#);
        bench.command(shard, &format!(r#"{{{head},"line":"{id}",{fields}}}"#));
        bench.commit();
        ["310019000000001", "234019000000001", "219010000000001"]
            .map(|imsi| roams(&mut bench, gateway, &format!("{imsi} {fields}"), imsi)[0])
    };
    assert_eq!(change(r#""status":"active""#), [5030, 5030, 2001]);
    let both = r#""further_imsis":["310019000000001","234019000000001"]"#;
    assert_eq!(change(both), [2001, 2001, 2001]);
    assert_eq!(
        change(r#""further_imsis":["234019000000001"]"#),
        [5030, 2001, 2001]
    );
    bench.node = bench.recovered();
    let gateway = bench.connect("gw.example", None);
    let mut seen = |imsi: &str| roams(&mut bench, gateway, imsi, imsi);
    assert_eq!(seen("234019000000001"), [2001]);
    assert_eq!(seen("310019000000001"), [5030]);
}
