"""PIN, PUK and the like of SIM cards, and transport keys: sealed, opened for entitled eyes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.errors import one_of
from openmvno.provisioning import Sealer
from openmvno.sims import store
from openmvno.sims.errors import PukNotShown, SimCodesUnknown, SimUnknown, TransportKeyInvalid
from openmvno.sims.sealed import card_codes, vendor_key
from openmvno.sims.transport import LENGTHS, TransportKey

PUKS: Final = ("puk1", "puk2")
_HEXADECIMAL = re.compile(r"(?:[0-9a-fA-F]{2})+")


def seal_codes(sealer: Sealer, tenant_id: UUID, iccid: str, codes: Mapping[str, str]) -> bytes:
    """As they lie in the database."""
    return sealer.seal(tenant_id, card_codes(iccid), msgspec.json.encode(codes).decode())


async def read_codes(
    connection: AsyncConnection[Any], actor: Actor, sealer: Sealer, iccid: str
) -> dict[str, str]:
    """The codes of a card, by name; that they were read is audited.

    Raises:
        SimUnknown, SimCodesUnknown.
    """
    cursor = await connection.execute(
        "SELECT sealed_codes FROM sim WHERE tenant_id = %s AND iccid = %s",
        (actor.tenant_id, iccid),
    )
    row = await cursor.fetchone()
    if row is None:
        raise SimUnknown(f"There is no SIM card {iccid[:30]}.", field="iccid")
    if row[0] is None:
        raise SimCodesUnknown(f"No file has told the codes of the SIM card {iccid}.", field="iccid")
    codes: dict[str, str] = msgspec.json.decode(
        sealer.open(actor.tenant_id, card_codes(iccid), bytes(row[0]))
    )
    await audit.record(
        connection, actor, "sim_codes.read", "sim", iccid, after={"codes": sorted(codes)}
    )
    return codes


async def read_puk(
    connection: AsyncConnection[Any], actor: Actor, sealer: Sealer, iccid: str
) -> dict[str, str]:
    """The PUK of a card alone, by name; that it was read is audited.

    Raises:
        PukNotShown: to who is outside the staff, where the tenant shows it to none of them;
        SimCodesUnknown.
    """
    policy = await store.policy_of(connection, actor.tenant_id)
    if actor.is_outside and not policy.puk_to_subscribers:
        raise PukNotShown
    known = await known_codes(connection, actor.tenant_id, sealer, iccid)
    puk: dict[str, str] = {name: known[name] for name in PUKS if name in known}
    if not puk:
        raise SimCodesUnknown(
            f"No file has told the PUK of the SIM card {iccid[:30]}.", field="iccid"
        )
    await audit.record(
        connection, actor, "sim_codes.read", "sim", iccid, after={"codes": sorted(puk)}
    )
    return puk


async def known_codes(
    connection: AsyncConnection[Any], tenant_id: UUID, sealer: Sealer, iccid: str
) -> dict[str, str]:
    """The codes of a card for our own use, empty where none are known."""
    cursor = await connection.execute(
        "SELECT sealed_codes FROM sim WHERE tenant_id = %s AND iccid = %s", (tenant_id, iccid)
    )
    row = await cursor.fetchone()
    if row is None or row[0] is None:
        return {}
    codes: dict[str, str] = msgspec.json.decode(
        sealer.open(tenant_id, card_codes(iccid), bytes(row[0]))
    )
    return codes


async def set_transport_key(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    name: str,
    algorithm: str,
    key: str,
) -> None:
    """Set the transport key that files call ``name``.

    Raises:
        TransportKeyInvalid.
    """
    if algorithm not in LENGTHS:
        raise TransportKeyInvalid(
            f"There is no algorithm {algorithm[:60]!r}.",
            field="algorithm",
            accepted=one_of(LENGTHS),
        )
    if _HEXADECIMAL.fullmatch(key) is None or len(key) // 2 not in LENGTHS[algorithm]:
        lengths = " or ".join(str(2 * length) for length in LENGTHS[algorithm])
        raise TransportKeyInvalid(
            f"This is no key of {algorithm}.", field="key", accepted=f"{lengths} hexadecimal digits"
        )
    sealed = sealer.seal(actor.tenant_id, vendor_key(name), key.lower())
    await connection.execute(
        "INSERT INTO sim_transport_key (tenant_id, name, algorithm, sealed_key)"
        " VALUES (%s, %s, %s, %s) ON CONFLICT (tenant_id, name) DO UPDATE"
        " SET algorithm = excluded.algorithm, sealed_key = excluded.sealed_key",
        (actor.tenant_id, name, algorithm, sealed),
    )
    await audit.record(
        connection,
        actor,
        "sim_transport_key.set",
        "sim_transport_key",
        name,
        after={"algorithm": algorithm},
    )


async def list_transport_keys(
    connection: AsyncConnection[Any], tenant_id: UUID
) -> list[tuple[str, str]]:
    """(name, algorithm) of the transport keys of a tenant."""
    cursor = await connection.execute(
        "SELECT name, algorithm FROM sim_transport_key WHERE tenant_id = %s ORDER BY name",
        (tenant_id,),
    )
    return list(await cursor.fetchall())


async def transport_key(
    connection: AsyncConnection[Any], tenant_id: UUID, sealer: Sealer, name: str
) -> TransportKey | None:
    """The transport key of this name."""
    cursor = await connection.execute(
        "SELECT algorithm, sealed_key FROM sim_transport_key WHERE tenant_id = %s AND name = %s",
        (tenant_id, name),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    key = sealer.open(tenant_id, vendor_key(name), bytes(row[1]))
    return TransportKey(row[0], bytes.fromhex(key))
