//! How far gateways' clocks are ahead, by the Event-Timestamps of their requests.

use openmvno_diameter::credit_control::RequestType;
use serde_json::Value;

use crate::support::{Bench, NOW, call, write};

fn clocks(bench: &Bench) -> Value {
    serde_json::from_str(&bench.node.peer_clocks()).expect("JSON")
}

#[test]
fn the_median_of_recent_looks_names_the_gateway_that_is_wrong() {
    let mut bench = Bench::new(1);
    let right = bench.connect("right.example", None);
    let wrong = bench.connect("wrong.example", None);
    assert_eq!(clocks(&bench), Value::Array(Vec::new()));
    for look in 0..20 {
        let now = NOW + look * 1_000;
        for (connection, ahead) in [(right, 0), (wrong, 90)] {
            let mut request = call(RequestType::Initial, "s", 0, "385910000001");
            // One that was held up somewhere does not count for much.
            let held_up = if look == 7 { 600 } else { 0 };
            request.event_timestamp = Some(now / 1_000 + ahead - held_up);
            bench.node.feed(connection, &write(&request, 10), now);
            // Within the same second nobody looks again.
            request.event_timestamp = Some(0);
            bench.node.feed(connection, &write(&request, 11), now + 1);
        }
    }
    let told = clocks(&bench);
    assert_eq!(
        (&told[0]["peer"], &told[1]["peer"]),
        (&"right.example".into(), &"wrong.example".into())
    );
    assert_eq!(
        (&told[0]["looks"], &told[1]["looks"]),
        (&15.into(), &15.into())
    );
    assert_eq!(
        told[0]["ahead_ms"], 500,
        "half of the second it is given in"
    );
    assert_eq!(told[1]["ahead_ms"], 90_500);
    bench.node.disconnect(wrong);
    assert_eq!(clocks(&bench).as_array().map(Vec::len), Some(1));
}
