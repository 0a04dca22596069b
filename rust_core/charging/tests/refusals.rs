//! What each command refuses, with which code; a refusal changes nothing.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;

fn shop() -> String {
    catalogue(
        r#""rate_tables": [{"code": "voice", "service": "voice", "rates": [
             {"prefix": "385", "name": "home", "price": "0.10", "per": 60}]},
             {"code": "wholesale", "service": "voice", "rates": [
             {"default": true, "name": "wholesale", "price": "0.03", "per": 60}]}],
           "buckets": [
             {"code": "own", "unit": "unit", "amount": 0, "pays": [{"service": "voice"}],
              "top_ups": [{"code": "small", "price": "5.00", "amount": 100, "days": 10}]},
             {"code": "pool", "unit": "money", "amount": "0", "shared": true,
              "pays": [{"service": "voice"}]}],
           "products": [{"code": "basic", "name": "Basic", "rate_tables": ["voice"],
             "buckets": ["own"]},
             {"code": "extra", "name": "Extra", "kind": "addon", "buckets": ["own"]}],
           "partners": [{"code": "near", "role": "reseller", "currency": "USD",
             "rate_tables": ["wholesale"]}]"#,
    )
}

fn story() -> Bench {
    Bench::story(&shop(), "basic", EUR, "2026-03-10T12:00:00Z")
}

