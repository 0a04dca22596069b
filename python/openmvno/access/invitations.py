"""Invitations: a code with which somebody chooses login and password of a user, once.

Nothing is sent: the code is shown to who made it, and handed over. A sender of e-mails or messages
would take it from :func:`invite`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from openmvno import audit
from openmvno.access import store, throttle, users
from openmvno.access.errors import InvitationInvalid, LoginMissing, LoginTaken
from openmvno.access.model import NewUser, User
from openmvno.access.secrets import digest
from openmvno.actor import Actor
from openmvno.errors import DomainError
from openmvno.identifiers import new_id

LASTS: Final = timedelta(days=14)
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing in it is taken for something else when it is read aloud."""

LETTERS: Final = 16
"""80 random bits: beside the throttle, guessing is hopeless."""

NO_LOGIN: Final = "invited-"
"""How the login of a user begins that has not chosen one; nobody can, see ``check_login``."""

_READ_AS: Final = str.maketrans("OIL", "011", " -")


@dataclass(frozen=True, slots=True)
class Invitation:
    """A code, shown once."""

    user_id: UUID
    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody sends to take an invitation up, and from where. ``language``: the reader's,
    for a user who has none."""

    code: str
    login: str | None
    password: str
    language: str | None
    address: str | None
    request_id: str


async def invite(connection: AsyncConnection[Any], actor: Actor, user: User) -> Invitation:
    """A new code for a user; older ones are worth nothing any more."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    code = "-".join(letters[place : place + 4] for place in range(0, LETTERS, 4))
    expires_at = datetime.now(UTC) + LASTS
    await store.replace_invitation(
        connection, actor.tenant_id, new_id(), user.user_id, _hash(code), expires_at
    )
    await audit.record(
        connection,
        actor,
        "user.invited",
        "user",
        user.user_id,
        after={"expires_at": expires_at.isoformat(timespec="seconds")},
    )
    return Invitation(user.user_id, code, expires_at)


async def invite_subscriber(
    connection: AsyncConnection[Any],
    actor: Actor,
    line_id: UUID,
    *,
    name: str,
    email: str | None,
    language: str | None,
) -> Invitation:
    """A user for the line, who chooses login and password by the code.

    Raises:
        SubjectUnknown.
    """
    wanted = NewUser(
        f"{NO_LOGIN}{new_id()}",
        name,
        "subscriber",
        ["subscriber-user"],
        email,
        line_id,
        language=language,
    )
    user = await users.create_user(connection, actor, wanted, None)
    return await invite(connection, actor, user)


async def accept(
    connection: AsyncConnection[Any], tenant_id: UUID, attempt: Attempt
) -> User | DomainError:
    """Give the invited user its password, and its login and language where it has none. What is
    counted of a failure has to be committed, so a refusal for the code is returned and not raised.

    Raises:
        LoginMissing, LoginTaken, PasswordWeak.
    """
    hashed = _hash(attempt.code)
    tried = throttle.what_is_tried(f"invitation {hashed.hex()[:32]}", attempt.address)
    if throttled := await throttle.refusal(connection, tenant_id, tried):
        return throttled
    user_id = await store.invited(connection, tenant_id, hashed)
    user = await store.user_by_id(connection, tenant_id, user_id, lock=True) if user_id else None
    if user is None or user.status != "active":
        for kind, key in tried.items():
            await throttle.failed(connection, tenant_id, kind, key)
        nobody = Actor(tenant_id, "invitation", attempt.request_id, address=attempt.address)
        await audit.record(connection, nobody, "invitation.refused", "user", "unknown")
        return InvitationInvalid(field="code")
    actor = Actor(
        tenant_id,
        user.login,
        attempt.request_id,
        user_id=user.user_id,
        address=attempt.address,
    )
    user = await _chosen(connection, actor, user, attempt)
    await users.set_password(connection, actor, user, attempt.password)
    await store.use_invitation(connection, tenant_id, hashed)
    await throttle.forget(connection, tenant_id, "login", user.login)
    await audit.record(connection, actor, "invitation.accepted", "user", user.user_id)
    return user


async def _chosen(
    connection: AsyncConnection[Any], actor: Actor, user: User, attempt: Attempt
) -> User:
    login = user.login
    if login.startswith(NO_LOGIN):
        login = (attempt.login or "").strip().lower()
        if not login or login.startswith(NO_LOGIN):
            raise LoginMissing("The user has no login to log in with yet.", field="login")
    wanted = replace(user, login=login, language=user.language or attempt.language)
    try:
        return await users.change_user(connection, actor, user, wanted)
    except UniqueViolation as error:
        raise LoginTaken(f"There is a user {login!r} already.", field="login") from error


def _hash(code: str) -> bytes:
    return digest(code.upper().translate(_READ_AS))
