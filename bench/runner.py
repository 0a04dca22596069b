"""From nothing to all figures: a system, its subscribers, one measurement after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from bench import (
    footprint,
    lag,
    latency,
    machine,
    micro,
    overload,
    radius,
    rated,
    reads,
    restart,
    rich_system,
    sign_ups,
    subscribers,
    throughput,
)
from bench.context import Context, Progress
from bench.disk import SyncLatency, measure_sync
from bench.generator import Generator
from bench.memory import Memory, memory_of
from bench.options import Options
from bench.result import Figure, Measurement
from bench.system import System, running
from openmvno.charging.engine_client import EngineUnavailable
from openmvno.supervisor.process import StartError

SAMPLE_SECONDS = 60.0
ENGINE_MEGABYTES = 300.0
MEGABYTE = 1e6

# The engine or the database does not answer.
NOT_THERE = (psycopg.Error, EngineUnavailable, StartError)

Work = Callable[[Context], Awaitable[Measurement]]

UNDER_LOAD: dict[str, Work] = {
    "open-loop": latency.open_loop,
    "closed-16x64": throughput.many,
    "closed-4x16": throughput.few,
    "hot-account": throughput.hot_account,
    "grants": throughput.grants,
    "radius": radius.accounting,
    "reads": reads.reads,
    "sign-ups": sign_ups.sign_ups,
}

AFTERWARDS: dict[str, Work] = {
    "overload": overload.overload,
    "restart": restart.restart,
    "catalog": rich_system.apply,
    "rich-catalogue": rich_system.closed,
    "rated": rated.rated,
    "footprint": footprint.footprint,
    "micro": micro.micro,
}


@dataclass(frozen=True)
class Outcome:
    """Everything measured, and on what."""

    began: datetime
    machine: dict[str, str]
    sync_before: SyncLatency
    sync_after: SyncLatency
    data_in_memory: bool
    measurements: list[Measurement]


async def measure(options: Options, say: Progress) -> Outcome:
    """Make all measurements that ``options`` names."""
    began = datetime.now(UTC)
    say("building the load generator and starting a system")
    async with running(options.folder, dict(options.settings)) as system:
        generator = await Generator.build(
            options.profile,
            system.settings.diameter_port,
            options.subscribers,
            options.generator_fifo,
        )
        before = await asyncio.to_thread(measure_sync, system.database_folder)
        say("laying in WAL, as a new installation does in its first minute")
        await system.lay_in_wal()
        say(f"making {options.subscribers:,} subscribers")
        made = await _sample(system, options)
        context = Context(options, system, generator, say, before)
        await subscribers.enrich(system)
        await lag.catch_up(system.database_url)
        measurements = [made, *await _measurements(context)]
        return Outcome(
            began=began,
            machine={
                **machine.describe(system.database_folder, system.database_url),
                "generator": generator.scheduling,
            },
            sync_before=before,
            sync_after=await context.look_at_disk(),
            data_in_memory=machine.keeps_nothing(system.database_folder),
            measurements=[each for each in measurements if each.name in options.names],
        )


async def _measurements(context: Context) -> list[Measurement]:
    names = context.options.names
    idle = memory_of(context.system.engine_pid)
    made = []
    context.sync = await context.look_at_disk()
    for name, work in UNDER_LOAD.items():
        if name in names:
            made.append(await _made(name, work, context))
    made.append(_memory(idle, memory_of(context.system.engine_pid), context.options))
    # The catalogue of these stays in force: what is measured before has the sample operator's.
    for name, work in AFTERWARDS.items():
        if name in names:
            made.append(await _made(name, work, context))
    return made


async def _made(name: str, work: Work, context: Context) -> Measurement:
    """The measurement, or why there is none: the others are worth having all the same."""
    try:
        return await work(context)
    except (RuntimeError, LookupError, OSError, *NOT_THERE) as error:
        return Measurement(name, name, trouble=[f"{type(error).__name__}: {error}"])


async def _sample(system: System, options: Options) -> Measurement:
    seconds = await subscribers.make(system, options.subscribers)
    title = f"openmvno sample --subscribers {options.subscribers}"
    name = "made, applied by the engine and materialised"
    return Measurement("sample", title, [Figure(name, seconds, "s", at_most=SAMPLE_SECONDS)])


def _memory(idle: Memory, loaded: Memory, options: Options) -> Measurement:
    figures = []
    for when, memory in (("idle", idle), ("after all load", loaded)):
        figures.append(
            Figure(f"{when}, RSS", memory.resident / MEGABYTE, "MB", at_most=ENGINE_MEGABYTES)
        )
        figures.append(Figure(f"{when}, PSS", memory.proportional / MEGABYTE, "MB"))
    figures.append(Figure("highest RSS ever", loaded.peak / MEGABYTE, "MB"))
    title = f"memory of the engine process, {options.subscribers:,} subscribers"
    return Measurement("memory", title, figures)
