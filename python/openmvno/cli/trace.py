"""``openmvno trace``: what the network asks about a subscriber, live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings

_UNITS = {"s": 1, "m": 60, "h": 3600}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(rich_help_panel=PANEL)(trace)


def seconds_of(text: str) -> int:
    """``90``, ``90s``, ``10m`` and ``1h`` in seconds."""
    found = re.fullmatch(r"(\d+)([smh]?)", text.strip())
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a time such as 90s, 10m or 1h.")
    return int(found[1]) * _UNITS[found[2] or "s"]


def trace(
    subject: Annotated[str, typer.Argument(help="MSISDN, IMSI, ICCID, NAI or Session-Id.")],
    tenant: Annotated[str, typer.Option(help="Code of the tenant.")] = "sample",
    duration: Annotated[
        str, typer.Option("--for", help="When it ends by itself: 90s, 10m; at most 1h.")
    ] = "10m",
    json: Annotated[bool, typer.Option("--json", help="A line of JSON for each exchange.")] = False,
) -> None:
    """Show every charging request of a subscriber and its answer as they happen, decoded, with what
    matched, what it costs and what it did to balance, buckets and reservations.

    The audit log says who looked at whom, and how much was seen. Ctrl-C ends it.

    Example:

        openmvno trace 385910000001 --tenant sample --for 10m
    """
    seconds = seconds_of(duration)

    async def work(_: Settings, pool: Pool, engine: GrpcEngineClient) -> None:
        from contextlib import aclosing

        from openmvno import tenants, traces
        from openmvno.actor import command_line_actor
        from openmvno.charging.explanation import explanation_of
        from openmvno.cli.trace_page import TracePage

        async with pool.connection() as connection:
            owner = await tenants.tenant_by_code(connection, tenant)
            meant = await traces.find_subject(connection, owner.tenant_id, subject)
        actor = command_line_actor(owner.tenant_id, "trace")
        page = TracePage(as_json=json)
        entries = traces.follow(pool.connection, engine, explanation_of, actor, meant, seconds)
        async with aclosing(entries):
            async for entry in entries:
                page.show(entry)

    try:
        run_business("trace", work)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
