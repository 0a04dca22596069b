"""What a new document would do to usage that the engine charged, asked of API and command line."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.rated.catalog import CATALOG, FRIEND
from tests.e2e.rated.conftest import NewOperator
from tests.e2e.rated.traffic import call, hang_up, served_by, surf
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.settings import environment
from openmvno.story.stage import Line

TENANT = "planned"


@pytest.fixture(scope="module")
def planned(new_operator: NewOperator) -> System:
    """An operator whose usage is known."""
    return new_operator(TENANT, CATALOG)


@pytest.fixture(scope="module")
def used(planned: System) -> list[Line]:
    """Two lines: one with a bundle and data of 2.5 MB, one with a call of 90 s, data of 1 MB, and
    0.1 MB in the USA."""
    with Peer(planned.diameter_port) as peer:
        first, second = planned.line(), planned.line()
        planned.api.post(f"/v1/lines/{first.line_id}/products", {"product": "data-pack"})
        sessions = [surf(peer, first, 2_500_000)[0], surf(peer, second, 1_000_000)[0]]
        sessions.append(surf(peer, second, 100_000, served_by("310260"))[0])
        session, _ = call(peer, second, f"tel:+{FRIEND}")
        hang_up(peer, second, session, 90)
        for each in (*sessions, session):
            planned.cdrs(each)
    return [first, second]


def dearer() -> dict[str, Any]:
    """Data at 0.20 a megabyte."""
    document = copy.deepcopy(CATALOG)
    for table in document["rate_tables"]:
        if table["code"] == "data-home":
            table["rates"][0]["price"] = "0.20"
    return document


def test_the_rehearsal_agrees_with_what_was_charged(planned: System, used: list[Line]) -> None:
    now = datetime.now(UTC)
    period = {
        "since": (now - timedelta(hours=1)).isoformat(),
        "until": (now + timedelta(hours=1)).isoformat(),
    }
    plan = planned.api.post("/v1/catalog/plans", {"document": dearer(), **period})
    # Data 0.05, 0.10 and 0.50, call 0.18; the bundle pays for two megabytes before and after.
    assert plan["total"] == {
        "records": 4,
        "charged": "0.83",
        "before": "0.83",
        "after": "0.98",
        "change": "0.15",
    }
    assert [bill["msisdn"] for bill in plan["bills_up"]] == [
        line.subscriber.msisdn for line in reversed(used)
    ]
    plan = planned.api.post("/v1/catalog/plans", {"document": dearer(), "buckets": False, **period})
    assert (plan["total"]["before"], plan["total"]["after"]) == ("1.03", "1.38")


def test_the_command_says_the_same(planned: System, used: list[Line], tmp_path: Path) -> None:
    file = tmp_path / "dearer.json"
    file.write_text(json.dumps(dearer()))
    page = tmp_path / "plan.html"
    printed = openmvno(
        planned, "catalog", "plan", str(file), "--tenant", TENANT, "--json", "--html", str(page)
    )
    plan = json.loads(printed)
    assert (plan["total"]["before"], plan["total"]["after"]) == ("0.83", "0.98")
    assert plan["services"][0]["service"] in ("data", "voice")
    assert used[0].subscriber.msisdn is not None
    assert used[0].subscriber.msisdn in page.read_text()


def test_quotes_by_the_tenants_catalogue(planned: System) -> None:
    asked = {
        "product": "basic",
        "addons": ["data-pack"],
        "service": "data",
        "usage": 2_500_000,
        "rating_group": 10,
    }
    answer = planned.api.post("/v1/quotes", asked)
    parts = [(part["payer"], part["units"]) for part in answer["parts"]]
    assert parts == [("bucket:pack", 2_000_000), ("balance", 500_000)]
    assert answer["charge_micros"] == 50_000
    assert answer["partners"][0]["amount_micros"] == 100_000
    printed = openmvno(
        planned,
        *("quote", "--tenant", TENANT, "--product", "basic", "--service", "voice"),
        *("--usage", "60", "--destination", "0981234567", "--plmn", "310260", "--json"),
    )
    answer = json.loads(printed)
    assert (answer["charge_micros"], answer["parts"][0]["rate"]) == (1_200_000, "From the USA")


def openmvno(system: System, *command: str) -> str:
    """What a command of the program prints; it must succeed."""
    finished = subprocess.run(
        [sys.executable, "-P", "-m", "openmvno", *command],
        env={**os.environ, **environment(system.settings)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
