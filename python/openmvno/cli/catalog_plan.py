"""``openmvno catalog plan``: what a document would do to products, revenue and bills."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import run_business
from openmvno.cli.catalog_files import File, load
from openmvno.cli.moments import moment

if TYPE_CHECKING:
    from openmvno.catalog import Document
    from openmvno.catalog.plan import Plan
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

DAYS = 30
"""How far back usage is taken from unless told otherwise."""


def plan(
    file: File,
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    since: Annotated[
        str | None,
        typer.Option(help=f"Date of the tenant, or RFC 3339 time [{DAYS} days before the end]."),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Date of the tenant (exclusive), or RFC 3339 time [now].")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="When it is to come into force: a date of the tenant, or a time [now]."),
    ] = None,
    top: Annotated[int, typer.Option(min=0, help="Bills listed of each direction.")] = 10,
    buckets: Annotated[
        bool, typer.Option(help="Allowances and wallets pay too, granted new at the beginning.")
    ] = True,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page.")] = None,
    bills: Annotated[Path | None, typer.Option(help="Write every bill as CSV.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Show what a document would change, and rate real usage under it: revenue and bills.

    The usage recorded in the period is rated under the version in force (with --at: the one that
    the document takes over from then) and under the document.
    Nothing changes.

    Examples:

        openmvno catalog plan catalog.yaml --tenant sample

        openmvno catalog plan catalog.yaml --since 2026-10-01 --until 2026-11-01 --html plan.html
    """
    import msgspec

    from openmvno.catalog.plan_schemas import plan_view
    from openmvno.cli.plan_page import page
    from openmvno.cli.plan_tables import show_plan

    document = load(file, as_json=json)
    made = _make(document, tenant, (since, until), at, buckets=buckets)
    if html is not None:
        html.write_text(page(made, top, file.name), "utf-8")
    if bills is not None:
        _write_bills(bills, made)
    if json:
        print(msgspec.json.format(msgspec.json.encode(plan_view(made, top))).decode())
    else:
        show_plan(made, top)


def _make(
    document: Document,
    tenant: str,
    period: tuple[str | None, str | None],
    at: str | None,
    *,
    buckets: bool,
) -> Plan:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )

    async def work(_: Settings, pool: Pool, __: GrpcEngineClient) -> Plan:
        from openmvno import tenants
        from openmvno.catalog.plan import make_plan
        from openmvno.charging import Period

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
        since, until = period
        end = moment(until, owner.time_zone, "--until") or datetime.now(UTC)
        start = moment(since, owner.time_zone, "--since") or end - timedelta(days=DAYS)
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Rating", total=None)
            async with pool.connection() as connection:
                return await make_plan(
                    connection,
                    owner.tenant_id,
                    document,
                    Period(start, end),
                    effective_at=moment(at, owner.time_zone, "--at"),
                    buckets=buckets,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )

    return run_business("catalog", work)


def _write_bills(file: Path, made: Plan) -> None:
    """Every bill as CSV, amounts as decimal strings."""
    import csv

    from openmvno.money import format_amount

    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(["line", "msisdn", "product", "records", "before", "after", "change"])
        for bill in made.bills:
            sums = bill.sums
            amounts = (sums.before, sums.after, sums.change)
            writer.writerow(
                [
                    bill.line,
                    bill.msisdn,
                    bill.product,
                    sums.records,
                    *(format_amount(amount, made.currency) for amount in amounts),
                ]
            )
