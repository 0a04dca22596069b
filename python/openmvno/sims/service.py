"""Changing SIM cards by hand, one or a range."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.sims import store
from openmvno.sims.errors import SimRangeInvalid, SimUnknown
from openmvno.sims.model import Policy, Sim
from openmvno.sims.rules import STATES_AFTER, check_state_change

UNCHANGED: Final = "\0"
"""Stands for a field that is to stay."""


@dataclass(frozen=True, slots=True)
class SimTerms:
    """What staff may change of a card; :data:`UNCHANGED` where it is to stay."""

    state: str = UNCHANGED
    description: str | None = UNCHANGED
    allocated_to: str | None = UNCHANGED

    def given(self) -> dict[str, str | None]:
        """What is to change."""
        fields = {
            "state": self.state,
            "description": self.description,
            "allocated_to": self.allocated_to,
        }
        return {name: value for name, value in fields.items() if value != UNCHANGED}


async def find_sim(
    connection: AsyncConnection[Any], tenant_id: UUID, iccid: str, *, lock: bool = False
) -> Sim:
    """A card of the tenant.

    Raises:
        SimUnknown.
    """
    sim = await store.sim_by_iccid(connection, tenant_id, iccid, lock=lock)
    if sim is None:
        raise SimUnknown(f"There is no SIM card {iccid[:30]}.", field="iccid")
    return sim


async def change_sim(
    connection: AsyncConnection[Any], actor: Actor, sim: Sim, terms: SimTerms
) -> Sim:
    """Change a locked card. No change, no entry in the audit log.

    Raises:
        SimStateConflict.
    """
    changes = {name: value for name, value in terms.given().items() if value != getattr(sim, name)}
    if not changes:
        return sim
    if "state" in changes:
        check_state_change(sim.iccid, sim.state, terms.state)
    changed = await store.update_sim(connection, actor.tenant_id, sim.iccid, changes)
    await audit.record(
        connection,
        actor,
        "sim.changed",
        "sim",
        sim.iccid,
        before={name: getattr(sim, name) for name in changes},
        after=changes,
    )
    return changed


async def set_policy(
    connection: AsyncConnection[Any], actor: Actor, before: Policy, wanted: Policy
) -> Policy:
    """Set the rules of the tenant's cards; returns them with their version."""
    await store.put_policy(connection, actor.tenant_id, wanted)
    await audit.record(
        connection,
        actor,
        "sim_policy.set",
        "sim_policy",
        actor.tenant_id,
        before=_audited(before),
        after=_audited(wanted),
    )
    return replace(wanted, version=before.version + 1)


def _audited(policy: Policy) -> dict[str, Any]:
    return {
        "swap_cooling_hours": policy.swap_cooling_hours,
        "puk_to_subscribers": policy.puk_to_subscribers,
    }


async def change_range(
    connection: AsyncConnection[Any], actor: Actor, first: str, last: str, terms: SimTerms
) -> tuple[int, int]:
    """Change the cards from ``first`` to ``last``; returns (cards there, cards changed). Those in a
    state that does not lead to the one asked for stay as they are.

    Raises:
        SimRangeInvalid.
    """
    if not (first.isdigit() and last.isdigit()) or len(first) != len(last) or first > last:
        raise SimRangeInvalid(
            "The ends of the range differ in length, are out of order or no ICCIDs.",
            field="last",
            accepted="as many digits as first has, and not less than it",
        )
    changes = terms.given()
    if not changes:
        raise SimRangeInvalid(
            "Nothing is to change.",
            field="state",
            accepted="one of the fields that change beside first and last",
        )
    states = None
    if "state" in changes:
        states = [state for state, after in STATES_AFTER.items() if terms.state in after]
    there, changed = await store.update_range(
        connection, actor.tenant_id, first, last, changes, states
    )
    await audit.record(
        connection,
        actor,
        "sims.changed",
        "sim_range",
        f"{first}-{last}",
        after={**changes, "changed": changed},
    )
    return there, changed
