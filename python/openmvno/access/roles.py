"""Realms, what each may ever do, and the roles that are there from the start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.access import store
from openmvno.access.errors import (
    RoleBuiltIn,
    RoleInUse,
    RoleNotFound,
    RoleUnknown,
    ScopeNotHeld,
    ScopeNotOfRealm,
    ScopeUnknown,
)
from openmvno.access.model import Role
from openmvno.actor import OUTSIDE, Actor
from openmvno.errors import one_of
from openmvno.rest.guards import (
    INSTALLATION_SCOPES,
    OWN_SCOPES,
    REACH_SCOPES,
    SCOPES,
    SENSITIVE_SCOPES,
    TENANT_SCOPES,
)
from openmvno.rest.reach import PARTNERS

STAFF: Final = ("admin", "care")
REALMS: Final = (*STAFF, *OUTSIDE, "service")

_CARE: Final = frozenset(
    scope
    for scope in TENANT_SCOPES
    if not scope.startswith(("access:", "audit:", "provisioning:"))
    and scope
    not in ("branding:write", "catalog:write", "charging:write", "usage:write", "porting:exchange")
)
_OUTSIDE: Final = frozenset((*OWN_SCOPES, *REACH_SCOPES))
REALM_SCOPES: Final[dict[str, frozenset[str]]] = {
    "admin": frozenset((*TENANT_SCOPES, *INSTALLATION_SCOPES, *SENSITIVE_SCOPES)),
    "care": _CARE | {"audit:read", "sims:codes"},
    # What they act for is all these reach: other scopes are for every customer of the tenant.
    "reseller": _OUTSIDE,
    "distributor": _OUTSIDE,
    "customer": _OUTSIDE - {"reach:sell"},
    "subscriber": _OUTSIDE - {"reach:sell"},
    "service": frozenset(SCOPES),
}
"""The most that a user of the realm may have."""

BUILT_IN: Final = {
    role.name: replace(role, built_in=True)
    for role in (
        Role("administrator", "admin", sorted(TENANT_SCOPES), "Everything of the tenant"),
        Role(
            "auditor",
            "admin",
            sorted(scope for scope in TENANT_SCOPES if scope.endswith(":read")),
            "Reads everything, changes nothing",
        ),
        Role(
            "operator",
            "admin",
            sorted(INSTALLATION_SCOPES),
            "The installation behind all tenants: its health, peers and RADIUS clients",
        ),
        Role(
            "keeper",
            "admin",
            sorted(SENSITIVE_SCOPES),
            "PIN and PUK of cards; registers, which are told the cards' keys",
        ),
        Role("agent", "care", sorted(_CARE), "Customers, lines, stock, money and usage"),
        Role("unlocker", "care", ["sims:codes"], "PIN and PUK of cards, each reading audited"),
        Role(
            "viewer",
            "care",
            sorted(scope for scope in _CARE if scope.endswith(":read")),
            "Reads what an agent changes",
        ),
        *(
            Role(
                f"{realm}-user",
                realm,
                sorted({*OWN_SCOPES, "reach:read", "reach:sell"}),
                "Reads and signs up below its customer; moves no money",
            )
            for realm in PARTNERS
        ),
        Role(
            "customer-user",
            "customer",
            sorted(_OUTSIDE - {"reach:sell"}),
            "Its accounts and lines, and those of the customers below it",
        ),
        Role(
            "subscriber-user",
            "subscriber",
            sorted(_OUTSIDE - {"reach:sell"}),
            "Its line and that line's account",
        ),
    )
}


def check_scopes(
    scopes: Iterable[str], *, holder: Actor | None = None, field: str | None = "scopes"
) -> None:
    """Complain about scopes that do not exist, or that ``holder`` has not got to give. Those of a
    session are everybody's; one that ends at a subject is given by who has it without that end.
    ``field``: which one of the request gives them, None where none does.

    Raises:
        ScopeUnknown, ScopeNotHeld.
    """
    for scope in scopes:
        if scope not in SCOPES:
            raise ScopeUnknown(f"{scope!r} is not a scope.", field=field, accepted=one_of(SCOPES))
        needed = REACH_SCOPES.get(scope, scope)
        if holder is not None and needed not in holder.scopes and scope not in OWN_SCOPES:
            raise ScopeNotHeld(
                f"You do not have {needed} yourself, so you cannot give it.",
                field=field,
                accepted=one_of(sorted(holder.scopes)),
            )


def check_realm(realm: str, scopes: Iterable[str]) -> None:
    """Raise ScopeNotOfRealm for a scope that users of the realm never have."""
    for scope in scopes:
        if scope not in REALM_SCOPES[realm]:
            raise ScopeNotOfRealm(
                f"Users of the realm {realm} never have {scope}.",
                field="scopes",
                accepted=one_of(sorted(REALM_SCOPES[realm])),
            )


async def list_roles(connection: AsyncConnection[Any], tenant_id: UUID) -> list[Role]:
    """Built-in roles and the tenant's own."""
    return [*BUILT_IN.values(), *await store.roles_of(connection, tenant_id)]


