//! Who is let in, and how far.

use crate::system::{CHALLENGE, IMSI, MSISDN, PASSWORD, START, System, chap, read, voip, wifi};
use openmvno_radius::attributes as attribute;
use openmvno_radius::{Code, Port};

const CALLED: (attribute::AttributeId, &[u8]) = (attribute::CALLED_STATION_ID, b"0990000000");

/// An Access-Request with CHAP.
fn login<'a>(name: &'a [u8], proof: &'a [u8]) -> Vec<(attribute::AttributeId, &'a [u8])> {
    vec![
        (attribute::USER_NAME, name),
        (attribute::CHAP_PASSWORD, proof),
        (attribute::CHAP_CHALLENGE, CHALLENGE),
        CALLED,
    ]
}

#[test]
fn a_user_is_let_in_with_what_his_money_buys_and_it_is_reserved() {
    let mut system = System::new(1_000_000);
    let reply = system
        .access(voip(), &login(MSISDN.as_bytes(), &chap(PASSWORD)))
        .expect("answered");
    let reply = read(&reply);
    assert_eq!(reply.code(), Code::ACCESS_ACCEPT);
    // 1.00 at 0.01 a second.
    assert_eq!(reply.integer(attribute::SESSION_TIMEOUT), Some(100));
    assert_eq!(reply.integer(attribute::ACCT_INTERIM_INTERVAL), Some(600));
    assert!(
        reply
            .text(attribute::CLASS)
            .expect("a class")
            .starts_with("radius;voip/")
    );
    assert_eq!(system.money(), (1_000_000, 1_000_000));
}

#[test]
fn every_name_of_the_line_is_the_line() {
    let nai = format!("0{IMSI}@wlan.mnc001.mcc219.3gppnetwork.org");
    let at_realm = format!("{MSISDN}@operator.example");
    for name in [
        MSISDN,
        IMSI,
        "0910000001",
        "+385910000001",
        "00385910000001",
        &nai,
        &at_realm,
    ] {
        let mut system = System::new(1_000_000);
        let reply = system.access(voip(), &login(name.as_bytes(), &chap(PASSWORD)));
        let reply = reply.expect("answered");
        assert_eq!(read(&reply).code(), Code::ACCESS_ACCEPT, "{name}");
    }
}

#[test]
fn a_wrong_password_and_an_unknown_user_look_the_same() {
    let mut system = System::new(1_000_000);
    let wrong = system
        .access(voip(), &login(MSISDN.as_bytes(), &chap(b"other")))
        .expect("answered");
    let unknown = system
        .access(voip(), &login(b"385919999999", &chap(PASSWORD)))
        .expect("answered");
    let nobody = system
        .access(voip(), &login(b"alice", &chap(PASSWORD)))
        .expect("answered");
    for reply in [wrong, unknown, nobody] {
        let reply = read(&reply);
        assert_eq!(reply.code(), Code::ACCESS_REJECT);
        let message = reply.text(attribute::REPLY_MESSAGE);
        assert_eq!(message, Some("Unknown user or wrong password"));
    }
    assert_eq!(system.money(), (1_000_000, 0));
}

#[test]
fn without_a_password_only_a_trusted_client_lets_in() {
    let mut system = System::new(2_000_000);
    let attributes = [(attribute::TGPP_IMSI, IMSI.as_bytes()), CALLED];
    let reply = system.access(voip(), &attributes).expect("answered");
    assert_eq!(read(&reply).code(), Code::ACCESS_REJECT);
    let reply = system.access(wifi(), &attributes).expect("answered");
    let reply = read(&reply);
    assert_eq!(reply.code(), Code::ACCESS_ACCEPT);
    // 2.00 at 1.00 a megabyte.
    assert_eq!(
        reply.integer(attribute::MIKROTIK_TOTAL_LIMIT),
        Some(2_000_000)
    );
    assert_eq!(
        reply.integer(attribute::MIKROTIK_TOTAL_LIMIT_GIGAWORDS),
        Some(0)
    );
    assert_eq!(reply.integer(attribute::SESSION_TIMEOUT), None);
    assert_eq!(reply.integer(attribute::ACCT_INTERIM_INTERVAL), Some(300));
    assert_eq!(reply.integer(attribute::IDLE_TIMEOUT), Some(120));
}

