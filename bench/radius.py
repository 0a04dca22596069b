"""RADIUS accounting: how many reports a second are answered, each after it is durable."""

from __future__ import annotations

import statistics
from typing import Any, Final
from uuid import UUID

import psycopg

from bench import cargo
from bench.context import Context
from bench.generator import report_of
from bench.result import Figure, Measurement
from openmvno.actor import command_line_actor
from openmvno.database import create_pool
from openmvno.nas import set_client
from openmvno.nas.schemas import RadiusClientIn
from openmvno.provisioning import Sealer

SECRET: Final = "known to the generator"
SERVERS: Final = ("--servers", "4", "--outstanding", "250")
TARGET: Final = 50_000


async def accounting(context: Context) -> Measurement:
    """Calls of a start, three reports and an end; 4 access servers with 250 under way each."""
    system, options = context.system, context.options
    program = await cargo.build("openmvno-loadgen", options.profile, "--bin", "radius_load")
    await _client(context)
    await system.start_radius()
    port = system.settings.radius_accounting_port
    command = [
        str(program),
        *("--address", f"127.0.0.1:{port}", "--secret", SECRET, *SERVERS),
        *("--subscribers", str(options.subscribers)),
        *("--duration", str(options.seconds), "--warmup", str(options.warmup)),
    ]
    runs = [
        await context.observe(f"radius {number + 1}", lambda: report_of(*command))
        for number in range(options.repeats)
    ]
    rates = [float(run.report["throughput"]) for run in runs]
    latencies = [run.report["latency_microseconds"] for run in runs]

    def latency(quantile: str) -> float:
        return statistics.median(float(each[quantile]) / 1000 for each in latencies)

    figures = [
        Figure(
            "RADIUS accounting, durable, median", statistics.median(rates), "/s", at_least=TARGET
        ),
        Figure("answers p50", latency("p50"), "ms"),
        Figure("answers p99", latency("p99"), "ms"),
    ]
    return Measurement("radius", "RADIUS accounting, 4 × 250 under way", figures, runs)


async def _client(context: Context) -> None:
    settings = context.system.settings
    async with create_pool(settings, "bench", maximum=1) as pool, pool.connection() as connection:
        actor = command_line_actor(await _tenant(connection), "bench")
        terms = RadiusClientIn("127.0.0.1", "voice", called_station="number").terms()
        await set_client(connection, actor, Sealer.from_settings(settings), "bench", terms, SECRET)


async def _tenant(connection: psycopg.AsyncConnection[Any]) -> UUID:
    cursor = await connection.execute("SELECT tenant_id FROM tenant LIMIT 1")
    row = await cursor.fetchone()
    assert row is not None
    tenant: UUID = row[0]
    return tenant
