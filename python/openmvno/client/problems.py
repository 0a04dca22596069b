"""What a call can end with instead of an answer."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec


class Unreachable(Exception):
    """Nobody answered, however often it was tried. Whether it was done is not known: the same call
    with the same Idempotency-Key finds out."""

    def __init__(self, key: str | None, reason: str) -> None:
        super().__init__(reason)
        self.idempotency_key = key


class Problem(Exception):
    """The API refused (RFC 9457). ``code`` is stable, ``field`` names what is wrong, ``accepted``
    says what would be right, ``detail`` all of it in a sentence; all members are in ``members``."""

    def __init__(self, status: int, members: dict[str, Any]) -> None:
        self.status = status
        self.members = members
        self.code = str(members.get("code", ""))
        self.detail = str(members.get("detail", ""))
        self.field: str | None = members.get("field")
        self.accepted: str | None = members.get("accepted")
        self.request_id: str | None = members.get("request_id")
        place = f" ({self.field})" if self.field else ""
        super().__init__(f"{status} {self.code}{place}: {self.detail}")


def problem_of(response: httpx.Response) -> Problem:
    """The problem that a response tells of; one without a document is told as it is."""
    try:
        members = msgspec.json.decode(response.content, type=dict[str, Any])
    except msgspec.DecodeError:
        members = {"detail": response.text[:200]}
    return Problem(response.status_code, members)
