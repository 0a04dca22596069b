"""Limits of accounts and lines: changed where they differ, told to the engine in its words."""

from __future__ import annotations

from typing import Any

import pytest
from tests.integration.api.conftest import RICH_CATALOG, Api


async def test_limits_of_an_account(rich_api: Api) -> None:
    account = (await rich_api.sign_up())["account"]["id"]
    path = f"/v1/accounts/{account}"
    before = await rich_api.get(path)
    assert (before.json()["credit_limit"], before.json()["temporary_limit"]) == ("0.00", None)
    body = {
        "credit_limit": "50",
        "temporary_limit": {"amount": "80.5", "until": "2100-01-01T01:00:00+01:00"},
        "limit_warning": "5.00",
        "low_balance": "0",
        "time_zone": "Europe/Zagreb",
        "partners": ["reseller-2", "reseller-1"],
    }
    changed = await rich_api.patch(path, body, headers={"If-Match": before.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    assert rich_api.engine.applied[-1] == {
        "type": "change_account",
        "tenant": str(rich_api.actor.tenant_id),
        "account": account,
        "credit_limit": 50_000_000,
        "temporary_limit": {"amount": 80_500_000, "until": 4_102_444_800_000},
        "limit_warning": 5_000_000,
        "low_balance": 0,
        "time_zone": "Europe/Zagreb",
        "partners": ["reseller-2", "reseller-1"],
    }
    shown = await rich_api.get(path)
    assert shown.json() == changed.json()
    assert shown.headers["ETag"] == changed.headers["ETag"] != before.headers["ETag"]
    assert shown.json()["temporary_limit"] == {"amount": "80.50", "until": "2100-01-01T00:00:00Z"}
    count = len(rich_api.engine.applied)
    again = await rich_api.patch(path, body)
    assert (again.status_code, again.headers["ETag"]) == (200, shown.headers["ETag"])
    assert len(rich_api.engine.applied) == count, "nothing differs, so no command"
    cleared = await rich_api.patch(path, {"temporary_limit": None, "limit_warning": None})
    command = rich_api.engine.applied[-1]
    assert (command["temporary_limit"], command["limit_warning"]) == (None, None)
    assert "credit_limit" not in command
    assert cleared.json()["credit_limit"] == "50.00"
    assert cleared.json()["temporary_limit"] is None
    stale = await rich_api.patch(
        path, {"credit_limit": "1"}, headers={"If-Match": before.headers["ETag"]}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version_mismatch")
    entries = await rich_api.get(f"/v1/audit?subject_type=account&subject_id={account}")
    entry = entries.json()["items"][0]
    assert (entry["action"], entry["before"]["limit_warning"]) == ("account.changed", "5.00")
    assert set(entry["after"]) == {"temporary_limit", "limit_warning"}


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"credit_limit": "-1"}, 422, "amount_out_of_range", "credit_limit"),
        ({"low_balance": "0.0000001"}, 422, "amount_precision", "low_balance"),
        ({"limit_warning": "much"}, 422, "amount_invalid", "limit_warning"),
        (
            {"temporary_limit": {"amount": "-5", "until": "2100-01-01T00:00:00Z"}},
            422,
            "amount_out_of_range",
            "temporary_limit.amount",
        ),
        (
            {"temporary_limit": {"amount": "5", "until": "2020-01-01T00:00:00Z"}},
            422,
            "temporary_limit_past",
            "temporary_limit.until",
        ),
        (
            {"temporary_limit": {"amount": "5", "until": "2100-01-01T00:00:00"}},
            400,
            "request_malformed",
            "temporary_limit.until",
        ),
        ({"time_zone": "Europe/Atlantis"}, 422, "time_zone_unknown", "time_zone"),
        ({"time_zone": "posix/Europe/Zagreb"}, 422, "time_zone_unknown", "time_zone"),
        ({"partners": ["reseller-9"]}, 422, "partner_unknown", "partners[0]"),
        (
            {"partners": ["reseller-1", "reseller-1"]},
            422,
            "partner_unknown",
            "partners[1]",
        ),
        ({"overrun": "debt"}, 400, "request_malformed", "overrun"),
    ],
)
async def test_limits_that_make_no_sense(
    rich_api: Api, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    account = (await rich_api.sign_up())["account"]["id"]
    refused = await rich_api.patch(f"/v1/accounts/{account}", body)
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["field"]) == (status, code, field)
    assert not [c for c in rich_api.engine.applied if c["type"] == "change_account"]


