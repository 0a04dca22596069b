"""A catalogue version that comes into force while sessions run, at its own time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.e2e.rated.catalog import INTERNET, MEGABYTE, SERVICES, data_rate, table
from tests.e2e.rated.conftest import NewOperator
from tests.e2e.rated.traffic import call, data, granted, hang_up, result_of
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr

VERSIONS = "/v1/catalog/versions"


def document(minute: str, megabyte: str) -> dict[str, Any]:
    """Calls and data at these prices."""
    calls = {"prefix": "", "name": "Call", "price": minute, "per": 60}
    return {
        "currency": "EUR",
        "services": SERVICES,
        "rate_tables": [
            table("voice", "voice", calls),
            table("data", "data", data_rate(megabyte, name="Internet")),
        ],
        "products": [{"code": "basic", "rate_tables": ["voice", "data"]}],
    }


def schedule(operator: System, prices: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """A version that comes into force at ``moment``."""
    at = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    scheduled: dict[str, Any] = operator.api.post(
        f"{VERSIONS}?publish=true&effective_at={at}", prices
    )
    assert scheduled["state"] == "scheduled"
    return scheduled


def test_data_changes_at_its_next_report_and_a_call_does_not(
    new_operator: NewOperator, peer: Peer
) -> None:
    operator = new_operator("scheduled", document("0.10", "0.10"))
    old = operator.api.get("/v1/catalog")["version"]
    line = operator.line()
    # A whole second, as the network's clock (Event-Timestamp) counts; room for what happens before.
    moment = (datetime.now(UTC) + timedelta(seconds=9)).replace(microsecond=0)
    new = schedule(operator, document("0.60", "0.40"), moment)
    other = schedule(operator, document("9.00", "9.00"), moment + timedelta(milliseconds=1))
    withdrawn = operator.api.post(f"{VERSIONS}/{other['number']}/retire", {})
    assert withdrawn["state"] == "retired"
    running, _ = call(peer, line, "tel:+38599123456")
    surfing = peer.new_session()
    asked = ccr.octets(INTERNET, MEGABYTE, None)
    assert granted(data(peer, line, surfing, (ccr.INITIAL, 0), asked)) == MEGABYTE
    # What a megabyte and a minute may cost is held at the old prices.
    assert operator.money(line) == ("10.00", "0.20")
    while datetime.now(UTC) <= moment:
        time.sleep(0.05)
    report = ccr.octets(INTERNET, MEGABYTE, 500_000)
    assert granted(data(peer, line, surfing, (ccr.UPDATE, 1), report)) == MEGABYTE
    assert operator.money(line) == ("9.95", "0.50")
    end = ccr.octets(INTERNET, None, 250_000)
    assert result_of(data(peer, line, surfing, (ccr.TERMINATION, 2), end)) == 2001
    assert hang_up(peer, line, running, 60).result_code == 2001
    later, _ = call(peer, line, "tel:+38599123456")
    assert hang_up(peer, line, later, 60).result_code == 2001
    first, second = operator.cdrs(surfing, 2)
    assert [(cdr["usage"], cdr["amount"]) for cdr in (first, second)] == [
        (500_000, "0.05"),
        (250_000, "0.10"),
    ]
    assert (first["cause"], second["cause"]) == ("partial", "normal")
    versions = [
        cdr["catalog_version"]
        for cdr in (first, second, *operator.cdrs(running), *operator.cdrs(later))
    ]
    assert versions == [old["id"], new["id"], old["id"], new["id"]]
    # 0.05 and 0.10 of data, 0.10 and 0.60 of calls.
    assert operator.money(line) == ("9.15", "0.00")
    listed = operator.api.get(VERSIONS)["items"]
    assert [each["state"] for each in listed] == ["retired", "published", "retired"]
