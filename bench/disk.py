"""What the disk does at the moment: 4 KiB written in place into a preallocated file, and synced."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

BLOCK = 4096
BLOCKS = 4096
SECONDS = 0.5


@dataclass(frozen=True)
class SyncLatency:
    """Microseconds of one write with its fdatasync."""

    count: int
    p50_us: float
    p99_us: float
    max_us: float


def measure_sync(folder: Path, seconds: float = SECONDS) -> SyncLatency:
    """Write and sync for ``seconds`` in ``folder``; the file is removed afterwards."""
    path = folder / f"fdatasync.{os.getpid()}"
    block = os.urandom(BLOCK)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # Written once, so that what is timed allocates nothing.
        os.write(descriptor, bytes(BLOCK * BLOCKS))
        os.fsync(descriptor)
        took = sorted(_sync_until(descriptor, block, time.monotonic() + seconds))
    finally:
        os.close(descriptor)
        path.unlink()
    return SyncLatency(
        count=len(took),
        p50_us=took[len(took) // 2] / 1000,
        p99_us=took[len(took) * 99 // 100] / 1000,
        max_us=took[-1] / 1000,
    )


def _sync_until(descriptor: int, block: bytes, deadline: float) -> list[int]:
    took: list[int] = []
    while not took or time.monotonic() < deadline:
        began = time.perf_counter_ns()
        os.pwrite(descriptor, block, len(took) % BLOCKS * BLOCK)
        os.fdatasync(descriptor)
        took.append(time.perf_counter_ns() - began)
    return took
