//! Each way a Credit-Control-Request can be wrong, and what its answer has to show.

use openmvno_diameter::codec::write_wrapped;
use openmvno_diameter::credit_control::Failure;
use openmvno_diameter::dictionary::{self as avp, AvpId};
use openmvno_diameter::{AnswerContext, CreditControlAnswer, CreditControlRequest, MessageWriter};

use crate::support::{answer, ccr, identity, list, message};

fn failure(bytes: &[u8]) -> Failure {
    CreditControlRequest::parse(&message(bytes)).expect_err("refused")
}

fn refused(extra: impl FnOnce(&mut MessageWriter<'_>)) -> Failure {
    failure(&ccr(&[], extra))
}

fn failed_avp(failure: &Failure) -> Vec<(AvpId, Vec<u8>)> {
    list(failure.failed_avp.as_deref().expect("Failed-AVP"))
}

#[test]
fn a_missing_avp_is_shown_by_an_example() {
    let required = [
        (avp::SESSION_ID, 0),
        (avp::ORIGIN_HOST, 0),
        (avp::ORIGIN_REALM, 0),
        (avp::DESTINATION_REALM, 0),
        (avp::AUTH_APPLICATION_ID, 4),
        (avp::SERVICE_CONTEXT_ID, 0),
        (avp::CC_REQUEST_TYPE, 4),
        (avp::CC_REQUEST_NUMBER, 4),
    ];
    for (id, length) in required {
        let failure = failure(&ccr(&[id], |_| {}));
        assert_eq!(failure.result_code, 5005, "{id}");
        assert_eq!(failed_avp(&failure), [(id, vec![0; length])]);
    }
}

#[test]
fn an_event_needs_its_action() {
    let bytes = ccr(&[avp::CC_REQUEST_TYPE], |writer| {
        writer.u32(avp::CC_REQUEST_TYPE, 4)
    });
    let failure = failure(&bytes);
    assert_eq!(failure.result_code, 5005);
    assert_eq!(failed_avp(&failure), [(avp::REQUESTED_ACTION, vec![0; 4])]);
}

#[test]
fn a_missing_avp_inside_a_group_is_shown_inside_the_group() {
    let failure = refused(|writer| {
        writer.group(avp::SUBSCRIPTION_ID, |group| {
            group.u32(avp::SUBSCRIPTION_ID_TYPE, 0)
        });
    });
    assert_eq!(failure.result_code, 5005);
    let outer = failed_avp(&failure);
    assert_eq!(outer[0].0, avp::SUBSCRIPTION_ID);
    assert_eq!(list(&outer[0].1), [(avp::SUBSCRIPTION_ID_DATA, Vec::new())]);
}

#[test]
fn the_first_instance_too_many_is_shown() {
    let failure = refused(|writer| writer.u32(avp::CC_REQUEST_NUMBER, 99));
    assert_eq!(failure.result_code, 5009);
    assert_eq!(
        failed_avp(&failure),
        [(avp::CC_REQUEST_NUMBER, 99_u32.to_be_bytes().to_vec())]
    );

    for id in [avp::SESSION_ID, avp::ORIGIN_HOST, avp::SERVICE_CONTEXT_ID] {
        let failure = refused(|writer| writer.utf8(id, "again"));
        assert_eq!(failure.result_code, 5009);
        assert_eq!(failed_avp(&failure), [(id, b"again".to_vec())]);
    }
    let failure = refused(|writer| {
        writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |group| {
            group.u32(avp::RATING_GROUP, 1);
            group.u32(avp::RATING_GROUP, 2);
        });
    });
    assert_eq!(failure.result_code, 5009);
    let inside = list(&failed_avp(&failure)[0].1);
    assert_eq!(inside, [(avp::RATING_GROUP, 2_u32.to_be_bytes().to_vec())]);
}

#[test]
fn service_information_occurs_once() {
    let failure = refused(|writer| {
        writer.group(avp::SERVICE_INFORMATION, |_| {});
        writer.group(avp::SERVICE_INFORMATION, |_| {});
    });
    assert_eq!(failure.result_code, 5009);
}

#[test]
fn an_unknown_mandatory_avp_is_refused_at_every_level() {
    let unknown = AvpId {
        code: 77_777,
        vendor: 0,
    };
    let failure = refused(|writer| writer.utf8(unknown, "x"));
    assert_eq!(failure.result_code, 5001);
    assert_eq!(failed_avp(&failure), [(unknown, b"x".to_vec())]);

    // Inside a group we read, and inside a known one we do not.
    let groups = [
        avp::MULTIPLE_SERVICES_CREDIT_CONTROL,
        avp::USED_SERVICE_UNIT,
        avp::SERVICE_INFORMATION,
        avp::QOS_INFORMATION,
    ];
    for group in groups {
        let failure = refused(|writer| writer.group(group, |inner| inner.utf8(unknown, "x")));
        assert_eq!(failure.result_code, 5001, "{group}");
        let outer = failed_avp(&failure);
        assert_eq!(outer[0].0, group);
        assert_eq!(list(&outer[0].1), [(unknown, b"x".to_vec())]);
    }
}

