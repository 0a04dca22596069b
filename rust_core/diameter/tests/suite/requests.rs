//! What a well-formed Credit-Control-Request says.

use openmvno_diameter::client::{ClientService, Identifiers, ServiceDetail};
use openmvno_diameter::credit_control::{Money, RequestedAction, SubscriptionKind, Units};
use openmvno_diameter::dictionary as avp;
use openmvno_diameter::{AnswerContext, CreditControlRequest};

use crate::support::{ccr, client, message, simple_request};

#[test]
fn an_empty_requested_service_unit_differs_from_none() {
    let services = [
        ClientService {
            rating_group: Some(1),
            requested: Some(Units::default()),
            ..ClientService::default()
        },
        ClientService {
            rating_group: Some(2),
            ..ClientService::default()
        },
    ];
    let mut request = simple_request(1);
    request.services = &services;
    let mut bytes = Vec::new();
    request.write(&client(), Identifiers::both(1), &mut bytes);
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    assert!(read.services[0].requested.expect("asked for").is_empty());
    assert_eq!(read.services[1].requested, None);
}

#[test]
fn volume_is_the_total_or_input_plus_output() {
    let units = |total_octets, input_octets, output_octets| Units {
        total_octets,
        input_octets,
        output_octets,
        ..Units::default()
    };
    assert_eq!(units(Some(9), Some(1), Some(2)).octets(), Some(9));
    assert_eq!(units(None, Some(1), Some(2)).octets(), Some(3));
    assert_eq!(units(None, Some(1), None).octets(), Some(1));
    assert_eq!(units(None, None, Some(2)).octets(), Some(2));
    assert_eq!(units(None, None, None).octets(), None);
}

#[test]
fn several_used_service_units_and_identifiers_are_kept_apart() {
    let used = [
        Units {
            total_octets: Some(5),
            ..Units::default()
        },
        Units {
            time: Some(6),
            ..Units::default()
        },
    ];
    let services = [ClientService {
        service_identifiers: &[7, 8],
        used: &used,
        reporting_reason: Some(4),
        ..ClientService::default()
    }];
    let mut request = simple_request(1);
    request.services = &services;
    request.used = &used;
    let mut bytes = Vec::new();
    request.write(&client(), Identifiers::both(1), &mut bytes);
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    let service = &read.services[0];
    assert_eq!(service.service_identifiers[..], [7, 8]);
    assert_eq!(service.reporting_reason, Some(4));
    let units: Vec<Units> = service.used.iter().map(|used| used.units).collect();
    assert_eq!(units, used);
    assert_eq!(read.used.len(), 2);
}

#[test]
fn a_call_says_who_calls_whom() {
    let mut request = simple_request(0);
    request.imsi = Some("219010000000001");
    request.detail = ServiceDetail::Ims {
        called_party: "tel:+38591123",
        calling_party: "sip:+385910000001@ims.example.org",
        role_of_node: 1,
    };
    let mut bytes = Vec::new();
    request.write(&client(), Identifiers::both(1), &mut bytes);
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    assert_eq!(
        read.subscription(SubscriptionKind::E164),
        Some("385910000001")
    );
    assert_eq!(
        read.subscription(SubscriptionKind::Imsi),
        Some("219010000000001")
    );
    assert_eq!(read.subscription(SubscriptionKind::Nai), None);
    let information = &read.service_information;
    assert_eq!(information.called_party, Some("tel:+38591123"));
    assert_eq!(
        information.calling_party,
        Some("sip:+385910000001@ims.example.org")
    );
    assert_eq!(information.role_of_node, Some(1));
}

