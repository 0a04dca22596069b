//! Random changes of an input.

use fastrand::Rng;

/// Inputs grow to this at most.
pub(crate) const LONGEST: usize = 8_192;
/// Numbers at which things go wrong.
const EDGES: [u64; 14] = [
    0,
    1,
    7,
    8,
    19,
    20,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x00FF_FFFF,
    0x7FFF_FFFF,
    u64::MAX,
];
/// The same in decimal, for texts.
const DECIMAL_EDGES: [&[u8]; 8] = [
    b"0",
    b"-1",
    b"1e309",
    b"0.000000001",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551616",
    b"1000000000000000000000000",
];

/// Changes `input` one to sixteen times; `other` is a further input to take pieces from.
pub(crate) fn change(random: &mut Rng, input: &mut Vec<u8>, other: &[u8], words: &[&[u8]]) {
    for _ in 0..1_usize << random.usize(0..5) {
        once(random, input, other, words);
    }
    input.truncate(LONGEST);
}

fn once(random: &mut Rng, input: &mut Vec<u8>, other: &[u8], words: &[&[u8]]) {
    match random.u8(0..14) {
        0 | 1 => octet(random, input, |random, old| old ^ (1 << random.u8(0..8))),
        2 => octet(random, input, |random, _| random.u8(..)),
        3 => octet(random, input, |random, old| {
            old.wrapping_add(random.u8(0..9)).wrapping_sub(4)
        }),
        4 | 5 => edge(random, input),
        6 => drop(input.drain(span(random, input.len(), 32))),
        7 => {
            let piece = input[span(random, input.len(), 64)].to_vec();
            insert(random, input, &piece);
        }
        8 | 9 => {
            let piece = &other[span(random, other.len(), 128)];
            insert(random, input, piece);
        }
        10 => {
            let octets: Vec<u8> = (0..random.usize(1..9)).map(|_| random.u8(..)).collect();
            insert(random, input, &octets);
        }
        11 => input.truncate(random.usize(0..=input.len())),
        12 => {
            let words = if words.is_empty() {
                &DECIMAL_EDGES[..]
            } else {
                words
            };
            let word = words[random.usize(0..words.len())];
            insert(random, input, word);
        }
        _ => {
            // The rest of another input from some place on.
            input.truncate(random.usize(0..=input.len()));
            input.extend_from_slice(&other[random.usize(0..=other.len())..]);
        }
    }
}

fn octet(random: &mut Rng, input: &mut [u8], new: impl Fn(&mut Rng, u8) -> u8) {
    if !input.is_empty() {
        let at = random.usize(0..input.len());
        input[at] = new(random, input[at]);
    }
}

/// Overwrites one, two, three, four or eight octets with a number at an edge, or a number in a text.
fn edge(random: &mut Rng, input: &mut Vec<u8>) {
    let at = random.usize(0..=input.len());
    if input.get(at).is_some_and(u8::is_ascii_digit) {
        let digits = input[at..]
            .iter()
            .take_while(|octet| octet.is_ascii_digit());
        let end = at + digits.count();
        let number = DECIMAL_EDGES[random.usize(0..DECIMAL_EDGES.len())];
        input.splice(at..end, number.iter().copied());
        return;
    }
    let width = [1, 2, 3, 4, 8][random.usize(0..5)];
    let number = EDGES[random.usize(0..EDGES.len())].to_be_bytes();
    if let Some(place) = input.get_mut(at..at + width) {
        place.copy_from_slice(&number[8 - width..]);
    }
}

fn insert(random: &mut Rng, input: &mut Vec<u8>, piece: &[u8]) {
    let at = random.usize(0..=input.len());
    input.splice(at..at, piece.iter().copied());
}

/// A range of at most `longest` within `length`.
fn span(random: &mut Rng, length: usize, longest: usize) -> std::ops::Range<usize> {
    let from = random.usize(0..=length);
    from..(from + random.usize(0..=longest)).min(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_is_changed_within_bounds_and_the_same_by_the_same_seed() {
        let changed = |seed| {
            let mut random = Rng::with_seed(seed);
            let mut input = b"{\"price\": 12}".to_vec();
            change(&mut random, &mut input, b"other", &[b"true"]);
            input
        };
        assert!(
            (0..2_000).all(|seed| changed(seed).len() <= LONGEST && changed(seed) == changed(seed))
        );
        let different = (0..200).filter(|&seed| changed(seed) != b"{\"price\": 12}");
        assert!(different.count() > 180);
        let mut empty = Vec::new();
        for seed in 0..200 {
            change(&mut Rng::with_seed(seed), &mut empty, &[], &[]);
        }
    }
}
