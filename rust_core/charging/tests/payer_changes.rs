//! A line goes to another payer: what is its own goes along, what is the account's stays, and at every
//! step it is in one place.

mod common;

use common::audit::same;
use common::story::*;
use common::*;
use openmvno_charging::*;
use serde_json::Value;
use std::collections::BTreeMap;

const CHANGE: Uuid = Uuid([0x77; 16]);

fn range() -> String {
    catalogue(
        r#""destinations": [{"code": "emergency", "kind": "emergency", "prefixes": ["112"]}],
           "rate_tables": [
             {"code": "voice", "service": "voice", "rates": [
               {"default": true, "name": "voice", "price": "0.60", "per": 60}]},
             {"code": "sms", "service": "sms", "rates": [
               {"default": true, "name": "sms", "price": "0.10"}]},
             {"code": "data", "service": "data", "rates": [
               {"default": true, "name": "web", "price": "1.00", "per": 1000}]}],
           "buckets": [
             {"code": "month", "unit": "octet", "amount": 5000, "renew": "month",
              "pays": [{"service": "data"}]},
             {"code": "pool", "unit": "event", "amount": 10, "renew": "month", "shared": true,
              "pays": [{"service": "sms"}]},
             {"code": "purse", "unit": "money", "amount": "0", "priority": 50,
              "pays": [{"service": "voice"}],
              "top_ups": [{"code": "plus", "price": "2.00", "amount": "3.00", "days": 10}]}],
           "discounts": [{"code": "first", "applies": [{"service": "voice"}], "measure": "units",
             "renew": "month", "tiers": [{"from": 0, "percent": "50"}, {"from": 600, "percent": "0"}]}],
           "products": [
             {"code": "basic", "name": "Basic", "rate_tables": ["voice", "sms", "data"],
              "buckets": ["month", "pool"], "discounts": ["first"], "favourites": {"limit": 2}},
             {"code": "extra", "name": "Extra", "kind": "addon", "buckets": ["month"]}]"#,
    )
}

const NOON: &str = "2026-03-10T12:00:00Z";

