"""Requests that are wrong as Diameter (RFC 6733 section 7.1), and what they must not break."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from diameter.message import Message, constants
from diameter.message.commands import DeviceWatchdogRequest, DisconnectPeerRequest
from tests.support.diameter_peer import Peer, failed
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.messages import Subscriber
from openmvno.story.stage import Line

LENGTH_AT = slice(1, 4)
COMMAND_AT = slice(5, 8)
APPLICATION_AT = slice(8, 12)


@pytest.fixture(scope="module")
def line(system: System) -> Line:
    """A line that no test here may charge."""
    return system.line()


@pytest.fixture(autouse=True)
def untouched(system: System, line: Line) -> Any:
    """Nothing moves because of a malformed request."""
    yield
    assert system.money(line) == ("10.00", "0.00")


def good(peer: Peer, line: Line) -> Any:
    """A price enquiry, which moves nothing."""
    request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
    request.requested_action = ccr.PRICE_ENQUIRY
    request.requested_service_unit = ccr.events(1)
    request.service_information = ccr.texted("385911234567")
    return request


def altered(octets: bytes, place: slice, value: int) -> bytes:
    """The octets with another big-endian number at ``place``."""
    width = place.stop - place.start
    return octets[: place.start] + value.to_bytes(width, "big") + octets[place.stop :]


def raw_avp(code: int, flags: int, data: bytes, length: int | None = None) -> bytes:
    """An AVP as it is on the wire, whose length field may lie."""
    size = 8 + len(data) if length is None else length
    padding = bytes(-len(data) % 4)
    return struct.pack("!IB", code, flags) + size.to_bytes(3, "big") + data + padding


def extended(octets: bytes, avp: bytes) -> bytes:
    """The message with one more AVP."""
    whole = octets + avp
    return altered(whole, LENGTH_AT, len(whole))


def without(octets: bytes, code: int) -> bytes:
    """The message without the AVPs of a code."""
    kept, at = octets[:20], 20
    while at < len(octets):
        found, word = struct.unpack("!II", octets[at : at + 8])
        size = (word & 0xFFFFFF) + (-(word & 0xFFFFFF) % 4)
        if found != code:
            kept += octets[at : at + size]
        at += size
    return altered(kept, LENGTH_AT, len(kept))


def refused(peer: Peer, octets: bytes, result: int) -> Any:
    """The answer to a wrong request; the connection goes on."""
    answer = peer.exchange(octets)
    assert answer.result_code == result
    assert answer.header.is_error == (3000 <= result < 4000)
    return answer


PROTOCOL_ERRORS: list[tuple[int, Callable[[bytes], bytes]]] = [
    (3001, lambda octets: altered(octets, COMMAND_AT, 8_388_000)),
    (3007, lambda octets: altered(octets, APPLICATION_AT, 16_777_238)),
    (3008, lambda octets: altered(octets, slice(4, 5), octets[4] | 0x20)),
    (3009, lambda octets: extended(octets, raw_avp(1, 0x5F, b"user"))),
]


@pytest.mark.parametrize(("result", "change"), PROTOCOL_ERRORS)
def test_protocol_errors_have_the_e_bit_and_leave_the_connection(
    peer: Peer, line: Line, result: int, change: Callable[[bytes], bytes]
) -> None:
    refused(peer, change(peer.octets(good(peer, line))), result)
    assert peer.send(good(peer, line)).result_code == 2001


def test_5001_names_the_avp_nobody_knows(peer: Peer, line: Line) -> None:
    octets = extended(peer.octets(good(peer, line)), raw_avp(77_777, 0x40, b"what"))
    (avp,) = failed(refused(peer, octets, 5001))
    assert (avp.code, avp.payload) == (77_777, b"what")


def test_an_unknown_avp_that_is_not_mandatory_is_passed_over(peer: Peer, line: Line) -> None:
    octets = extended(peer.octets(good(peer, line)), raw_avp(77_777, 0x00, b"what"))
    assert peer.exchange(octets).result_code == 2001


def test_5004_names_the_value_that_cannot_be(peer: Peer, line: Line) -> None:
    request = good(peer, line)
    request.requested_action = 9
    (avp,) = failed(refused(peer, peer.octets(request), 5004))
    assert (avp.code, avp.payload) == (constants.AVP_REQUESTED_ACTION, b"\0\0\0\x09")


@pytest.mark.parametrize(
    "code",
    [
        constants.AVP_SESSION_ID,
        constants.AVP_SERVICE_CONTEXT_ID,
        constants.AVP_CC_REQUEST_TYPE,
        constants.AVP_CC_REQUEST_NUMBER,
        constants.AVP_DESTINATION_REALM,
        constants.AVP_ORIGIN_HOST,
    ],
)
def test_5005_names_what_is_missing(peer: Peer, line: Line, code: int) -> None:
    answer = refused(peer, without(peer.octets(good(peer, line)), code), 5005)
    assert [avp.code for avp in failed(answer)] == [code]


def test_5009_names_what_occurs_too_often(peer: Peer, line: Line) -> None:
    second = raw_avp(constants.AVP_CC_REQUEST_NUMBER, 0x40, b"\0\0\0\x07")
    answer = refused(peer, extended(peer.octets(good(peer, line)), second), 5009)
    (avp,) = failed(answer)
    assert (avp.code, avp.payload) == (constants.AVP_CC_REQUEST_NUMBER, b"\0\0\0\x07")


def test_5010_without_a_common_application(system: System) -> None:
    with Peer(system.diameter_port, greet=False) as peer:
        answer = peer.send(peer.capabilities(application=16_777_251))
        assert answer.result_code == 5010
        assert peer.read() is None


def test_5012_for_more_services_than_we_keep(peer: Peer, line: Line) -> None:
    request = peer.request(line.subscriber, peer.new_session(), ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
    parts = [ccr.octets(group, 0, None) for group in range(100)]
    refused(peer, peer.octets(ccr.with_services(request, parts)), 5012)


def test_5014_shows_an_avp_of_the_wrong_length(peer: Peer, line: Line) -> None:
    octets = peer.octets(good(peer, line))
    short = extended(octets, raw_avp(constants.AVP_EVENT_TIMESTAMP, 0x40, b"\1\2\3"))
    (avp,) = failed(refused(peer, short, 5014))
    assert avp.code == constants.AVP_EVENT_TIMESTAMP
    beyond = extended(octets, raw_avp(constants.AVP_USER_NAME, 0x40, b"abcd", length=4000))
    (avp,) = failed(refused(peer, beyond, 5014))
    assert avp.code == constants.AVP_USER_NAME


def test_5015_for_a_length_that_is_none(system: System, peer: Peer, line: Line) -> None:
    octets = peer.octets(good(peer, line))
    answer = peer.exchange(altered(octets, LENGTH_AT, len(octets) + 1))
    assert answer.result_code == 5015
    assert peer.read() is None, "where the next message begins is unknown"
    with Peer(system.diameter_port) as other:
        assert other.send(good(other, line)).result_code == 2001


def test_5015_for_a_message_beyond_the_limit(system: System, peer: Peer, line: Line) -> None:
    octets = peer.octets(good(peer, line))
    answer = peer.exchange(altered(octets, LENGTH_AT, (64 << 10) + 4))
    assert answer.result_code == 5015
    assert peer.read() is None
    with Peer(system.diameter_port) as other:
        # As large as allowed, by an AVP nobody needs.
        room = (64 << 10) - len(octets) - 8
        large = extended(octets, raw_avp(77_777, 0x00, bytes(room)))
        assert len(large) == 64 << 10
        assert other.exchange(large).result_code == 2001


def test_3005_for_a_request_that_was_here_before(peer: Peer, line: Line) -> None:
    octets = peer.octets(good(peer, line))
    other = extended(octets, raw_avp(282, 0x40, b"agent.example"))
    assert peer.exchange(other).result_code == 2001
    refused(peer, extended(other, raw_avp(282, 0x40, b"OCS.openmvno.example")), 3005)


@pytest.mark.parametrize("result", [2001, 3005, 5004])
def test_proxy_info_comes_back_in_order(peer: Peer, line: Line, result: int) -> None:
    request = good(peer, line)
    if result == 5004:
        request.requested_action = 9
    octets = peer.octets(request)
    sent = [
        raw_avp(280, 0x40, host) + raw_avp(33, 0x40, state)
        for host, state in ((b"one.example", b"abc"), (b"two.example", b"\0\xff"), (b"a.b", b"c"))
    ]
    for inside in sent:
        octets = extended(octets, raw_avp(284, 0x40, inside))
    if result == 3005:
        octets = extended(octets, raw_avp(282, 0x40, b"ocs.openmvno.example"))
    peer.write(octets)
    answer = peer.read()
    assert answer is not None
    assert Message.from_bytes(answer).result_code == result
    assert [data for code, data in avps(answer) if code == 284] == sent


def avps(octets: bytes) -> list[tuple[int, bytes]]:
    """(code, value) of a message's AVPs without vendor."""
    found, at = [], 20
    while at < len(octets):
        code, word = struct.unpack("!II", octets[at : at + 8])
        size = word & 0xFFFFFF
        found.append((code, octets[at + 8 : at + size]))
        at += size + (-size % 4)
    return found


