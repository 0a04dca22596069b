"""``openmvno explain``: a charge that happened, made again from its CDR and compared with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(rich_help_panel=PANEL)(explain)


def explain(
    cdr_id: Annotated[UUID, typer.Argument(help="Id of the CDR.")],
    tenant: Annotated[str, typer.Option(help="Code of its tenant.")] = "sample",
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Show why a CDR has its amount: the charge made again by the engine's own code, compared.

    Exit status: 0 the recorded charge follows from the CDR, 1 it does not or there is no such CDR.

    Example:

        openmvno explain 019a4f5e-6c00-7000-8000-00000000000a --tenant sample
    """

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> dict[str, Any]:
        from openmvno import tenants
        from openmvno.charging.explanation import explanation_of

        async with pool.connection() as connection:
            owner = (await tenants.tenant_by_code(connection, tenant)).tenant_id
            return await explanation_of(connection, owner, cdr_id)

    answer = run_business("explain", work)
    _show(answer, as_json=json)
    if not answer["equal"]:
        raise typer.Exit(1)


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    import msgspec

    if as_json:
        print(msgspec.json.format(msgspec.json.encode(answer)).decode())
        return
    from openmvno.cli.quote_tables import show_explanation

    show_explanation(answer)
