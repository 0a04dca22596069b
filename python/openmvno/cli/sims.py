"""``openmvno sims``: SIM cards into the stock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings
    from openmvno.sims import ImportTerms, SimImport
    from openmvno.sims.model import Rejected

SHOWN = 50


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help="SIM cards; see docs/sims-and-numbers.md.")
    group.command(name="import")(import_file)
    group.callback()(_sims)
    app.add_typer(group, name="sims", rich_help_panel=PANEL)


def _sims() -> None:
    """SIM cards; see docs/sims-and-numbers.md."""


def import_file(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or a vendor's output.")
    ],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")],
    form: Annotated[str, typer.Option(help="physical, esim.")] = "physical",
    algorithm: Annotated[
        str | None, typer.Option(help="Of keys without OP or OPc: comp128v1, comp128v2, comp128v3.")
    ] = None,
    transport_key: Annotated[
        str, typer.Option(help="Name of the key its keys are encrypted under; none: they are not.")
    ] = "",
) -> None:
    """Import SIM cards: good lines land, bad ones are listed, a repeat doubles nothing.

    Exit status 1 when lines were rejected or the file could not be read to its end.

    Example:

        openmvno sims import cards.csv --tenant sample
    """
    from openmvno.sims import ImportTerms
    from openmvno.sims.rules import FORMS

    if form not in FORMS:
        raise typer.BadParameter(f"use {' or '.join(FORMS)}", param_hint="--form")
    terms = ImportTerms(form, algorithm, transport_key)
    result, rejected = _run(file, tenant, terms)
    print(
        f"{result.loaded} loaded, {result.already_known} known already, {result.removed} removed,"
        f" {result.rejected} rejected of {result.lines_read} lines"
    )
    if result.ignored_columns:
        print(f"columns that say nothing to us: {', '.join(result.ignored_columns)}")
    for entry in rejected:
        print(f"line {entry.line_number}: {entry.code}: {entry.message}")
    if result.rejected > len(rejected):
        print(
            f"… and {result.rejected - len(rejected)} more: GET /v1/sims/imports/"
            f"{result.import_id}/rejections"
        )
    if result.problem is not None:
        print(f"the file could not be read to its end: {result.problem}")
    raise typer.Exit(1 if result.rejected or result.problem else 0)


def _run(file: Path, tenant: str, terms: ImportTerms) -> tuple[SimImport, list[Rejected]]:
    import psycopg
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    from openmvno import tenants
    from openmvno.actor import command_line_actor
    from openmvno.database import connection_url
    from openmvno.provisioning import Sealer
    from openmvno.sims import import_store
    from openmvno.sims.import_worker import import_here

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("lines", total=None)

        def show(state: SimImport) -> None:
            bar.update(task, completed=state.lines_read, total=state.lines or None)

        async def work(
            settings: Settings, _: Pool, __: GrpcEngineClient
        ) -> tuple[SimImport, list[Rejected]]:
            sealer = Sealer.from_settings(settings)
            content = file.read_bytes()  # noqa: ASYNC240 -- nothing else runs here
            conninfo = connection_url(settings)
            async with await psycopg.AsyncConnection.connect(conninfo) as connection:
                owner = await tenants.tenant_by_code(connection, tenant)
                actor = command_line_actor(owner.tenant_id, "sims import")
                result = await import_here(
                    connection, actor, sealer, file.name, content, terms, show
                )
                rejected = await import_store.list_rejections(
                    connection, owner.tenant_id, result.import_id, after=None, limit=SHOWN
                )
            return result, rejected

        return run_business("sims", work)
