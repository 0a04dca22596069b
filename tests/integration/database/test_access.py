"""What each role of the database sees, and what it takes to set the roles up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from openmvno.database import Pool, Role, migrate, of_tenant
from openmvno.database.access import INSTALLATION_TABLES, TENANT_TABLES
from openmvno.database.copying import copy_rows
from openmvno.database.errors import AccessError
from openmvno.database.location import acting_as
from openmvno.database.partitions import ensure_daily_partitions

OURS, THEIRS = uuid4(), uuid4()


def tables(connection: psycopg.Connection[Any], *, of_tenant: bool) -> list[str]:
    """Tables with a tenant_id, or those without; partitions among them."""
    rows = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND %s = EXISTS (SELECT FROM pg_attribute"
        " WHERE attrelid = pg_class.oid AND attname = 'tenant_id') ORDER BY 1",
        (of_tenant,),
    ).fetchall()
    return [row[0] for row in rows]


@pytest.fixture
def filled(database_url: str) -> str:
    """A database in which two tenants have a row in every table with a tenant_id."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no foreign keys
        for table in tables(connection, of_tenant=True):
            for tenant in (OURS, THEIRS):
                _insert(connection, table, tenant)
    return database_url


def _insert(connection: psycopg.Connection[Any], table: str, tenant: UUID) -> None:
    """A row with something in every column that needs it."""
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attnotnull"
        " AND NOT atthasdef AND attidentity = ''",
        (table,),
    ).fetchall()
    values: dict[str, Any] = {
        name: _something(kind, tenant) for name, kind in columns if name != "tenant_id"
    }
    allowed = connection.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'"
        " AND conrelid = %s::regclass",
        (table,),
    ).fetchall()
    for name in values:
        for (check,) in allowed:
            if f"{name} = ANY (ARRAY['" in check:  # the first word that is allowed
                values[name] = check.split("ARRAY['", 1)[1].split("'", 1)[0]
            if least := re.search(rf"\({name} >= (\d+)\) AND", check):
                values[name] = int(least[1])
    values |= {"tenant_id": tenant}
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        ),
        list(values.values()),
    )


def _something(kind: str, tenant: UUID) -> Any:
    if kind.endswith("[]"):
        return []
    named: dict[str, Any] = {
        "uuid": uuid4(),
        "bytea": tenant.bytes,
        "jsonb": "{}",
        "json": "{}",
        "boolean": False,
        "timestamp with time zone": "2026-01-01T00:00:00Z",
        "date": "2026-01-01",
        "character(3)": "EUR",
        "inet": "192.0.2.1",
        "cidr": "192.0.2.0/24",
    }
    return named.get(kind, tenant.hex if kind.startswith(("text", "char")) else _number(tenant))


def _number(tenant: UUID) -> int:
    return 1 if tenant == OURS else 2


def seen(connection: psycopg.Connection[Any], table: str) -> set[UUID]:
    """Whose rows a session sees in a table."""
    query = sql.SQL("SELECT DISTINCT tenant_id FROM {}").format(sql.Identifier(table))
    return {row[0] for row in connection.execute(query).fetchall()}


def test_a_tenants_transaction_sees_its_own_rows_and_no_others(filled: str) -> None:
    with psycopg.connect(filled) as owner:
        everything = tables(owner, of_tenant=True)
        assert all({OURS, THEIRS} <= seen(owner, table) for table in everything)
        parents = [table for table in everything if not table.endswith("_default")]
    with psycopg.connect(acting_as(filled, Role.TENANT)) as session:
        for table in parents:
            assert seen(session, table) == set(), f"{table} without a tenant"
        session.rollback()
        session.execute(f"SET LOCAL openmvno.tenant = '{OURS}'")
        for table in parents:
            assert seen(session, table) == {OURS}, table
        session.commit()
        assert seen(session, "customer") == set(), "the next transaction has no tenant"
        session.execute("RESET ROLE")
        assert seen(session, "customer") == set()
        for table in set(everything) - set(parents):
            session.rollback()
            session.execute(f"SET LOCAL openmvno.tenant = '{OURS}'")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                seen(session, table)


