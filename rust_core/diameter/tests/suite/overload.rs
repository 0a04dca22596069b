//! What clients that take overload reports are told (RFC 7683).

use openmvno_diameter::overload_control::{OverloadReport, is_supported_by, tell};
use openmvno_diameter::{
    AnswerContext, CreditControlAnswer, CreditControlRequest, dictionary as avp,
};

use crate::support::{ccr, identity, list, message};

fn answered(report: Option<OverloadReport>) -> Vec<u8> {
    // Behind another message: the buffer holds many.
    let mut out = vec![1; 20];
    let bytes = ccr(&[], |_| {});
    let context = AnswerContext::of(&message(&bytes));
    CreditControlAnswer::with_result(2001).write(&identity(), &context, &mut out);
    tell(&mut out, 20, report);
    out.split_off(20)
}

#[test]
fn a_client_says_that_it_takes_reports() {
    let with = ccr(&[], |writer| {
        writer.group(avp::OC_SUPPORTED_FEATURES, |_| {})
    });
    let without = ccr(&[], |_| {});
    for (bytes, supported) in [(with, true), (without, false)] {
        let message = message(&bytes);
        assert_eq!(is_supported_by(&message), supported);
        let request = CreditControlRequest::parse(&message).expect("a request");
        assert_eq!(request.overload_control, supported);
    }
}

#[test]
fn an_answer_offers_loss_and_carries_the_report() {
    let plain = answered(None);
    let avps = list(message(&plain).bytes().get(20..).expect("AVPs"));
    let (id, features) = avps.last().expect("an AVP");
    assert_eq!(*id, avp::OC_SUPPORTED_FEATURES);
    assert_eq!(
        list(features),
        [(avp::OC_FEATURE_VECTOR, 1_u64.to_be_bytes().to_vec())]
    );

    let told = answered(Some(OverloadReport {
        sequence: 7,
        reduction_percentage: 66,
        validity_seconds: 30,
    }));
    let avps = list(message(&told).bytes().get(20..).expect("AVPs"));
    let (id, report) = avps.last().expect("an AVP");
    assert_eq!(*id, avp::OC_OLR);
    let expected = [
        (avp::OC_SEQUENCE_NUMBER, 7_u64.to_be_bytes().to_vec()),
        (avp::OC_REPORT_TYPE, 0_u32.to_be_bytes().to_vec()),
        (avp::OC_REDUCTION_PERCENTAGE, 66_u32.to_be_bytes().to_vec()),
        (avp::OC_VALIDITY_DURATION, 30_u32.to_be_bytes().to_vec()),
    ];
    assert_eq!(list(report), expected);
    // None of them has the M bit: the application does not know of them (RFC 7683 §7.8).
    assert!(message(&told).avps().all(|inner| {
        let inner = inner.expect("readable");
        !matches!(inner.id, avp::OC_OLR | avp::OC_SUPPORTED_FEATURES) || !inner.is_mandatory()
    }));
}
