//! The business floor: commands on accounts, lines, what they buy, and the catalogue.

use crate::catalogue;
use crate::random::Random;

/// Something a business floor says of an account.
struct Saying {
    tenant: openmvno_charging::Uuid,
    /// Of which the line was when it was opened.
    account: usize,
    line: usize,
    /// The account it is said of.
    payer: usize,
}

impl Saying {
    /// The command of this type with its further fields.
    fn of(&self, kind: &str, fields: &str) -> String {
        let (tenant, account) = (self.tenant, catalogue::account_id(self.payer));
        format!(r#"{{"type":"{kind}","tenant":"{tenant}","account":"{account}",{fields}}}"#)
    }

    /// Its sessions are to be ended.
    fn abort_session(&self) -> String {
        let (tenant, account) = (self.tenant, catalogue::account_id(self.payer));
        let line = catalogue::line_id(self.account, self.line);
        format!(
            r#"{{"type":"abort_session","tenant":"{tenant}","account":"{account}","line":"{line}"}}"#
        )
    }

    /// The same about the line.
    fn of_line(&self, kind: &str, fields: &str) -> String {
        let line = catalogue::line_id(self.account, self.line);
        self.of(kind, &format!(r#""line":"{line}",{fields}"#))
    }
}

/// A random command of the business, for an account that was opened. `payer_of` says which account a
/// line is on; what is said may be too late for that.
#[must_use]
pub fn command(
    random: &mut Random,
    accounts: usize,
    payer_of: impl Fn(usize, usize) -> usize,
    (counter, now): (u64, i64),
) -> (usize, String) {
    let (account, line) = (random.index(accounts), random.index(2));
    let payer = if random.chance(90) {
        payer_of(account, line)
    } else {
        account
    };
    let saying = Saying {
        tenant: catalogue::TENANT,
        account,
        line,
        payer,
    };
    let tenant = catalogue::TENANT;
    let json = match random.below(24) {
        0..=4 => {
            let amount = random.between(-500_000, 1_500_000);
            let reference = catalogue::line_id(account, saying.line);
            let fields =
                format!(r#""amount":{amount},"reason":"top_up","reference":"{reference}""#);
            saying.of("adjust_balance", &fields)
        }
        5..=6 => {
            let status = random.pick(&["active", "active", "blocked", "suspended"]);
            saying.of_line("change_line", &format!(r#""status":"{status}""#))
        }
        7..=8 => rate_usage(random, &saying, counter, now),
        9..=11 => top_up(random, &saying),
        12..=14 => add_product(random, &saying),
        15..=16 => {
            let instance = catalogue::instance_id(account, saying.line, random.index(4));
            saying.of_line("remove_product", &format!(r#""instance":"{instance}""#))
        }
        17..=18 => {
            let product = random.pick(&["basic", "flat", "bare", "extra", "none"]);
            saying.of_line("change_line", &format!(r#""product":"{product}""#))
        }
        19 => saying.abort_session(),
        20 => {
            let version = random.pick(&[1, 2, 7]);
            format!(r#"{{"type":"activate_catalog","tenant":"{tenant}","version":{version}}}"#)
        }
        21..=22 => {
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
    (payer, json)
}

/// A step on the way of a line, on the account `payer`, with what it brings along.
#[must_use]
pub fn move_line(
    kind: &str,
    payer: usize,
    (account, line): (usize, usize),
    change: openmvno_charging::Uuid,
    image: Option<&str>,
) -> String {
    let saying = Saying {
        tenant: catalogue::TENANT,
        account,
        line,
        payer,
    };
    let image = image.map_or_else(String::new, |image| format!(r#","image":{image}"#));
    saying.of_line(kind, &format!(r#""change":"{change}"{image}"#))
}

fn rate_usage(random: &mut Random, saying: &Saying, counter: u64, now: i64) -> String {
    let usage = random.below(900);
    let started_at = now - random.between(0, 4_000_000);
    saying.of_line(
        "rate_usage",
        &format!(
            r#""content_key":"f{counter}","service":"voice","direction":"originating","destination":"38599","usage":{usage},"started_at":{started_at}"#
        ),
    )
}

/// Content for a wallet: one of its top-ups, one it has not, or any amount.
fn top_up(random: &mut Random, saying: &Saying) -> String {
    let bucket = random.pick(&["purse", "purse", "coins", "coins", "none"]);
    let pay = random.pick(&["balance", "balance", "cash", "none"]);
    let content = match random.below(4) {
        0 => format!(
            r#""amount":{},"days":{}"#,
            random.between(0, 30),
            1 + random.below(2)
        ),
        1 => r#""option":"minus""#.to_owned(),
        _ => r#""option":"plus""#.to_owned(),
    };
    let reference = catalogue::line_id(saying.account, saying.line);
    let fields =
        format!(r#""bucket":"{bucket}",{content},"pay":"{pay}","reference":"{reference}""#);
    saying.of_line("top_up_wallet", &fields)
}

fn add_product(random: &mut Random, saying: &Saying) -> String {
    let instance = catalogue::instance_id(saying.account, saying.line, random.index(4));
    let product = random.pick(&["extra", "extra", "once", "once", "basic", "none"]);
    let fields = format!(r#""instance":"{instance}","product":"{product}""#);
    saying.of_line("add_product", &fields)
}

/// The commands that bring an account into being.
#[must_use]
pub fn opening_commands(random: &mut Random, account: usize) -> Vec<String> {
    let overrun = if random.chance(25) { "debt" } else { "absorb" };
    let credit = if random.chance(25) { 300_000 } else { 0 };
    let saying = |line| Saying {
        tenant: catalogue::TENANT,
        account,
        line,
        payer: account,
    };
    let mut all = vec![saying(0).of(
        "open_account",
        &format!(r#""currency":"EUR","credit_limit":{credit},"overrun":"{overrun}""#),
    )];
    for line in 0..2 {
        let (msisdn, imsi) = (
            catalogue::msisdn(account, line),
            catalogue::imsi(account, line),
        );
        let product = random.pick(&["basic", "basic", "flat", "bare"]);
        all.push(saying(line).of_line(
            "open_line",
            &format!(
                r#""product":"{product}","msisdn":"{msisdn}","imsi":"{imsi}","status":"active""#
            ),
        ));
    }
    let (amount, reference) = (random.between(0, 4_000_000), catalogue::account_id(account));
    let fields = format!(r#""amount":{amount},"reason":"top_up","reference":"{reference}""#);
    all.push(saying(0).of("adjust_balance", &fields));
    all
}
