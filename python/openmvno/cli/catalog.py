"""``openmvno catalog``: catalogue documents as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business
from openmvno.cli.catalog_compare import diff, export
from openmvno.cli.catalog_files import File, load
from openmvno.cli.catalog_plan import plan
from openmvno.cli.catalog_versions import retire, versions
from openmvno.cli.moments import moment, shown

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

HELP = """Catalogue documents: check, compare, plan, publish and export them; their versions.

A document is YAML or JSON; its rate tables may name CSV or XLSX files in the same folder
(`rates_csv`), its destinations too (`prefixes_csv`). Exit status: 0 done, 1 the document has
mistakes or the command failed, 2 wrong options.
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")
    for command in (validate, plan, apply, versions, retire, export, diff):
        group.command()(command)
    app.add_typer(group, name="catalog", rich_help_panel=PANEL)


def validate(
    file: File,
    json: Annotated[bool, typer.Option("--json", help="Print the mistakes as JSON.")] = False,
) -> None:
    """Check a document; every mistake is named with its file, line and field. Exit status 1 if any.

    Example:

        openmvno catalog validate catalog.yaml
    """
    document = load(file, as_json=json)
    if json:
        print("[]")
        return
    print(f"{file} is good; products: {len(document.products)}.")


def apply(
    file: File,
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    note: Annotated[str, typer.Option(help="Why this version.")] = "",
    at: Annotated[
        str | None,
        typer.Option(help="When it comes into force: a date of the tenant, or a time [at once]."),
    ] = None,
) -> None:
    """Check a document and put it in force, unless exactly this one is in force (then) already.

    A time is RFC 3339 with its offset. Until it has come, `openmvno catalog retire NUMBER`
    withdraws the version.

    Examples:

        openmvno catalog apply catalog.yaml --tenant sample --note "summer prices"

        openmvno catalog apply catalog.yaml --at 2027-01-01T00:00:00+01:00
    """
    from openmvno import catalog, charging, tenants
    from openmvno.actor import command_line_actor

    document = load(file)

    async def work(_: Settings, pool: Pool, engine: GrpcEngineClient) -> str:
        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "catalog apply")
            applied = await catalog.apply_document(
                connection,
                actor,
                document,
                note or file.name,
                moment(at, owner.time_zone, "--at"),
            )
        version = applied.version
        if applied.unchanged:
            return f"Version {version.number} is this document already; nothing to do."
        outcomes = await charging.settle(pool.connection, engine, applied.commands)
        if version.state == "scheduled" and version.effective_at is not None:
            told = f"comes into force at {shown(version.effective_at)}"
        else:
            told = "is published" if None in outcomes else "is in force"
        waits = "; the engine follows as soon as it runs" if None in outcomes else ""
        return f"Version {version.number} {told}{waits}."

    print(run_business("catalog", work))
