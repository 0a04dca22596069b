//! What reports cost: the difference to what was charged, whatever order and number they come in.

use crate::system::{INTERIM, ON, START, STOP, System, report, voip};
use openmvno_radius::Port;
use openmvno_radius::attributes as attribute;

/// 0.60 a minute by the second.
const SECOND: i64 = 10_000;

#[test]
fn a_call_costs_its_seconds_however_often_it_is_reported() {
    for reports in [&[][..], &[30], &[10, 20, 30, 40, 50, 60]] {
        let mut system = System::new(10_000_000);
        assert!(system.call(START, b"a", 0));
        for seconds in reports {
            assert!(system.call(INTERIM, b"a", *seconds));
            assert_eq!(system.money().0, 10_000_000 - i64::from(*seconds) * SECOND);
        }
        assert!(system.call(STOP, b"a", 65));
        assert_eq!(system.money(), (10_000_000 - 65 * SECOND, 0));
        assert_eq!(system.charged(), 65 * SECOND);
        assert_eq!(system.cdrs().len(), 1);
    }
}

#[test]
fn the_same_report_with_another_identifier_and_delay_charges_nothing() {
    let mut system = System::new(10_000_000);
    assert!(system.call(START, b"a", 0));
    let (seconds, zero) = ([0, 0, 0, 30], [0; 4]);
    for delay in [[0, 0, 0, 0], [0, 0, 0, 5], [0, 0, 0, 9]] {
        let mut attributes = report(&INTERIM, b"a", &seconds, (&zero, &zero));
        attributes.push((attribute::ACCT_DELAY_TIME, &delay));
        assert!(system.accounting(voip(), &attributes).is_some());
        assert_eq!(system.money().0, 10_000_000 - 30 * SECOND);
    }
    assert!(system.call(START, b"a", 0), "a late start is answered");
    assert!(
        system.call(INTERIM, b"a", 20),
        "an older report is answered"
    );
    assert_eq!(system.money().0, 10_000_000 - 30 * SECOND);
    for _ in 0..3 {
        assert!(system.call(STOP, b"a", 65));
        assert_eq!(system.money(), (10_000_000 - 65 * SECOND, 0));
    }
    assert_eq!(system.cdrs().len(), 1);
}

#[test]
fn octets_are_counted_beyond_four_gigabytes() {
    let mut system = System::new(100_000_000_000);
    let total = (3u64 << 32) + 5_000_000;
    assert!(system.surf(START, b"a", 0));
    assert!(system.surf(INTERIM, b"a", 1 << 32));
    assert!(system.surf(STOP, b"a", total));
    assert_eq!(system.charged(), i64::try_from(total).expect("small"));
}

#[test]
fn a_stop_without_a_start_is_charged_whole() {
    let mut system = System::new(10_000_000);
    assert!(system.call(STOP, b"a", 65));
    assert_eq!(system.money(), (10_000_000 - 65 * SECOND, 0));
    assert!(system.call(STOP, b"a", 65));
    system.now += 3_600_000;
    system.node.tick(system.now);
    system.restart_gate();
    assert!(system.call(STOP, b"a", 65), "hours later the CDR tells");
    assert_eq!(system.money(), (10_000_000 - 65 * SECOND, 0));
    assert_eq!(system.charged(), 65 * SECOND);
}

#[test]
fn usage_beyond_the_money_is_recorded_as_overrun() {
    let mut system = System::new(300_000);
    assert!(system.call(START, b"a", 0));
    assert!(system.call(STOP, b"a", 65));
    assert_eq!(system.money(), (0, 0));
    let cdrs = system.cdrs();
    assert_eq!(cdrs[0]["amount"], 650_000);
    assert_eq!(cdrs[0]["overrun"], 350_000);
}

