"""The rich catalogue on the running system, and its add-ons on the sample lines."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from bench import cargo, lag, rich, throughput
from bench.context import Context
from bench.result import Figure, Measurement
from bench.subscribers import LARGEST_TRANSACTION, await_commands
from openmvno.charging import Command, add_product, insert_commands
from openmvno.database import create_pool
from openmvno.database.copying import copy_rows
from openmvno.identifiers import new_id
from openmvno.settings import environment

RICH_LINES = 10_000
"""So many lines get the add-ons: giving them to all would take minutes."""

APPLY_TARGET_SECONDS, CLOSED_TARGET = 2.0, 120_000.0
FIRST_MSISDN = 999_000_000_000
CALLED = rich.FIRST_DIGIT + "0" * (rich.NUMBER_DIGITS - 1)
CALLS = ("--service", "voice", "--called", CALLED, "--called-digits", str(rich.NUMBER_DIGITS - 1))
ADDON_COLUMNS = (
    "tenant_id",
    "instance_id",
    "account_id",
    "line_id",
    "product",
    "shard",
    "command_seq",
)


async def apply(context: Context) -> Measurement:
    """``openmvno catalog apply`` of 100,000 prefixes in a CSV file, from exec until it is in force.

    It stays in force: the lines and products of the sample operator are in it.
    """
    await lag.catch_up(context.system.database_url)
    context.say(f"catalog apply, {rich.PREFIXES:,} prefixes")
    with _document() as path:
        before = time.monotonic()
        await _openmvno(context, "catalog", "validate", str(path))
        validated = time.monotonic() - before
        before = time.monotonic()
        answer = await _openmvno(context, "catalog", "apply", str(path))
        applied = time.monotonic() - before
    measurement = Measurement(
        "catalog",
        f"{rich.PREFIXES:,} prefixes from CSV",
        [
            Figure("checked, compiled and in force", applied, "s", at_most=APPLY_TARGET_SECONDS),
            Figure("checked only (catalog validate)", validated, "s"),
        ],
    )
    if "is in force" not in answer:
        measurement.trouble.append(f"catalog apply said: {answer.strip()}")
    return measurement


async def closed(context: Context) -> Measurement:
    """16 × 64 calls to numbers all over the prefixes, by lines with five add-ons."""
    await lag.catch_up(context.system.database_url)
    began = time.monotonic()
    with _document() as path:
        await _openmvno(context, "catalog", "apply", str(path))
    count = min(RICH_LINES, context.options.subscribers)
    context.say(f"{len(rich.ADDONS)} add-ons for {count:,} lines")
    await _give_addons(context, count)
    prepared = time.monotonic() - began
    arguments = (*throughput.MANY, *CALLS, "--subscribers", str(count))
    title = f"closed loop, 16 × 64, rich catalogue, {len(rich.ADDONS)} add-ons a line"
    measurement = await throughput.closed(
        context, "rich-catalogue", title, arguments, CLOSED_TARGET
    )
    measurement.figures.append(Figure("catalogue and add-ons prepared in", prepared, "s"))
    return measurement


async def _give_addons(context: Context, count: int) -> None:
    """By the commands and rows of one by one; what goes with what is known."""
    query = (
        "SELECT tenant_id, account_id, line_id FROM subscriber_line AS line WHERE msisdn = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM line_product AS p WHERE p.tenant_id = line.tenant_id"
        " AND p.line_id = line.line_id)"
    )
    numbers = [str(FIRST_MSISDN + index) for index in range(count)]
    async with create_pool(context.system.settings, "bench", maximum=1) as pool:
        async with pool.connection() as connection:
            cursor = await connection.execute(query, (numbers,))
            lines: list[tuple[UUID, UUID, UUID]] = await cursor.fetchall()
        step = LARGEST_TRANSACTION // len(rich.ADDONS)
        for start in range(0, len(lines), step):
            rows = [
                (tenant, new_id(), account, line, product)
                for tenant, account, line in lines[start : start + step]
                for product in rich.ADDONS
            ]
            commands: list[Command] = [
                add_product(tenant, account, line, instance, product, pay="none", price=None)
                for tenant, instance, account, line, product in rows
            ]
            async with pool.connection() as connection:
                places = await insert_commands(connection, commands)
                placed = ((*row, *place) for row, place in zip(rows, places, strict=True))
                await copy_rows(connection, "line_product", ADDON_COLUMNS, placed)
    await await_commands(context.system)


@contextlib.contextmanager
def _document() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield rich.write(Path(folder))


async def _openmvno(context: Context, *arguments: str) -> str:
    settings = environment(context.system.settings)
    return await cargo.run(
        sys.executable, "-P", "-m", "openmvno", *arguments, environment={**os.environ, **settings}
    )