#[test]
fn every_command_says_no_with_its_code() {
    let mut bench = story();
    let nobody = line(7);
    let reference = id(1);
    let usage = |service: &str, destination: &str, line: Uuid| {
        format!(
            r#""line":"{line}","content_key":"k","service":"{service}","direction":"originating",
               "destination":"{destination}","usage":60,"started_at":0"#
        )
    };
    let new_line = |line: Uuid, msisdn: &str| {
        format!(
            r#""line":"{line}","product":"basic","msisdn":"{msisdn}","imsi":"21901","status":"active""#
        )
    };
    let sold = |kind: &str, product: &str| match kind {
        "open_line" => new_line(nobody, "385").replace("basic", product),
        _ => format!(r#""line":"{LINE}","product":"{product}","status":"blocked""#),
    };
    let wallet = |fields: &str| format!(r#""reference":"{reference}",{fields}"#);
    let own = format!(r#""line":"{LINE}","bucket":"own""#);
    let cases = [
        (
            "open_account",
            r#""currency":"EUR","overrun":"absorb""#.into(),
            "account_exists",
        ),
        (
            "change_account",
            r#""time_zone":"Mars/Olympus""#.into(),
            "time_zone_unknown",
        ),
        (
            "change_account",
            r#""partners":["far"]"#.into(),
            "partner_unknown",
        ),
        (
            "change_account",
            r#""credit":1"#.into(),
            "command_malformed",
        ),
        ("open_line", new_line(LINE, "385"), "line_exists"),
        ("open_line", sold("open_line", "nothing"), "product_unknown"),
        ("open_line", sold("open_line", "extra"), "product_unknown"),
        (
            "change_line",
            sold("change_line", "nothing"),
            "product_unknown",
        ),
        (
            "change_line",
            sold("change_line", "extra"),
            "product_unknown",
        ),
        ("open_line", new_line(nobody, "+385"), "identity_invalid"),
        ("open_line", new_line(nobody, ""), "identity_invalid"),
        (
            "open_line",
            new_line(nobody, "1234567890123456"),
            "identity_invalid",
        ),
        (
            "change_line",
            format!(r#""line":"{nobody}""#),
            "line_unknown",
        ),
        (
            "change_line",
            format!(r#""line":"{LINE}","imsi":"x""#),
            "identity_invalid",
        ),
        (
            "change_line",
            format!(r#""line":"{LINE}","status":"odd""#),
            "command_malformed",
        ),
        (
            "set_favourites",
            format!(r#""line":"{nobody}","numbers":[]"#),
            "line_unknown",
        ),
        (
            "set_favourites",
            format!(r#""line":"{LINE}","numbers":["385"]"#),
            "favourites_not_offered",
        ),
        (
            "set_groups",
            format!(r#""line":"{nobody}","groups":[]"#),
            "line_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(
                r#""line":"{LINE}","bucket":"none","amount":1,"pay":"cash""#
            )),
            "bucket_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(r#"{own},"option":"huge","pay":"cash""#)),
            "top_up_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(r#"{own},"pay":"cash""#)),
            "top_up_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(r#"{own},"amount":0,"pay":"cash""#)),
            "top_up_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(r#"{own},"amount":-5,"pay":"balance""#)),
            "top_up_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(r#"{own},"option":"small","pay":"balance""#)),
            "insufficient_balance",
        ),
        (
            "top_up_wallet",
            wallet(r#""bucket":"own","amount":1,"pay":"cash""#),
            "line_unknown",
        ),
        (
            "top_up_wallet",
            wallet(&format!(
                r#""line":"{nobody}","bucket":"own","amount":1,"pay":"cash""#
            )),
            "line_unknown",
        ),
        (
            "top_up_wallet",
            wallet(r#""bucket":"pool","amount":1000001,"pay":"balance""#),
            "insufficient_balance",
        ),
        (
            "adjust_balance",
            wallet(r#""amount":-1000001,"reason":"adjustment""#),
            "insufficient_balance",
        ),
        (
            "adjust_balance",
            wallet(r#""amount":9223372036854775807,"reason":"top_up""#),
            "amount_overflow",
        ),
        (
            "adjust_balance",
            wallet(r#""amount":1,"reason":"breakage""#),
            "command_malformed",
        ),
        (
            "adjust_balance",
            wallet(r#""amount":1,"reason":"wallet_from_balance""#),
            "command_malformed",
        ),
        (
            "adjust_balance",
            wallet(r#""amount":1.5,"reason":"top_up""#),
            "command_malformed",
        ),
        ("rate_usage", usage("voice", "385", nobody), "line_unknown"),
        ("rate_usage", usage("voice", "4420", LINE), "rating_failed"),
        ("rate_usage", usage("sms", "385", LINE), "rating_failed"),
        ("rate_usage", usage("fax", "385", LINE), "rating_failed"),
        ("fly", String::new(), "command_malformed"),
    ];
    for (kind, fields, code) in cases {
        assert_eq!(bench.refused(kind, &fields), code, "{kind} {fields}");
    }
    bench.audit_at_rest();
}

#[test]
fn an_account_of_another_tenant_or_none_is_unknown() {
    let mut bench = story();
    for (tenant, account) in [(LINE, ACCOUNT), (TENANT, LINE)] {
        for (kind, fields) in [
            ("change_account", String::new()),
            (
                "open_line",
                format!(
                    r#","line":"{LINE}","product":"basic","msisdn":"1","imsi":"1","status":"active""#
                ),
            ),
            ("change_line", format!(r#","line":"{LINE}""#)),
            (
                "add_product",
                format!(r#","line":"{LINE}","instance":"{LINE}","product":"p""#),
            ),
            (
                "remove_product",
                format!(r#","line":"{LINE}","instance":"{LINE}""#),
            ),
            (
                "set_favourites",
                format!(r#","line":"{LINE}","numbers":[]"#),
            ),
            ("set_groups", format!(r#","line":"{LINE}","groups":[]"#)),
            (
                "top_up_wallet",
                format!(r#","bucket":"pool","amount":1,"pay":"cash","reference":"{LINE}""#),
            ),
            (
                "adjust_balance",
                format!(r#","amount":1,"reason":"top_up","reference":"{LINE}""#),
            ),
            (
                "rate_usage",
                format!(
                    r#","line":"{LINE}","content_key":"k","service":"voice","direction":"originating","usage":1,"started_at":0"#
                ),
            ),
        ] {
            let json =
                format!(r#"{{"type":"{kind}","tenant":"{tenant}","account":"{account}"{fields}}}"#);
            let outcome = bench.command(&json);
            assert!(outcome.contains("account_unknown"), "{json}: {outcome}");
        }
    }
    bench.audit_at_rest();
}

#[test]
fn accounts_are_not_opened_on_what_there_is_not() {
    let mut bench = story();
    for (fields, code) in [
        (r#""currency":"XXQ""#, "currency_invalid"),
        (
            r#""currency":"EUR","time_zone":"Nowhere""#,
            "time_zone_unknown",
        ),
        (
            r#""currency":"EUR","partners":["near","far"]"#,
            "partner_unknown",
        ),
    ] {
        let json = format!(
            r#"{{"type":"open_account","tenant":"{TENANT}","account":"{}","overrun":"absorb",{fields}}}"#,
            id(3)
        );
        let outcome = bench.command(&json);
        assert!(outcome.contains(code), "{json}: {outcome}");
    }
    assert_eq!(bench.shard.accounts().len(), 1);
    bench.audit_at_rest();
}

/// A line may go on, be blocked or end whatever became of its product; only a product it is to have
/// must be sold.
#[test]
fn a_line_whose_product_is_gone_can_still_be_changed() {
    let mut bench = story();
    bench.publish(
        2,
        &shop().replace(r#""code": "basic""#, r#""code": "other""#),
    );
    bench.change_line(0, r#""status":"blocked""#);
    bench.change_line(0, r#""product":"basic","status":"active""#);
    bench.change_line(0, r#""product":"other""#);
    let back = format!(r#""line":"{LINE}","product":"basic""#);
    assert_eq!(bench.refused("change_line", &back), "product_unknown");
    bench.change_line(0, r#""status":"closed""#);
    bench.audit_at_rest();
}

#[test]
fn no_line_is_opened_before_there_is_a_catalogue() {
    let mut bench = Bench::empty_on(&shop());
    bench.done("open_account", r#""currency":"EUR","overrun":"absorb""#);
    let fields = format!(
        r#""line":"{LINE}","product":"basic","msisdn":"385","imsi":"21901","status":"active""#
    );
    assert_eq!(bench.refused("open_line", &fields), "catalog_unknown");
    bench.activate(1);
    bench.done("open_line", &fields);
    bench.audit_at_rest();
}
