//! Every condition of the catalogue (docs/catalogue.md, `when`) from the AVP that brings it.

use crate::support::{NOW, TENANT, account, identity, transport};
use openmvno_charging::{CommandRow, Uuid, shard_of};
use openmvno_diameter::client::{ClientAnswer, Identifiers, write_capabilities};
use openmvno_diameter::codec::{FLAG_PROXIABLE, FLAG_REQUEST};
use openmvno_diameter::dictionary::{self as avp, AvpId};
use openmvno_diameter::{Header, Message, MessageWriter};
use openmvno_node::{EngineConfig, Node};

const PS: &str = "32251@3gpp.org";
const IMS: &str = "32260@3gpp.org";
const SMS: &str = "32274@3gpp.org";
const MMS: &str = "32270@3gpp.org";

/// The price where the condition holds, and where it does not: micros.
const HOLDS: i64 = 1_000_000;
const DOES_NOT: i64 = 2_000_000;

/// One event for 1.00 where the condition holds, else for 2.00.
fn catalog(when: &str) -> String {
    let services = [
        ("ps", PS),
        ("ims", IMS),
        ("sms", SMS),
        ("mms", MMS),
        ("vas", "vas@example"),
    ];
    let services: Vec<String> = services
        .iter()
        .map(|(code, context)| {
            format!(
                r#"{{"code": "{code}", "unit": "event", "service_contexts": ["{context}"],
                    "grant": {{"default": 1, "maximum": 10, "validity_time": 600}}}}"#
            )
        })
        .collect();
    let mut tables = Vec::new();
    let mut uses = Vec::new();
    for code in ["ps", "ims", "sms", "mms", "vas"] {
        for direction in ["originating", "terminating", "forwarded"] {
            for (name, price) in [("holds", "1.00"), ("not", "2.00")] {
                tables.push(format!(
                    r#"{{"code": "{name}-{code}-{direction}", "service": "{code}",
                        "direction": "{direction}", "rates": [
                        {{"default": true, "name": "{name}", "price": "{price}"}}]}}"#
                ));
            }
            uses.push(format!(
                r#"{{"table": "holds-{code}-{direction}", "when": {when}}},
                   "not-{code}-{direction}""#
            ));
        }
    }
    format!(
        r#"{{"currency": "EUR", "services": [{}],
            "destinations": [{{"code": "croatia", "prefixes": ["38591"]}}],
            "zones": [{{"code": "abroad", "plmns": ["310272"], "msc_prefixes": ["1"]}}],
            "cell_groups": [{{"code": "stadium", "cells": ["21901-1-7788"]}}],
            "rate_tables": [{}], "products": [{{"code": "basic", "rate_tables": [{}]}}]}}"#,
        services.join(","),
        tables.join(","),
        uses.join(",")
    )
}

struct Network {
    node: Node,
    connection: u32,
    sent: u32,
}

impl Network {
    fn new(when: &str) -> Self {
        let config = r#"{"shards": 1, "owner": 7, "origin_host": "ocs.example",
                         "origin_realm": "example", "country_code": "385"}"#;
        let node = Node::new(EngineConfig::from_json(config).expect("valid"));
        node.load_catalog(TENANT, 1, catalog(when).as_bytes())
            .unwrap_or_else(|mistakes| panic!("{when}: {mistakes:?}"));
        node.begin(&[0], NOW).expect("its shards");
        let id = account(1);
        assert_eq!(shard_of(TENANT, id, 1), 0);
        for (seq, json) in (1..).zip([
            format!(r#"{{"type":"activate_catalog","tenant":"{TENANT}","version":1}}"#),
            format!(
                r#"{{"type":"open_account","tenant":"{TENANT}","account":"{id}","currency":"EUR",
                    "overrun":"absorb"}}"#
            ),
            format!(
                r#"{{"type":"open_line","tenant":"{TENANT}","account":"{id}","line":"{id}",
                    "product":"basic","msisdn":"385910000001","imsi":"219010000000001",
                    "status":"active"}}"#
            ),
        ]) {
            let row = CommandRow {
                seq,
                id: Uuid([5; 16]),
                json: &json,
            };
            node.command(1, 0, row, NOW).expect("in order");
        }
        let batch = node.take_batch().expect("pending");
        node.release(batch.number, NOW).expect("out");
        let (connection, _) = node.connect(transport("127.0.0.1"), NOW);
        let mut bytes = Vec::new();
        write_capabilities(
            &mut bytes,
            &identity("gw.example", None),
            Identifiers::both(1),
            &[4],
        );
        node.feed(connection, &bytes, NOW);
        Self {
            node,
            connection,
            sent: 0,
        }
    }

    /// The price of one event, by a price enquiry; `fill` adds what the network says of it.
    fn price(&mut self, context: &str, fill: &dyn Fn(&mut MessageWriter<'_>)) -> i64 {
        self.sent += 1;
        let header = Header {
            flags: FLAG_REQUEST | FLAG_PROXIABLE,
            command: avp::COMMAND_CREDIT_CONTROL,
            application: avp::APPLICATION_CREDIT_CONTROL,
            hop_by_hop: self.sent,
            end_to_end: self.sent,
        };
        let mut bytes = Vec::new();
        let mut writer = MessageWriter::begin(&mut bytes, &header);
        writer.utf8(avp::SESSION_ID, &format!("gw.example;1;{}", self.sent));
        writer.utf8(avp::ORIGIN_HOST, "gw.example");
        writer.utf8(avp::ORIGIN_REALM, "example");
        writer.utf8(avp::DESTINATION_REALM, "example");
        writer.u32(avp::AUTH_APPLICATION_ID, 4);
        writer.utf8(avp::SERVICE_CONTEXT_ID, context);
        writer.u32(avp::CC_REQUEST_TYPE, 4);
        writer.u32(avp::CC_REQUEST_NUMBER, 0);
        // PRICE_ENQUIRY
        writer.u32(avp::REQUESTED_ACTION, 3);
        writer.group(avp::SUBSCRIPTION_ID, |id| {
            id.u32(avp::SUBSCRIPTION_ID_TYPE, 0);
            id.utf8(avp::SUBSCRIPTION_ID_DATA, "385910000001");
        });
        fill(&mut writer);
        writer.finish();
        let feed = self.node.feed(self.connection, &bytes, NOW);
        let message = Message::parse(&feed.write).expect("an answer");
        let answer = ClientAnswer::parse(&message).expect("an answer");
        assert_eq!(answer.result_code, 2001);
        let (digits, exponent, _) = answer.cost.expect("a cost");
        digits * 10_i64.pow(u32::try_from(6 + exponent).expect("within micros"))
    }
}