def test_a_flood_of_silent_connections_keeps_nobody_out(
    system: System, peer: Peer, line: Line
) -> None:
    silent = [
        socket.create_connection(("127.0.0.1", system.diameter_port), timeout=10)
        for _ in range(1_200)  # more than may be open at all
    ]
    try:
        assert peer.send(good(peer, line)).result_code == 2001, "who is there already"
        with Peer(system.diameter_port, "late.e2e.example") as late:
            assert late.send(good(late, line)).result_code == 2001, "who comes now"
        assert silent[0].recv(1) == b"", "the oldest made room"
    finally:
        for connection in silent:
            connection.close()


def test_watchdog_and_disconnect(system: System) -> None:
    with Peer(system.diameter_port) as peer:
        for message in (DeviceWatchdogRequest(), DisconnectPeerRequest()):
            message.origin_host = peer.peers.origin_host.encode()
            message.origin_realm = peer.peers.origin_realm.encode()
            if isinstance(message, DisconnectPeerRequest):
                message.disconnect_cause = 0
            answer = peer.send(message)
            assert answer.result_code == 2001
        assert peer.read() is None


def test_origin_state_id_is_the_same_in_every_answer(system: System, line: Line) -> None:
    states = set()
    for _ in range(2):
        with Peer(system.diameter_port, greet=False) as peer:
            states.add(peer.send(peer.capabilities()).origin_state_id)
            states.add(peer.send(good(peer, line)).origin_state_id)
    assert states == {1}


