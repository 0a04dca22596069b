"""The few octets of Diameter the load needs, written from RFC 6733 and RFC 8506 alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

REQUEST, RETRANSMITTED, ERROR = 0x80, 0x10, 0x20
CREDIT_CONTROL, CAPABILITIES, WATCHDOG = 272, 257, 280
INITIAL, UPDATE, TERMINATION, EVENT = 1, 2, 3, 4
REALM = "openmvno.example"
HOST = "ocs.openmvno.example"
TGPP = 10_415


def avp(code: int, data: bytes, vendor: int = 0) -> bytes:
    """An AVP with the M bit (RFC 6733 section 4.1)."""
    head = 12 if vendor else 8
    flags = 0xC0 if vendor else 0x40
    size = struct.pack("!IB", code, flags) + (head + len(data)).to_bytes(3, "big")
    return size + (struct.pack("!I", vendor) if vendor else b"") + data + bytes(-len(data) % 4)


def text(code: int, value: str, vendor: int = 0) -> bytes:
    """A text AVP."""
    return avp(code, value.encode(), vendor)


def number(code: int, value: int) -> bytes:
    """An Unsigned32 or Enumerated AVP."""
    return avp(code, struct.pack("!I", value))


def long(code: int, value: int) -> bytes:
    """An Unsigned64 AVP."""
    return avp(code, struct.pack("!Q", value))


def header(flags: int, command: int, application: int, size: int, hop: int, end: int) -> bytes:
    """A message header (RFC 6733 section 3)."""
    first = bytes([1]) + (20 + size).to_bytes(3, "big") + bytes([flags])
    return first + command.to_bytes(3, "big") + struct.pack("!III", application, hop, end)


def capabilities(origin_host: str) -> bytes:
    """A CER for credit control."""
    address = avp(257, b"\0\1\x7f\0\0\1")
    body = text(264, origin_host) + text(296, "crash.example") + address
    body += number(266, 0) + text(269, "crash") + number(258, 4)
    return header(REQUEST, CAPABILITIES, 0, len(body), 1, 1) + body


@dataclass(frozen=True)
class Units:
    """One rating group of a request; group 0: units of a call, which has no rating group."""

    group: int
    requested: int | None
    used: int | None


@dataclass(frozen=True)
class Ccr:
    """A credit control request."""

    session: str
    kind: int
    number: int
    msisdn: str
    context: str
    units: tuple[Units, ...]
    called: str = ""

    def body(self, origin_host: str, *, named_host: bool) -> bytes:
        """Its AVPs; with ``named_host`` Destination-Host names the server."""
        parts = [
            text(263, self.session),
            text(264, origin_host),
            text(296, "crash.example"),
            text(283, REALM),
            number(258, 4),
            text(461, self.context),
            number(416, self.kind),
            number(415, self.number),
            avp(443, number(450, 0) + text(444, self.msisdn)),
        ]
        if named_host:
            parts.append(text(293, HOST))
        if self.kind == TERMINATION:
            parts.append(number(295, 1))
        if self.kind == EVENT:
            parts += [number(436, 0), avp(437, long(417, 1))]
            recipient = avp(1201, text(897, self.called, TGPP), TGPP)
            parts.append(avp(873, avp(2000, avp(2026, recipient, TGPP), TGPP), TGPP))
        else:
            parts += [number(455, 1), *(_services(unit) for unit in self.units)]
            if self.called:
                ims = avp(829, struct.pack("!I", 0), TGPP) + text(832, self.called, TGPP)
                parts.append(avp(873, avp(876, ims, TGPP), TGPP))
        return b"".join(parts)


def _services(unit: Units) -> bytes:
    def amount(value: int) -> bytes:
        return long(421, value) if unit.group else number(420, value)

    inner = number(432, unit.group) if unit.group else b""
    if unit.requested is not None:
        inner += avp(437, amount(unit.requested))
    if unit.used is not None:
        inner += avp(446, amount(unit.used))
    return avp(456, inner)


@dataclass
class Answer:
    """What an answer says."""

    flags: int
    body: bytes
    result: int = 0
    # Rating group (0: none) -> (Result-Code, granted, is final)
    services: dict[int, tuple[int, int | None, bool]] = field(default_factory=dict)

    @property
    def content(self) -> list[tuple[int, bytes]]:
        """Its AVPs without Origin-Host: another server of the installation may repeat it."""
        return [(code, value) for code, value in avps(self.body) if code != 264]


def avps(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(code, value) of each AVP."""
    at = 0
    while at < len(data):
        code, word = struct.unpack_from("!II", data, at)
        size = word & 0xFFFFFF
        head = 12 if word & 0x80000000 else 8
        yield code, data[at + head : at + size]
        at += size + (-size % 4)


def read_answer(message: bytes) -> Answer:
    """Decode a CCA."""
    answer = Answer(message[4], message[20:])
    for code, value in avps(message[20:]):
        if code == 268:
            (answer.result,) = struct.unpack("!I", value)
        elif code == 456:
            group, service = _service(value)
            answer.services[group] = service
    return answer


def _service(data: bytes) -> tuple[int, tuple[int, int | None, bool]]:
    group, result, granted, final = 0, 0, None, False
    for code, value in avps(data):
        if code == 432:
            (group,) = struct.unpack("!I", value)
        elif code == 268:
            (result,) = struct.unpack("!I", value)
        elif code == 430:
            final = True
        elif code == 431:
            for inner, amount in avps(value):
                if inner in (420, 421):
                    granted = int.from_bytes(amount, "big")
    return group, (result, granted, final)
