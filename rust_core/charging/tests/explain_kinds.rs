//! Charges of other kinds explained: overrun, late reports, pieces of a session, money and refunds.

mod common;

use common::explaining::*;
use common::*;
use openmvno_charging::*;
use serde_json::json;
use smallvec::smallvec;

#[test]
fn what_nobody_paid_is_compared_with_what_the_balance_did() {
    for (overrun, beyond) in [("absorb", true), ("debt", false)] {
        let mut bench = bench("basic", EUR / 4, overrun);
        call(&mut bench, 300, 60);
        let (row, _) = one(&mut bench);
        assert_eq!(row["overrun_micros"].as_i64() > Some(0), beyond);
        let changed = with(&row, json!({"overrun_micros": 5}));
        assert!(differences(&changed).contains("overrun") || !beyond);
    }
}

#[test]
fn late_and_daily_pieces_of_a_session_stand_for_themselves() {
    let mut late = bench("rich", 10 * EUR, "absorb");
    late.charge(&Request {
        at: EVENING,
        ..voice(Kind::Initial, "late", 0, Some(60), None)
    });
    late.charge(&Request {
        at: EVENING,
        ..voice(Kind::Update, "late", 1, Some(60), Some(50))
    });
    late.tick_after(3_000_000);
    late.charge(&Request {
        at: EVENING,
        ..voice(Kind::Terminate, "late", 2, None, Some(80))
    });
    let all = rows(&mut late);
    assert_eq!(
        all.iter().map(|row| &row["kind"]).collect::<Vec<_>>(),
        ["session", "correction"]
    );
    for row in &all {
        let answer = explained(row);
        assert_eq!(answer["equal"], true, "{row:#} {answer:#}");
    }
    assert!(explained(&all[1])["steps"].to_string().contains("given up"));
    assert!(differences(&with(&all[1], json!({"usage": 99}))).contains("149 units of usage"));

    let mut long = bench("basic", 100 * EUR, "absorb");
    for (number, hours, used) in [
        (0, 0, None),
        (1, 20, Some(333)),
        (2, 25, Some(400)),
        (3, 26, Some(334)),
    ] {
        let kind = match number {
            0 => Kind::Initial,
            3 => Kind::Terminate,
            _ => Kind::Update,
        };
        let asked = (kind != Kind::Terminate).then_some(1_000);
        let at = EVENING + hours * 3_600_000;
        long.charge(&Request {
            at,
            ..data(kind, "long", number, &[units(Some(10), asked, used)])
        });
    }
    let all = rows(&mut long);
    assert_eq!(all.len(), 2);
    for row in &all {
        let answer = explained(row);
        assert_eq!(answer["equal"], true, "{row:#} {answer:#}");
    }
}

#[test]
fn money_and_refunds_have_their_own_rules() {
    let mut bench = bench("basic", 10 * EUR, "absorb");
    let unit = UnitRequest {
        money: true,
        ..units(None, Some(250_000), None)
    };
    bench.charge(&Request {
        at: EVENING,
        units: smallvec![unit],
        service: SMS,
        correlation: "order",
        ..request(Kind::Debit, "game", 1)
    });
    let (debit, answer) = one(&mut bench);
    assert!(answer["steps"].to_string().contains("money themselves"));
    bench.charge(&Request {
        at: EVENING,
        service: SMS,
        correlation: "order",
        ..request(Kind::Refund, "back", 1)
    });
    let refund = rows(&mut bench).remove(1);
    let known = with(&refund, json!({"debit": debit}));
    assert_eq!(explained(&known)["equal"], true);
    assert!(differences(&refund).contains("is not there"));
    let changed = with(&known, json!({"amount_micros": -250_001}));
    assert!(differences(&changed).contains("at most 250000 could be"));
}
