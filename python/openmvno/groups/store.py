"""Tables ``line_favourites``, ``closed_user_group`` and ``closed_user_group_member``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno.charging import NOT_REFUSED, CommandPlace, command_of
from openmvno.database.rows import fetch_all, fetch_one, fetch_written, newest_first
from openmvno.groups.model import Favourites, Group, Member

# A change the engine refused did not happen, although its row is there.
_MEMBER = "closed_user_group_member"
_MEMBERS = f"{_MEMBER}{command_of(_MEMBER)}"
_GROUP = (
    f"group_id, name, created_at, (SELECT count(*) FROM {_MEMBERS}"
    f" WHERE {_MEMBER}.tenant_id = closed_user_group.tenant_id"
    f" AND {_MEMBER}.group_id = closed_user_group.group_id AND {NOT_REFUSED}) AS members"
)


async def favourites_of(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID
) -> Favourites:
    """The list of a line; empty when it never had one."""
    known = await fetch_one(
        connection,
        Favourites,
        f"SELECT numbers, version FROM line_favourites{command_of('line_favourites')}"
        f" WHERE line_favourites.tenant_id = %s AND line_id = %s AND {NOT_REFUSED}"
        " ORDER BY version DESC LIMIT 1",
        (tenant_id, line_id),
    )
    return known or Favourites()


async def insert_favourites(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    numbers: Sequence[str],
    place: CommandPlace,
) -> Favourites:
    """The next list of a locked line; ``place`` is that of its set_favourites command."""
    return await fetch_written(
        connection,
        Favourites,
        "INSERT INTO line_favourites (tenant_id, line_id, version, numbers, shard, command_seq)"
        " SELECT %(tenant)s, %(line)s, coalesce(max(version), 0) + 1, %(numbers)s, %(shard)s,"
        " %(seq)s FROM line_favourites WHERE tenant_id = %(tenant)s AND line_id = %(line)s"
        " RETURNING numbers, version",
        {
            "tenant": tenant_id,
            "line": line_id,
            "numbers": list(numbers),
            "shard": place[0],
            "seq": place[1],
        },
    )


async def insert_group(
    connection: AsyncConnection[Any], tenant_id: UUID, group_id: UUID, name: str
) -> Group:
    """A new group without members."""
    return await fetch_written(
        connection,
        Group,
        "INSERT INTO closed_user_group (tenant_id, group_id, name) VALUES (%s, %s, %s)"
        " RETURNING group_id, name, 0 AS members, created_at",
        (tenant_id, group_id, name),
    )


async def group_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, group_id: UUID
) -> Group | None:
    """One group."""
    return await fetch_one(
        connection,
        Group,
        f"SELECT {_GROUP} FROM closed_user_group WHERE tenant_id = %s AND group_id = %s",
        (tenant_id, group_id),
    )


async def list_groups(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[Group]:
    """Groups from the newest on."""
    return await fetch_all(
        connection,
        Group,
        f"SELECT {_GROUP} FROM closed_user_group WHERE tenant_id = %(tenant)s"
        f"{newest_first('group_id')}",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )


async def list_members(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    group_id: UUID,
    *,
    after: UUID | None,
    limit: int,
) -> list[Member]:
    """Members of a group in the order of their line ids."""
    return await fetch_all(
        connection,
        Member,
        f"SELECT line.line_id, line.account_id, msisdn, added_at FROM {_MEMBERS}"
        f" JOIN subscriber_line AS line ON line.tenant_id = {_MEMBER}.tenant_id"
        f"  AND line.line_id = {_MEMBER}.line_id"
        f" WHERE {_MEMBER}.tenant_id = %(tenant)s AND group_id = %(group)s AND {NOT_REFUSED}"
        f" AND (%(after)s::uuid IS NULL OR {_MEMBER}.line_id > %(after)s)"
        f" ORDER BY {_MEMBER}.line_id LIMIT %(limit)s",
        {"tenant": tenant_id, "group": group_id, "after": after, "limit": limit},
    )


async def groups_of(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> list[UUID]:
    """The groups a line is in, the oldest group first."""
    cursor = await connection.execute(
        f"SELECT group_id FROM {_MEMBERS} WHERE {_MEMBER}.tenant_id = %s AND line_id = %s"
        f" AND {NOT_REFUSED} ORDER BY group_id",
        (tenant_id, line_id),
    )
    return [row[0] for row in await cursor.fetchall()]


async def insert_member(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    group_id: UUID,
    line_id: UUID,
    place: CommandPlace,
) -> None:
    """Put a locked line into a group; ``place`` is that of its set_groups command."""
    await connection.execute(
        "INSERT INTO closed_user_group_member (tenant_id, group_id, line_id, shard, command_seq)"
        " VALUES (%s, %s, %s, %s, %s) ON CONFLICT (tenant_id, group_id, line_id) DO UPDATE"
        " SET shard = excluded.shard, command_seq = excluded.command_seq, added_at = now()",
        (tenant_id, group_id, line_id, *place),
    )


async def delete_member(
    connection: AsyncConnection[Any], tenant_id: UUID, group_id: UUID | None, line_id: UUID
) -> None:
    """Take a line out of a group, or with None out of every group."""
    await connection.execute(
        "DELETE FROM closed_user_group_member WHERE tenant_id = %(tenant)s"
        " AND line_id = %(line)s AND (%(group)s::uuid IS NULL OR group_id = %(group)s)",
        {"tenant": tenant_id, "line": line_id, "group": group_id},
    )
