"""The passwords lines log in with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.nas import store
from openmvno.nas.rules import check_password
from openmvno.nas.sealed import line_password
from openmvno.provisioning import Sealer


@dataclass(frozen=True, slots=True)
class LinePassword:
    """Which of the identities asked about is a line's, and the password; never printed."""

    index: int
    password: bytes

    def __repr__(self) -> str:
        return f"LinePassword({self.index})"


async def set_password(
    connection: AsyncConnection[Any], actor: Actor, sealer: Sealer, line_id: UUID, password: str
) -> None:
    """Set the password of a line of the actor's tenant.

    Raises:
        LinePasswordInvalid.
    """
    check_password(password)
    sealed = sealer.seal(actor.tenant_id, line_password(line_id), password)
    await store.put_password(connection, actor.tenant_id, line_id, sealed)
    await audit.record(connection, actor, "line_password.set", "line", line_id)


async def remove_password(connection: AsyncConnection[Any], actor: Actor, line_id: UUID) -> None:
    """Take the password of a line away: it is let in by trusted clients only."""
    if await store.delete_password(connection, actor.tenant_id, line_id):
        await audit.record(connection, actor, "line_password.removed", "line", line_id)


async def passwords_of(
    connection: AsyncConnection[Any],
    sealer: Sealer,
    lookups: Sequence[Sequence[tuple[str, str]]],
) -> list[LinePassword | None]:
    """For each lookup the first of its (kind, identity) that is a line's, with the password; None
    where none is, or the line has no password."""
    wanted = sorted({identity for lookup in lookups for identity in lookup})
    known = await store.sealed_passwords(connection, wanted)

    def found(lookup: Sequence[tuple[str, str]]) -> LinePassword | None:
        for index, identity in enumerate(lookup):
            if identity in known:
                tenant_id, line_id, sealed = known[identity]
                if sealed is None:
                    return None
                password = sealer.open(tenant_id, line_password(line_id), bytes(sealed))
                return LinePassword(index, password.encode())
        return None

    return [found(lookup) for lookup in lookups]