async def find_role(
    connection: AsyncConnection[Any], tenant_id: UUID, name: str, *, lock: bool = False
) -> Role:
    """A role by its name.

    Raises:
        RoleNotFound.
    """
    role = BUILT_IN.get(name) or await store.role_by_name(connection, tenant_id, name, lock=lock)
    if role is None:
        raise RoleNotFound(f"There is no role {name[:60]!r}.", field="role")
    return role


async def scopes_of(
    connection: AsyncConnection[Any], tenant_id: UUID, realm: str, names: Iterable[str]
) -> frozenset[str]:
    """What a user of the realm with these roles may do.

    Raises:
        RoleUnknown: naming the role.
    """
    known = {role.name: role for role in await list_roles(connection, tenant_id)}
    scopes: set[str] = set()
    for name in names:
        role = known.get(name)
        if role is None or role.realm != realm:
            there = sorted(each.name for each in known.values() if each.realm == realm)
            raise RoleUnknown(
                f"The realm {realm} has no role {name[:60]!r}.",
                field="roles",
                accepted=one_of(there),
            )
        scopes.update(role.scopes)
    return frozenset(scopes) & REALM_SCOPES[realm]


async def put_role(connection: AsyncConnection[Any], actor: Actor, role: Role) -> tuple[Role, bool]:
    """Create or replace a role of the tenant; whether it is new.

    Raises:
        RoleBuiltIn, ScopeUnknown, ScopeNotHeld, ScopeNotOfRealm, RoleInUse.
    """
    if role.name in BUILT_IN:
        raise RoleBuiltIn(f"The role {role.name} is built in.", field="role")
    check_scopes(role.scopes, holder=actor)
    check_realm(role.realm, role.scopes)
    before = await store.role_by_name(connection, actor.tenant_id, role.name)
    if before is not None and before.realm != role.realm:
        await _refuse_in_use(connection, actor.tenant_id, role.name)
    written = await store.upsert_role(connection, actor.tenant_id, role)
    await audit.record(
        connection,
        actor,
        "role.created" if before is None else "role.changed",
        "role",
        role.name,
        before=None if before is None else _audited(before),
        after=_audited(written),
    )
    return written, before is None


async def remove_role(connection: AsyncConnection[Any], actor: Actor, role: Role) -> None:
    """Remove a role nobody has.

    Raises:
        RoleBuiltIn, RoleInUse.
    """
    if role.built_in or role.name in BUILT_IN:
        raise RoleBuiltIn(f"The role {role.name} is built in.", field="role")
    await _refuse_in_use(connection, actor.tenant_id, role.name)
    await store.delete_role(connection, actor.tenant_id, role.name)
    await audit.record(connection, actor, "role.removed", "role", role.name, before=_audited(role))


async def _refuse_in_use(connection: AsyncConnection[Any], tenant_id: UUID, name: str) -> None:
    users = await store.count_users_with(connection, tenant_id, name)
    if users:
        raise RoleInUse(f"{users} users have the role {name}.", field="role")


def _audited(role: Role) -> dict[str, Any]:
    return {"realm": role.realm, "scopes": role.scopes, "note": role.note}
