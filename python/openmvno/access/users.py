"""Users: made, changed, given a password."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.access import store, throttle
from openmvno.access.errors import LoginTaken, PasswordWeak, UserNotFound
from openmvno.access.model import NewUser, User
from openmvno.access.roles import check_scopes, scopes_of
from openmvno.access.secrets import hash_password
from openmvno.access.subjects import check_subject
from openmvno.actor import Actor
from openmvno.identifiers import new_id

FEWEST_DIFFERENT: Final = 5
"""Different characters of a password."""

SHORTEST_PASSWORD: Final = 12
"""NIST SP 800-63B section 3.1.1.2 asks for 8, and 15 where it is the only factor."""

LONGEST_PASSWORD: Final = 200


def check_password(password: str, login: str) -> None:
    """Raise PasswordWeak for one that is too easy to guess."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordWeak(
            f"The password has {len(password)} characters.",
            field="password",
            accepted=f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters",
        )
    if len(set(password)) < FEWEST_DIFFERENT or login.lower() in password.lower():
        raise PasswordWeak(
            "The password has too few different characters, or contains the login.",
            field="password",
            accepted=f"{FEWEST_DIFFERENT} different characters or more, and not the login within",
        )


async def create_user(
    connection: AsyncConnection[Any],
    actor: Actor,
    user: NewUser,
    password: str | None,
    *,
    holder: Actor | None = None,
) -> User:
    """A new user. ``holder``: who must have every scope that the user gets.

    Raises:
        RoleUnknown, ScopeNotHeld, SubjectUnknown, PasswordWeak, LoginTaken.
    """
    check_scopes(
        await scopes_of(connection, actor.tenant_id, user.realm, user.roles),
        holder=holder,
        field="roles",
    )
    await check_subject(connection, actor.tenant_id, user.realm, user.subject_id)
    hashed = None
    if password is not None:
        check_password(password, user.login)
        hashed = await hash_password(password)
    made = await store.insert_user(connection, actor.tenant_id, new_id(), user, hashed)
    if made is None:
        raise LoginTaken(f"There is a user {user.login!r} already.", field="login")
    await audit.record(connection, actor, "user.created", "user", made.user_id, after=audited(made))
    return made


async def find_user(
    connection: AsyncConnection[Any], tenant_id: UUID, user_id: UUID, *, lock: bool = False
) -> User:
    """A user of the tenant.

    Raises:
        UserNotFound.
    """
    user = await store.user_by_id(connection, tenant_id, user_id, lock=lock)
    if user is None:
        raise UserNotFound(f"There is no user {user_id}.", field="user_id")
    return user


async def user_by_login(connection: AsyncConnection[Any], tenant_id: UUID, login: str) -> User:
    """A user of the tenant by its login.

    Raises:
        UserNotFound.
    """
    user = await store.user_by_login(connection, tenant_id, login.strip().lower())
    if user is None:
        raise UserNotFound(f"There is no user {login[:60]!r}.", field="login")
    return user


async def change_user(
    connection: AsyncConnection[Any], actor: Actor, before: User, wanted: User
) -> User:
    """Change a locked user; one that is disabled has its sessions ended.

    Raises:
        RoleUnknown, ScopeNotHeld, SubjectUnknown.
    """
    if wanted == before:
        return before
    if wanted.roles != before.roles:
        check_scopes(
            await scopes_of(connection, actor.tenant_id, wanted.realm, wanted.roles),
            holder=actor,
            field="roles",
        )
    if wanted.subject_id != before.subject_id:
        await check_subject(connection, actor.tenant_id, wanted.realm, wanted.subject_id)
    changed = await store.update_user(connection, actor.tenant_id, wanted)
    if changed.status != "active":
        await store.delete_sessions(connection, actor.tenant_id, changed.user_id)
    await audit.record(
        connection,
        actor,
        "user.changed",
        "user",
        changed.user_id,
        before=audited(before),
        after=audited(changed),
    )
    return changed


async def set_password(
    connection: AsyncConnection[Any],
    actor: Actor,
    user: User,
    password: str,
    *,
    keep_session: bytes | None = None,
) -> None:
    """Give a user a new password; its sessions end, except the one by whose hash it asks.

    Raises:
        PasswordWeak.
    """
    check_password(password, user.login)
    hashed = await hash_password(password)
    await store.set_password(connection, actor.tenant_id, user.user_id, hashed)
    await store.delete_sessions(connection, actor.tenant_id, user.user_id, keep_session)
    await audit.record(
        connection, actor, "user.password_changed", "user", user.user_id, after={"password": True}
    )


async def remove_second_factor(connection: AsyncConnection[Any], actor: Actor, user: User) -> None:
    """Take the second factor of a user away that lost it; its sessions end."""
    await store.set_totp(
        connection, actor.tenant_id, user.user_id, sealed=None, step=None, recovery=[]
    )
    await store.delete_sessions(connection, actor.tenant_id, user.user_id)
    await audit.record(
        connection,
        actor,
        "user.second_factor_removed",
        "user",
        user.user_id,
        before={"second_factor": user.has_second_factor},
        after={"second_factor": False},
    )


async def unlock_login(connection: AsyncConnection[Any], actor: Actor, user: User) -> None:
    """Forget the failed logins of a user."""
    await throttle.forget(connection, actor.tenant_id, "login", user.login)
    await audit.record(connection, actor, "user.unlocked", "user", user.user_id)


def audited(user: User) -> dict[str, Any]:
    """What the audit log says of a user."""
    return {
        "login": user.login,
        "name": user.name,
        "email": user.email,
        "realm": user.realm,
        "roles": user.roles,
        "subject_id": None if user.subject_id is None else str(user.subject_id),
        "networks": [str(network) for network in user.networks],
        "status": user.status,
        "second_factor_required": user.second_factor_required,
        "language": user.language,
    }
