"""Two engines seen from their gateways: either door serves, each gateway is asked by its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from diameter.message.commands import ReAuthRequest
from tests.support.diameter_peer import Peer
from tests.support.engines import Engines
from tests.support.operator import Operator

from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.settings import Settings
from openmvno.story import messages as ccr

LINES = 8
"""Enough that every shard has some."""
TEN_CENT = 100_000


def call(peer: Peer, line: int, session: str, numbered: tuple[int, int], *units: int | None) -> Any:
    """A request of a call of a line; units: asked, used."""
    subscriber = ccr.Subscriber(Operator.msisdn(line), None)
    request = peer.request(subscriber, session, ccr.VOICE, *numbered)
    request.service_information = ccr.called("385980000001")
    return peer.send(ccr.with_services(request, [ccr.seconds(*units)]))


def granted(answer: Any) -> int:
    """Seconds."""
    assert answer.result_code == 2001
    return int(answer.multiple_services_credit_control[0].granted_service_unit.cc_time)


async def test_a_session_goes_on_by_any_door_and_is_called_back_by_its_own(
    settings: Settings, free_port: Callable[[], int], database_url: str, tmp_path: Path
) -> None:
    operator = Operator(database_url, settings.shards)
    engines = Engines(settings, free_port, tmp_path, 2)
    first, second = engines.roles
    with first, second:
        await engines.balanced(0, 1)
        async with GrpcEngineClient.from_settings(engines.settings) as client:
            for place in operator.create(LINES, TEN_CENT):
                assert (await client.apply(*place)).get("ok")
            with Peer(engines.ports[1]) as own, Peer(engines.ports[0], "b.e2e.example") as other:
                await asyncio.to_thread(open_calls, own)
                for line in range(LINES):
                    await client.apply(*operator.top_up(line, TEN_CENT))
                await asyncio.to_thread(answer_call_backs, own, other)
            assert await asyncio.to_thread(first.stop) == 0
            with Peer(engines.ports[1], "c.e2e.example") as late:
                await asyncio.to_thread(end_calls, late)
            for account in operator.accounts:
                live = await client.balance(operator.tenant, account)
                assert live is not None
                assert (live["balance"], live["reserved"]) == (TEN_CENT, 0)


def name(line: int) -> str:
    """The Session-Id of a line's call."""
    return f"call;{line}"


def open_calls(peer: Peer) -> None:
    """Calls for which there is less money than they ask for, whichever engine has their shards."""
    for line in range(LINES):
        answer = call(peer, line, name(line), (ccr.INITIAL, 0), 60, None)
        assert granted(answer) == 10
        assert answer.origin_host == b"ocs2.openmvno.example"


def answer_call_backs(own: Peer, other: Peer) -> None:
    """Money has come: the calls are asked for by their own door, and go on by the other."""
    for line in range(LINES):
        asked = own.asked(name(line))
        assert isinstance(asked, ReAuthRequest)
        assert asked.origin_host == b"ocs2.openmvno.example", "in the name of its own server"
        assert asked.destination_host == own.peers.origin_host.encode()
        own.reply(asked, 2001)
    for line in range(LINES):
        answer = call(other, line, name(line), (ccr.UPDATE, 1), 60, 10)
        assert granted(answer) == 10
        assert answer.origin_host == b"ocs.openmvno.example"
    assert all(own.is_silent_about(name(line), 0.05) for line in range(LINES))


def end_calls(peer: Peer) -> None:
    """The last reports."""
    for line in range(LINES):
        answer = call(peer, line, name(line), (ccr.TERMINATION, 2), None, 0)
        assert answer.result_code == 2001
