"""A clearing house between operators that are tenants of one installation.

It takes their signed messages as a webhook does and passes each on to the operator at the other
end, by that one's API, when it is asked to.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
from tests.integration.api.conftest import Api

SECRET = "a secret of the clearing house"

PASSED_ON = {
    "port.requested": "requested",
    "port.accepted": "accepted",
    "port.rejected": "rejected",
    "port.cancelled": "cancelled",
    "port.activated": "activated",
    "port.returned": "returned",
}


@dataclass
class ClearingHouse:
    """``members``: operators by name. ``is_open``: whether it answers."""

    members: dict[str, Api] = field(default_factory=dict)
    is_open: bool = True
    heard: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def join(self, name: str, api: Api) -> None:
        """Make an operator a member."""
        self.members[name] = api
        body = {
            "kind": "clearing_house",
            "url": f"http://clearing.example/{name}",
            "secret": SECRET,
        }
        response = await api.put("/v1/provisioning-targets/clearing-house", body)
        assert response.status_code == 201, response.text
        assert response.json()["events"] == ["port."]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """A message of a member."""
        if not self.is_open:
            return httpx.Response(503, text="closed")
        parts = dict(
            part.split("=", 1) for part in request.headers["OpenMVNO-Signature"].split(",")
        )
        said = parts["t"].encode() + b"." + request.content
        assert parts["v1"] == hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
        message = json.loads(request.content)
        sender = request.url.path.strip("/")
        self.heard.append((sender, message["event"]))
        self.waiting.append((sender, message))
        return httpx.Response(204)

    async def pass_on(self) -> list[int]:
        """Tell the other ends what was said; returns the statuses of their answers."""
        statuses = []
        while self.waiting:
            sender, message = self.waiting.pop(0)
            receiver = self.members.get(message["other"])
            if receiver is None:
                continue
            body = {
                "message": PASSED_ON[message["event"]],
                "reference": message["reference"],
                "msisdn": message["msisdn"],
                "other": sender,
                "scheduled_at": message["scheduled_at"],
                "reason": message["reason"],
            }
            statuses.append((await receiver.post("/v1/ports/messages", body)).status_code)
        return statuses
