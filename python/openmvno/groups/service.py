"""Changing favourites and closed user groups. The caller holds the line's lock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.addons import MainLine, addons_of
from openmvno.catalog import MAIN, offer_on_sale
from openmvno.charging import CommandPlace, insert_commands, set_favourites, set_groups
from openmvno.groups import store
from openmvno.groups.errors import GroupNotFound, MemberNotFound, TooManyGroups
from openmvno.groups.model import Favourites, Group
from openmvno.groups.rules import MOST_GROUPS, check_favourites
from openmvno.identifiers import new_id


async def replace_favourites(
    connection: AsyncConnection[Any],
    actor: Actor,
    line: MainLine,
    present: Favourites,
    numbers: Sequence[str],
) -> tuple[Favourites, list[CommandPlace]]:
    """Put ``numbers`` in the place of the whole list; doubles count once. No change, no command.

    Raises:
        FavouritesNotOffered, FavouritesTooMany, FavouriteNotAllowed, CatalogNotPublished.
    """
    wanted = list(dict.fromkeys(numbers))
    if wanted == present.numbers:
        return present, []
    offer = await offer_on_sale(connection, actor.tenant_id)
    addons = await addons_of(connection, actor.tenant_id, offer, line.line_id)
    check_favourites(wanted, [*addons, offer.product(line.product, MAIN)])
    command = set_favourites(actor.tenant_id, line.account_id, line.line_id, wanted)
    [place] = await insert_commands(connection, [command])
    written = await store.insert_favourites(
        connection, actor.tenant_id, line.line_id, wanted, place
    )
    await audit.record(
        connection,
        actor,
        "line.favourites_changed",
        "line",
        line.line_id,
        before={"numbers": present.numbers},
        after={"numbers": wanted},
    )
    return written, [place]


async def create_group(connection: AsyncConnection[Any], actor: Actor, name: str) -> Group:
    """A new group without members; the engine hears of it with its first line."""
    group = await store.insert_group(connection, actor.tenant_id, new_id(), name)
    await _record(connection, actor, "closed_user_group.created", group.group_id, name=name)
    return group


async def find_group(connection: AsyncConnection[Any], tenant_id: UUID, group_id: UUID) -> Group:
    """A group of the tenant.

    Raises:
        GroupNotFound.
    """
    group = await store.group_by_id(connection, tenant_id, group_id)
    if group is None:
        raise GroupNotFound(f"There is no closed user group {group_id}.", field="group_id")
    return group


async def add_member(
    connection: AsyncConnection[Any], actor: Actor, group_id: UUID, line: MainLine
) -> list[CommandPlace]:
    """Put a line into a group. A line that is in it already stays: no command.

    Raises:
        GroupNotFound, TooManyGroups.
    """
    await find_group(connection, actor.tenant_id, group_id)
    groups = await store.groups_of(connection, actor.tenant_id, line.line_id)
    if group_id in groups:
        return []
    if len(groups) >= MOST_GROUPS:
        raise TooManyGroups(
            f"The line is in {len(groups)} groups.",
            field="line_id",
            accepted=f"a line in fewer than {MOST_GROUPS} groups",
        )
    place = await _set_groups(connection, actor, line, [*groups, group_id])
    await store.insert_member(connection, actor.tenant_id, group_id, line.line_id, place)
    await _record(
        connection, actor, "closed_user_group.line_added", group_id, line=str(line.line_id)
    )
    return [place]


async def remove_member(
    connection: AsyncConnection[Any], actor: Actor, group_id: UUID, line: MainLine
) -> list[CommandPlace]:
    """Take a line out of a group.

    Raises:
        GroupNotFound, MemberNotFound.
    """
    await find_group(connection, actor.tenant_id, group_id)
    groups = await store.groups_of(connection, actor.tenant_id, line.line_id)
    if group_id not in groups:
        raise MemberNotFound(f"The line {line.line_id} is not in the group.", field="line_id")
    remaining = [group for group in groups if group != group_id]
    place = await _set_groups(connection, actor, line, remaining)
    await store.delete_member(connection, actor.tenant_id, group_id, line.line_id)
    await _record(
        connection, actor, "closed_user_group.line_removed", group_id, line=str(line.line_id)
    )
    return [place]


async def leave_all(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> None:
    """Take a line that closes out of its groups; the engine forgets them with the line."""
    await store.delete_member(connection, tenant_id, None, line_id)


async def _set_groups(
    connection: AsyncConnection[Any], actor: Actor, line: MainLine, groups: Sequence[UUID]
) -> CommandPlace:
    command = set_groups(actor.tenant_id, line.account_id, line.line_id, groups)
    [place] = await insert_commands(connection, [command])
    return place


async def _record(
    connection: AsyncConnection[Any], actor: Actor, action: str, group_id: UUID, **after: str
) -> None:
    await audit.record(connection, actor, action, "closed_user_group", group_id, after=after)
