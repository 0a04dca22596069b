"""``openmvno secrets``: the key that secrets in the database are sealed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

HELP = "The key that secrets in the database are sealed with."
SETTLE_SECONDS = 2.0
"""After so long no transaction is left that sealed with the old key."""


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    group = typer.Typer(no_args_is_help=True, help=HELP, rich_markup_mode="markdown")
    group.command()(rotate)
    group.command()(prepare)
    app.add_typer(group, name="secrets", rich_help_panel=PANEL)


def rotate(
    tenant: Annotated[
        str, typer.Option(help="Code of the tenant in whose audit log it stands.")
    ] = "sample",
) -> None:
    """Take a new sealing key into use and seal every secret anew, while everything runs.

    The processes follow the key files in the data folder. The key before stays beside the new one
    until the next rotation. Cut short, it is begun again. Where several machines have data folders
    of their own, lay the key ready first: `openmvno secrets prepare`.

    Example:

        openmvno secrets rotate
    """

    async def work(settings: Settings, pool: Pool, _: GrpcEngineClient) -> int:
        import asyncio

        from openmvno import access, audit, nas, payments, provisioning, sims, tenants
        from openmvno.actor import command_line_actor

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
        actor = command_line_actor(owner.tenant_id, "secrets rotate")
        sealer = provisioning.Sealer.from_settings(settings)
        columns = [
            *provisioning.SEALED_COLUMNS,
            *nas.SEALED_COLUMNS,
            *sims.SEALED_COLUMNS,
            *payments.SEALED_COLUMNS,
            *access.SEALED_COLUMNS,
        ]
        # What an earlier rotation left behind: its key is forgotten now.
        await provisioning.seal_anew(pool, sealer, columns, _progress("under the key so far"))
        provisioning.new_key(settings.absolute_data_dir)
        count = await provisioning.seal_anew(pool, sealer, columns, _progress("sealed anew"))
        await asyncio.sleep(SETTLE_SECONDS)
        count += await provisioning.seal_anew(pool, sealer, columns, _progress("looked at again"))
        async with pool.connection() as connection:
            await audit.record(
                connection, actor, "secrets.rotated", "installation", "-", after={"secrets": count}
            )
        return count

    print(f"{run_business('secrets', work)} secrets are sealed with the new key")


def prepare() -> None:
    """Lay the next key ready, for other machines; the next rotation takes it into use.

    Copy the file to the data folder of every machine, then run `openmvno secrets rotate` on one and
    copy its `sealing.key` and `sealing.key.previous` to the others.

    Example:

        openmvno secrets prepare
    """
    from openmvno.provisioning import lay_ready
    from openmvno.settings import load_settings

    print(lay_ready(load_settings().absolute_data_dir))


def _progress(what: str) -> Callable[[int], None]:
    looked_at = 0

    def told(rows: int) -> None:
        nonlocal looked_at
        looked_at += rows
        print(f"{looked_at} {what}", flush=True)

    return told
