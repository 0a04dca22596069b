"""More is asked of an engine than it admits, on the wire."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diameter.message import Avp, Message, constants
from grpclib.client import Channel
from grpclib.const import Status
from grpclib.exceptions import GRPCError
from tests.support.diameter_peer import Peer
from tests.support.system import System, catalog

from openmvno.rpc.charging.v1 import charging_pb2 as messages
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.story import messages as ccr
from openmvno.story.business import BusinessApi
from openmvno.story.stage import Line
from openmvno.story.system import endpoints, temporary_system, tenant_token
from openmvno.story.tariff import CALLED

LIMIT = 20
FLOOD = 4 * LIMIT
REFUSED = (3002, 3004)


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system that admits few requests a second."""
    log: Path = tmp_path_factory.mktemp("limited") / "openmvno.log"
    with temporary_system(log, country_code="385", requests_per_second=LIMIT) as settings:
        token = tenant_token(settings, "limited")
        api = BusinessApi(endpoints(settings, token).api_url, token)
        api.post("/v1/catalog/versions?publish=true", catalog())
        yield System(settings, api, token)
        api.close()
    assert "Traceback" not in log.read_text(), log.read_text()


def enquiry(peer: Peer, line: Line) -> Any:
    """A price enquiry of a client that takes overload reports."""
    request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
    request.requested_action = ccr.PRICE_ENQUIRY
    request.requested_service_unit = ccr.events(1)
    request.service_information = ccr.texted(CALLED)
    features = Avp.new(constants.AVP_OC_FEATURE_VECTOR, value=1)
    request.append_avp(Avp.new(constants.AVP_OC_SUPPORTED_FEATURES, value=[features]))
    return request


def flood(peer: Peer, line: Line) -> list[Any]:
    """Many requests at once, and all their answers."""
    octets = [peer.octets(enquiry(peer, line)) for _ in range(FLOOD)]
    peer.write(b"".join(octets))
    read = [peer.read() for _ in octets]
    return [Message.from_bytes(each) for each in read if each is not None]


def report(answer: Any) -> dict[int, Any] | None:
    """OC-OLR by AVP code, of an answer that offers the algorithm."""
    groups = {avp.code: avp for avp in answer.avps}
    [vector] = groups[constants.AVP_OC_SUPPORTED_FEATURES].value
    assert vector.value == 1
    told = groups.get(constants.AVP_OC_OLR)
    return None if told is None else {avp.code: avp.value for avp in told.value}


def test_what_is_beyond_the_limit_is_refused_and_clients_are_told(limited: System) -> None:
    line = limited.line()
    with Peer(limited.diameter_port, "eager.e2e.example") as peer:
        until = time.monotonic() + 10
        told: dict[int, Any] | None = None
        while not told and time.monotonic() < until:
            answers = flood(peer, line)
            results = [answer.result_code for answer in answers]
            assert len(results) == FLOOD
            assert set(results) <= {2001, *REFUSED}
            refused = [answer for answer in answers if answer.result_code in REFUSED]
            assert len(refused) >= FLOOD // 2
            assert all(answer.header.is_error for answer in refused)
            told = report(answers[-1])
        assert told is not None
        assert 0 < told[constants.AVP_OC_REDUCTION_PERCENTAGE] <= 95
        assert told[constants.AVP_OC_VALIDITY_DURATION] == 30
        assert told[constants.AVP_OC_REPORT_TYPE] == 0
        # A call for help goes through all the same.
        request = enquiry(peer, line)
        request.append_avp(Avp.new(constants.AVP_DRMP, value=0))
        flood(peer, line)
        assert peer.send(request).result_code == 2001
    assert limited.money(line)[0] == "10.00"


async def test_value_added_services_are_told_to_come_later(limited: System) -> None:
    line = limited.line()
    channel = Channel("127.0.0.1", limited.settings.grpc_port)
    stub = ChargingStub(channel)
    metadata = {"authorization": f"Bearer {limited.token}"}
    with Peer(limited.diameter_port, "eager.e2e.example") as peer:
        statuses = []
        for number in range(20):
            flood(peer, line)
            request = messages.ReserveRequest(
                session_id=f"vas-{number}",
                service="voice",
                subscriber=messages.Subscriber(msisdn=line.subscriber.msisdn),
                destination=CALLED,
                requested=messages.Quantity(units=60),
            )
            try:
                await stub.Reserve(request, metadata=metadata, timeout=10)
            except GRPCError as refusal:
                statuses.append(refusal.status)
    channel.close()
    assert statuses
    assert set(statuses) == {Status.RESOURCE_EXHAUSTED}
