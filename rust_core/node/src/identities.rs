//! The names a gateway calls a subscriber by.

use openmvno_charging::{Identity, IdentityKind};
use openmvno_diameter::CreditControlRequest;
use openmvno_diameter::credit_control::{SubscriptionId, SubscriptionKind};
use openmvno_diameter::peer::{IdentityForm, Profile};
use openmvno_rating::Numbering;

/// The identities a request names its subscriber by, in the order its gateway's profile trusts
/// them. ICCIDs are none: see [`card_number`].
pub(crate) fn identities<'r>(
    request: &'r CreditControlRequest<'_>,
    plan: &'r Numbering,
    profile: &'r Profile,
) -> impl Iterator<Item = Identity> + 'r {
    let forms = profile.identities.iter();
    // One after the other as they are asked for: the first is nearly always known.
    forms.flat_map(move |&form| {
        let names = request.subscription_ids.iter();
        names.filter_map(move |id| read(form, id, plan, &profile.country_code))
    })
}

/// The ICCID a request names its subscriber by, when the profile says that it may be one.
pub(crate) fn card_number<'a>(
    request: &CreditControlRequest<'a>,
    profile: &Profile,
) -> Option<&'a str> {
    // ITU-T E.118: 89 (telecommunications), 19 or 20 digits with what issuers add.
    let is_card = |digits: &&str| {
        matches!(digits.len(), 18..=20)
            && digits.starts_with("89")
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !profile.identities.contains(&IdentityForm::Iccid) {
        return None;
    }
    let names = request.subscription_ids.iter();
    names.map(|id| before_realm(id.data)).find(is_card)
}

fn read(
    form: IdentityForm,
    id: &SubscriptionId<'_>,
    plan: &Numbering,
    country_code: &str,
) -> Option<Identity> {
    let number = |text: &str| Identity::new(IdentityKind::Msisdn, plan.normalise(text).as_str());
    match (form, id.kind) {
        (IdentityForm::E164, SubscriptionKind::E164)
        | (IdentityForm::SipUri, SubscriptionKind::SipUri) => number(id.data),
        (IdentityForm::NationalMsisdn, SubscriptionKind::E164) => {
            Identity::new(IdentityKind::Msisdn, &international(id.data, country_code)?)
        }
        (IdentityForm::Imsi, SubscriptionKind::Imsi) => Identity::new(
            IdentityKind::Imsi,
            without_type_digit(before_realm(id.data)),
        ),
        (IdentityForm::Nai, SubscriptionKind::Nai) => {
            let user = without_type_digit(before_realm(id.data));
            // Shorter ones are numbers: mobile networks use IMSIs of 15, a few of 14 digits.
            match user.len() {
                14 | 15 => Identity::new(IdentityKind::Imsi, user),
                _ => number(user),
            }
        }
        _ => None,
    }
}

/// Before an IMSI an NAI has the 0 of EAP-AKA (TS 23.003 §19.3.2).
fn without_type_digit(user: &str) -> &str {
    let digits = user.strip_prefix('0').filter(|_| user.len() == 16);
    digits.unwrap_or(user)
}

/// A national number, with or without its trunk prefix 0, made international. One with a `+` is
/// not national.
fn international(number: &str, country_code: &str) -> Option<String> {
    let national = number.strip_prefix('0').unwrap_or(number);
    let digits = !national.is_empty() && national.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("{country_code}{national}"))
}

