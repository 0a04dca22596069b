//! Where peers and clients may come from: ranges of IP addresses in CIDR notation (RFC 4632 §3.1,
//! RFC 4291 §2.3).
#![forbid(unsafe_code)]

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use thiserror::Error;

/// The addresses that share a prefix; a plain address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange(IpNet);

/// Why a text is not an [`AddressRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressRangeError {
    /// Not an address, or a prefix longer than one.
    #[error(
        "an address such as 192.0.2.7 or a CIDR range such as 192.0.2.0/24 or 2001:db8::/32 is needed"
    )]
    Malformed,
    /// Bits right of the prefix are set: likely a slip.
    #[error("the address has bits set beyond its prefix")]
    HostBits,
}

impl AddressRange {
    /// Whether an address is one of them. An IPv4 address inside IPv6 (RFC 4291 §2.5.5.2) counts
    /// as the IPv4 address it is.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Bits that its addresses share: the more, the narrower it is.
    #[must_use]
    pub fn prefix(&self) -> u8 {
        self.0.prefix_len()
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        let range = text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
            .map_err(|_| AddressRangeError::Malformed)?;
        if range.trunc() != range {
            return Err(AddressRangeError::HostBits);
        }
        Ok(Self(range))
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> AddressRange {
        text.parse().expect("a range")
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn a_range_holds_what_shares_its_prefix() {
        let cases = [
            ("192.0.2.0/24", "192.0.2.255", true),
            ("192.0.2.0/24", "192.0.3.0", false),
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.6", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("192.0.2.0/24", "::ffff:192.0.2.1", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("::/0", "2001:db8::1", true),
            ("::1", "::1", true),
        ];
        for (one, other, expected) in cases {
            assert_eq!(
                range(one).contains(address(other)),
                expected,
                "{one} {other}"
            );
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for text in [
            "",
            "192.0.2",
            "192.0.2.0/33",
            "2001:db8::/129",
            "a.example",
            "1.2.3.4/x",
        ] {
            assert_eq!(
                text.parse::<AddressRange>(),
                Err(AddressRangeError::Malformed),
                "{text}"
            );
        }
        for text in ["192.0.2.1/24", "2001:db8::1/32", "128.0.0.0/0"] {
            assert_eq!(
                text.parse::<AddressRange>(),
                Err(AddressRangeError::HostBits),
                "{text}"
            );
        }
    }
}
