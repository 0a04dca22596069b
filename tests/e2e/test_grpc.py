"""Value-added services over gRPC: the same engine, the same prices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.rpc.charging.v1 import charging_pb2 as messages
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.story import messages as ccr
from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED

EUR = 1_000_000


class Client:
    """The stub with the operator's token."""

    def __init__(self, stub: ChargingStub, token: str) -> None:
        self._stub = stub
        self._metadata = {"authorization": f"Bearer {token}"}

    async def call(self, method: str, request: Any) -> Any:
        return await getattr(self._stub, method)(request, metadata=self._metadata, timeout=10)


@pytest.fixture
async def client(system: System) -> AsyncIterator[Client]:
    channel = Channel("127.0.0.1", system.settings.grpc_port)
    yield Client(ChargingStub(channel), system.token)
    channel.close()


def subscriber(line: Line) -> messages.Subscriber:
    return messages.Subscriber(msisdn=line.subscriber.msisdn)


def units(count: int) -> messages.Quantity:
    return messages.Quantity(units=count)


async def test_a_call_costs_the_same_over_grpc_and_diameter(
    system: System, peer: Peer, client: Client
) -> None:
    by_grpc, by_diameter = system.line(), system.line()
    common = {"session_id": peer.new_session(), "service": "voice"}
    reserved = await client.call(
        "Reserve",
        messages.ReserveRequest(
            **common,
            request_number=0,
            subscriber=subscriber(by_grpc),
            requested=units(60),
            destination=CALLED,
        ),
    )
    assert reserved.granted == 60
    assert system.money(by_grpc) == ("10.00", "0.25")
    committed = await client.call(
        "Commit",
        messages.CommitRequest(
            **common, request_number=1, subscriber=subscriber(by_grpc), used=units(65)
        ),
    )
    assert (committed.charged.micros, committed.charged.currency) == (270_000, "EUR")
    session = peer.new_session()
    for kind, number, part in (
        (ccr.INITIAL, 0, ccr.seconds(60, None)),
        (ccr.TERMINATION, 1, ccr.seconds(None, 65)),
    ):
        request = peer.request(by_diameter.subscriber, session, ccr.VOICE, kind, number)
        request.service_information = ccr.called(CALLED)
        assert peer.send(ccr.with_services(request, [part])).result_code == 2001
    assert system.money(by_grpc) == system.money(by_diameter) == ("9.73", "0.00")
    amounts = [system.cdrs(name)[0]["amount"] for name in (common["session_id"], session)]
    assert amounts == ["0.27", "0.27"]


async def test_cancel_releases(system: System, peer: Peer, client: Client) -> None:
    line = system.line()
    common: dict[str, Any] = {
        "session_id": peer.new_session(),
        "service": "data",
        "subscriber": subscriber(line),
    }
    await client.call(
        "Reserve",
        messages.ReserveRequest(
            **common, request_number=0, requested=units(1_000_000), rating_group=10
        ),
    )
    assert system.money(line) == ("10.00", "0.10")
    await client.call("Cancel", messages.CancelRequest(**common, request_number=1))
    assert system.money(line) == ("10.00", "0.00")


async def test_debit_refund_and_balance(system: System, peer: Peer, client: Client) -> None:
    line = system.line()
    debit = messages.DebitRequest(
        session_id=peer.new_session(),
        request_number=0,
        subscriber=subscriber(line),
        service="sms",
        requested=units(2),
        destination=CALLED,
    )
    answer = await client.call("Debit", debit)
    assert (answer.charged.micros, answer.balance.micros) == (160_000, 10 * EUR - 160_000)
    again = await client.call("Debit", debit)
    assert (again.cdr_id, again.charged.micros) == (answer.cdr_id, 160_000)
    assert system.money(line) == ("9.84", "0.00")
    refund = messages.RefundRequest(
        session_id=peer.new_session(),
        request_number=0,
        subscriber=subscriber(line),
        service="sms",
        debit_cdr_id=answer.cdr_id,
    )
    assert (await client.call("Refund", refund)).charged.micros == -160_000
    refund.session_id = peer.new_session()
    with pytest.raises(GRPCError) as second:
        await client.call("Refund", refund)
    assert second.value.status in (Status.FAILED_PRECONDITION, Status.INVALID_ARGUMENT)
    balance = await client.call("Balance", messages.BalanceRequest(subscriber=subscriber(line)))
    seen = (balance.balance.micros, balance.reserved.micros, balance.available.micros)
    assert seen == (10 * EUR, 0, 10 * EUR)


async def test_an_amount_the_service_has_priced(
    system: System, peer: Peer, client: Client
) -> None:
    line = system.line()
    debit = messages.DebitRequest(
        session_id=peer.new_session(),
        request_number=0,
        subscriber=subscriber(line),
        service="sms",
        requested=messages.Quantity(amount=messages.Money(currency="EUR", micros=1_230_000)),
    )
    assert (await client.call("Debit", debit)).charged.micros == 1_230_000
    assert system.money(line) == ("8.77", "0.00")


async def test_refusals(system: System, peer: Peer, client: Client) -> None:
    line = system.line(balance="0.05")
    debit = messages.DebitRequest(
        session_id=peer.new_session(),
        request_number=0,
        subscriber=subscriber(line),
        service="sms",
        requested=units(1),
        destination=CALLED,
    )
    with pytest.raises(GRPCError) as poor:
        await client.call("Debit", debit)
    assert poor.value.status is Status.FAILED_PRECONDITION
    debit.subscriber.msisdn = "999990000000"
    debit.session_id = peer.new_session()
    with pytest.raises(GRPCError) as unknown:
        await client.call("Debit", debit)
    assert unknown.value.status is Status.NOT_FOUND
    with pytest.raises(GRPCError) as stranger:
        await Client(client._stub, "omv_wrong").call("Debit", debit)
    assert stranger.value.status is Status.UNAUTHENTICATED
