"""``openmvno catalog versions`` and ``retire``: which version is in force, and which comes when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import run_business
from openmvno.cli.moments import shown

if TYPE_CHECKING:
    from datetime import datetime

    from openmvno.catalog import CatalogVersion
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings


def versions(
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 50,
    json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON.")] = False,
) -> None:
    """List the versions: which is in force, which come when, which were.

    Example:

        openmvno catalog versions --tenant sample
    """
    import msgspec

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> list[CatalogVersion]:
        from openmvno import tenants
        from openmvno.catalog import store

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            return await store.list_versions(connection, owner.tenant_id, before=None, limit=limit)

    found = run_business("catalog", work)
    if json:
        from openmvno.catalog.schemas import version_view

        views = [version_view(version) for version in found]
        print(msgspec.json.format(msgspec.json.encode(views)).decode())
    else:
        _show(found)


def retire(
    number: Annotated[int, typer.Argument(help="Version number.", show_default=False)],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
) -> None:
    """Give a draft up, or withdraw a version whose time has not come.

    Example:

        openmvno catalog retire 4 --tenant sample
    """

    async def work(_: Settings, pool: Pool, engine: GrpcEngineClient) -> str:
        from openmvno import charging, tenants
        from openmvno.actor import command_line_actor
        from openmvno.catalog import service

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "catalog retire")
            retired = await service.retire(connection, actor, number)
        outcomes = await charging.settle(pool.connection, engine, retired.commands)
        waits = "; the engine follows as soon as it runs" if None in outcomes else ""
        return f"Version {number} is retired{waits}."

    print(run_business("catalog", work))


def _show(found: list[CatalogVersion]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("Version", "State", "In force from", "Until", "Note")
    for version in found:
        table.add_row(
            str(version.number),
            version.state,
            _time(version.effective_at),
            _time(version.effective_until),
            version.note,
        )
    Console().print(table)


def _time(moment: datetime | None) -> str:
    return "" if moment is None else shown(moment)