fn before_realm(text: &str) -> &str {
    text.split('@').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use openmvno_diameter::Message;
    use openmvno_diameter::codec::FLAG_REQUEST;
    use openmvno_diameter::dictionary as avp;
    use openmvno_diameter::{Header, MessageWriter};

    const MSISDN: &str = "385911234567";
    const IMSI: &str = "219010000000001";
    const ICCID: &str = "8944501001234567890";

    /// A CCR that names its subscriber so.
    fn request(names: &[(u32, &str)]) -> Vec<u8> {
        let header = Header {
            flags: FLAG_REQUEST,
            command: 272,
            application: 4,
            ..Header::default()
        };
        let mut out = Vec::new();
        let mut writer = MessageWriter::begin(&mut out, &header);
        writer.utf8(avp::SESSION_ID, "s");
        writer.utf8(avp::ORIGIN_HOST, "gw.example");
        writer.utf8(avp::ORIGIN_REALM, "example");
        writer.utf8(avp::DESTINATION_REALM, "example");
        writer.u32(avp::AUTH_APPLICATION_ID, 4);
        writer.utf8(avp::SERVICE_CONTEXT_ID, "32251@3gpp.org");
        writer.u32(avp::CC_REQUEST_TYPE, 1);
        writer.u32(avp::CC_REQUEST_NUMBER, 0);
        for &(kind, data) in names {
            writer.group(avp::SUBSCRIPTION_ID, |group| {
                group.u32(avp::SUBSCRIPTION_ID_TYPE, kind);
                group.utf8(avp::SUBSCRIPTION_ID_DATA, data);
            });
        }
        writer.finish();
        out
    }

    fn profile(forms: &[IdentityForm], country_code: &str) -> Profile {
        Profile {
            identities: forms.to_vec(),
            country_code: country_code.to_owned(),
            ..Profile::default()
        }
    }

    fn named(names: &[(u32, &str)], profile: &Profile) -> Vec<Identity> {
        let bytes = request(names);
        let message = Message::parse(&bytes).expect("a message");
        let request = CreditControlRequest::parse(&message).expect("a request");
        identities(&request, &Numbering::of_country("385"), profile).collect()
    }

    fn msisdn() -> Identity {
        Identity::new(IdentityKind::Msisdn, MSISDN).expect("digits")
    }

    fn imsi_of() -> Identity {
        Identity::new(IdentityKind::Imsi, IMSI).expect("digits")
    }

    #[test]
    fn the_standard_forms_are_read_msisdn_first() {
        let standard = Profile::default();
        let both = named(&[(1, IMSI), (0, MSISDN)], &standard);
        assert_eq!(both, [msisdn(), imsi_of()]);
        let cases = [
            (0, "+385911234567", msisdn()),
            (0, "0911234567", msisdn()),
            (2, "sip:+385911234567@ims.example.org;user=phone", msisdn()),
            (2, "tel:+385911234567", msisdn()),
            (
                3,
                "0219010000000001@nai.epc.mnc001.mcc219.3gppnetwork.org",
                imsi_of(),
            ),
            (3, "219010000000001@example.org", imsi_of()),
            (3, "385911234567@example.org", msisdn()),
        ];
        for (kind, data, identity) in cases {
            assert_eq!(named(&[(kind, data)], &standard), [identity], "{data}");
        }
        assert_eq!(named(&[(4, MSISDN), (3, "bob@example.org")], &standard), []);
    }

    #[test]
    fn a_profile_decides_on_forms_and_their_order() {
        let imsi_first = profile(&[IdentityForm::Imsi, IdentityForm::E164], "");
        let names = [(0, MSISDN), (1, IMSI)];
        assert_eq!(named(&names, &imsi_first), [imsi_of(), msisdn()]);
        let imsi_only = profile(&[IdentityForm::Imsi], "");
        assert_eq!(named(&names, &imsi_only), [imsi_of()]);
    }

    #[test]
    fn national_numbers_get_the_country_code_of_the_profile() {
        let national = profile(&[IdentityForm::NationalMsisdn, IdentityForm::E164], "385");
        for data in ["911234567", "0911234567"] {
            assert_eq!(named(&[(0, data)], &national)[0], msisdn(), "{data}");
        }
        assert_eq!(named(&[(0, "+385911234567")], &national), [msisdn()]);
    }

    #[test]
    fn an_iccid_is_found_where_the_profile_expects_it() {
        let cards = profile(&[IdentityForm::Iccid, IdentityForm::E164], "");
        let with_realm = format!("{ICCID}@iccid");
        for (kind, data) in [(0, &*with_realm), (3, &*with_realm), (4, ICCID)] {
            let bytes = request(&[(kind, data)]);
            let message = Message::parse(&bytes).expect("a message");
            let request = CreditControlRequest::parse(&message).expect("a request");
            assert_eq!(card_number(&request, &cards), Some(ICCID));
            assert_eq!(card_number(&request, &Profile::default()), None);
        }
        assert_eq!(named(&[(0, &with_realm)], &cards), []);
    }
}