def test_a_tenant_writes_no_row_of_another(filled: str) -> None:
    with psycopg.connect(acting_as(filled, Role.TENANT)) as session:
        session.execute(f"SET LOCAL openmvno.tenant = '{OURS}'")
        changed = session.execute("UPDATE customer SET name = 'x' WHERE tenant_id = %s", (THEIRS,))
        assert changed.rowcount == 0
        assert session.execute("DELETE FROM sim").rowcount == 1
        for statement in (
            "INSERT INTO closed_user_group (tenant_id, group_id, name) VALUES (%s, %s, 'g')",
            "UPDATE customer SET tenant_id = %s WHERE customer_id <> %s",
        ):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
                session.transaction(),
            ):
                session.execute(statement, (THEIRS, uuid4()))


@pytest.mark.parametrize("role", [Role.ENGINE, Role.WORKER, Role.RADIUS])
def test_workers_see_all_tenants_in_their_tables_and_not_in_others(filled: str, role: Role) -> None:
    with psycopg.connect(acting_as(filled, role), autocommit=True) as session:
        assert seen(session, "cdr") == {OURS, THEIRS}
        denied = {Role.ENGINE: "customer", Role.RADIUS: "customer", Role.WORKER: "line_password"}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(f"UPDATE {denied[role]} SET tenant_id = tenant_id")


def test_every_table_has_its_rule(database_url: str) -> None:
    """A new table: with a tenant it is closed by row security, without one it is in the list."""
    with psycopg.connect(database_url) as connection:
        of_a_tenant = tables(connection, of_tenant=True)
        for table in of_a_tenant:
            row = connection.execute(
                "SELECT relrowsecurity, relforcerowsecurity,"
                " (SELECT array_agg(polname::text ORDER BY polname::text) FROM pg_policy"
                "  WHERE polrelid = c.oid)"
                " FROM pg_class c WHERE oid = %s::regclass",
                (table,),
            ).fetchone()
            assert row == (True, True, ["of_installation", "of_tenant"]), table
        others = [
            table
            for table in tables(connection, of_tenant=False)
            if table not in INSTALLATION_TABLES and table != "journal_default"
        ]
    assert others == [], "say in database/access.py who may do what with them"
    assert set(TENANT_TABLES) <= set(of_a_tenant)


async def test_new_partitions_are_closed_too(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        await ensure_daily_partitions(connection, None)
        cursor = await connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE c.relforcerowsecurity AND c.relrowsecurity"
            " AND (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid) = 2)"
            " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent IN ('cdr'::regclass, 'posting'::regclass)"
        )
        row = await cursor.fetchone()
    assert row is not None
    assert row[0] == row[1] > 8


async def test_rows_loaded_at_once_are_checked(tenant_pool: Pool, database_url: str) -> None:
    columns = ("tenant_id", "group_id", "name")
    async with of_tenant(tenant_pool, OURS) as connection:
        await copy_rows(
            connection, "closed_user_group", columns, [(OURS, uuid4(), "a"), (OURS, uuid4(), "b")]
        )
        await copy_rows(connection, "closed_user_group", columns, [(OURS, uuid4(), "c")])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
        async with of_tenant(tenant_pool, OURS) as connection:
            await copy_rows(connection, "closed_user_group", columns, [(THEIRS, uuid4(), "d")])
    with psycopg.connect(database_url) as owner:
        rows = owner.execute("SELECT name FROM closed_user_group ORDER BY 1").fetchall()
    assert rows == [("a",), ("b",), ("c",)]


