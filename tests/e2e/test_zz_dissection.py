"""Everything our door sent in these tests, read by an independent dissector. Runs last."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from diameter.message import Avp, constants
from diameter.message.commands import DeviceWatchdogRequest
from tests.support.diameter_peer import CONVERSATIONS, Conversation, Peer
from tests.support.system import System

from openmvno.story import messages as ccr
from openmvno.story.tariff import CALLED

SERVER_PORT = 3868
RAW_IP = 101  # LINKTYPE_RAW
PART_LIMIT = 1400
# Their Failed-AVP shows the AVP of the wrong length or with reserved flags as it came (RFC 6733
# sections 7.1.3 and 7.1.5): what is malformed there is the request's.
AS_IT_CAME = (["3009"], ["5014"])
# What the refusals of wrong requests repeat of them, and the empty example of a missing text
# (RFC 6733 section 7.5).
REPEATED = {
    ("3001", "Unknown command"),
    ("5001", "Unknown AVP 77777 (vendor=Reserved)"),
    ("5004", "Data is empty"),
    ("5005", "Data is empty"),
    ("5014", "Data is empty"),
    ("5014", "Unknown AVP 70000 (vendor=Reserved)"),
}
# QoS-Final-Unit-Indication is of RFC 8506; dissectors of RFC 4006 do not know it.
YOUNGER = "Unknown AVP 669 (vendor=Reserved)"


def capture_of(conversations: list[Conversation]) -> bytes:
    """A pcap file with what the server sent, each connection as TCP segments in order."""
    capture = struct.pack("!IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, RAW_IP)
    for number, conversation in enumerate(conversations):
        sequence = 1
        for from_server, octets in conversation.parts:
            if not from_server:
                continue
            for at in range(0, len(octets), PART_LIMIT):
                part = octets[at : at + PART_LIMIT]
                packet = segment(10_000 + number, sequence, part)
                capture += struct.pack("!IIII", 0, 0, len(packet), len(packet)) + packet
                sequence += len(part)
    return capture


def segment(client_port: int, sequence: int, payload: bytes) -> bytes:
    """An IPv4 packet from the server; checksums stay zero, nobody looks at them."""
    tcp = struct.pack("!HHIIBBHHH", SERVER_PORT, client_port, sequence, 1, 0x50, 0x18, 65_535, 0, 0)
    length = 20 + len(tcp) + len(payload)
    address = bytes([127, 0, 0, 1])
    head = struct.pack("!BBHHHBBH", 0x45, 0, length, 0, 0, 64, 6, 0) + address + address
    return head + tcp + payload


def representative(system: System) -> None:
    """The kinds of answers there are, so that this test alone is worth something, too."""
    line = system.line(balance="0.30")
    with Peer(system.diameter_port, "dissected.e2e.example") as peer:
        session = peer.new_session()
        request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.INITIAL, 0)
        parts = [ccr.octets(10, 9_000_000, None), ccr.octets(20, 1000, None)]
        peer.send(ccr.with_services(request, parts))
        request = peer.request(line.subscriber, session, ccr.PACKET_SWITCHED, ccr.TERMINATION, 1)
        peer.send(ccr.with_services(request, [ccr.octets(10, None, 1_000_000)]))
        for action in (ccr.DIRECT_DEBITING, ccr.PRICE_ENQUIRY, ccr.CHECK_BALANCE, 9):
            request = peer.request(line.subscriber, peer.new_session(), ccr.SMS, ccr.EVENT, 0)
            request.requested_action = action
            request.requested_service_unit = ccr.events(1)
            request.service_information = ccr.texted(CALLED)
            request.cc_correlation_id = b"order-9"
            request.append_avp(Avp.new(constants.AVP_OC_SUPPORTED_FEATURES, value=[]))
            peer.send(request)
        watchdog = DeviceWatchdogRequest()
        watchdog.origin_host = peer.peers.origin_host.encode()
        watchdog.origin_realm = peer.peers.origin_realm.encode()
        peer.send(watchdog)


def dissect(capture: Path, *fields: str, only: str = "diameter") -> list[list[str]]:
    command = ["tshark", "-r", str(capture), "-d", f"tcp.port=={SERVER_PORT},diameter"]
    command += ["-o", "tcp.analyze_sequence_numbers:FALSE", "-Y", only, "-T", "fields"]
    command += [part for field in fields for part in ("-e", field)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [line.split("\t") for line in done.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_all_of_it(system: System, tmp_path: Path) -> None:
    representative(system)
    capture = tmp_path / "answers.pcap"
    capture.write_bytes(capture_of(CONVERSATIONS))
    sent = sum(part[0] for conversation in CONVERSATIONS for part in conversation.parts)
    rows = dissect(capture, "diameter.cmd.code", "diameter.Result-Code")
    commands = [code for row in rows for code in row[0].split(",")]
    assert len(commands) == sent
    assert {"257", "272", "280"} <= set(commands)
    malformed = dissect(capture, "diameter.Result-Code", only="_ws.malformed")
    assert [result for result in malformed if result not in AS_IT_CAME] == []
    complaints = dissect(
        capture,
        "diameter.Result-Code",
        "_ws.expert.message",
        only="!_ws.malformed && _ws.expert.severity >= 6291456",  # PI_WARN
    )
    said = {(result, message.split(",")[0]) for result, message in complaints}
    assert {one for one in said if one[1] != YOUNGER} <= REPEATED
    unknown = dissect(
        capture, "frame.number", only="diameter.avp.unknown && !(diameter.avp.code == 669)"
    )
    assert unknown == unknown_on_purpose(capture)


def unknown_on_purpose(capture: Path) -> list[list[str]]:
    """Failed-AVP shows AVPs nobody knows when the test sent such."""
    return dissect(capture, "frame.number", only="diameter.avp.unknown && diameter.Failed-AVP")
