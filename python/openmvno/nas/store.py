"""Tables ``radius_client`` and ``line_password``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.errors import UniqueViolation

from openmvno.nas.errors import RadiusNetworkTaken
from openmvno.nas.model import RadiusClient, Terms

_TERMS: Final = tuple(field.name for field in fields(Terms))
_COLUMNS: Final = f"name, {', '.join(_TERMS)}, version, created_at, updated_at"


def _client(row: Sequence[Any]) -> RadiusClient:
    return RadiusClient(row[0], Terms(*row[1:-3]), *row[-3:])


async def put_client(
    connection: AsyncConnection[Any], name: str, terms: Terms, sealed_secret: bytes | None
) -> RadiusClient:
    """Create or replace a client; None keeps the secret of one that is there.

    Raises:
        RadiusNetworkTaken: another client has the network.
    """
    named = ", ".join(_TERMS)
    replaced = ", ".join(f"{column} = excluded.{column}" for column in _TERMS)
    places = ", ".join(["%s"] * len(_TERMS))
    kept = "(SELECT sealed_secret FROM radius_client WHERE name = %s)"
    try:
        cursor = await connection.execute(
            f"INSERT INTO radius_client AS present (name, sealed_secret, {named})"
            f" VALUES (%s, coalesce(%s, {kept}), {places})"
            f" ON CONFLICT (name) DO UPDATE SET sealed_secret = excluded.sealed_secret, {replaced},"
            " version = present.version + 1, updated_at = clock_timestamp()"
            f" RETURNING {_COLUMNS}",
            (name, sealed_secret, name, *astuple(terms)),
        )
    except UniqueViolation as error:
        raise RadiusNetworkTaken(
            f"{terms.network} belongs to another client.", field="network"
        ) from error
    row = await cursor.fetchone()
    assert row is not None
    return _client(row)


async def delete_client(connection: AsyncConnection[Any], name: str) -> bool:
    """Remove a client; whether there was one."""
    cursor = await connection.execute("DELETE FROM radius_client WHERE name = %s", (name,))
    return cursor.rowcount == 1


async def client_by_name(
    connection: AsyncConnection[Any], name: str, *, lock: bool = False
) -> RadiusClient | None:
    """One client; ``lock`` keeps it from changing until the transaction ends."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM radius_client WHERE name = %s" + (" FOR UPDATE" if lock else ""),
        (name,),
    )
    row = await cursor.fetchone()
    return None if row is None else _client(row)


async def list_clients(connection: AsyncConnection[Any]) -> list[RadiusClient]:
    """All clients by name."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM radius_client ORDER BY name")
    return [_client(row) for row in await cursor.fetchall()]


async def enabled_clients(connection: AsyncConnection[Any]) -> list[tuple[RadiusClient, bytes]]:
    """Those that are served, with their sealed secrets."""
    cursor = await connection.execute(
        f"SELECT sealed_secret, {_COLUMNS} FROM radius_client WHERE enabled ORDER BY name"
    )
    return [(_client(row[1:]), bytes(row[0])) for row in await cursor.fetchall()]


async def clients_state(connection: AsyncConnection[Any]) -> tuple[Any, ...]:
    """Differs whenever a client was added, changed or removed."""
    cursor = await connection.execute(
        "SELECT count(*), max(updated_at), sum(version) FROM radius_client"
    )
    row = await cursor.fetchone()
    assert row is not None
    return tuple(row)


async def put_password(
    connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID, sealed: bytes
) -> None:
    """Set the password of a line."""
    await connection.execute(
        "INSERT INTO line_password (tenant_id, line_id, sealed_password) VALUES (%s, %s, %s)"
        " ON CONFLICT (tenant_id, line_id) DO UPDATE"
        " SET sealed_password = excluded.sealed_password, updated_at = now()",
        (tenant_id, line_id, sealed),
    )


async def delete_password(connection: AsyncConnection[Any], tenant_id: UUID, line_id: UUID) -> bool:
    """Take the password of a line away; whether it had one."""
    cursor = await connection.execute(
        "DELETE FROM line_password WHERE tenant_id = %s AND line_id = %s", (tenant_id, line_id)
    )
    return cursor.rowcount == 1


async def sealed_passwords(
    connection: AsyncConnection[Any], identities: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[UUID, UUID, bytes | None]]:
    """(tenant, line, sealed password) of the live lines among identities, over all tenants: an
    identity belongs to one line of the installation."""
    cursor = await connection.execute(
        "SELECT i.kind, i.identity, i.tenant_id, i.line_id, p.sealed_password"
        " FROM unnest(%s::text[], %s::text[]) AS wanted (kind, identity)"
        " JOIN identity_map i USING (kind, identity)"
        " LEFT JOIN line_password p ON p.tenant_id = i.tenant_id AND p.line_id = i.line_id",
        ([kind for kind, _ in identities], [identity for _, identity in identities]),
    )
    return {(row[0], row[1]): (row[2], row[3], row[4]) for row in await cursor.fetchall()}
