"""Statements look at one tenant or one shard: of many machines, one is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.rules.database.plans import plan_of, wanderers
from tests.rules.database.statements import Unreadable, read, statements
from tests.rules.database.verdicts import ALL_OVER, INSTALLATION, NOT_WHOLE, PINNED_BY

from openmvno.events.store import _CREATE
from openmvno.statistics.rollup import ARRIVED_SUM
from openmvno.work.balances import CREATE as ARRIVED_BALANCE

PARTITIONS = """
SELECT c.relname, r.relname FROM pg_class c JOIN pg_class r ON r.oid = pg_partition_root(c.oid)
WHERE c.relispartition AND c.relkind = 'r'
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        for statement in (
            _CREATE,
            ARRIVED_SUM,
            ARRIVED_BALANCE,
        ):  # where the materialiser puts what arrives
            opened.execute(statement)
        yield opened


def looked_at_all_over(connection: psycopg.Connection[Any], text: str) -> list[tuple[str, str]]:
    roots = dict(connection.execute(PARTITIONS).fetchall())
    return wanderers(plan_of(connection, text), PINNED_BY, INSTALLATION, roots)


def test_no_statement_looks_at_every_tenant_unless_it_says_why(
    connection: psycopg.Connection[Any],
) -> None:
    found, seen, broken = [], set(), []
    for statement in statements():
        if statement.place in NOT_WHOLE:
            continue
        try:
            over = looked_at_all_over(connection, statement.text)
        except psycopg.Error as error:
            broken.append(f"{statement.place}: {error}\n{statement.text}")
            continue
        if not over:
            continue
        seen.add(statement.place)
        if statement.place not in ALL_OVER:
            tables = ", ".join(table for _, table in over)
            found.append(f"{statement.place} reads all of {tables}:\n{statement.text}")
    assert broken == [], "\n\n".join(broken)
    assert found == [], "\n\n".join(found)
    assert seen == set(ALL_OVER), "what no longer looks all over needs no reason"


def test_the_tree_is_read_whole() -> None:
    places = {statement.place for statement in statements()}
    assert len(places) > 120
    assert set(NOT_WHOLE) <= places, "what is no longer there needs no reason"
    assert {"charging/following.py:NEXT_ROWS", "subscribers/store.py:line_by_id"} <= places


BAD = (
    "SELECT * FROM cdr WHERE session_id = %s",
    "SELECT count(*) FROM subscriber_line",
    "UPDATE account_balance SET balance_micros = 0 WHERE account_id = %(account)s",
    "DELETE FROM journal WHERE seq < %s",
    """SELECT * FROM subscriber_line l JOIN line_product p ON p.line_id = l.line_id
       WHERE l.tenant_id = %s""",  # the join fixes the line, not the tenant
    "SELECT 1 WHERE EXISTS (SELECT FROM sim WHERE iccid = %s)",
    "WITH c AS (DELETE FROM outbox WHERE event_id = %s RETURNING 1) SELECT * FROM c",
    "SELECT count(*) FROM tenant JOIN subscriber_line USING (tenant_id)",
    """UPDATE outbox_delivery d SET state = 'dead' FROM outbox o
       WHERE o.tenant_id = d.tenant_id AND o.event_id = d.event_id""",
)
GOOD = (
    "SELECT * FROM cdr WHERE tenant_id = %s AND session_id = %s",
    """SELECT * FROM subscriber_line l JOIN line_product p USING (tenant_id, line_id)
       WHERE l.tenant_id = %s""",
    """SELECT j.* FROM unnest(%s::int4[], %s::int8[]) AS k(shard, seq)
       JOIN journal j USING (shard, seq)""",
    """SELECT * FROM top_up t JOIN engine_command c ON c.shard = t.shard AND c.seq = t.command_seq
       WHERE t.tenant_id = %s AND t.account_id = %s""",
    "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, %s, %s, %s)",
    "SELECT * FROM tenant WHERE code = %s",
    "SELECT tenant_id FROM identity_map WHERE kind = %s AND identity = ANY(%s)",
)


def test_the_rule_sees_what_is_bad_and_lets_pass_what_is_good(
    connection: psycopg.Connection[Any],
) -> None:
    assert [text for text in BAD if looked_at_all_over(connection, text) == []] == []
    assert [text for text in GOOD if looked_at_all_over(connection, text) != []] == []


def test_what_cannot_be_read_is_said() -> None:
    source = "def f(table):\n    run(f'SELECT 1 FROM {table}')\n"
    (found,) = read(ast.parse(source), "a.py", {})
    assert isinstance(found, Unreadable)
    assert str(found) == "a.py:f: SELECT 1 FROM "
