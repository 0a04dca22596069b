"""``openmvno mediate``: usage files of other networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.mediation.model import RecordFate
    from openmvno.mediation.service import Taken
    from openmvno.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(mediate)


def mediate(
    file: Annotated[Path, typer.Argument(help="CSV file.", exists=True, dir_okay=False)],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
) -> None:
    """Rate a CSV file of usage into the lines it belongs to; prints the fate of each line.

    Columns: record_id, imsi or msisdn, service, direction, destination, started_at, duration or
    usage. The same file or record again is recognised. Exit status 1 when a line was rejected.

    Example:

        openmvno mediate roaming.csv --tenant sample
    """
    content = file.read_bytes()

    async def work(
        _: Settings, pool: Pool, engine: GrpcEngineClient
    ) -> tuple[Taken, list[RecordFate], bool]:
        from openmvno import charging, mediation, tenants
        from openmvno.actor import command_line_actor
        from openmvno.mediation.store import list_records

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "mediate")
            taken = await mediation.take_file(connection, actor, file.name, content)
        outcomes = await charging.settle(pool, engine, taken.commands)
        async with pool.connection() as connection:
            fates = await list_records(
                connection, owner.tenant_id, taken.file.file_id, after=None, limit=1_000_000
            )
        return taken, fates, None in outcomes

    taken, fates, waiting = run_business("mediate", work)
    for fate in fates:
        reason = f": {fate.code}, {fate.message}" if fate.code else ""
        print(f"line {fate.line_number:>6}  {fate.record_id:<24} {fate.state}{reason}")
    print(
        f"File {taken.file.file_id}: {taken.file.accepted} accepted,"
        f" {taken.file.duplicates} known already, {taken.file.rejected} rejected."
    )
    if waiting:
        print("The engine rates the accepted records as soon as it runs.")
    raise typer.Exit(1 if taken.file.rejected else 0)
