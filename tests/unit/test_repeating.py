"""Work done again and again: through a database that is away, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from openmvno.database import repeat

LONG = 60.0
"""Seconds nobody waits for: what needs the pause to end fails the test."""


def answering(*answers: object) -> tuple[Callable[[], Awaitable[object]], asyncio.Event]:
    """Work with these answers, one after the other; the last one stops it."""
    stop, left = asyncio.Event(), list(answers)

    async def work() -> object:
        answer = left.pop(0)
        if not left:
            stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    return work, stop


async def test_it_goes_on_after_the_database_was_away(caplog: pytest.LogCaptureFixture) -> None:
    work, stop = answering(psycopg.OperationalError("no server\n"), OSError("no route"), None)
    with caplog.at_level(logging.WARNING):
        await asyncio.wait_for(repeat(work, 0.0, stop, "letters wait"), 5)
    assert caplog.messages == ["letters wait: no server", "letters wait: no route"]


async def test_more_to_do_is_done_at_once_and_a_stop_ends_the_pause() -> None:
    work, stop = answering(True, True, False)
    await asyncio.wait_for(repeat(work, LONG, stop, "-"), 5)


async def test_a_count_is_no_more_to_do() -> None:
    """Else what is due and cannot be done would be tried without a pause."""
    work, stop = answering(7, None)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(repeat(work, LONG, stop, "-"), 0.2)


async def test_a_fault_of_ours_ends_it() -> None:
    work, stop = answering(ValueError("a fault"), None)
    with pytest.raises(ValueError, match="a fault"):
        await repeat(work, 0.0, stop, "-")
