//! Numbers with a meaning in a request.

/// CC-Request-Type (RFC 8506 §8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum RequestType {
    /// Opens a session.
    Initial = 1,
    /// Continues it.
    Update = 2,
    /// Closes it.
    Termination = 3,
    /// One-time event without a session.
    Event = 4,
}

impl RequestType {
    /// Reads the AVP's number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Initial),
            2 => Some(Self::Update),
            3 => Some(Self::Termination),
            4 => Some(Self::Event),
            _ => None,
        }
    }
}

/// Requested-Action of an event (RFC 8506 §8.41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum RequestedAction {
    /// Debit at once.
    DirectDebiting = 0,
    /// Give back an earlier debit.
    RefundAccount = 1,
    /// Tell whether the balance would cover the units.
    CheckBalance = 2,
    /// Tell the price of the units.
    PriceEnquiry = 3,
}

impl RequestedAction {
    /// Reads the AVP's number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::DirectDebiting),
            1 => Some(Self::RefundAccount),
            2 => Some(Self::CheckBalance),
            3 => Some(Self::PriceEnquiry),
            _ => None,
        }
    }
}

/// Subscription-Id-Type (RFC 8506 §8.47).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum SubscriptionKind {
    /// MSISDN in international format.
    E164 = 0,
    /// IMSI.
    Imsi = 1,
    /// SIP URI.
    SipUri = 2,
    /// Network access identifier.
    Nai = 3,
    /// Credit-control server's own identifier.
    Private = 4,
}

impl SubscriptionKind {
    /// Reads the AVP's number.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::E164),
            1 => Some(Self::Imsi),
            2 => Some(Self::SipUri),
            3 => Some(Self::Nai),
            4 => Some(Self::Private),
            _ => None,
        }
    }
}

/// Subscription-Id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionId<'a> {
    /// Subscription-Id-Type.
    pub kind: SubscriptionKind,
    /// Subscription-Id-Data.
    pub data: &'a str,
}
