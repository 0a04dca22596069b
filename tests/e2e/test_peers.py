"""Who may connect, changed while the system runs: by REST, by command line, by file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from diameter.message import Message
from tests.support.diameter_peer import Peer
from tests.support.system import HOT_LINED, System, catalog

from openmvno.settings import environment
from openmvno.story import messages as ccr
from openmvno.story.business import BusinessApi
from openmvno.story.messages import Subscriber
from openmvno.story.stage import Line
from openmvno.story.system import endpoints, temporary_system, tenant_token

GATEWAY = "gateway.e2e.example"
TERMINATE = 0  # Final-Unit-Action, RFC 8506 section 8.35


@pytest.fixture(scope="module")
def peer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of peers of the system; it lets one realm in."""
    path = tmp_path_factory.mktemp("peers") / "peers.yaml"
    path.write_text("peers:\n  - {host: '*.file.example'}\n")
    return path


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory, peer_file: Path) -> Iterator[System]:
    """A system of its own: these tests decide who may connect."""
    log = tmp_path_factory.mktemp("closed") / "openmvno.log"
    with temporary_system(log, country_code="385", diameter_peers_file=peer_file) as settings:
        token = tenant_token(settings, "e2e")
        api = BusinessApi(endpoints(settings, token).api_url, token)
        api.post("/v1/catalog/versions?publish=true", catalog())
        yield System(settings, api, token)
        api.close()
    assert "Traceback" not in log.read_text(), log.read_text()


