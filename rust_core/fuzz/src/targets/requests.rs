//! Charging requests in JSON, as gRPC, REST and RADIUS hand them in.

use crate::class::Class;
use crate::engine::{Engine, TENANT, msisdn};
use crate::target::Target;

/// A node is used for so many requests.
const REQUESTS: u64 = 20_000;
/// Commits are made every so many requests.
const BATCH: u64 = 16;

#[derive(Default)]
pub(super) struct ChargingRequest {
    engine: Option<Engine>,
    served: u64,
}

impl Target for ChargingRequest {
    fn name(&self) -> &'static str {
        "charging-request"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let who = format!(r#""tenant":"{TENANT}","msisdn":"{}""#, msisdn(1));
        [
            format!(r#"{{"type":"reserve",{who},"session":"s1","number":0,"service":"voice","destination":"385911","requested":60}}"#),
            format!(r#"{{"type":"update",{who},"session":"s1","number":1,"service":"voice","requested":60,"used":60}}"#),
            format!(r#"{{"type":"commit",{who},"session":"s1","number":2,"service":"voice","used":5}}"#),
            format!(r#"{{"type":"cancel",{who},"session":"s2","number":1}}"#),
            format!(r#"{{"type":"debit",{who},"session":"e1","number":0,"service":"sms","destination":"49","requested":1,"correlation":"c"}}"#),
            format!(r#"{{"type":"debit",{who},"session":"e2","number":0,"service":"sms","requested":1500000,"money":true}}"#),
            format!(r#"{{"type":"refund",{who},"session":"e3","number":0,"refund_of":"{TENANT}"}}"#),
            format!(r#"{{"type":"balance",{who},"session":"e4","number":0,"service":"sms","requested":1}}"#),
            format!(r#"{{"type":"price",{who},"session":"e5","number":0,"service":"data","rating_group":10,"requested":1000}}"#),
            r#"{"type":"restarted","session":"radius;nas","number":0,"origin":"radius;nas","state":7}"#.to_owned(),
            r#"{"type":"update","session":"s1","number":0,"to_date":{"seconds":60,"octets":0},"identities":[["msisdn","385910000001"]],"plmn":"21901","msc":"38591","cell":"x","apn":"internet","rat_type":6,"qos_class":9}"#.to_owned(),
        ]
        .map(String::into_bytes)
        .to_vec()
    }

    fn words(&self) -> &'static [&'static [u8]] {
        &[
            b"\"requested\":18446744073709551615",
            b"\"used\":18446744073709551615",
            b"\"used_after_change\":1",
            b"\"at\":-9223372036854775808",
            b"\"at\":9223372036854775807",
            b"\"money\":true",
            b"\"direction\":\"terminating\"",
            b"\"number\":4294967295",
            b"null",
            b",",
            b"\"type\":\"reserve\"",
            b"\"type\":\"commit\"",
            b"\"type\":\"debit\"",
        ]
    }

    fn run(&mut self, input: &[u8]) -> Class {
        self.served += 1;
        if self.served % REQUESTS == 0 {
            self.engine = None;
        }
        let engine = self.engine.get_or_insert_with(Engine::new);
        engine.now += 1;
        let outcome = engine.node.submit_all(self.served, &[input], engine.now);
        if self.served % BATCH == 0 {
            engine.commit();
        }
        let Some(outcome) = outcome else {
            return Class(1);
        };
        let said = String::from_utf8_lossy(&outcome[0]);
        let error = said.split("\"error\":\"").nth(1).unwrap_or_default();
        Class::of_words(&error.replace('"', " "))
    }
}
