//! The auditor catches engines that are broken on purpose.

use openmvno_simulator::audit::Rule;
use openmvno_simulator::{Sabotage, run};

/// Runs seeds until the auditor complains, and says about what.
fn caught(sabotage: Sabotage) -> Rule {
    let mut seeds = 0..200;
    let failure = seeds.find_map(|seed| run(seed, sabotage).err());
    let failure = failure.unwrap_or_else(|| panic!("{sabotage:?} went unnoticed in 200 seeds"));
    assert!(!failure.trace.is_empty(), "a failure comes with its trace");
    failure.violation.rule
}

#[test]
fn a_charge_journaled_twice() {
    let rule = caught(Sabotage::DoubleCharge);
    assert!(
        matches!(
            rule,
            Rule::ExactlyOnce | Rule::OnlyWhatWasAsked | Rule::Commands
        ),
        "{rule:?}"
    );
}

#[test]
fn an_answer_that_leaves_before_its_batch_is_durable() {
    assert_eq!(caught(Sabotage::EarlyAnswer), Rule::DurableBeforeAnswer);
}

#[test]
fn a_hold_that_is_never_freed() {
    assert_eq!(caught(Sabotage::ForgottenHold), Rule::Holds);
}

#[test]
fn money_that_is_not_journaled() {
    let rule = caught(Sabotage::LostEffect);
    assert!(matches!(rule, Rule::Money | Rule::Holds), "{rule:?}");
}

#[test]
fn a_charge_without_its_record() {
    let rule = caught(Sabotage::LostCdr);
    assert!(matches!(rule, Rule::Records | Rule::Money), "{rule:?}");
}

#[test]
fn a_catalogue_version_that_comes_into_force_unsaid() {
    let rule = caught(Sabotage::SilentTurn);
    assert!(matches!(rule, Rule::Money | Rule::Rebuild), "{rule:?}");
}

#[test]
fn an_engine_that_forgets_what_it_answered() {
    let rule = caught(Sabotage::ForgottenAnswer);
    assert!(
        matches!(rule, Rule::OnlyWhatWasAsked | Rule::ExactlyOnce),
        "{rule:?}"
    );
}

#[test]
fn an_owner_that_lost_the_journal_and_goes_on() {
    let rule = caught(Sabotage::StubbornOwner);
    assert!(matches!(rule, Rule::Ownership | Rule::Memory), "{rule:?}");
}

#[test]
fn a_journal_that_differs_from_memory() {
    assert_eq!(caught(Sabotage::DivergentMemory), Rule::Rebuild);
}

#[test]
fn usage_that_buckets_paid_for_and_still_have() {
    let rule = caught(Sabotage::LostDraw);
    assert!(matches!(rule, Rule::Buckets | Rule::Rebuild), "{rule:?}");
}

#[test]
fn a_purchase_that_comes_twice() {
    assert_eq!(caught(Sabotage::DoublePurchase), Rule::Buckets);
}

#[test]
fn a_purchase_that_never_comes() {
    let rule = caught(Sabotage::LostPurchase);
    assert!(matches!(rule, Rule::Buckets | Rule::Rebuild), "{rule:?}");
}

#[test]
fn a_cdr_that_says_a_bucket_paid_more_than_it_did() {
    assert_eq!(caught(Sabotage::InventedPart), Rule::Records);
}

#[test]
fn a_quota_that_begins_anew_with_more_than_it_should() {
    let rule = caught(Sabotage::SwollenRenewal);
    assert!(matches!(rule, Rule::Buckets | Rule::Rebuild), "{rule:?}");
}

#[test]
fn what_a_line_takes_along_stays_with_its_old_payer_too() {
    assert_eq!(caught(Sabotage::LeftBehind), Rule::Buckets);
}
