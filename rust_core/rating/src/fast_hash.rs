//! Maps by code. A catalogue has few codes and its author is its operator: a hash that resists attack
//! would cost more than the rest of a look-up.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Positions by code.
pub(crate) type ByCode<T> = HashMap<String, T, BuildHasherDefault<CodeHasher>>;

/// Folded multiplication of eight octets at a time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CodeHasher(u64);

/// The fractional part of the golden ratio: odd, and without pattern in its bits.
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl CodeHasher {
    const fn add(&mut self, word: u64) {
        let product = (self.0 ^ word) as u128 * FACTOR as u128;
        // Both halves: the low one alone never sees the high bits.
        self.0 = (product >> 64) as u64 ^ product as u64 ^ self.0.rotate_left(23);
    }
}

impl Hasher for CodeHasher {
    /// Codes are short: at most the last word overlaps the one before it, so that nothing is copied.
    fn write(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some((word, further)) = rest.split_first_chunk::<8>() {
            self.add(u64::from_le_bytes(*word));
            rest = further;
        }
        if let Some(word) = bytes.last_chunk::<8>() {
            self.add(u64::from_le_bytes(*word));
            return;
        }
        if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            self.add(u64::from(first) << 32 | u64::from(last));
            return;
        }
        for byte in bytes {
            self.add(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.add(u64::from(value));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
