"""Setting and removing RADIUS clients."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from psycopg import AsyncConnection

from openmvno import audit
from openmvno.actor import Actor
from openmvno.nas import store
from openmvno.nas.errors import RadiusClientNotFound, RadiusSecretTooShort
from openmvno.nas.model import RadiusClient, Terms
from openmvno.nas.rules import SHORTEST_SECRET, check_name, check_secret
from openmvno.nas.sealed import INSTALLATION, client_secret
from openmvno.provisioning import Sealer


async def set_client(
    connection: AsyncConnection[Any],
    actor: Actor,
    sealer: Sealer,
    name: str,
    terms: Terms,
    secret: str | None,
) -> RadiusClient:
    """Create or replace a client; None keeps its secret.

    Raises:
        RadiusClientInvalid, RadiusSecretTooShort, RadiusNetworkTaken.
    """
    check_name(name)
    before = await store.client_by_name(connection, name, lock=True)
    if secret is not None:
        check_secret(secret)
    elif before is None:
        raise RadiusSecretTooShort(
            "A new client needs a secret.",
            field="secret",
            accepted=f"at least {SHORTEST_SECRET} octets",
        )
    sealed = None if secret is None else sealer.seal(INSTALLATION, client_secret(name), secret)
    client = await store.put_client(connection, name, terms, sealed)
    await audit.record(
        connection,
        actor,
        "radius_client.set",
        "radius_client",
        name,
        before=None if before is None else _audited(before),
        after={**_audited(client), "secret_changed": secret is not None},
    )
    return client


async def remove_client(connection: AsyncConnection[Any], actor: Actor, name: str) -> None:
    """Remove a client: its datagrams are dropped from then on.

    Raises:
        RadiusClientNotFound.
    """
    before = await store.client_by_name(connection, name, lock=True)
    if before is None or not await store.delete_client(connection, name):
        raise RadiusClientNotFound(f"There is no client {name[:60]!r}.", field="name")
    await audit.record(
        connection, actor, "radius_client.removed", "radius_client", name, before=_audited(before)
    )


async def gate_clients(connection: AsyncConnection[Any], sealer: Sealer) -> list[dict[str, Any]]:
    """The clients that are served, as :meth:`openmvno._core.RadiusGate.set_clients` takes them."""
    served = []
    for client, sealed in await store.enabled_clients(connection):
        terms = _audited(client)
        del terms["enabled"]
        secret = sealer.open(INSTALLATION, client_secret(client.name), sealed)
        served.append({"name": client.name, "secret": secret, **terms})
    return served


def _audited(client: RadiusClient) -> dict[str, Any]:
    terms = asdict(client.terms)
    terms["network"] = str(client.terms.network)
    return terms
