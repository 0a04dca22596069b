"""What the committer concludes from what PostgreSQL told it: pure, so every case can be tested.

A commit is *known* only when PostgreSQL said COMMIT without any reservation. Everything else is
settled by reading the batch's rows back from a session that holds the engine's advisory lock: the
lock is free only once the old session, and with it the transaction in doubt, has ended.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

UNIQUE_VIOLATION = "23505"


class Verdict(enum.Enum):
    """What to do with the batch that is out."""

    DURABLE = "durable"  # release its answers
    READ_BACK = "read back"  # unknown or refused: ask the journal what it holds
    SEND_AGAIN = "send again"  # known not to be there
    FENCED = "fenced"  # another owner's row is in its place: stop, answer nothing


@dataclass(frozen=True)
class SendResult:
    """How the INSERT of a batch ended."""

    committed: bool
    # SQLSTATE of the error; None when committed or when the connection was lost first.
    sqlstate: str | None = None
    # A cancelled wait for a synchronous standby reports success with a WARNING.
    warned: bool = False
    message: str = ""


@dataclass(frozen=True)
class ReadBack:
    """What the journal holds at the (shard, seq) places of a batch."""

    expected: int
    ours: int  # rows with our owner id and the same payload
    foreign: int  # rows of anybody else, or of ours with another payload

    def __post_init__(self) -> None:
        if min(self.expected, self.ours, self.foreign) < 0 or self.expected == 0:
            raise ValueError(f"not a reading of a batch: {self}")


@dataclass(frozen=True)
class LastRows:
    """How the journal ends."""

    others: bool  # whether a shard's last row is another owner's
    seqs: list[int]  # the last seq of each shard, 0 where there is none

    def lack(self, known: list[int]) -> bool:
        """Whether rows are missing that were known to be durable: the last of each shard."""
        return any(seq < durable for seq, durable in zip(self.seqs, known, strict=True))


def after_send(result: SendResult) -> Verdict:
    """What the end of an INSERT means."""
    if result.committed and not result.warned:
        return Verdict.DURABLE
    # A unique violation may also be our own earlier attempt, so it is read back like the rest.
    return Verdict.READ_BACK


def after_read_back(found: ReadBack) -> Verdict:
    """What the rows found in the batch's places mean.

    A batch is one transaction, so it is there whole or not at all; a part of it means that somebody
    else wrote or removed journal rows, and this engine must not go on.
    """
    if found.foreign:
        return Verdict.FENCED
    if found.ours == found.expected:
        return Verdict.DURABLE
    if found.ours == 0:
        return Verdict.SEND_AGAIN
    return Verdict.FENCED


def without_the_lock(verdict: Verdict, last: LastRows) -> Verdict:
    """What a session that does not hold the engine's lock may conclude of ``verdict``: the old
    session may still be alive and about to commit."""
    if verdict is Verdict.DURABLE and last.others:
        return Verdict.FENCED  # another engine has gone on from our batch
    return verdict if verdict is Verdict.FENCED else Verdict.READ_BACK


def needs_new_session(result: SendResult) -> bool:
    """Whether the session that gave ``result`` can no longer be trusted with the next batch.

    After a unique violation the session is sound. After a lost connection it is gone; any other
    error, or a cancelled synchronous wait, comes from a server in trouble: start afresh.
    """
    return result.sqlstate != UNIQUE_VIOLATION
