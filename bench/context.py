"""What every measurement works with: the system, the generator, and the watch on the machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from bench import lag, processors
from bench.disk import SyncLatency, measure_sync
from bench.generator import Generator, trouble_in
from bench.options import Options
from bench.result import Conditions, Run
from bench.system import System

# More than this of one processor core is felt in the figures.
OTHERS_CORES = 0.12
STEAL_CORES = 0.05
SYNC_FACTOR = 3.0
BUSIEST = 3
WORTH_NAMING = 0.005

Progress = Callable[[str], None]


@dataclass
class Context:
    """Shared by all measurements of one `make bench`."""

    options: Options
    system: System
    generator: Generator
    say: Progress
    sync: SyncLatency  # the last look at the disk

    async def run(self, label: str, *arguments: str) -> Run:
        """One run of the generator."""
        return await self.observe(label, lambda: self.generator.run(*arguments))

    async def observe(
        self,
        label: str,
        load: Callable[[], Awaitable[dict[str, Any]]],
        expected: Collection[str] = (),
    ) -> Run:
        """``load`` under observation; afterwards everything is at rest again.

        ``expected``: Result-Codes that are no trouble, besides success.
        """
        self.say(label)
        commits = await self._commits()
        async with processors.watching() as usage:
            report = await load()
        made = await self._commits()
        catch_up_seconds = await lag.catch_up(self.system.database_url)
        before, self.sync = self.sync, await self.look_at_disk()
        return Run(
            label=label,
            report=report,
            conditions=conditions(usage, report, before, self.sync),
            commits=_commit_figures(commits, made),
            catch_up_seconds=catch_up_seconds,
            trouble=trouble_in(report, expected),
        )

    async def look_at_disk(self) -> SyncLatency:
        """How long a sync takes where the database is."""
        return await asyncio.to_thread(measure_sync, self.system.database_folder)

    async def _commits(self) -> dict[str, Any]:
        commits: dict[str, Any] = (await self.system.statistics())["commit"]
        return commits


def _commit_figures(before: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    def made(key: str) -> int:
        return int(after[key]) - int(before[key])

    commits = made("commits")
    return {
        "commits": commits,
        "records": made("records"),
        "records_a_commit": made("records") / max(1, commits),
        "milliseconds_a_commit": made("latency_ns_sum") / 1e6 / max(1, commits),
    }


def conditions(
    usage: processors.Usage, report: dict[str, Any], before: SyncLatency, after: SyncLatency
) -> Conditions:
    # It is gone at the last look, and counted itself.
    usage.ours["loadgen"] = float(report["generator_cores"])
    others = sum(usage.others.values())
    busiest = sorted(usage.others.items(), key=lambda item: -item[1])[:BUSIEST]
    noise = []
    if others > OTHERS_CORES:
        names = ", ".join(name for name, _ in busiest)
        noise.append(f"others used {others:.2f} cores ({names})")
    if usage.steal > STEAL_CORES:
        noise.append(f"the hypervisor took {usage.steal:.2f} cores")
    low, high = sorted((before.p99_us, after.p99_us))
    if high > SYNC_FACTOR * low:
        noise.append(f"fdatasync p99 moved: {before.p99_us:.0f} µs, then {after.p99_us:.0f} µs")
    return Conditions(
        seconds=usage.seconds,
        cores={name: used for name, used in sorted(usage.ours.items()) if used > WORTH_NAMING},
        others_cores=others,
        busiest_others=busiest,
        steal_cores=usage.steal,
        fdatasync_before_us=before.p99_us,
        fdatasync_after_us=after.p99_us,
        noise=noise,
    )
