"""What every Python test may use: a PostgreSQL of its own and free ports."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr

from openmvno.database import (
    Pool,
    ReadingPool,
    Role,
    connection_url,
    create_pool,
    create_reading_pool,
    migrate,
)
from openmvno.database.embedded import EmbeddedPostgres, temporary_data_folder
from openmvno.settings import Settings

# Small, so that several test runs fit on one machine. Durability stays on: the engine insists.
SERVER_OVERRIDES = {"shared_buffers": "128MB", "max_wal_size": "1GB", "min_wal_size": "80MB"}
TEMPLATE = "openmvno_template"

_database_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run: embedded, or OPENMVNO_TEST_DATABASE_URL."""
    given = os.environ.get("OPENMVNO_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with temporary_data_folder() as folder:
        settings = Settings(data_dir=folder)
        server = EmbeddedPostgres(settings, SERVER_OVERRIDES)
        server.start()
        try:
            yield connection_url(settings)
        finally:
            server.stop()


@pytest.fixture(scope="session")
def template_database(server_url: str) -> str:
    """Name of a migrated database that tests copy."""
    with psycopg.connect(make_conninfo(server_url, dbname="postgres"), autocommit=True) as admin:
        name = sql.Identifier(TEMPLATE)
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
    migrate.upgrade(make_conninfo(server_url, dbname=TEMPLATE))
    return TEMPLATE


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A new database without any table."""
    yield from _database(server_url, "template0")


@pytest.fixture
def database_url(server_url: str, template_database: str) -> Iterator[str]:
    """A new database with this release's schema and no rows."""
    yield from _database(server_url, template_database)


def _database(server_url: str, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_database_numbers)}"
    with psycopg.connect(make_conninfo(server_url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        yield make_conninfo(server_url, dbname=name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives a TCP port of 127.0.0.1 nobody listens on, another one at each call."""
    given: set[int] = set()

    def next_port() -> int:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if port not in given:
                given.add(port)
                return port

    return next_port


@pytest.fixture
def settings(database_url: str, free_port: Callable[[], int]) -> Settings:
    """Settings for a system on this test's database and on free ports."""
    return Settings(
        database_url=SecretStr(database_url),
        http_port=free_port(),
        diameter_port=free_port(),
        grpc_port=free_port(),
        engine_grpc_port=free_port(),
        radius_authentication_port=free_port(),
        radius_accounting_port=free_port(),
    )


@pytest.fixture
async def pool(settings: Settings) -> AsyncIterator[Pool]:
    """An open connection pool on this test's database, as the schema's owner."""
    async with create_pool(settings, "test") as opened:
        yield opened


@pytest.fixture
async def tenant_pool(settings: Settings) -> AsyncIterator[Pool]:
    """The same as ``serve`` has it: bound to a tenant by row security."""
    async with create_pool(settings, "test serve", role=Role.TENANT) as opened:
        yield opened


@pytest.fixture
async def reading_pool(settings: Settings) -> AsyncIterator[ReadingPool]:
    """The sessions that ``serve`` reads by."""
    async with create_reading_pool(settings, "test serve reads") as opened:
        yield opened
