"""Outcomes reach exactly those who wait for them."""

from __future__ import annotations

import asyncio

from openmvno.charging.outcomes import RECENT_LIMIT, Outcomes


async def test_a_request_gets_its_own_outcome() -> None:
    outcomes = Outcomes()
    first, second = outcomes.token(), outcomes.token()
    one, two = outcomes.expect_requests(first), outcomes.expect_requests(second)
    outcomes.deliver_requests([(second, [b"two"]), (first, [b"one", b"more"])])
    assert (await one, await two) == ([b"one", b"more"], [b"two"])


async def test_all_who_wait_for_a_command_hear_of_it() -> None:
    outcomes = Outcomes()
    waiting = [outcomes.expect_command((3, 7)) for _ in range(2)]
    token = outcomes.token()
    outcomes.command_fed(token, (3, 7))
    assert outcomes.is_outstanding((3, 7))
    outcomes.deliver([(token, b"done")])
    assert await asyncio.gather(*waiting) == [b"done", b"done"]
    assert not outcomes.is_outstanding((3, 7))
    assert outcomes.recent((3, 7)) == b"done"


async def test_recent_outcomes_are_bounded() -> None:
    outcomes = Outcomes()
    for seq in range(RECENT_LIMIT + 1):
        token = outcomes.token()
        outcomes.command_fed(token, (0, seq))
        outcomes.deliver([(token, b"{}")])
    assert outcomes.recent((0, 0)) is None
    assert outcomes.recent((0, 1)) == b"{}"


async def test_who_left_is_not_remembered() -> None:
    outcomes = Outcomes()
    future = outcomes.expect_command((0, 1))
    outcomes.forget_command((0, 1), future)
    token = outcomes.token()
    outcomes.command_fed(token, (0, 1))
    outcomes.deliver([(token, b"{}"), (token, b"again"), (99, b"nobody's")])
    assert not future.done()


async def test_the_feed_waits_while_too_many_commands_are_not_durable() -> None:
    outcomes = Outcomes()
    tokens = [outcomes.token() for _ in range(2)]
    for seq, token in enumerate(tokens):
        outcomes.command_fed(token, (0, seq))
    waiter = asyncio.create_task(outcomes.commands_below(2))
    await asyncio.sleep(0)
    assert not waiter.done()
    outcomes.deliver([(tokens[0], b"{}")])
    await asyncio.wait_for(waiter, 1)
