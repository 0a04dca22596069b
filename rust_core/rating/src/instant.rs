//! Instants as RFC 3339 writes them.

use jiff::Timestamp;

use crate::time::Millis;

/// Reads `2026-01-01T00:00:00Z`, with an offset in place of the `Z` or a fraction of a second, which is cut to
/// milliseconds; `None` for anything else (jiff alone would read more than RFC 3339 §5.6).
pub(crate) fn instant(text: &str) -> Option<Millis> {
    let shape = |(position, byte): (usize, u8)| match position {
        4 | 7 => byte == b'-',
        10 => byte == b'T',
        13 | 16 => byte == b':',
        _ => byte.is_ascii_digit(),
    };
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !bytes.iter().copied().take(19).enumerate().all(shape) {
        return None;
    }
    let rest = &text[19..];
    let fraction = rest.strip_prefix('.').unwrap_or(rest);
    let offset = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
    // A point and digits, or neither.
    if rest.starts_with('.') == (offset.len() == fraction.len()) || !is_offset(offset) {
        return None;
    }
    let timestamp: Timestamp = text.parse().ok()?;
    Some(timestamp.as_millisecond())
}

fn is_offset(text: &str) -> bool {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let numeric = |rest: &str| {
        rest.split_once(':')
            .is_some_and(|(hours, minutes)| digits(hours) && digits(minutes))
    };
    text == "Z" || text.strip_prefix(['+', '-']).is_some_and(numeric)
}