fn one_event(writer: &mut MessageWriter<'_>) {
    writer.group(avp::REQUESTED_SERVICE_UNIT, |units| {
        units.u64(avp::CC_SERVICE_SPECIFIC_UNITS, 1);
    });
}

/// One event with this in a group of Service-Information.
fn told(
    group: AvpId,
    fill: impl Fn(&mut MessageWriter<'_>) + 'static,
) -> Box<dyn Fn(&mut MessageWriter<'_>)> {
    Box::new(move |writer| {
        one_event(writer);
        writer.group(avp::SERVICE_INFORMATION, |information| {
            information.group(group, |inner| fill(inner));
        });
    })
}

fn address(writer: &mut MessageWriter<'_>, id: AvpId, number: &str) {
    writer.group(id, |address| {
        address.u32(avp::ADDRESS_TYPE, 1);
        address.utf8(avp::ADDRESS_DATA, number);
    });
}

/// The condition holds with what the network says, and does not without it.
fn holds(when: &str, context: &str, says: &dyn Fn(&mut MessageWriter<'_>)) {
    let mut network = Network::new(when);
    assert_eq!(network.price(context, says), HOLDS, "{when} on {context}");
    let silent = network.price(context, &one_event);
    assert_eq!(silent, DOES_NOT, "{when} on {context}, nothing said");
}

const CELL: [u8; 13] = [
    130, 0x12, 0xf9, 0x10, 0, 1, 0x12, 0xf9, 0x10, 0, 0, 0x1e, 0x6c,
];

#[test]
fn directions_by_role_of_node_sm_message_type_and_message_type() {
    for (direction, role) in [("terminating", 1), ("forwarded", 2)] {
        let when = format!(r#"{{"directions": ["{direction}"]}}"#);
        holds(
            &when,
            IMS,
            &told(avp::IMS_INFORMATION, move |ims| {
                ims.u32(avp::ROLE_OF_NODE, role)
            }),
        );
    }
    let incoming = r#"{"directions": ["terminating"]}"#;
    holds(
        incoming,
        SMS,
        &told(avp::SMS_INFORMATION, |sms| sms.u32(avp::SM_MESSAGE_TYPE, 3)),
    );
    // m-retrieve-conf
    holds(
        incoming,
        MMS,
        &told(avp::MMS_INFORMATION, |mms| mms.u32(avp::MESSAGE_TYPE, 5)),
    );
}

#[test]
fn destinations_by_called_party_recipient_and_caller() {
    let when = r#"{"destinations": ["croatia"]}"#;
    let called = |ims: &mut MessageWriter<'_>| {
        ims.utf8(avp::CALLED_PARTY_ADDRESS, "tel:+385911234567");
    };
    holds(when, IMS, &told(avp::IMS_INFORMATION, called));
    let caller = |ims: &mut MessageWriter<'_>| {
        ims.u32(avp::ROLE_OF_NODE, 1);
        ims.utf8(avp::CALLING_PARTY_ADDRESS, "sip:+385911234567@example.org");
    };
    holds(when, IMS, &told(avp::IMS_INFORMATION, caller));
    let texted = |sms: &mut MessageWriter<'_>| {
        sms.group(avp::RECIPIENT_INFO, |info| {
            address(info, avp::RECIPIENT_ADDRESS, "385911234567");
        });
    };
    holds(when, SMS, &told(avp::SMS_INFORMATION, texted));
    let sender = |sms: &mut MessageWriter<'_>| {
        sms.u32(avp::SM_MESSAGE_TYPE, 3);
        address(sms, avp::ORIGINATOR_RECEIVED_ADDRESS, "385911234567");
    };
    holds(when, SMS, &told(avp::SMS_INFORMATION, sender));
    let pictured = |mms: &mut MessageWriter<'_>| {
        address(mms, avp::RECIPIENT_ADDRESS, "385911234567");
    };
    holds(when, MMS, &told(avp::MMS_INFORMATION, pictured));
}

