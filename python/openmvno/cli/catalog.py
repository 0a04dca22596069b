"""``openmvno catalog``: catalogue documents as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.catalog import Document
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

File = Annotated[Path, typer.Argument(help="YAML or JSON document.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="Check and publish catalogue documents.")
    group.command()(validate)
    group.command()(apply)
    app.add_typer(group, name="catalog", rich_help_panel=PANEL)


def validate(file: File) -> None:
    """Check a document; every mistake is named with its path and line. Exit status 1 if any.

    Example:

        openmvno catalog validate catalog.yaml
    """
    document = _load(file)
    print(f"{file} is good; products: {len(document.products)}.")


def apply(
    file: File,
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    note: Annotated[str, typer.Option(help="Why this version.")] = "",
) -> None:
    """Check a document and put it in force, unless exactly this one is in force already.

    Example:

        openmvno catalog apply catalog.yaml --tenant sample --note "summer prices"
    """
    from openmvno import catalog, charging, tenants
    from openmvno.actor import command_line_actor

    document = _load(file)

    async def work(_: Settings, pool: Pool, engine: GrpcEngineClient) -> str:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "catalog apply")
            applied = await catalog.apply_document(connection, actor, document, note or file.name)
        number = applied.version.number
        if applied.unchanged:
            return f"Version {number} is this document already; nothing to do."
        outcomes = await charging.settle(pool, engine, applied.commands)
        if None in outcomes:
            return f"Version {number} is published; the engine follows as soon as it runs."
        return f"Version {number} is in force."

    print(run_business("catalog", work))


def _load(file: Path) -> Document:
    from openmvno.catalog import CatalogInvalid, load_file

    try:
        return load_file(file)
    except CatalogInvalid as error:
        for mistake in error.mistakes:
            print(f"{file}: {mistake}")
        raise typer.Exit(1) from error
