"""The engine's notion of now."""

from __future__ import annotations

import time


class MonotoneClock:
    """Unix milliseconds that never go back, also when the host's clock is set."""

    def __init__(self) -> None:
        self._last_ms = 0

    def __call__(self) -> int:
        now_ms = time.time_ns() // 1_000_000
        self._last_ms = max(self._last_ms, now_ms)
        return self._last_ms
