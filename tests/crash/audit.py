"""The auditor: compares what clients saw acknowledged with the books, to the last unit."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from tests.crash.load import Ledger
from tests.crash.tariff import BY_GROUP, SMS
from tests.support.operator import Operator

from openmvno.gateways.grpc.engine_client import GrpcEngineClient

MATERIALISED_SECONDS = 30.0
BEHIND = """
SELECT count(*) FROM (SELECT shard, max(seq) AS seq FROM journal GROUP BY shard) j
LEFT JOIN materialiser_watermark w USING (shard)
WHERE coalesce(w.seq, 0) < j.seq OR coalesce(w.balances_seq, 0) < j.seq
"""


class Books:
    """The tables of one run."""

    def __init__(
        self, conninfo: str, connection: psycopg.Connection[tuple[Any, ...]] | None = None
    ) -> None:
        self._conninfo = conninfo
        self._connection = connection

    @contextmanager
    def tampered(self, statement: str) -> Iterator[Books]:
        """The books as they would be after ``statement``, which is rolled back afterwards."""
        with psycopg.connect(self._conninfo) as connection:
            assert connection.execute(statement).rowcount == 1
            yield Books(self._conninfo, connection)
            connection.rollback()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        if self._connection is not None:
            return self._connection.execute(statement).fetchall()
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    async def until_materialised(self) -> None:
        """Wait until tables have everything the journal has."""
        async with asyncio.timeout(MATERIALISED_SECONDS):
            while self.rows(BEHIND) != [(0,)]:
                await asyncio.sleep(0.1)


def expected_charges(ledger: Ledger) -> dict[tuple[str, int | None], tuple[str, int, int]]:
    """(Session-Id, rating group) -> (MSISDN, usage, micros) of everything that must be charged."""
    expected: dict[tuple[str, int | None], tuple[str, int, int]] = {}
    for session, (msisdn, usage) in ledger.sessions.items():
        for group, used in usage.items():
            if used:
                price = BY_GROUP[group].micros(used)
                expected[session, group or None] = (msisdn, used, price)
    for session, (msisdn, charged) in ledger.messages.items():
        if charged:
            expected[session, None] = (msisdn, 1, SMS.micros(1))
    return expected


async def audit(
    books: Books, operator: Operator, ledger: Ledger, client: GrpcEngineClient, balance: int
) -> None:
    """Every acknowledged charge is in the books once, and nothing else is."""
    await books.until_materialised()
    expected = expected_charges(ledger)
    check_books(books, expected)
    spent: dict[str, int] = defaultdict(int)
    for msisdn, _, micros in expected.values():
        spent[msisdn] += micros
    table = dict(books.rows("SELECT account_id, balance_micros FROM account_balance"))
    posted = dict(
        books.rows(
            "SELECT account_id, -sum(amount_micros) FROM posting"
            " WHERE ledger_account = 'balance' GROUP BY 1"
        )
    )
    for number, account in enumerate(operator.accounts):
        left = balance - spent[operator.msisdn(number)]
        assert left >= 0
        assert table[account] == left, "account_balance"
        assert posted[account] == left, "postings"
        live = await client.balance(operator.tenant, account)
        assert live is not None
        seen = (live["balance"], live["reserved"], live["sessions"])
        assert seen == (left, 0, 0), "live balance, reserved, open sessions"


def check_books(books: Books, expected: dict[tuple[str, int | None], tuple[str, int, int]]) -> None:
    """CDRs and postings hold what they have to, and nothing else."""
    check_cdrs(books, expected)
    check_postings(books)


def check_cdrs(books: Books, expected: dict[tuple[str, int | None], tuple[str, int, int]]) -> None:
    """One CDR for each charge, exact in usage and price."""
    found: dict[tuple[str, int | None], tuple[int, int, int]] = {}
    rows = books.rows(
        "SELECT session_id, rating_group, usage, amount_micros, overrun_micros FROM cdr"
    )
    for session, group, usage, amount, overrun in rows:
        if usage == 0 and amount == 0:
            continue
        assert (session, group) not in found, f"two CDRs of {session}, {group}"
        found[session, group] = (usage, amount, overrun)
    wanted = {key: (usage, micros, 0) for key, (_, usage, micros) in expected.items()}
    assert found.keys() == wanted.keys(), difference(found.keys(), wanted.keys())
    assert found == wanted
    assert books.rows("SELECT count(*) - count(DISTINCT cdr_id) FROM cdr") == [(0,)]


def difference(found: Any, wanted: Any) -> str:
    """The first few keys that are on one side only."""
    return f"too many {list(found - wanted)[:5]}, missing {list(wanted - found)[:5]}"


def check_postings(books: Books) -> None:
    """Double entry: each cause sums to zero, each CDR with an amount is posted once."""
    unbalanced = "SELECT cause_id FROM posting GROUP BY 1 HAVING sum(amount_micros) <> 0"
    assert books.rows(unbalanced) == []
    unposted = (
        "SELECT c.cdr_id FROM cdr c LEFT JOIN posting p"
        " ON p.cause_id = c.cdr_id AND p.ledger_account = 'revenue'"
        " GROUP BY c.cdr_id, c.amount_micros"
        " HAVING coalesce(sum(p.amount_micros), 0) <> -c.amount_micros OR count(p.*) > 1"
    )
    assert books.rows(unposted) == []
