//! PostgreSQL's COPY BINARY format.

use openmvno_charging::Uuid;

/// Microseconds from the Unix epoch to 2000-01-01, where PostgreSQL's timestamps begin.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

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

    /// Text; PostgreSQL holds no NUL, which a Session-Id could smuggle in.
    pub(crate) fn text(&mut self, value: &str) {
        if value.contains('\0') {
            self.field(value.replace('\0', "\u{fffd}").as_bytes());
        } else {
            self.field(value.as_bytes());
        }
    }

    /// `jsonb`: a version octet, then the text.
    pub(crate) fn json(&mut self, text: &str) {
        let length = u32::try_from(text.len() + 1).unwrap_or(0);
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.push(1);
        // PostgreSQL's jsonb holds no NUL either; serde_json writes one as this escape.
        if text.contains("\\u0000") {
            let clean = text.replace("\\u0000", "\u{fffd}");
            let at = self.bytes.len() - 5;
            let length = u32::try_from(clean.len() + 1).unwrap_or(0);
            self.bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
            self.bytes.extend_from_slice(clean.as_bytes());
        } else {
            self.bytes.extend_from_slice(text.as_bytes());
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
