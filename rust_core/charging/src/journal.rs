//! The bytes of one journal row: a format byte, then records, each behind its length.

use postcard::ser_flavors::Flavor;
use serde::Serialize;
use std::fmt;

use crate::clock::Millis;
use crate::effect::{Cause, Effect, Record};

/// The first byte of every payload.
pub const JOURNAL_FORMAT: u8 = 7;

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

/// A record whose parts lie apart, encoded as a [`Record`] is: field by field.
#[derive(Debug, Serialize)]
pub(crate) struct RecordParts<'p, 'c, 'e> {
    pub(crate) now: Millis,
    pub(crate) account: Option<u32>,
    pub(crate) cause: &'p Cause<'c>,
    pub(crate) effects: &'p [Effect<'e>],
}

/// Encodes at the end of a vector.
struct Tail<'v>(&'v mut Vec<u8>);

impl Flavor for Tail<'_> {
    type Output = ();

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // Most numbers are small.
        match bytes {
            &[byte] => self.0.push(byte),
            _ => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

impl JournalWriter {
    /// Appends a record and returns where its encoding lies.
    pub(crate) fn append(&mut self, record: &Record<'_>) -> std::ops::Range<usize> {
        self.append_encoded(record)
    }

    /// Appends the record of these parts and returns where its encoding lies.
    pub(crate) fn append_parts(
        &mut self,
        parts: &RecordParts<'_, '_, '_>,
    ) -> std::ops::Range<usize> {
        self.append_encoded(parts)
    }

    fn append_encoded<T: Serialize>(&mut self, record: &T) -> std::ops::Range<usize> {
        if self.bytes.is_empty() {
            self.bytes.push(JOURNAL_FORMAT);
        }
        let head = self.bytes.len();
        self.bytes.extend_from_slice(&[0; 4]);
        let encoded = postcard::serialize_with_flavor(record, Tail(&mut self.bytes));
        // Nothing of a record can refuse to be encoded, and the vector grows.
        encoded.unwrap_or_else(|error| panic!("a journal record cannot be encoded: {error}"));
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