/// The old payer, and the new one, who has no line.
fn payers() -> (Bench, Bench) {
    let old = Bench::story(&range(), "basic", 20 * EUR, NOON);
    let mut new = Bench::empty_on(&range());
    new.set(NOON);
    new.done("open_account", r#""currency":"EUR","overrun":"absorb""#);
    new.activate(1);
    new.pay_in(5 * EUR);
    (old, new)
}

impl Bench {
    fn step(&mut self, command: &str) -> String {
        self.done(command, &about(CHANGE))
    }

    /// What the export gave.
    fn export(&mut self) -> String {
        image(&self.step("export_line"))
    }

    fn import(&mut self, image: &str) {
        self.done("import_line", &with_image(CHANGE, image));
    }

    fn status(&self) -> LineStatus {
        self.account().lines[0].status
    }

    fn stage(&self) -> PayerStage {
        let payer = self.account().lines[0].payer_change();
        payer.expect("the line has a part in a change").stage
    }
}

fn about(change: Uuid) -> String {
    format!(r#""line":"{LINE}","change":"{change}""#)
}

fn with_image(change: Uuid, image: &str) -> String {
    format!(r#"{},"image":{image}"#, about(change))
}

fn image(outcome: &str) -> String {
    let outcome: Value = serde_json::from_str(outcome).expect("JSON");
    outcome["image"].to_string()
}

/// Both payers, and what recovery makes of each.
fn audit(old: &mut Bench, new: &mut Bench) {
    old.audit();
    new.audit();
}

fn surfing(name: &str) -> Request<'_> {
    data(Kind::Initial, name, 0, &[units(Some(1), Some(1000), None)])
}

fn calling(name: &str) -> Request<'_> {
    voice(Kind::Initial, name, 0, Some(60), None)
}

#[test]
fn what_is_the_lines_own_goes_along_and_what_is_the_accounts_stays() {
    let (mut old, mut new) = payers();
    old.add_on(0, id(1), "extra");
    old.done(
        "set_favourites",
        &format!(r#""line":"{LINE}","numbers":["385911"]"#),
    );
    old.change_line(0, r#""spending_cap":{"amount":9000000,"renew":"month"}"#);
    let purse = format!(
        r#""line":"{LINE}","bucket":"purse","option":"plus","pay":"cash","reference":"{LINE}""#
    );
    old.done("top_up_wallet", &purse);
    old.spend(&surf(1), 1_500);
    old.spend(&call(), 300);
    for _ in 0..4 {
        old.send(&message());
    }
    let before = old.account().clone();
    assert_eq!(before.balance, 20 * EUR);
    old.step("freeze_line");
    audit(&mut old, &mut new);
    new.now = old.now;
    let image = old.export();
    audit(&mut old, &mut new);
    new.import(&image);
    audit(&mut old, &mut new);
    old.step("release_line");
    audit(&mut old, &mut new);

    // The old payer keeps its money, and the pool without its next filling.
    assert_eq!(
        (old.status(), old.stage()),
        (LineStatus::Closed, PayerStage::Left)
    );
    assert_eq!(old.balance(), (20 * EUR, 0));
    assert_eq!((old.free("month"), old.free("purse")), (vec![], vec![]));
    assert_eq!(old.free("pool"), [6]);
    assert!(old.account().counters.is_empty());
    // The line has all that was its own, and the same of each.
    assert_eq!(new.stage(), PayerStage::Arrived);
    assert_eq!(new.balance(), (5 * EUR, 0));
    assert_eq!(
        (new.free("month"), new.free("purse")),
        (vec![3_500, 5_000], vec![1_500_000])
    );
    assert_eq!(new.free("pool"), [0]);
    assert_eq!(new.account().counters[..], before.counters[..]);
    let (line, was) = (&new.account().lines[0], &before.lines[0]);
    assert_eq!(
        (
            line.status,
            &line.product,
            line.msisdn,
            line.imsi,
            line.cap(),
            line.addons()
        ),
        (
            was.status,
            &was.product,
            was.msisdn,
            was.imsi,
            was.cap(),
            was.addons()
        )
    );
    assert!(line.has_favourite("385911"));
    // Money in a wallet is in transit between the two, in the same amount.
    assert_eq!(
        old.adjustments().pop(),
        Some((AdjustReason::LineLeft, 1_500_000))
    );
    assert_eq!(
        new.adjustments().pop(),
        Some((AdjustReason::LineArrived, 1_500_000))
    );
    // And it is charged where it is: by its own content first, then by the new balance.
    new.spend(&surf(1), 9_500);
    assert_eq!(new.balance(), (4 * EUR, 0));
    assert_eq!(old.send(&message()).result, ResultCode::USER_UNKNOWN);
    // A month later each has what it is due: the old payer no pool, the new one all of it.
    for bench in [&mut old, &mut new] {
        bench.reach("2026-04-02T00:00:00Z");
    }
    assert_eq!((old.free("pool"), old.free("month")), (vec![], vec![]));
    assert_eq!(
        (new.free("pool"), new.free("month")),
        (vec![10], vec![5_000, 5_000])
    );
    audit(&mut old, &mut new);
}

#[test]
fn what_begins_is_denied_for_now_and_what_runs_is_ended() {
    let (mut old, _) = payers();
    old.go(surfing("surf"));
    old.go(calling("talk"));
    let emergency = Request {
        destination: "112",
        ..calling("help")
    };
    assert_eq!(old.go(emergency.clone()).result, ResultCode::SUCCESS);
    let outcome = old.step("freeze_line");
    assert!(outcome.contains(r#""sessions":2"#), "{outcome}");
    let orders: Vec<String> = old
        .shard
        .take_orders()
        .into_iter()
        .filter(|order| order.kind == OrderKind::Abort)
        .map(|order| order.session.into())
        .collect();
    assert_eq!(orders, ["surf", "talk"]);
    // RFC 8506 §9.1: denied, not for good.
    for result in [
        old.go(calling("another")).result,
        old.send(&message()).result,
        old.go(surfing("more")).result,
    ] {
        assert_eq!(result, ResultCode::END_USER_SERVICE_DENIED);
    }
    let second = Request {
        destination: "112",
        ..calling("help again")
    };
    assert_eq!(old.go(second).result, ResultCode::SUCCESS);
    // A gateway that ends its session pays by the line's own content.
    let usage = [units(Some(1), None, Some(700))];
    let update = data(
        Kind::Update,
        "surf",
        1,
        &[units(Some(1), Some(900), Some(300))],
    );
    let denied = old.go(update).units[0].result;
    assert_eq!(denied, ResultCode::END_USER_SERVICE_DENIED);
    assert_eq!(
        old.go(data(Kind::Terminate, "surf", 2, &usage)).result,
        ResultCode::SUCCESS
    );
    assert_eq!(old.free("month"), [4_000]);
    old.audit();
    // One that does not is waited for no longer.
    assert_eq!(old.balance().1, 300_000);
    old.export();
    assert_eq!(old.balance(), (20 * EUR, 0));
    old.audit();
    old.step("release_line");
    let late = old.go(voice(Kind::Terminate, "talk", 1, None, Some(60)));
    assert_eq!(
        (late.result, late.cost),
        (ResultCode::SUCCESS, Some(300_000))
    );
    // Emergency calls go on to their end.
    let update = Request {
        destination: "112",
        ..voice(Kind::Update, "help", 1, Some(60), Some(60))
    };
    assert_eq!(old.go(update).result, ResultCode::SUCCESS);
    for name in ["help", "help again"] {
        let number = 2;
        let last = old.go(voice(Kind::Terminate, name, number, None, Some(60)));
        assert_eq!((last.result, last.cost), (ResultCode::SUCCESS, Some(0)));
    }
    assert_eq!(old.balance(), (20 * EUR - 300_000, 0));
    old.audit_at_rest();
}

#[test]
fn nothing_else_changes_a_line_on_its_way_and_each_step_counts_once() {
    let (mut old, mut new) = payers();
    let of_line = |rest: &str| format!(r#""line":"{LINE}",{rest}"#);
    let changes = [
        ("change_line", of_line(r#""status":"blocked""#)),
        (
            "add_product",
            of_line(&format!(r#""instance":"{}","product":"extra""#, id(1))),
        ),
        ("set_favourites", of_line(r#""numbers":[]"#)),
        ("set_groups", of_line(r#""groups":[]"#)),
    ];
    let usage = of_line(
        r#""content_key":"f1","service":"data","direction":"originating","usage":500,
           "started_at":1773144000000"#,
    );
    for step in ["export_line", "release_line"] {
        assert_eq!(old.refused(step, &about(CHANGE)), "line_moving");
    }
    old.step("freeze_line");
    old.step("freeze_line");
    for (kind, fields) in &changes {
        assert_eq!(old.refused(kind, fields), "line_moving", "{kind}");
    }
    for step in ["freeze_line", "export_line"] {
        assert_eq!(old.refused(step, &about(id(9))), "line_moving");
    }
    // What has happened is paid for with what the line has, as long as it is there.
    old.done("rate_usage", &usage);
    assert_eq!(old.free("month"), [4_500]);
    let image = old.export();
    for (kind, fields) in changes.iter().chain([&("rate_usage", usage.clone())]) {
        assert_eq!(old.refused(kind, fields), "line_moving", "{kind}");
    }
    assert_eq!(old.refused("export_line", &about(CHANGE)), "line_moving");
    new.import(&image);
    new.import(&image);
    assert_eq!(new.free("month"), [4_500]);
    assert_eq!(
        new.refused("import_line", &with_image(id(9), &image)),
        "line_exists"
    );
    assert_eq!(old.refused("release_line", &about(id(9))), "line_moving");
    old.step("release_line");
    old.step("release_line");
    for (kind, fields) in &changes {
        assert_eq!(old.refused(kind, fields), "line_unknown", "{kind}");
    }
    for (kind, fields) in &changes {
        new.done(kind, fields);
    }
    assert_eq!(new.status(), LineStatus::Blocked);
    audit(&mut old, &mut new);
    for fields in [
        with_image(CHANGE, &image.replace(r#""version":1"#, r#""version":9"#)),
        with_image(CHANGE, &image.replace(r#""used":500"#, r#""used":-500"#)),
        with_image(CHANGE, &image.replace(r#""used":500"#, r#""used":5001"#)),
        with_image(
            CHANGE,
            &image.replace(r#""status":"active""#, r#""status":"moving""#),
        ),
        with_image(CHANGE, &image).replacen(&LINE.to_string(), &id(3).to_string(), 1),
    ] {
        assert_eq!(new.refused("import_line", &fields), "command_malformed");
    }
    let moving = of_line(r#""status":"moving""#);
    assert_eq!(new.refused("change_line", &moving), "command_malformed");
}

#[test]
fn what_the_new_payer_cannot_have_comes_back_whole() {
    let (mut old, _) = payers();
    let dollars = range().replacen("EUR", "USD", 1);
    let mut new = Bench::empty_on(&dollars);
    new.set(NOON);
    new.done("open_account", r#""currency":"USD","overrun":"absorb""#);
    new.activate(1);
    old.done(
        "top_up_wallet",
        &format!(
            r#""line":"{LINE}","bucket":"purse","option":"plus","pay":"none","reference":"{LINE}""#
        ),
    );
    old.spend(&surf(1), 1_500);
    old.change_line(
        0,
        r#""status":"suspended","spending_cap":{"amount":9000000,"renew":"month"}"#,
    );
    let before = old.account().clone();
    old.step("freeze_line");
    let image = old.export();
    assert_eq!(
        new.refused("import_line", &with_image(CHANGE, &image)),
        "currency_mismatch"
    );
    old.import(&image);
    old.import(&image);
    old.audit_at_rest();
    assert_eq!(old.refused("release_line", &about(CHANGE)), "line_moving");
    let line = &old.account().lines[0];
    assert_eq!(
        (line.status, line.cap()),
        (LineStatus::Suspended, before.lines[0].cap())
    );
    assert_eq!(old.free("month"), [3_500]);
    assert_eq!(old.free("purse"), [3 * EUR]);
    assert_eq!(old.free("pool"), [10, 0]);
    old.reach("2026-04-02T00:00:00Z");
    assert_eq!(old.free("pool"), [10]);
    assert_eq!(old.free("month"), [5_000]);
    old.audit_at_rest();
}

#[test]
fn a_line_that_comes_home_later_is_the_same_line() {
    let (mut old, mut new) = payers();
    let late = old.go(surfing("late")).result;
    assert_eq!(late, ResultCode::SUCCESS);
    old.step("freeze_line");
    let image = old.export();
    new.import(&image);
    old.step("release_line");
    new.spend(&surf(1), 2_000);
    let back = id(5);
    new.done("freeze_line", &about(back));
    let outcome = new.done("export_line", &about(back));
    old.done("import_line", &with_image(back, &self::image(&outcome)));
    new.done("release_line", &about(back));
    audit(&mut old, &mut new);
    assert_eq!(
        (old.account().lines.len(), old.status()),
        (1, LineStatus::Active)
    );
    assert_eq!(
        (old.free("month"), new.free("month")),
        (vec![3_000], vec![])
    );
    // There and back fills no pool anew.
    assert_eq!(old.free("pool").iter().sum::<i64>(), 10);
    assert_eq!(old.account().lines[0].arrivals(), 2);
    // A session that was given up before it went may still report.
    let usage = [units(Some(1), None, Some(500))];
    old.go(data(Kind::Terminate, "late", 1, &usage));
    old.audit_at_rest();
}

#[test]
fn content_whose_time_is_over_on_the_way_ends_once() {
    let (mut old, mut new) = payers();
    old.done(
        "top_up_wallet",
        &format!(
            r#""line":"{LINE}","bucket":"purse","option":"plus","pay":"cash","reference":"{LINE}""#
        ),
    );
    old.step("freeze_line");
    let image = old.export();
    for bench in [&mut old, &mut new] {
        bench.reach("2026-04-02T00:00:00Z");
    }
    assert!(old.free("purse").is_empty());
    new.import(&image);
    new.tick_after(1_000);
    old.step("release_line");
    assert_eq!(
        (new.free("purse"), new.free("month")),
        (vec![], vec![5_000])
    );
    assert!(
        !old.adjustments()
            .iter()
            .any(|(reason, _)| *reason == AdjustReason::Breakage)
    );
    assert_eq!(
        new.adjustments().pop(),
        Some((AdjustReason::Breakage, 3 * EUR))
    );
    audit(&mut old, &mut new);
}

#[test]
fn snapshots_hold_a_line_wherever_it_is_on_its_way() {
    let (mut old, mut new) = payers();
    old.go(surfing("surf"));
    let (mut image, mut slices) = (String::new(), [BTreeMap::new(), BTreeMap::new()]);
    for step in 0..5 {
        match step {
            0 => {}
            1 => drop(old.step("freeze_line")),
            2 => image = old.export(),
            3 => new.import(&image),
            _ => drop(old.step("release_line")),
        }
        for (bench, slices) in [&mut old, &mut new].into_iter().zip(&mut slices) {
            let expected = bench.replayed();
            let seq = bench.rows.len() as u64;
            // The pass, and what the shard says of itself at its end.
            while let Some((slice, payload)) = bench.shard.next_slice(seq) {
                slices.insert(slice, (seq, payload));
            }
            let mut shard = Shard::new(0, Limits::default());
            load_all(&mut shard, &bench.catalogs);
            for (slice, (seq, payload)) in slices {
                let restored = shard.restore_slice(*slice, *seq, payload);
                restored.expect("restores");
            }
            let from = shard.replay_floor();
            for (seq, row) in (1..).zip(&bench.rows).filter(|(seq, _)| *seq > from) {
                shard.replay(seq, row).expect("replays");
            }
            same(&expected, &shard);
        }
    }
}
