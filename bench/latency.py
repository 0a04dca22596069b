"""Open loop: how long answers take at a steady rate, counted from when each request was due."""

from __future__ import annotations

from typing import Any

from bench import lag
from bench.context import Context
from bench.result import Figure, Measurement

P99_MILLISECONDS = 5.0
LAG_SECONDS = 2.0
QUANTILES = {"p50": "p50", "p90": "p90", "p99": "p99", "p99_9": "p99.9", "max": "max"}
# Below this share of the rate asked for it was another, easier measurement.
RATE_REACHED = 0.99


async def open_loop(context: Context) -> Measurement:
    """A steady rate for minutes, with the materialiser at work beside it."""
    options = context.options
    arguments = ("--mode", "open", "--rate", str(options.rate), "--connections", "16")
    length = ("--duration", str(options.open_seconds), "--warmup", str(options.warmup))

    async with lag.sampling(context.system.database_url) as lags:
        seen: list[float] = []

        async def load() -> dict[str, Any]:
            report = await context.generator.run(*arguments, *length)
            seen.extend(lags)  # not what comes after the load
            return report

        run = await context.observe(f"open loop, {options.rate:,}/s", load)
    report = run.report
    figures = [Figure("rate", float(report["throughput"]), "CCR/s")]
    for key, name in QUANTILES.items():
        limit = P99_MILLISECONDS if key == "p99" else None
        value = float(report["latency_microseconds"][key]) / 1000
        figures.append(Figure(f"answers {name}", value, "ms", at_most=limit))
    for key in ("p99", "max"):
        late = float(report["lateness_microseconds"][key]) / 1000
        figures.append(Figure(f"of it the generator's own, {QUANTILES[key]}", late, "ms"))
    figures.append(Figure("materialiser lag, max", max(seen), "s", at_most=LAG_SECONDS))
    title = f"open loop, {options.rate:,} CCR/s for {options.open_seconds} s"
    measurement = Measurement("open-loop", title, figures, [run], {"lag_seconds": seen})
    if float(report["throughput"]) < RATE_REACHED * options.rate:
        measurement.trouble.append(f"only {report['throughput']:,.0f} CCR/s were reached")
    return measurement
