//! Command line of the RADIUS load generator.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use openmvno_loadgen::accounting::{AccountingOptions, run};

fn main() -> ExitCode {
    let outcome = run(&AccountingOptions::parse()).and_then(|report| {
        let mut json = serde_json::to_string_pretty(&report)?;
        json.push('\n');
        std::io::stdout().write_all(json.as_bytes())?;
        Ok(report.complete)
    });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "radius_load: {error:#}");
            ExitCode::from(2)
        }
    }
}
