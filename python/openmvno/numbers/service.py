"""Filling the pool."""

from __future__ import annotations

from typing import Any, Final

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.identifiers import is_msisdn
from openmvno.numbers import store
from openmvno.numbers.errors import MsisdnInvalid, NumberRangeInvalid

MOST_AT_ONCE: Final = 100_000


async def add_numbers(connection: AsyncConnection[Any], actor: Actor, first: str, last: str) -> int:
    """Add the numbers from ``first`` to ``last``; those known already stay as they are.

    Raises:
        MsisdnInvalid, NumberRangeInvalid.
    """
    for field, number in (("first", first), ("last", last)):
        if not is_msisdn(number):
            raise MsisdnInvalid(f"{number[:20]!r} is not 7 to 15 digits.", field=field)
    if len(first) != len(last) or not 0 <= int(last) - int(first) < MOST_AT_ONCE:
        raise NumberRangeInvalid(
            f"first and last must be equally long, in order, at most {MOST_AT_ONCE} numbers.",
            field="last",
        )
    added = await store.insert_numbers(connection, actor.tenant_id, int(first), int(last))
    await audit.record(
        connection,
        actor,
        "numbers.added",
        "number_range",
        f"{first}-{last}",
        after={"first": first, "last": last, "added": added},
    )
    return added
