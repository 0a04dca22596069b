"""``openmvno trace`` and its route: a real call, shown as it happens."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from grpclib.client import Channel
from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno import access, tenants
from openmvno.actor import command_line_actor
from openmvno.database import create_pool
from openmvno.rpc.charging.v1.charging_grpc import ChargingStub
from openmvno.rpc.charging.v1.charging_pb2 import DebitRequest, Quantity, Subscriber
from openmvno.settings import environment
from openmvno.story import messages as ccr
from openmvno.story.business import BusinessApi
from openmvno.story.stage import Line
from openmvno.story.system import endpoints, tenant_token

CALLED = "385911234567"


class Trace:
    """The route, read by a thread of its own."""

    def __init__(self, system: System, token: str, subject: str, seconds: int) -> None:
        self.lines: list[dict[str, Any]] = []
        self.running = threading.Event()
        self._url = f"{endpoints(system.settings, token).api_url}/v1/traces/live"
        self._parameters = {"subject": subject, "seconds": str(seconds)}
        self._headers = {"Authorization": f"Bearer {token}"}
        self._thread = threading.Thread(target=self._read)
        self._thread.start()
        assert self.running.wait(10)

    def _read(self) -> None:
        with httpx.stream(
            "GET",
            self._url,
            params=self._parameters,
            headers=self._headers,
            timeout=30,
            trust_env=False,
        ) as response:
            assert response.status_code == 200, response.read()
            for line in response.iter_lines():
                self.lines.append(json.loads(line))
                self.running.set()

    def ended(self) -> list[dict[str, Any]]:
        """Everything it showed, once it has ended by itself."""
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.lines


def number_of(line: Line) -> str:
    assert line.subscriber.msisdn is not None
    return line.subscriber.msisdn


def call(peer: Peer, line: Line, used: tuple[int, int]) -> str:
    """A call: CCR-I, CCR-U, CCR-T."""
    session = peer.new_session()
    steps = (
        (ccr.INITIAL, ccr.seconds(60, None)),
        (ccr.UPDATE, ccr.seconds(60, used[0])),
        (ccr.TERMINATION, ccr.seconds(None, used[1])),
    )
    for number, (kind, part) in enumerate(steps):
        request = peer.request(line.subscriber, session, ccr.VOICE, kind, number)
        request.service_information = ccr.called(CALLED)
        request.multiple_services_credit_control = [part]
        assert peer.send(request).result_code == 2001
    return session


def avps(message: dict[str, Any], *path: str) -> list[dict[str, Any]]:
    """The AVPs found by following names down the groups."""
    found: list[dict[str, Any]] = message["avps"]
    for depth, name in enumerate(path):
        found = [avp for avp in found if avp["name"] == name]
        if depth < len(path) - 1:
            found = [inner for avp in found for inner in avp.get("avps", [])]
    return found


def audited(api: BusinessApi, action: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.get("/v1/audit")["items"]
    return [entry for entry in entries if entry["action"] == action]


def test_a_call_is_shown_decoded_and_explained_to_the_cent(system: System) -> None:
    line, other = system.line(), system.line()
    trace = Trace(system, system.token, number_of(line), 3)
    (begun,) = [
        entry
        for entry in audited(system.api, "trace.started")
        if entry["subject_id"] == line.line_id
    ]
    assert begun["after"] == {"subject": number_of(line), "seconds": 3}
    with Peer(system.diameter_port) as peer:
        call(peer, other, (60, 5))
        session = call(peer, line, (60, 5))
        call(peer, other, (10, 5))
    first, *entries, last = trace.ended()
    assert first == {"shown": 0, "not_shown": 0}
    assert last == {"shown": 3, "not_shown": 0}
    assert {entry["session_id"] for entry in entries} == {session}, "nothing of anybody else"
    assert number_of(other) not in json.dumps(entries)

    opened, updated, ended = entries
    types = [avps(entry["request"], "CC-Request-Type")[0] for entry in entries]
    assert [avp["meaning"] for avp in types] == [
        "INITIAL_REQUEST",
        "UPDATE_REQUEST",
        "TERMINATION_REQUEST",
    ]
    assert {entry["request"]["name"] for entry in entries} == {"Credit-Control-Request"}
    assert {entry["answer"]["name"] for entry in entries} == {"Credit-Control-Answer"}
    assert {entry["answer"]["result"] for entry in entries} == {"2001 DIAMETER_SUCCESS"}
    (number,) = avps(opened["request"], "Subscription-Id", "Subscription-Id-Data")[:1]
    assert number["value"] == number_of(line)
    granted = ("Multiple-Services-Credit-Control", "Granted-Service-Unit", "CC-Time")
    assert avps(opened["answer"], *granted)[0]["value"] == "60"
    used = ("Multiple-Services-Credit-Control", "Used-Service-Unit", "CC-Time")
    assert avps(updated["request"], *used)[0]["value"] == "60"

    (cdr,) = system.cdrs(session)
    before, after = opened["rating"], ended["rating"]
    assert (before["balance_before"], before["reserved_before"]) == ("10.00", "0.00")
    assert before["reserved_after"] == before["units"][0]["reserved"]
    assert before["quote"]["result"] == "rated"
    assert before["quote"]["steps"], "how the price was found"
    assert opened["rating"]["units"][0]["rate"] == cdr["rate"]
    assert before["reserved_after"] == "0.25"
    (units,) = updated["rating"]["units"]
    assert (units["charged_now"], units["charged"], units["used"]) == ("0.25", "0.25", 60)
    (part,) = units["parts"]
    assert (part["payer"], part["from"], part["to"], part["cost"]) == ("balance", 0, 60, "0.25")
    (recorded,) = after["cdrs"]
    assert recorded["cdr_id"] == cdr["id"]
    assert recorded["amount"] == cdr["amount"] == "0.27"
    assert recorded["explanation"]["equal"] is True
    assert recorded["explanation"]["steps"]
    assert (after["balance_after"], after["reserved_after"]) == ("9.73", "0.00")
    assert system.money(line) == ("9.73", "0.00")

    (over,) = [
        entry for entry in audited(system.api, "trace.ended") if entry["subject_id"] == line.line_id
    ]
    assert over["after"] == {"subject": number_of(line), "shown": 3, "not_shown": 0}


def test_a_session_a_card_and_an_imsi_name_the_subscriber_too(system: System) -> None:
    line = system.line()
    iccid = system.api.get(f"/v1/lines/{line.line_id}")["iccid"]
    with Peer(system.diameter_port) as peer:
        session = peer.new_session()
        named = (
            str(line.subscriber.imsi),
            str(iccid),
            f"0{line.subscriber.imsi}@nai.epc.mnc001.mcc219.3gppnetwork.org",
            session,
        )
        traces = [Trace(system, system.token, subject, 2) for subject in named]
        request = peer.request(line.subscriber, session, ccr.VOICE, ccr.INITIAL, 0)
        request.service_information = ccr.called(CALLED)
        request.multiple_services_credit_control = [ccr.seconds(60, None)]
        assert peer.send(request).result_code == 2001
    for trace in traces:
        _, entry, last = trace.ended()
        assert entry["session_id"] == session
        assert last["shown"] == 1


async def test_a_charge_by_grpc_is_shown_with_its_price(system: System) -> None:
    line = system.line()
    trace = await asyncio.to_thread(Trace, system, system.token, number_of(line), 3)
    channel = Channel("127.0.0.1", system.settings.grpc_port)
    await ChargingStub(channel).Debit(
        DebitRequest(
            session_id="trace-1",
            subscriber=Subscriber(msisdn=number_of(line)),
            service="sms",
            requested=Quantity(units=1),
            destination=CALLED,
        ),
        metadata={"authorization": f"Bearer {system.token}"},
        timeout=10,
    )
    channel.close()
    _, entry, _ = await asyncio.to_thread(trace.ended)
    assert entry["door"] == "engine"
    assert entry["request"]["name"] == "debit"
    (cdr,) = entry["rating"]["cdrs"]
    assert cdr["explanation"]["equal"] is True
    assert system.token not in json.dumps(entry)


def test_another_tenant_does_not_find_the_subscriber(system: System) -> None:
    line = system.line()
    stranger = BusinessApi(endpoints(system.settings, "").api_url, stranger_token(system))
    answer = httpx.get(
        f"{endpoints(system.settings, '').api_url}/v1/traces/live",
        params={"subject": number_of(line), "seconds": "1"},
        headers={"Authorization": f"Bearer {stranger_token(system)}"},
        trust_env=False,
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "line_not_found")
    assert audited(stranger, "trace.started") == []
    with Peer(system.diameter_port) as peer:
        session = peer.new_session()
        trace = Trace(system, stranger_token(system), session, 1)
        request = peer.request(line.subscriber, session, ccr.VOICE, ccr.INITIAL, 0)
        request.service_information = ccr.called(CALLED)
        request.multiple_services_credit_control = [ccr.seconds(60, None)]
        assert peer.send(request).result_code == 2001
    assert trace.ended()[-1] == {"shown": 0, "not_shown": 0}


def stranger_token(system: System) -> str:
    return tenant_token(system.settings, "stranger")


def test_only_so_many_run_at_once_and_each_says_what_it_dropped(system: System) -> None:
    line = system.line()
    running = [Trace(system, system.token, number_of(line), 3) for _ in range(8)]
    url = endpoints(system.settings, system.token).api_url
    refused = httpx.get(
        f"{url}/v1/traces/live",
        params={"subject": number_of(line), "seconds": "1"},
        headers={"Authorization": f"Bearer {system.token}"},
        trust_env=False,
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "traces_full")
    for trace in running:
        assert trace.ended()[-1]["not_shown"] == 0


def test_a_reader_that_goes_away_ends_the_trace(system: System) -> None:
    line = system.line()
    url = f"{endpoints(system.settings, system.token).api_url}/v1/traces/live"
    with httpx.stream(
        "GET",
        url,
        params={"subject": number_of(line), "seconds": "600"},
        headers={"Authorization": f"Bearer {system.token}"},
        trust_env=False,
    ) as response:
        assert next(response.iter_lines())
    deadline = time.monotonic() + 10
    while not [
        entry for entry in audited(system.api, "trace.ended") if entry["subject_id"] == line.line_id
    ]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    running = [Trace(system, system.token, number_of(line), 1) for _ in range(8)]
    for trace in running:
        trace.ended()


def test_a_trace_needs_its_scope(system: System) -> None:
    async def make() -> str:
        async with create_pool(system.settings, "test") as pool, pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, "e2e")
            actor = command_line_actor(owner.tenant_id, "test")
            return await access.create_token(connection, actor, "balances", ["balance:read"])

    token = asyncio.run(make())
    answer = httpx.get(
        f"{endpoints(system.settings, token).api_url}/v1/traces/live",
        params={"subject": "385910000001"},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert (answer.status_code, answer.json()["scope"]) == (403, "trace:read")


@contextmanager
def command(system: System, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "openmvno", *arguments],
        env={**os.environ, **environment(system.settings), "COLUMNS": "140"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process


def test_the_command_prints_the_messages_and_the_steps(system: System) -> None:
    line = system.line()
    with command(system, "trace", number_of(line), "--tenant", "e2e", "--for", "3s") as process:
        assert process.stdout is not None
        seen = process.stdout.readline()
        assert "The trace runs" in seen
        with Peer(system.diameter_port) as peer:
            session = call(peer, line, (60, 5))
        printed = process.stdout.read()
        assert process.wait(20) == 0
    assert session in printed
    assert "Credit-Control-Request" in printed
    assert "CC-Request-Type: 3 (TERMINATION_REQUEST)" in printed
    assert "Result-Code: 2001 (DIAMETER_SUCCESS)" in printed
    assert "Equal" in printed
    assert "3 exchanges shown, 0 messages not shown" in printed
    entries = audited(system.api, "trace.started")
    assert entries[0]["actor"] == "command line: trace"


def test_open_sessions_are_listed_with_money_held(system: System) -> None:
    line = system.line()
    with Peer(system.diameter_port) as peer:
        session = peer.new_session()
        request = peer.request(line.subscriber, session, ccr.VOICE, ccr.INITIAL, 0)
        request.service_information = ccr.called(CALLED)
        request.multiple_services_credit_control = [ccr.seconds(60, None)]
        assert peer.send(request).result_code == 2001
        (shown,) = system.api.get(f"/v1/lines/{line.line_id}/sessions")
        assert (shown["session_id"], shown["service"]) == (session, "voice")
        assert shown["gateway"] == peer.peers.origin_host
        assert (shown["destination"], shown["status"]) == (CALLED, "open")
        (units,) = shown["units"]
        assert (units["granted"], units["used"], units["charged"]) == (60, 0, "0.00")
        assert units["reserved"] == system.money(line)[1]
        with command(system, "session", "list", number_of(line), "--tenant", "e2e") as process:
            assert process.stdout is not None
            printed = process.stdout.read()
            assert process.wait(20) == 0, printed
        assert session.split(";")[0] in printed.replace("\n", "")
        assert f"{units['reserved']} EUR" in printed
    assert system.api.get(f"/v1/lines/{system.line().line_id}/sessions") == []
