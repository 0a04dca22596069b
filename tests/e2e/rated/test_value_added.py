"""Services counted in units, over gRPC and by their context."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from diameter.message.avp.grouped import MmsInformation, RecipientAddress, ServiceInformation
from grpclib.client import Channel
from tests.e2e.rated.catalog import ABROAD, FRIEND, INTERNET, MEGABYTE, MMS
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.rpc.charging.v1 import charging_pb2 as messages
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.story import messages as ccr
from openmvno.story.stage import Line


@pytest.fixture
async def stub(rated: System) -> AsyncIterator[ChargingStub]:
    channel = Channel("127.0.0.1", rated.settings.grpc_port)
    yield ChargingStub(channel)
    channel.close()


def login(rated: System) -> dict[str, str]:
    return {"authorization": f"Bearer {rated.token}"}


def units(count: int) -> messages.Quantity:
    return messages.Quantity(units=count)


def common(line: Line, session: str, service: str) -> dict[str, Any]:
    subscriber = messages.Subscriber(msisdn=line.subscriber.msisdn)
    return {"session_id": session, "subscriber": subscriber, "service": service}


async def test_games_are_reserved_confirmed_and_cancelled(
    rated: System, peer: Peer, stub: ChargingStub
) -> None:
    line = rated.line()
    about = common(line, peer.new_session(), "games")
    reserve = messages.ReserveRequest(**about, requested=units(3))
    reserved = await stub.Reserve(reserve, metadata=login(rated), timeout=10)
    assert reserved.granted == 3
    assert not reserved.HasField("tariff_change")
    assert rated.money(line) == ("10.00", "2.97")
    commit = messages.CommitRequest(**about, request_number=1, used=units(2))
    confirmed = await stub.Commit(commit, metadata=login(rated), timeout=10)
    assert confirmed.charged.micros == 1_980_000
    assert rated.money(line) == ("8.02", "0.00")
    cdr = rated.cdrs(about["session_id"])[0]
    assert (cdr["service"], cdr["usage"], cdr["amount"]) == ("games", 2, "1.98")
    about = common(line, peer.new_session(), "games")
    reserve = messages.ReserveRequest(**about, requested=units(1))
    await stub.Reserve(reserve, metadata=login(rated), timeout=10)
    assert rated.money(line) == ("8.02", "0.99")
    cancel = messages.CancelRequest(**about, request_number=1)
    await stub.Cancel(cancel, metadata=login(rated), timeout=10)
    assert rated.money(line) == ("8.02", "0.00")


async def test_the_place_makes_the_price_over_grpc_too(
    rated: System, peer: Peer, stub: ChargingStub
) -> None:
    line = rated.line()
    about = common(line, peer.new_session(), "data")
    debit = messages.DebitRequest(
        **about,
        requested=units(MEGABYTE),
        rating_group=INTERNET,
        location=messages.Location(plmn="310260"),
        network=messages.Network(apn="internet", rat_type=6),
    )
    charged = await stub.Debit(debit, metadata=login(rated), timeout=10)
    assert charged.charged.micros == 5_000_000
    cdr = rated.cdrs(about["session_id"])[0]
    assert cdr["inputs"] == {"plmn": "310260", "apn": "internet", "rat_type": 6}


async def test_a_number_as_it_is_dialled_over_grpc(
    rated: System, peer: Peer, stub: ChargingStub
) -> None:
    line = rated.line()
    about = common(line, peer.new_session(), "mms")
    dialled = f"0{FRIEND.removeprefix('385')}"
    debit = messages.DebitRequest(**about, requested=units(1), destination=dialled)
    charged = await stub.Debit(debit, metadata=login(rated), timeout=10)
    assert charged.charged.micros == 150_000
    assert rated.cdrs(about["session_id"])[0]["destination"] == FRIEND


@pytest.mark.parametrize(("number", "price"), [(FRIEND, "0.15"), (ABROAD, "0.25")])
def test_a_picture_message(rated: System, peer: Peer, number: str, price: str) -> None:
    line = rated.line()
    request = peer.request(line.subscriber, peer.new_session(), MMS, ccr.EVENT, 0)
    request.requested_action = ccr.DIRECT_DEBITING
    request.requested_service_unit = ccr.events(1)
    recipient = RecipientAddress(address_type=1, address_data=f"+{number}")
    request.service_information = ServiceInformation(
        mms_information=MmsInformation(recipient_address=[recipient])
    )
    answer = peer.send(request)
    assert answer.result_code == 2001
    cdr = rated.cdrs(answer.session_id)[0]
    assert (cdr["service"], cdr["destination"], cdr["amount"]) == ("mms", number, price)
