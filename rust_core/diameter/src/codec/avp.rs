//! One AVP and the typed reading of its value (RFC 6733 §4.1 to §4.3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reader::Avps;
use super::time::unix_from_ntp;
use crate::dictionary::AvpId;

/// V: a Vendor-Id follows the length.
pub const AVP_VENDOR: u8 = 0x80;
/// M: the receiver has to understand the AVP.
pub const AVP_MANDATORY: u8 = 0x40;
/// P: reserved for end-to-end security; accepted and ignored.
pub const AVP_PROTECTED: u8 = 0x20;
/// Bits without a meaning: an error when set (RFC 6733 §4.1).
pub const AVP_RESERVED: u8 = 0x1F;

/// What is wrong with an AVP's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AvpFault {
    /// The value has not the length of its type: DIAMETER_INVALID_AVP_LENGTH.
    Length,
    /// The value is not one of its type: DIAMETER_INVALID_AVP_VALUE.
    Value,
}

/// An AVP borrowed from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Avp<'a> {
    /// Code and vendor.
    pub id: AvpId,
    /// AVP flags.
    pub flags: u8,
    /// The value.
    pub data: &'a [u8],
    /// Header and value, without padding.
    pub raw: &'a [u8],
}

impl<'a> Avp<'a> {
    /// M bit.
    #[must_use]
    pub const fn is_mandatory(&self) -> bool {
        self.flags & AVP_MANDATORY != 0
    }

    /// Unsigned32, or the number of an Enumerated.
    ///
    /// # Errors
    /// The value has not four octets.
    #[inline]
    pub fn u32(&self) -> Result<u32, AvpFault> {
        let octets = <[u8; 4]>::try_from(self.data).map_err(|_| AvpFault::Length)?;
        Ok(u32::from_be_bytes(octets))
    }

    /// Integer32.
    ///
    /// # Errors
    /// The value has not four octets.
    #[inline]
    pub fn i32(&self) -> Result<i32, AvpFault> {
        let octets = <[u8; 4]>::try_from(self.data).map_err(|_| AvpFault::Length)?;
        Ok(i32::from_be_bytes(octets))
    }

    /// Unsigned64.
    ///
    /// # Errors
    /// The value has not eight octets.
    #[inline]
    pub fn u64(&self) -> Result<u64, AvpFault> {
        let octets = <[u8; 8]>::try_from(self.data).map_err(|_| AvpFault::Length)?;
        Ok(u64::from_be_bytes(octets))
    }

    /// Integer64.
    ///
    /// # Errors
    /// The value has not eight octets.
    #[inline]
    pub fn i64(&self) -> Result<i64, AvpFault> {
        let octets = <[u8; 8]>::try_from(self.data).map_err(|_| AvpFault::Length)?;
        Ok(i64::from_be_bytes(octets))
    }

    /// UTF8String, DiameterIdentity or DiameterURI.
    ///
    /// # Errors
    /// The value is not UTF-8.
    #[inline]
    pub fn utf8(&self) -> Result<&'a str, AvpFault> {
        std::str::from_utf8(self.data).map_err(|_| AvpFault::Value)
    }

    /// The AVPs inside a Grouped value.
    #[must_use]
    #[inline]
    pub fn grouped(&self) -> Avps<'a> {
        Avps::new(self.data)
    }

    /// Time as Unix seconds.
    ///
    /// # Errors
    /// The value has not four octets.
    #[inline]
    pub fn time(&self) -> Result<i64, AvpFault> {
        self.u32().map(unix_from_ntp)
    }

    /// Address of family IPv4 (1) or IPv6 (2) (RFC 6733 §4.3.1).
    ///
    /// # Errors
    /// The value is shorter than an address of its family, or of another family.
    pub fn address(&self) -> Result<IpAddr, AvpFault> {
        let (family, octets) = self.data.split_first_chunk::<2>().ok_or(AvpFault::Length)?;
        match u16::from_be_bytes(*family) {
            1 => <[u8; 4]>::try_from(octets)
                .map(|octets| IpAddr::V4(Ipv4Addr::from(octets)))
                .map_err(|_| AvpFault::Length),
            2 => <[u8; 16]>::try_from(octets)
                .map(|octets| IpAddr::V6(Ipv6Addr::from(octets)))
                .map_err(|_| AvpFault::Length),
            _ => Err(AvpFault::Value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary;

    fn avp(data: &[u8]) -> Avp<'_> {
        Avp {
            id: dictionary::SESSION_ID,
            flags: 0,
            data,
            raw: data,
        }
    }

    #[test]
    fn numbers_need_their_exact_length() {
        assert_eq!(avp(&[0, 0, 1, 0]).u32(), Ok(256));
        assert_eq!(avp(&[0xFF; 4]).i32(), Ok(-1));
        assert_eq!(avp(&[0, 0, 0, 0, 0, 0, 1, 0]).u64(), Ok(256));
        assert_eq!(avp(&[0xFF; 8]).i64(), Ok(-1));
        assert_eq!(avp(&[0; 3]).u32(), Err(AvpFault::Length));
        assert_eq!(avp(&[0; 5]).u64(), Err(AvpFault::Length));
    }

    #[test]
    fn text_has_to_be_utf8() {
        assert_eq!(avp("šibenik".as_bytes()).utf8(), Ok("šibenik"));
        assert_eq!(avp(&[0xC3]).utf8(), Err(AvpFault::Value));
    }

    #[test]
    fn addresses_are_read_by_family() {
        assert_eq!(
            avp(&[0, 1, 127, 0, 0, 4]).address(),
            Ok(IpAddr::from([127, 0, 0, 4]))
        );
        let mut v6 = [0; 18];
        v6[1] = 2;
        v6[17] = 1;
        assert_eq!(avp(&v6).address(), Ok(IpAddr::from(Ipv6Addr::LOCALHOST)));
        assert_eq!(avp(&[0, 1, 127]).address(), Err(AvpFault::Length));
        assert_eq!(avp(&[0]).address(), Err(AvpFault::Length));
        assert_eq!(avp(&[0, 8, b'3']).address(), Err(AvpFault::Value));
    }
}
