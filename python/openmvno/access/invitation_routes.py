"""Routes of invitations: logins and new passwords that nobody else ever knows."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.access import invitations, sessions
from openmvno.access.errors import InvitationInvalid
from openmvno.access.roles import check_scopes, scopes_of
from openmvno.access.schemas import Acceptance, Accepted, InvitationView, SelfCareUser
from openmvno.access.user_routes import user_to_change
from openmvno.errors import DomainError
from openmvno.rest import Call, Done, Outcome, opens, requires
from openmvno.rest.call import Connection
from openmvno.rest.origin import origin_of
from openmvno.rest.reach import PARTNERS
from openmvno.subscribers import find_line

TAGS: Final = ["Access"]


@post(
    "/lines/{line_id:uuid}/self-care-users",
    guards=[requires("customers:write")],
    opt=opens("reach:sell", PARTNERS),
    tags=TAGS,
    summary="Give a subscriber a login",
)
async def create_self_care_user(
    creation: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[SelfCareUser]
) -> Response[InvitationView]:
    """A user of the realm subscriber for the line, with an invitation. The code is shown once; a
    repeated request gets null in its place."""
    made: dict[str, str] = {}

    async def work(connection: Connection) -> Done:
        await find_line(connection, creation.tenant_id, line_id)
        if not creation.actor.is_outside:
            given = await scopes_of(
                connection, creation.tenant_id, "subscriber", ["subscriber-user"]
            )
            check_scopes(given, holder=creation.actor, field=None)
        invitation = await invitations.invite_subscriber(
            connection,
            creation.actor,
            line_id,
            name=data.name,
            email=data.email,
            language=data.language,
        )
        made["code"] = invitation.code
        return _done(invitation)

    return await _shown_once(creation, work, made)


@post(
    "/users/{user_id:uuid}/invitations",
    guards=[requires("access:write")],
    tags=TAGS,
    summary="Let a user choose a new password",
)
async def create_invitation(
    creation: NamedDependency[Call], user_id: FromPath[UUID]
) -> Response[InvitationView]:
    """Its present password works until the invitation is taken up. The code is shown once."""
    made: dict[str, str] = {}

    async def work(connection: Connection) -> Done:
        user = await user_to_change(connection, creation.actor, user_id)
        invitation = await invitations.invite(connection, creation.actor, user)
        made["code"] = invitation.code
        return _done(invitation)

    return await _shown_once(creation, work, made)


def _done(invitation: invitations.Invitation) -> Done:
    view = InvitationView(invitation.user_id, invitation.expires_at)
    return Done(201, view, {"Cache-Control": "no-store"})


async def _shown_once(creation: Call, work: Any, made: dict[str, str]) -> Response[InvitationView]:
    def finish(body: dict[str, Any], _: list[Outcome]) -> dict[str, Any]:
        return {**body, **made}

    return await creation.change(work, finish=finish)


@post(
    "/invitations/acceptance",
    tags=TAGS,
    summary="Take an invitation up",
    opt={"public": True},
    status_code=201,
)
async def accept_invitation(
    request: Request[Any, Any, Any], data: JSONBody[Acceptance]
) -> Response[Accepted]:
    """Chooses the password, and the login of who has none. Once; then log in with
    ``POST /v1/sessions``. Wrong codes are counted like failed logins (429, Retry-After)."""
    async with request.app.state.login_gate.enter():
        return await _accept(request, data)


async def _accept(request: Request[Any, Any, Any], data: Acceptance) -> Response[Accepted]:
    state, origin = request.app.state, origin_of(request)
    async with state.resources.open_connection() as connection:
        tenant_id = await sessions.tenant_named(connection, data.tenant)
    if tenant_id is None:
        raise InvitationInvalid(field="code")
    attempt = invitations.Attempt(
        data.code, data.login, data.password, data.language, origin.address, origin.request_id
    )
    async with state.resources.connection_of(tenant_id) as connection:
        user = await invitations.accept(connection, tenant_id, attempt)
    if isinstance(user, DomainError):
        raise user
    return Response(Accepted(user.login), headers={"Cache-Control": "no-store"})


INVITATION_ROUTES: Final[list[Any]] = [
    create_self_care_user,
    create_invitation,
    accept_invitation,
]
