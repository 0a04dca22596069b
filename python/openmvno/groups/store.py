"""Tables ``line_favourites``, ``closed_user_group`` and ``closed_user_group_member``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from openmvno.groups.model import Favourites, Group, Member

# A change the engine refused did not happen, although its row is there.
_MEMBERS = (
    "closed_user_group_member AS member LEFT JOIN engine_command AS command"
    " ON command.shard = member.shard AND command.seq = member.command_seq"
)
_NOT_REFUSED = "NOT coalesce(command.outcome ? 'error', false)"
_GROUP = (
    f"group_id, name, created_at, (SELECT count(*) FROM {_MEMBERS}"
    " WHERE member.tenant_id = closed_user_group.tenant_id"
    f" AND member.group_id = closed_user_group.group_id AND {_NOT_REFUSED}) AS members"
)


async def favourites_of(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID
) -> Favourites:
    """The list of a line; empty when it never had one."""
    cursor = connection.cursor(row_factory=class_row(Favourites))
    await cursor.execute(
        "SELECT numbers, version FROM line_favourites AS list LEFT JOIN engine_command AS command"
        " ON command.shard = list.shard AND command.seq = list.command_seq"
        f" WHERE list.tenant_id = %s AND line_id = %s AND {_NOT_REFUSED}"
        " ORDER BY version DESC LIMIT 1",
        (tenant_id, line_id),
    )
    return await cursor.fetchone() or Favourites()


async def insert_favourites(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    line_id: UUID,
    numbers: Sequence[str],
    place: tuple[int, int],
) -> Favourites:
    """The next list of a locked line; ``place`` is that of its set_favourites command."""
    cursor = connection.cursor(row_factory=class_row(Favourites))
    await cursor.execute(
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
    written = await cursor.fetchone()
    assert written is not None
    return written


async def insert_group(
    connection: AsyncConnection[Any], tenant_id: UUID, group_id: UUID, name: str
) -> Group:
    """A new group without members."""
    cursor = connection.cursor(row_factory=class_row(Group))
    await cursor.execute(
        "INSERT INTO closed_user_group (tenant_id, group_id, name) VALUES (%s, %s, %s)"
        " RETURNING group_id, name, 0 AS members, created_at",
        (tenant_id, group_id, name),
    )
    group = await cursor.fetchone()
    assert group is not None
    return group


async def group_by_id(
    connection: AsyncConnection[Any], tenant_id: UUID, group_id: UUID
) -> Group | None:
    """One group."""
    cursor = connection.cursor(row_factory=class_row(Group))
    await cursor.execute(
        f"SELECT {_GROUP} FROM closed_user_group WHERE tenant_id = %s AND group_id = %s",
        (tenant_id, group_id),
    )
    return await cursor.fetchone()


async def list_groups(
    connection: AsyncConnection[Any], tenant_id: UUID, *, before: UUID | None, limit: int
) -> list[Group]:
    """Groups from the newest on."""
    cursor = connection.cursor(row_factory=class_row(Group))
    await cursor.execute(
        f"SELECT {_GROUP} FROM closed_user_group WHERE tenant_id = %(tenant)s"
        " AND (%(before)s::uuid IS NULL OR group_id < %(before)s)"
        " ORDER BY group_id DESC LIMIT %(limit)s",
        {"tenant": tenant_id, "before": before, "limit": limit},
    )
    return await cursor.fetchall()


async def list_members(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    group_id: UUID,
    *,
    after: UUID | None,
    limit: int,
) -> list[Member]:
    """Members of a group in the order of their line ids."""
    cursor = connection.cursor(row_factory=class_row(Member))
    await cursor.execute(
        f"SELECT line.line_id, line.account_id, msisdn, added_at FROM {_MEMBERS}"
        " JOIN subscriber_line AS line ON line.tenant_id = member.tenant_id"
        "  AND line.line_id = member.line_id"
        f" WHERE member.tenant_id = %(tenant)s AND group_id = %(group)s AND {_NOT_REFUSED}"
        " AND (%(after)s::uuid IS NULL OR member.line_id > %(after)s)"
        " ORDER BY member.line_id LIMIT %(limit)s",
        {"tenant": tenant_id, "group": group_id, "after": after, "limit": limit},
    )
    return await cursor.fetchall()


async def groups_of(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> list[UUID]:
    """The groups a line is in, the oldest group first."""
    cursor = await connection.execute(
        f"SELECT group_id FROM {_MEMBERS} WHERE member.tenant_id = %s AND line_id = %s"
        f" AND {_NOT_REFUSED} ORDER BY group_id",
        (tenant_id, line_id),
    )
    return [row[0] for row in await cursor.fetchall()]


async def insert_member(
    connection: AsyncConnection[Any],
    tenant_id: UUID,
    group_id: UUID,
    line_id: UUID,
    place: tuple[int, int],
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
