//! Friends & Family, closed user groups, calls within the operator.

mod common;

use common::story::*;
use common::*;
use openmvno_charging::*;
use openmvno_rating::Numbering;

fn circles(barring: &str) -> String {
    catalogue(&format!(
        r#""rate_tables": [{{"code": "voice", "service": "voice", "rates": [
              {{"default": true, "name": "any", "price": "0.60", "per": 60}},
              {{"symbol": "favourite", "name": "friend", "price": "0.06", "per": 60}},
              {{"symbol": "on_net", "name": "net", "price": "0.30", "per": 60}},
              {{"symbol": "cug", "name": "group", "price": "0", "per": 60}}]}},
            {{"code": "in", "service": "voice", "direction": "terminating", "rates": [
              {{"default": true, "name": "in", "price": "0"}}]}},
            {{"code": "on", "service": "voice", "direction": "forwarded", "rates": [
              {{"default": true, "name": "on", "price": "0.60", "per": 60}}]}}],
          "products": [
            {{"code": "bare", "name": "Bare", "rate_tables": ["voice"]}},
            {{"code": "friends", "name": "Friends", "rate_tables": ["voice", "in", "on"],
             "favourites": {{"limit": 2, "patterns": ["385"]}} {barring}}}]"#
    ))
}

fn story(barring: &str) -> Bench {
    Bench::story(
        &circles(barring),
        "friends",
        10 * EUR,
        "2026-03-10T12:00:00Z",
    )
}

