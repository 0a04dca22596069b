"""Webhooks: an event as signed JSON."""

from __future__ import annotations

import time

import httpx
import msgspec

from openmvno.provisioning.model import Delivery
from openmvno.provisioning.register import RefusedError, UnreachableError
from openmvno.provisioning.rules import SIGNATURE_HEADER, signature


async def post_event(client: httpx.AsyncClient, url: str, secret: str, delivery: Delivery) -> None:
    """Deliver an event; any 2xx takes it.

    Raises:
        UnreachableError, RefusedError.
    """
    body = event_body(delivery)
    try:
        response = await client.post(url, content=body, headers=_headers(delivery, secret, body))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(f"{type(error).__name__}: {error}") from error
    if not response.is_success:
        raise RefusedError(f"HTTP {response.status_code}: {response.text[:200]}")


def event_body(delivery: Delivery) -> bytes:
    """What is sent: the event's name, id, order and time, and what it carries."""
    return msgspec.json.encode(
        {
            "event": delivery.event,
            "event_id": delivery.event_id,
            "sequence": delivery.sequence,
            "occurred_at": delivery.created_at,
            "tenant": delivery.tenant_id,
            **delivery.payload,
        }
    )


def _headers(delivery: Delivery, secret: str, body: bytes) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "OpenMVNO",
        "OpenMVNO-Event-Id": str(delivery.event_id),
        "OpenMVNO-Event-Sequence": str(delivery.sequence),
        SIGNATURE_HEADER: signature(secret, int(time.time()), body),
    }
