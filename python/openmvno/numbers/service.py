"""Filling the pool, setting its rules, reserving and freezing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.identifiers import is_msisdn, new_id
from openmvno.numbers import store
from openmvno.numbers.errors import (
    MsisdnInvalid,
    NumberNotAvailable,
    NumberRangeInvalid,
    NumberUnknown,
    ReservationUnknown,
)
from openmvno.numbers.model import Msisdn, NumberPolicy
from openmvno.numbers.rules import STANDARD, check_classes, check_state_change, class_of

MOST_AT_ONCE: Final = 100_000


async def add_numbers(connection: AsyncConnection[Any], actor: Actor, first: str, last: str) -> int:
    """Add the numbers from ``first`` to ``last``; those known already stay as they are.

    Raises:
        MsisdnInvalid, NumberRangeInvalid.
    """
    for field, number in (("first", first), ("last", last)):
        if not is_msisdn(number):
            raise MsisdnInvalid(f"{number[:20]!r} is not an international number.", field=field)
    if len(first) != len(last) or not 0 <= int(last) - int(first) < MOST_AT_ONCE:
        raise NumberRangeInvalid(
            "The ends of the range differ in length, are out of order or too far apart.",
            field="last",
            accepted=f"as many digits as first has, not less than it, at most {MOST_AT_ONCE}"
            " numbers together",
        )
    classes = (await store.policy_of(connection, actor.tenant_id)).classes
    numbers = [str(number) for number in range(int(first), int(last) + 1)]
    added = await store.insert_numbers(
        connection, actor.tenant_id, [(number, class_of(number, classes)) for number in numbers]
    )
    await audit.record(
        connection,
        actor,
        "numbers.added",
        "number_range",
        f"{first}-{last}",
        after={"first": first, "last": last, "added": added},
    )
    return added


async def find_number(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, *, lock: bool = False
) -> Msisdn:
    """A number of the tenant.

    Raises:
        NumberUnknown.
    """
    found = await store.find(connection, tenant_id, number, lock=lock)
    if found is None:
        raise NumberUnknown(f"The pool has no number {number[:20]}.", field="msisdn")
    return found


async def change_number(
    connection: AsyncConnection[Any],
    actor: Actor,
    number: Msisdn,
    state: str | None,
    number_class: str | None,
) -> Msisdn:
    """Freeze, thaw or class a locked number. No change, no entry in the audit log.

    Raises:
        NumberStateConflict.
    """
    changes: dict[str, object] = {}
    if state is not None and state != number.state:
        check_state_change(number.number, number.state, state)
        changes |= {"state": state, "until": None, "reservation_id": None}
    if number_class is not None and number_class != number.number_class:
        changes["class"] = number_class
    if not changes:
        return number
    changed = await store.update(connection, actor.tenant_id, number.number, changes)
    await audit.record(
        connection,
        actor,
        "number.changed",
        "number",
        number.number,
        before={"state": number.state, "class": number.number_class},
        after={"state": changed.state, "class": changed.number_class},
    )
    return changed


async def reserve(
    connection: AsyncConnection[Any],
    actor: Actor,
    *,
    number: str | None = None,
    number_class: str = STANDARD,
    count: int = 1,
    minutes: int | None = None,
) -> tuple[UUID, list[Msisdn]]:
    """Keep a number, or the first available ones of a class, for somebody; returns the reservation,
    which a sign-up names, and its numbers.

    Raises:
        NumberUnknown, NumberNotAvailable: not all of them are there.
    """
    policy = await store.policy_of(connection, actor.tenant_id)
    reservation_id = new_id()
    reserved = await store.reserve(
        connection,
        actor.tenant_id,
        reservation_id,
        minutes or policy.reservation_minutes,
        number=number,
        number_class=number_class,
        count=1 if number is not None else count,
    )
    if number is not None and not reserved:
        found = await find_number(connection, actor.tenant_id, number)
        raise NumberNotAvailable(f"{number} is {found.state}.", field="msisdn")
    if number is None and len(reserved) < count:
        raise NumberNotAvailable(
            f"Only {len(reserved)} {number_class} numbers are available.",
            field="count",
            accepted=f"at most {len(reserved)}, or another class",
        )
    reserved.sort(key=lambda each: each.number)
    await audit.record(
        connection,
        actor,
        "numbers.reserved",
        "number_reservation",
        reservation_id,
        after={"numbers": [each.number for each in reserved]},
    )
    return reservation_id, reserved


async def end_reservation(
    connection: AsyncConnection[Any], actor: Actor, reservation_id: UUID
) -> int:
    """Let the numbers of a reservation go; returns how many it still had.

    Raises:
        ReservationUnknown: none.
    """
    count = await store.end_reservation(connection, actor.tenant_id, reservation_id)
    if not count:
        raise ReservationUnknown(
            f"No number is reserved by {reservation_id}.", field="reservation_id"
        )
    await audit.record(connection, actor, "numbers.let_go", "number_reservation", reservation_id)
    return count


async def set_policy(
    connection: AsyncConnection[Any], actor: Actor, policy: NumberPolicy
) -> NumberPolicy:
    """Set the rules of the pool; classes hold for numbers added from then on.

    Raises:
        NumberClassInvalid.
    """
    check_classes(policy.classes)
    before = await store.policy_of(connection, actor.tenant_id)
    await store.put_policy(connection, actor.tenant_id, policy)
    await audit.record(
        connection,
        actor,
        "number_policy.set",
        "number_policy",
        actor.tenant_id,
        before=_audited(before),
        after=_audited(policy),
    )
    return replace(policy, version=before.version + 1)


def _audited(policy: NumberPolicy) -> dict[str, Any]:
    return {
        "quarantine_days": policy.quarantine_days,
        "reservation_minutes": policy.reservation_minutes,
        "classes": policy.as_json(),
    }


async def release(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, number: str | None = None
) -> None:
    """The numbers of a line, or one of them, are nobody's for a while."""
    policy = await store.policy_of(connection, tenant_id)
    await store.release(connection, tenant_id, line_id, policy.quarantine_days, number)


async def port_in(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, donor: str
) -> None:
    """A number of another operator is ours now and may be given to a line by its name.

    Raises:
        NumberNotAvailable: it has come to be ours in another way meanwhile.
    """
    policy = await store.policy_of(connection, tenant_id)
    number_class = class_of(number, policy.classes)
    ported = await store.put_ported_in(connection, tenant_id, number, donor, number_class)
    if ported is None:
        raise NumberNotAvailable(f"{number} is in the tenant's pool already.", field="msisdn")


async def port_out(
    connection: AsyncConnection[Any], tenant_id: UUID, number: str, recipient: str
) -> None:
    """A number of ours that no line has any more is another operator's now."""
    await store.update(
        connection,
        tenant_id,
        number,
        {"state": "ported_out", "until": None, "line_id": None, "recipient": recipient},
    )


async def come_home(connection: AsyncConnection[Any], tenant_id: UUID, number: str) -> None:
    """A number that had gone to another operator is ours again, after a quarantine."""
    policy = await store.policy_of(connection, tenant_id)
    await store.come_home(connection, tenant_id, number, policy.quarantine_days)
