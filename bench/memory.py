"""Memory of a process, in bytes (proc_pid_smaps(5), proc_pid_status(5))."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Memory:
    """Resident, its share of what is shared, and the most it ever had resident."""

    resident: int
    proportional: int
    peak: int


def memory_of(pid: int) -> Memory:
    """Memory of the process ``pid``."""
    folder = Path("/proc") / str(pid)
    rollup = (folder / "smaps_rollup").read_text()
    return Memory(
        resident=_kilobytes(rollup, "Rss"),
        proportional=_kilobytes(rollup, "Pss"),
        peak=_kilobytes((folder / "status").read_text(), "VmHWM"),
    )


def _kilobytes(text: str, name: str) -> int:
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if key == name:
            return int(value.split()[0]) * 1024
    raise LookupError(name)
