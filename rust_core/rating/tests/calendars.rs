//! Periods, renewals and local time, also in the nights in which clocks change.

use openmvno_rating::{
    Calendar, CalendarMistake, CalendarTerms, Date, Millis, PeriodId, PeriodTerms, Renew, TimeZone,
    local, renewal_period,
};
use proptest::prelude::*;

const OFFPEAK: PeriodId = PeriodId(1);
const WEEKEND: PeriodId = PeriodId(2);
const MINUTE: Millis = 60_000;
const HOUR: Millis = 60 * MINUTE;
const DAY: Millis = 24 * HOUR;

fn zone(name: &str) -> TimeZone {
    TimeZone::parse(name).expect("a zone")
}

/// An instant written with its offset: `2026-11-27T19:58:00+01:00`.
fn instant(text: &str) -> Millis {
    let timestamp: jiff::Timestamp = text.parse().expect("an instant");
    timestamp.as_millisecond()
}

fn hours(from: u32, to: u32) -> (Option<u32>, Option<u32>) {
    (Some(from * 3_600), Some(to * 3_600))
}

fn business() -> CalendarTerms {
    let (from, to) = hours(20, 8);
    CalendarTerms {
        periods: vec![
            PeriodTerms {
                period: OFFPEAK,
                weekdays: vec![1, 2, 3, 4, 5],
                from,
                to,
                ..PeriodTerms::default()
            },
            PeriodTerms {
                period: WEEKEND,
                weekdays: vec![6, 7],
                ..PeriodTerms::default()
            },
        ],
        holidays: vec![Date::parse("2026-12-25").expect("a date")],
        holiday_period: Some(WEEKEND),
    }
}

fn compile(terms: &CalendarTerms) -> Calendar {
    Calendar::compile(terms).expect("a correct calendar")
}

/// One period, every day.
fn daily(from: u32, to: u32) -> Calendar {
    compile(&CalendarTerms {
        periods: vec![PeriodTerms {
            period: OFFPEAK,
            from: Some(from),
            to: Some(to),
            ..PeriodTerms::default()
        }],
        ..CalendarTerms::default()
    })
}

#[test]
fn q8_off_peak_has_the_two_ends_of_each_listed_day() {
    let zagreb = zone("Europe/Zagreb");
    let mut terms = business();
    terms.periods.truncate(1);
    let calendar = compile(&terms);
    let period = |text| calendar.at(instant(text), &zagreb).0;
    assert_eq!(period("2026-11-27T22:00:00+01:00"), OFFPEAK, "Friday");
    assert_eq!(
        period("2026-11-28T06:00:00+01:00"),
        PeriodId::PEAK,
        "Saturday"
    );
    assert_eq!(period("2026-11-30T07:59:59.999+01:00"), OFFPEAK, "Monday");
    assert_eq!(
        period("2026-11-30T08:00:00+01:00"),
        PeriodId::PEAK,
        "Monday"
    );
    assert_eq!(period("2026-11-30T19:59:59.999+01:00"), PeriodId::PEAK);
    assert_eq!(period("2026-11-30T20:00:00+01:00"), OFFPEAK);
}

#[test]
fn a_period_lasts_until_the_next_one() {
    let zagreb = zone("Europe/Zagreb");
    let calendar = compile(&business());
    let at = |text| calendar.at(instant(text), &zagreb);
    let until = |text| Some(instant(text));
    assert_eq!(
        at("2026-11-27T19:58:00+01:00"),
        (PeriodId::PEAK, until("2026-11-27T20:00:00+01:00"))
    );
    assert_eq!(
        at("2026-11-27T22:00:00+01:00"),
        (OFFPEAK, until("2026-11-28T00:00:00+01:00"))
    );
    assert_eq!(
        at("2026-11-28T12:00:00+01:00"),
        (WEEKEND, until("2026-11-30T00:00:00+01:00")),
        "over a midnight that changes nothing"
    );
    assert_eq!(
        at("2026-12-24T23:00:00+01:00"),
        (OFFPEAK, until("2026-12-25T00:00:00+01:00")),
        "a holiday"
    );
    assert_eq!(
        at("2026-12-25T10:00:00+01:00"),
        (WEEKEND, until("2026-12-28T00:00:00+01:00")),
        "a holiday on a Friday and the weekend after it"
    );
    assert_eq!(Calendar::default().at(0, &zagreb), (PeriodId::PEAK, None));
}

