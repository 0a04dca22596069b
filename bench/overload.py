"""Three times what is admitted is offered: what is served, and how fast the rest is refused."""

from __future__ import annotations

from typing import Any

from bench.context import Context
from bench.generator import DIAMETER_SUCCESS
from bench.memory import memory_of
from bench.result import Figure, Measurement, Run

GOODPUT_SHARE = 0.9
OFFERED_TIMES = 3
SECONDS = 30
REFUSAL_P99_MILLISECONDS = 50.0
GROWTH_MEGABYTES = 64.0
MEGABYTE = 1e6
REFUSED = ("3002", "3004")
LOAD = ("--mode", "open", "--connections", "16", "--on-refusal", "turn", "--give-up", "20")


async def overload(context: Context) -> Measurement:
    """The engine with a limit, then without one again."""
    seconds = min(SECONDS, context.options.seconds * 3)
    limit = context.options.admitted
    offered = limit * OFFERED_TIMES
    await context.system.kill_engine()
    await context.system.start_engine(requests_per_second=limit)
    try:
        warm = await _offer(context, "overload, first", offered, context.options.warmup + 1)
        before = memory_of(context.system.engine_pid)
        run = await _offer(context, "overload", offered, seconds)
        after = memory_of(context.system.engine_pid)
    finally:
        await context.system.kill_engine()
        await context.system.start_engine()
    served, refused = _rates(run.report)
    growth = (after.resident - before.resident) / MEGABYTE
    p99 = float(run.report["refusal_latency_microseconds"]["p99"]) / 1000
    figures = [
        Figure("answered 2001", served, "CCR/s", at_least=GOODPUT_SHARE * limit),
        Figure("refused", refused, "CCR/s"),
        Figure("sent", float(run.report["requests"]) / float(run.report["seconds"]), "CCR/s"),
        Figure(
            "refusals p99, from when they were due", p99, "ms", at_most=REFUSAL_P99_MILLISECONDS
        ),
        Figure("answers p99", float(run.report["latency_microseconds"]["p99"]) / 1000, "ms"),
        Figure("RSS before", before.resident / MEGABYTE, "MB"),
        Figure("RSS growth", growth, "MB", at_most=GROWTH_MEGABYTES),
    ]
    title = f"open loop, {offered:,} CCR/s offered for {seconds} s, {limit:,}/s admitted"
    return Measurement("overload", title, figures, [warm, run])


async def _offer(context: Context, label: str, rate: int, seconds: int) -> Run:
    arguments = (*LOAD, "--rate", str(rate), "--duration", str(seconds))

    async def load() -> dict[str, Any]:
        return await context.generator.run(*arguments)

    # Refusals are what is measured: only what else was answered counts as trouble.
    return await context.observe(label, load, expected=REFUSED)


def _rates(report: dict[str, Any]) -> tuple[float, float]:
    seconds = float(report["seconds"])
    served = float(report["results"].get(DIAMETER_SUCCESS, 0))
    refused = sum(float(report["results"].get(code, 0)) for code in REFUSED)
    return served / seconds, refused / seconds
