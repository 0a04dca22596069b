"""Crash and restart: from exec to a first charged request, with a journal to replay."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import AsyncIterator

import psycopg
from psycopg.rows import TupleRow

from bench import gateway
from bench.context import Context
from bench.generator import trouble_in
from bench.result import Figure, Measurement
from openmvno._core import Engine
from openmvno.charging.snapshots import SHARD_SLICE

TARGET_SECONDS = 3.0
GIVE_UP_SECONDS = 120.0
REQUESTS_A_SESSION = 5  # CCR-I, three CCR-U, CCR-T
# What recovery logs at its end, see openmvno.charging.recovery.
RECOVERED = "recovered"
LIGHT_RATE, LIGHT_SECONDS = 1_000, 3
READING_ENGINE = {"owner": 0, "origin_host": "bench.invalid", "origin_realm": "invalid"}


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
        recovered = context.system.engine_log(RECOVERED)
        replayed.append(int(recovered["records"]))
        milliseconds.append(int(recovered["milliseconds"]))
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
    """Light load until snapshots hold all there is now, so that nothing older is replayed."""
    if not context.options.snapshot_seconds:
        return
    context.say("waiting for snapshots before the restart")
    light = ("--mode", "open", "--rate", str(LIGHT_RATE), "--duration", str(LIGHT_SECONDS))
    deadline = time.monotonic() + context.options.snapshot_seconds
    async with await psycopg.AsyncConnection.connect(
        context.system.database_url, autocommit=True, application_name="openmvno bench"
    ) as connection:
        wanted = await _last_seqs(connection)
        while time.monotonic() < deadline:
            await context.generator.run(*light)
            replayed = await _replayed_from(connection, context.system.settings.shards)
            if all(replayed[shard] >= seq for shard, seq in wanted.items()):
                return


async def _last_seqs(connection: psycopg.AsyncConnection[TupleRow]) -> dict[int, int]:
    cursor = await connection.execute("SELECT shard, max(seq) FROM journal GROUP BY shard")
    return dict(await cursor.fetchall())


async def _replayed_from(
    connection: psycopg.AsyncConnection[TupleRow], shards: int
) -> dict[int, int]:
    """Where a recovery starting now would begin, by shard: only the core can read its slices."""
    engine = Engine(json.dumps(READING_ENGINE | {"shards": shards}))
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        "SELECT shard, slice, seq, payload FROM snapshot_slice WHERE slice = %s", [SHARD_SLICE]
    )
    for shard, number, seq, payload in await cursor.fetchall():
        engine.restore_slice(shard, number, seq, payload)
    return {shard: engine.replay_from(shard) for shard in range(shards)}


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