fn set(numbers: &str) -> String {
    format!(r#""line":"{LINE}","numbers":[{numbers}]"#)
}

fn related<'a>(on_net: bool, cug: bool) -> Option<Context<'a>> {
    Some(Context {
        on_net,
        cug,
        ..Context::default()
    })
}

#[test]
fn a_number_on_the_list_has_its_price_until_it_is_taken_off() {
    let mut bench = story("");
    let friend = Request {
        destination: "385911234567",
        ..call()
    };
    assert_eq!(bench.spend(&friend, 60).cost, Some(600_000));
    bench.done("set_favourites", &set(r#""385911234567","385919999999""#));
    assert_eq!(bench.spend(&friend, 60).cost, Some(60_000));
    assert!(bench.last_bill().favourite);
    let stranger = Request {
        destination: "38591123456",
        ..call()
    };
    assert_eq!(bench.spend(&stranger, 60).cost, Some(600_000));
    // The closest relation counts: group, then friend, then the operator's own.
    for (context, cost) in [(related(true, false), 60_000), (related(true, true), 0)] {
        let near = Request {
            context,
            ..friend.clone()
        };
        assert_eq!(bench.spend(&near, 60).cost, Some(cost));
    }
    let own = Request {
        context: related(true, false),
        ..stranger
    };
    assert_eq!(bench.spend(&own, 60).cost, Some(300_000));
    bench.done("set_favourites", &set(""));
    assert_eq!(bench.spend(&friend, 60).cost, Some(600_000));
    bench.audit_at_rest();
}

#[test]
fn a_list_changed_during_a_call_leaves_the_call_its_price() {
    let mut bench = story("");
    bench.go(voice(Kind::Initial, "call", 0, Some(60), None));
    bench.done("set_favourites", &set(r#""385911234567""#));
    bench.now += 60_000;
    bench.go(voice(Kind::Update, "call", 1, Some(60), Some(60)));
    assert_eq!(bench.balance(), (9_400_000, 600_000));
    bench.audit();
}

#[test]
fn lists_are_refused_when_they_may_not_be() {
    let mut bench = story("");
    for (numbers, code) in [
        (r#""385911","385912","385913""#, "favourites_too_many"),
        (r#""38591","4420""#, "favourite_not_allowed"),
        (r#""3859123456789012""#, "favourite_not_allowed"),
        (r#""+38591""#, "favourite_not_allowed"),
    ] {
        assert_eq!(bench.refused("set_favourites", &set(numbers)), code);
    }
    bench.change_line(0, r#""product":"bare""#);
    assert_eq!(
        bench.refused("set_favourites", &set(r#""385911""#)),
        "favourites_not_offered"
    );
    bench.done("set_favourites", &set(""));
}

#[test]
fn a_group_that_bars_lets_only_its_own_through() {
    let barring = r#", "closed_user_group": {"outgoing": "barred", "incoming": "barred"}"#;
    let mut bench = story(barring);
    let open = |name, direction, cug| Request {
        direction,
        context: related(true, cug),
        ..voice(Kind::Initial, name, 0, Some(60), None)
    };
    let names = ["a", "b", "c", "d", "e", "f"];
    let directions = [
        Direction::Originating,
        Direction::Terminating,
        Direction::Forwarded,
    ];
    for (at, direction) in directions.into_iter().enumerate() {
        let outside = bench.go(open(names[2 * at], direction, false));
        assert_eq!(
            outside.result,
            ResultCode::AUTHORIZATION_REJECTED,
            "{direction:?}"
        );
        let inside = bench.go(open(names[2 * at + 1], direction, true));
        assert_eq!(inside.result, ResultCode::SUCCESS, "{direction:?}");
    }
    bench.audit();
}

#[test]
fn a_group_may_bar_one_direction() {
    let barring = r#", "closed_user_group": {"outgoing": "barred", "incoming": "allowed"}"#;
    let mut bench = story(barring);
    let open = |name, direction| Request {
        direction,
        ..voice(Kind::Initial, name, 0, Some(60), None)
    };
    let out = bench.go(open("a", Direction::Originating));
    assert_eq!(out.result, ResultCode::AUTHORIZATION_REJECTED);
    assert_eq!(
        bench.go(open("b", Direction::Terminating)).result,
        ResultCode::SUCCESS
    );
}

#[test]
fn groups_are_kept_without_doubles_in_order() {
    let mut bench = story("");
    let (one, two) = (id(1), id(2));
    bench.done(
        "set_groups",
        &format!(r#""line":"{LINE}","groups":["{two}","{one}","{two}"]"#),
    );
    let groups = bench.account().lines[0]
        .terms
        .as_ref()
        .map(|terms| terms.groups.clone());
    assert_eq!(groups, Some(vec![one, two]));
    bench.audit_at_rest();
}

/// A directory with a line of the tenant in group 1, in a country where national numbers begin with 0.
struct Colleague(Numbering);

impl IdentityDirectory for Colleague {
    fn holder(&self, _: Identity) -> Option<LineAddress> {
        None
    }

    fn subscriber(&self, msisdn: &str) -> Option<Subscriber> {
        (msisdn == "385911234567").then(|| Subscriber {
            tenant: TENANT,
            groups: [id(1)].into(),
        })
    }

    fn numbering(&self) -> &Numbering {
        &self.0
    }
}

#[test]
fn a_call_from_a_file_is_read_as_the_networks_are() {
    let mut bench = story("");
    bench.done("set_favourites", &set(r#""385919999999""#));
    let directory = Colleague(Numbering::of_country("385"));
    let charged = |bench: &mut Bench, dialled: &str| {
        bench.commands += 1;
        let json = format!(
            r#"{{"type":"rate_usage","tenant":"{TENANT}","account":"{ACCOUNT}","line":"{LINE}",
               "content_key":"{dialled}","service":"voice","direction":"originating",
               "destination":"{dialled}","usage":60,"started_at":{}}}"#,
            bench.now
        );
        let row = CommandRow {
            seq: bench.commands,
            id: id(9),
            json: &json,
        };
        let journal = &mut bench.journal;
        let outcome = bench.shard.administer(row, &directory, bench.now, journal);
        let outcome: serde_json::Value = serde_json::from_str(&outcome.0).expect("JSON");
        outcome["charged"].as_i64().expect("charged")
    };
    assert_eq!(charged(&mut bench, "0919999999"), 60_000, "a favourite");
    assert_eq!(charged(&mut bench, "00385919999999"), 60_000);
    assert_eq!(charged(&mut bench, "0911234567"), 300_000, "on-net");
    assert_eq!(charged(&mut bench, "+4930123456"), 600_000);
    let group = id(1);
    bench.done(
        "set_groups",
        &format!(r#""line":"{LINE}","groups":["{group}"]"#),
    );
    assert_eq!(charged(&mut bench, "+385911234567"), 0, "of the group");
}
