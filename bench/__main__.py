"""``python -m bench``."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time

from rich.console import Console

from bench.options import Options, parse_options
from bench.report import print_report, write_json
from bench.runner import Outcome, measure


def main() -> int:
    """Measure, print, write; returns the exit status."""
    options = parse_options()
    # Progress goes where it can be watched, figures where they can be kept.
    progress = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        outcome = asyncio.run(_measure(options, progress))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    print_report(outcome, Console(highlight=False))
    if options.json is not None:
        write_json(outcome, options, options.json)
    return exit_status(outcome, options)


def exit_status(outcome: Outcome, options: Options) -> int:
    """0 when everything was measured and, where it matters, reached."""
    if any(measurement.all_trouble for measurement in outcome.measurements):
        return 1
    missed = any(measurement.missed for measurement in outcome.measurements)
    return 1 if missed and options.strict else 0


async def _measure(options: Options, progress: Console) -> Outcome:
    task = asyncio.current_task()
    if task is not None:
        with contextlib.suppress(ValueError):  # not in the main thread
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began = time.monotonic()
    return await measure(
        options,
        lambda line: progress.print(f"{time.monotonic() - began:6.1f} s  {line}", style="dim"),
    )


if __name__ == "__main__":
    sys.exit(main())
