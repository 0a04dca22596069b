"""Drift: where a register holds something else than our books say, and mending it.

Mending goes through the outbox as every change does: in order per line, tried until it is done.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_OID, UUID, uuid5

import httpx
from psycopg import AsyncConnection

from openmvno import audit, sims, subscribers
from openmvno.actor import Actor
from openmvno.database import OpenConnection
from openmvno.provisioning import store
from openmvno.provisioning.adapters import Registers
from openmvno.provisioning.errors import TargetNotFound, TargetNotRegister, TargetUnreachable
from openmvno.provisioning.kinds import KINDS
from openmvno.provisioning.model import Target
from openmvno.provisioning.outbox import Event, emit
from openmvno.provisioning.register import (
    Entry,
    RefusedError,
    Register,
    UnreachableError,
    served_imsis,
    wanted_entries,
)
from openmvno.provisioning.rules import RESYNCHRONISED, SURPLUS
from openmvno.provisioning.sealing import Sealer
from openmvno.subscribers.events import event_payload

LINES_A_LOOK: Final = 500
TIMEOUT_SECONDS: Final = 10.0

_COMPARED: Final = ("msisdn", "circuit_switched", "packet_switched")


@dataclass(frozen=True, slots=True)
class Difference:
    """A subscriber of whom the register holds something else than our books.

    ``kind``: missing (a line it does not know), different (in ``fields``), surplus (a card of our
    stock that no line has), foreign (an IMSI that is not the tenant's: never touched by a repair).
    ``under_way``: pending or dead, where deliveries about the line are still open.
    """

    imsi: str
    kind: str
    line_id: UUID | None = None
    fields: tuple[str, ...] = ()
    under_way: str | None = None

    @property
    def is_repairable(self) -> bool:
        """Whether a repair would do something about it now."""
        return self.kind != "foreign" and self.under_way != "pending"


@dataclass(frozen=True, slots=True)
class Drift:
    """What a comparison found. ``lines``: compared; ``held``: subscribers the register holds."""

    lines: int
    held: int
    differences: list[Difference]


@dataclass(frozen=True, slots=True)
class Ours:
    """Whose lines are compared with what a target holds, and which of their IMSIs it serves."""

    tenant_id: UUID
    target: str
    imsi_prefixes: list[str]


async def compare(
    open_connection: OpenConnection, sealer: Sealer, tenant_id: UUID, name: str
) -> Drift:
    """Compare what a register holds with the tenant's open lines and its stock of cards.

    Raises:
        TargetNotFound, TargetNotRegister, TargetUnreachable.
    """
    async with open_connection() as connection:
        target = await _register_target(connection, tenant_id, name)
        opened = await store.open_target(connection, tenant_id, name)
    secret = (
        None if opened.sealed_secret is None else sealer.open(tenant_id, name, opened.sealed_secret)
    )
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        registers = Registers(client)
        try:
            register = registers.at(target.kind, target.url, secret)
            ours = Ours(tenant_id, name, target.imsi_prefixes)
            return await _compare(open_connection, sealer, ours, register)
        except (UnreachableError, RefusedError) as error:
            raise TargetUnreachable(str(error)) from error
        finally:
            await registers.close()


async def repair(open_connection: OpenConnection, sealer: Sealer, actor: Actor, name: str) -> Drift:
    """Have every repairable difference mended; returns what was found.

    Dead letters of a line are given up for it: what is sent says everything they said.

    Raises:
        as :func:`compare` does.
    """
    drift = await compare(open_connection, sealer, actor.tenant_id, name)
    mended = [difference for difference in drift.differences if difference.is_repairable]
    async with open_connection() as connection:
        await _register_target(connection, actor.tenant_id, name, lock=True)
        # A line is told of once, however many of its IMSIs differ.
        for difference in {each.line_id or each.imsi: each for each in mended}.values():
            await _mend(connection, actor.tenant_id, name, difference)
        await audit.record(
            connection,
            actor,
            "provisioning_target.repaired",
            "provisioning_target",
            name,
            after={
                kind: sum(difference.kind == kind for difference in mended)
                for kind in ("missing", "different", "surplus")
            },
        )
    return drift


async def _register_target(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, lock: bool = False
) -> Target:
    target = await store.target_by_name(connection, tenant_id, name, lock=lock)
    if target is None:
        raise TargetNotFound(f"There is no target {name[:60]!r}.", field="name")
    if not KINDS[target.kind].is_register:
        raise TargetNotRegister(
            f"{name} is a {target.kind}: it cannot be asked what it holds.", field="name"
        )
    return target


async def _compare(
    open_connection: OpenConnection, sealer: Sealer, ours: Ours, register: Register
) -> Drift:
    tenant_id = ours.tenant_id
    # The list first: a line that is opened meanwhile is asked for by name, and not surplus.
    held = await register.subscribers()
    async with open_connection() as connection:
        under_way = await store.open_subjects(connection, tenant_id, ours.target)
    differences: list[Difference] = []
    lines_seen, known = 0, set[str]()
    after: UUID | None = None
    while True:
        async with open_connection() as connection:
            lines = await subscribers.open_lines_after(connection, tenant_id, after, LINES_A_LOOK)
            imsis = [imsi for line in lines for imsi in line.imsis]
            keys = await sims.keys_of(connection, sealer, tenant_id, imsis)
        if not lines:
            break
        after = lines[-1].line_id
        lines_seen += len(lines)
        known.update(imsis)
        for line in lines:
            payload = event_payload(line)
            for wanted in wanted_entries(
                payload,
                served_imsis(payload, ours.imsi_prefixes),
                keys,
                shares_numbers=register.shares_numbers,
            ):
                found = await register.find(wanted.imsi)
                difference = _difference(
                    line.line_id,
                    wanted,
                    found,
                    under_way.get(line.line_id),
                    with_keys=register.shows_keys,
                )
                if difference is not None:
                    differences.append(difference)
    differences += await _surplus(open_connection, tenant_id, sorted(held - known), under_way)
    return Drift(lines_seen, len(held), differences)


def _difference(
    line_id: UUID,
    wanted: Entry,
    found: Entry | None,
    under_way: str | None,
    *,
    with_keys: bool,
) -> Difference | None:
    if found is None:
        return Difference(wanted.imsi, "missing", line_id, (), under_way)
    fields = [each for each in _COMPARED if getattr(wanted, each) != getattr(found, each)]
    if with_keys and wanted.keys is not None and wanted.keys != found.keys:
        fields.append("keys")
    if not fields:
        return None
    return Difference(wanted.imsi, "different", line_id, tuple(fields), under_way)


async def _surplus(
    open_connection: OpenConnection,
    tenant_id: UUID,
    imsis: Sequence[str],
    under_way: dict[UUID, str],
) -> Iterable[Difference]:
    """What the register holds beyond our lines. Lines of other tenants are none of our business."""
    async with open_connection() as connection:
        live = await subscribers.live_identities(connection, "imsi", imsis)
        stock = await sims.imsis_in_stock(connection, tenant_id, imsis)
    return [
        Difference(
            imsi,
            "surplus" if imsi in stock else "foreign",
            under_way=under_way.get(_subject_of(imsi)),
        )
        for imsi in imsis
        if imsi not in live
    ]


def _subject_of(imsi: str) -> UUID:
    """What events about a subscriber without a line are ordered by."""
    return uuid5(NAMESPACE_OID, f"imsi {imsi}")


async def _mend(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, difference: Difference
) -> None:
    if difference.line_id is None:
        subject = _subject_of(difference.imsi)
        event = Event(subject, SURPLUS, {"imsi": difference.imsi}, None)
    else:
        line = await subscribers.find_line(connection, tenant_id, difference.line_id, lock=True)
        subject = line.line_id
        event = Event(subject, RESYNCHRONISED, dict(event_payload(line)), None)
    await store.discard_dead(connection, tenant_id, name, subject)
    await emit(connection, tenant_id, event, only=name)
