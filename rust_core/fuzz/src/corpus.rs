//! Inputs kept as files: one folder for each target.

use std::fs;
use std::io;
use std::path::PathBuf;

use crate::class::Class;

/// Files of the corpus.
#[derive(Clone, Debug)]
pub struct Corpus {
    folder: PathBuf,
}

impl Corpus {
    /// Below this folder.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The one of the repository.
    #[must_use]
    pub fn of_repository() -> Self {
        Self::at(PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/corpus"
        )))
    }

    /// Every input kept for a target, in the order of the names.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn inputs(&self, target: &str) -> io::Result<Vec<(String, Vec<u8>)>> {
        let folder = self.folder.join(target);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            found.push((name.into_owned(), fs::read(&path)?));
        }
        found.sort();
        Ok(found)
    }

    /// Keeps an input by its class.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(&self, target: &str, class: Class, input: &[u8]) -> io::Result<()> {
        self.write(target, &format!("{:016x}", class.0), input)
    }

    /// Keeps what broke a promise, as a regression to be.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_fault(&self, target: &str, input: &[u8]) -> io::Result<PathBuf> {
        let name = format!("fault-{:016x}", Class::of(input).0);
        self.write(target, &name, input)?;
        Ok(self.folder.join(target).join(name))
    }

    fn write(&self, target: &str, name: &str, input: &[u8]) -> io::Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), input)
    }
}