#[test]
fn a_message_prefers_the_recipients_msisdn() {
    let bytes = ccr(&[], |writer| {
        writer.group(avp::SERVICE_INFORMATION, |service| {
            service.group(avp::SMS_INFORMATION, |sms| {
                sms.group(avp::RECIPIENT_INFO, |info| {
                    for (kind, data) in [(0, "a@example.org"), (1, "38591"), (1, "38592")] {
                        info.group(avp::RECIPIENT_ADDRESS, |address| {
                            address.u32(avp::ADDRESS_TYPE, kind);
                            address.utf8(avp::ADDRESS_DATA, data);
                        });
                    }
                });
                sms.group(avp::RECIPIENT_INFO, |_| {});
                sms.group(avp::ORIGINATOR_RECEIVED_ADDRESS, |address| {
                    address.utf8(avp::ADDRESS_DATA, "385910000001");
                });
                sms.u32(avp::NUMBER_OF_MESSAGES_SENT, 3);
            });
        });
    });
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    let information = &read.service_information;
    assert_eq!(information.recipient, Some("38591"));
    assert_eq!(information.originator, Some("385910000001"));
    assert_eq!(
        (information.recipient_count, information.messages_sent),
        (2, Some(3))
    );
}

#[test]
fn a_multimedia_message_names_recipients_and_sender() {
    let bytes = ccr(&[], |writer| {
        writer.group(avp::SERVICE_INFORMATION, |service| {
            service.group(avp::MMS_INFORMATION, |mms| {
                mms.group(avp::ORIGINATOR_ADDRESS, |address| {
                    address.utf8(avp::ADDRESS_DATA, "385910000001");
                });
                for (kind, data) in [(0, "a@example.org"), (1, "38591")] {
                    mms.group(avp::RECIPIENT_ADDRESS, |address| {
                        address.u32(avp::ADDRESS_TYPE, kind);
                        address.utf8(avp::ADDRESS_DATA, data);
                    });
                }
            });
        });
    });
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    let information = &read.service_information;
    assert_eq!(information.recipient, Some("38591"));
    assert_eq!(information.originator, Some("385910000001"));
    assert_eq!(information.recipient_count, 2);
}

#[test]
fn an_event_names_its_action_and_what_it_reverses() {
    let mut request = simple_request(0);
    request.request_type = openmvno_diameter::credit_control::RequestType::Event;
    request.requested_action = Some(RequestedAction::RefundAccount);
    request.refund_information = Some(b"debit-1");
    request.correlation_id = Some(b"order-9");
    request.retransmitted = true;
    request.requested = Some(Units {
        money: Some(Money {
            value_digits: 150,
            exponent: -2,
            currency: Some(978),
        }),
        ..Units::default()
    });
    let mut bytes = Vec::new();
    request.write(&client(), Identifiers::both(1), &mut bytes);
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    assert_eq!(read.requested_action, Some(RequestedAction::RefundAccount));
    assert_eq!(read.refund_information, Some(&b"debit-1"[..]));
    assert_eq!(read.correlation_id, Some(&b"order-9"[..]));
    assert_eq!(read.requested, request.requested);
    assert!(read.is_retransmitted());
}

#[test]
fn unknown_avps_without_the_m_bit_are_passed_over() {
    let bytes = ccr(&[], |writer| {
        // Code 77777 of vendor 10415, flags V only, value "x".
        writer.raw(&[0, 1, 0x2F, 0xD1, 0x80, 0, 0, 13, 0, 0, 0x28, 0xAF, b'x']);
        writer.utf8(avp::USER_NAME, "after");
    });
    let read = CreditControlRequest::parse(&message(&bytes)).expect("valid");
    assert_eq!(read.user_name, Some("after"));
}

#[test]
fn the_answer_context_is_the_same_from_bytes_and_from_the_typed_view() {
    let bytes = ccr(&[], |writer| {
        writer.group(avp::PROXY_INFO, |proxy| {
            proxy.utf8(avp::PROXY_HOST, "agent.example.org");
            proxy.octets(avp::PROXY_STATE, b"odd");
        });
    });
    let message = message(&bytes);
    let read = CreditControlRequest::parse(&message).expect("valid");
    let context = AnswerContext::of(&message);
    assert_eq!(read.answer_context(), context);
    assert_eq!(context.hop_by_hop, 0x1111);
    assert_eq!(context.end_to_end, 0x2222);
    assert_eq!(
        (context.request_type, context.request_number),
        (Some(2), Some(5))
    );
    assert_eq!(context.proxy_info.len() % 4, 0);
    assert!(context.proxiable && !context.proxy_info.is_empty());
}
