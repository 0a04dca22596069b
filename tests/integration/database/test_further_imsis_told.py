"""The step that tells the engine the further IMSIs of lines opened before it knew them."""

from __future__ import annotations

import uuid

import psycopg

from openmvno.database import migrate

TENANT, CUSTOMER = uuid.uuid4(), uuid.uuid4()
ACCOUNTS = {uuid.uuid4(): 2, uuid.uuid4(): 3}
"""Accounts and their shards."""


def _before(connection: psycopg.Connection) -> dict[str, uuid.UUID]:
    connection.execute(
        "INSERT INTO tenant (tenant_id, code, name, currency) VALUES (%s, 'acme', 'Acme', 'EUR')",
        (TENANT,),
    )
    connection.execute(
        "INSERT INTO customer (tenant_id, customer_id, kind, name)"
        " VALUES (%s, %s, 'person', 'Ana')",
        (TENANT, CUSTOMER),
    )
    connection.execute("INSERT INTO command_sequence (shard, last_seq) VALUES (2, 7)")
    for account, shard in ACCOUNTS.items():
        connection.execute(
            "INSERT INTO account (tenant_id, account_id, customer_id, currency, overrun, shard,"
            " command_seq) VALUES (%s, %s, %s, 'EUR', 'absorb', %s, 1)",
            (TENANT, account, CUSTOMER, shard),
        )
    first, second = ACCOUNTS
    lines = {}
    for place, (name, account, further, status) in enumerate(
        (
            ("several", first, ["310019000000001", "234019000000001"], "active"),
            ("one", first, [], "active"),
            ("closed", first, ["310019000000002"], "closed"),
            ("blocked", first, ["310019000000003"], "blocked"),
            ("elsewhere", second, ["310019000000004"], "active"),
        )
    ):
        lines[name] = uuid.UUID(int=place + 1)
        connection.execute(
            "INSERT INTO subscriber_line (tenant_id, line_id, account_id, product, msisdn, imsi,"
            " iccid, status, blocked_by, further_imsis, shard, command_seq)"
            " VALUES (%s, %s, %s, 'basic', %s, %s, %s, %s, %s, %s, 0, 1)",
            (
                *(TENANT, lines[name], account, f"38591{place}", f"21901{place}", f"8938{place}"),
                *(status, "staff" if status == "blocked" else None, further),
            ),
        )
    return lines


def test_lines_with_several_imsis_are_told_once_in_order(empty_database_url: str) -> None:
    migrate.upgrade(empty_database_url, to="0023")
    with psycopg.connect(empty_database_url) as connection:
        lines = _before(connection)
    migrate.upgrade(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        told = connection.execute(
            "SELECT shard, seq, tenant_id, command FROM engine_command ORDER BY shard, seq"
        ).fetchall()
        sequences: dict[int, int] = dict(
            connection.execute("SELECT shard, last_seq FROM command_sequence").fetchall()
        )
        places: dict[uuid.UUID, str] = dict(
            connection.execute(
                "SELECT line_id, (shard, command_seq)::text FROM subscriber_line"
            ).fetchall()
        )
    first, second = ACCOUNTS

    def command(account: uuid.UUID, line: str, *further: str) -> dict[str, object]:
        return {
            "type": "change_line",
            "tenant": str(TENANT),
            "account": str(account),
            "line": str(lines[line]),
            "further_imsis": list(further),
        }

    assert told == [
        (2, 8, TENANT, command(first, "several", "310019000000001", "234019000000001")),
        (2, 9, TENANT, command(first, "blocked", "310019000000003")),
        (3, 1, TENANT, command(second, "elsewhere", "310019000000004")),
    ]
    assert sequences == {2: 9, 3: 1}
    assert {name: places[line] for name, line in lines.items()} == {
        "several": "(2,8)",
        "one": "(0,1)",
        "closed": "(0,1)",
        "blocked": "(2,9)",
        "elsewhere": "(3,1)",
    }