#[test]
fn months_and_days_narrow_a_period() {
    let calendar = compile(&CalendarTerms {
        periods: vec![PeriodTerms {
            period: OFFPEAK,
            months: vec![2],
            monthdays: vec![29, 30],
            ..PeriodTerms::default()
        }],
        ..CalendarTerms::default()
    });
    let at = |text| calendar.at(instant(text), &TimeZone::UTC);
    assert_eq!(at("2026-03-29T00:00:00Z").0, PeriodId::PEAK);
    assert_eq!(at("2028-02-28T23:59:59Z").0, PeriodId::PEAK);
    assert_eq!(
        at("2028-02-29T12:00:00Z"),
        (OFFPEAK, Some(instant("2028-03-01T00:00:00Z")))
    );
}

#[test]
fn an_hour_that_occurs_twice_is_in_its_period_twice() {
    // 2026-10-25: 03:00 summer time becomes 02:00.
    let berlin = zone("Europe/Berlin");
    let calendar = daily(2 * 3_600, 9_000);
    let at = |text| calendar.at(instant(text), &berlin);
    let until = |text| Some(instant(text));
    assert_eq!(
        at("2026-10-25T02:10:00+02:00"),
        (OFFPEAK, until("2026-10-25T02:30:00+02:00"))
    );
    assert_eq!(
        at("2026-10-25T02:30:00+02:00"),
        (PeriodId::PEAK, until("2026-10-25T02:00:00+01:00")),
        "the clocks go back into the period"
    );
    assert_eq!(
        at("2026-10-25T02:00:00+01:00"),
        (OFFPEAK, until("2026-10-25T02:30:00+01:00"))
    );
    // 2026-11-01 in New York: 02:00 becomes 01:00, and 20:00–08:00 is an hour longer.
    let york = zone("America/New_York");
    let night = daily(20 * 3_600, 8 * 3_600);
    assert_eq!(
        night.at(instant("2026-10-31T20:00:00-04:00"), &york),
        (OFFPEAK, until("2026-11-01T08:00:00-05:00"))
    );
}

#[test]
fn an_hour_that_is_left_out_is_no_period() {
    // 2026-03-29 in Berlin: 02:00 becomes 03:00. 2026-03-08 in New York the same.
    for (name, before, change) in [
        (
            "Europe/Berlin",
            "2026-03-29T01:30:00+01:00",
            "2026-03-29T03:00:00+02:00",
        ),
        (
            "America/New_York",
            "2026-03-08T01:30:00-05:00",
            "2026-03-08T03:00:00-04:00",
        ),
    ] {
        let zone = zone(name);
        let (before, change) = (instant(before), instant(change));
        let left_out = daily(2 * 3_600, 3 * 3_600);
        let (period, until) = left_out.at(before, &zone);
        assert_eq!(period, PeriodId::PEAK, "{name}");
        assert!(
            until.is_some_and(|until| until >= change + 22 * HOUR),
            "{name}"
        );
        let half = daily(9_000, 12_600);
        assert_eq!(
            half.at(before, &zone),
            (PeriodId::PEAK, Some(change)),
            "{name}: 02:30 to 03:30 begins at 03:00"
        );
        assert_eq!(
            half.at(change, &zone),
            (OFFPEAK, Some(change + 30 * MINUTE)),
            "{name}"
        );
    }
}

