//! The bytes of one journal row: a format byte, then records, each behind its length.

use crate::effect::Record;
use std::fmt;

/// The first byte of every payload.
pub const JOURNAL_FORMAT: u8 = 5;

/// A payload that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalError {
    /// Written by a release this one does not know.
    UnknownFormat(u8),
    /// Cut short or damaged at this byte.
    Damaged(usize),
}

impl fmt::Display for JournalError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat(format) => {
                write!(
                    formatter,
                    "journal format {format} is not known to this release"
                )
            }
            Self::Damaged(at) => write!(formatter, "journal payload is damaged at byte {at}"),
        }
    }
}

impl std::error::Error for JournalError {}

/// Collects the records of the pending batch of one shard.
#[derive(Debug, Default)]
pub struct JournalWriter {
    bytes: Vec<u8>,
    records: u32,
}

impl JournalWriter {
    /// Appends a record and returns where its encoding lies.
    pub(crate) fn append(&mut self, record: &Record<'_>) -> std::ops::Range<usize> {
        if self.bytes.is_empty() {
            self.bytes.push(JOURNAL_FORMAT);
        }
        let head = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        let bytes = std::mem::take(&mut self.bytes);
        // Serialising into a growing vector cannot fail: no field of a record can refuse.
        self.bytes = postcard::to_extend(record, bytes).unwrap_or_default();
        let start = head + 4;
        let length = u32::try_from(self.bytes.len() - start).unwrap_or(u32::MAX);
        self.bytes[head..start].copy_from_slice(&length.to_le_bytes());
        self.records += 1;
        start..self.bytes.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was appended since the payload had `len` octets, as a payload of its own.
    #[must_use]
    pub fn payload_since(&self, len: usize) -> Vec<u8> {
        let records = self.bytes.get(len.max(1)..).unwrap_or_default();
        let mut payload = Vec::with_capacity(1 + records.len());
        payload.push(JOURNAL_FORMAT);
        payload.extend_from_slice(records);
        payload
    }

    /// Bytes waiting to be made durable.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Records waiting.
    #[must_use]
    pub fn records(&self) -> u32 {
        self.records
    }

    /// Hands the payload over and starts an empty one that keeps the room of `reuse`.
    pub fn take(&mut self, mut reuse: Vec<u8>) -> Vec<u8> {
        reuse.clear();
        self.records = 0;
        std::mem::replace(&mut self.bytes, reuse)
    }
}

/// Reads the records of a payload.
#[derive(Debug)]
pub struct JournalReader<'a> {
    payload: &'a [u8],
    at: usize,
}

impl<'a> JournalReader<'a> {
    /// Starts at the first record.
    ///
    /// # Errors
    /// [`JournalError::UnknownFormat`] when another release wrote it.
    pub fn new(payload: &'a [u8]) -> Result<Self, JournalError> {
        match payload.first() {
            None | Some(&JOURNAL_FORMAT) => Ok(Self { payload, at: 1 }),
            Some(&format) => Err(JournalError::UnknownFormat(format)),
        }
    }

    fn read(&mut self) -> Result<Record<'a>, JournalError> {
        let damaged = JournalError::Damaged(self.at);
        let head = self
            .payload
            .get(self.at..self.at + 4)
            .ok_or(damaged.clone())?;
        let length = u32::from_le_bytes(head.try_into().map_err(|_| damaged.clone())?) as usize;
        let start = self.at + 4;
        let body = self
            .payload
            .get(start..start.saturating_add(length))
            .ok_or(damaged.clone())?;
        self.at = start + length;
        postcard::from_bytes(body).map_err(|_| damaged)
    }
}

impl<'a> Iterator for JournalReader<'a> {
    type Item = Result<Record<'a>, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.payload.len()).then(|| {
            let record = self.read();
            if record.is_err() {
                self.at = self.payload.len();
            }
            record
        })
    }
}
