//! Whatever a client writes reads back as the same values, and likewise for a server.

use openmvno_diameter::client::{
    ClientAnswer, ClientRequest, ClientService, Identifiers, ServiceDetail,
};
use openmvno_diameter::codec::{Header, MessageWriter};
use openmvno_diameter::credit_control::{
    FinalUnit, Money, RequestType, RequestedAction, SubscriptionKind, Units,
};
use openmvno_diameter::dictionary::{self as avp, AvpId};
use openmvno_diameter::{
    AnswerContext, Avps, CreditControlAnswer, CreditControlRequest, GrantedService, GrantedUnits,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::arbitrary_bytes::configuration;
use crate::support::{client, identity, message};

fn money() -> impl Strategy<Value = Money> {
    (0..=i64::MAX, any::<i32>(), option::of(any::<u32>())).prop_map(
        |(value_digits, exponent, currency)| Money {
            value_digits,
            exponent,
            currency,
        },
    )
}

fn units() -> impl Strategy<Value = Units> {
    let octets = || option::of(0..u64::MAX / 2);
    let specific = option::of(any::<u64>());
    let parts = (
        option::of(any::<u32>()),
        octets(),
        octets(),
        octets(),
        specific,
        option::of(money()),
    );
    parts.prop_map(
        |(time, total_octets, input_octets, output_octets, service_specific, money)| Units {
            time,
            total_octets,
            input_octets,
            output_octets,
            service_specific,
            money,
        },
    )
}

#[derive(Clone, Debug)]
struct Service {
    rating_group: Option<u32>,
    identifiers: Vec<u32>,
    requested: Option<Units>,
    used: Vec<Units>,
    reason: Option<u32>,
}

fn service() -> impl Strategy<Value = Service> {
    let parts = (
        option::of(any::<u32>()),
        vec(any::<u32>(), 0..3),
        option::of(units()),
        vec(units(), 0..3),
        option::of(0..10_u32),
    );
    parts.prop_map(
        |(rating_group, identifiers, requested, used, reason)| Service {
            rating_group,
            identifiers,
            requested,
            used,
            reason,
        },
    )
}

fn request_type() -> impl Strategy<Value = RequestType> {
    (1..=4_u32).prop_map(|number| RequestType::from_number(number).expect("1 to 4"))
}

proptest! {
    #![proptest_config(configuration())]

    #[test]
    fn requests(
        session_id in "[ -~]{1,60}",
        context in "[0-9a-z@.š]{1,20}",
        kind in request_type(),
        number in any::<u32>(),
        action in 0..=3_u32,
        // The two eras of Time: 1968-01-20 to 2104-02-26.
        stamp in -61_505_152..4_233_462_144_i64,
        e164 in option::of("[0-9]{0,15}"),
        imsi in option::of("[0-9]{0,15}"),
        indicator in option::of(any::<bool>()),
        services in vec(service(), 0..4),
        requested in option::of(units()),
        called in "\\PC{0,30}",
        retransmitted in any::<bool>(),
        identifiers in any::<(u32, u32)>(),
    ) {
        let described: Vec<ClientService<'_>> = services
            .iter()
            .map(|service| ClientService {
                rating_group: service.rating_group,
                service_identifiers: &service.identifiers,
                requested: service.requested,
                used: &service.used,
                reporting_reason: service.reason,
            })
            .collect();
        let mut request = ClientRequest::new(&session_id, &context, kind, number);
        request.requested_action = RequestedAction::from_number(action);
        request.event_timestamp = Some(stamp);
        request.e164 = e164.as_deref();
        request.imsi = imsi.as_deref();
        request.multiple_services_indicator = indicator;
        request.services = &described;
        request.requested = requested;
        request.retransmitted = retransmitted;
        request.detail = ServiceDetail::Ims {
            called_party: &called,
            calling_party: "tel:+1",
            role_of_node: 0,
        };
        let identifiers = Identifiers { hop_by_hop: identifiers.0, end_to_end: identifiers.1 };
        let mut bytes = Vec::new();
        let length = request.write(&client(), identifiers, &mut bytes);
        prop_assert_eq!(length, bytes.len());
        let message = message(&bytes);
        let read = CreditControlRequest::parse(&message).expect("what a client writes is valid");
        prop_assert_eq!(read.session_id, session_id.as_str());
        prop_assert_eq!(read.service_context_id, context.as_str());
        prop_assert_eq!((read.request_type, read.request_number), (kind, number));
        prop_assert_eq!(read.requested_action, RequestedAction::from_number(action));
        prop_assert_eq!(read.event_timestamp, Some(stamp));
        prop_assert_eq!(read.subscription(SubscriptionKind::E164), e164.as_deref());
        prop_assert_eq!(read.subscription(SubscriptionKind::Imsi), imsi.as_deref());
        prop_assert_eq!(read.multiple_services_indicator, indicator.unwrap_or(false));
        prop_assert_eq!(read.requested, requested);
        prop_assert_eq!(read.is_retransmitted(), retransmitted);
        prop_assert_eq!(read.service_information.called_party, Some(called.as_str()));
        prop_assert_eq!(read.header.hop_by_hop, identifiers.hop_by_hop);
        prop_assert_eq!(read.header.end_to_end, identifiers.end_to_end);
        prop_assert_eq!(read.services.len(), services.len());
        for (read, sent) in read.services.iter().zip(&services) {
            let used: Vec<Units> = read.used.iter().map(|used| used.units).collect();
            prop_assert_eq!(read.rating_group, sent.rating_group);
            prop_assert_eq!(&read.service_identifiers[..], &sent.identifiers[..]);
            prop_assert_eq!(read.requested, sent.requested);
            prop_assert_eq!(&used, &sent.used);
            prop_assert_eq!(read.reporting_reason, sent.reason);
        }
        prop_assert_eq!(read.answer_context(), AnswerContext::of(&message));
    }

    #[test]
    fn answers(
        code in 1000..6000_u32,
        failover in option::of(any::<bool>()),
        groups in vec(
            (option::of(any::<u32>()), any::<u64>(), option::of(any::<u32>()), any::<bool>()),
            0..4,
        ),
        refund in option::of(vec(any::<u8>(), 0..40)),
        session in vec(any::<u8>(), 0..80).prop_map(|bytes| {
            String::from_utf8_lossy(&bytes).into_owned()
        }),
    ) {
        let services: Vec<GrantedService<'_>> = groups
            .iter()
            .map(|(rating_group, octets, validity, last)| GrantedService {
                rating_group: *rating_group,
                granted: Some(GrantedUnits::Octets(*octets)),
                validity_time: *validity,
                result_code: Some(code),
                final_unit: last.then_some(FinalUnit::Terminate),
                ..GrantedService::default()
            })
            .collect();
        let written = CreditControlAnswer {
            session_failover: failover,
            services: &services,
            refund_information: refund.as_deref(),
            ..CreditControlAnswer::with_result(code)
        };
        let context = AnswerContext {
            session_id: session.as_bytes().into(),
            request_number: Some(7),
            ..AnswerContext::default()
        };
        let mut bytes = Vec::new();
        written.write(&identity(), &context, &mut bytes);
        let read = ClientAnswer::parse(&message(&bytes)).expect("what we write is valid");
        prop_assert_eq!(read.result_code, code);
        prop_assert_eq!(read.header.is_error(), (3000..4000).contains(&code));
        prop_assert_eq!(read.session_failover, failover.map(u32::from));
        prop_assert_eq!(read.session_id.unwrap_or(""), session.as_str());
        prop_assert_eq!(read.request_number, Some(7));
        prop_assert_eq!(read.refund_information, refund.as_deref());
        prop_assert_eq!(read.services.len(), groups.len());
        for (read, (rating_group, octets, validity, last)) in read.services.iter().zip(&groups) {
            prop_assert_eq!(read.rating_group, *rating_group);
            prop_assert_eq!(read.granted.and_then(|units| units.octets()), Some(*octets));
            prop_assert_eq!(read.validity_time, *validity);
            prop_assert_eq!(read.final_unit_action, last.then_some(0));
        }
    }

    #[test]
    fn any_avp(
        avps in vec(((any::<u32>(), any::<u32>()), vec(any::<u8>(), 0..50)), 0..10),
        header in any::<(u8, u32, u32, u32, u32)>(),
    ) {
        let header = Header {
            flags: header.0,
            command: header.1 & 0xFF_FFFF,
            application: header.2,
            hop_by_hop: header.3,
            end_to_end: header.4,
        };
        let mut bytes = Vec::new();
        let mut writer = MessageWriter::begin(&mut bytes, &header);
        writer.group(avp::FAILED_AVP, |group| {
            for ((code, vendor), data) in &avps {
                group.octets(AvpId { code: *code, vendor: *vendor }, data);
            }
        });
        writer.finish();
        let message = message(&bytes);
        prop_assert_eq!(message.header, header);
        let group = message.avps().next().expect("one AVP").expect("readable");
        let read: Vec<_> = Avps::new(group.data)
            .map(|item| item.expect("readable"))
            .map(|item| ((item.id.code, item.id.vendor), item.data.to_vec()))
            .collect();
        prop_assert_eq!(read, avps);
    }
}
