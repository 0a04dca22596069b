"""The delivery worker: takes events from the outbox to their targets, at least once, in order."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx
import psycopg
from cryptography.exceptions import InvalidTag
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from psycopg_pool import PoolTimeout

from openmvno import sims, statistics, subscribers
from openmvno.database import Pool
from openmvno.provisioning import store
from openmvno.provisioning.adapters import Registers, post_event, send_requests
from openmvno.provisioning.kinds import KINDS
from openmvno.provisioning.model import Delivery, OpenTarget
from openmvno.provisioning.register import (
    RefusedError,
    Register,
    UnreachableError,
    wanted_entry,
)
from openmvno.provisioning.rules import SURPLUS, delay_after
from openmvno.provisioning.sealing import Sealer
from openmvno.provisioning.template import needs_keys, read_template, variables_of
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

Targets = dict[tuple[UUID, str], OpenTarget]


async def run(pool: Pool, settings: Settings, stop: asyncio.Event) -> None:
    """Deliver until ``stop`` is set; what is under way then is finished first."""
    sealer = Sealer.from_settings(settings)
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        worker = Worker(pool, sealer, client)
        try:
            while not stop.is_set():
                await _wait(stop, await _round(worker))
        finally:
            await worker.registers.close()


async def _round(worker: Worker) -> float:
    """One round; returns how long to pause after it."""
    try:
        return 0.0 if await worker.round() else IDLE_SECONDS
    except (psycopg.OperationalError, PoolTimeout) as error:
        log.warning("the outbox waits for the database", extra={"reason": str(error)})
        return TROUBLE_SECONDS


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    if seconds <= 0:
        return
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a delivery did not succeed. ``is_silent``: the target does not answer at all;
    ``is_final``: it never will be taken."""

    reason: str
    is_silent: bool = False
    is_final: bool = False


@dataclass(slots=True)
class Worker:
    """Takes due deliveries, tries them, writes down what came of it."""

    pool: Pool
    sealer: Sealer
    client: httpx.AsyncClient
    registers: Registers = field(init=False)
    cancelled_at: float = 0.0

    def __post_init__(self) -> None:
        """Open the place where connections are kept."""
        self.registers = Registers(self.client)

    async def round(self) -> bool:
        """One batch; returns whether there was anything to do."""
        async with self.pool.connection() as connection:
            if time.monotonic() - self.cancelled_at > CANCEL_PERIOD_SECONDS:
                await store.cancel_refused(connection)
                self.cancelled_at = time.monotonic()
            claimed = await store.claim_due(connection, BATCH, LEASE_SECONDS)
            targets = await store.open_targets(connection) if claimed else {}
        if not claimed:
            return False
        troubles = await asyncio.gather(*(self._send(delivery, targets) for delivery in claimed))
        async with self.pool.connection() as connection:
            for delivery, trouble in zip(claimed, troubles, strict=True):
                await self._write_down(connection, delivery, trouble)
            for tenant_id, target in _answering_again(claimed, troubles):
                await store.hasten(connection, tenant_id, target)
        return True

    async def _send(self, delivery: Delivery, targets: Targets) -> Trouble | None:
        """Try one delivery; returns what went wrong."""
        with tracer.start_as_current_span(
            "outbox delivery",
            kind=SpanKind.PRODUCER,
            attributes={"openmvno.event": delivery.event, "openmvno.target": delivery.target},
        ) as span:
            trouble = await self._try(delivery, targets)
            if trouble is not None:
                span.set_status(Status(StatusCode.ERROR, trouble.reason))
            return trouble

    async def _try(self, delivery: Delivery, targets: Targets) -> Trouble | None:
        target = targets.get((delivery.tenant_id, delivery.target))
        if target is None:
            return Trouble("the target has just been disabled")
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._tell(delivery, target)
        except InvalidTag:
            return Trouble("a secret was sealed with another key; set it again")
        except TimeoutError:
            return Trouble(f"nothing came of it in {TIMEOUT_SECONDS:.0f} s", is_silent=True)
        except UnreachableError as error:
            return Trouble(str(error), is_silent=True)
        except RefusedError as error:
            return Trouble(str(error), is_final=error.is_final)
        return None

    async def _tell(self, delivery: Delivery, target: OpenTarget) -> None:
        secret = None
        if target.sealed_secret is not None:
            secret = self.sealer.open(delivery.tenant_id, delivery.target, target.sealed_secret)
        if KINDS[target.kind].is_register:
            await self._tell_register(delivery, target, secret)
        elif target.template is not None:
            await self._tell_by_template(delivery, target, secret or "")
        else:
            await post_event(self.client, target.url, secret or "", delivery)

    async def _tell_by_template(self, delivery: Delivery, target: OpenTarget, secret: str) -> None:
        template = read_template(target.template)
        keys = None
        if needs_keys(template) and "imsi" in delivery.payload:
            keys = await self._keys(delivery)
        event = {
            **delivery.payload,
            "event": delivery.event,
            "event_id": str(delivery.event_id),
            "sequence": delivery.sequence,
        }
        variables = variables_of(template, event, secret, keys)
        await send_requests(self.client, target.url, template, delivery.event, variables)

    async def _keys(self, delivery: Delivery) -> sims.Keys | None:
        imsi = delivery.payload["imsi"]
        async with self.pool.connection() as connection:
            keys = await sims.keys_of(connection, self.sealer, delivery.tenant_id, [imsi])
        return keys.get(imsi)

    async def _tell_register(
        self, delivery: Delivery, target: OpenTarget, secret: str | None
    ) -> None:
        """Bring a register to what the event says; what is no news to it is taken as told."""
        register = self.registers.at(target.kind, target.url, secret)
        payload = delivery.payload
        if delivery.event == SURPLUS:
            await self._remove_surplus(register, payload["imsi"])
            return
        if not delivery.event.startswith("line."):
            return
        if payload.get("previous_imsi"):
            await register.remove(payload["previous_imsi"])
        entry = wanted_entry(payload, await self._keys(delivery))
        if entry is None:
            await register.remove(payload["imsi"])
        else:
            await register.put(entry)

    async def _remove_surplus(self, register: Register, imsi: str) -> None:
        async with self.pool.connection() as connection:
            live = await subscribers.live_identities(connection, "imsi", [imsi])
        if not live:  # a line may have got the card meanwhile
            await register.remove(imsi)

    async def _write_down(
        self, connection: psycopg.AsyncConnection[Any], delivery: Delivery, trouble: Trouble | None
    ) -> None:
        if trouble is None:
            await store.mark_delivered(connection, delivery)
            return
        age = datetime.now(UTC) - delivery.created_at
        delay = None
        if not trouble.is_final:
            delay = delay_after(delivery.attempts + 1, age if trouble.is_silent else None)
        await store.mark_failed(connection, delivery, trouble.reason, delay)
        cause = "unreachable" if trouble.is_silent else "refused"
        if delay is None:
            cause = "dead_letter"
        await statistics.note(connection, delivery.tenant_id, "failure", "delivery", cause)
        log.warning(
            "a delivery failed" if delay is not None else "a delivery is a dead letter now",
            extra={
                "target": delivery.target,
                "event_id": str(delivery.event_id),
                "attempts": delivery.attempts + 1,
                "reason": trouble.reason,
            },
        )


def _answering_again(
    claimed: list[Delivery], troubles: list[Trouble | None]
) -> set[tuple[UUID, str]]:
    """The targets (tenant, name) that took what they had failed to take before."""
    return {
        (delivery.tenant_id, delivery.target)
        for delivery, trouble in zip(claimed, troubles, strict=True)
        if trouble is None and delivery.attempts > 0
    }
