//! Gateways that differ from the standards: what a profile changes, quirk by quirk.

use openmvno_diameter::CreditControlRequest;
use openmvno_diameter::codec::{without_unknown_mandatory, write_wrapped};
use openmvno_diameter::credit_control::{Filters, FinalUnit, RedirectAddressType};
use openmvno_diameter::dictionary::{self as avp, AvpId};
use openmvno_diameter::peer::{Profile, Redirection};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::support::{all_captured, ccr, message};

#[test]
fn a_gateway_that_ignores_redirects_is_told_to_terminate() {
    let redirect = FinalUnit::Redirect {
        address_type: RedirectAddressType::Url,
        address: "http://topup.example.org",
        filters: Filters::default(),
    };
    let restrict = FinalUnit::RestrictAccess(Filters::default());
    let ignores = Profile {
        redirection: Redirection::Ignored,
        ..Profile::default()
    };
    for decided in [redirect, restrict, FinalUnit::Terminate] {
        assert_eq!(ignores.final_unit(decided), FinalUnit::Terminate);
        assert_eq!(Profile::default().final_unit(decided), decided);
    }
}

#[test]
fn unknown_mandatory_avps_lose_their_m_bit_at_every_level() {
    let unknown = AvpId {
        code: 77_777,
        vendor: 4_242,
    };
    let mut known = Vec::new();
    write_wrapped(&mut known, unknown, b"abc");
    let bytes = ccr(&[], |writer| {
        writer.octets(unknown, b"x");
        writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |services| {
            services.u32(avp::RATING_GROUP, 10);
            services.octets(unknown, b"yy");
            services.group(avp::USED_SERVICE_UNIT, |used| {
                used.u64(avp::CC_TOTAL_OCTETS, 5);
                used.raw(&known);
            });
        });
        writer.u32(avp::ORIGIN_STATE_ID, 1);
    });
    let strict = CreditControlRequest::parse(&message(&bytes)).expect_err("refused");
    assert_eq!(strict.result_code, 5001);
    let lenient = without_unknown_mandatory(&bytes);
    let lenient = message(&lenient);
    let request = CreditControlRequest::parse(&lenient).expect("passed over");
    assert_eq!(request.services[0].rating_group, Some(10));
    assert_eq!(request.services[0].used[0].units.octets(), Some(5));
    assert_eq!(request.origin_state_id, Some(1));
    // What is known stays mandatory, and a second pass changes nothing.
    let again = without_unknown_mandatory(&without_unknown_mandatory(&bytes));
    assert_eq!(again, without_unknown_mandatory(&bytes));
}

#[test]
fn what_is_known_stays_as_it_was() {
    for (label, frame) in all_captured("open5gs_smf") {
        if label.starts_with("gy-") {
            assert_eq!(without_unknown_mandatory(&frame), frame, "{label}");
        }
    }
}

proptest! {
    #![proptest_config(crate::arbitrary_bytes::configuration())]

    #[test]
    fn any_octets_keep_their_length(octets in vec(any::<u8>(), 0..400)) {
        prop_assert_eq!(without_unknown_mandatory(&octets).len(), octets.len());
    }
}
