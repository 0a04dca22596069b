"""What the database knows about sessions and debits that memory has forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.support.local_engine import LocalEngine
from tests.support.operator import Operator

from openmvno.charging.evidence import find
from openmvno.work.materialiser import Materialiser

SHARDS = 2
SMS = 50_000


@pytest.fixture
async def debits(database_url: str) -> tuple[Operator, dict[str, Any]]:
    """An operator with one materialised debit; the debit's outcome."""
    operator = Operator(database_url, SHARDS)
    with LocalEngine(database_url, SHARDS) as engine:
        engine.apply_commands(operator, lines=1)
        token = engine.submit({**operator.debit("one", 7), "correlation": "order-9"})
        engine.commit()
        outcome = engine.outcomes[token]
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        materialiser = Materialiser(database_url)
        await materialiser.prepare(connection)
        while await materialiser.step(connection):
            pass
    return operator, outcome


async def ask(conninfo: str, **question: Any) -> dict[str, Any]:
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        return await find(connection, question)


async def test_a_session_is_found_by_its_id_within_its_tenant(
    database_url: str, debits: tuple[Operator, dict[str, Any]]
) -> None:
    operator, _ = debits
    about: dict[str, Any] = {"about": "session", "tenant": str(operator.tenant), "session": "one"}
    assert await ask(database_url, **about, number=None) == {"found": "charged"}
    assert await ask(database_url, **about, number=7) == {"found": "charged"}
    assert await ask(database_url, **about, number=8) == {"found": "nothing"}
    other = {**about, "session": "two"}
    assert await ask(database_url, **other, number=None) == {"found": "nothing"}
    other = {**about, "tenant": str(UUID(int=0))}
    assert await ask(database_url, **other, number=None) == {"found": "nothing"}


async def test_a_debit_is_found_by_its_cdr_or_its_correlation(
    database_url: str, debits: tuple[Operator, dict[str, Any]]
) -> None:
    operator, outcome = debits
    about: dict[str, Any] = {
        "about": "debit",
        "tenant": str(operator.tenant),
        "account": str(operator.accounts[0]),
    }
    expected = {"found": "debit", "cdr": outcome["cdr"], "refundable": SMS}
    assert await ask(database_url, **about, cdr=outcome["cdr"], correlation="") == expected
    assert await ask(database_url, **about, cdr=None, correlation="order-9") == expected
    assert await ask(database_url, **about, cdr=None, correlation="order-8") == {"found": "nothing"}
    stranger = {**about, "account": str(UUID(int=1))}
    nothing = await ask(database_url, **stranger, cdr=outcome["cdr"], correlation="")
    assert nothing == {"found": "nothing"}


async def test_a_debit_refunded_before_has_nothing_left(
    database_url: str, debits: tuple[Operator, dict[str, Any]]
) -> None:
    operator, outcome = debits
    with psycopg.connect(database_url) as connection:
        columns = [
            row[0]
            for row in connection.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'cdr'"
                " AND table_schema = 'public' ORDER BY ordinal_position"
            )
        ]
        values = {
            "cdr_id": "'ffffffff-ffff-7fff-bfff-ffffffffffff'",
            "kind": "'refund'",
            "refers_to": "cdr_id",
        }
        chosen = ", ".join(values.get(column, column) for column in columns)
        connection.execute(f"INSERT INTO cdr ({', '.join(columns)}) SELECT {chosen} FROM cdr")
    found = await ask(
        database_url,
        about="debit",
        tenant=str(operator.tenant),
        account=str(operator.accounts[0]),
        cdr=outcome["cdr"],
        correlation="",
    )
    assert found == {"found": "debit", "cdr": outcome["cdr"], "refundable": 0}
