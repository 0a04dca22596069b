"""The password of who is logged in, asked once more before something is shown or changed that a
session alone must not do: it may have been left open, or stolen."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection

from openmvno.access import store, throttle
from openmvno.access.errors import PasswordWrong, SessionMissing
from openmvno.access.secrets import password_fits
from openmvno.access.sessions import count_failure
from openmvno.actor import Actor
from openmvno.errors import DomainError


async def confirm_password(
    connection: AsyncConnection[Any], actor: Actor, password: str, *, field: str = "password"
) -> DomainError | None:
    """Why the actor is not let pass; None: the password is right. Wrong ones count as failed
    logins, by login and by address. What is counted has to be committed, so a refusal is returned
    and not raised: LoginThrottled, or PasswordWrong naming ``field``.

    Raises:
        SessionMissing: the actor is no user with a session.
    """
    if actor.user_id is None:
        raise SessionMissing("A token has no password.")
    tenant_id, login = actor.tenant_id, actor.name
    tried = throttle.what_is_tried(login, actor.address)
    if throttled := await throttle.refusal(connection, tenant_id, tried):
        return throttled
    held = await store.credentials(connection, tenant_id, login)
    if not await password_fits(None if held is None else held.password_hash, password):
        await count_failure(connection, actor, tried, "session.password_refused")
        return PasswordWrong(field=field)
    await throttle.forget(connection, tenant_id, "login", login)
    return None
