"""Routes of sessions: logging in and out, one's own password and second factor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post, put
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody

from openmvno import tenants
from openmvno.access import second_factor, sessions, users
from openmvno.access.confirming import confirm_password
from openmvno.access.errors import SessionMissing
from openmvno.access.model import User
from openmvno.access.schemas import (
    Language,
    LogIn,
    OwnPassword,
    Realm,
    RecoveryCodes,
    SessionChange,
    SessionTenant,
    SessionView,
    TotpBegun,
    TotpCode,
)
from openmvno.access.secrets import csrf_token, digest
from openmvno.errors import DomainError
from openmvno.rest import Call, Done, Outcome, requires
from openmvno.rest.call import Connection
from openmvno.rest.origin import SESSION_COOKIE, origin_of

TAGS: Final = ["Access"]
OWN_READ: Final = [requires("own:read")]
OWN_WRITE: Final = [requires("own:write")]
LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")


@post("/sessions", tags=TAGS, summary="Log in", opt={"public": True}, status_code=201)
async def log_in(request: Request[Any, Any, Any], data: JSONBody[LogIn]) -> Response[SessionView]:
    """Begins a session. Its cookie is HttpOnly; a change made with it has to send the answer's
    ``csrf_token`` as X-CSRF-Token. Which of login, password and code is wrong is not told; too many
    failures block the login and the address for a while (429, Retry-After)."""
    async with request.app.state.login_gate.enter():
        return await _log_in(request, data)


async def _log_in(request: Request[Any, Any, Any], data: LogIn) -> Response[SessionView]:
    state = request.app.state
    origin = origin_of(request)
    async with state.resources.open_connection() as connection:
        tenant_id = await sessions.tenant_named(connection, data.tenant)
    if tenant_id is None:
        raise await sessions.pretend()
    attempt = sessions.Attempt(
        data.login, data.password, data.code, origin.address, origin.request_id
    )
    async with state.resources.connection_of(tenant_id) as connection:
        begun = await sessions.log_in(connection, tenant_id, attempt, state.sealer)
    if isinstance(begun, DomainError):
        raise begun
    async with state.resources.open_connection() as connection:
        actor = await sessions.holder(connection, begun.secret, origin.request_id, origin.address)
    assert actor is not None
    async with state.resources.connection_of(tenant_id) as connection:
        user = await users.find_user(connection, tenant_id, begun.user_id)
        tenant = await tenants.tenant_by_id(connection, tenant_id)
    cookie = Cookie(
        SESSION_COOKIE,
        value=begun.secret,
        path="/",
        httponly=True,
        secure=request.url.scheme == "https" or request.url.hostname not in LOCAL_HOSTS,
        samesite="strict",
        max_age=int(sessions.LASTS.total_seconds()),
    )
    view = _view(user, tenant, actor.scopes, begun.secret)
    return Response(view, cookies=[cookie], headers={"Cache-Control": "no-store"})


@get("/session", guards=OWN_READ, tags=TAGS, summary="Who is logged in")
async def show_session(call: NamedDependency[Call]) -> Response[SessionView]:
    """The session's user, what it may do, and the token that its changes send."""
    secret, user_id = _session(call)
    async with call.connection() as connection:
        user = await users.find_user(connection, call.tenant_id, user_id)
        tenant = await tenants.tenant_by_id(connection, call.tenant_id)
    view = _view(user, tenant, call.actor.scopes, secret)
    return Response(view, headers={"Cache-Control": "no-store"})


@patch("/session", guards=OWN_WRITE, tags=TAGS, summary="Change one's own language")
async def change_session(
    update: NamedDependency[Call], data: JSONBody[SessionChange]
) -> Response[SessionView]:
    """The language of the user, in this session and later ones."""
    secret, user_id = _session(update)

    async def work(connection: Connection) -> Done:
        user = await users.find_user(connection, update.tenant_id, user_id, lock=True)
        wanted = replace(user, language=data.language)
        changed = await users.change_user(connection, update.actor, user, wanted)
        tenant = await tenants.tenant_by_id(connection, update.tenant_id)
        view = _view(changed, tenant, update.actor.scopes, secret)
        return Done(200, view, {"Cache-Control": "no-store"})

    return await update.change(work)


