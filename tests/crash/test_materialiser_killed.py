"""kill -9 of the work process under load: every CDR, posting and balance exactly once."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest
from tests.crash.audit import Books, audit, check_books, expected_charges
from tests.crash.load import Gateways, Ledger
from tests.crash.tariff import CATALOG
from tests.support.operator import Operator
from tests.support.roles import Role, until_charging

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings

LINES = 40
BALANCE = 20_000_000
KILLS = 12
SEED = 3


async def until_moved(books: Books, work: Role) -> None:
    """Wait until the materialiser has written something since the call."""
    statement = "SELECT coalesce(sum(seq), 0) FROM materialiser_watermark"
    before = books.rows(statement)
    async with asyncio.timeout(30):
        while books.rows(statement) == before:
            assert work.process is not None
            assert work.process.poll() is None, work.log
            await asyncio.sleep(0.02)


A_CHARGE = "(SELECT cdr_id FROM cdr WHERE amount_micros > 0 ORDER BY cdr_id DESC LIMIT 1)"
REVENUE = "ledger_account = 'revenue'"
TAMPERED = (
    f"UPDATE cdr SET amount_micros = amount_micros + 1 WHERE cdr_id = {A_CHARGE}",
    f"DELETE FROM cdr WHERE cdr_id = {A_CHARGE}",
    f"INSERT INTO posting SELECT * FROM posting WHERE {REVENUE} AND cause_id = {A_CHARGE}",
    f"DELETE FROM posting WHERE ledger_account = 'balance' AND cause_id = {A_CHARGE}",
)


def auditor_notices(books: Books, ledger: Ledger) -> None:
    """The auditor would have noticed one micro too many, one CDR or posting less, one twice."""
    expected = expected_charges(ledger)
    check_books(books, expected)
    for statement in TAMPERED:
        with books.tampered(statement) as wrong, pytest.raises(AssertionError):
            check_books(wrong, expected)


async def test_cdrs_exactly_once(settings: Settings, database_url: str, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    operator = Operator(database_url, settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    books = Books(database_url)
    async with GrpcEngineClient.from_settings(settings) as client:
        with (
            Role("charge", settings, tmp_path / "charge.log") as engine,
            Role("work", settings, tmp_path / "work.log") as work,
        ):
            await until_charging(client, engine)
            for place in operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            gateways = Gateways([settings.diameter_port], msisdns, SEED)
            async with gateways.running():
                for _ in range(KILLS):
                    await until_moved(books, work)
                    # Anywhere in its period of 100 ms: reading, writing, committing.
                    await asyncio.sleep(chance.uniform(0, 0.15))
                    work.kill()
                    work.start()
            await audit(books, operator, gateways.ledger, client, BALANCE)
            ledger = gateways.ledger
    auditor_notices(books, ledger)
    print(f"{KILLS} kills, {ledger.acknowledged} requests acknowledged")
    assert ledger.acknowledged > 1000
