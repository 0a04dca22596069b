"""Migrations, run on a real PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from alembic.script import ScriptDirectory

from openmvno.database import DatabaseError, Pool, migrate, schema
from openmvno.database.errors import SchemaError


def test_an_empty_database_gets_the_whole_schema_once(empty_database_url: str) -> None:
    assert schema.current_revision(empty_database_url) is None

    first = migrate.upgrade(empty_database_url)

    assert first[0] == "0001"
    assert first[-1] == schema.latest_revision()
    assert migrate.upgrade(empty_database_url) == []
    assert schema.current_revision(empty_database_url) == schema.latest_revision()
    with psycopg.connect(empty_database_url) as connection:
        tables = connection.execute("SELECT to_regclass('journal'), to_regclass('cdr')").fetchone()
    assert tables == ("journal", "cdr")


def test_two_starts_at_once_migrate_one_after_the_other(empty_database_url: str) -> None:
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(migrate.upgrade, [empty_database_url] * 2))

    assert min(len(revisions) for revisions in done) == 0
    assert schema.current_revision(empty_database_url) == schema.latest_revision()


def test_a_database_of_another_release_is_left_alone(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SchemaError, match=r"written by another OpenMVNO \(schema 9999"):
        migrate.upgrade(database_url)
    with pytest.raises(SchemaError, match=r"schema 9999 of a newer OpenMVNO, and this one"):
        schema.check_schema(database_url)

    assert schema.current_revision(database_url) == "9999"


def test_a_failing_step_leaves_nothing_behind(
    empty_database_url: str,
) -> None:
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("CREATE TABLE cdr (in_the_way integer)")

    with pytest.raises(DatabaseError, match='relation "cdr" already exists'):
        migrate.upgrade(empty_database_url)

    assert schema.current_revision(empty_database_url) is None
    with psycopg.connect(empty_database_url) as connection:
        row = connection.execute("SELECT to_regclass('journal')").fetchone()
    assert row == (None,)


def test_an_unreachable_server_is_named(free_port: object) -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        migrate.upgrade("host=127.0.0.1 port=1 dbname=openmvno connect_timeout=2")


async def test_the_pool_serves_migrated_tables(pool: Pool) -> None:
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT count(*) FROM installation")
        assert await cursor.fetchone() == (0,)


def test_migrations_are_numbered_as_alembic_orders_them() -> None:
    script = ScriptDirectory.from_config(migrate._configuration())

    assert script.get_current_head() == schema.latest_revision()
    assert migrate._known_revisions() == sorted(set(migrate._known_revisions()))
