"""A system that only writes down what it is told by webhooks, as a provisioning target."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CLOCK_TOLERANCE_SECONDS = 300


@dataclass(frozen=True)
class Recorded:
    """One request that arrived."""

    event: dict[str, Any]
    is_signed: bool


def is_signature_of(header: str, secret: str, body: bytes, now: float) -> bool:
    """Whether ``header`` is ``t=<time>,v1=<HMAC-SHA256 of time, dot and body>`` and recent."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    moment, mark = parts.get("t", ""), parts.get("v1", "")
    if not moment.isdigit() or abs(now - int(moment)) > CLOCK_TOLERANCE_SECONDS:
        return False
    expected = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256)
    return hmac.compare_digest(expected.hexdigest(), mark)


class RecordingRegister:
    """What the register has been told."""

    def __init__(self, url: str, secret: str) -> None:
        self.url = url
        self.secret = secret
        self._recorded: list[Recorded] = []
        self._changed = threading.Condition()

    def record(self, header: str, body: bytes) -> None:
        """Write a request down."""
        entry = Recorded(json.loads(body), is_signature_of(header, self.secret, body, time.time()))
        with self._changed:
            self._recorded.append(entry)
            self._changed.notify_all()

    def wait_for(self, imsi: str, status: str, timeout_seconds: float) -> Recorded | None:
        """The last event about an IMSI once it has this status, or None when that does not come."""

        def last() -> Recorded | None:
            about = [each for each in self._recorded if each.event.get("imsi") == imsi]
            return about[-1] if about and about[-1].event.get("status") == status else None

        with self._changed:
            self._changed.wait_for(lambda: last() is not None, timeout_seconds)
            return last()

    def all(self) -> list[Recorded]:
        """Every request so far, the oldest first."""
        with self._changed:
            return list(self._recorded)


@contextmanager
def recording_register() -> Iterator[RecordingRegister]:
    """A register listening on a free port of 127.0.0.1."""
    register: RecordingRegister

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # named by http.server
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            register.record(self.headers.get("OpenMVNO-Signature", ""), body)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named by http.server
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    url = f"http://127.0.0.1:{server.server_address[1]}/subscribers"
    register = RecordingRegister(url, secrets.token_urlsafe(24))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield register
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