async def test_partners_in_use_stay_in_the_catalogue(rich_api: Api) -> None:
    account = (await rich_api.sign_up())["account"]["id"]
    await rich_api.patch(f"/v1/accounts/{account}", {"partners": ["reseller-1"]})
    without = {**RICH_CATALOG, "partners": RICH_CATALOG["partners"][1:]}
    refused = await rich_api.post("/v1/catalog/versions?publish=true", without)
    assert (refused.status_code, refused.json()["code"]) == (409, "partner_in_use")
    assert refused.json()["partners"] == ["reseller-1"]
    await rich_api.patch(f"/v1/accounts/{account}", {"partners": []})
    published = await rich_api.post("/v1/catalog/versions?publish=true", without)
    assert published.status_code == 201


async def test_limits_of_a_line(api: Api) -> None:
    line = (await api.sign_up())["line"]
    flags = ("own_balance", "toll_free_barred", "zero_rated_allowed")
    assert (line["spending_cap"], [line[flag] for flag in flags]) == (None, [False] * 3)
    path = f"/v1/lines/{line['id']}"
    cap = {"amount": "20", "renew": "month"}
    body = {"spending_cap": cap, **dict.fromkeys(flags, True)}
    changed = await api.patch(path, body)
    assert changed.status_code == 200, changed.text
    command = api.engine.applied[-1]
    assert command["spending_cap"] == {"amount": 20_000_000, "renew": "month"}
    assert [command[flag] for flag in flags] == [True] * 3
    assert not {"status", "product"} & set(command)
    shown = (await api.get(path)).json()
    assert shown["spending_cap"] == {"amount": "20.00", "renew": "month"}
    assert [shown[flag] for flag in flags] == [True] * 3
    count = len(api.engine.applied)
    assert (await api.patch(path, body)).headers["ETag"] == changed.headers["ETag"]
    assert len(api.engine.applied) == count
    cleared = await api.patch(path, {"spending_cap": None, "status": "blocked"})
    assert (cleared.json()["spending_cap"], cleared.json()["own_balance"]) == (None, True)
    command = api.engine.applied[-1]
    assert (command["spending_cap"], command["status"]) == (None, "blocked")
    entries = await api.get(f"/v1/audit?subject_type=line&subject_id={line['id']}")
    blocked, limited, _ = entries.json()["items"]
    assert (blocked["action"], limited["action"]) == ("line.blocked", "line.limits_changed")
    assert limited["after"]["spending_cap"] == {"amount": "20.00", "renew": "month"}


async def test_limits_of_lines_that_make_no_sense(api: Api) -> None:
    line = (await api.sign_up())["line"]["id"]
    path = f"/v1/lines/{line}"
    for body, status, field in (
        ({"spending_cap": {"amount": "0", "renew": "day"}}, 422, "spending_cap.amount"),
        ({"spending_cap": {"amount": "1", "renew": "year"}}, 400, "spending_cap.renew"),
        ({"own_balance": None}, 400, "own_balance"),
    ):
        refused = await api.patch(path, body)
        assert (refused.status_code, refused.json()["field"]) == (status, field)
    await api.patch(path, {"status": "closed"})
    closed = await api.patch(path, {"toll_free_barred": True})
    assert (closed.status_code, closed.json()["code"]) == (409, "line_state_conflict")


async def test_what_the_engine_refused_is_told_again(rich_api: Api) -> None:
    signed_up = await rich_api.sign_up()
    account, line = (f"/v1/{kind}s/{signed_up[kind]['id']}" for kind in ("account", "line"))
    rich_api.engine.refuse = {"change_account": "partner_unknown", "change_line": "line_unknown"}
    refused = await rich_api.patch(account, {"partners": ["reseller-1"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "partner_unknown")
    refused = await rich_api.patch(line, {"status": "blocked"})
    assert (refused.status_code, refused.json()["code"]) == (409, "engine_refused")
    await rich_api.engine.materialise()
    rich_api.engine.refuse = {}
    again = await rich_api.patch(account, {"partners": ["reseller-1"]})
    assert again.status_code == 200, again.text
    command = rich_api.engine.applied[-1]
    assert (command["partners"], command["credit_limit"]) == (["reseller-1"], 0)
    assert "time_zone" not in command, "it was never set"
    again = await rich_api.patch(line, {"status": "blocked"})
    assert again.status_code == 200, again.text
    command = rich_api.engine.applied[-1]
    assert (command["status"], command["product"]) == ("blocked", "basic")
    await rich_api.engine.materialise()
    count = len(rich_api.engine.applied)
    assert (await rich_api.patch(line, {"status": "blocked"})).status_code == 200
    assert len(rich_api.engine.applied) == count, "settled, so nothing to say"
