"""A Diameter peer on a plain socket: python-diameter encodes and decodes, octets are at hand.

Everything received is kept, so that another dissector can judge it later.
"""

from __future__ import annotations

import itertools
import select
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from diameter.message import Message
from diameter.message.commands import CapabilitiesExchangeRequest

from openmvno.story.messages import Peers, Subscriber, credit_control_request

SERVER_REALM = "openmvno.example"
CREDIT_CONTROL = 4
SESSION_REQUESTS = ((258).to_bytes(3, "big"), (274).to_bytes(3, "big"))
"""Command codes of Re-Auth and Abort-Session."""


@dataclass
class Conversation:
    """What one connection carried, in order: (from the server, octets)."""

    parts: list[tuple[bool, bytes]] = field(default_factory=list)


CONVERSATIONS: list[Conversation] = []
_run_numbers = itertools.count(1)


class Peer:
    """One transport connection; capabilities are exchanged unless told otherwise."""

    def __init__(
        self,
        port: int | socket.socket,
        origin_host: str = "gateway.e2e.example",
        *,
        greet: bool = True,
        source: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``port``: of 127.0.0.1, or a connected socket. ``source``: the address to connect from.
        ``tls``: what to show, and whom to trust.
        """
        self.peers = Peers(origin_host, "e2e.example", SERVER_REALM)
        plain = (
            socket.create_connection(("127.0.0.1", port), 15, source_address=(source, 0))
            if isinstance(port, int)
            else port
        )
        self._socket = plain if tls is None else tls.wrap_socket(plain, server_hostname="localhost")
        self._run = next(_run_numbers)
        self._sessions = itertools.count(1)
        self._identifiers = itertools.count(self._run << 16)
        # What the server asked of its own accord, at any time.
        self._asked: list[bytes] = []
        self.conversation = Conversation()
        CONVERSATIONS.append(self.conversation)
        if greet:
            answer = self.send(self.capabilities())
            assert answer.result_code == 2001

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the transport."""
        self._socket.close()

    def capabilities(self, application: int = CREDIT_CONTROL) -> Any:
        """A CER that offers one application."""
        request = CapabilitiesExchangeRequest()
        request.origin_host = self.peers.origin_host.encode()
        request.origin_realm = self.peers.origin_realm.encode()
        request.host_ip_address = ["127.0.0.1"]
        request.vendor_id = 0
        request.product_name = "e2e"
        request.auth_application_id = [application]
        return request

    def new_session(self) -> str:
        """A Session-Id nobody used."""
        return f"{self.peers.origin_host};{self._run};{next(self._sessions)}"

    def request(
        self, subscriber: Subscriber, session: str, context: str, request_type: int, number: int
    ) -> Any:
        """A CCR to be filled."""
        return credit_control_request(
            self.peers, subscriber, session, context, request_type, number
        )

    def octets(self, message: Any) -> bytes:
        """The message with identifiers of its own."""
        message.header.hop_by_hop_identifier = next(self._identifiers)
        message.header.end_to_end_identifier = message.header.hop_by_hop_identifier
        encoded: bytes = message.as_bytes()
        return encoded

    def send(self, message: Any) -> Any:
        """Send a message and wait for its answer."""
        return self.exchange(self.octets(message))

    def exchange(self, octets: bytes) -> Any:
        """Send octets and decode what comes back, which must carry the same identifiers."""
        self.write(octets)
        raw = self.read()
        assert raw is not None, "the server closed the connection"
        assert raw[12:20] == octets[12:20], "hop-by-hop or end-to-end identifier differs"
        assert not raw[4] & 0x80, "a request came instead of an answer"
        return Message.from_bytes(raw)

    def asked(self, session: str) -> Any:
        """The server's next own request about a session, decoded."""
        while True:
            for at, octets in enumerate(self._asked):
                request = Message.from_bytes(octets)
                if request.session_id == session:
                    del self._asked[at]
                    return request
            assert self._next() is not None, "the server closed the connection"

    def reply(self, request: Any, result_code: int) -> None:
        """Answer a request of the server's."""
        answer = request.to_answer()
        answer.session_id = request.session_id
        answer.result_code = result_code
        answer.origin_host = self.peers.origin_host.encode()
        answer.origin_realm = self.peers.origin_realm.encode()
        self.write(answer.as_bytes())

    def is_silent_about(self, session: str, seconds: float = 0.5) -> bool:
        """Whether the server asks nothing about a session for a while."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                assert self._next() is not None, "the server closed the connection"
        return all(Message.from_bytes(octets).session_id != session for octets in self._asked)

    def write(self, octets: bytes) -> None:
        """Send octets as they are."""
        self.conversation.parts.append((False, octets))
        self._socket.sendall(octets)

    def read(self) -> bytes | None:
        """The next message's octets, other than what :meth:`asked` gives; None when the server
        closed the connection."""
        while (octets := self._next()) in self._asked:
            pass
        return octets

    def _next(self) -> bytes | None:
        octets = self._message()
        if octets is not None and octets[4] & 0x80 and octets[5:8] in SESSION_REQUESTS:
            self._asked.append(octets)
        return octets

    def _message(self) -> bytes | None:
        head = self._exactly(4)
        if head is None:
            return None
        (word,) = struct.unpack("!I", head)
        rest = self._exactly((word & 0xFFFFFF) - 4)
        if rest is None:
            return None
        self.conversation.parts.append((True, head + rest))
        return head + rest

    def _exactly(self, count: int) -> bytes | None:
        data = b""
        while len(data) < count:
            try:
                part = self._socket.recv(count - len(data))
            except ConnectionResetError:
                return None
            if not part:
                return None
            data += part
        return data


def failed(answer: Any) -> list[Any]:
    """The AVPs in Failed-AVP."""
    return [avp for group in answer.failed_avp for avp in group.additional_avps]
