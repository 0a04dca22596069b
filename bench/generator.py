"""The load generator, see bench/loadgen."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Any

from bench import cargo

DIAMETER_SUCCESS = "2001"  # RFC 6733 section 7.1.2
COMPLETE, INCOMPLETE = 0, 1


class Generator:
    """Runs the generator against one server."""

    def __init__(self, program: Path, port: int, subscribers: int, fifo: int | None = None) -> None:
        """``fifo``: priority under SCHED_FIFO; 0: an ordinary process; None: 1 where allowed."""
        if fifo is None:
            fifo = 1 if os.geteuid() == 0 and shutil.which("chrt") else 0
        self._command = ["chrt", "--fifo", str(fifo)] if fifo else []
        self._command.append(str(program))
        self._address = ["--address", f"127.0.0.1:{port}"]
        self._subscribers = ["--subscribers", str(subscribers)]
        self.scheduling = (
            f"under SCHED_FIFO {fifo} like the engine, as if it had a machine of its own"
            if fifo
            else "an ordinary process, which the engine may starve"
        )

    @classmethod
    async def build(
        cls, profile: str, port: int, subscribers: int, fifo: int | None = None
    ) -> Generator:
        """Compile it first."""
        program = await cargo.build("openmvno-loadgen", profile, "--bin", "loadgen")
        return cls(program, port, subscribers, fifo)

    async def run(self, *arguments: str) -> dict[str, Any]:
        """Its report.

        Raises:
            RuntimeError: the run was impossible.
        """
        subscribers = [] if "--subscribers" in arguments else self._subscribers
        return await report_of(*self._command, *self._address, *subscribers, *arguments)


async def report_of(*command: str) -> dict[str, Any]:
    """What a generator reports, complete or not.

    Raises:
        RuntimeError: the run was impossible.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        output, complaint = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        raise
    if process.returncode not in {COMPLETE, INCOMPLETE}:
        raise RuntimeError(complaint.decode(errors="replace").strip())
    report: dict[str, Any] = json.loads(output)
    return report


def trouble_in(report: dict[str, Any], expected: Collection[str] = ()) -> list[str]:
    """Why the report's figures do not count: answers missing, or other than success and what was
    ``expected``."""
    fine = {DIAMETER_SUCCESS, *expected}
    trouble = []
    if not report["complete"]:
        trouble.append("not every request was answered and every session ended")
    if not report["answers"]:
        trouble.append("no answers at all")
    for results, what in ((report["results"], "answers"), (report["service_results"], "services")):
        others = {code: count for code, count in results.items() if code not in fine}
        if others:
            trouble.append(f"{what} with other results than success: {others}")
    return trouble