#[test]
fn zones_by_serving_network_location_and_switch() {
    let when = r#"{"zones": ["abroad"]}"#;
    let network = |ps: &mut MessageWriter<'_>| ps.utf8(avp::TGPP_SGSN_MCC_MNC, "310272");
    holds(when, PS, &told(avp::PS_INFORMATION, network));
    let cgi = [0, 0x13, 0x20, 0x72, 0, 100, 0x1e, 0x6c];
    for (context, group) in [
        (PS, avp::PS_INFORMATION),
        (IMS, avp::IMS_INFORMATION),
        (SMS, avp::SMS_INFORMATION),
    ] {
        let located = move |inner: &mut MessageWriter<'_>| {
            inner.octets(avp::TGPP_USER_LOCATION_INFO, &cgi);
        };
        holds(when, context, &told(group, located));
    }
    // +1 212: an ISDN-AddressString.
    let switch = [0x91, 0x21, 0x21, 0x55, 0xf5];
    for id in [avp::VLR_NUMBER, avp::MSC_ADDRESS] {
        let served = move |vcs: &mut MessageWriter<'_>| vcs.octets(id, &switch);
        holds(when, IMS, &told(avp::VCS_INFORMATION, served));
    }
    let node = |sms: &mut MessageWriter<'_>| {
        sms.octets(avp::ORIGINATOR_SCCP_ADDRESS, b"\x00\x0812125550000");
    };
    holds(when, SMS, &told(avp::SMS_INFORMATION, node));
}

#[test]
fn cell_groups_by_user_location() {
    let when = r#"{"cell_groups": ["stadium"]}"#;
    for (context, group) in [(PS, avp::PS_INFORMATION), (IMS, avp::IMS_INFORMATION)] {
        let located = |inner: &mut MessageWriter<'_>| {
            inner.octets(avp::TGPP_USER_LOCATION_INFO, &CELL);
        };
        holds(when, context, &told(group, located));
    }
}

#[test]
fn apns_by_called_station_id() {
    let at = |ps: &mut MessageWriter<'_>| ps.utf8(avp::CALLED_STATION_ID, "Internet");
    holds(
        r#"{"apns": ["internet"]}"#,
        PS,
        &told(avp::PS_INFORMATION, at),
    );
}

#[test]
fn rating_groups_and_service_identifiers_by_the_service() {
    let of = |id: AvpId, value: u32| {
        move |writer: &mut MessageWriter<'_>| {
            writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |service| {
                one_event(service);
                service.u32(id, value);
            });
        }
    };
    holds(r#"{"rating_groups": [10]}"#, PS, &of(avp::RATING_GROUP, 10));
    let identified = r#"{"service_identifiers": [7]}"#;
    holds(identified, PS, &of(avp::SERVICE_IDENTIFIER, 7));
    let at_command_level = |writer: &mut MessageWriter<'_>| {
        one_event(writer);
        writer.u32(avp::SERVICE_IDENTIFIER, 7);
    };
    holds(identified, "vas@example", &at_command_level);
}

#[test]
fn rat_types_by_3gpp_rat_type_of_the_bearer_or_the_service() {
    let by = |ps: &mut MessageWriter<'_>| ps.octets(avp::TGPP_RAT_TYPE, &[6]);
    let when = r#"{"rat_types": [6]}"#;
    holds(when, PS, &told(avp::PS_INFORMATION, by));
    let of_service = |writer: &mut MessageWriter<'_>| {
        writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |service| {
            one_event(service);
            service.octets(avp::TGPP_RAT_TYPE, &[6]);
        });
    };
    holds(when, PS, &of_service);
}

#[test]
fn qos_classes_by_qos_information_of_the_bearer_or_the_service() {
    let when = r#"{"qos_classes": [9]}"#;
    let class = |group: &mut MessageWriter<'_>| {
        group.group(avp::QOS_INFORMATION, |quality| {
            quality.u32(avp::QOS_CLASS_IDENTIFIER, 9)
        });
    };
    holds(when, PS, &told(avp::PS_INFORMATION, class));
    let of_service = |writer: &mut MessageWriter<'_>| {
        writer.group(avp::MULTIPLE_SERVICES_CREDIT_CONTROL, |service| {
            one_event(service);
            class(service);
        });
    };
    holds(when, PS, &of_service);
}

#[test]
fn access_networks_by_p_access_network_info() {
    let by = |ims: &mut MessageWriter<'_>| {
        ims.octets(
            avp::ACCESS_NETWORK_INFORMATION,
            b"IEEE-802.11;i-wlan-node-id=1",
        );
    };
    holds(
        r#"{"access_networks": ["IEEE-802.11"]}"#,
        IMS,
        &told(avp::IMS_INFORMATION, by),
    );
}
