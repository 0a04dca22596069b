"""What pages are drawn from, of a system with all its processes, by the processes' own roles."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from tests.support.diameter_peer import Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.stage import Line


def use_octets(peer: Peer, line: Line) -> str:
    """A data session of a megabyte, 0.10 EUR."""
    session = peer.new_session()
    steps = (
        (ccr.INITIAL, 0, ccr.octets(10, 1_000_000, None)),
        (ccr.TERMINATION, 1, ccr.octets(10, None, 1_000_000)),
    )
    for kind, number, part in steps:
        request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, kind, number)
        assert peer.send(ccr.with_services(request, [part])).result_code == 2001
    return session


def answers(live: dict[str, Any]) -> dict[int, int]:
    """Answers since the start, by Result-Code."""
    return {each["result_code"]: each["total"] for each in live["installation"]["answers"]}


def until(seen: Callable[[], bool]) -> None:
    """Wait for what comes within seconds."""
    deadline = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.3)


def test_what_was_charged_is_in_the_figures(system: System, peer: Peer) -> None:
    def data(view: dict[str, Any]) -> tuple[int, int]:
        found = [each for each in view["total"]["usage"] if each["service"] == "data"]
        return sum(each["events"] for each in found), sum(each["usage"] for each in found)

    line = system.line()
    before = data(system.api.get("/v1/statistics", step="minute"))
    known = answers(system.api.get("/v1/charging/live"))
    session = use_octets(peer, line)
    system.cdrs(session)
    after = data(system.api.get("/v1/statistics", step="minute"))
    assert (after[0] - before[0], after[1] - before[1]) == (1, 1_000_000)
    stranger = dataclasses.replace(line.subscriber, msisdn="385919999999", imsi="219019999999999")
    request = peer.request(stranger, peer.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    part = ccr.octets(10, 1_000_000, None)
    assert peer.send(ccr.with_services(request, [part])).result_code == 5030

    def refused_once_more() -> bool:
        live = answers(system.api.get("/v1/charging/live"))
        return live.get(5030, 0) > known.get(5030, 0) and live[2001] >= known.get(2001, 0) + 2

    until(refused_once_more)
    live = system.api.get("/v1/charging/live")
    assert (live["installation"]["engines"], live["cdrs"] >= 1) == (1, True)
    assert live["lag_seconds"] < 10


def test_a_system_that_runs_is_well_but_for_what_it_lacks(system: System, peer: Peer) -> None:
    assert peer.new_session()  # one gateway is connected

    def reported() -> bool:
        processes = system.api.get("/v1/system")["processes"]
        return {each["process"] for each in processes} == {"serve", "work"}

    until(reported)

    def rates() -> bool:
        return all(
            each["utilisation"] is not None for each in system.api.get("/v1/system")["shards"]
        )

    until(rates)
    answer = system.api.get("/v1/system")
    wrong = {each["subject"] for each in answer["findings"] if each["state"] != "ok"}
    # One engine, and nothing is backed up; other tests leave deliveries behind.
    assert wrong - {"deliveries", "dead letters"} == {"standby", "backup"}, answer["findings"]
    assert answer["shards_without_owner"] == []
    assert answer["engines"][0]["version"] == answer["processes"][0]["version"]
    assert answer["database"]["size_bytes"] > 0
