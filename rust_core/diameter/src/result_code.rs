//! Values of Result-Code (268) used by this crate and its callers.

/// RFC 6733 §7.1.2.
pub const SUCCESS: u32 = 2001;
/// DIAMETER_LIMITED_SUCCESS: more is to come, here the client's own request.
pub const LIMITED_SUCCESS: u32 = 2002;
/// RFC 6733 §7.1.3.
pub const COMMAND_UNSUPPORTED: u32 = 3001;
/// RFC 6733 §7.1.3.
pub const UNABLE_TO_DELIVER: u32 = 3002;
/// RFC 6733 §7.1.3.
pub const REALM_NOT_SERVED: u32 = 3003;
/// RFC 6733 §7.1.3.
pub const TOO_BUSY: u32 = 3004;
/// RFC 6733 §7.1.3.
pub const LOOP_DETECTED: u32 = 3005;
/// RFC 6733 §7.1.3.
pub const APPLICATION_UNSUPPORTED: u32 = 3007;
/// RFC 6733 §7.1.3.
pub const INVALID_HDR_BITS: u32 = 3008;
/// RFC 6733 §7.1.3.
pub const INVALID_AVP_BITS: u32 = 3009;
/// RFC 6733 §7.1.3.
pub const UNKNOWN_PEER: u32 = 3010;
/// RFC 8506 §9.1: service denied to this end user.
pub const END_USER_SERVICE_DENIED: u32 = 4010;
/// RFC 8506 §9.1.
pub const CREDIT_CONTROL_NOT_APPLICABLE: u32 = 4011;
/// RFC 8506 §9.1: the balance does not cover the request.
pub const CREDIT_LIMIT_REACHED: u32 = 4012;
/// RFC 6733 §7.1.5.
pub const AVP_UNSUPPORTED: u32 = 5001;
/// RFC 6733 §7.1.5.
pub const UNKNOWN_SESSION_ID: u32 = 5002;
/// RFC 6733 §7.1.5.
pub const AUTHORIZATION_REJECTED: u32 = 5003;
/// RFC 6733 §7.1.5.
pub const INVALID_AVP_VALUE: u32 = 5004;
/// RFC 6733 §7.1.5.
pub const MISSING_AVP: u32 = 5005;
/// RFC 6733 §7.1.5.
pub const AVP_OCCURS_TOO_MANY_TIMES: u32 = 5009;
/// RFC 6733 §7.1.5.
pub const NO_COMMON_APPLICATION: u32 = 5010;
/// RFC 6733 §7.1.5.
pub const UNSUPPORTED_VERSION: u32 = 5011;
/// RFC 6733 §7.1.5.
pub const UNABLE_TO_COMPLY: u32 = 5012;
/// RFC 6733 §7.1.5.
pub const INVALID_AVP_LENGTH: u32 = 5014;
/// RFC 6733 §7.1.5.
pub const INVALID_MESSAGE_LENGTH: u32 = 5015;
/// RFC 6733 §7.1.5.
pub const NO_COMMON_SECURITY: u32 = 5017;
/// RFC 8506 §9.2.
pub const USER_UNKNOWN: u32 = 5030;
/// RFC 8506 §9.2.
pub const RATING_FAILED: u32 = 5031;

/// Whether a Result-Code is of the protocol-error class, whose answers carry the E bit
/// (RFC 6733 §7.1.3).
#[must_use]
pub const fn is_protocol_error(result_code: u32) -> bool {
    result_code / 1000 == 3
}
