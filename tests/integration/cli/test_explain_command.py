"""``openmvno explain`` and ``openmvno quote --line`` on charges of the real core."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.support.local_engine import LocalEngine
from tests.support.operator import Operator
from typer.testing import CliRunner

from openmvno.cli.main import build
from openmvno.errors import DomainError
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.work.materialiser import Materialiser

SMS = 50_000


@dataclass
class Charged:
    """An operator, one debit of 3 messages, its CDR."""

    operator: Operator
    tenant: str
    cdr: str
    line: UUID


async def _materialise(conninfo: str) -> None:
    materialiser = Materialiser(conninfo)
    async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
        await materialiser.prepare(connection)
        while await materialiser.step(connection):
            pass


def _write_line(connection: psycopg.Connection[Any], operator: Operator, line: UUID) -> None:
    """The business rows of the operator's first line, which the engine knows already."""
    customer, account = uuid4(), operator.accounts[0]
    connection.execute(
        "INSERT INTO customer (tenant_id, customer_id, kind, name) VALUES (%s, %s, 'person', 'A')",
        (operator.tenant, customer),
    )
    connection.execute(
        "INSERT INTO account (tenant_id, account_id, customer_id, currency, overrun, shard,"
        " command_seq) VALUES (%s, %s, %s, 'EUR', 'absorb', 0, 1)",
        (operator.tenant, account, customer),
    )
    connection.execute(
        "INSERT INTO subscriber_line (tenant_id, line_id, account_id, product, msisdn, imsi, iccid,"
        " status, shard, command_seq) VALUES (%s, %s, %s, 'prepaid', %s, '', '', 'active', 0, 1)",
        (operator.tenant, line, account, operator.msisdn(0)),
    )
    connection.execute(
        "INSERT INTO identity_map (kind, identity, tenant_id, account_id, line_id)"
        " VALUES ('msisdn', %s, %s, %s, %s)",
        (operator.msisdn(0), operator.tenant, account, line),
    )


@pytest.fixture
def charged(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Charged:
    operator = Operator(database_url, 2)
    with LocalEngine(database_url, 2) as engine:
        engine.apply_commands(operator, lines=1)
        engine.submit(operator.debit("messages", 0, units=3))
        engine.commit()
        text = engine.core.balance(operator.tenant.bytes, operator.accounts[0].bytes)
        assert text is not None
        live = json.loads(text)
    asyncio.run(_materialise(database_url))
    with psycopg.connect(database_url) as connection:
        line = UUID(live["lines"][0]["line"])
        _write_line(connection, operator, line)
        row = connection.execute("SELECT cdr_id FROM cdr").fetchone()
    assert row is not None

    async def balance(_: GrpcEngineClient, tenant: UUID, account: UUID) -> dict[str, Any]:
        assert (tenant, account) == (operator.tenant, operator.accounts[0])
        return dict(live)

    monkeypatch.setattr(GrpcEngineClient, "balance", balance)
    monkeypatch.setenv("OPENMVNO_DATABASE_URL", database_url)
    monkeypatch.setenv("OPENMVNO_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "100")
    return Charged(operator, operator.tenant.hex[:8], str(row[0]), line)


def explain(charged: Charged, *options: str) -> tuple[int, str]:
    command = ["explain", charged.cdr, "--tenant", charged.tenant, *options]
    finished = CliRunner().invoke(build(), command)
    return finished.exit_code, finished.output


def test_a_charge_is_explained(charged: Charged) -> None:
    status, shown = explain(charged)
    assert status == 0, shown
    assert shown.startswith("Equal: 0.15 EUR, as recorded\n")
    assert "385980000001 is priced by Anywhere of sms-standard" in shown
    status, shown = explain(charged, "--json")
    answer = json.loads(shown)
    assert (status, answer["equal"], answer["recomputed_micros"]) == (0, True, 3 * SMS)


def test_a_tampered_charge_is_said_loudly(charged: Charged) -> None:
    with psycopg.connect(charged.operator.conninfo) as connection:
        connection.execute("UPDATE cdr SET amount_micros = 140000")
    status, shown = explain(charged)
    assert status == 1
    assert shown.startswith("NOT EQUAL: 0.14 EUR is recorded\n")
    assert "0.140000 is recorded, 0.150000 recomputed" in shown
    status, shown = explain(charged, "--json")
    assert (status, json.loads(shown)["equal"]) == (1, False)


def test_an_unknown_charge_is_an_error(charged: Charged) -> None:
    for command in (
        ["explain", str(uuid4()), "--tenant", charged.tenant],
        ["explain", charged.cdr, "--tenant", "nobody"],
    ):
        finished = CliRunner().invoke(build(), command)
        assert finished.exit_code == 1
        assert isinstance(finished.exception, DomainError)
    assert CliRunner().invoke(build(), ["explain", "7"]).exit_code == 2


def test_a_live_line_is_quoted(charged: Charged) -> None:
    usage = ["--service", "sms", "--usage", "300", "--destination", "385980000001"]
    for named in (charged.operator.msisdn(0), str(charged.line)):
        command = ["quote", "--tenant", charged.tenant, "--line", named, *usage, "--json"]
        finished = CliRunner().invoke(build(), command, catch_exceptions=False)
        assert finished.exit_code == 0, finished.output
        answer = json.loads(finished.output)
        # 10.00 less what was charged before is all there is.
        assert answer["charge_micros"] == 10_000_000 - 3 * SMS
        assert answer["uncovered_micros"] == 300 * SMS - answer["charge_micros"]
        assert answer["steps"][0] == {
            "step": "line",
            "text": f"{charged.operator.msisdn(0)} has prepaid",
            "code": "line",
            "values": {"number": charged.operator.msisdn(0), "products": "prepaid"},
        }
    for wrong in (["--product", "prepaid", "--line", "1"], [], ["--line", "1", "--file", "x"]):
        assert CliRunner().invoke(build(), ["quote", *wrong, *usage]).exit_code == 2