def test_a_new_table_is_closed_by_the_next_migration(database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("CREATE TABLE novelty (tenant_id uuid NOT NULL, secret text)")
        owner.execute("ALTER TABLE customer NO FORCE ROW LEVEL SECURITY")
        owner.execute("GRANT TRUNCATE ON customer TO openmvno_tenant")
        owner.execute("INSERT INTO novelty VALUES (%s, 'x'), (%s, 'y')", (OURS, THEIRS))
    migrate.upgrade(database_url)
    with psycopg.connect(acting_as(database_url, Role.TENANT)) as session:
        assert seen(session, "novelty") == set()
        session.execute(f"SET LOCAL openmvno.tenant = '{OURS}'")
        assert seen(session, "novelty") == {OURS}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute("TRUNCATE customer")


_ONE_WAITS = """
WITH target AS (
    INSERT INTO provisioning_target (tenant_id, name, url, sealed_secret)
    VALUES (%(tenant)s, 'crm', 'http://crm.invalid/', '')),
event AS (
    INSERT INTO outbox (tenant_id, event_id, subject_id, sequence, event, payload)
    VALUES (%(tenant)s, %(tenant)s, %(tenant)s, 1, 'line.created', '{}'))
INSERT INTO outbox_delivery (tenant_id, target, event_id, subject_id, sequence)
VALUES (%(tenant)s, 'crm', %(tenant)s, %(tenant)s, 1)
"""


@pytest.fixture
def ordinary(empty_database_url: str, server_url: str) -> Iterator[tuple[str, str]]:
    """(connection string, name) of an owner of an empty database who is no superuser."""
    name = f"ordinary_{uuid4().hex[:8]}"
    database = psycopg.conninfo.conninfo_to_dict(empty_database_url)["dbname"]
    with psycopg.connect(make_conninfo(server_url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN")
        admin.execute(f"ALTER DATABASE {database} OWNER TO {name}")
    # On the embedded server only our own roles may log in: the session takes the role on instead.
    yield make_conninfo(empty_database_url, options=f"-c role={name}"), name
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        admin.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
        admin.execute(f"DROP OWNED BY {name}")
        admin.execute(f"DROP ROLE {name}")


def test_an_owner_without_the_roles_is_told_what_to_run(
    ordinary: tuple[str, str], server_url: str
) -> None:
    url, name = ordinary
    with pytest.raises(AccessError, match="Have an administrator run: GRANT openmvno_tenant") as no:
        migrate.upgrade(url)
    assert (
        f'GRANT openmvno_tenant, openmvno_engine, openmvno_worker, openmvno_radius TO "{name}"'
        in (str(no.value))
    )
    with psycopg.connect(url) as session:
        assert session.execute("SELECT to_regclass('journal')").fetchone() == (None,)


def test_an_ordinary_owner_with_the_roles_can_migrate_and_keep_house(
    ordinary: tuple[str, str], server_url: str
) -> None:
    url, name = ordinary
    with psycopg.connect(make_conninfo(server_url, dbname="postgres"), autocommit=True) as admin:
        admin.execute(f"GRANT {', '.join(Role)} TO {name}")
    assert migrate.upgrade(url)
    with psycopg.connect(url) as owner:
        owner.execute(
            "INSERT INTO idempotency_key (tenant_id, key, fingerprint) VALUES (%s, 'k', '')",
            (OURS,),
        )
        assert owner.execute("DELETE FROM idempotency_key").rowcount == 1, "of all tenants"
        hash_of_none = owner.execute("SELECT count(*) FROM token_holder('')").fetchone()
        assert hash_of_none == (0,)
        owner.execute(
            "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, 'ours', 'O', 'EUR')",
            (OURS,),
        )
        owner.execute(_ONE_WAITS, {"tenant": OURS})
        waiting = owner.execute(
            "SELECT tenant, target, waiting FROM deliveries_waiting()"
        ).fetchall()
        assert waiting == [("ours", "crm", 1)], "of all tenants, by whoever owns the schema"
