//! Credit-Control-Answers as a client reads them.

use openmvno_diameter::codec::FLAG_PROXIABLE;
use openmvno_diameter::credit_control::{
    CostInformation, DebitingFailureHandling, Failure, FailureHandling, Filters, FinalUnit, Money,
    RedirectAddressType, Units,
};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::{
    AnswerContext, CreditControlAnswer, CreditControlRequest, GrantedService, GrantedUnits,
};
use smallvec::smallvec;

use crate::support::{answer, ccr, identity, list, message};

fn context() -> AnswerContext {
    let bytes = ccr(&[], |writer| {
        writer.group(avp::PROXY_INFO, |proxy| {
            proxy.utf8(avp::PROXY_HOST, "agent.example.org");
            proxy.octets(avp::PROXY_STATE, b"abc");
        });
    });
    AnswerContext::of(&message(&bytes))
}

fn written(answer: &CreditControlAnswer<'_>) -> Vec<u8> {
    let mut out = vec![0xAA; 3];
    let length = answer.write(&identity(), &context(), &mut out);
    assert_eq!(out.len(), 3 + length);
    out.split_off(3)
}

#[test]
fn a_full_answer_stands_in_the_order_of_the_rfc() {
    let services = [GrantedService {
        rating_group: Some(10),
        service_identifiers: smallvec![1, 2],
        granted: Some(GrantedUnits::Octets(1_048_576)),
        tariff_time_change: Some(1_700_000_600),
        validity_time: Some(600),
        result_code: Some(2001),
        final_unit: Some(FinalUnit::Terminate),
        quota_holding_time: Some(300),
        time_quota_threshold: Some(5),
        volume_quota_threshold: Some(1000),
        refund_information: None,
        ..GrantedService::default()
    }];
    let bytes = written(&CreditControlAnswer {
        result_code: 2001,
        session_failover: Some(true),
        granted: Some(GrantedUnits::Time(60)),
        services: &services,
        cost: Some(CostInformation {
            value_digits: 12_345,
            exponent: -2,
            currency: 978,
        }),
        final_unit: Some(FinalUnit::Terminate),
        enough_credit: Some(true),
        validity_time: Some(600),
        refund_information: Some(b"debit-1"),
        correlation_id: Some(b"order-9"),
        ..CreditControlAnswer::default()
    });
    let order: Vec<_> = list(&bytes[20..]).into_iter().map(|(id, _)| id).collect();
    let expected = [
        avp::SESSION_ID,
        avp::RESULT_CODE,
        avp::ORIGIN_HOST,
        avp::ORIGIN_REALM,
        avp::AUTH_APPLICATION_ID,
        avp::CC_REQUEST_TYPE,
        avp::CC_REQUEST_NUMBER,
        avp::CC_SESSION_FAILOVER,
        avp::ORIGIN_STATE_ID,
        avp::GRANTED_SERVICE_UNIT,
        avp::MULTIPLE_SERVICES_CREDIT_CONTROL,
        avp::COST_INFORMATION,
        avp::FINAL_UNIT_INDICATION,
        avp::CHECK_BALANCE_RESULT,
        avp::VALIDITY_TIME,
        avp::PROXY_INFO,
        avp::CC_CORRELATION_ID,
        avp::REFUND_INFORMATION,
    ];
    assert_eq!(order, expected);

    let read = answer(&bytes);
    assert_eq!(read.header.flags, FLAG_PROXIABLE);
    assert_eq!(
        (read.header.hop_by_hop, read.header.end_to_end),
        (0x1111, 0x2222)
    );
    assert_eq!(read.result_code, 2001);
    assert_eq!(read.session_id, Some("gateway.visited.org;1;2"));
    assert_eq!((read.request_type, read.request_number), (Some(2), Some(5)));
    assert_eq!(read.session_failover, Some(1));
    assert_eq!(read.origin_state_id, Some(1_700_000_000));
    assert_eq!(
        read.granted,
        Some(Units {
            time: Some(60),
            ..Units::default()
        })
    );
    assert_eq!(read.cost, Some((12_345, -2, 978)));
    assert_eq!(read.check_balance_result, Some(0));
    assert_eq!(
        (read.validity_time, read.final_unit_action),
        (Some(600), Some(0))
    );
    assert_eq!(read.refund_information, Some(&b"debit-1"[..]));
    assert_eq!(read.correlation_id, Some(&b"order-9"[..]));
    let service = &read.services[0];
    assert_eq!(service.rating_group, Some(10));
    assert_eq!(service.service_identifiers[..], [1, 2]);
    assert_eq!(
        service.granted.and_then(|units| units.octets()),
        Some(1_048_576)
    );
    assert_eq!(service.validity_time, Some(600));
    assert_eq!(
        (service.result_code, service.final_unit_action),
        (Some(2001), Some(0))
    );
}

