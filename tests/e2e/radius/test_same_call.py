"""The same call of 65 seconds by every way in: the same amount to the unit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from grpclib.client import Channel
from tests.e2e.radius.conftest import Radius
from tests.support.diameter_peer import Peer
from tests.support.radius import needs_radclient
from tests.support.system import System

from openmvno.rpc.charging.v1 import charging_pb2 as charging
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.story import messages as ccr
from openmvno.story.stage import Line
from openmvno.story.tariff import CALLED

pytestmark = needs_radclient

SECONDS = 65


def by_diameter(system: System, peer: Peer, line: Line) -> None:
    session = peer.new_session()
    for kind, number, part in (
        (ccr.INITIAL, 0, ccr.seconds(60, None)),
        (ccr.UPDATE, 1, ccr.seconds(60, 40)),
        (ccr.TERMINATION, 2, ccr.seconds(None, SECONDS - 40)),
    ):
        request = peer.request(line.subscriber, session, ccr.VOICE, kind, number)
        request.service_information = ccr.called(CALLED)
        assert peer.send(ccr.with_services(request, [part])).result_code == 2001


def by_radius(radius: Radius, line: Line) -> None:
    called = f'Called-Station-Id="{CALLED}"'
    for status, seconds in (("Start", 0), ("Interim-Update", 40), ("Stop", SECONDS)):
        reply = radius.report(line, status, "same", f"Acct-Session-Time={seconds}", called)
        assert reply.code == "Accounting-Response"


async def by_grpc(system: System, line: Line) -> None:
    channel = Channel("127.0.0.1", system.settings.grpc_port)
    stub = ChargingStub(channel)
    metadata = {"authorization": f"Bearer {system.token}"}
    common: dict[str, Any] = {
        "session_id": f"same-{line.line_id}",
        "service": "voice",
        "subscriber": charging.Subscriber(msisdn=line.subscriber.msisdn),
    }
    reserve = charging.ReserveRequest(
        **common,
        request_number=0,
        requested=charging.Quantity(units=60),
        destination=CALLED,
    )
    await stub.Reserve(reserve, metadata=metadata)
    commit = charging.CommitRequest(
        **common, request_number=1, used=charging.Quantity(units=SECONDS)
    )
    await stub.Commit(commit, metadata=metadata)
    channel.close()


def by_rest(system: System, line: Line) -> None:
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    content = (
        "record_id,imsi,service,direction,destination,started_at,duration\n"
        f"R-1,{line.subscriber.imsi},voice,originating,{CALLED},{at},{SECONDS}\n"
    )
    file = system.api.upload("/v1/usage-files", f"same-{line.line_id}.csv", content)
    assert file["accepted"] == 1, file


async def test_a_call_costs_the_same_by_diameter_radius_grpc_and_rest(
    system: System, peer: Peer, voip: Radius
) -> None:
    lines = [system.line() for _ in range(4)]
    by_diameter(system, peer, lines[0])
    by_radius(voip, lines[1])
    await by_grpc(system, lines[2])
    by_rest(system, lines[3])
    cdrs = [system.cdrs_of_line(line)[0] for line in lines]
    assert [cdr["amount"] for cdr in cdrs] == ["0.27"] * 4
    assert [cdr["usage"] for cdr in cdrs] == [SECONDS] * 4
    assert [cdr["rate"] for cdr in cdrs] == [cdrs[0]["rate"]] * 4
    assert [system.money(line) for line in lines] == [("9.73", "0.00")] * 4
