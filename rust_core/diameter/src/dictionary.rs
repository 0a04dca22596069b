//! The AVPs we know by code and vendor, generated from `dictionary.csv` beside `Cargo.toml`.

use std::fmt;

/// Vendor-Id of 3GPP.
pub const VENDOR_3GPP: u32 = 10415;
/// Application of RFC 8506 (Gy, Ro): Diameter credit control.
pub const APPLICATION_CREDIT_CONTROL: u32 = 4;
/// Common messages application: CER, DWR and DPR (RFC 6733 §2.4).
pub const APPLICATION_COMMON: u32 = 0;
/// A relay agent advertises this application (RFC 6733 §2.4).
pub const APPLICATION_RELAY: u32 = 0xFFFF_FFFF;

/// Capabilities-Exchange (RFC 6733 §5.3).
pub const COMMAND_CAPABILITIES_EXCHANGE: u32 = 257;
/// Re-Auth (RFC 6733 §8.3).
pub const COMMAND_RE_AUTH: u32 = 258;
/// Credit-Control (RFC 8506 §3).
pub const COMMAND_CREDIT_CONTROL: u32 = 272;
/// Abort-Session (RFC 6733 §8.5).
pub const COMMAND_ABORT_SESSION: u32 = 274;
/// Device-Watchdog (RFC 6733 §5.5).
pub const COMMAND_DEVICE_WATCHDOG: u32 = 280;
/// Disconnect-Peer (RFC 6733 §5.4).
pub const COMMAND_DISCONNECT_PEER: u32 = 282;

/// What identifies an AVP: its code and the vendor that assigned it (0 = IETF).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AvpId {
    /// AVP Code.
    pub code: u32,
    /// Vendor-Id, 0 when the V bit is clear.
    pub vendor: u32,
}

impl AvpId {
    /// The dictionary's entry, `None` for an AVP we do not know.
    #[must_use]
    #[inline]
    pub fn definition(self) -> Option<&'static Definition> {
        find(self)
    }
}

impl fmt::Display for AvpId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.definition() {
            Some(definition) => formatter.write_str(definition.name),
            None if self.vendor == 0 => write!(formatter, "AVP {}", self.code),
            None => write!(formatter, "AVP {} of vendor {}", self.code, self.vendor),
        }
    }
}

/// Data formats of RFC 6733 §4.2 and §4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AvpType {
    OctetString,
    Integer32,
    Integer64,
    Unsigned32,
    Unsigned64,
    Grouped,
    Address,
    Time,
    Utf8String,
    DiameterIdentity,
    DiameterUri,
    Enumerated,
    IpFilterRule,
}

impl AvpType {
    /// Smallest number of octets a value of this type has; the payload of an example in Failed-AVP.
    #[must_use]
    pub fn minimum_length(self) -> usize {
        match self {
            Self::Integer32 | Self::Unsigned32 | Self::Enumerated | Self::Time => 4,
            Self::Integer64 | Self::Unsigned64 => 8,
            Self::Address => 6,
            Self::OctetString
            | Self::Grouped
            | Self::Utf8String
            | Self::DiameterIdentity
            | Self::DiameterUri
            | Self::IpFilterRule => 0,
        }
    }
}

/// One row of the dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Code and vendor.
    pub id: AvpId,
    /// Name in its specification.
    pub name: &'static str,
    /// Data format.
    pub kind: AvpType,
    /// Whether we set the M bit when we send it.
    pub mandatory: bool,
}

include!(concat!(env!("OUT_DIR"), "/dictionary.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_found_under_its_own_code_and_vendor() {
        for id in ALL {
            assert_eq!(id.definition().expect("listed").id, *id);
        }
        assert!(ALL.len() > 600);
    }

    #[test]
    fn the_charging_avps_have_their_published_codes() {
        let expected = [
            (SERVICE_INFORMATION, 873, "Service-Information"),
            (PS_INFORMATION, 874, "PS-Information"),
            (IMS_INFORMATION, 876, "IMS-Information"),
            (SMS_INFORMATION, 2000, "SMS-Information"),
            (CALLED_PARTY_ADDRESS, 832, "Called-Party-Address"),
            (CALLING_PARTY_ADDRESS, 831, "Calling-Party-Address"),
            (ROLE_OF_NODE, 829, "Role-Of-Node"),
            (RECIPIENT_INFO, 2026, "Recipient-Info"),
            (RECIPIENT_ADDRESS, 1201, "Recipient-Address"),
            (ADDRESS_DATA, 897, "Address-Data"),
            (TGPP_REPORTING_REASON, 872, "3GPP-Reporting-Reason"),
            (QUOTA_HOLDING_TIME, 871, "Quota-Holding-Time"),
            (VOLUME_QUOTA_THRESHOLD, 869, "Volume-Quota-Threshold"),
            (TIME_QUOTA_THRESHOLD, 868, "Time-Quota-Threshold"),
            (REFUND_INFORMATION, 2022, "Refund-Information"),
            (TGPP_SGSN_MCC_MNC, 18, "3GPP-SGSN-MCC-MNC"),
            (TGPP_USER_LOCATION_INFO, 22, "3GPP-User-Location-Info"),
        ];
        for (id, code, name) in expected {
            assert_eq!((id.code, id.vendor), (code, VENDOR_3GPP));
            assert_eq!(id.to_string(), name);
        }
        let ietf = AvpId {
            code: 456,
            vendor: 0,
        };
        assert_eq!(ietf, MULTIPLE_SERVICES_CREDIT_CONTROL);
        assert_eq!(
            ietf.definition().map(|row| row.kind),
            Some(AvpType::Grouped)
        );
    }

    #[test]
    fn an_avp_of_another_vendor_is_unknown() {
        let id = AvpId {
            code: 873,
            vendor: 99,
        };
        assert!(id.definition().is_none());
        assert_eq!(id.to_string(), "AVP 873 of vendor 99");
    }
}
