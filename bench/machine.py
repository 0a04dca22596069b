"""The machine and the software, as far as figures depend on them."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import psycopg

MEMORY_FILE_SYSTEMS = {"tmpfs", "ramfs"}


def describe(folder: Path, database_url: str) -> dict[str, str]:
    """Rows to print; ``folder`` is where the data is."""
    device, kind = _file_system(folder)
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return {
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{_memory_gib():.1f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": f"{kind} on {device}{_rotation(device)}",
        "postgresql": str(row[0]) if row else "unknown",
        "python": platform.python_version(),
        "openmvno": _revision(),
    }


def keeps_nothing(folder: Path) -> bool:
    """Whether ``folder`` is in memory, where a sync costs nothing and proves nothing."""
    return _file_system(folder)[1] in MEMORY_FILE_SYSTEMS


def _field(path: Path, name: str) -> str | None:
    for line in path.read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return None


def _memory_gib() -> float:
    return int((_field(Path("/proc/meminfo"), "MemTotal") or "0 kB").split()[0]) / 2**20


def _file_system(folder: Path) -> tuple[str, str]:
    """(device, type) of the mount that ``folder`` is on, see proc_pid_mountinfo(5)."""
    number = folder.stat().st_dev
    wanted = f"{os.major(number)}:{os.minor(number)}"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        if left.split()[2] == wanted:
            kind, device = right.split()[:2]
            return device, kind
    return "unknown", "unknown"


def _rotation(device: str) -> str:
    path = Path("/sys/class/block") / Path(device).name / "queue" / "rotational"
    try:
        return ", rotating" if path.read_text().strip() == "1" else ", not rotating"
    except OSError:
        return ""


def _revision() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    folder = Path(__file__).parent
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return finished.stdout.strip() or "unknown"
