"""Crash and restart: from exec to a first charged request, with a journal to replay."""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator

import psycopg

from bench import gateway
from bench.context import Context
from bench.generator import trouble_in
from bench.result import Figure, Measurement
from openmvno.work.housekeeping import replayed_from

TARGET_SECONDS = 3.0
GIVE_UP_SECONDS = 120.0
REQUESTS_A_SESSION = 5  # CCR-I, three CCR-U, CCR-T
SNAPSHOT_SECONDS = 90.0  # a pass starts every 30 s
LIGHT_RATE, LIGHT_SECONDS = 1_000, 3
FEW_ROWS = 10 * LIGHT_RATE * LIGHT_SECONDS
LAST_SEQS = "SELECT max(seq) AS last FROM journal GROUP BY shard"


async def restart(context: Context) -> Measurement:
    """Fill the journal while no snapshot shortens it, kill -9, start, as often as asked for."""
    options = context.options
    measurement = Measurement(
        "restart", f"kill -9 and restart, {options.subscribers:,} subscribers"
    )
    await _await_snapshots(context)
    async with _no_snapshots(context):
        await _fill_journal(context, measurement)
        await context.system.kill_engine()
    seconds, replayed, milliseconds = [], [], []
    for number in range(options.repeats):
        context.say(f"restart {number + 1}")
        if number:
            await context.system.kill_engine()
        seconds.append(await _start(context))
        record = context.system.engine_log("recovered")
        words = str(record["message"]).split()
        replayed.append(int(words[words.index("journal") - 1]))
        milliseconds.append(int(words[words.index("ms") - 1]))
    measurement.figures += [
        Figure("journal records replayed, least", min(replayed), ""),
        Figure("of it reading and replaying, median", statistics.median(milliseconds) / 1000, "s"),
        Figure("exec to CER accepted and CCR answered, median", statistics.median(seconds), "s"),
        Figure("the same, worst", max(seconds), "s", at_most=TARGET_SECONDS),
    ]
    measurement.details = {"seconds": seconds, "replayed": replayed, "recovery_ms": milliseconds}
    if min(replayed) < options.replay_events:
        measurement.trouble.append(f"only {min(replayed):,} journal records were replayed")
    return measurement


async def _await_snapshots(context: Context) -> None:
    """Light load until a pass of snapshots has ended, so that little is left to replay."""
    context.say("waiting for snapshots before the restart")
    light = ("--mode", "open", "--rate", str(LIGHT_RATE), "--duration", str(LIGHT_SECONDS))
    deadline = time.monotonic() + SNAPSHOT_SECONDS
    async with await psycopg.AsyncConnection.connect(
        context.system.database_url, autocommit=True, application_name="openmvno bench"
    ) as connection:
        while time.monotonic() < deadline:
            await context.generator.run(*light)
            cursor = await connection.execute("SELECT min(last) FROM (" + LAST_SEQS + ") AS shards")
            row = await cursor.fetchone()
            if row is None or row[0] - await replayed_from(connection) < FEW_ROWS:
                return


async def _fill_journal(context: Context, measurement: Measurement) -> None:
    records = await _records(context)
    wanted = records + context.options.replay_events
    while (missing := wanted - records) > 0:
        context.say(f"journaling {missing:,} records for the restart")
        sessions = missing // REQUESTS_A_SESSION + 1
        report = await context.generator.run("--mode", "closed", "--sessions", str(sessions))
        measurement.trouble += trouble_in(report)
        if measurement.trouble:
            return
        records = await _records(context)


async def _records(context: Context) -> int:
    return int((await context.system.statistics())["commit"]["records"])


async def _start(context: Context) -> float:
    """Start the engine; seconds until it charged."""
    settings = context.system.settings
    first = asyncio.create_task(
        asyncio.to_thread(
            gateway.await_service,
            settings.diameter_port,
            settings.diameter_origin_realm,
            gateway.SUBSCRIBER,
            GIVE_UP_SECONDS,
        )
    )
    began = time.monotonic()
    await context.system.start_engine()
    return (await first).charged - began


@contextlib.asynccontextmanager
async def _no_snapshots(context: Context) -> AsyncIterator[None]:
    """Snapshots wait inside: a lock on their table keeps writers out and readers in.

    So all that is journaled inside has to be replayed.
    """
    async with await psycopg.AsyncConnection.connect(
        context.system.database_url, application_name="openmvno bench"
    ) as connection:
        await connection.execute("LOCK TABLE snapshot_slice IN EXCLUSIVE MODE")
        try:
            yield
        finally:
            await connection.rollback()
