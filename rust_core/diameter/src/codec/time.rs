//! The Time format: 32-bit NTP seconds (RFC 6733 §4.3.1).

/// Seconds from 1900-01-01 to 1970-01-01.
const NTP_TO_UNIX: i64 = 2_208_988_800;
/// NTP seconds wrap on 2036-02-07.
const NTP_ERA: i64 = 1 << 32;

/// Unix seconds of a Time value. A clear top bit means the era that starts on 2036-02-07
/// (RFC 6733 §4.3.1, the convention of SNTP).
#[must_use]
pub fn unix_from_ntp(seconds: u32) -> i64 {
    let era = if seconds & 0x8000_0000 == 0 {
        NTP_ERA
    } else {
        0
    };
    i64::from(seconds) + era - NTP_TO_UNIX
}

/// The Time value of Unix seconds between 1968 and 2104; outside that range it wraps.
#[must_use]
pub fn ntp_from_unix(seconds: i64) -> u32 {
    // The remainder of a positive modulus of 2^32 always fits.
    u32::try_from(seconds.wrapping_add(NTP_TO_UNIX).rem_euclid(NTP_ERA)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_eras_read_back() {
        for unix in [
            0,
            1_795_413_989,
            2_085_978_495,
            2_085_978_496,
            4_102_444_800,
        ] {
            assert_eq!(unix_from_ntp(ntp_from_unix(unix)), unix);
        }
        // 2036-02-07 06:28:16 UTC is second zero of the next era.
        assert_eq!(unix_from_ntp(0), 2_085_978_496);
    }
}
