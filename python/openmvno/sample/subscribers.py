"""Many active prepaid lines, made like any other by the same commands, tables and outbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno.actor import command_line_actor
from openmvno.charging import CommandPlace, last_of_each_shard
from openmvno.database import Pool
from openmvno.identifiers import luhn_digit
from openmvno.money import MICROS
from openmvno.sample.operator import PRODUCT, ensure_sample_operator
from openmvno.settings import Settings
from openmvno.subscribers import BulkLine, lines_by_identities, open_lines
from openmvno.tenants import Tenant

FIRST_MSISDN: Final = 999_000_000_000
FIRST_IMSI: Final = 999_700_000_000_000
INITIAL_MICROS: Final = 100 * MICROS
LINES_PER_TRANSACTION: Final = 5_000
MOST_SUBSCRIBERS: Final = 10_000_000

Progress = Callable[[int, int], None]
"""Told (made so far, to be made)."""


async def add_subscribers(
    pool: Pool, settings: Settings, count: int, progress: Progress
) -> tuple[int, list[CommandPlace]]:
    """Make the first ``count`` sample subscribers, of which some may be there already.

    Returns how many were made, and the last new engine command of each shard: a shard's commands
    are applied in order, so waiting for its last waits for all.
    """
    async with pool.connection() as connection:
        tenant, places = await ensure_sample_operator(connection, settings)
    waiting = list(places)
    async with pool.connection() as connection:
        missing = [
            index
            for batch in _batches(range(count))
            for index in await _missing(connection, tenant, batch)
        ]
    made = 0
    for batch in _batches(missing):
        async with pool.connection() as connection:
            places = await open_lines(
                connection,
                command_line_actor(tenant.tenant_id, "sample"),
                [_line(index) for index in batch],
                PRODUCT,
                INITIAL_MICROS,
            )
        waiting = last_of_each_shard([*waiting, *places])
        made += len(batch)
        progress(made, len(missing))
    return made, waiting


def _batches(indexes: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(indexes), LINES_PER_TRANSACTION):
        yield indexes[start : start + LINES_PER_TRANSACTION]


async def _missing(
    connection: AsyncConnection[Any], tenant: Tenant, indexes: Sequence[int]
) -> list[int]:
    by_number = {str(FIRST_MSISDN + index): index for index in indexes}
    known = await lines_by_identities(connection, tenant.tenant_id, "msisdn", list(by_number))
    return [index for number, index in by_number.items() if number not in known]


def _line(index: int) -> BulkLine:
    body = f"8999970{index:011d}"
    return BulkLine(
        external_id=f"sample-{index}",
        name=f"Sample subscriber {index}",
        msisdn=str(FIRST_MSISDN + index),
        imsi=str(FIRST_IMSI + index),
        iccid=body + luhn_digit(body),
    )
