"""``openmvno sample``: subscribers to send traffic for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openmvno.cli.business import PANEL, run_business

if TYPE_CHECKING:
    from openmvno.database import Pool
    from openmvno.gateways.grpc.engine_client import GrpcEngineClient
    from openmvno.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(rich_help_panel=PANEL)(sample)


def sample(
    subscribers: Annotated[
        int, typer.Option(min=1, max=10_000_000, help="How many there shall be.")
    ] = 1000,
) -> None:
    """Make active prepaid lines of the sample operator, each with 100.00 EUR.

    Those that are there already stay. Prints the Diameter settings to reach them.

    Example:

        openmvno sample --subscribers 100000
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from openmvno import charging
    from openmvno.sample.settings_text import diameter_settings
    from openmvno.sample.subscribers import add_subscribers

    console = Console(highlight=False, soft_wrap=True)

    async def work(settings: Settings, pool: Pool, engine: GrpcEngineClient) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("Signing up", total=None)
            made, places = await add_subscribers(
                pool,
                settings,
                subscribers,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
            bar.update(task, completed=made, total=made)
        outcomes = await charging.settle(pool.connection, engine, places)
        console.print(f"{made} new, {subscribers - made} were there already.")
        if None in outcomes:
            console.print("The charging engine takes them over as soon as it runs.")
        console.print(diameter_settings(settings, subscribers))

    run_business("sample", work)
