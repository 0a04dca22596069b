//! What was found stays mended, and a short campaign of every parser finds nothing.

#![allow(missing_docs)]

use openmvno_fuzz::{Campaign, Corpus, all, shares};

/// The same in every run: what it finds, it always finds.
const SEED: u64 = 1;
const EXECUTIONS: u64 = 60_000;

#[test]
fn every_input_of_the_corpus_keeps_the_promises() {
    let corpus = Corpus::of_repository();
    let mut inputs = 0;
    for mut target in all() {
        let kept = corpus
            .inputs(target.name())
            .expect("the corpus is readable");
        for (name, input) in kept {
            eprintln!("{}/{name}", target.name());
            target.run(&input);
            inputs += 1;
        }
    }
    assert!(inputs > 100, "{inputs} inputs: where is the corpus?");
}

#[test]
fn a_short_campaign_finds_nothing() {
    let corpus = Corpus::of_repository();
    for (mut target, share) in shares(EXECUTIONS, &[]) {
        let campaign = Campaign::new(target.as_mut(), &corpus, SEED, false);
        let progress = campaign
            .and_then(|campaign| campaign.run(share))
            .expect("readable");
        let finding = progress.finding;
        assert!(finding.is_none(), "{}: {finding:?}", progress.target);
        assert!(
            progress.classes > 1,
            "{} tells nothing apart",
            progress.target
        );
    }
}
