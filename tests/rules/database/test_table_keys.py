"""Keys fit a PostgreSQL that is spread over machines: they begin with the tenant or the shard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.rules.database.verdicts import (
    IDENTITY,
    INSTALLATION,
    KEYLESS,
    LEADING,
    SHARD,
    TENANT,
)

SCALING = Path(__file__).parents[3] / "docs/scaling.md"

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
KEYS = """
SELECT t.relname, i.relname, array_agg(coalesce(a.attname, 'an expression') ORDER BY k.place)
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
CROSS JOIN LATERAL unnest(x.indkey[0:x.indnkeyatts - 1]) WITH ORDINALITY AS k(attnum, place)
LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
WHERE n.nspname = 'public' AND x.indisunique AND NOT t.relispartition
GROUP BY 1, 2 ORDER BY 1, 2
"""
REFERENCES = """
SELECT c.conname, t.relname, f.relname,
       (SELECT array_agg(a.attname ORDER BY k.place)
        FROM unnest(c.conkey) WITH ORDINALITY AS k(attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum)
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_class f ON f.oid = c.confrelid
WHERE c.contype = 'f' AND NOT t.relispartition ORDER BY 1
"""


def broken_keys(connection: psycopg.Connection[Any]) -> list[str]:
    """What does not follow the rule."""
    found = []
    keys: dict[str, list[tuple[str, list[str]]]] = {}
    for table, index, columns in connection.execute(KEYS).fetchall():
        keys.setdefault(table, []).append((index, columns))
    for (table,) in connection.execute(TABLES).fetchall():
        if table in INSTALLATION:
            continue
        if table not in LEADING:
            found.append(f"{table} has no verdict")
            continue
        leading = list(LEADING[table])
        if table not in keys and table not in KEYLESS:
            found.append(f"{table} has no key")
        found += [
            f"{index} of {table} begins with {', '.join(columns)}"
            for index, columns in keys.get(table, [])
            if columns[: len(leading)] != leading
        ]
    return found


def broken_references(connection: psycopg.Connection[Any]) -> list[str]:
    """Foreign keys between spread tables that do not name the tenant."""
    return [
        name
        for name, table, target, columns in connection.execute(REFERENCES).fetchall()
        if target not in INSTALLATION and not (table in TENANT and "tenant_id" in columns)
    ]


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url) as opened:
        yield opened
        opened.rollback()


def test_every_key_begins_with_the_tenant_or_the_shard(
    connection: psycopg.Connection[Any],
) -> None:
    assert broken_keys(connection) == []
    assert broken_references(connection) == []


def test_every_verdict_is_about_a_table_that_exists(connection: psycopg.Connection[Any]) -> None:
    tables = {name for (name,) in connection.execute(TABLES).fetchall()}
    assert tables == TENANT | SHARD | IDENTITY | set(INSTALLATION)
    assert set(KEYLESS) <= TENANT
    keyed = {name for name, _, _ in connection.execute(KEYS).fetchall()}
    assert keyed & set(KEYLESS) == set(), "it has a key now"


BREAKS = {
    "CREATE TABLE gift (code text PRIMARY KEY)": "gift has no verdict",
    "ALTER TABLE sim ADD UNIQUE (iccid)": "sim_iccid_key of sim begins with iccid",
    "CREATE UNIQUE INDEX mail ON customer (lower(email), tenant_id)": (
        "mail of customer begins with an expression, tenant_id"
    ),
    "ALTER TABLE account_balance DROP CONSTRAINT account_balance_pkey": (
        "account_balance has no key"
    ),
}


def test_the_rule_sees_what_breaks_it(connection: psycopg.Connection[Any]) -> None:
    for statement, finding in BREAKS.items():
        connection.execute(statement)
        assert broken_keys(connection) == [finding]
        connection.rollback()


def test_the_rule_sees_a_reference_across_tenants(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE UNIQUE INDEX alone ON sim_import (import_id)")
    connection.execute(
        "ALTER TABLE sim ADD CONSTRAINT loose"
        " FOREIGN KEY (import_id) REFERENCES sim_import (import_id)"
    )
    assert broken_references(connection) == ["loose"]


def test_the_docs_say_where_every_table_lies(connection: psycopg.Connection[Any]) -> None:
    said = SCALING.read_text("utf-8")
    tables = [table for (table,) in connection.execute(TABLES).fetchall()]
    assert [table for table in tables if f"`{table}`" not in said] == []
