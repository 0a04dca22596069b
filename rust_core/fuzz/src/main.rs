//! `fuzz`: hostile input for the parsers, by the million.

#![forbid(unsafe_code)]

use clap::Parser;
use openmvno_fuzz::{Campaign, Corpus, Finding, Progress, all, quietly, shares, table};
use std::io::{self, Write, stderr, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

/// Give changed inputs of the corpus to every parser; what leads to a new kind of result joins it.
#[derive(Debug, Parser)]
#[command(
    name = "fuzz",
    after_help = "Examples:\n  fuzz --executions 1000000\n  fuzz --only expression --executions \
                  5000000 --seed 7 --keep\n\nExit status: 0 when every promise held; 1 when one was \
                  broken: its input is in the corpus as fault-…"
)]
struct Options {
    /// Executions together, shared out among the parsers; a slow one gets fewer.
    #[arg(long, default_value_t = 1_000_000)]
    executions: u64,
    /// Only this parser (repeatable); it gets all of the executions.
    #[arg(long, value_name = "PARSER")]
    only: Vec<String>,
    /// Repeats a run with the same corpus; by default another one each time.
    #[arg(long)]
    seed: Option<u64>,
    /// Write inputs with new kinds of results to the corpus.
    #[arg(long)]
    keep: bool,
    /// Where the corpus is.
    #[arg(long, value_name = "FOLDER")]
    corpus: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            writeln!(stderr(), "the corpus cannot be used: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> io::Result<ExitCode> {
    let corpus = options
        .corpus
        .clone()
        .map_or_else(Corpus::of_repository, Corpus::at);
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..1 << 32));
    let names: Vec<_> = all().iter().map(|target| target.name()).collect();
    if let Some(unknown) = options
        .only
        .iter()
        .find(|only| !names.contains(&only.as_str()))
    {
        writeln!(
            stderr(),
            "there is no parser {unknown}; there are {}",
            names.join(", ")
        )?;
        return Ok(ExitCode::FAILURE);
    }
    quietly();
    let mut done: Vec<Progress> = Vec::new();
    for (mut target, share) in shares(options.executions, &options.only) {
        writeln!(
            stderr(),
            "{}: {share} executions, seed {seed}",
            target.name()
        )?;
        let progress = Campaign::new(target.as_mut(), &corpus, seed, options.keep)?.run(share)?;
        let finding = progress.finding.clone();
        done.push(progress);
        if let Some(finding) = finding {
            write!(stdout(), "{}", table(&done))?;
            tell(&corpus, target.name(), &finding)?;
            return Ok(ExitCode::FAILURE);
        }
    }
    write!(stdout(), "{}", table(&done))?;
    Ok(ExitCode::SUCCESS)
}

fn tell(corpus: &Corpus, target: &str, finding: &Finding) -> io::Result<()> {
    let path = corpus.keep_fault(target, &finding.input)?;
    let (execution, message) = (finding.execution, &finding.message);
    writeln!(
        stdout(),
        "{target}, execution {execution}: {message}\nthe input is in {}",
        path.display()
    )
}
