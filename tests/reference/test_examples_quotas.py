"""The worked examples of quotas (Q), wallets (W) and overdraft (O) that a quote can show."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference.catalogues import document, per_minute, rate, request, table
from tests.reference.implementations import BOTH, Quote

both = pytest.mark.parametrize("quote", BOTH)
GB = 10**9


def paid(answer: dict[str, Any]) -> list[tuple[str, int, str, int]]:
    """Each part as payer, units, cost and micros."""
    return [
        (part["payer"], part["units"], part["cost"], part["amount_micros"])
        for part in answer["parts"]
    ]


def minutes_bucket(**fields: Any) -> dict[str, Any]:
    """A hundred minutes."""
    return {
        "code": "min100",
        "unit": "second",
        "amount": 6000,
        "pays": [{"service": "voice"}],
        **fields,
    }


@both
def test_q1_two_minutes_left(quote: Quote) -> None:
    catalogue = document(
        table("t", "voice", per_minute("0.10")),
        buckets=[minutes_bucket()],
        product={"buckets": ["min100"]},
    )
    left = [{"code": "min100", "remaining": "120", "expires_at": None}]
    answer = quote(catalogue, request(480, buckets=left))
    assert paid(answer) == [
        ("bucket:min100", 120, "120", 0),
        ("balance", 360, "0.600000", 600_000),
    ]
    assert answer["charge_micros"] == 600_000


@both
def test_q1_as_a_discount(quote: Quote) -> None:
    plan = {
        "code": "first100",
        "applies": [{"service": "voice"}],
        "measure": "units",
        "tiers": [{"from": 0, "percent": "100"}, {"from": 6000, "percent": "0"}],
    }
    shown = {"split": ["100", "0"], "aggregate": ["25"]}
    for mode, percents in shown.items():
        catalogue = document(
            table("t", "voice", per_minute("0.10")),
            discounts=[{**plan, "mode": mode}],
            product={"discounts": ["first100"]},
        )
        used = [{"discount": "first100", "used": "5880"}]
        answer = quote(catalogue, request(480, counters=used))
        assert [part["discount_percent"] for part in answer["parts"]] == percents
        assert answer["charge_micros"] == 600_000


@both
def test_q2_discount_plan(quote: Quote) -> None:
    plan = {
        "code": "us-canada",
        "applies": [{"service": "voice", "destinations": ["us-canada"]}],
        "measure": "units",
        "renew": "month",
        "tiers": [
            {"from": 0, "percent": "0"},
            {"from": 24000, "percent": "10"},
            {"from": 66000, "percent": "20"},
        ],
    }
    catalogue = document(
        table("t", "voice", per_minute("0.02")),
        destinations=[{"code": "us-canada", "prefixes": ["1"]}],
        discounts=[plan],
        product={"discounts": ["us-canada"]},
    )
    answer = quote(catalogue, request(72_000, destination="12125551234"))
    amounts = [part["amount_micros"] for part in answer["parts"]]
    assert amounts == [8_000_000, 12_600_000, 1_600_000]
    assert answer["charge_micros"] == 22_200_000
    elsewhere = quote(catalogue, request(72_000, destination="442071234567"))
    assert elsewhere["charge_micros"] == 24_000_000


@both
def test_q5_earliest_end_first(quote: Quote) -> None:
    catalogue = document(
        table("t", "voice", per_minute("0.10")), buckets=[minutes_bucket(rollover=3, renew="month")]
    )
    rest = [
        {"code": "min100", "remaining": "6000", "expires_at": "2026-12-31T23:00:00Z"},
        {"code": "min100", "remaining": "600", "expires_at": "2026-11-30T23:00:00Z"},
    ]
    answer = quote(catalogue, request(700, at="2026-11-20T12:00:00Z", buckets=rest))
    assert [part["units"] for part in answer["parts"]] == [600, 100]
    later = quote(catalogue, request(700, at="2026-12-01T12:00:00Z", buckets=rest))
    assert [part["units"] for part in later["parts"]] == [700]


@both
def test_q6_daily_gigabyte(quote: Quote) -> None:
    daily = {
        "code": "daily",
        "unit": "octet",
        "amount": GB,
        "renew": "day",
        "pays": [{"service": "data"}],
    }
    catalogue = document(
        table("t", "data", rate("0.01", per=1_000_000)),
        buckets=[daily],
        product={"buckets": ["daily"]},
    )
    answer = quote(catalogue, request(GB + 50_000_000, "data"))
    assert paid(answer) == [
        ("bucket:daily", GB, str(GB), 0),
        ("balance", 50_000_000, "0.500000", 500_000),
    ]


@both
def test_q7_exhausted(quote: Quote) -> None:
    def answer(**action: str) -> dict[str, Any]:
        catalogue = document(
            table("t", "voice", per_minute("0.10")), buckets=[minutes_bucket(**action)]
        )
        empty = [{"code": "min100", "remaining": "0", "expires_at": None}]
        return quote(catalogue, request(60, buckets=empty))

    assert paid(answer()) == [("balance", 60, "0.100000", 100_000)]
    assert answer(exhausted="block")["result"] == "blocked"
    throttled = answer(exhausted="throttle", throttle="256kbps")
    assert (throttled["result"], throttled["charge_micros"]) == ("rated", 0)
    assert paid(throttled) == [("throttle:min100", 60, "0", 0)]


@both
def test_q7_blocked_on_the_way(quote: Quote) -> None:
    catalogue = document(
        table("t", "voice", per_minute("0.10")), buckets=[minutes_bucket(exhausted="block")]
    )
    left = [{"code": "min100", "remaining": "60", "expires_at": None}]
    answer = quote(catalogue, request(180, buckets=left))
    assert paid(answer) == [("bucket:min100", 60, "60", 0)]
    assert (answer["result"], answer["uncovered_micros"]) == ("rated", 200_000)


OFF_PEAK = {
    "code": "business",
    "periods": [
        {
            "code": "offpeak",
            "weekdays": ["mon", "tue", "wed", "thu", "fri"],
            "from": "20:00",
            "to": "08:00",
        }
    ],
}


@both
@pytest.mark.parametrize(
    ("at", "period"),
    [
        ("2026-11-27T22:00:00", "offpeak"),  # a Friday
        ("2026-11-28T06:00:00", ""),
        ("2026-11-30T07:59:59", "offpeak"),
        ("2026-11-30T08:00:00", ""),
    ],
)
def test_q8_off_peak(quote: Quote, at: str, period: str) -> None:
    catalogue = document(
        table("t", "voice", per_minute("0.10"), calendar="business"),
        calendars=[OFF_PEAK],
        time_zone="Europe/Zagreb",
    )
    answer = quote(catalogue, request(1, at=at + "+01:00"))
    assert [part["period"] for part in answer["parts"]] == [period]


@both
def test_q9_share_of_a_pool(quote: Quote) -> None:
    pool = {
        "code": "pool",
        "unit": "octet",
        "amount": 300 * GB,
        "pays": [{"service": "data"}],
        "shared": True,
        "member_cap": 30 * GB,
    }
    catalogue = document(
        table("t", "data", rate("1.00", per=GB)), buckets=[pool], product={"buckets": ["pool"]}
    )
    answer = quote(catalogue, request(31 * GB, "data"))
    assert [part["units"] for part in answer["parts"]] == [30 * GB, GB]


def wallet_catalogue(**fields: Any) -> dict[str, Any]:
    """Voice for 3 units a minute, an SMS for 1, data for 5 a megabyte."""
    wallet = {
        "code": "wallet",
        "unit": "unit",
        "pays": [
            {"service": "voice", "cost": 3, "per": 60},
            {"service": "sms", "cost": 1, "per": 1},
            {"service": "data", "cost": 5, "per": 1_000_000},
        ],
        **fields,
    }
    return document(
        table("v", "voice", per_minute("0.10")),
        table("s", "sms", rate("0.05")),
        table("d", "data", rate("0.10", per=1_000_000)),
        buckets=[wallet],
    )


@both
def test_w1_one_wallet_for_all_services(quote: Quote) -> None:
    left = 100
    for service, usage, cost in [("voice", 600, 30), ("sms", 20, 20), ("data", 10_000_000, 50)]:
        now = [{"code": "wallet", "remaining": str(left), "expires_at": None}]
        answer = quote(wallet_catalogue(), request(usage, service, buckets=now))
        assert paid(answer) == [("bucket:wallet", usage, str(cost), 0)]
        left -= cost
    assert left == 0
    empty = [{"code": "wallet", "remaining": "0", "expires_at": None}]
    by_balance = quote(wallet_catalogue(), request(1, "sms", buckets=empty))
    assert paid(by_balance) == [("balance", 1, "0.050000", 50_000)]
    refused = quote(wallet_catalogue(exhausted="block"), request(1, "sms", buckets=empty))
    assert refused["result"] == "blocked"


@both
def test_w2_earlier_end_first(quote: Quote) -> None:
    top_ups = [
        {"code": "wallet", "remaining": "300", "expires_at": "2026-11-21T00:00:00Z"},
        {"code": "wallet", "remaining": "100", "expires_at": "2026-11-11T00:00:00Z"},
    ]
    early = request(2400, at="2026-11-05T00:00:00Z", buckets=top_ups)
    assert [part["cost"] for part in quote(wallet_catalogue(), early)["parts"]] == ["100", "20"]
    day_eleven = request(2400, at="2026-11-11T00:00:00Z", buckets=top_ups)
    assert [part["cost"] for part in quote(wallet_catalogue(), day_eleven)["parts"]] == ["120"]


@both
def test_o2_never_more_than_the_balance(quote: Quote) -> None:
    catalogue = document(table("t", "voice", per_minute("1.00", 60, 60)))
    answer = quote(catalogue, request(720, balance="10.00"))
    assert (answer["charge_micros"], answer["uncovered_micros"]) == (10_000_000, 2_000_000)
    catalogue["products"][0]["overrun"] = "debt"
    answer = quote(catalogue, request(720, balance="10.00"))
    assert (answer["charge_micros"], answer["uncovered_micros"]) == (12_000_000, 0)


@both
def test_o3_a_payment_extends_and_a_message_shortens(quote: Quote) -> None:
    catalogue = document(table("t", "voice", per_minute("1.00")))
    for balance, uncovered in [("9.50", 2_500_000), ("14.50", 0)]:
        answer = quote(catalogue, request(720, balance=balance))
        assert answer["uncovered_micros"] == uncovered
        assert answer["charge_micros"] == 12_000_000 - uncovered