@delete("/session", guards=OWN_READ, tags=TAGS, summary="Log out", status_code=204)
async def log_out(call: NamedDependency[Call]) -> Response[None]:
    """The session ends; its cookie is worth nothing any more."""
    secret, _ = _session(call)
    async with call.connection() as connection:
        await sessions.log_out(connection, call.actor, secret)
    return Response(None, status_code=204, cookies=[Cookie(SESSION_COOKIE, path="/", max_age=0)])


@put(
    "/session/password",
    guards=OWN_WRITE,
    tags=TAGS,
    summary="Change one's own password",
    status_code=204,
)
async def change_own_password(update: NamedDependency[Call], data: JSONBody[OwnPassword]) -> None:
    """All other sessions of the user end. Wrong present passwords count as failed logins."""
    secret, user_id = _session(update)

    async def work(connection: Connection) -> Done:
        user = await users.find_user(connection, update.tenant_id, user_id, lock=True)
        refused = await confirm_password(connection, update.actor, data.present, field="present")
        if refused is not None:
            return Done(refused.status, None, refusal=refused)
        await users.set_password(
            connection, update.actor, user, data.password, keep_session=digest(secret)
        )
        return Done(204, None)

    await update.change(work)


@post("/session/totp", guards=OWN_WRITE, tags=TAGS, summary="Begin a second factor")
async def begin_totp(creation: NamedDependency[Call]) -> Response[TotpBegun]:
    """A secret for an authenticator app (RFC 6238). In force once a code of it is confirmed."""
    _, user_id = _session(creation)
    made: dict[str, str | None] = {"secret": None, "uri": None}

    async def work(connection: Connection) -> Done:
        user = await users.find_user(connection, creation.tenant_id, user_id, lock=True)
        sealer = creation.request.app.state.sealer
        tenant = await tenants.tenant_by_id(connection, creation.tenant_id)
        issuer = tenant.name if tenant else ""
        enrolment = await second_factor.begin(connection, creation.actor, user, sealer, issuer)
        made.update(secret=enrolment.secret, uri=enrolment.address)
        return Done(201, TotpBegun(None, None))

    def finish(body: dict[str, Any], _: list[Outcome]) -> dict[str, Any]:
        return {**body, **made}

    return await creation.change(work, finish=finish)


@post("/session/totp/confirmation", guards=OWN_WRITE, tags=TAGS, summary="Confirm a second factor")
async def confirm_totp(
    creation: NamedDependency[Call], data: JSONBody[TotpCode]
) -> Response[RecoveryCodes]:
    """From now on a login needs a code. The answer has the recovery codes, once."""
    _, user_id = _session(creation)
    made: list[str] = []

    async def work(connection: Connection) -> Done:
        user = await users.find_user(connection, creation.tenant_id, user_id, lock=True)
        sealer = creation.request.app.state.sealer
        made.extend(
            await second_factor.confirm(connection, creation.actor, user, data.code, sealer)
        )
        return Done(201, RecoveryCodes([]))

    def finish(_: dict[str, Any], __: list[Outcome]) -> dict[str, Any]:
        return {"codes": made}

    return await creation.change(work, finish=finish)


def _session(call: Call) -> tuple[str, UUID]:
    """The cookie and the user of the session.

    Raises:
        SessionMissing: the caller is a token's.
    """
    secret = call.request.cookies.get(SESSION_COOKIE)
    if call.actor.user_id is None or secret is None:
        raise SessionMissing("A token has no session.")
    return secret, call.actor.user_id


def _view(
    user: User, tenant: tenants.Tenant | None, scopes: frozenset[str], secret: str
) -> SessionView:
    assert tenant is not None
    return SessionView(
        user.user_id,
        user.login,
        sorted(scopes),
        csrf_token(secret),
        user.has_second_factor,
        user.second_factor_required and not user.has_second_factor,
        user.name,
        msgspec.convert(user.realm, Realm),
        user.subject_id,
        msgspec.convert(user.language, Language | None),
        SessionTenant(tenant.code, tenant.name, tenant.currency, tenant.time_zone),
    )


LOGIN_ROUTES: Final[list[Any]] = [
    log_in,
    show_session,
    change_session,
    log_out,
    change_own_password,
    begin_totp,
    confirm_totp,
]
