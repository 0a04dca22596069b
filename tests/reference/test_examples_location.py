"""The worked examples of location (L): prices by where the user is."""

from __future__ import annotations

from typing import Any

import pytest
from tests.reference.catalogues import document, per_minute, rate, request, table
from tests.reference.implementations import BOTH, Quote

both = pytest.mark.parametrize("quote", BOTH)

ZONES = [
    {"code": "home", "plmns": ["23430"], "msc_prefixes": ["44"]},
    {"code": "zone1", "plmns": ["310", "302720"], "msc_prefixes": ["1"]},
    {"code": "zone2", "plmns": ["505"], "msc_prefixes": ["61"]},
]
NUMBERS = {"home": "447700900123", "zone1": "12125551234", "zone2": "61255501234"}
NETWORKS = {"home": ("23430", "447700"), "zone1": ("310410", "1212"), "zone2": ("50501", "6142")}
PREFIXES = {"home": "44", "zone1": "1", "zone2": "61"}

PRICES = {
    "home": {"home": "0.03", "zone1": "0.20", "zone2": "0.40"},
    "zone1": {"home": "0.20", "zone1": "0.60", "zone2": "0.95"},
    "zone2": {"home": "0.35", "zone1": "1.00", "zone2": "0.80"},
    "incoming": {"home": "0", "zone1": "0.50", "zone2": "0.70"},
    "sms": {"home": "0.05", "zone1": "0.30", "zone2": "0.50"},
    "data": {"home": "0.10", "zone1": "0.50", "zone2": "0.70"},
}
"""What is done, then where the user is: per minute, message or megabyte."""


def uk_mvno(**fields: Any) -> dict[str, Any]:
    """The documented table."""
    tables, placed = [], []
    for zone in NETWORKS:
        calls = [per_minute(PRICES[to][zone], prefix=PREFIXES[to]) for to in PREFIXES]
        incoming = per_minute(PRICES["incoming"][zone])
        tables += [
            table(f"calls-{zone}", "voice", *calls),
            table(f"incoming-{zone}", "voice", incoming, direction="terminating"),
            table(f"sms-{zone}", "sms", rate(PRICES["sms"][zone])),
            table(f"data-{zone}", "data", rate(PRICES["data"][zone], per=1_000_000)),
        ]
        placed += [
            {"table": f"{kind}-{zone}", "when": {"zones": [zone]}}
            for kind in ("calls", "incoming", "sms", "data")
        ]
    product = {"rate_tables": placed}
    return document(*tables, zones=ZONES, product=product, **fields)


def at_msc(zone: str) -> dict[str, Any]:
    """A place known by its MSC."""
    return {"location": {"plmn": None, "msc": NETWORKS[zone][1], "cell": None}}


def by_network(zone: str) -> dict[str, Any]:
    """A place known by its network."""
    return {"location": {"plmn": NETWORKS[zone][0], "msc": None, "cell": None}}


@both
def test_l1_home_called_from_zone_1(quote: Quote) -> None:
    answer = quote(uk_mvno(), request(300, destination=NUMBERS["home"], **at_msc("zone1")))
    assert answer["charge_micros"] == 1_000_000


@both
def test_l2_called_in_zone_2(quote: Quote) -> None:
    usage = request(240, direction="terminating", destination=NUMBERS["home"], **at_msc("zone2"))
    assert quote(uk_mvno(), usage)["charge_micros"] == 2_800_000


@both
def test_l5_called_at_home(quote: Quote) -> None:
    usage = request(240, direction="terminating", destination=NUMBERS["zone1"], **at_msc("home"))
    answer = quote(uk_mvno(), usage)
    assert (answer["result"], answer["charge_micros"]) == ("rated", 0)


@both
@pytest.mark.parametrize("zone", list(NETWORKS))
def test_l_every_price(quote: Quote, zone: str) -> None:
    for to, number in NUMBERS.items():
        answer = quote(uk_mvno(), request(60, destination=number, **at_msc(zone)))
        assert answer["charge_micros"] == round(float(PRICES[to][zone]) * 1e6)
    message = quote(uk_mvno(), request(1, "sms", destination=NUMBERS["home"], **at_msc(zone)))
    assert message["charge_micros"] == round(float(PRICES["sms"][zone]) * 1e6)
    data = quote(uk_mvno(), request(1_000_000, "data", **by_network(zone)))
    assert data["charge_micros"] == round(float(PRICES["data"][zone]) * 1e6)


@both
def test_l_unknown_network(quote: Quote) -> None:
    elsewhere = request(60, destination=NUMBERS["home"], location={"plmn": "26201"})
    assert quote(uk_mvno(unknown_zone="reject"), elsewhere)["result"] == "unknown_zone"
    assert quote(uk_mvno(unknown_zone="zone2"), elsewhere)["charge_micros"] == 400_000
    assert quote(uk_mvno(), elsewhere)["result"] == "no_rate"