#[test]
fn each_kind_of_unit_is_granted_as_itself() {
    let money = Money {
        value_digits: 5,
        exponent: -1,
        currency: Some(978),
    };
    let cases = [
        (
            GrantedUnits::Time(7),
            Units {
                time: Some(7),
                ..Units::default()
            },
        ),
        (
            GrantedUnits::Octets(8),
            Units {
                total_octets: Some(8),
                ..Units::default()
            },
        ),
        (
            GrantedUnits::ServiceSpecific(9),
            Units {
                service_specific: Some(9),
                ..Units::default()
            },
        ),
        (
            GrantedUnits::Money(money),
            Units {
                money: Some(money),
                ..Units::default()
            },
        ),
    ];
    for (granted, expected) in cases {
        let bytes = written(&CreditControlAnswer {
            granted: Some(granted),
            ..CreditControlAnswer::with_result(2001)
        });
        assert_eq!(answer(&bytes).granted, Some(expected));
    }
}

#[test]
fn final_units_redirect_or_restrict() {
    let ids = ["walled-garden".to_owned()];
    let rules = ["permit out ip from 192.0.2.1 to any".to_owned()];
    let redirect = FinalUnit::Redirect {
        address_type: RedirectAddressType::Url,
        address: "https://top-up.example.org/",
        filters: Filters::default(),
    };
    let restrict = FinalUnit::RestrictAccess(Filters {
        ids: &ids,
        rules: &[],
    });
    let by_rule = FinalUnit::RestrictAccess(Filters {
        ids: &[],
        rules: &rules,
    });
    let cases = [
        (redirect, 1, avp::REDIRECT_SERVER),
        (restrict, 2, avp::FILTER_ID),
        (by_rule, 2, avp::RESTRICTION_FILTER_RULE),
    ];
    for (final_unit, action, second) in cases {
        let bytes = written(&CreditControlAnswer {
            final_unit: Some(final_unit),
            ..CreditControlAnswer::with_result(2001)
        });
        assert_eq!(answer(&bytes).final_unit_action, Some(action));
        let group = message(&bytes)
            .avps()
            .find(avp::FINAL_UNIT_INDICATION)
            .expect("there");
        let inside: Vec<_> = list(group.data).into_iter().map(|(id, _)| id).collect();
        assert_eq!(inside, [avp::FINAL_UNIT_ACTION, second]);
    }
}

#[test]
fn a_throttled_profile_is_told_in_a_qos_final_unit_indication() {
    let bytes = written(&CreditControlAnswer {
        final_unit: Some(FinalUnit::Throttle {
            filter_id: "256kbps",
        }),
        ..CreditControlAnswer::with_result(2001)
    });
    let message = message(&bytes);
    assert!(message.avps().find(avp::FINAL_UNIT_INDICATION).is_none());
    let group = message
        .avps()
        .find(avp::QOS_FINAL_UNIT_INDICATION)
        .expect("there");
    let inside = list(group.data);
    assert_eq!(
        inside[0],
        (avp::FINAL_UNIT_ACTION, 2_u32.to_be_bytes().to_vec())
    );
    assert_eq!(inside[1], (avp::FILTER_ID, b"256kbps".to_vec()));
}

