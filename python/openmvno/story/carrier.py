"""Thin: a host network whose provisioning interface keeps what it is told of each IMSI."""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from openmvno.provisioning.configurations import configuration
from openmvno.story.networks import WAIT_SECONDS, Card, plain_card_file
from openmvno.story.report import Step


class CarrierNetwork:
    """The interface listens on a free port of 127.0.0.1."""

    configuration = "thin"

    def __init__(self) -> None:
        self._secret = secrets.token_urlsafe(24)
        self._subscribers: dict[str, dict[str, Any]] = {}
        self._changed = threading.Condition()
        network = self

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:  # named by http.server
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                self._answer(json.loads(body))

            def do_DELETE(self) -> None:
                self._answer(None)

            def _answer(self, wanted: dict[str, Any] | None) -> None:
                imsi = self.path.rsplit("/", 1)[-1]
                entitled = self.headers.get("Authorization") == f"Bearer {network._secret}"
                self.send_response(network._keep(imsi, wanted) if entitled else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- named by http.server
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def targets(self) -> dict[str, dict[str, Any]]:
        """The interface."""
        url = f"http://127.0.0.1:{self._server.server_address[1]}/api"
        return configuration("thin").with_values({"carrier": url, "secret": self._secret})

    def card_file(self, cards: list[Card]) -> str:
        """The host network has the keys."""
        return plain_card_file(cards)

    def expect_line(self, step: Step, card: Card, *, is_served: bool) -> None:
        """The host network has the number under the IMSI, in service or not."""
        msisdn, imsi, _ = card

        def is_so() -> bool:
            return self._subscribers.get(imsi, {}).get("active") is is_served

        with self._changed:
            self._changed.wait_for(is_so, WAIT_SECONDS)
            held = self._subscribers.get(imsi, {})
        seen = (held.get("msisdn"), held.get("active"))
        step.expect("the host network: number, in service", seen, (msisdn, is_served))

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _keep(self, imsi: str, wanted: dict[str, Any] | None) -> int:
        """The status of the answer."""
        with self._changed:
            known = imsi in self._subscribers
            if wanted is None:
                self._subscribers.pop(imsi, None)
            else:
                self._subscribers[imsi] = wanted
            self._changed.notify_all()
        return 204 if known or wanted is not None else 404
