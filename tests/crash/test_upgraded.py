"""The schema of the next release comes while this one charges, and this one goes on with it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.crash.audit import Books, audit
from tests.crash.load import Gateways
from tests.crash.tariff import CATALOG
from tests.support.engines import Engines
from tests.support.operator import Operator
from tests.support.roles import Role

from openmvno.database import migrate, schema
from openmvno.database.errors import SchemaError
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings

LINES = 40
BALANCE = 8_000_000
SEED = 4

# What a release may do under the roles of the one before: every table they write grows a column.
NEXT_RELEASE = '''
"""The next release's first step."""

from alembic import op

revision = "{revision}"
down_revision = "{before}"
works_from = "{before}"

TABLES = (
    "journal", "snapshot_slice", "engine_command", "command_sequence", "engine_node",
    "installation", "materialiser_watermark", "account_balance", "cdr", "posting", "engine_event",
    "outbox", "outbox_delivery", "catalog_version",
)


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {{table}} ADD COLUMN further text NOT NULL DEFAULT 'none'")
    op.execute("CREATE TABLE further (tenant_id uuid PRIMARY KEY)")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("CREATE INDEX CONCURRENTLY further_by_account ON engine_command (command_id)")
'''


def next_release(folder: Path) -> Path:
    """The migrations of this release and one more."""
    copy = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, copy)
    before = schema.latest_revision()
    revision = f"{int(before) + 1:04d}"
    step = NEXT_RELEASE.format(revision=revision, before=before)
    (copy / "versions" / f"{revision}_next.py").write_text(step)
    return copy


@pytest.fixture
def engines(settings: Settings, free_port: Callable[[], int], tmp_path: Path) -> Iterator[Engines]:
    both = Engines(settings, free_port, tmp_path, 2)
    yield both
    both.stop()


async def restarted(role: Role) -> None:
    """Stop and start in order, as a service manager does."""
    assert await asyncio.to_thread(role.stop) == 0, role.log
    role.start()


async def until_served(url: str) -> None:
    """Wait until ``serve`` is ready and reaches an engine that charges."""
    async with httpx.AsyncClient() as http, asyncio.timeout(60):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get(url)).status_code == 200:
                    return
            await asyncio.sleep(0.1)


async def test_roles_go_on_while_the_next_schema_comes_and_are_restarted_on_it(
    engines: Engines, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = engines.settings
    operator = Operator(database_url, settings.shards, catalog=CATALOG)
    msisdns = [operator.msisdn(number) for number in range(LINES)]
    nodes = {"OPENMVNO_ENGINE_NODES": settings.engine_nodes}
    ready = f"http://127.0.0.1:{settings.http_port}/readyz"
    async with GrpcEngineClient.from_settings(settings) as client:
        for role in engines.roles:
            role.start()
        await engines.balanced(0, 1)
        with (
            Role("work", settings, tmp_path / "work.log") as work,
            Role("serve", settings, tmp_path / "serve.log", nodes) as serve,
        ):
            await until_served(ready)
            for place in operator.create(LINES, BALANCE):
                assert (await client.apply(*place)).get("ok")
            gateways = Gateways(engines.ports, msisdns, SEED)
            ledger = gateways.ledger
            async with gateways.running():
                await asyncio.sleep(0.5)
                with monkeypatch.context() as released:
                    released.setattr(schema, "MIGRATIONS", next_release(tmp_path))
                    done = await asyncio.to_thread(migrate.upgrade, database_url)
                before = ledger.acknowledged
                await asyncio.sleep(0.5)
                assert ledger.acknowledged > before, "old roles go on on the new schema"
                await until_served(ready)
                for role in (work, serve, *engines.roles):
                    await restarted(role)
                    if role in engines.roles:
                        await engines.balanced(0, 1)
                await asyncio.sleep(0.5)
            await until_served(ready)
            await audit(Books(database_url), operator, ledger, client, BALANCE)
    assert done == [f"{int(schema.latest_revision()) + 1:04d}"]
    for role in (work, serve, *engines.roles):
        assert "this release works with it" in role.log
        assert "Traceback" not in role.log, role.log
    assert ledger.refusals == {}
    print(f"{ledger.acknowledged} requests acknowledged, {ledger.retransmitted} retransmitted")


def test_a_newer_schema_that_does_not_suit_is_refused(database_url: str, tmp_path: Path) -> None:
    latest = schema.latest_revision()
    newer = f"{int(latest) + 2:04d}"
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", [newer])
        connection.execute(
            "INSERT INTO schema_step (revision, works_from) VALUES (%s, %s), (%s, %s)",
            [f"{int(latest) + 1:04d}", latest, newer, latest],
        )
    schema.check_schema(database_url)
    assert migrate.upgrade(database_url) == []
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "UPDATE schema_step SET works_from = revision WHERE revision = %s", [newer]
        )
    with pytest.raises(SchemaError, match="install the newer one"):
        schema.check_schema(database_url)
    with pytest.raises(SchemaError, match="written by another OpenMVNO"):
        migrate.upgrade(database_url)
