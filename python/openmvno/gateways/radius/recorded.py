"""What the CDRs of a session hold that the engine has closed."""

from __future__ import annotations

from typing import Any, Final

from psycopg import AsyncConnection

# By Session-Id over all tenants: it belongs to one line of the installation, and this is asked only
# about a session that its client thinks is open and the engine does not.
RECORDED: Final = "SELECT count(*), coalesce(sum(usage), 0)::bigint FROM cdr WHERE session_id = %s"


async def recorded_usage(connection: AsyncConnection[Any], session: str) -> tuple[list[int], int]:
    """The usage recorded before each Session-Id of a session that has CDRs, and under all of them.

    A session that goes on after the engine gave it up goes on under its Session-Id, ``+`` and the
    usage recorded before.
    """
    bases: list[int] = []
    recorded, name = 0, session
    while True:
        cursor = await connection.execute(RECORDED, (name,))
        row = await cursor.fetchone()
        assert row is not None
        count, usage = row
        if count == 0 or (bases and usage <= 0):
            return bases, recorded
        bases.append(recorded)
        recorded += usage
        name = f"{session}+{recorded}"
