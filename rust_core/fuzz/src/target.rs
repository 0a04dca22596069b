//! What is fuzzed.

use crate::class::Class;

/// One parser, and what is done with what it reads.
pub trait Target {
    /// Its name, and that of its folder in the corpus.
    fn name(&self) -> &'static str;

    /// Valid inputs of every shape.
    fn seeds(&self) -> Vec<Vec<u8>>;

    /// Words of its language, put in as they are.
    fn words(&self) -> &'static [&'static [u8]] {
        &[]
    }

    /// Makes the outermost lengths of a changed input true, so that the change is reached.
    fn repair(&self, input: &mut Vec<u8>) {
        let _ = input;
    }

    /// Reads an input.
    ///
    /// # Panics
    /// When a promise is broken.
    fn run(&mut self, input: &[u8]) -> Class;
}
