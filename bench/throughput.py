"""Closed loop: how many requests a second are answered, each after it is durable."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.context import Context
from bench.result import Figure, Measurement, Run

MANY = ("--connections", "16", "--outstanding", "64")
FEW = ("--connections", "4", "--outstanding", "16")
# What is granted is used up, so that the whole of it is rated each time.
GRANTS = {
    "60 s": ("--service", "voice", "--grant", "60s", "--used", "60s"),
    "3,600 s": ("--service", "voice", "--grant", "3600s", "--used", "3600s"),
    "1 GB": ("--service", "data", "--grant", "1GB", "--used", "1GB"),
}
GRANTS_SPREAD_PERCENT = 10.0


async def many(context: Context) -> Measurement:
    """16 connections with 64 outstanding each."""
    title = "closed loop, 16 connections × 64 outstanding"
    return await closed(context, "closed-16x64", title, MANY, 150_000)


async def few(context: Context) -> Measurement:
    """4 connections with 16 outstanding each."""
    title = "closed loop, 4 connections × 16 outstanding"
    return await closed(context, "closed-4x16", title, FEW, 60_000)


async def hot_account(context: Context) -> Measurement:
    """Every session on one account."""
    title = "closed loop, 16 × 64, all on one account"
    return await closed(context, "hot-account", title, (*MANY, "--hot-account"), 30_000)


async def closed(
    context: Context, name: str, title: str, arguments: Sequence[str], target: float
) -> Measurement:
    """Runs of the closed loop with these arguments."""
    runs = [
        await _run(context, f"{name} {number + 1}", arguments)
        for number in range(context.options.repeats)
    ]
    rate = _median_rate(runs)
    return Measurement(
        name,
        title,
        [
            Figure("durable CCR/s, median", rate, "CCR/s", at_least=target),
            Figure("answers p50", _median_latency(runs, "p50"), "ms"),
            Figure("answers p99", _median_latency(runs, "p99"), "ms"),
        ],
        runs,
    )


async def grants(context: Context) -> Measurement:
    """The size of a grant must not matter: rating is O(1) in usage."""
    runs: dict[str, list[Run]] = {size: [] for size in GRANTS}
    # Interleaved, so that what changes on the machine meets all sizes alike.
    for number in range(context.options.repeats):
        for size, arguments in GRANTS.items():
            label = f"grants of {size} {number + 1}"
            runs[size].append(await _run(context, label, (*MANY, *arguments)))
    rates = {size: _median_rate(of_size) for size, of_size in runs.items()}
    spread = 100.0 * (1 - min(rates.values()) / max(rates.values()))
    figures = [Figure(f"grants of {size}, median", rate, "CCR/s") for size, rate in rates.items()]
    figures.append(
        Figure("slowest below fastest by", spread, "%", at_most=GRANTS_SPREAD_PERCENT),
    )
    every = [run for of_size in runs.values() for run in of_size]
    return Measurement("grants", "closed loop, 16 × 64, by size of the grant", figures, every)


async def _run(context: Context, label: str, arguments: Sequence[str]) -> Run:
    options = context.options
    length = ("--duration", str(options.seconds), "--warmup", str(options.warmup))
    return await context.run(label, "--mode", "closed", *arguments, *length)


def _median_rate(runs: Sequence[Run]) -> float:
    return statistics.median(float(run.report["throughput"]) for run in runs)


def _median_latency(runs: Sequence[Run], quantile: str) -> float:
    return statistics.median(
        float(run.report["latency_microseconds"][quantile]) / 1000 for run in runs
    )
