//! What the server asks of a client.

use crate::system::{INTERIM, MSISDN, NOW, SECRET, START, STOP, System, read};
use openmvno_radius::attributes as attribute;
use openmvno_radius::authenticator::is_request_authentic;
use openmvno_radius::{Code, Writer};

#[test]
fn a_session_that_used_its_money_up_is_disconnected() {
    let mut system = System::new(500_000);
    assert!(system.call(START, b"a", 0));
    system.asked.clear();
    assert!(
        system.call(INTERIM, b"a", 50),
        "the report itself is recorded"
    );
    let asked = std::mem::take(&mut system.asked);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].to.to_string(), "192.0.2.9:3799");
    let request = read(&asked[0].datagram);
    assert_eq!(request.code(), Code::DISCONNECT_REQUEST);
    assert!(is_request_authentic(&request, SECRET));
    assert_eq!(request.text(attribute::ACCT_SESSION_ID), Some("a"));
    assert_eq!(request.text(attribute::USER_NAME), Some(MSISDN));
    assert_eq!(request.text(attribute::NAS_IDENTIFIER), Some("nas-1"));
    let seconds = u32::try_from(NOW / 1_000).expect("before 2106");
    assert_eq!(request.integer(attribute::EVENT_TIMESTAMP), Some(seconds));
    let reply = Writer::new(Code::DISCONNECT_ACK, request.identifier());
    let reply = reply.reply(request.authenticator(), SECRET);
    system.gate.answered(asked[0].to, &reply);
    let statistics = system.gate.statistics();
    assert!(statistics.contains(r#""request":"disconnect","result":"acknowledged""#));
    assert!(system.call(STOP, b"a", 51));
    assert_eq!(system.money(), (0, 0));
}

#[test]
fn a_start_without_money_is_disconnected_and_its_usage_recorded() {
    let mut system = System::new(1_000);
    system.administer(
        r#"{"type":"adjust_balance","amount":-1000,"reason":"adjustment","reference":"02020202-0202-0202-0202-020202020202"}"#,
    );
    assert!(system.call(START, b"a", 0));
    assert_eq!(
        read(&system.asked[0].datagram).code(),
        Code::DISCONNECT_REQUEST
    );
    assert!(system.call(STOP, b"a", 7));
    assert_eq!(system.cdrs()[0]["overrun"], 70_000);
}

#[test]
fn a_line_barred_meanwhile_is_disconnected() {
    let mut system = System::new(10_000_000);
    assert!(system.call(START, b"a", 0));
    system.asked.clear();
    system.administer(
        r#"{"type":"change_line","line":"02020202-0202-0202-0202-020202020202","status":"blocked"}"#,
    );
    assert!(system.call(INTERIM, b"a", 10));
    assert_eq!(
        read(&system.asked[0].datagram).code(),
        Code::DISCONNECT_REQUEST
    );
    assert_eq!(system.money().0, 10_000_000 - 100_000);
}

#[test]
fn after_a_top_up_the_next_report_brings_a_further_limit() {
    let mut system = System::new(1_000_000);
    assert!(system.call(START, b"a", 0));
    let told = |system: &mut System| {
        let asked = std::mem::take(&mut system.asked);
        let codes = asked.iter().map(|out| {
            let request = read(&out.datagram);
            (request.code(), request.integer(attribute::SESSION_TIMEOUT))
        });
        codes.collect::<Vec<_>>()
    };
    assert_eq!(told(&mut system), [(Code::COA_REQUEST, Some(100))]);
    assert!(system.call(INTERIM, b"a", 20));
    assert_eq!(
        told(&mut system),
        [],
        "the limit stands: 20 used and 80 left"
    );
    system.top_up(500_000);
    assert!(system.call(INTERIM, b"a", 40));
    assert_eq!(told(&mut system), [(Code::COA_REQUEST, Some(150))]);
}

#[test]
fn what_a_client_does_not_answer_is_sent_again() {
    let mut system = System::new(1_000_000);
    assert!(system.call(START, b"a", 0));
    let first = std::mem::take(&mut system.asked);
    system.gate.tick(NOW + 2_000);
    assert_eq!(system.gate.drain().sends, first);
}
