//! PostgreSQL's COPY BINARY format.

use openmvno_charging::Uuid;
use serde::Serialize;
use std::borrow::Cow;

/// Microseconds from the Unix epoch to 2000-01-01, where PostgreSQL's timestamps begin.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Text as PostgreSQL holds it: without NUL, which a Session-Id could smuggle in.
pub(crate) fn storable(value: &str) -> Cow<'_, str> {
    if value.contains('\0') {
        Cow::Owned(value.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(value)
    }
}

/// Writes rows of one table.
#[derive(Debug)]
pub(crate) struct CopyWriter {
    bytes: Vec<u8>,
    rows: u64,
}

impl CopyWriter {
    pub(crate) fn new() -> Self {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        bytes.extend_from_slice(&[0; 8]);
        Self { bytes, rows: 0 }
    }

    pub(crate) fn row(&mut self, columns: i16) {
        self.bytes.extend_from_slice(&columns.to_be_bytes());
        self.rows += 1;
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.field(&value.0);
    }

    pub(crate) fn optional_uuid(&mut self, value: Option<Uuid>) {
        match value {
            Some(value) => self.uuid(value),
            None => self.null(),
        }
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.field(storable(value).as_bytes());
    }

    /// `jsonb`: a version octet, then the text.
    pub(crate) fn json(&mut self, value: &impl Serialize) {
        let head = self.bytes.len();
        self.bytes.extend_from_slice(&[0, 0, 0, 0, 1]);
        let text = head + 5;
        // Nothing that is written here can refuse to be JSON, and the vector grows.
        let written = serde_json::to_writer(&mut self.bytes, value);
        written.unwrap_or_else(|error| panic!("a value cannot be JSON: {error}"));
        self.without_escaped_nul(text);
        let length = u32::try_from(self.bytes.len() - text + 1).unwrap_or(0);
        self.bytes[head..head + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// PostgreSQL's jsonb holds no NUL either; JSON writes one as this escape.
    fn without_escaped_nul(&mut self, from: usize) {
        const NUL: &str = "\\u0000";
        let has = |text: &[u8]| text.windows(NUL.len()).any(|at| at == NUL.as_bytes());
        if self.bytes[from..].contains(&b'\\') && has(&self.bytes[from..]) {
            let clean = String::from_utf8_lossy(&self.bytes[from..]).replace(NUL, "\u{fffd}");
            self.bytes.truncate(from);
            self.bytes.extend_from_slice(clean.as_bytes());
        }
    }

    pub(crate) fn int8(&mut self, value: i64) {
        self.field(&value.to_be_bytes());
    }

    pub(crate) fn optional_int8(&mut self, value: Option<i64>) {
        match value {
            Some(value) => self.int8(value),
            None => self.null(),
        }
    }

    pub(crate) fn int4(&mut self, value: i32) {
        self.field(&value.to_be_bytes());
    }

    /// A Unix time in milliseconds.
    pub(crate) fn time(&mut self, millis: i64) {
        self.int8(
            millis
                .saturating_mul(1_000)
                .saturating_sub(POSTGRES_EPOCH_MICROS),
        );
    }

    pub(crate) fn finish(mut self) -> (Vec<u8>, u64) {
        self.bytes.extend_from_slice(&(-1i16).to_be_bytes());
        (self.bytes, self.rows)
    }

    fn field(&mut self, value: &[u8]) {
        self.bytes
            .extend_from_slice(&u32::try_from(value.len()).unwrap_or(0).to_be_bytes());
        self.bytes.extend_from_slice(value);
    }

    fn null(&mut self) {
        self.bytes.extend_from_slice(&(-1i32).to_be_bytes());
    }
}
