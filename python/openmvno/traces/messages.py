"""Messages in words: AVPs by their names, codes by theirs, secrets left out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from diameter.message import Message, constants
from diameter.message.avp import Avp, AvpGrouped, AvpInteger32, AvpTime, AvpUnsigned32
from diameter.message.avp.errors import AvpDecodeError

from openmvno.traces.schemas import AvpView, MessageView

HIDDEN: Final = "(hidden)"
"""Stands in place of a secret."""

_SECRET = re.compile(r"password|secret|token|chap-|eap-|session-key|digest", re.IGNORECASE)
_HEADER_OCTETS: Final = 20


def diameter_message(octets: bytes) -> MessageView:
    """A Diameter message with its AVPs; what no dictionary knows is shown in octets."""
    try:
        message = Message.from_bytes(octets)
        shown = [_avp(each) for each in message.avps]
    except Exception:  # noqa: BLE001 -- whatever a peer sent, the trace goes on
        return MessageView(f"{len(octets)} octets that do not read", "", octets.hex(), [])
    header = message.header
    name = _words(type(message).__name__)
    return MessageView(
        name, _result(shown), f"hop-by-hop 0x{header.hop_by_hop_identifier:08x}", shown
    )


def engine_message(octets: bytes, name: str) -> MessageView:
    """A request in the engine's JSON, or an outcome: its members as AVPs are shown."""
    body: dict[str, Any] = json.loads(octets)
    shown = [
        AvpView(member, HIDDEN if _SECRET.search(member) else _text(value))
        for member, value in body.items()
        if value is not None
    ]
    result = str(body.get("result_code") or "")
    if "error" in body:
        result = f"{result} {body['error']}".strip()
    return MessageView(str(body.get("type") or name), result, "", shown)


def _avp(avp: Avp) -> AvpView:
    name = avp.name if avp.name != "Unknown" else f"AVP {avp.code}"
    vendor = avp.vendor_id or None
    if _SECRET.search(name):
        return AvpView(name, HIDDEN, code=avp.code, vendor=vendor)
    try:
        value = avp.value
    except AvpDecodeError:
        return AvpView(name, avp.payload.hex(), code=avp.code, vendor=vendor)
    if isinstance(avp, AvpGrouped):
        inner = [_avp(each) for each in value]
        return AvpView(name, "", code=avp.code, vendor=vendor, avps=inner)
    meaning = None
    if isinstance(avp, AvpInteger32 | AvpUnsigned32):
        meaning = _meanings(name).get(int(value))
    if isinstance(avp, AvpTime) and isinstance(value, datetime):
        value = value.astimezone(UTC).isoformat()
    return AvpView(name, _text(value), meaning, avp.code, vendor)


def _text(value: object) -> str:
    if isinstance(value, bytes):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return f"0x{value.hex()}"
        return text if text.isprintable() else f"0x{value.hex()}"
    if isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, tuple):
        return str(value[-1])
    return str(value)


def _words(name: str) -> str:
    """CreditControlRequest as Credit-Control-Request."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name)


def _result(avps: Iterable[AvpView]) -> str:
    """The Result-Code at command level, with its name."""
    for avp in avps:
        if avp.name == "Result-Code":
            return f"{avp.value} {avp.meaning or ''}".strip()
    return ""


@cache
def _meanings(name: str) -> dict[int, str]:
    """The values of an enumerated AVP, or of Result-Code, by number."""
    prefix = f"E_{name.upper().replace('-', '_')}_"
    found: dict[int, str] = {}
    for constant, value in vars(constants).items():
        if constant.startswith(prefix) and isinstance(value, int):
            found.setdefault(value, constant.removeprefix(prefix))
    return found