#[test]
fn days_and_hours_follow_the_local_clocks() {
    let berlin = zone("Europe/Berlin");
    let period = |renew, text| renewal_period(renew, instant(text), &berlin);
    let span = |from, to| (instant(from), instant(to));
    assert_eq!(
        period(Renew::Day, "2026-10-25T02:30:00+01:00"),
        span("2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"),
        "25 hours"
    );
    assert_eq!(
        period(Renew::Day, "2026-03-29T12:00:00+02:00"),
        span("2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        "23 hours"
    );
    assert_eq!(
        period(Renew::Hour, "2026-10-25T02:30:00+01:00"),
        span("2026-10-25T02:00:00+01:00", "2026-10-25T03:00:00+01:00"),
        "the second of two"
    );
    assert_eq!(
        period(Renew::Week, "2026-11-01T23:59:59+01:00"),
        span("2026-10-26T00:00:00+01:00", "2026-11-02T00:00:00+01:00")
    );
    assert_eq!(
        period(Renew::Month, "2026-10-31T23:59:59.999+01:00"),
        span("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00")
    );
    assert_eq!(
        period(Renew::Month, "2028-02-29T00:00:00+01:00"),
        span("2028-02-01T00:00:00+01:00", "2028-03-01T00:00:00+01:00")
    );
    assert_eq!(
        period(Renew::Never, "2026-01-01T00:00:00Z"),
        (Millis::MIN, Millis::MAX)
    );
    let kolkata = renewal_period(
        Renew::Hour,
        instant("2026-01-01T00:45:00Z"),
        &zone("Asia/Kolkata"),
    );
    assert_eq!(
        kolkata,
        span("2026-01-01T00:30:00Z", "2026-01-01T01:30:00Z")
    );
}

#[test]
fn a_day_without_midnight_begins_where_its_clocks_do() {
    // Beirut, 2026-03-29: 00:00 becomes 01:00. Apia had no 2011-12-30 at all.
    let beirut = renewal_period(
        Renew::Day,
        instant("2026-03-29T12:00:00+03:00"),
        &zone("Asia/Beirut"),
    );
    assert_eq!(beirut.0, instant("2026-03-29T01:00:00+03:00"));
    let apia = renewal_period(
        Renew::Day,
        instant("2011-12-29T12:00:00-10:00"),
        &zone("Pacific/Apia"),
    );
    assert_eq!(apia.1, instant("2011-12-31T00:00:00+14:00"));
    // Toronto, 1919-03-30: 23:30 became 00:30 of the next day.
    let toronto = renewal_period(
        Renew::Day,
        instant("1919-03-31T12:00:00-04:00"),
        &zone("America/Toronto"),
    );
    assert_eq!(toronto.0, instant("1919-03-31T00:30:00-04:00"));
    assert_eq!(toronto.1 - toronto.0, 23 * HOUR + 30 * MINUTE);
}

#[test]
fn local_hours_and_weekdays() {
    let zagreb = zone("Europe/Zagreb");
    assert_eq!(
        local(instant("2026-11-27T23:58:00+01:00"), &zagreb),
        (23, 5)
    );
    assert_eq!(local(instant("2026-11-27T23:30:00Z"), &zagreb), (0, 6));
    assert_eq!(
        local(-1, &TimeZone::UTC),
        (23, 3),
        "1969-12-31 was a Wednesday"
    );
    assert_eq!(
        local(Millis::MAX, &TimeZone::UTC).0,
        22,
        "the end of time is a time"
    );
}

#[test]
fn zones_are_known_by_their_names_alone() {
    assert_eq!(zone("America/New_York").name(), "America/New_York");
    assert_eq!(TimeZone::UTC.name(), "UTC");
    assert_eq!(TimeZone::parse("UTC"), Some(TimeZone::UTC));
    for unknown in [
        "",
        "Europe/Nowhere",
        "europe/berlin",
        "+01:00",
        "../etc/passwd",
    ] {
        assert_eq!(TimeZone::parse(unknown), None, "{unknown}");
    }
}

#[test]
fn dates_have_one_form() {
    assert!(Date::parse("2028-02-29").is_some());
    for wrong in [
        "2026-02-29",
        "2026-2-9",
        "20260209",
        "2026-02-09T00",
        "+2026-2-09",
        "2026-13-01",
    ] {
        assert_eq!(Date::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn calendars_of_no_sense_are_refused() {
    let refused = |change: fn(&mut CalendarTerms)| {
        let mut terms = business();
        change(&mut terms);
        Calendar::compile(&terms).expect_err("a mistake")
    };
    assert_eq!(
        refused(|terms| terms.periods[1].weekdays = vec![0]),
        CalendarMistake::Weekday(1)
    );
    assert_eq!(
        refused(|terms| terms.periods[1].weekdays = vec![8]),
        CalendarMistake::Weekday(1)
    );
    assert_eq!(
        refused(|terms| terms.periods[0].months = vec![13]),
        CalendarMistake::Month(0)
    );
    assert_eq!(
        refused(|terms| terms.periods[0].monthdays = vec![32]),
        CalendarMistake::Monthday(0)
    );
    assert_eq!(
        refused(|terms| terms.periods[0].to = Some(86_401)),
        CalendarMistake::Time(0)
    );
    assert_eq!(
        refused(|terms| terms.periods[0].from = Some(86_400)),
        CalendarMistake::Time(0)
    );
    assert_eq!(
        refused(|terms| terms.periods[0].to = terms.periods[0].from),
        CalendarMistake::Time(0)
    );
    assert_eq!(
        refused(|terms| terms.holiday_period = None),
        CalendarMistake::HolidayPeriod
    );
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop_oneof![
        Just("UTC"),
        Just("Europe/Berlin"),
        Just("America/New_York"),
        Just("America/St_Johns"),
        Just("Asia/Kolkata"),
        Just("Asia/Beirut"),
        Just("Pacific/Apia"),
        Just("Africa/Casablanca"),
        Just("Australia/Lord_Howe"),
    ]
    .prop_map(zone)
}

/// From 1987, when St John's changed its clocks at one minute past midnight, to beyond the last rule of
/// the tables; often near a change of the clocks.
fn instants() -> impl Strategy<Value = Millis> {
    (
        instant("1987-01-01T00:00:00Z")..instant("2060-01-01T00:00:00Z"),
        any::<bool>(),
        -3 * HOUR..3 * HOUR,
    )
        .prop_map(|(at, near, off)| {
            let york = jiff::tz::TimeZone::get("America/St_Johns").expect("a zone");
            let timestamp = jiff::Timestamp::from_millisecond(at).expect("an instant");
            match york.following(timestamp).next() {
                Some(change) if near => change.timestamp().as_millisecond() + off,
                _ => at,
            }
        })
}

fn terms() -> impl Strategy<Value = CalendarTerms> {
    let some_of =
        |last: u8| prop_oneof![2 => Just(vec![]), 1 => proptest::collection::vec(1..=last, 1..4)];
    let minutes = |least: u32, most: u32| {
        prop_oneof![
            Just(None),
            (least..=most).prop_map(|minute| Some(minute * 60))
        ]
    };
    let period = (
        1_u16..4,
        (some_of(7), some_of(12), some_of(31)),
        (minutes(0, 1_439), minutes(1, 1_440)),
    )
        .prop_filter("a length", |(_, _, (from, to))| {
            from.unwrap_or(0) != to.unwrap_or(86_400)
        })
        .prop_map(
            |(period, (weekdays, months, monthdays), (from, to))| PeriodTerms {
                period: PeriodId(period),
                weekdays,
                from,
                to,
                months,
                monthdays,
            },
        );
    proptest::collection::vec(period, 1..4).prop_map(|periods| CalendarTerms {
        periods,
        ..CalendarTerms::default()
    })
}

/// The rule of the document, said once more.
fn expected(terms: &CalendarTerms, at: Millis, zone: &TimeZone) -> PeriodId {
    let zone = jiff::tz::TimeZone::get(zone.name()).expect("a zone");
    let local = zone.to_datetime(jiff::Timestamp::from_millisecond(at).expect("an instant"));
    let second = local
        .time()
        .duration_since(jiff::civil::Time::midnight())
        .as_secs();
    let second = u32::try_from(second).expect("of the day");
    let listed = |list: &[u8], value: i8| list.is_empty() || list.contains(&value.unsigned_abs());
    let holds = |period: &&PeriodTerms| {
        let (from, to) = (period.from.unwrap_or(0), period.to.unwrap_or(86_400));
        let in_time = if from < to {
            from <= second && second < to
        } else {
            from <= second || second < to
        };
        in_time
            && listed(&period.weekdays, local.weekday().to_monday_one_offset())
            && listed(&period.months, local.month())
            && listed(&period.monthdays, local.day())
    };
    terms
        .periods
        .iter()
        .find(holds)
        .map_or(PeriodId::PEAK, |period| period.period)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Minute by minute: nothing changes before the end, and something does at it or it is days away.
    #[test]
    fn a_period_ends_exactly_where_another_begins(terms in terms(), at in instants(), zone in zones()) {
        let calendar = compile(&terms);
        let (period, until) = calendar.at(at, &zone);
        let until = until.expect("rules");
        prop_assert_eq!(period, expected(&terms, at, &zone));
        prop_assert!(until > at);
        let next = expected(&terms, until, &zone);
        prop_assert!(next != period || until - at >= 7 * DAY);
        prop_assert_eq!(expected(&terms, until - 1, &zone), period);
        let minutes = (at / MINUTE + 1)..=((until - 1) / MINUTE);
        for minute in minutes {
            prop_assert_eq!(expected(&terms, minute * MINUTE, &zone), period, "{}", minute);
        }
    }

    #[test]
    fn renewals_follow_each_other_without_gap(at in instants(), zone in zones()) {
        for (renew, shortest, longest) in [
            (Renew::Hour, MINUTE, HOUR),
            (Renew::Day, 22 * HOUR, 50 * HOUR),
            (Renew::Week, 5 * DAY, 9 * DAY),
            (Renew::Month, 27 * DAY, 32 * DAY),
        ] {
            let (start, end) = renewal_period(renew, at, &zone);
            prop_assert!(start <= at && at < end, "{:?} {} {}", renew, start, end);
            prop_assert!((shortest..=longest).contains(&(end - start)), "{:?} {}", renew, end - start);
            for inside in [start, (start + end) / 2, end - 1] {
                prop_assert_eq!(renewal_period(renew, inside, &zone), (start, end), "{:?}", renew);
            }
            prop_assert_eq!(renewal_period(renew, end, &zone).0, end, "{:?}", renew);
        }
    }
}
