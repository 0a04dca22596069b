"""``make ha-demo``: three engines on a PostgreSQL under Patroni, broken part after part."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from tests.ha.cluster import Cluster, ClusterError
from tests.ha.gaps import Felt
from tests.ha.packages import Programs, find_programs
from tests.ha.stage import Say, Stage

from openmvno.database.account import server_account
from openmvno.database.embedded import temporary_data_folder

EXIT_OK, EXIT_DOES_NOT_HOLD, EXIT_CANNOT_RUN, EXIT_INTERRUPTED = 0, 1, 2, 130


WIDTH = 110
EVENTS = {
    "kill-engine": Stage.kill_engine,
    "freeze-engine": Stage.freeze_engine,
    "kill-primary": Stage.kill_primary,
    "bring-back": Stage.bring_back,
    "kill-standby": Stage.kill_standby,
    "no-etcd": Stage.take_etcd_away,
    "freeze-primary": Stage.freeze_primary,
}


def main() -> int:
    """Play it, print what clients noticed; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.ha", description=__doc__)
    parser.add_argument("event", nargs="*", help=f"of: {' '.join(EVENTS)}; all in this order")
    events = parser.parse_args().event or list(EVENTS)
    unknown = [event for event in events if event not in EVENTS]
    if unknown:
        parser.error(f"there is no event {unknown[0]}; there are {', '.join(EVENTS)}")
    programs, missing = find_programs()
    if programs is None:
        print(f"This needs etcd, Patroni and PostgreSQL of Debian; {missing}.", file=sys.stderr)
        return EXIT_CANNOT_RUN
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    began = time.monotonic()

    def say(line: str) -> None:
        progress.print(f"{time.monotonic() - began:6.1f} s  {line}", style="dim", markup=False)

    try:
        with temporary_data_folder() as folder:
            return asyncio.run(_interruptible(programs, folder, events, say))
    except (KeyboardInterrupt, asyncio.CancelledError):
        say("stopped; nothing is left behind")
        return EXIT_INTERRUPTED


async def _interruptible(programs: Programs, folder: Path, events: list[str], say: Say) -> int:
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    say("starting etcd and two PostgreSQL under Patroni")
    with Cluster(folder, server_account(folder / "etcd"), programs) as cluster:
        stage = Stage(cluster, folder, say)
        trouble = ""
        try:
            await _play(cluster, stage, events, say)
        except (AssertionError, ClusterError, TimeoutError, ExceptionGroup) as error:
            trouble = _reason(error)
            say(f"the processes wrote last:\n{stage.fleet.logs()}")
        return _report(stage, trouble)


async def _play(cluster: Cluster, stage: Stage, events: list[str], say: Say) -> None:
    say("migrating")
    await asyncio.to_thread(stage.migrate)
    await asyncio.to_thread(cluster.wait_for_standby)
    say("starting three engines, serve and work; loading the sample operator")
    async with stage.under_load():
        for event in events:
            await EVENTS[event](stage)


def _reason(error: BaseException) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return str(error) or type(error).__name__


def _report(stage: Stage, trouble: str) -> int:
    console = Console(highlight=False, width=WIDTH)
    seen = stage.felt()
    console.print(_table(seen))
    ledger, shop = stage.ledger, stage.shop
    lines = [
        f"{ledger.acknowledged} requests acknowledged;",
        f"{ledger.repeated} of them sent again and answered alike;",
        f"{len(ledger.sessions)} sessions and {len(ledger.messages)} messages ended;",
    ]
    if shop is not None:
        lines.append(
            f"{len(shop.acknowledged_at)} top-ups over REST acknowledged, {shop.repeated} attempts"
            " more;"
        )
    lines.append(f"ended and started again: {', '.join(stage.fleet.ended) or 'none'}.")
    console.print("\n".join(lines))
    late = [each.name for each in seen if not each.holds]
    if trouble:
        console.print(f"DOES NOT HOLD: {trouble}", style="bold red", markup=False)
    elif late:
        console.print(f"TOO LATE: {', '.join(late)}", style="bold red", markup=False)
    else:
        console.print(
            "The money is right: every acknowledged charge and top-up is in CDRs, postings, tables"
            " and live balances once, to the last unit; 0 lost, 0 doubled.",
            style="bold green",
        )
    return EXIT_DOES_NOT_HOLD if trouble or late else EXIT_OK


def _table(seen: list[Felt]) -> Table:
    table = Table(title="What the gateways noticed")
    table.add_column("event")
    for column in ("longest gap", "allowed", "until service", "wait", "refused", "sent again"):
        table.add_column(column, justify="right")
    for each in seen:
        back = "not felt" if each.until_service is None else f"{each.until_service:.2f} s"
        table.add_row(
            each.name,
            f"{each.gap:.2f} s",
            "" if each.limit is None else f"{each.limit:.0f} s",
            back,
            f"{each.wait:.2f} s",
            str(each.refused),
            str(each.retransmitted),
            style=None if each.holds else "red",
        )
    return table


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
