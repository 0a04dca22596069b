//! Command line of the load generator.
#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use openmvno_loadgen::options::{Cli, Command, LoadOptions};
use openmvno_loadgen::sink::{Sink, SinkSettings};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match &cli.command {
        Some(Command::Sink(options)) => serve_sink(options.address),
        None => generate(&cli.load),
    };
    match outcome {
        Ok(status) => status,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "loadgen: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn serve_sink(address: std::net::SocketAddr) -> anyhow::Result<ExitCode> {
    let mut sink = Sink::bind(SinkSettings::new(address))?;
    writeln!(std::io::stderr(), "answering on {}", sink.address())?;
    sink.serve(|| false)?;
    Ok(ExitCode::SUCCESS)
}

/// The table for people goes to standard error, the JSON for programs to standard output.
fn generate(options: &LoadOptions) -> anyhow::Result<ExitCode> {
    let report = openmvno_loadgen::run(options)?;
    std::io::stderr().write_all(report.table().as_bytes())?;
    let mut json = serde_json::to_string_pretty(&report)?;
    json.push('\n');
    match &options.report {
        Some(path) => std::fs::write(path, json)?,
        None => std::io::stdout().write_all(json.as_bytes())?,
    }
    Ok(if report.is_complete() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
