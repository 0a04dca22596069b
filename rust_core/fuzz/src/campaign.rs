//! Many executions of one target.

use fastrand::Rng;
use std::collections::HashSet;
use std::io;
use std::time::{Duration, Instant};

use crate::change::change;
use crate::class::Class;
use crate::corpus::Corpus;
use crate::fault::caught;
use crate::target::Target;

/// Inputs added to the corpus by one campaign; later ones are used and not kept.
const KEPT: usize = 48;
/// Longer inputs are not kept: the corpus is read by people, too.
const LONGEST_KEPT: usize = 2_048;
/// An execution that takes longer is a finding: nothing a peer sends may take so long.
const PATIENCE: Duration = Duration::from_secs(2);
/// Executions between two looks at the clock.
const STRIDE: u64 = 64;

/// What broke a promise.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was said.
    pub message: String,
    /// The input.
    pub input: Vec<u8>,
    /// Which execution of the campaign it was.
    pub execution: u64,
}

/// How a campaign went.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The target's name.
    pub target: &'static str,
    /// The seed that repeats it.
    pub seed: u64,
    /// Executions done.
    pub executions: u64,
    /// Time they took.
    pub elapsed: Duration,
    /// Kinds of results seen.
    pub classes: usize,
    /// Of them new to the corpus.
    pub new: usize,
    /// The slowest execution, by the mean of its stride.
    pub slowest: Duration,
    /// What ended it before its time.
    pub finding: Option<Finding>,
}

/// A campaign against one target.
pub struct Campaign<'a> {
    target: &'a mut dyn Target,
    corpus: &'a Corpus,
    grow: bool,
    random: Rng,
    inputs: Vec<Vec<u8>>,
    seen: HashSet<Class>,
    kept: usize,
    progress: Progress,
}

impl std::fmt::Debug for Campaign<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Campaign")
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

impl<'a> Campaign<'a> {
    /// Begins with the target's own seeds and what the corpus holds; `grow`: new kinds of results
    /// are written to the corpus.
    ///
    /// # Errors
    /// The corpus cannot be read.
    pub fn new(
        target: &'a mut dyn Target,
        corpus: &'a Corpus,
        seed: u64,
        grow: bool,
    ) -> io::Result<Self> {
        let mut inputs = target.seeds();
        let kept = corpus.inputs(target.name())?;
        inputs.extend(kept.into_iter().map(|(_, input)| input));
        let progress = Progress {
            target: target.name(),
            seed,
            ..Progress::default()
        };
        Ok(Self {
            target,
            corpus,
            grow,
            random: Rng::with_seed(seed),
            inputs,
            seen: HashSet::new(),
            kept: 0,
            progress,
        })
    }

    /// Executes so many inputs, those of the corpus first and unchanged.
    ///
    /// # Errors
    /// The corpus cannot be written.
    pub fn run(mut self, executions: u64) -> io::Result<Progress> {
        let began = Instant::now();
        for at in 0..self.inputs.len() {
            let input = self.inputs[at].clone();
            match self.execute(&input) {
                Ok(class) => drop(self.seen.insert(class)),
                Err(()) => break,
            }
        }
        let mut stride = Instant::now();
        while self.progress.executions < executions && self.progress.finding.is_none() {
            let input = self.next_input();
            if let Ok(class) = self.execute(&input) {
                self.note(class, input)?;
            }
            if self.progress.executions % STRIDE == 0 {
                let taken = stride.elapsed();
                self.progress.slowest = self.progress.slowest.max(taken / STRIDE as u32);
                stride = Instant::now();
            }
        }
        self.progress.elapsed = began.elapsed();
        self.progress.classes = self.seen.len();
        Ok(self.progress)
    }

    fn next_input(&mut self) -> Vec<u8> {
        let count = self.inputs.len().max(1);
        // The later half was found by changing: there the unknown begins.
        let from = if self.random.bool() { 0 } else { count / 2 };
        let base = self.random.usize(from..count.max(from + 1));
        let other = self.random.usize(0..count);
        let mut input = self.inputs.get(base).cloned().unwrap_or_default();
        let other = self.inputs.get(other).map_or(&[][..], Vec::as_slice);
        change(&mut self.random, &mut input, other, self.target.words());
        if self.random.u8(0..8) != 0 {
            self.target.repair(&mut input);
        }
        input
    }

    fn execute(&mut self, input: &[u8]) -> Result<Class, ()> {
        self.progress.executions += 1;
        let began = Instant::now();
        let target = &mut self.target;
        let class = caught(|| target.run(input));
        let slow = began.elapsed() > PATIENCE;
        let message = match class {
            Ok(class) if !slow => return Ok(class),
            Ok(_) => format!("took {:?}", began.elapsed()),
            Err(message) => message,
        };
        self.progress.finding = Some(Finding {
            message,
            input: input.to_vec(),
            execution: self.progress.executions,
        });
        Err(())
    }

    /// A result of a new kind: its input is one to go on from.
    fn note(&mut self, class: Class, input: Vec<u8>) -> io::Result<()> {
        if !self.seen.insert(class) {
            return Ok(());
        }
        self.progress.new += 1;
        if self.grow && self.kept < KEPT && input.len() <= LONGEST_KEPT {
            self.kept += 1;
            self.corpus.keep(self.target.name(), class, &input)?;
        }
        self.inputs.push(input);
        Ok(())
    }
}
