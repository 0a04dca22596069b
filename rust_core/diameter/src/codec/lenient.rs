//! Messages of gateways that set the M bit on AVPs of their own.

use super::avp::AVP_MANDATORY;
use super::header::HEADER_LENGTH;
use super::reader::Avps;
use crate::dictionary::AvpType;

/// Groups inside groups that are looked into; readers refuse what is nested deeper.
const MAXIMUM_DEPTH: usize = 17;
const FLAGS_AT: usize = 4;

/// A copy of a message in which no AVP that the dictionary does not know has the M bit, at any
/// level, so that reading it passes over them. What cannot be read stays as it is.
#[must_use]
pub fn without_unknown_mandatory(frame: &[u8]) -> Vec<u8> {
    let mut copy = frame.to_vec();
    if let Some(avps) = copy.get_mut(HEADER_LENGTH..) {
        clear(avps, 0);
    }
    copy
}

fn clear(bytes: &mut [u8], depth: usize) {
    let mut at = 0;
    while let Some(Ok(avp)) = bytes.get(at..).and_then(|rest| Avps::new(rest).next()) {
        let (length, header) = (avp.raw.len(), avp.raw.len() - avp.data.len());
        match avp.id.definition() {
            None => bytes[at + FLAGS_AT] &= !AVP_MANDATORY,
            Some(known) if known.kind == AvpType::Grouped && depth < MAXIMUM_DEPTH => {
                clear(&mut bytes[at + header..at + length], depth + 1);
            }
            Some(_) => {}
        }
        at += length.next_multiple_of(4);
    }
}
