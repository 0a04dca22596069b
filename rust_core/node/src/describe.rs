//! Journal payloads as JSON, for people and auditors.

use openmvno_charging::{JournalError, JournalReader};

/// The records of a payload as a JSON array.
///
/// # Errors
/// [`JournalError`] when it cannot be read.
pub fn describe(payload: &[u8]) -> Result<String, JournalError> {
    let records: Vec<_> = JournalReader::new(payload)?.collect::<Result<_, _>>()?;
    Ok(serde_json::to_string(&records).unwrap_or_default())
}
