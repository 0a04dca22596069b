//! Answers lost, processes gone: nothing is charged twice.

use crate::system::{INTERIM, START, STOP, System, report, voip};
use openmvno_radius::Port;

#[test]
fn answers_lost_at_every_step_and_a_gate_that_forgets_cost_nothing() {
    let mut system = System::new(10_000_000);
    let zero = [0; 4];
    for (status, seconds) in [(START, 0u32), (INTERIM, 30), (INTERIM, 60), (STOP, 65)] {
        let seconds = seconds.to_be_bytes();
        let attributes = report(&status, b"a", &seconds, (&zero, &zero));
        let datagram = system.accounting_datagram(&attributes);
        system.cut_off = true;
        assert_eq!(system.receive(Port::Accounting, voip(), &datagram), None);
        system.restart_gate();
        system.cut_off = false;
        let answer = system.receive(Port::Accounting, voip(), &datagram);
        assert!(answer.is_some());
        assert_eq!(system.receive(Port::Accounting, voip(), &datagram), answer);
        system.restart_gate();
        assert_eq!(system.receive(Port::Accounting, voip(), &datagram), answer);
    }
    assert_eq!(system.money(), (10_000_000 - 650_000, 0));
    assert_eq!(system.cdrs().len(), 1);
    assert_eq!(system.charged(), 650_000);
}

#[test]
fn clients_that_change_take_their_requests_along() {
    let mut system = System::new(10_000_000);
    assert!(system.call(START, b"a", 0));
    system.gate.set_clients(b"[]").expect("no clients");
    assert!(!system.call(INTERIM, b"a", 30));
    assert!(system.gate.set_clients(br#"[{"name": "x"}]"#).is_err());
    let statistics = system.gate.statistics();
    assert!(
        statistics.contains(r#""result":"unknown_client""#),
        "{statistics}"
    );
}
