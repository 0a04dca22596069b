"""What a quote needs of an installation: the version that prices it, what a live subscriber has.

Nothing changes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from openmvno import _core
from openmvno.catalog import service
from openmvno.catalog.errors import CatalogInvalid, QuoteInvalid
from openmvno.catalog.model import CatalogVersion
from openmvno.catalog.rules import mistakes_of
from openmvno.charging import EngineClient, live_balance
from openmvno.subscribers import Line, LineNotFound, find_line, line_by_identity


async def quoted_version(
    connection: AsyncConnection[Any], tenant_id: UUID, number: int | None, at: object
) -> CatalogVersion:
    """The version of this number, else the one that is in force at the time of a quote: now, for
    times past. ``at``: as the request has it; what is no time the core refuses.

    Raises:
        CatalogVersionNotFound, CatalogNotPublished.
    """
    if number is not None:
        return await service.find_version(connection, tenant_id, number, field="version")
    moment = None
    if isinstance(at, str):
        with contextlib.suppress(ValueError):
            moment = datetime.fromisoformat(at)
    if moment is not None and moment.tzinfo is None:
        moment = None
    return await service.current_version(connection, tenant_id, moment)


async def quoted_line(connection: AsyncConnection[Any], tenant_id: UUID, named: object) -> Line:
    """The line a quote names by its id or its MSISDN (international digits).

    Raises:
        LineNotFound; QuoteInvalid: it is no text.
    """
    if not isinstance(named, str):
        raise QuoteInvalid(
            "The line is no text.", field="line", accepted="the id or the MSISDN of a line"
        )
    try:
        return await find_line(connection, tenant_id, UUID(named), field="line")
    except ValueError:
        pass
    line = await line_by_identity(connection, tenant_id, "msisdn", named.removeprefix("+"))
    if line is None:
        raise LineNotFound(f"There is no line with the number {named}.", field="line")
    return line


async def fill_in(
    connection: AsyncConnection[Any],
    engine: EngineClient,
    tenant_id: UUID,
    text: bytes,
    request: Mapping[str, Any],
) -> dict[str, Any]:
    """The request of a quote with its line's account beside it, as the engine holds it now.

    ``at`` is now unless it is given; ``on_net`` and ``cug`` are looked up as the engine does.
    ``text``: the document that prices it.

    Raises:
        LineNotFound, QuoteInvalid, EngineNotReachable, BalanceNotFound.
    """
    line = await quoted_line(connection, tenant_id, request["line"])
    account = await live_balance(engine, tenant_id, line.account_id)
    filled = {**request, "line": str(line.line_id), "account": account}
    if filled.get("at") is None:
        filled["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
    destination = filled.get("destination")
    is_told = filled.get("on_net") is not None and filled.get("cug") is not None
    if isinstance(destination, str) and destination and not is_told:
        number = await asyncio.to_thread(_international, text, destination)
        other = await line_by_identity(connection, tenant_id, "msisdn", number)
        own = _groups(account, line)
        in_group = False
        if other is not None and own:
            others = await live_balance(engine, tenant_id, other.account_id)
            in_group = not own.isdisjoint(_groups(others, other))
        for name, found in (("on_net", other is not None), ("cug", in_group)):
            if filled.get(name) is None:
                filled[name] = found
    return filled


def _groups(account: Mapping[str, Any], line: Line) -> set[str]:
    """The closed user groups of a line."""
    return {
        group
        for each in account["lines"]
        if each["line"] == str(line.line_id)
        for group in each["groups"]
    }


def _international(document: bytes, number: str) -> str:
    try:
        return _core.international(document, number)
    except _core.CatalogError as error:
        raise CatalogInvalid(mistakes_of(error)) from error
