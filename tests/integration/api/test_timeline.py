"""Timelines: what is stored about a line, account or customer, merged and cut into pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Litestar
from tests.integration.api.conftest import Api
from tests.integration.api.test_access import few
from tests.integration.api.test_events import Event, record
from tests.integration.api.test_isolation import Owned, owned  # noqa: F401 -- a fixture

from openmvno.database import Pool, of_tenant
from openmvno.timeline.sources import SOURCES, TOLD

INDEXES = (
    "audit_entry_by_subject",
    "top_up_by_account",
    "payment_by_account",
    "payment_refund_by_account",
    "voucher_redemption_by_account",
    "transfer_from",
    "transfer_to",
    "wallet_top_up_by_line",
    "engine_event_by_line",
    "engine_event_by_account",
    "port_request_by_line",
    "outbox_tenant_id_subject_id_sequence_key",
    "tenant_id_account_id_cdr_id_idx",
)
"""By which index each source goes, in their order."""


async def timeline(api: Api, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All pages, three entries each."""
    items: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": 3, **parameters}
    while True:
        answer = await api.get(f"/v1/{path}/timeline", params=asked)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return items
        asked["cursor"] = answer.json()["next_cursor"]


async def test_everything_that_happened_is_told_once_and_in_order(
    owned: Owned,  # noqa: F811
) -> None:
    api, line = owned.api, owned.places["line_id"]
    account = owned.places["account_id"]
    path = f"/v1/lines/{line}"
    await api.patch(path, {"status": "blocked"})
    await api.patch(path, {"status": "active"})
    await api.post(f"{path}/sim-swap", {"reason": "lost"})
    await api.request("DELETE", f"{path}/products/{owned.places['instance_id']}")
    await record(api, Event(api.actor.tenant_id, UUID(account), "low_balance", UUID(line)))
    async with api.pool.connection() as connection:
        await connection.execute(
            "UPDATE outbox_delivery SET attempts = 3, last_error = 'timed out', state = 'dead'"
            " WHERE (target, event_id) = (SELECT target, event_id FROM outbox_delivery"
            " WHERE subject_id = %s AND target = 'hlr' ORDER BY event_id LIMIT 1)",
            (line,),
        )
        await connection.execute(
            "UPDATE cdr SET line_id = %s WHERE account_id = %s", (line, account)
        )
        await connection.execute(
            "INSERT INTO payment_refund (tenant_id, refund_id, payment_id, account_id,"
            " amount_micros, state) SELECT tenant_id, payment_id, payment_id, account_id, 1000000,"
            " 'paid' FROM payment WHERE payment_id = %s",
            (owned.places["payment_id"],),
        )
    told = await timeline(api, f"lines/{line}", usage=True)
    codes = [entry["code"] for entry in told]
    for code in (
        "line.opened",
        "line.blocked",
        "line.active",
        "line.addon_added",
        "line.addon_removed",
        "top_up",
        "wallet_top_up",
        "payment.received",
        "refund.paid",
        "voucher.redeemed",
        "transfer.sent",
        "low_balance",
        "delivery.failed",
        "usage.voice",
    ):
        assert code in codes, f"{code} of {codes}"
    assert {"identity", "product", "change"} <= {entry["kind"] for entry in told}
    seen = [(entry["id"], entry["kind"]) for entry in told]
    assert len(seen) == len(set(seen))
    assert [each for each, _ in seen] == sorted((each for each, _ in seen), reverse=True)
    payment = next(entry for entry in told if entry["kind"] == "payment")
    assert (payment["parameters"]["amount"], payment["parameters"]["currency"]) == ("9.00", "EUR")
    blocked = next(entry for entry in told if entry["code"] == "line.blocked")
    assert blocked["parameters"]["before"]["status"] == "active"
    assert blocked["actor"] == "everything"
    failed = next(entry for entry in told if entry["code"] == "delivery.failed")
    assert failed["parameters"]["targets"][0]["error"] == "timed out"

    agent = await few(api, "customers:read")
    less = await timeline(agent, f"lines/{line}", usage=True)
    assert {entry["kind"] for entry in less} <= {"change", "product", "identity", "port"}
    blocked = next(entry for entry in less if entry["code"] == "line.blocked")
    assert blocked["parameters"] == {"status": "blocked", "blocked_by": "staff"}

    customer = await timeline(api, f"customers/{owned.places['customer_id']}")
    codes = [entry["code"] for entry in customer]
    assert {"customer.created", "account.opened", "line.opened", "top_up"} <= set(codes)
    assert "usage.voice" not in codes
    assert await timeline(api, f"accounts/{account}") != []


async def test_no_source_is_read_through(
    owned: Owned,  # noqa: F811
    pool: Pool,
    tenant_pool: Pool,
) -> None:
    """By the plan where reading through is made dear: what has an index goes by it."""
    line, account = owned.places["line_id"], owned.places["account_id"]
    values = {
        "tenant": owned.api.actor.tenant_id,
        "types": ["line", "account"],
        "ids": [line, account],
        "lines": [line],
        "payers": [account],
        "accounts": [account],
        "reads": True,
        "told": list(TOLD),
        "before": None,
        "limit": 51,
    }
    async with of_tenant(tenant_pool, owned.api.actor.tenant_id) as connection:
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        for (statement, _), index in zip(SOURCES, INDEXES, strict=True):
            cursor = await connection.execute(f"EXPLAIN {statement}".encode(), values)
            plan = "\n".join(row for (row,) in await cursor.fetchall())
            assert "Seq Scan" not in plan, plan
            assert index in plan, plan


async def test_who_read_is_left_out_where_nobody_asks(
    owned: Owned,  # noqa: F811
    application: Litestar,
) -> None:
    api, path = owned.api, f"lines/{owned.places['line_id']}"
    await api.get(f"/v1/{path}")
    await application.state.reads.flush()
    assert "read" in {entry["kind"] for entry in await timeline(api, path)}
    assert "read" not in {entry["kind"] for entry in await timeline(api, path, reads=False)}