#[test]
fn limits_beyond_four_gigabytes_have_gigawords() {
    let mut system = System::new(10_000_000_000);
    let attributes = [(attribute::TGPP_IMSI, IMSI.as_bytes())];
    let reply = system.access(wifi(), &attributes).expect("answered");
    let reply = read(&reply);
    let low = u64::from(
        reply
            .integer(attribute::MIKROTIK_TOTAL_LIMIT)
            .expect("a limit"),
    );
    let high = u64::from(
        reply
            .integer(attribute::MIKROTIK_TOTAL_LIMIT_GIGAWORDS)
            .expect("a limit"),
    );
    assert_eq!(high << 32 | low, 10_000_000_000);
}

#[test]
fn no_money_a_barred_line_and_a_product_without_the_service_are_told_apart() {
    let mut system = System::new(1_000_000);
    let refusal = |system: &mut System| {
        let reply = system.access(voip(), &login(MSISDN.as_bytes(), &chap(PASSWORD)));
        let reply = reply.expect("answered");
        assert_eq!(read(&reply).code(), Code::ACCESS_REJECT);
        read(&reply)
            .text(attribute::REPLY_MESSAGE)
            .map(str::to_owned)
    };
    system.administer(
        r#"{"type":"adjust_balance","amount":-1000000,"reason":"adjustment","reference":"02020202-0202-0202-0202-020202020202"}"#,
    );
    assert_eq!(
        refusal(&mut system).as_deref(),
        Some("The balance is used up")
    );
    let line = r#""line":"02020202-0202-0202-0202-020202020202""#;
    system.administer(&format!(
        r#"{{"type":"change_line",{line},"product":"mute"}}"#
    ));
    let not_sold = refusal(&mut system);
    assert_eq!(
        not_sold.as_deref(),
        Some("The tariff does not include the service")
    );
    system.administer(&format!(
        r#"{{"type":"change_line",{line},"product":"basic","status":"blocked"}}"#
    ));
    assert_eq!(
        refusal(&mut system).as_deref(),
        Some("The service is barred")
    );
}

#[test]
fn a_login_sent_again_after_a_restart_reserves_once() {
    let mut system = System::new(10_000_000);
    let request = system.access_datagram(&login(MSISDN.as_bytes(), &chap(PASSWORD)));
    let first = system
        .receive(Port::Authentication, voip(), &request)
        .expect("answered");
    let reserved = system.money();
    system.restart_gate();
    let again = system
        .receive(Port::Authentication, voip(), &request)
        .expect("answered");
    assert_eq!(first, again);
    assert_eq!(system.money(), reserved);
    // The session that was opened is the one that starts: nothing further is reserved.
    let class = read(&first)
        .find(attribute::CLASS)
        .expect("a class")
        .to_vec();
    let start = [
        (attribute::ACCT_STATUS_TYPE, &START[..]),
        (attribute::ACCT_SESSION_ID, b"s"),
        (attribute::CLASS, &class),
    ];
    assert!(system.accounting(voip(), &start).is_some());
    assert_eq!(system.money(), reserved);
}

#[test]
fn while_the_engine_is_away_nothing_is_answered_and_nothing_is_lost() {
    let mut system = System::new(10_000_000);
    let request = system.access_datagram(&login(MSISDN.as_bytes(), &chap(PASSWORD)));
    system.cut_off = true;
    assert_eq!(system.receive(Port::Authentication, voip(), &request), None);
    system.cut_off = false;
    let reply = system
        .receive(Port::Authentication, voip(), &request)
        .expect("answered");
    assert_eq!(read(&reply).code(), Code::ACCESS_ACCEPT);
    assert_eq!(system.money(), (10_000_000, 10_000_000));
}

#[test]
fn what_the_engine_does_not_admit_is_not_answered_so_that_it_comes_again() {
    let mut system = System::limited(1_000_000, 10);
    let name = MSISDN.as_bytes();
    let proof = chap(PASSWORD);
    let replies: Vec<_> = (0..3)
        .map(|_| system.access(voip(), &login(name, &proof)).is_some())
        .collect();
    assert_eq!(replies, [true, false, false]);
    system.now += 1_000;
    assert!(system.access(voip(), &login(name, &proof)).is_some());
}
