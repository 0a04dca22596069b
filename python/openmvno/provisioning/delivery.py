"""The delivery worker: takes events from the outbox to their targets, at least once, in order."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import httpx
import msgspec
import psycopg
from cryptography.exceptions import InvalidTag
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from psycopg_pool import PoolTimeout

from openmvno.database import Pool
from openmvno.provisioning import store
from openmvno.provisioning.model import Delivery
from openmvno.provisioning.rules import SIGNATURE_HEADER, delay_after, signature
from openmvno.provisioning.sealing import Sealer
from openmvno.settings import Settings

log = logging.getLogger(__name__)
tracer = trace.get_tracer("openmvno.provisioning")

BATCH: Final = 50
"""Deliveries under way at the same time, each of another subject or target."""

TIMEOUT_SECONDS: Final = 10.0
LEASE_SECONDS: Final = 60.0
IDLE_SECONDS: Final = 0.2
TROUBLE_SECONDS: Final = 1.0
CANCEL_PERIOD_SECONDS: Final = 5.0

Targets = dict[tuple[UUID, str], tuple[str, bytes]]


async def run(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Deliver until ``stop`` is set; what is under way then is finished first."""
    sealer = Sealer.from_settings(settings)
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        worker = Worker(pool, sealer, client)
        while not stop.is_set():
            try:
                busy = await worker.round()
                pause = 0.0 if busy else IDLE_SECONDS
            except (psycopg.OperationalError, PoolTimeout) as error:
                log.warning("the outbox waits for the database", extra={"reason": str(error)})
                pause = TROUBLE_SECONDS
            await _wait(stop, pause)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


@dataclass(slots=True)
class Worker:
    """Takes due deliveries, tries them, writes down what came of it."""

    pool: Pool
    sealer: Sealer
    client: httpx.AsyncClient
    cancelled_at: float = 0.0

    async def round(self) -> bool:
        """One batch; returns whether there was anything to do."""
        async with self.pool.connection() as connection:
            if time.monotonic() - self.cancelled_at > CANCEL_PERIOD_SECONDS:
                await store.cancel_refused(connection)
                self.cancelled_at = time.monotonic()
            claimed = await store.claim_due(connection, BATCH, LEASE_SECONDS)
            targets = await store.sealed_secrets(connection) if claimed else {}
        if not claimed:
            return False
        errors = await asyncio.gather(*(self._send(delivery, targets) for delivery in claimed))
        async with self.pool.connection() as connection:
            for delivery, error in zip(claimed, errors, strict=True):
                await self._write_down(connection, delivery, error)
        return True

    async def _send(self, delivery: Delivery, targets: Targets) -> str | None:
        """Try one delivery; returns what went wrong."""
        with tracer.start_as_current_span(
            "outbox delivery",
            kind=SpanKind.PRODUCER,
            attributes={"openmvno.event": delivery.event, "openmvno.target": delivery.target},
        ) as span:
            problem = await self._try(delivery, targets)
            if problem is not None:
                span.set_status(Status(StatusCode.ERROR, problem))
            return problem

    async def _try(self, delivery: Delivery, targets: Targets) -> str | None:
        target = targets.get((delivery.tenant_id, delivery.target))
        if target is None:
            return "the target has just been disabled"
        url, sealed = target
        try:
            secret = self.sealer.open(delivery.tenant_id, delivery.target, sealed)
        except InvalidTag:
            return "the secret was sealed with another key; set it again"
        body = event_body(delivery)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                response = await self.client.post(
                    url, content=body, headers=_headers(delivery, secret, body)
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            return f"{type(error).__name__}: {error}"
        if response.is_success:
            return None
        return f"HTTP {response.status_code}: {response.text[:200]}"

    async def _write_down(
        self, connection: psycopg.AsyncConnection[Any], delivery: Delivery, error: str | None
    ) -> None:
        if error is None:
            await store.mark_delivered(connection, delivery)
            return
        delay = delay_after(delivery.attempts + 1)
        await store.mark_failed(connection, delivery, error, delay)
        log.warning(
            "a delivery failed" if delay is not None else "a delivery is a dead letter now",
            extra={
                "target": delivery.target,
                "event_id": str(delivery.event_id),
                "attempts": delivery.attempts + 1,
                "reason": error,
            },
        )


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
