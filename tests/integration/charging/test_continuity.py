"""A standby that is connected to a PostgreSQL without what it followed does not take over."""

from __future__ import annotations

import hashlib

import psycopg
import pytest

from openmvno.charging.continuity import JournalRewound, Replayed

ROWS = [(0, 1, b"one"), (0, 2, b"two"), (2, 1, b"other shard")]
KNOWN = {0: 2, 1: 0, 2: 1}


async def journal(database_url: str) -> psycopg.AsyncConnection:
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    for shard, seq, payload in ROWS:
        await connection.execute(
            "INSERT INTO journal VALUES (%s, %s, 7, now(), %s)", (shard, seq, payload)
        )
    return connection


async def test_the_same_journal_goes_on(database_url: str) -> None:
    connection = await journal(database_url)
    recovered = Replayed()
    await recovered.verify(connection, KNOWN)
    await recovered.verify(connection, KNOWN)
    followed = Replayed()
    followed.note(ROWS)
    await followed.verify(connection, KNOWN)
    await connection.execute("INSERT INTO journal VALUES (0, 3, 8, now(), 'new')")
    await followed.verify(connection, KNOWN)
    followed.note([(0, 3, b"new")])
    await followed.verify(connection, {**KNOWN, 0: 3})
    await connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal WHERE shard = 0 AND seq = 2",
        "UPDATE journal SET payload = 'else' WHERE shard = 2",
    ],
)
@pytest.mark.parametrize("noted", [True, False])
async def test_rows_that_are_gone_or_others_are_noticed(
    database_url: str, statement: str, noted: bool
) -> None:
    connection = await journal(database_url)
    replayed = Replayed()
    if noted:
        replayed.note(ROWS)
    else:
        await replayed.verify(connection, KNOWN)
    await connection.execute(statement)
    with pytest.raises(JournalRewound, match=r"no longer has row [12] of shard [02]"):
        await replayed.verify(connection, KNOWN)
    await connection.close()


async def test_the_digests_are_the_same_on_both_sides(database_url: str) -> None:
    connection = await journal(database_url)
    cursor = await connection.execute("SELECT sha256('two'::bytea)")
    row = await cursor.fetchone()
    assert row is not None
    assert bytes(row[0]) == hashlib.sha256(b"two").digest()
    await connection.close()
