//! The business floor: commands on accounts, lines and the catalogue.

use crate::catalogue;
use crate::random::Random;

/// A random command of the business, for an account that was opened.
#[must_use]
pub fn command(random: &mut Random, accounts: usize, counter: u64, now: i64) -> (usize, String) {
    let account = random.index(accounts);
    let (tenant, id) = (catalogue::TENANT, catalogue::account_id(account));
    let line = random.index(2);
    let line_id = catalogue::line_id(account, line);
    let json = match random.below(13) {
        0..=4 => {
            let amount = random.between(-500_000, 1_500_000);
            format!(
                r#"{{"type":"adjust_balance","tenant":"{tenant}","account":"{id}","amount":{amount},"reason":"top_up","reference":"{line_id}"}}"#
            )
        }
        5..=6 => {
            let status = random.pick(&["active", "active", "blocked", "suspended"]);
            format!(
                r#"{{"type":"change_line","tenant":"{tenant}","account":"{id}","line":"{line_id}","status":"{status}"}}"#
            )
        }
        7..=8 => {
            let usage = random.below(900);
            format!(
                r#"{{"type":"rate_usage","tenant":"{tenant}","account":"{id}","line":"{line_id}","content_key":"f{counter}","service":"voice","direction":"originating","destination":"38599","usage":{usage},"started_at":1}}"#
            )
        }
        9 => {
            let version = random.pick(&[1, 2, 7]);
            format!(r#"{{"type":"activate_catalog","tenant":"{tenant}","version":{version}}}"#)
        }
        10..=11 => {
            let version = random.pick(&[1, 2]);
            let at = now + random.between(-1_000, 20_000);
            format!(
                r#"{{"type":"activate_catalog","tenant":"{tenant}","version":{version},"at":{at}}}"#
            )
        }
        _ => {
            let version = random.pick(&[1, 2]);
            format!(r#"{{"type":"withdraw_catalog","tenant":"{tenant}","version":{version}}}"#)
        }
    };
    (account, json)
}

/// The commands that bring an account into being.
#[must_use]
pub fn opening_commands(random: &mut Random, account: usize) -> Vec<String> {
    let (tenant, id) = (catalogue::TENANT, catalogue::account_id(account));
    let overrun = if random.chance(25) { "debt" } else { "absorb" };
    let credit = if random.chance(25) { 300_000 } else { 0 };
    let mut all = vec![format!(
        r#"{{"type":"open_account","tenant":"{tenant}","account":"{id}","currency":"EUR","credit_limit":{credit},"overrun":"{overrun}"}}"#
    )];
    for line in 0..2 {
        let line_id = catalogue::line_id(account, line);
        let (msisdn, imsi) = (
            catalogue::msisdn(account, line),
            catalogue::imsi(account, line),
        );
        all.push(format!(
            r#"{{"type":"open_line","tenant":"{tenant}","account":"{id}","line":"{line_id}","product":"basic","msisdn":"{msisdn}","imsi":"{imsi}","status":"active"}}"#
        ));
    }
    let amount = random.between(0, 4_000_000);
    all.push(format!(
        r#"{{"type":"adjust_balance","tenant":"{tenant}","account":"{id}","amount":{amount},"reason":"top_up","reference":"{id}"}}"#
    ));
    all
}
