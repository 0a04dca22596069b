"""``openmvno mediate``: usage files of other networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from uuid import UUID

    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.mediation.model import RecordFate
    from openmvno.mediation.service import Taken
    from openmvno.settings import Settings

LOOKS = 20
SECONDS_BETWEEN_LOOKS = 0.25
MOST_LINES = 1_000_000


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(mediate)


def mediate(
    file: Annotated[Path, typer.Argument(help="CSV file.", exists=True, dir_okay=False)],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
) -> None:
    """Rate a CSV file of usage into the lines it belongs to; prints the fate of each line.

    Columns: record_id, imsi or msisdn, service, direction, destination, started_at, duration or
    usage; where the price asks for it, rating_group, plmn, msc, apn. A destination is as the
    subscriber dialled it or international, as the catalogue's numbering reads it. The same file or
    record again is recognised. Exit status 1 when a line was rejected.

    Example:

        openmvno mediate roaming.csv --tenant sample
    """
    content = file.read_bytes()

    async def work(
        _: Settings, pool: Pool, engine: GrpcEngineClient
    ) -> tuple[Taken, list[RecordFate]]:
        from openmvno import charging, mediation, tenants
        from openmvno.actor import command_line_actor

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            actor = command_line_actor(owner.tenant_id, "mediate")
            taken = await mediation.take_file(connection, actor, file.name, content)
        places = charging.last_of_each_shard(taken.commands)
        engine_follows = None not in await charging.settle(pool.connection, engine, places)
        return taken, await _fates(pool, taken, owner.tenant_id, wait=engine_follows)

    taken, fates = run_business("mediate", work)
    for fate in fates:
        outcome = fate.outcome or {}
        code, message = fate.code or outcome.get("error"), fate.message or outcome.get("message")
        reason = f": {code}, {message}" if code else ""
        print(f"line {fate.line_number:>6}  {fate.record_id:<24} {fate.fate}{reason}")
    print(
        f"File {taken.file.file_id}: {taken.file.accepted} accepted,"
        f" {taken.file.duplicates} known already, {taken.file.rejected} rejected."
    )
    if any(fate.fate == "pending" for fate in fates):
        print("The engine rates the pending records as soon as it runs.")
    raise typer.Exit(1 if taken.file.rejected else 0)


async def _fates(pool: Pool, taken: Taken, tenant_id: UUID, *, wait: bool) -> list[RecordFate]:
    """The lines of the file; those the engine has rated show in the table a moment later."""
    import asyncio

    from openmvno.mediation.store import list_records

    fates: list[RecordFate] = []
    for _ in range(LOOKS):
        async with pool.connection() as connection:
            fates = await list_records(
                connection, tenant_id, taken.file.file_id, after=None, limit=MOST_LINES
            )
        if not wait or all(fate.fate != "pending" for fate in fates):
            break
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    return fates
