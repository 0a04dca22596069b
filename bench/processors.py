"""Who used the processors during a run: our own parts, everybody else, and the hypervisor.

Looked up in /proc once a second (proc(5)). Kernel threads count as nobody: they work for both.
A stranger that starts and ends between two looks is missed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
KERNEL_THREAD = 0x00200000  # PF_KTHREAD
LOOK_SECONDS = 1.0
STEAL_COLUMN = 8

Identity = tuple[int, int]  # process id and start time: a process id alone comes again


@dataclass
class Process:
    """What /proc says of one process."""

    name: str
    parent: int
    ticks: int
    kernel: bool


@dataclass
class Usage:
    """Processor cores used on average between the first look and the last."""

    seconds: float = 0.0
    ours: dict[str, float] = field(default_factory=dict)
    others: dict[str, float] = field(default_factory=dict)
    steal: float = 0.0


class ProcessorWatch:
    """Sums up what each process used from the first look on."""

    def __init__(self) -> None:
        self.usage = Usage()
        self._first: dict[Identity, int] = {}
        self._last: dict[Identity, tuple[Process, bool]] = {}
        self._began = time.monotonic()
        self._steal = _steal_ticks()

    def look(self) -> None:
        """Note the present state."""
        processes = _processes()
        family = _descendants(processes, os.getpid())
        for identity, process in processes.items():
            # What is new since the first look has used all its ticks under our eyes.
            first = process.ticks if not self._last else 0
            self._first.setdefault(identity, first)
        for identity, process in processes.items():
            self._last[identity] = (process, identity[0] in family)

    def finish(self) -> Usage:
        """Look for the last time and sum up."""
        self.look()
        usage = self.usage
        usage.seconds = time.monotonic() - self._began
        divisor = TICKS * usage.seconds
        usage.steal = (_steal_ticks() - self._steal) / divisor
        for identity, (process, is_ours) in self._last.items():
            used = (process.ticks - self._first[identity]) / divisor
            if process.kernel or used <= 0:
                continue
            group = usage.ours if is_ours else usage.others
            group[process.name] = group.get(process.name, 0.0) + used
        return usage


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[Usage]:
    """Watch while inside; the usage is filled in on leaving."""
    watch = ProcessorWatch()
    watch.look()

    async def look_often() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            watch.look()

    looking = asyncio.create_task(look_often())
    try:
        yield watch.usage
    finally:
        looking.cancel()
        watch.finish()


def _processes() -> dict[Identity, Process]:
    found = {}
    for folder in os.listdir("/proc"):  # noqa: PTH208 -- names are all we need, many times
        if folder.isdigit():
            with contextlib.suppress(OSError):
                identity, process = _read(folder)
                found[identity] = process
    return found


def _read(pid: str) -> tuple[Identity, Process]:
    text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    # The name is in parentheses and may hold any character.
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    parent, flags = int(fields[1]), int(fields[6])
    ticks, started = int(fields[11]) + int(fields[12]), int(fields[19])
    name = _role(pid) or head.partition("(")[2]
    return (int(pid), started), Process(name, parent, ticks, bool(flags & KERNEL_THREAD))


def _role(pid: str) -> str | None:
    """``charge`` of ``python -P -m openmvno charge``: all Python processes have one name."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    if b"openmvno" in words[:-1] and b"-m" in words:
        return words[words.index(b"openmvno") + 1].decode() or None
    return None


def _descendants(processes: dict[Identity, Process], ancestor: int) -> set[int]:
    parents = {pid: process.parent for (pid, _), process in processes.items()}
    family = {ancestor}
    grown = True
    while grown:
        grown = False
        for pid, parent in parents.items():
            if parent in family and pid not in family:
                family.add(pid)
                grown = True
    return family


def _steal_ticks() -> int:
    line = Path("/proc/stat").read_text().partition("\n")[0]
    return int(line.split()[STEAL_COLUMN])