def openmvno(system: System, *arguments: str) -> str:
    """What a command of the program prints."""
    finished = subprocess.run(
        [sys.executable, "-m", "openmvno", *arguments],
        env={**os.environ, **environment(system.settings), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return finished.stdout + finished.stderr


def greeted(system: System, host: str = GATEWAY, **how: Any) -> int:
    """The Result-Code of a CER."""
    with Peer(system.diameter_port, host, greet=False, **how) as peer:
        answer = peer.send(peer.capabilities())
        code: int = answer.result_code
        assert answer.header.is_error == (3000 <= code < 4000)
        if code != 2001:
            assert peer.read() is None, "the connection is closed"
        return code


def test_3010_for_a_peer_that_is_not_known(closed: System) -> None:
    assert greeted(closed, "stranger.example") == 3010
    assert greeted(closed, "gw.file.example") == 2001


def test_a_peer_is_known_as_soon_as_it_is_set(closed: System) -> None:
    assert greeted(closed) == 3010
    closed.api.put(f"/v1/peers/{GATEWAY}", {})
    assert greeted(closed) == 2001
    closed.api.delete(f"/v1/peers/{GATEWAY}")
    assert greeted(closed) == 3010


def test_3010_from_an_address_that_is_not_allowed(closed: System) -> None:
    closed.api.put(f"/v1/peers/{GATEWAY}", {"addresses": ["127.0.0.2/31"]})
    assert greeted(closed, source="127.0.0.1") == 3010
    assert greeted(closed, source="127.0.0.3") == 2001
    closed.api.delete(f"/v1/peers/{GATEWAY}")


@pytest.mark.parametrize("change", ["disabled", "removed", "moved"])
def test_a_peer_not_wanted_any_more_is_sent_a_dpr_and_closed(closed: System, change: str) -> None:
    closed.api.put(f"/v1/peers/{GATEWAY}", {})
    with Peer(closed.diameter_port) as peer:
        if change == "removed":
            closed.api.delete(f"/v1/peers/{GATEWAY}")
        else:
            wish = {"enabled": False} if change == "disabled" else {"addresses": ["192.0.2.1"]}
            closed.api.put(f"/v1/peers/{GATEWAY}", wish)
        octets = peer.read()
        assert octets is not None
        request = Message.from_bytes(octets)
        assert (request.header.command_code, request.header.is_request) == (282, True)
        assert request.disconnect_cause == 2  # DO_NOT_WANT_TO_TALK_TO_YOU
        answer = request.to_answer()
        answer.result_code = 2001
        answer.origin_host, answer.origin_realm = GATEWAY.encode(), b"e2e.example"
        peer.write(answer.as_bytes())
        assert peer.read() is None
    assert greeted(closed) == 3010


def test_many_connections_up_to_the_limit_of_the_peer(closed: System) -> None:
    closed.api.put(f"/v1/peers/{GATEWAY}", {"connections": 3})
    open_ones = [Peer(closed.diameter_port) for _ in range(3)]
    assert greeted(closed) == 3004
    connected = closed.api.get("/v1/peer-connections")
    mine = [each for each in connected if each["origin_host"] == GATEWAY]
    assert [(each["peer"], each["state"]) for each in mine] == [(GATEWAY, "open")] * 3
    open_ones.pop().close()
    deadline = time.monotonic() + 10
    while greeted(closed) != 2001:
        assert time.monotonic() < deadline
    for peer in open_ones:
        peer.close()
    closed.api.delete(f"/v1/peers/{GATEWAY}")


def test_the_command_line_sets_lists_and_removes_peers(closed: System) -> None:
    added = openmvno(
        closed, "peer", "add", "gw9.example", "--address", "127.0.0.0/8", "--profile", "open5gs-smf"
    )
    assert added == "gw9.example may connect.\n"
    with Peer(closed.diameter_port, "gw9.example"):
        listed = openmvno(closed, "peer", "list")
        assert "*.file.example" in listed
        assert "gw9.example" in listed
        assert "open5gs-smf" in listed
        connected = openmvno(closed, "peer", "connections")
        assert "gw9.example  127.0.0.1  gw9.example  open5gs-smf  TCP  open" in connected
    assert openmvno(closed, "peer", "disable", "gw9.example") == "gw9.example is kept out.\n"
    assert greeted(closed, "gw9.example") == 3010
    assert openmvno(closed, "peer", "enable", "gw9.example") == "gw9.example may connect.\n"
    assert greeted(closed, "gw9.example") == 2001
    assert openmvno(closed, "peer", "remove", "gw9.example") == "gw9.example is removed.\n"
    assert greeted(closed, "gw9.example") == 3010
    refused = openmvno(closed, "peer", "add", "gw9.example", "--address", "10.0.0.1/8")
    assert "10.0.0.1/8: the address has bits set beyond its prefix; accepted: addresses" in refused
    assert "in the file of peers" in openmvno(closed, "peer", "remove", "*.file.example")
    assert "redirect: ignored" in openmvno(closed, "peer", "profiles")


def test_a_change_of_the_file_takes_effect_and_a_broken_one_does_not(
    closed: System, peer_file: Path
) -> None:
    good = peer_file.read_text()
    assert greeted(closed, "gw.second.example") == 3010
    peer_file.write_text(good + "  - {host: gw.second.example}\n")
    deadline = time.monotonic() + 20
    while greeted(closed, "gw.second.example") != 2001:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    peer_file.write_text("peers: nonsense\n")
    time.sleep(4)  # longer than a look takes
    assert greeted(closed, "gw.second.example") == 2001
    assert greeted(closed, "stranger.example") == 3010
    peer_file.write_text(good)


def test_a_profile_is_in_force_for_the_open_connection(closed: System) -> None:
    line = closed.line()
    closed.api.put(f"/v1/peers/{GATEWAY}", {})
    with Peer(closed.diameter_port) as peer:

        def enquiry() -> Any:
            request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
            request.requested_action = ccr.PRICE_ENQUIRY
            request.requested_service_unit = ccr.events(1)
            request.service_information = ccr.texted("385911234567")
            octets = peer.octets(request)
            unknown = bytes.fromhex("00012fd14000000c") + b"what"
            whole = octets + unknown
            return peer.exchange(whole[:1] + len(whole).to_bytes(3, "big") + whole[4:])

        assert enquiry().result_code == 5001
        closed.api.put(f"/v1/peers/{GATEWAY}", {"profile": "basic-packet-gateway"})
        assert enquiry().result_code == 2001
    closed.api.delete(f"/v1/peers/{GATEWAY}")


def test_a_gateway_that_redirects_nobody_is_told_to_terminate(closed: System) -> None:
    """The SMF of Open5GS: it knows no final units, and goes on asking without credit."""
    line = closed.line(balance="0.10", product=HOT_LINED)
    closed.api.put(f"/v1/peers/{GATEWAY}", {"profile": "open5gs-smf"})
    with Peer(closed.diameter_port) as peer:
        session = peer.new_session()

        def ask(numbered: tuple[int, int], used: int | None) -> Any:
            request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, *numbered)
            return peer.send(ccr.with_services(request, [ccr.octets(10, 1_000_000, used)]))

        last = ask((ccr.INITIAL, 0), None).multiple_services_credit_control[0]
        assert last.final_unit_indication.final_unit_action == TERMINATE
        used_up = ask((ccr.UPDATE, 1), 1_000_000).multiple_services_credit_control[0]
        assert (used_up.result_code, used_up.final_unit_indication) == (4012, None)
        assert [ask((ccr.UPDATE, number), 0).result_code for number in (2, 3, 4, 5)] == [
            2001,
            2001,
            4012,  # and the session is closed
            5002,
        ]
    (cdr,) = closed.cdrs(session)
    assert (cdr["usage"], cdr["amount"]) == (1_000_000, "0.10")
    closed.api.delete(f"/v1/peers/{GATEWAY}")


def test_a_subscriber_is_found_by_the_number_of_the_sim_card(closed: System) -> None:
    line = closed.line()
    shown = closed.api.get(f"/v1/lines/{line.line_id}")
    closed.api.put(f"/v1/peers/{GATEWAY}", {"profile": "iccid-gateway"})
    card = Line(Subscriber(f"{shown['iccid']}@iccid", None), "", "")
    stranger = Line(Subscriber("8938510999999999997@iccid", None), "", "")
    with Peer(closed.diameter_port) as peer:
        for who, result in ((card, 2001), (card, 2001), (stranger, 5030)):
            request = peer.request(who.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
            request.requested_action = ccr.PRICE_ENQUIRY
            request.requested_service_unit = ccr.events(1)
            request.service_information = ccr.texted("385911234567")
            assert peer.send(request).result_code == result
    closed.api.delete(f"/v1/peers/{GATEWAY}")
