"""Routes of users and roles."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from openmvno.access import roles, store, users
from openmvno.access.model import Role, User
from openmvno.access.schemas import (
    RoleIn,
    RoleView,
    UserChange,
    UserIn,
    UserPassword,
    UserRealm,
    UserView,
    role_view,
    user_view,
)
from openmvno.actor import Actor
from openmvno.rest import Call, Done, Page, PageRequest, page_of, requires
from openmvno.rest.call import Connection, tagged

TAGS: Final = ["Access"]
READ: Final = [requires("access:read")]
WRITE: Final = [requires("access:write")]


@post("/users", guards=WRITE, tags=TAGS, summary="Add a user")
async def create_user(
    creation: NamedDependency[Call], data: JSONBody[UserIn]
) -> Response[UserView]:
    """Nobody can give a role that has a scope he does not have himself."""
    wanted = data.user()

    async def work(connection: Connection) -> Done:
        user = await users.create_user(
            connection, creation.actor, wanted, data.password, holder=creation.actor
        )
        return Done(201, user_view(user), tagged(user.version, f"/v1/users/{user.user_id}"))

    return await creation.change(work)


@get("/users", guards=READ, tags=TAGS, summary="List users")
async def list_users(
    call: NamedDependency[Call],
    page: NamedDependency[PageRequest],
    realm: Annotated[UserRealm | None, QueryParameter(description="Of this realm")] = None,
) -> Page[UserView]:
    """Users from the newest on."""
    async with call.connection() as connection:
        found = await store.list_users(
            connection, call.tenant_id, realm=realm, before=page.after(UUID), limit=page.rows
        )
    await call.shown("user", [user.user_id for user in found[: page.limit]])
    return page_of(found, page, user_view, lambda user: user.user_id)


@get("/users/{user_id:uuid}", guards=READ, tags=TAGS, summary="One user")
async def show_user(call: NamedDependency[Call], user_id: FromPath[UUID]) -> Response[UserView]:
    """A user, with the ETag that a change may name."""
    async with call.connection() as connection:
        user = await users.find_user(connection, call.tenant_id, user_id)
    await call.shown("user", [user_id])
    return Response(user_view(user), headers=tagged(user.version))


@patch("/users/{user_id:uuid}", guards=WRITE, tags=TAGS, summary="Change or disable a user")
async def change_user(
    update: NamedDependency[Call], user_id: FromPath[UUID], data: JSONBody[UserChange]
) -> Response[UserView]:
    """Change what is given. Sessions of a disabled user end at once."""
    changes: dict[str, Any] = data.changes()

    async def work(connection: Connection) -> Done:
        user = await user_to_change(connection, update.actor, user_id)
        update.check_version(user.version)
        changed = await users.change_user(connection, update.actor, user, replace(user, **changes))
        return Done(200, user_view(changed), tagged(changed.version))

    return await update.change(work)


@put(
    "/users/{user_id:uuid}/password",
    guards=WRITE,
    tags=TAGS,
    summary="Give a user a new password",
    status_code=204,
)
async def set_user_password(
    update: NamedDependency[Call], user_id: FromPath[UUID], data: JSONBody[UserPassword]
) -> None:
    """The user's sessions end."""

    async def work(connection: Connection) -> Done:
        user = await user_to_change(connection, update.actor, user_id)
        update.check_version(user.version)
        await users.set_password(connection, update.actor, user, data.password)
        return Done(204, None)

    await update.change(work)


@post(
    "/users/{user_id:uuid}/unlock",
    guards=WRITE,
    tags=TAGS,
    summary="Forget failed logins",
    status_code=200,
)
async def unlock_user(
    creation: NamedDependency[Call], user_id: FromPath[UUID]
) -> Response[UserView]:
    """The user can log in at once, however often it failed before."""

    async def work(connection: Connection) -> Done:
        user = await user_to_change(connection, creation.actor, user_id)
        await users.unlock_login(connection, creation.actor, user)
        return Done(200, user_view(user), tagged(user.version))

    return await creation.change(work)


@delete(
    "/users/{user_id:uuid}/second-factor",
    guards=WRITE,
    tags=TAGS,
    summary="Take a user's second factor away",
)
async def remove_second_factor(update: NamedDependency[Call], user_id: FromPath[UUID]) -> None:
    """For who lost the device and the recovery codes. The user's sessions end."""

    async def work(connection: Connection) -> Done:
        user = await user_to_change(connection, update.actor, user_id)
        update.check_version(user.version)
        await users.remove_second_factor(connection, update.actor, user)
        return Done(204, None)

    await update.change(work)


async def user_to_change(connection: Connection, actor: Actor, user_id: UUID) -> User:
    """A locked user; whoever changes it has to have what it has, else he could become it."""
    user = await users.find_user(connection, actor.tenant_id, user_id, lock=True)
    scopes = await roles.scopes_of(connection, actor.tenant_id, user.realm, user.roles)
    roles.check_scopes(scopes, holder=actor, field="user_id")
    return user


@get("/roles", guards=READ, tags=TAGS, summary="List roles")
async def list_roles(call: NamedDependency[Call]) -> list[RoleView]:
    """Those that are built in, and the tenant's own."""
    async with call.connection() as connection:
        return [role_view(role) for role in await roles.list_roles(connection, call.tenant_id)]


@get("/roles/{role:str}", guards=READ, tags=TAGS, summary="One role")
async def show_role(call: NamedDependency[Call], role: FromPath[str]) -> Response[RoleView]:
    """A role, with the ETag that a change may name."""
    async with call.connection() as connection:
        found = await roles.find_role(connection, call.tenant_id, role)
    return Response(role_view(found), headers=tagged(found.version))


@put(
    "/roles/{role:str}",
    guards=WRITE,
    tags=TAGS,
    summary="Create or replace a role",
    opt={"also": {201: "It is new"}},
)
async def put_role(
    update: NamedDependency[Call],
    role: Annotated[str, PathParameter(pattern="^[a-z0-9][a-z0-9-]*$", max_length=64)],
    data: JSONBody[RoleIn],
) -> Response[RoleView]:
    """Users that have it get its new scopes with their next request."""
    wanted = Role(role, data.realm, list(dict.fromkeys(data.scopes)), data.note)

    async def work(connection: Connection) -> Done:
        present = await store.role_by_name(connection, update.tenant_id, role, lock=True)
        if present is not None:
            update.check_version(present.version)
        written, new = await roles.put_role(connection, update.actor, wanted)
        return Done(201 if new else 200, role_view(written), tagged(written.version))

    return await update.change(work)


@delete("/roles/{role:str}", guards=WRITE, tags=TAGS, summary="Remove a role")
async def remove_role(update: NamedDependency[Call], role: FromPath[str]) -> None:
    """A role nobody has."""

    async def work(connection: Connection) -> Done:
        found = await roles.find_role(connection, update.tenant_id, role, lock=True)
        update.check_version(found.version)
        await roles.remove_role(connection, update.actor, found)
        return Done(204, None)

    await update.change(work)


USER_ROUTES: Final[list[Any]] = [
    create_user,
    list_users,
    show_user,
    change_user,
    set_user_password,
    unlock_user,
    remove_second_factor,
    list_roles,
    show_role,
    put_role,
    remove_role,
]
