"""Another number or another SIM card for a line; balance, buckets and limits stay with the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit, numbers, provisioning, sims
from openmvno.actor import Actor
from openmvno.charging import CommandPlace, change_line, insert_commands
from openmvno.provisioning import Event
from openmvno.subscribers import events, store
from openmvno.subscribers.errors import OPEN_LINE, IdentityInUse, LineStateConflict, SimSwapTooSoon
from openmvno.subscribers.model import Line

OLD_CARD_STATES: Final = {
    "lost": "lost",
    "stolen": "lost",
    "broken": "disposed",
    "other": "disposed",
}
"""What becomes of the old card, by the reason of a swap."""


async def change_number(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: Line,
    msisdn: str | None,
    number_class: str = "standard",
    reservation_id: UUID | None = None,
) -> tuple[Line, list[CommandPlace]]:
    """Give a locked line another number, chosen as at a sign-up; the old one is quarantined.

    Raises:
        LineStateConflict, IdentityInUse, and those of the pool.
    """
    _check_open(line)
    taken = await numbers.take(
        connection,
        actor.tenant_id,
        msisdn,
        line.line_id,
        number_class=number_class,
        reservation_id=reservation_id,
    )
    await numbers.release(connection, actor.tenant_id, line.line_id, line.msisdn)
    await _exchange(connection, actor, line, "msisdn", [line.msisdn], [taken])
    wanted = replace(line, msisdn=taken)
    changed, place = await _change(connection, actor, wanted, {"msisdn": taken})
    await _tell(
        connection,
        actor,
        events.number_event(changed, line, place),
        {"msisdn": line.msisdn},
        {"msisdn": taken},
    )
    return changed, [place]


async def swap_sim(
    connection: AsyncConnection[Any], actor: Actor, line: Line, iccid: str | None, reason: str
) -> tuple[Line, list[CommandPlace]]:
    """Give a locked line the card ``iccid``, or the first available one; the old one is lost or
    disposed of, by ``reason``.

    Raises:
        LineStateConflict, SimSwapTooSoon, IdentityInUse, SimNotFound, SimNotAvailable.
    """
    _check_open(line)
    await check_cooling(connection, actor.tenant_id, line)
    card = await sims.take(connection, actor.tenant_id, iccid, line.line_id)
    await sims.give_up(connection, actor.tenant_id, line.iccid, OLD_CARD_STATES[reason])
    await _exchange(connection, actor, line, "imsi", line.imsis, [card.imsi, *card.further_imsis])
    wanted = replace(
        line,
        iccid=card.iccid,
        imsi=card.imsi,
        further_imsis=card.further_imsis,
        sim_swapped_at=datetime.now(UTC),
    )
    told = {"imsi": card.imsi, "further_imsis": list(card.further_imsis)}
    changed, place = await _change(connection, actor, wanted, told)
    await _tell(
        connection,
        actor,
        events.sim_event(changed, line, place),
        _card_of(line),
        {**_card_of(changed), "reason": reason},
    )
    return changed, [place]


def _card_of(line: Line) -> dict[str, Any]:
    further = {"further_imsis": list(line.further_imsis)} if line.further_imsis else {}
    return {"iccid": line.iccid, "imsi": line.imsi, **further}


async def check_cooling(connection: AsyncConnection[Any], tenant_id: UUID, line: Line) -> None:
    """Let what a thief would do after a SIM swap pass, once the swap is some time ago.

    Raises:
        SimSwapTooSoon.
    """
    if line.sim_swapped_at is None:
        return
    policy = await sims.policy_of(connection, tenant_id)
    over = line.sim_swapped_at + timedelta(hours=policy.swap_cooling_hours)
    if datetime.now(UTC) < over:
        raise SimSwapTooSoon(
            f"The line got another SIM card at {line.sim_swapped_at:%Y-%m-%d %H:%M} UTC.",
            field=None,
            accepted=f"the same from {over:%Y-%m-%d %H:%M} UTC on",
            extra={"possible_from": over.isoformat()},
        )


def _check_open(line: Line) -> None:
    if line.status == "closed":
        raise LineStateConflict("The line is closed.", field="line_id", accepted=OPEN_LINE)


async def _exchange(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: Line,
    kind: str,
    old: Sequence[str],
    new: Sequence[str],
) -> None:
    for identity in new:
        claimed = await store.claim_identity(
            connection, kind, identity, actor.tenant_id, line.account_id, line.line_id
        )
        if not claimed:
            field = {"msisdn": "msisdn", "imsi": "iccid"}[kind]
            raise IdentityInUse(
                f"A live line of this installation has the {kind.upper()} {identity}.", field=field
            )
    for identity in old:
        await store.release_identity(connection, line, kind, identity)


async def _change(
    connection: AsyncConnection[Any], actor: Actor, wanted: Line, changes: dict[str, Any]
) -> tuple[Line, CommandPlace]:
    command = change_line(actor.tenant_id, wanted.account_id, wanted.line_id, changes)
    [place] = await insert_commands(connection, [command])
    return await store.update_line(connection, actor.tenant_id, wanted, place), place


async def _tell(
    connection: AsyncConnection[Any],
    actor: Actor,
    event: Event,
    before: dict[str, Any],
    after: dict[str, Any],
) -> None:
    await provisioning.emit(connection, actor.tenant_id, event)
    await audit.record(
        connection, actor, event.name, "line", event.subject_id, before=before, after=after
    )