#[test]
fn a_grant_says_when_to_come_back_and_for_what() {
    let service = GrantedService {
        volume_quota_threshold: Some(100),
        quota_holding_time: Some(60),
        triggers: Some(&[3, 4]),
        ..GrantedService::default()
    };
    let bytes = written(&CreditControlAnswer {
        services: &[service],
        ..CreditControlAnswer::with_result(2001)
    });
    let message = message(&bytes);
    let group = message
        .avps()
        .find(avp::MULTIPLE_SERVICES_CREDIT_CONTROL)
        .expect("there");
    let inside = list(group.data);
    let number = |value: u32| value.to_be_bytes().to_vec();
    assert!(inside.contains(&(avp::VOLUME_QUOTA_THRESHOLD, number(100))));
    assert!(inside.contains(&(avp::QUOTA_HOLDING_TIME, number(60))));
    let (_, trigger) = inside
        .iter()
        .find(|(id, _)| *id == avp::TRIGGER)
        .expect("there");
    let types = [
        (avp::TRIGGER_TYPE, number(3)),
        (avp::TRIGGER_TYPE, number(4)),
    ];
    assert_eq!(list(trigger), types);
}

#[test]
fn an_answer_says_what_to_do_when_no_server_answers() {
    let bytes = written(&CreditControlAnswer {
        session_failover: Some(true),
        failure_handling: Some(FailureHandling::RetryAndTerminate),
        debiting_failure_handling: Some(DebitingFailureHandling::Continue),
        ..CreditControlAnswer::with_result(2001)
    });
    let message = message(&bytes);
    let number = |id| message.avps().find(id).and_then(|avp| avp.u32().ok());
    assert_eq!(number(avp::CC_SESSION_FAILOVER), Some(1));
    assert_eq!(number(avp::CREDIT_CONTROL_FAILURE_HANDLING), Some(2));
    assert_eq!(number(avp::DIRECT_DEBITING_FAILURE_HANDLING), Some(1));
}

#[test]
fn only_protocol_errors_have_the_e_bit() {
    for (code, error) in [(2001, false), (3004, true), (4012, false), (5030, false)] {
        let bytes = written(&CreditControlAnswer::with_result(code));
        let read = answer(&bytes);
        assert_eq!((read.result_code, read.header.is_error()), (code, error));
    }
}

#[test]
fn a_failure_is_told_with_its_avp_and_the_agents_proxy_info() {
    let failure = Failure::missing(avp::SERVICE_CONTEXT_ID);
    let bytes = written(&CreditControlAnswer::of_failure(&failure));
    let read = answer(&bytes);
    assert_eq!(read.result_code, 5005);
    assert_eq!(read.error_message, Some("Service-Context-Id is missing"));
    let failed = list(read.failed_avp.expect("Failed-AVP"));
    assert_eq!(failed, [(avp::SERVICE_CONTEXT_ID, Vec::new())]);
    let proxy = message(&bytes)
        .avps()
        .find(avp::PROXY_INFO)
        .expect("Proxy-Info");
    let inside = list(proxy.data);
    assert_eq!(inside[0], (avp::PROXY_HOST, b"agent.example.org".to_vec()));
    assert_eq!(inside[1], (avp::PROXY_STATE, b"abc".to_vec()));
}

#[test]
fn failures_a_caller_finds_later_look_the_same() {
    let failure = Failure::invalid_number(avp::CC_REQUEST_NUMBER, 5);
    assert_eq!(failure.result_code, 5004);
    let failed = list(failure.failed_avp.as_deref().expect("Failed-AVP"));
    assert_eq!(
        failed,
        [(avp::CC_REQUEST_NUMBER, 5_u32.to_be_bytes().to_vec())]
    );
    let failure = Failure::unable_to_comply("too many services");
    assert_eq!(
        (failure.result_code, failure.failed_avp.is_none()),
        (5012, true)
    );
}

#[test]
fn a_request_without_session_or_number_is_still_answered() {
    let bytes = ccr(&[avp::SESSION_ID, avp::CC_REQUEST_NUMBER], |_| {});
    let message = message(&bytes);
    let failure = CreditControlRequest::parse(&message).expect_err("refused");
    let mut out = Vec::new();
    CreditControlAnswer::of_failure(&failure).write(
        &identity(),
        &AnswerContext::of(&message),
        &mut out,
    );
    let read = answer(&out);
    assert_eq!((read.result_code, read.session_id), (5005, None));
    assert_eq!(read.request_number, None);
}