#[test]
fn values_outside_their_range_are_refused() {
    let numbers = [
        (avp::REQUESTED_ACTION, 4),
        (avp::MULTIPLE_SERVICES_INDICATOR, 2),
    ];
    for (id, value) in numbers {
        let failure = refused(|writer| writer.u32(id, value));
        assert_eq!(failure.result_code, 5004);
        assert_eq!(failed_avp(&failure), [(id, value.to_be_bytes().to_vec())]);
    }
    for (id, value) in [(avp::CC_REQUEST_TYPE, 5), (avp::AUTH_APPLICATION_ID, 3)] {
        let failure = failure(&ccr(&[id], |writer| writer.u32(id, value)));
        assert_eq!(failure.result_code, 5004);
        assert_eq!(failed_avp(&failure), [(id, value.to_be_bytes().to_vec())]);
    }
    let failure = failure(&ccr(&[avp::SESSION_ID], |writer| {
        writer.utf8(avp::SESSION_ID, "");
    }));
    assert_eq!(failure.result_code, 5004);
    let failure = refused(|writer| writer.octets(avp::USER_NAME, &[0xFF]));
    assert_eq!(failure.result_code, 5004);
    assert_eq!(failed_avp(&failure), [(avp::USER_NAME, vec![0xFF])]);
}

#[test]
fn money_is_neither_negative_nor_without_a_value() {
    let money = |content: &dyn Fn(&mut MessageWriter<'_>)| {
        refused(|writer| {
            writer.group(avp::REQUESTED_SERVICE_UNIT, |units| {
                units.group(avp::CC_MONEY, |money| content(money));
            });
        })
    };
    let negative = money(&|group| {
        group.group(avp::UNIT_VALUE, |value| value.i64(avp::VALUE_DIGITS, -1));
    });
    assert_eq!(negative.result_code, 5004);
    assert_eq!(failed_avp(&negative)[0].0, avp::REQUESTED_SERVICE_UNIT);
    assert_eq!(money(&|_| {}).result_code, 5005);
    assert_eq!(
        money(&|group| group.group(avp::UNIT_VALUE, |_| {})).result_code,
        5005
    );
}

#[test]
fn volumes_beyond_64_bits_are_refused() {
    let failure = refused(|writer| {
        writer.group(avp::USED_SERVICE_UNIT, |units| {
            units.u64(avp::CC_INPUT_OCTETS, u64::MAX);
            units.u64(avp::CC_OUTPUT_OCTETS, 1);
        });
    });
    assert_eq!(failure.result_code, 5004);
    assert_eq!(failed_avp(&failure)[0].0, avp::USED_SERVICE_UNIT);
}

#[test]
fn a_value_of_the_wrong_length_is_shown_whole() {
    let failure = refused(|writer| writer.octets(avp::EVENT_TIMESTAMP, &[1, 2, 3]));
    assert_eq!(failure.result_code, 5014);
    assert_eq!(
        failed_avp(&failure),
        [(avp::EVENT_TIMESTAMP, vec![1, 2, 3])]
    );
}

#[test]
fn an_avp_longer_than_its_message_is_shown_with_an_empty_value() {
    let mut bytes = ccr(&[], |writer| writer.u32(avp::RATING_GROUP, 1));
    let length_at = bytes.len() - 5;
    bytes[length_at] = 200;
    let failed = failure(&bytes);
    assert_eq!(failed.result_code, 5014);
    assert_eq!(failed_avp(&failed), [(avp::RATING_GROUP, vec![0; 4])]);

    // Shorter than its own header.
    bytes[length_at] = 7;
    let failed = failure(&bytes);
    assert_eq!(failed.result_code, 5014);
    assert_eq!(failed_avp(&failed), [(avp::RATING_GROUP, vec![0; 4])]);
}

#[test]
fn four_octets_too_many_are_an_avp_without_room_for_its_header() {
    let bytes = ccr(&[], |writer| writer.raw(&[0, 0, 1, 7]));
    let failure = failure(&bytes);
    assert_eq!(failure.result_code, 5014);
    assert_eq!(failed_avp(&failure), [(avp::SESSION_ID, Vec::new())]);
}

#[test]
fn reserved_avp_flags_are_a_protocol_error() {
    let bytes = ccr(&[], |writer| {
        writer.raw(&[0, 0, 0, 1, 0x41, 0, 0, 9, b'x']);
    });
    let message = message(&bytes);
    let failure = CreditControlRequest::parse(&message).expect_err("refused");
    assert_eq!(failure.result_code, 3009);
    let mut out = Vec::new();
    let context = AnswerContext::of(&message);
    CreditControlAnswer::of_failure(&failure).write(&identity(), &context, &mut out);
    let answer = answer(&out);
    assert!(answer.header.is_error());
    assert_eq!((answer.result_code, answer.request_number), (3009, Some(5)));
    assert_eq!(answer.session_id, Some("gateway.visited.org;1;2"));
}

#[test]
fn names_longer_than_any_are_refused() {
    for id in [avp::SESSION_ID, avp::ORIGIN_HOST, avp::SERVICE_CONTEXT_ID] {
        let with = |length| ccr(&[id], |writer| writer.utf8(id, &"x".repeat(length)));
        assert!(CreditControlRequest::parse(&message(&with(1_024))).is_ok());
        let failure = CreditControlRequest::parse(&message(&with(1_025))).expect_err("too long");
        assert_eq!(failure.result_code, 5004);
    }
}

#[test]
fn groups_nested_without_end_are_refused() {
    let mut nested = Vec::new();
    for _ in 0..10_000 {
        let inner = std::mem::take(&mut nested);
        write_wrapped(&mut nested, avp::QOS_INFORMATION, &inner);
    }
    let failure = refused(|writer| writer.raw(&nested));
    assert_eq!(failure.result_code, 5004);
}
