//! Ranges of IP addresses in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use thiserror::Error;

/// The addresses that share a prefix; a plain address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    prefix: u8,
}

/// Why a text is not an [`AddressRange`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AddressRangeError {
    /// Not an address, or a prefix longer than one.
    #[error(
        "an address such as 192.0.2.7 or a range such as 192.0.2.0/24 or 2001:db8::/32 is needed"
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
        match (self.network, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix);
                let difference = network.to_bits() ^ address.to_bits();
                difference.checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => same(network, address, self.prefix),
            _ => false,
        }
    }
}

fn same(network: Ipv6Addr, address: Ipv6Addr, prefix: u8) -> bool {
    let difference = network.to_bits() ^ address.to_bits();
    difference.checked_shr(128 - u32::from(prefix)).unwrap_or(0) == 0
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, AddressRangeError> {
        let malformed = AddressRangeError::Malformed;
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.parse().map_err(|_| malformed)?;
        let (bits, width) = match network {
            IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
            IpAddr::V6(address) => (address.to_bits(), 128),
        };
        let prefix = match prefix {
            None => width,
            Some(digits) => digits.parse().map_err(|_| malformed)?,
        };
        if prefix > width {
            return Err(malformed);
        }
        if bits.checked_shl(u32::from(prefix)).unwrap_or(0) != 0 {
            return Err(AddressRangeError::HostBits);
        }
        Ok(Self { network, prefix })
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.network, self.prefix)
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
