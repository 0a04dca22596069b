//! How gateways differ from the standards, as data: one profile for each kind of gateway.

use crate::credit_control::FinalUnit;

/// What becomes of an AVP we do not know that has the M bit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownMandatory {
    /// The request is refused with 5001 (RFC 6733 §4.1).
    #[default]
    Refused,
    /// It is passed over as if it had no M bit.
    Ignored,
}

/// Result-Code of a request that is refused for want of capacity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Overload {
    /// 3004 when Destination-Host names us, else 3002, so that an agent tries another server
    /// (RFC 6733 §7.1.3).
    #[default]
    ByDestination,
    /// Always 3004: the gateway takes 3002 for a lasting failure.
    AlwaysTooBusy,
}

/// A Termination that comes again after its session was closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedTermination {
    /// The same request gets the same answer; another CC-Request-Number gets 5002.
    #[default]
    SameRequest,
    /// Every one gets 2001 and charges nothing while the session is remembered.
    Answered,
}

/// Whether the gateway can send a subscriber elsewhere when the credit is used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Redirection {
    /// Final-Unit-Action REDIRECT and RESTRICT_ACCESS go out as decided.
    #[default]
    Supported,
    /// It lets traffic go on instead: it is told TERMINATE.
    Ignored,
}

/// A way to name a subscriber.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityForm {
    /// END_USER_E164: an international number, or as the number plan reads it.
    E164,
    /// END_USER_E164 without country code, which `Profile::country_code` completes.
    NationalMsisdn,
    /// END_USER_IMSI.
    Imsi,
    /// END_USER_SIP_URI: `sip:+385…@…`, also `tel:+385…`.
    SipUri,
    /// END_USER_NAI (RFC 7542): an IMSI, with or without the leading 0 of TS 23.003 §19.3.2, or an
    /// MSISDN before the realm.
    Nai,
    /// An ICCID (ITU-T E.118), alone or before an `@`, under any Subscription-Id-Type.
    Iccid,
}

/// The forms every gateway may use, in the order they are tried.
const STANDARD_FORMS: [IdentityForm; 4] = [
    IdentityForm::E164,
    IdentityForm::Imsi,
    IdentityForm::SipUri,
    IdentityForm::Nai,
];

/// How a kind of gateway differs. The default differs in nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Unknown AVPs with the M bit.
    pub unknown_mandatory: UnknownMandatory,
    /// Refusals under load.
    pub overload: Overload,
    /// Terminations that come again.
    pub repeated_termination: RepeatedTermination,
    /// Final units.
    pub redirection: Redirection,
    /// The gateway knows one rating group: all it reports counts there, and it gets one grant.
    pub rating_group: Option<u32>,
    /// After this many updates that report nothing for a session whose credit is used up, the
    /// session is closed; `None`: it stays open as long as the gateway asks.
    pub depleted_updates: Option<u8>,
    /// How it names subscribers, most trusted first.
    pub identities: Vec<IdentityForm>,
    /// E.164 country code of its national numbers.
    pub country_code: String,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            name: "standard".to_owned(),
            unknown_mandatory: UnknownMandatory::default(),
            overload: Overload::default(),
            repeated_termination: RepeatedTermination::default(),
            redirection: Redirection::default(),
            rating_group: None,
            depleted_updates: None,
            identities: STANDARD_FORMS.to_vec(),
            country_code: String::new(),
        }
    }
}

impl Profile {
    /// What the gateway is told of a final grant.
    #[must_use]
    pub fn final_unit<'a>(&self, decided: FinalUnit<'a>) -> FinalUnit<'a> {
        match self.redirection {
            Redirection::Supported => decided,
            Redirection::Ignored => FinalUnit::Terminate,
        }
    }
}
