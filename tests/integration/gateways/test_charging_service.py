"""The public charging service over a real connection, with a recording engine behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from openmvno.charging.engine_client import EngineUnavailable
from openmvno.gateways.grpc.authentication import Caller
from openmvno.gateways.grpc.server import start_server
from openmvno.gateways.grpc.subscribers import Payer
from openmvno.rpc.charging.v1 import charging_pb2 as messages
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.settings import Settings

TENANT = UUID("0192f0c0-0000-7000-8000-000000000001")
ACCOUNT = UUID("0192f0c0-0000-7000-8000-000000000002")
DEBIT = "0192f0c0-0000-7000-8000-00000000000a"
WRITER = {"authorization": "Bearer writer"}
READER = {"authorization": "bearer reader"}
CALLERS = {
    "writer": Caller(TENANT, frozenset({"charging:write"})),
    "reader": Caller(TENANT, frozenset({"balance:read"})),
}
SUBSCRIBER = messages.Subscriber(msisdn="385910000001")


class RecordingEngine:
    """Remembers batches, answers what the test says."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.outcome: dict[str, Any] = {"ok": True}
        self.away = False
        self.delay = 0.0

    async def submit(self, requests: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        if self.away:
            raise EngineUnavailable("gone")
        self.batches.append(list(requests))
        await asyncio.sleep(self.delay)
        return [self.outcome] * len(requests)

    async def balance(self, tenant: UUID, account: UUID) -> dict[str, Any] | None:
        assert (tenant, account) == (TENANT, ACCOUNT)
        return {"currency": "EUR", "balance": 7, "reserved": 2, "available": 5, "sessions": 1}


@pytest.fixture
def engine() -> RecordingEngine:
    return RecordingEngine()


@pytest.fixture
async def stub(engine: RecordingEngine, settings: Settings) -> AsyncIterator[ChargingStub]:
    async def authenticator(token: str, _: str | None) -> Caller | None:
        return CALLERS.get(token)

    async def find_payer(tenant: UUID, kind: str, identity: str) -> Payer | None:
        known = (tenant, kind, identity) == (TENANT, "msisdn", "385910000001")
        return Payer(ACCOUNT, "EUR") if known else None

    server = await start_server(settings, engine, authenticator, find_payer)
    channel = Channel(settings.listen_address, settings.grpc_port)
    yield ChargingStub(channel)
    channel.close()
    await server.stop(1)


def debit(**changes: Any) -> messages.DebitRequest:
    fields: dict[str, Any] = {
        "session_id": "order-1",
        "subscriber": SUBSCRIBER,
        "service": "sms",
        "requested": messages.Quantity(units=1),
    }
    return messages.DebitRequest(**(fields | changes))


async def test_what_the_price_may_depend_on_goes_to_the_engine(
    stub: ChargingStub, engine: RecordingEngine
) -> None:
    engine.outcome = {"ok": True, "granted": 5, "tariff_change": 1_800_000_000_000}
    surroundings: dict[str, Any] = {
        "location": messages.Location(plmn="310260", msc="1404", cell="310260-7-9"),
        "network": messages.Network(
            apn="internet", slice="1-000001", access_network="wlan", rat_type=6, qos_class=0
        ),
        "rating_group": 10,
        "service_identifier": 0,
    }
    reserve = messages.ReserveRequest(
        session_id="data-1",
        request_number=1,
        subscriber=SUBSCRIBER,
        service="data",
        used=messages.Quantity(units=7),
        used_after_change=messages.Quantity(units=9),
        **surroundings,
    )
    response = await stub.Reserve(reserve, metadata=WRITER)
    assert response.tariff_change == 1_800_000_000_000
    await stub.Debit(debit(**surroundings), metadata=WRITER)
    update, debited = (request for batch in engine.batches for request in batch)
    assert (update["used"], update["used_after_change"]) == (7, 9)
    expected = {
        "rating_group": 10,
        "service_identifier": 0,
        "plmn": "310260",
        "msc": "1404",
        "cell": "310260-7-9",
        "apn": "internet",
        "slice": "1-000001",
        "access_network": "wlan",
        "rat_type": 6,
        "qos_class": 0,
    }
    assert update.items() >= expected.items()
    assert debited.items() >= expected.items()
    with pytest.raises(GRPCError, match="qos_class") as refused:
        await stub.Debit(debit(network=messages.Network(qos_class=256)), metadata=WRITER)
    assert refused.value.status is Status.INVALID_ARGUMENT


async def test_a_debit_becomes_one_request_of_the_callers_tenant(
    stub: ChargingStub, engine: RecordingEngine
) -> None:
    engine.outcome = {
        "ok": True,
        "granted": 1,
        "charged": 50_000,
        "balance": 950_000,
        "currency": "EUR",
        "cdr": DEBIT,
    }
    response = await stub.Debit(debit(correlation="A7"), metadata=WRITER)
    assert response.charged == messages.Money(currency="EUR", micros=50_000)
    assert response.balance.micros == 950_000
    assert response.cdr_id == DEBIT
    assert engine.batches == [
        [
            {
                "tenant": str(TENANT),
                "session": "order-1",
                "number": 0,
                "msisdn": "385910000001",
                "service": "sms",
                "type": "debit",
                "requested": 1,
                "correlation": "A7",
            }
        ]
    ]


async def test_reserving_again_is_an_update_and_money_is_marked(
    stub: ChargingStub, engine: RecordingEngine
) -> None:
    amount = messages.Quantity(amount=messages.Money(currency="EUR", micros=2_000_000))
    await stub.Reserve(
        messages.ReserveRequest(
            session_id="film",
            request_number=1,
            subscriber=SUBSCRIBER,
            service="video",
            requested=amount,
            used=amount,
        ),
        metadata=WRITER,
    )
    request = engine.batches[0][0]
    assert (request["type"], request["number"]) == ("update", 1)
    assert (request["requested"], request["used"], request["money"]) == (2_000_000, 2_000_000, True)


async def test_a_refund_names_its_debit(stub: ChargingStub, engine: RecordingEngine) -> None:
    request = messages.RefundRequest(
        session_id="back", subscriber=SUBSCRIBER, service="sms", debit_cdr_id=DEBIT
    )
    await stub.Refund(request, metadata=WRITER)
    assert engine.batches[0][0]["refund_of"] == DEBIT


async def test_an_amount_in_another_currency_is_refused(
    stub: ChargingStub, engine: RecordingEngine
) -> None:
    amount = messages.Quantity(amount=messages.Money(currency="USD", micros=1))
    with pytest.raises(GRPCError, match="EUR, the account's currency, is expected"):
        await stub.Debit(debit(requested=amount), metadata=WRITER)
    assert engine.batches == []


async def test_another_tenants_subscriber_is_not_found(stub: ChargingStub) -> None:
    request = messages.BalanceRequest(subscriber=messages.Subscriber(msisdn="385910000002"))
    with pytest.raises(GRPCError, match="subscriber_unknown") as refusal:
        await stub.Balance(request, metadata=READER)
    assert refusal.value.status is Status.NOT_FOUND


async def test_a_balance_needs_only_its_own_scope(stub: ChargingStub) -> None:
    response = await stub.Balance(messages.BalanceRequest(subscriber=SUBSCRIBER), metadata=READER)
    assert (response.balance.micros, response.reserved.micros, response.available.micros) == (
        7,
        2,
        5,
    )


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        ({}, Status.UNAUTHENTICATED),
        ({"authorization": "Basic writer"}, Status.UNAUTHENTICATED),
        ({"authorization": "Bearer forged"}, Status.UNAUTHENTICATED),
        (READER, Status.PERMISSION_DENIED),
    ],
)
async def test_without_the_right_token_nothing_is_charged(
    stub: ChargingStub, engine: RecordingEngine, metadata: dict[str, str], status: Status
) -> None:
    with pytest.raises(GRPCError) as refusal:
        await stub.Debit(debit(), metadata=metadata)
    assert refusal.value.status is status
    assert engine.batches == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"session_id": ""}, "session_id"),
        ({"session_id": "x" * 256}, "session_id"),
        ({"subscriber": None}, "subscriber"),
        ({"subscriber": messages.Subscriber(msisdn="+385")}, "msisdn"),
        ({"service": ""}, "service"),
        ({"requested": messages.Quantity(units=-1)}, "requested"),
        ({"requested": messages.Quantity(amount=messages.Money(micros=1))}, "currency"),
    ],
)
async def test_malformed_requests_are_refused(
    stub: ChargingStub, engine: RecordingEngine, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(GRPCError, match=complaint) as refusal:
        await stub.Debit(debit(**changes), metadata=WRITER)
    assert refusal.value.status is Status.INVALID_ARGUMENT
    assert engine.batches == []


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        ({"error": "credit_limit_reached", "result_code": 4012}, Status.FAILED_PRECONDITION),
        ({"error": "user_unknown", "result_code": 5030}, Status.NOT_FOUND),
        ({"error": "refused", "message": "overload"}, Status.UNAVAILABLE),
        ({"error": "invalid_request", "message": "unknown field"}, Status.INVALID_ARGUMENT),
    ],
)
async def test_refusals_of_the_engine_keep_their_code(
    stub: ChargingStub, engine: RecordingEngine, outcome: dict[str, Any], status: Status
) -> None:
    engine.outcome = outcome
    with pytest.raises(GRPCError, match=outcome["error"]) as refusal:
        await stub.Debit(debit(), metadata=WRITER)
    assert refusal.value.status is status


async def test_an_engine_that_is_away_can_be_asked_again(
    stub: ChargingStub, engine: RecordingEngine
) -> None:
    engine.away = True
    with pytest.raises(GRPCError, match="engine_unavailable") as refusal:
        await stub.Debit(debit(), metadata=WRITER)
    assert refusal.value.status is Status.UNAVAILABLE


async def test_many_requests_reach_the_engine_in_few_calls(
    stub: ChargingStub, engine: RecordingEngine
) -> None:
    engine.delay = 0.2
    await asyncio.gather(
        *(stub.Debit(debit(session_id=f"order-{number}"), metadata=WRITER) for number in range(200))
    )
    assert sum(map(len, engine.batches)) == 200
    assert len(engine.batches) < 50
