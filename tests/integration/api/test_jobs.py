"""Jobs: rows worked under the rules of the single calls, reported by row, once each."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.api.conftest import Api, iccid

from openmvno import access
from openmvno.database import Pool
from openmvno.jobs import worker

CSV = {"Content-Type": "text/csv"}


async def begin(api: Api, kind: str, rows: Any) -> dict[str, Any]:
    """Begin a job of rows in JSON, or of a CSV file."""
    arguments: dict[str, Any] = {"json": rows}
    if isinstance(rows, str):
        arguments = {"content": rows.encode(), "headers": CSV}
    begun = await api.request("POST", f"/v1/bulk/{kind}", key=str(uuid4()), **arguments)
    assert begun.status_code == 202, begun.text
    job: dict[str, Any] = begun.json()
    assert begun.headers["Location"] == f"/v1/jobs/{job['id']}"
    return job


async def work(api: Api, tenant_pool: Pool) -> None:
    """Work everything there is, with the engine applying it and its answers noted down."""
    stop = asyncio.Event()
    while await worker.take_turns(api.pool, tenant_pool, stop):
        pass
    for shard in range(4):
        await api.engine.catch_up(shard)
    await api.engine.materialise()
    await worker.take_turns(api.pool, tenant_pool, stop)


async def finished(api: Api, tenant_pool: Pool, job: dict[str, Any]) -> dict[str, Any]:
    """The job once everything has been worked."""
    await work(api, tenant_pool)
    shown = (await api.get(f"/v1/jobs/{job['id']}")).json()
    assert shown["state"] == "done", shown
    assert shown["done"] + shown["failed"] == shown["total"]
    assert shown["finished_at"] is not None
    return dict(shown)


async def rejections(api: Api, job: dict[str, Any]) -> list[tuple[int, str, str | None]]:
    listed = (await api.get(f"/v1/jobs/{job['id']}/rejections")).json()["items"]
    return [(entry["number"], entry["code"], entry["field"]) for entry in listed]


async def test_statuses_of_lines(api: Api, tenant_pool: Pool) -> None:
    lines = [(await api.sign_up())["line"] for _ in range(3)]
    numbers = [line["msisdn"] for line in lines]
    file = "\n".join(
        [
            "msisdn,status",
            f"{numbers[0]},blocked",
            "385999999999,blocked",
            f"{numbers[1]},locked",
            "",
            f"{numbers[1]},blocked",
            f"{numbers[2]},closed,more",
            ",blocked",
        ]
    )
    job = await begin(api, "line-statuses", file)
    assert (job["kind"], job["state"], job["total"]) == ("line-statuses", "waiting", 6)
    done = await finished(api, tenant_pool, job)
    assert (done["done"], done["failed"]) == (2, 4)
    assert await rejections(api, job) == [
        (3, "line_not_found", "msisdn"),
        (4, "request_malformed", "status"),
        (7, "request_malformed", "cell 3"),
        (8, "bulk_subject_ambiguous", "msisdn"),
    ]
    listed = (await api.get(f"/v1/jobs/{job['id']}/rejections")).json()["items"]
    assert "active, blocked, closed, suspended" in listed[1]["message"]
    statuses = [(await api.get(f"/v1/lines/{line['id']}")).json()["status"] for line in lines]
    assert statuses == ["blocked", "blocked", "active"]
    # As if the sender had made the single calls.
    entries = (await api.get(f"/v1/audit?subject_type=line&subject_id={lines[0]['id']}")).json()
    assert (entries["items"][0]["action"], entries["items"][0]["actor"]) == (
        "line.blocked",
        "everything",
    )
    unblocked = await begin(api, "line-statuses", [{"line_id": lines[0]["id"], "status": "active"}])
    assert (await finished(api, tenant_pool, unblocked))["done"] == 1
    jobs = (await api.get("/v1/jobs?limit=1")).json()
    assert [each["id"] for each in jobs["items"]] == [unblocked["id"]]
    assert jobs["next_cursor"] is not None


async def test_products_of_lines(rich_api: Api, tenant_pool: Pool) -> None:
    lines = [(await rich_api.sign_up())["line"] for _ in range(2)]
    rows = [{"msisdn": line["msisdn"], "product": "pack"} for line in (*lines, lines[0])]
    added = await begin(rich_api, "product-additions", rows)
    assert (await finished(rich_api, tenant_pool, added))["failed"] == 1
    assert await rejections(rich_api, added) == [(3, "product_exists", "product")]
    removed = await begin(rich_api, "product-removals", rows)
    assert (await finished(rich_api, tenant_pool, removed))["failed"] == 1
    assert await rejections(rich_api, removed) == [(3, "product_instance_unknown", "product")]
    for line in lines:
        addons = (await rich_api.get(f"/v1/lines/{line['id']}/products")).json()["items"]
        assert [addon["ended_at"] is None for addon in addons] == [False]


async def test_top_ups_move_money_once(api: Api, tenant_pool: Pool) -> None:
    signed_up = [await api.sign_up() for _ in range(2)]
    accounts = [each["account"]["id"] for each in signed_up]
    rows = [
        {"account_id": accounts[0], "amount": "5.00", "currency": "EUR"},
        {"msisdn": signed_up[1]["line"]["msisdn"], "amount": "2.50", "currency": "EUR"},
        {"account_id": accounts[0], "amount": "1.0000001", "currency": "EUR"},
        {"account_id": accounts[1], "amount": "1.00", "currency": "USD"},
        {"amount": "1.00", "currency": "EUR"},
    ]
    key = str(uuid4())
    first = await api.post("/v1/bulk/top-ups", rows, key=key)
    again = await api.post("/v1/bulk/top-ups", rows, key=key)
    assert first.json()["id"] == again.json()["id"]
    done = await finished(api, tenant_pool, first.json())
    assert (done["total"], done["done"], done["failed"]) == (5, 2, 3)
    assert await rejections(api, first.json()) == [
        (3, "amount_precision", "amount"),
        (4, "currency_mismatch", "currency"),
        (5, "bulk_subject_ambiguous", "msisdn"),
    ]
    await work(api, tenant_pool)
    tenant = api.actor.tenant_id
    balances = [api.engine.balances[tenant, UUID(account)] for account in accounts]
    assert balances == [15_000_000, 12_500_000]
    assert await api.count("top_up") == 4  # two of them from the sign-ups
    keyless = await api.post("/v1/bulk/top-ups", rows)
    assert keyless.json()["code"] == "idempotency_key_missing"


async def test_sign_ups_and_what_the_engine_refuses(api: Api, tenant_pool: Pool) -> None:
    added = await begin(api, "numbers", "first,last\n385920000001,385920000005\n12,\n")
    assert (await finished(api, tenant_pool, added))["failed"] == 1
    file = (
        "product,customer.name,initial_top_up.amount,initial_top_up.currency\n"
        "basic,Ana,10.00,EUR\nbasic,Iva,,\nnone,Eva,,\nbasic,Ida,1.00,USD\n"
    )
    signed_up = await begin(api, "sign-ups", file)
    assert (await finished(api, tenant_pool, signed_up))["done"] == 2
    assert await rejections(api, signed_up) == [
        (4, "product_unknown", "product"),
        (5, "currency_mismatch", "initial_top_up.currency"),
    ]
    assert await api.count("subscriber_line") == 2
    # The engine refuses the line: nothing of it is left, as after the single call.
    api.engine.refuse = {"open_line": "identity_in_use"}
    refused = await begin(
        api, "sign-ups", [{"product": "basic", "customer": {"name": "Lea"}, "iccid": iccid(9)}]
    )
    assert (await finished(api, tenant_pool, refused))["failed"] == 1
    assert await rejections(api, refused) == [(1, "engine_refused", None)]
    assert await api.count("subscriber_line") == 2
    assert (await api.get(f"/v1/sims/{iccid(9)}")).json()["state"] == "available"


async def test_a_cancelled_job_begins_no_further_row(api: Api, tenant_pool: Pool) -> None:
    numbers = [{"first": f"38593000000{digit}"} for digit in range(1, 6)]
    job = await begin(api, "numbers", numbers)
    assert await worker.work_row(tenant_pool, api.actor.tenant_id, UUID(job["id"]))
    running = (await api.get(f"/v1/jobs/{job['id']}")).json()
    assert (running["state"], running["done"]) == ("running", 1)
    cancelled = await api.post(f"/v1/jobs/{job['id']}/cancel")
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    await work(api, tenant_pool)
    shown = (await api.get(f"/v1/jobs/{job['id']}")).json()
    assert (shown["state"], shown["done"]) == ("cancelled", 1)
    assert shown["finished_at"] is not None
    assert (await api.get("/v1/numbers/385930000002")).status_code == 404
    assert (await api.post(f"/v1/jobs/{job['id']}/cancel")).status_code == 200
    small = await begin(api, "numbers", numbers[:1])
    await finished(api, tenant_pool, small)
    late = await api.post(f"/v1/jobs/{small['id']}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "job_finished")


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ("msisdn,state\n1,2\n", "bulk_rows_invalid", "state"),
        ("msisdn,msisdn\n1,2\n", "bulk_rows_invalid", "msisdn"),
        ("msisdn,status\n", "bulk_rows_invalid", None),
        ("", "bulk_rows_invalid", None),
        ([], "bulk_rows_invalid", None),
        ([{"status": "locked"}], "request_malformed", "[0].status"),
        ({"status": "blocked"}, "request_malformed", None),
    ],
)
async def test_what_is_no_rows(api: Api, content: Any, code: str, field: str | None) -> None:
    arguments: dict[str, Any] = {"json": content}
    if isinstance(content, str):
        arguments = {"content": content.encode(), "headers": CSV}
    refused = await api.request("POST", "/v1/bulk/line-statuses", key=str(uuid4()), **arguments)
    assert (refused.json()["code"], refused.json().get("field")) == (code, field), refused.text
    assert (await api.get("/v1/jobs")).json()["items"] == []


async def test_each_kind_needs_the_scope_of_its_single_call(api: Api) -> None:
    job = await begin(api, "numbers", [{"first": "385940000001"}])
    async with api.pool.connection() as connection:
        api.token = await access.create_token(
            connection, api.actor, "some", ["customers:write", "jobs:read"]
        )
    for kind, status in (("top-ups", 403), ("numbers", 403), ("line-statuses", 422)):
        sent = await api.post(f"/v1/bulk/{kind}", [], key=str(uuid4()))
        assert sent.status_code == status, sent.text
    assert (await api.post(f"/v1/jobs/{job['id']}/cancel")).status_code == 403