#[test]
fn an_unknown_user_is_not_acknowledged() {
    let mut system = System::new(10_000_000);
    let stranger = [
        (attribute::ACCT_STATUS_TYPE, &STOP[..]),
        (attribute::ACCT_SESSION_ID, b"a"),
        (attribute::USER_NAME, b"385919999999"),
        (attribute::ACCT_SESSION_TIME, &[0, 0, 0, 9]),
    ];
    assert_eq!(system.accounting(voip(), &stranger), None);
    let nameless = [(attribute::ACCT_STATUS_TYPE, &STOP[..])];
    assert_eq!(system.accounting(voip(), &nameless), None);
    let statistics = system.gate.statistics();
    assert!(
        statistics.contains(r#""request":"stop","result":"unanswered""#),
        "{statistics}"
    );
}

#[test]
fn what_is_no_usage_is_acknowledged() {
    let mut system = System::new(10_000_000);
    // Tunnel-Start (RFC 2867 §3.1).
    let tunnel = [(attribute::ACCT_STATUS_TYPE, &[0, 0, 0, 9][..])];
    assert!(system.accounting(voip(), &tunnel).is_some());
    assert_eq!(system.money(), (10_000_000, 0));
}

#[test]
fn accounting_on_closes_that_servers_sessions_and_no_others() {
    let mut system = System::new(100_000_000);
    assert!(system.call(START, b"a", 0));
    assert!(system.call(INTERIM, b"a", 30));
    assert!(system.surf(START, b"b", 0));
    let on = [
        (attribute::ACCT_STATUS_TYPE, &ON[..]),
        (attribute::NAS_IDENTIFIER, b"nas-1"),
    ];
    system.now += 1_000;
    let datagram = system.accounting_datagram(&on);
    assert!(
        system
            .receive(Port::Accounting, voip(), &datagram)
            .is_some()
    );
    system.node.tick(system.now);
    assert!(system.call(STOP, b"none", 0), "the journal goes on");
    assert_eq!(system.charged(), 30 * SECOND);
    assert_eq!(system.cdrs()[0]["cause"], "peer_restarted");
    assert!(system.money().1 > 0, "the Wi-Fi session holds its money");
    // A session of the new life is not touched by the same message sent again.
    assert!(system.call(START, b"c", 0));
    system.restart_gate();
    assert!(
        system
            .receive(Port::Accounting, voip(), &datagram)
            .is_some()
    );
    system.node.tick(system.now);
    assert!(system.call(STOP, b"c", 10));
    assert_eq!(system.charged(), 40 * SECOND);
}

#[test]
fn a_session_given_up_as_silent_is_charged_on_when_it_speaks_again() {
    let mut system = System::new(10_000_000);
    assert!(system.call(START, b"a", 0));
    assert!(system.call(INTERIM, b"a", 100));
    system.now += 1_201_000;
    system.node.tick(system.now);
    assert!(
        !system.call(INTERIM, b"a", 150),
        "not yet: it would not be recorded"
    );
    system.now += 61_000;
    system.node.tick(system.now);
    assert!(system.call(INTERIM, b"a", 200));
    assert_eq!(system.money().0, 10_000_000 - 200 * SECOND);
    assert!(system.call(INTERIM, b"a", 250));
    system.restart_gate();
    assert!(system.call(INTERIM, b"a", 260));
    assert!(system.call(STOP, b"a", 300));
    assert_eq!(system.money(), (10_000_000 - 300 * SECOND, 0));
    let usages: Vec<_> = system
        .cdrs()
        .iter()
        .map(|cdr| cdr["usage"].clone())
        .collect();
    assert_eq!(usages, [100, 200]);
    system.now += 120_000;
    system.node.tick(system.now);
    system.restart_gate();
    assert!(system.call(STOP, b"a", 300), "its end sent once more");
    assert_eq!(system.charged(), 300 * SECOND);
}

#[test]
fn the_end_of_a_session_just_given_up_corrects_it() {
    let mut system = System::new(10_000_000);
    assert!(system.call(START, b"a", 0));
    assert!(system.call(INTERIM, b"a", 100));
    system.now += 1_201_000;
    system.node.tick(system.now);
    assert!(system.call(STOP, b"a", 150));
    assert_eq!(system.money(), (10_000_000 - 150 * SECOND, 0));
    assert_eq!(system.charged(), 150 * SECOND);
}

#[test]
fn data_goes_on_counting_under_a_new_catalogue() {
    let mut system = System::new(10_000_000);
    assert!(system.surf(START, b"a", 0));
    assert!(system.surf(INTERIM, b"a", 1_000_000));
    system.new_prices();
    assert!(
        system.surf(INTERIM, b"a", 2_000_000),
        "charged at the old price, then cut"
    );
    assert!(system.surf(INTERIM, b"a", 3_000_000));
    assert!(system.surf(STOP, b"a", 4_000_000));
    // Two megabytes at 1.00, two at 0.50.
    assert_eq!(system.money(), (10_000_000 - 3_000_000, 0));
    assert_eq!(system.charged(), 3_000_000);
}
