"""Making the sample operator, unless it is there."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

from psycopg import AsyncConnection

from openmvno import access, catalog, charging, numbers, sims, tenants
from openmvno.actor import Actor, command_line_actor
from openmvno.charging import CommandPlace
from openmvno.database import create_pool
from openmvno.gateways.grpc.engine_client import GrpcEngineClient
from openmvno.identifiers import luhn_digit
from openmvno.provisioning import Sealer
from openmvno.sample import logins
from openmvno.settings import Settings
from openmvno.tenants import Tenant

log = logging.getLogger(__name__)

CODE: Final = "sample"
PRODUCT: Final = "prepaid-basic"

FREE_NUMBERS: Final = ("385910000001", "385910000100")
"""Numbers to sign people up with."""

FIRST_FREE_IMSI: Final = 219_010_000_000_001


async def ensure_sample_operator(
    connection: AsyncConnection[Any], settings: Settings
) -> tuple[Tenant, list[CommandPlace]]:
    """The sample operator with catalogue, logins, numbers and SIM cards; what is there stays.

    Returns the tenant and the engine commands that are new.
    """
    tenant = await tenants.ensure_tenant(connection, CODE, "Sample Mobile", "EUR")
    actor = command_line_actor(tenant.tenant_id, "sample")
    commands: list[CommandPlace] = []
    try:
        await catalog.current_version(connection, tenant.tenant_id)
    except catalog.CatalogNotPublished:
        text = resources.files("openmvno.sample").joinpath("catalog.yaml").read_text("utf-8")
        applied = await catalog.apply_document(
            connection, actor, catalog.load_yaml(text), "sample operator"
        )
        commands = applied.commands
        await numbers.add_numbers(connection, actor, *FREE_NUMBERS)
        sealer = Sealer.from_settings(settings)
        await sims.take_file(
            connection, actor, sealer, "sample.csv", _free_sims(), sims.ImportTerms()
        )
    await _ensure_logins(connection, tenant, settings)
    return tenant, commands


async def _ensure_logins(
    connection: AsyncConnection[Any], tenant: Tenant, settings: Settings
) -> None:
    """Tokens are only stored as hashes, so lost ones are made anew."""
    tokens = logins.read(settings)
    actor = command_line_actor(tenant.tenant_id, "sample")
    made = False
    for name, scopes in logins.LOGINS.items():
        known = await access.authenticate(connection, tokens.get(name, ""), actor.request_id)
        if known is None or known.tenant_id != tenant.tenant_id or known.scopes != set(scopes):
            tokens[name] = await access.create_token(connection, actor, name, scopes)
            made = True
    if logins.PAGES not in tokens:
        tokens[logins.PAGES] = secrets.token_urlsafe(12)
        await _ensure_user(connection, actor, tokens[logins.PAGES])
        made = True
    if made:
        logins.write(settings, tokens)


async def _ensure_user(connection: AsyncConnection[Any], actor: Actor, password: str) -> None:
    """Who looks at the pages; a password that was lost is replaced."""
    try:
        user = await access.user_by_login(connection, actor.tenant_id, logins.PAGES_LOGIN)
    except access.UserNotFound:
        wanted = access.NewUser(
            logins.PAGES_LOGIN, "Sample administrator", "admin", list(logins.PAGES_ROLES)
        )
        await access.create_user(connection, actor, wanted, password)
    else:
        await access.set_password(connection, actor, user, password)


def _free_sims() -> bytes:
    count = int(FREE_NUMBERS[1]) - int(FREE_NUMBERS[0]) + 1
    lines = ["iccid,imsi"]
    for index in range(count):
        body = f"893851000{index + 1:09d}"
        lines.append(f"{body}{luhn_digit(body)},{FIRST_FREE_IMSI + index}")
    return "\n".join(lines).encode()


def load_operator(settings: Settings) -> None:
    """Create the sample operator through the running system, unless it is there already."""
    asyncio.run(_load(settings))


async def _load(settings: Settings) -> None:
    async with (
        create_pool(settings, "sample", maximum=2) as pool,
        GrpcEngineClient.from_settings(settings) as engine,
    ):
        async with pool.connection() as connection:
            _, commands = await ensure_sample_operator(connection, settings)
        if commands and None in await charging.settle(pool.connection, engine, commands):
            log.warning("the engine has not activated the sample catalogue yet; it will")


def credentials(settings: Settings) -> Sequence[tuple[str, str]]:
    """(what for, token) of the sample operator's logins."""
    known = logins.read(settings)
    return [(name, token) for name, token in known.items() if name != logins.PAGES]


def page_login(settings: Settings) -> tuple[str, str, str] | None:
    """(tenant, login, password) of the pages' user."""
    password = logins.read(settings).get(logins.PAGES)
    return None if password is None else (CODE, logins.PAGES_LOGIN, password)
