//! The attributes we read or write, by name and number.

/// An attribute's number, within a vendor's space where `vendor` is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttributeId {
    /// SMI enterprise number; 0 for the attributes of the RFCs.
    pub vendor: u32,
    /// Type, or vendor type.
    pub code: u8,
}

/// 3GPP (TS 29.061 §16.4.7).
pub const VENDOR_3GPP: u32 = 10_415;
/// ChilliSpot and CoovaChilli.
pub const VENDOR_CHILLISPOT: u32 = 14_559;
/// MikroTik.
pub const VENDOR_MIKROTIK: u32 = 14_988;

macro_rules! attributes {
    ($($name:ident = $vendor:literal, $code:literal, $text:literal;)*) => {
        $(
            #[doc = $text]
            pub const $name: AttributeId = AttributeId { vendor: $vendor, code: $code };
        )*

        /// Every attribute of the table with its name.
        pub const TABLE: &[(AttributeId, &str)] = &[$(($name, $text)),*];
    };
}

attributes! {
    // RFC 2865 section 5.
    USER_NAME = 0, 1, "User-Name";
    USER_PASSWORD = 0, 2, "User-Password";
    CHAP_PASSWORD = 0, 3, "CHAP-Password";
    NAS_IP_ADDRESS = 0, 4, "NAS-IP-Address";
    FRAMED_IP_ADDRESS = 0, 8, "Framed-IP-Address";
    REPLY_MESSAGE = 0, 18, "Reply-Message";
    CLASS = 0, 25, "Class";
    VENDOR_SPECIFIC = 0, 26, "Vendor-Specific";
    SESSION_TIMEOUT = 0, 27, "Session-Timeout";
    IDLE_TIMEOUT = 0, 28, "Idle-Timeout";
    CALLED_STATION_ID = 0, 30, "Called-Station-Id";
    CALLING_STATION_ID = 0, 31, "Calling-Station-Id";
    NAS_IDENTIFIER = 0, 32, "NAS-Identifier";
    PROXY_STATE = 0, 33, "Proxy-State";
    CHAP_CHALLENGE = 0, 60, "CHAP-Challenge";
    // RFC 2866 section 5.
    ACCT_STATUS_TYPE = 0, 40, "Acct-Status-Type";
    ACCT_DELAY_TIME = 0, 41, "Acct-Delay-Time";
    ACCT_INPUT_OCTETS = 0, 42, "Acct-Input-Octets";
    ACCT_OUTPUT_OCTETS = 0, 43, "Acct-Output-Octets";
    ACCT_SESSION_ID = 0, 44, "Acct-Session-Id";
    ACCT_SESSION_TIME = 0, 46, "Acct-Session-Time";
    // RFC 2869 section 5.
    ACCT_INPUT_GIGAWORDS = 0, 52, "Acct-Input-Gigawords";
    ACCT_OUTPUT_GIGAWORDS = 0, 53, "Acct-Output-Gigawords";
    EVENT_TIMESTAMP = 0, 55, "Event-Timestamp";
    EAP_MESSAGE = 0, 79, "EAP-Message";
    MESSAGE_AUTHENTICATOR = 0, 80, "Message-Authenticator";
    ACCT_INTERIM_INTERVAL = 0, 85, "Acct-Interim-Interval";
    // RFC 3162 section 2.
    NAS_IPV6_ADDRESS = 0, 95, "NAS-IPv6-Address";
    // RFC 5176 section 3.5.
    ERROR_CAUSE = 0, 101, "Error-Cause";
    // TS 29.061 section 16.4.7.
    TGPP_IMSI = 10_415, 1, "3GPP-IMSI";
    TGPP_SGSN_MCC_MNC = 10_415, 18, "3GPP-SGSN-MCC-MNC";
    TGPP_RAT_TYPE = 10_415, 21, "3GPP-RAT-Type";
    TGPP_USER_LOCATION_INFO = 10_415, 22, "3GPP-User-Location-Info";
    // Octet limits of access concentrators.
    CHILLISPOT_MAX_TOTAL_OCTETS = 14_559, 3, "ChilliSpot-Max-Total-Octets";
    CHILLISPOT_MAX_TOTAL_GIGAWORDS = 14_559, 21, "ChilliSpot-Max-Total-Gigawords";
    MIKROTIK_TOTAL_LIMIT = 14_988, 17, "Mikrotik-Total-Limit";
    MIKROTIK_TOTAL_LIMIT_GIGAWORDS = 14_988, 18, "Mikrotik-Total-Limit-Gigawords";
}

/// The name of an attribute, when the table has it.
#[must_use]
pub fn name(id: AttributeId) -> Option<&'static str> {
    TABLE
        .iter()
        .find(|(known, _)| *known == id)
        .map(|(_, name)| *name)
}
