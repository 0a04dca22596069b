"""A stand-in for the core where a test is about the committer alone: it only counts and batches."""

from __future__ import annotations

import struct
from dataclasses import dataclass

INT4_OID, INT8_OID, BYTEA_OID = 23, 20, 17


def binary_array(oid: int, values: list[bytes]) -> bytes:
    """PostgreSQL's binary form of a one-dimensional array."""
    header = struct.pack("!iiIii", 1, 0, oid, len(values), 1)
    return header + b"".join(struct.pack("!i", len(value)) + value for value in values)


@dataclass(frozen=True)
class FakeBatch:
    """Looks like _core.Batch."""

    number: int
    places: list[tuple[int, int, bytes]]
    records: int

    @property
    def rows(self) -> int:
        return len(self.places)

    @property
    def shards(self) -> bytes:
        return binary_array(INT4_OID, [struct.pack("!i", shard) for shard, _, _ in self.places])

    @property
    def seqs(self) -> bytes:
        return binary_array(INT8_OID, [struct.pack("!q", seq) for _, seq, _ in self.places])

    @property
    def payloads(self) -> bytes:
        return binary_array(BYTEA_OID, [payload for _, _, payload in self.places])


@dataclass(frozen=True)
class FakeReleased:
    """Looks like _core.Released."""

    writes: list[tuple[int, bytes]]
    outcomes: list[tuple[int, bytes]]
    spans: bytes = b"[]"


class JournalingEngine:
    """Looks like the parts of _core.Engine that the committer uses."""

    def __init__(self, shards: int) -> None:
        self.seqs = [0] * shards
        self.pending: dict[int, list[bytes]] = {}
        self.tokens: list[int] = []
        self.out: tuple[FakeBatch, list[int]] | None = None
        self.number = 0
        self.storage: list[bool] = []
        self.released: list[int] = []

    def charge(self, shard: int, token: int) -> None:
        """One record into ``shard``, answered under ``token``."""
        self.pending.setdefault(shard, []).append(b"record %d;" % token)
        self.tokens.append(token)

    def answer_only(self, token: int) -> None:
        """An answer that changes nothing."""
        self.tokens.append(token)

    def owned_shards(self) -> list[int]:
        """All of them."""
        return list(range(len(self.seqs)))

    def take_batch(self, _now_ms: int) -> FakeBatch | None:
        assert self.out is None, "two batches out at a time"
        if not self.tokens:
            return None
        places = []
        for shard, records in sorted(self.pending.items()):
            self.seqs[shard] += 1
            places.append((shard, self.seqs[shard], b"".join(records)))
        self.number += 1
        batch = FakeBatch(self.number, places, sum(map(len, self.pending.values())))
        self.out = (batch, self.tokens)
        self.pending, self.tokens = {}, []
        return batch

    def release(self, number: int, _now_ms: int) -> FakeReleased:
        assert self.out is not None
        batch, tokens = self.out
        assert batch.number == number
        self.out = None
        self.released.append(number)
        return FakeReleased([], [(token, b"{}") for token in tokens])

    def journal_seq(self, shard: int) -> int:
        """The last row of a shard that was taken."""
        return self.seqs[shard]

    def set_storage(self, available: bool, _now_ms: int) -> None:
        self.storage.append(available)
