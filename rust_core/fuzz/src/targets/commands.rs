//! Rows of `engine_command`: what the API tells the engine, in JSON.

use openmvno_charging::shard_of;

use crate::class::Class;
use crate::engine::{Engine, SHARDS, TENANT, account, line};
use crate::target::Target;

/// A node is used for so many commands.
const COMMANDS: u32 = 1_000;

#[derive(Default)]
pub(super) struct EngineCommand {
    engine: Option<Engine>,
    commands: u32,
}

impl Target for EngineCommand {
    fn name(&self) -> &'static str {
        "engine-command"
    }

    fn seeds(&self) -> Vec<Vec<u8>> {
        let id = account(1);
        let of = format!(r#""tenant":"{TENANT}","account":"{id}""#);
        let mut seeds: Vec<_> = line(1).into();
        seeds.extend([
            format!(r#"{{"type":"change_account",{of},"credit_limit":5000000,"low_balance":1000000,"time_zone":"Europe/Zagreb"}}"#),
            format!(r#"{{"type":"change_account",{of},"temporary_limit":{{"amount":1000000,"until":1700000100000}},"limit_warning":null}}"#),
            format!(r#"{{"type":"change_line",{of},"line":"{id}","status":"blocked","product":"basic","msisdn":"385919999999"}}"#),
            format!(r#"{{"type":"adjust_balance",{of},"amount":-1000,"reason":"adjustment","reference":"{id}"}}"#),
            format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#),
        ]);
        seeds.into_iter().map(String::into_bytes).collect()
    }

    fn words(&self) -> &'static [&'static [u8]] {
        &[
            b"\"amount\":9223372036854775807",
            b"\"amount\":-9223372036854775808",
            b"\"credit_limit\":9223372036854775807",
            b"\"credit_limit\":-9223372036854775808",
            b"null",
            b",",
            b"\"status\":\"active\"",
            b"\"currency\":\"JPY\"",
            b"\"until\":9223372036854775807",
        ]
    }

    fn run(&mut self, input: &[u8]) -> Class {
        let Ok(json) = std::str::from_utf8(input) else {
            return Class(0);
        };
        self.commands += 1;
        if self.commands % COMMANDS == 0 {
            self.engine = None;
        }
        let engine = self.engine.get_or_insert_with(Engine::new);
        engine.now += 1;
        engine.command(shard_of(TENANT, account(1), SHARDS), json);
        let released = engine.commit();
        let outcome = released
            .last()
            .and_then(|released| released.outcomes.last());
        let said = outcome.map(|(_, json)| String::from_utf8_lossy(json).into_owned());
        let said = said.unwrap_or_default();
        let error = said.split("\"error\":\"").nth(1).unwrap_or_default();
        Class::of_words(&error.replace('"', " "))
    }
}
