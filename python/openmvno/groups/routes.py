"""Routes of favourites and closed user groups."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from openmvno.groups import service, store
from openmvno.groups.errors import REFUSALS
from openmvno.groups.schemas import (
    FavouritesChange,
    FavouritesView,
    GroupView,
    MembershipView,
    MemberView,
    NewGroup,
    NewMember,
    favourites_view,
    group_view,
    member_view,
)
from openmvno.rest import Call, Done, Page, PageRequest, opens, page_of, requires
from openmvno.rest.call import Connection, tagged
from openmvno.subscribers import find_line, find_open_line

LINES: Final = ["Lines"]
GROUPS: Final = ["Closed user groups"]


@get(
    "/lines/{line_id:uuid}/favourites",
    guards=[requires("customers:read")],
    opt=opens("reach:read"),
    tags=LINES,
    summary="Friends & Family list of a line",
)
async def show_favourites(
    call: NamedDependency[Call], line_id: FromPath[UUID]
) -> Response[FavouritesView]:
    """The numbers on the list, with the ETag that a change may name."""
    async with call.reading() as connection:
        await find_line(connection, call.tenant_id, line_id)
        favourites = await store.favourites_of(connection, call.tenant_id, line_id)
    await call.shown("line", [line_id])
    view = favourites_view(line_id, favourites)
    return Response(view, headers=tagged(favourites.version))


@put(
    "/lines/{line_id:uuid}/favourites",
    guards=[requires("customers:write")],
    opt=opens("reach:write"),
    tags=LINES,
    summary="Replace the Friends & Family list of a line",
)
async def replace_favourites(
    update: NamedDependency[Call], line_id: FromPath[UUID], data: JSONBody[FavouritesChange]
) -> Response[FavouritesView]:
    """How many numbers and which is for the line's products to say. Rated by it from now on."""

    async def work(connection: Connection) -> Done:
        line = await find_open_line(connection, update.tenant_id, line_id)
        present = await store.favourites_of(connection, update.tenant_id, line_id)
        update.check_version(present.version)
        favourites, places = await service.replace_favourites(
            connection, update.actor, line, present, data.numbers
        )
        headers = tagged(favourites.version)
        return Done(200, favourites_view(line_id, favourites), headers, places)

    return await update.change(work, refusals=REFUSALS)


@post(
    "/closed-user-groups",
    guards=[requires("customers:write")],
    tags=GROUPS,
    summary="Create a closed user group",
)
async def create_group(
    creation: NamedDependency[Call], data: JSONBody[NewGroup]
) -> Response[GroupView]:
    """A group without lines. What its members pay and may call is for their products to say."""

    async def work(connection: Connection) -> Done:
        group = await service.create_group(connection, creation.actor, data.name)
        headers = {"Location": f"/v1/closed-user-groups/{group.group_id}"}
        return Done(201, group_view(group), headers)

    return await creation.change(work)


@get(
    "/closed-user-groups",
    guards=[requires("customers:read")],
    tags=GROUPS,
    summary="List closed user groups",
)
async def list_groups(
    call: NamedDependency[Call], page: NamedDependency[PageRequest]
) -> Page[GroupView]:
    """Groups from the newest on."""
    async with call.reading() as connection:
        groups = await store.list_groups(
            connection, call.tenant_id, before=page.after(UUID), limit=page.rows
        )
    return page_of(groups, page, group_view, lambda group: group.group_id)


@get(
    "/closed-user-groups/{group_id:uuid}",
    guards=[requires("customers:read")],
    tags=GROUPS,
    summary="One closed user group",
)
async def show_group(call: NamedDependency[Call], group_id: FromPath[UUID]) -> GroupView:
    """A group and how many lines are in it."""
    async with call.reading() as connection:
        group = await service.find_group(connection, call.tenant_id, group_id)
    return group_view(group)


@get(
    "/closed-user-groups/{group_id:uuid}/members",
    guards=[requires("customers:read")],
    tags=GROUPS,
    summary="Lines in a closed user group",
)
async def list_members(
    call: NamedDependency[Call], page: NamedDependency[PageRequest], group_id: FromPath[UUID]
) -> Page[MemberView]:
    """The lines of a group, the oldest line first."""
    async with call.reading() as connection:
        await service.find_group(connection, call.tenant_id, group_id)
        members = await store.list_members(
            connection,
            call.tenant_id,
            group_id,
            after=page.after(UUID),
            limit=page.rows,
        )
    await call.shown("line", [member.line_id for member in members[: page.limit]])
    return page_of(members, page, member_view, lambda member: member.line_id)


@post(
    "/closed-user-groups/{group_id:uuid}/members",
    guards=[requires("customers:write")],
    tags=GROUPS,
    summary="Put a line into a closed user group",
)
async def add_member(
    creation: NamedDependency[Call], group_id: FromPath[UUID], data: JSONBody[NewMember]
) -> Response[MembershipView]:
    """201 once the engine knows; a line that is in the group already stays in it."""

    async def work(connection: Connection) -> Done:
        line = await find_open_line(connection, creation.tenant_id, data.line_id)
        places = await service.add_member(connection, creation.actor, group_id, line)
        headers = {"Location": f"/v1/closed-user-groups/{group_id}/members"}
        return Done(201, MembershipView(group_id, data.line_id, member=True), headers, places)

    return await creation.change(work)


@delete(
    "/closed-user-groups/{group_id:uuid}/members/{line_id:uuid}",
    guards=[requires("customers:write")],
    tags=GROUPS,
    summary="Take a line out of a closed user group",
    status_code=200,
)
async def remove_member(
    update: NamedDependency[Call], group_id: FromPath[UUID], line_id: FromPath[UUID]
) -> Response[MembershipView]:
    """200 once the engine knows."""

    async def work(connection: Connection) -> Done:
        line = await find_open_line(connection, update.tenant_id, line_id)
        places = await service.remove_member(connection, update.actor, group_id, line)
        return Done(200, MembershipView(group_id, line_id, member=False), commands=places)

    return await update.change(work)


GROUP_ROUTES: Final[list[Any]] = [
    show_favourites,
    replace_favourites,
    create_group,
    list_groups,
    show_group,
    list_members,
    add_member,
    remove_member,
]
