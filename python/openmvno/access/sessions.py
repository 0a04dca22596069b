"""Sessions of users: begun by password and code, carried by a cookie."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.access import second_factor, store, throttle
from openmvno.access.errors import (
    AddressNotAllowed,
    LoginFailed,
    LoginThrottled,
    SecondFactorNeeded,
)
from openmvno.access.model import Credentials, may_come_from
from openmvno.access.roles import BUILT_IN, REALM_SCOPES
from openmvno.access.secrets import digest, new_secret, password_fits
from openmvno.actor import Actor
from openmvno.errors import DomainError
from openmvno.identifiers import new_id
from openmvno.provisioning import Sealer
from openmvno.rest.guards import OWN_SCOPES

LASTS: Final = timedelta(hours=12)
IDLE: Final = timedelta(minutes=30)
LOGINS_AT_ONCE: Final = 4
LOGINS_WAITING: Final = 100
SEEN_EVERY: Final = timedelta(minutes=1)
"""How often a session's last use is written down."""


class LoginGate:
    """How many log in at a time: each has a connection and a core for some 50 ms, and the rest of
    the API needs both."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(LOGINS_AT_ONCE)
        self._inside = 0

    @asynccontextmanager
    async def enter(self) -> AsyncIterator[None]:
        """Wait for a place.

        Raises:
            LoginThrottled: too many wait already.
        """
        if self._inside >= LOGINS_WAITING:
            raise LoginThrottled(
                "Too many are logging in at once.",
                accepted="another try in a moment",
                extra={"retry_after": 1},
            )
        self._inside += 1
        try:
            async with self._places:
                yield
        finally:
            self._inside -= 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody logs in with, and from where."""

    login: str
    password: str
    code: str | None
    address: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session: its cookie, and until when it lasts."""

    secret: str
    user_id: UUID
    expires_at: datetime


async def tenant_named(connection: AsyncConnection[Any], code: str) -> UUID | None:
    """The active tenant with this code, before it is known who asks."""
    cursor = await connection.execute("SELECT tenant_named(%s)", (code,))
    row = await cursor.fetchone()
    return None if row is None else row[0]


async def pretend() -> LoginFailed:
    """As long as a login takes, and the same answer, where there is no such tenant."""
    await password_fits(None, "")
    return LoginFailed("Login, password or code is wrong.")


async def log_in(
    connection: AsyncConnection[Any], tenant_id: UUID, attempt: Attempt, sealer: Sealer
) -> Begun | DomainError:
    """Begin a session, or say why not. What is counted of a failure has to be committed, so a
    refusal is returned and not raised.

    The refusals: LoginThrottled, LoginFailed, SecondFactorNeeded, AddressNotAllowed.
    """
    login = attempt.login.strip().lower()
    tried = throttle.what_is_tried(login, attempt.address)
    if throttled := await throttle.refusal(connection, tenant_id, tried):
        return throttled
    held = await store.credentials(connection, tenant_id, login)
    usable = held is not None and held.status == "active"
    right = await password_fits(held.password_hash if held and usable else None, attempt.password)
    actor = Actor(
        tenant_id,
        login[:100],
        attempt.request_id,
        user_id=held.user_id if held else None,
        address=attempt.address,
    )
    if held is None or not right:
        return await _failure(connection, actor, tried)
    if not may_come_from(held.networks, attempt.address):
        await _note(connection, actor, "session.address_refused")
        return AddressNotAllowed(f"This user may not log in from {attempt.address}.")
    if held.totp_confirmed_at is not None:
        refused = await _second_factor(connection, actor, held, attempt, sealer, tried)
        if refused is not None:
            return refused
    await throttle.forget(connection, tenant_id, "login", login)
    return await _begin(connection, actor, held.user_id)


async def _second_factor(
    connection: AsyncConnection[Any],
    actor: Actor,
    held: Credentials,
    attempt: Attempt,
    sealer: Sealer,
    tried: throttle.Tried,
) -> DomainError | None:
    if attempt.code is None:
        return SecondFactorNeeded("The password is right, the code is missing.", field="code")
    way = await second_factor.passes(connection, actor.tenant_id, held, attempt.code, sealer)
    if way is None:
        return await _failure(connection, actor, tried)
    if way == "recovery":
        await _note(connection, actor, "session.recovery_code_used")
    return None


async def _failure(
    connection: AsyncConnection[Any], actor: Actor, tried: throttle.Tried
) -> LoginFailed:
    await count_failure(connection, actor, tried, "session.refused")
    return LoginFailed("Login, password or code is wrong.")


async def count_failure(
    connection: AsyncConnection[Any], actor: Actor, tried: throttle.Tried, action: str
) -> None:
    """Count and note what was tried in vain; the caller commits."""
    await _note(connection, actor, action)
    for kind, key in tried.items():
        until = await throttle.failed(connection, actor.tenant_id, kind, key)
        if until is not None:
            await audit.record(
                connection,
                actor,
                "session.locked_out",
                kind,
                key[:100],
                after={"until": until.isoformat(timespec="seconds")},
            )


async def _note(connection: AsyncConnection[Any], actor: Actor, action: str) -> None:
    await audit.record(connection, actor, action, "user", actor.user_id or actor.name)


async def _begin(connection: AsyncConnection[Any], actor: Actor, user_id: UUID) -> Begun:
    session_id, secret = new_id(), new_secret()
    expires_at = datetime.now(UTC) + LASTS
    await store.insert_session(
        connection,
        actor.tenant_id,
        session_id,
        user_id,
        digest(secret),
        actor.address,
        expires_at,
    )
    await _note(connection, actor, "session.begun")
    return Begun(secret, user_id, expires_at)


async def holder(
    connection: AsyncConnection[Any], secret: str, request_id: str, address: str | None
) -> Actor | None:
    """Whose session a cookie is, with what its roles allow; None when it is over.

    Raises:
        AddressNotAllowed.
    """
    cursor = await connection.execute(
        "SELECT tenant_id, user_id, login, realm, roles, own_scopes, networks, limited, subject_id"
        " FROM session_holder(%s, %s, %s)",
        (digest(secret), IDLE, SEEN_EVERY),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    tenant_id, user_id, login, realm, roles, own_scopes, networks, limited, subject_id = row
    if not may_come_from(networks, address):
        raise AddressNotAllowed(f"This user may not come from {address}.")
    scopes = set(own_scopes)
    for name in roles:
        if name in BUILT_IN and BUILT_IN[name].realm == realm:
            scopes.update(BUILT_IN[name].scopes)
    allowed = scopes & REALM_SCOPES[realm] | set(OWN_SCOPES)
    if limited:  # until it has the second factor it has to have
        allowed = set(OWN_SCOPES)
    return Actor(
        tenant_id,
        login,
        request_id,
        scopes=frozenset(allowed),
        user_id=user_id,
        address=address,
        realm=realm,
        subject_id=subject_id,
    )


async def log_out(connection: AsyncConnection[Any], actor: Actor, secret: str) -> None:
    """End the session."""
    await store.delete_session(connection, actor.tenant_id, digest(secret))
    await _note(connection, actor, "session.ended")


async def forget_old_sessions(connection: AsyncConnection[Any]) -> None:
    """Housekeeping, of all tenants: what is over and nobody looks at."""
    await connection.execute("DELETE FROM user_session WHERE expires_at < now()")
    await connection.execute(
        "DELETE FROM login_failure WHERE failed_at < now() - %s::interval",
        (throttle.FORGOTTEN_AFTER,),
    )
    await connection.execute(
        "DELETE FROM user_invitation WHERE expires_at < now() - interval '30 days'"
    )
    await connection.execute(
        "DELETE FROM api_token WHERE client_id IS NOT NULL"
        " AND expires_at < now() - interval '1 day'"
    )
