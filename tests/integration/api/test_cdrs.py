"""The CDR listing shows who paid which part, and what partners charge."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from tests.integration.api.conftest import Api

from openmvno.identifiers import new_id

PART = {
    "payer": "bucket:min100",
    "rate": "Croatia",
    "table": "voice-standard",
    "period": "",
    "from": 0,
    "to": 120,
    "units": 120,
    "cost": "120",
    "amount_micros": 0,
    "discount_percent": "0",
}
BALANCE_PART = {**PART, "payer": "balance", "from": 120, "to": 300, "amount_micros": 300_000}
PARTNER = {"code": "reseller-1", "role": "reseller", "currency": "JPY", "amount_micros": 12_000_000}


async def insert(api: Api, account: UUID, session: str, **given: object) -> None:
    """A CDR as the materialiser writes it; what is not given has the column's default."""
    now = datetime.now(UTC)
    row = {
        "tenant_id": api.actor.tenant_id,
        "cdr_id": new_id(),
        "account_id": account,
        "line_id": uuid4(),
        "recorded_at": now,
        "session_id": session,
        "request_number": 1,
        "kind": "session",
        "service": "voice",
        "direction": "originating",
        "destination": "38591",
        "started_at": now,
        "ended_at": now,
        "usage": 300,
        "currency": "EUR",
        "amount_micros": 300_000,
        "overrun_micros": 0,
        "balance_after_micros": 0,
        "catalog_version": 1,
        "product": "basic",
        "rate": "Croatia",
        "cause": "normal",
        "correlation": "",
        "origin_host": "pgw",
        "shard": 0,
        "journal_seq": 1,
        **given,
    }
    places = ", ".join(["%s"] * len(row))
    async with api.pool.connection() as connection:
        await connection.execute(
            f"INSERT INTO cdr ({', '.join(row)}) VALUES ({places})", list(row.values())
        )


async def test_parts_and_partners_are_shown(bare_api: Api) -> None:
    account = uuid4()
    await insert(
        bare_api,
        account,
        "with",
        parts=Jsonb([PART, BALANCE_PART]),
        partners=Jsonb([PARTNER]),
        inputs=Jsonb({"seed": "with"}),
    )
    await insert(bare_api, account, "without")
    [cdr] = (await bare_api.get("/v1/cdrs?session=with")).json()["items"]
    bucket, balance = cdr["parts"]
    assert bucket == {
        "payer": "bucket:min100",
        "rate": "Croatia",
        "table": "voice-standard",
        "period": "",
        "from": 0,
        "to": 120,
        "units": 120,
        "cost": "120",
        "amount": "0.00",
        "discount_percent": "0",
    }
    assert (balance["payer"], balance["from"], balance["amount"]) == ("balance", 120, "0.30")
    assert cdr["partners"] == [
        {"code": "reseller-1", "role": "reseller", "currency": "JPY", "amount": "12"}
    ]
    [plain] = (await bare_api.get("/v1/cdrs?session=without")).json()["items"]
    assert (plain["parts"], plain["partners"]) == ([], [])


async def test_new_columns_stand_at_the_end(bare_api: Api) -> None:
    """The expansion of the journal writes rows by position."""
    async with bare_api.pool.connection() as connection:
        cursor = await connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'cdr'::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum DESC LIMIT 4"
        )
        names = [row[0] for row in await cursor.fetchall()]
    assert names == ["inputs", "partners", "parts", "journal_seq"]


async def test_one_cdr_by_its_id(api: Api) -> None:
    line = (await api.sign_up())["line"]
    await insert(api, UUID(line["account_id"]), "gw;1")
    (listed,) = (await api.get("/v1/cdrs")).json()["items"]
    assert (await api.get(f"/v1/cdrs/{listed['id']}")).json() == listed
    missing = await api.get(f"/v1/cdrs/{uuid4()}")
    assert (missing.status_code, missing.json()["code"]) == (404, "cdr_not_found")
