"""RADIUS clients: FreeRADIUS's radclient, and a plain socket with packets made from the RFCs."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import shutil
import socket
import struct
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import pytest

SECRET = "testing123testing123"
HOST = "127.0.0.1"

needs_radclient = pytest.mark.skipif(
    shutil.which("radclient") is None, reason="radclient is not installed: make test-packages"
)

# RFC 2865, 2866, 2869.
USER_NAME, USER_PASSWORD, NAS_IDENTIFIER, CLASS = 1, 2, 32, 25
STATUS, INPUT_OCTETS, SESSION_ID, SESSION_TIME, DELAY = 40, 42, 44, 46, 41
MESSAGE_AUTHENTICATOR, CALLED, CALLING = 80, 30, 31
ACCESS_REQUEST, ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE = 1, 4, 5
START, STOP, INTERIM = 1, 2, 3


@dataclass(frozen=True)
class Reply:
    """What radclient received; ``code`` is empty when nothing came."""

    code: str
    attributes: dict[str, str] = field(default_factory=dict)


def radclient(
    port: int, kind: str, attributes: Iterable[str], secret: str = SECRET, seconds: int = 3
) -> Reply:
    """Send one request (auth, acct, status, …) and wait for its reply."""
    finished = subprocess.run(
        ["radclient", "-x", "-r", "1", "-t", str(seconds), f"{HOST}:{port}", kind, secret],
        input=",".join(attributes),
        text=True,
        capture_output=True,
        check=False,
    )
    received = finished.stdout.partition("Received ")[2]
    code = received.partition(" ")[0]
    pairs = re.findall(r"^\t(\S+) = (.*)$", received, re.MULTILINE)
    return Reply(code, {name: value.strip('"') for name, value in pairs})


def attribute(code: int, value: bytes | str | int) -> bytes:
    """One attribute."""
    if isinstance(value, int):
        value = struct.pack("!I", value)
    octets = value.encode() if isinstance(value, str) else value
    return bytes([code, len(octets) + 2]) + octets


def accounting(identifier: int, attributes: list[tuple[int, Any]], secret: str = SECRET) -> bytes:
    """An Accounting-Request (RFC 2866 section 3)."""
    body = b"".join(attribute(code, value) for code, value in attributes)
    head = struct.pack("!BBH", ACCOUNTING_REQUEST, identifier, 20 + len(body))
    digest = hashlib.md5(head + bytes(16) + body + secret.encode()).digest()
    return head + digest + body


def access(identifier: int, attributes: list[tuple[int, Any]], secret: str = SECRET) -> bytes:
    """An Access-Request with Message-Authenticator (RFC 3579 section 3.2)."""
    authenticator = secrets.token_bytes(16)
    body = attribute(MESSAGE_AUTHENTICATOR, bytes(16))
    body += b"".join(attribute(code, value) for code, value in attributes)
    packet = struct.pack("!BBH", ACCESS_REQUEST, identifier, 20 + len(body)) + authenticator + body
    signature = hmac.digest(secret.encode(), packet, "md5")
    return packet[:22] + signature + packet[38:]


def is_reply(reply: bytes, request: bytes, secret: str = SECRET) -> bool:
    """Whether the Response Authenticator is right (RFC 2865 section 3)."""
    expected = hashlib.md5(reply[:4] + request[4:20] + reply[20:] + secret.encode()).digest()
    return reply[1] == request[1] and reply[4:20] == expected


class Nas:
    """An access server on a plain socket."""

    def __init__(self, port: int, seconds: float = 3) -> None:
        self._to = (HOST, port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.close()

    def send(self, datagram: bytes) -> None:
        """Send octets as they are."""
        self._socket.sendto(datagram, self._to)

    def receive(self) -> bytes | None:
        """What came back; None when nothing did in time."""
        try:
            return self._socket.recv(4096)
        except TimeoutError:
            return None

    def ask(self, datagram: bytes) -> bytes | None:
        """Send a request and wait for its reply, which must be authentic."""
        self.send(datagram)
        reply = self.receive()
        assert reply is None or is_reply(reply, datagram)
        return reply


class DynamicPort:
    """Where an access server takes Disconnect- and CoA-Requests (RFC 5176)."""

    ACK = 1

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((HOST, 0))
        self._socket.settimeout(5)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()

    def take(self, secret: str = SECRET) -> tuple[int, dict[int, bytes]]:
        """The next request's code and attributes; it must be authentic, and is acknowledged."""
        request, source = self._socket.recvfrom(4096)
        expected = hashlib.md5(request[:4] + bytes(16) + request[20:] + secret.encode()).digest()
        assert request[4:20] == expected
        attributes: dict[int, bytes] = {}
        rest = request[20:]
        while rest:
            attributes[rest[0]] = rest[2 : rest[1]]
            rest = rest[rest[1] :]
        signature = attributes[MESSAGE_AUTHENTICATOR]
        blank = request[:4] + bytes(16) + request[20:].replace(signature, bytes(16))
        assert signature == hmac.digest(secret.encode(), blank, "md5")
        head = struct.pack("!BBH", request[0] + self.ACK, request[1], 20)
        digest = hashlib.md5(head + request[4:20] + secret.encode()).digest()
        self._socket.sendto(head + digest, source)
        return request[0], attributes
