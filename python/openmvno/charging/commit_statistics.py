"""Commit latency and batch size, counted by powers of two: that costs next to nothing."""

from __future__ import annotations

BUCKETS = 40


class CommitStatistics:
    """Histograms since the start of the process. Bucket ``i`` counts values of ``i`` bits, so its
    values are below 2**i."""

    def __init__(self) -> None:
        self.commits = 0
        self.records = 0
        self.troubles = 0
        self.latency_ns = [0] * BUCKETS
        self.latency_ns_sum = 0
        self.batch_records = [0] * BUCKETS

    def committed(self, records: int, elapsed_ns: int) -> None:
        """A commit of ``records`` journal records took ``elapsed_ns``."""
        self.commits += 1
        self.records += records
        self.latency_ns_sum += elapsed_ns
        self.latency_ns[min(elapsed_ns.bit_length(), BUCKETS - 1)] += 1
        self.batch_records[min(records.bit_length(), BUCKETS - 1)] += 1

    def snapshot(self) -> dict[str, object]:
        """The figures as plain values, for the statistics call."""
        return {
            "commits": self.commits,
            "records": self.records,
            "troubles": self.troubles,
            "latency_ns": list(self.latency_ns),
            "latency_ns_sum": self.latency_ns_sum,
            "batch_records": list(self.batch_records),
        }
