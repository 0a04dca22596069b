//! Reports in any order, any number of times, with answers lost and processes forgetting: the end of
//! the session decides what it costs.

use crate::system::{INTERIM, START, STOP, System, report, voip};
use openmvno_radius::Port;
use proptest::prelude::*;

const SECOND: i64 = 10_000;

#[derive(Clone, Debug)]
enum Happening {
    /// A report of so many seconds.
    Interim(u32),
    /// One of the datagrams so far once more.
    Again(usize),
    /// A start that comes late.
    Start,
    /// The next answer of the engine is lost on its way.
    LostAnswer(u32),
    /// The RADIUS process forgets everything.
    Restart,
    /// Time passes, too little to give the session up.
    Pause(i64),
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        4 => (0u32..600).prop_map(Happening::Interim),
        3 => any::<usize>().prop_map(Happening::Again),
        1 => Just(Happening::Start),
        2 => (0u32..600).prop_map(Happening::LostAnswer),
        1 => Just(Happening::Restart),
        1 => (0i64..60_000).prop_map(Happening::Pause),
    ];
    prop::collection::vec(one, 0..25)
}

fn datagram(system: &mut System, status: [u8; 4], seconds: u32) -> Vec<u8> {
    let (seconds, zero) = (seconds.to_be_bytes(), [0; 4]);
    let attributes = report(&status, b"a", &seconds, (&zero, &zero));
    system.accounting_datagram(&attributes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn only_the_highest_counter_costs(happenings in happenings(), more in 0u32..100) {
        let mut system = System::new(1_000_000_000);
        let mut sent: Vec<Vec<u8>> = Vec::new();
        let mut highest = 0;
        for happening in happenings {
            let next = match happening {
                Happening::Interim(seconds) => {
                    highest = highest.max(seconds);
                    datagram(&mut system, INTERIM, seconds)
                }
                Happening::LostAnswer(seconds) => {
                    highest = highest.max(seconds);
                    let next = datagram(&mut system, INTERIM, seconds);
                    system.cut_off = true;
                    system.receive(Port::Accounting, voip(), &next);
                    system.cut_off = false;
                    next
                }
                Happening::Start => datagram(&mut system, START, 0),
                Happening::Again(index) if !sent.is_empty() => sent[index % sent.len()].clone(),
                Happening::Restart => {
                    system.restart_gate();
                    continue;
                }
                Happening::Pause(milliseconds) => {
                    system.now += milliseconds;
                    system.node.tick(system.now);
                    continue;
                }
                Happening::Again(_) => continue,
            };
            prop_assert!(system.receive(Port::Accounting, voip(), &next).is_some());
            sent.push(next);
            prop_assert_eq!(system.money().0, 1_000_000_000 - i64::from(highest) * SECOND);
        }
        let total = highest + more;
        prop_assert!(system.call(STOP, b"a", total));
        for late in sent.iter().take(3) {
            system.receive(Port::Accounting, voip(), late);
        }
        prop_assert!(system.call(STOP, b"a", total));
        prop_assert_eq!(system.money(), (1_000_000_000 - i64::from(total) * SECOND, 0));
        prop_assert_eq!(system.charged(), i64::from(total) * SECOND);
    }
}