def test_a_request_before_capabilities_is_not_served(system: System, line: Line) -> None:
    with Peer(system.diameter_port, greet=False) as peer:
        peer.write(peer.octets(good(peer, line)))
        answer = peer.read()
        assert answer is None or answer[4] & 0x20, "no answer, or a protocol error"


@pytest.mark.parametrize("seed", range(8))
def test_garbage_on_one_connection_leaves_the_others(
    system: System, peer: Peer, line: Line, seed: int
) -> None:
    chance = random.Random(seed)
    with Peer(system.diameter_port, "garbage.e2e.example") as bad:
        octets = bytearray(bad.octets(good(bad, line)))
        for _ in range(chance.randrange(1, 30)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        try:
            bad.write(bytes(octets))
            bad.write(chance.randbytes(chance.randrange(1, 4000)))
        except OSError:
            assert seed >= 0, "the server may close while we still write"
        assert peer.send(good(peer, line)).result_code == 2001
    with Peer(system.diameter_port, greet=False) as silent:
        silent.write(chance.randbytes(2000))
        assert peer.send(good(peer, line)).result_code == 2001


def test_a_message_in_single_octets_is_served(peer: Peer, line: Line) -> None:
    octets = peer.octets(good(peer, line))
    for at in range(len(octets)):
        peer.write(octets[at : at + 1])
    answer = peer.read()
    assert answer is not None
    assert Message.from_bytes(answer).result_code == 2001


def test_a_subscriber_without_identity_is_refused(peer: Peer) -> None:
    nobody = Line(Subscriber(None, None), "", "")
    assert peer.send(good(peer, nobody)).result_code in (5005, 5030)
