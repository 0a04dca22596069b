"""How often to commit: as soon as the previous commit returns, unless that only burns CPU.

At a high rate of small commits PostgreSQL spends a third of a core for 0.5 ms of latency; one
commit a millisecond then costs a quarter of it. Few clients with many requests outstanding make
large batches, and there waiting would cost throughput, so those are never delayed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PacingRule:
    """When to hold commits back, and by how much."""

    interval_ms: int = 1  # between the starts of two commits while paced; 0 = never pace
    window_ms: int = 100
    enter_commits_per_second: int = 1_200
    enter_mean_records: int = 16
    leave_records_per_second_below: int = 3_000
    leave_records_per_second_above: int = 45_000


class Pacer:
    """Watches commits in windows and says how long to wait before the next one."""

    def __init__(self, rule: PacingRule) -> None:
        self._rule = rule
        self._paced = False
        self._window_start_ns = 0
        self._commits = 0
        self._records = 0
        self._last_start_ns = 0

    @property
    def paced(self) -> bool:
        """Whether commits are being held back at the moment."""
        return self._paced

    def wait_ns(self, now_ns: int) -> int:
        """Nanoseconds to wait before a commit may start; 0 = at once."""
        if not self._paced:
            return 0
        return max(0, self._last_start_ns + self._rule.interval_ms * 1_000_000 - now_ns)

    def started(self, records: int, now_ns: int) -> None:
        """A commit of ``records`` journal records starts."""
        self._last_start_ns = now_ns
        elapsed_ns = now_ns - self._window_start_ns
        if elapsed_ns >= self._rule.window_ms * 1_000_000:
            self._judge(elapsed_ns)
            self._window_start_ns = now_ns
            self._commits = 0
            self._records = 0
        self._commits += 1
        self._records += records

    def _judge(self, elapsed_ns: int) -> None:
        rule = self._rule
        commits_per_second = self._commits * 1_000_000_000 // elapsed_ns
        records_per_second = self._records * 1_000_000_000 // elapsed_ns
        if self._paced:
            self._paced = (
                rule.leave_records_per_second_below
                <= records_per_second
                <= rule.leave_records_per_second_above
            )
        else:
            self._paced = (
                rule.interval_ms > 0
                and commits_per_second > rule.enter_commits_per_second
                and self._records < self._commits * rule.enter_mean_records
            )
