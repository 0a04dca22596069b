//! Where the served user is: 3GPP-User-Location-Info and telephone numbers in BCD.

use std::fmt::Write;

/// Geographic Location Type (TS 29.061 §16.4.7.2).
const CGI: u8 = 0;
const SAI: u8 = 1;
const RAI: u8 = 2;
const TAI: u8 = 128;
const ECGI: u8 = 129;
const TAI_AND_ECGI: u8 = 130;
const NR_TAI: u8 = 136;
const NR_TAI_AND_NCGI: u8 = 137;

/// PLMN, area and cell of a 3GPP-User-Location-Info.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserLocation {
    /// MCC and MNC, 5 or 6 digits.
    pub plmn: String,
    /// PLMN, LAC or TAC, and cell, in decimal, joined by hyphens: as far as the network says.
    pub cell: String,
}

impl UserLocation {
    /// Reads the octets; `None` for a type this does not know or when they are cut short.
    #[must_use]
    pub fn read(octets: &[u8]) -> Option<Self> {
        let (&kind, rest) = octets.split_first()?;
        let plmn = plmn(rest.get(..3)?)?;
        let number = |at: usize, length: usize| -> Option<u64> {
            let bytes = rest.get(at..at + length)?;
            Some(
                bytes
                    .iter()
                    .fold(0, |sum, &byte| sum << 8 | u64::from(byte)),
            )
        };
        let (area, cell) = match kind {
            CGI | SAI => (number(3, 2), number(5, 2)),
            RAI | TAI => (number(3, 2), None),
            // The two highest of ECI's 32 bits are spare: E-UTRAN cell identities have 28 (TS 23.003 §19.6).
            ECGI => (None, number(3, 4).map(|cell| cell & 0x0fff_ffff)),
            TAI_AND_ECGI => (number(3, 2), number(8, 4).map(|cell| cell & 0x0fff_ffff)),
            // NR: a TAC of 24 bits; of the cell identity's 40 bits the four lowest are spare.
            NR_TAI => (number(3, 3), None),
            NR_TAI_AND_NCGI => (number(3, 3), number(9, 5).map(|cell| cell >> 4)),
            _ => return None,
        };
        let mut text = String::new();
        if let Some(area) = area {
            let _ = write!(text, "{plmn}-{area}");
            if let Some(cell) = cell {
                let _ = write!(text, "-{cell}");
            }
        }
        Some(Self { plmn, cell: text })
    }
}

/// MCC and MNC of three octets (TS 24.008 §10.5.1.3): a filler of 1111 marks an MNC of two digits.
fn plmn(octets: &[u8]) -> Option<String> {
    let &[first, second, third] = octets else {
        return None;
    };
    let digits = [
        first & 15,
        first >> 4,
        second & 15,
        third & 15,
        third >> 4,
        second >> 4,
    ];
    let count = if digits[5] == 15 { 5 } else { 6 };
    let text: Option<String> = digits[..count]
        .iter()
        .map(|&digit| char::from_digit(u32::from(digit), 10))
        .collect();
    text
}

/// The digits of an ISDN-AddressString: an octet of nature and plan, then BCD with the lower digit
/// first and 1111 as filler (TS 29.002 §17.7.8). `None` when it holds anything but digits.
#[must_use]
pub fn address_string(octets: &[u8]) -> Option<String> {
    let (_, bcd) = octets.split_first()?;
    let mut digits = String::with_capacity(bcd.len() * 2);
    for half in bcd.iter().flat_map(|byte| [byte & 15, byte >> 4]) {
        if half == 15 {
            break;
        }
        digits.push(char::from_digit(u32::from(half), 10)?);
    }
    Some(digits)
}

/// The digits of an Address of family E.164 (RFC 6733 §4.3.1): 8, then the number in ASCII.
#[must_use]
pub fn e164_address(octets: &[u8]) -> Option<String> {
    let digits = octets.strip_prefix(&[0, 8])?;
    let text = std::str::from_utf8(digits).ok()?.trim_start_matches('+');
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    number.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_read_by_their_type() {
        let tai_and_ecgi = [
            130, 0x12, 0xf9, 0x10, 0, 1, 0x12, 0xf9, 0x10, 0, 0, 0x1e, 0x6c,
        ];
        let location = UserLocation::read(&tai_and_ecgi).expect("known");
        assert_eq!(
            (&*location.plmn, &*location.cell),
            ("21901", "21901-1-7788")
        );
        let cgi = [0, 0x13, 0x20, 0x72, 0, 100, 0x1e, 0x6c];
        let location = UserLocation::read(&cgi).expect("known");
        assert_eq!(
            (&*location.plmn, &*location.cell),
            ("310272", "310272-100-7788")
        );
        let nr = [
            137, 0x12, 0xf9, 0x10, 0, 0, 1, 0x12, 0xf9, 0x10, 0, 0, 1, 0xe6, 0xc0,
        ];
        let location = UserLocation::read(&nr).expect("known");
        assert_eq!(
            (&*location.plmn, &*location.cell),
            ("21901", "21901-1-7788")
        );
        assert_eq!(
            UserLocation::read(&[130, 0x12, 0xf9, 0x10]).map(|found| found.cell),
            Some(String::new())
        );
        assert_eq!(UserLocation::read(&[200, 0x12, 0xf9, 0x10]), None);
        assert_eq!(UserLocation::read(&[]), None);
    }

    #[test]
    fn a_node_is_named_by_its_number() {
        assert_eq!(
            e164_address(b"\x00\x08385911000001").as_deref(),
            Some("385911000001")
        );
        assert_eq!(e164_address(b"\x00\x08"), None);
        assert_eq!(e164_address(&[0, 1, 127, 0, 0, 1]), None);
    }

    #[test]
    fn numbers_end_at_the_filler() {
        assert_eq!(
            address_string(&[0x91, 0x83, 0x95, 0xf1]).as_deref(),
            Some("38591")
        );
        assert_eq!(address_string(&[0x91, 0x8a]), None);
    }
}
