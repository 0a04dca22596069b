"""Brings the whole system up on one machine and takes it down again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from rich.console import Console

from openmvno.database import DatabaseError, connection_url, migrate
from openmvno.database.embedded import EmbeddedPostgres
from openmvno.database.installation import ensure_installation
from openmvno.settings import Settings
from openmvno.supervisor import sample
from openmvno.supervisor.ports import check_ports
from openmvno.supervisor.process import PostgresProcess, RoleProcess, StartError
from openmvno.supervisor.summary import summary
from openmvno.supervisor.supervisor import Supervisor

log = logging.getLogger(__name__)

# Each group needs the ones before it; they stop in the opposite order, one by one.
ROLE_GROUPS = (("charge",), ("work", "serve", "radius"))


def bring_up(settings: Settings, *, with_sample: bool = True) -> int:
    """Run everything until SIGINT or SIGTERM; returns the exit status.

    Raises:
        StartError: something did not come up; everything is stopped again.
    """
    console = Console(highlight=False, soft_wrap=True)
    return asyncio.run(_run(settings, console, with_sample=with_sample))


async def _run(settings: Settings, console: Console, *, with_sample: bool) -> int:
    check_ports(settings)
    supervisor = Supervisor(progress=lambda line: console.print(f"  {line}"))
    with supervisor.handling_signals():
        console.print("Starting OpenMVNO …")
        try:
            if await _start_all(supervisor, settings, console.print, with_sample=with_sample):
                console.print(summary(settings, with_sample=with_sample))
                await supervisor.run_until_stopped()
        finally:
            console.print("Stopping …")
            await supervisor.stop()
    return 0


async def _start_all(
    supervisor: Supervisor,
    settings: Settings,
    say: Callable[[str], None],
    *,
    with_sample: bool,
) -> bool:
    if settings.embedded_database:
        postgres = PostgresProcess(EmbeddedPostgres(settings))
        if not await supervisor.start(postgres):
            return False
    try:
        await asyncio.to_thread(prepare_database, settings, lambda line: say(f"  {line}"))
    except DatabaseError as error:
        raise StartError(str(error)) from error
    for group in ROLE_GROUPS:
        if not await _start_together(supervisor, [RoleProcess(role, settings) for role in group]):
            return False
    if with_sample:
        await asyncio.to_thread(sample.load, settings)
    return not supervisor.is_stopping


async def _start_together(supervisor: Supervisor, roles: list[RoleProcess]) -> bool:
    starts = [supervisor.start(role) for role in roles]
    # Every one comes to an end before a failure is told, so that stopping finds them all at rest.
    for result in await asyncio.gather(*starts, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
        if not result:
            return False
    return True


def prepare_database(settings: Settings, say: Callable[[str], None]) -> None:
    """Bring the schema to this release's version and make sure the installation exists."""
    url = connection_url(settings)
    done = migrate.upgrade(url, say)
    if done:
        say(f"database migrated to schema {done[-1]}")
    shards = ensure_installation(url, settings.shards)
    if shards != settings.shards:
        log.info("the installation keeps the shards it was created with", extra={"shards": shards})
