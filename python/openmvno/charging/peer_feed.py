"""The peer table from file and database into the core, without a restart.

The API asks for it after it committed; a look every few seconds finds changes of the file, and
makes up for a call that got lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable

import psycopg

from openmvno import peers
from openmvno._core import Engine
from openmvno.charging import ownership
from openmvno.charging.door import Door
from openmvno.settings import Settings

log = logging.getLogger(__name__)

POLL_SECONDS = 3.0


class PeerFeed:
    """Keeps the core's peer table equal to what is configured."""

    def __init__(
        self,
        engine: Engine,
        door: Door,
        clock: Callable[[], int],
        conninfo: str,
        settings: Settings,
    ) -> None:
        self._engine = engine
        self._door = door
        self._clock = clock
        self._conninfo = conninfo
        self._settings = settings
        self._connection: ownership.Connection | None = None
        self._file = peers.PeerFile()
        self._file_state: tuple[int, int] | None = None
        self._in_force: str | None = None
        self._complaint = ""
        self._one_reload = asyncio.Lock()

    async def begin(self) -> None:
        """The first table, before anybody may connect.

        Raises:
            EngineStartError: the file of peers cannot be used.
            psycopg.Error: the database cannot be read.
        """
        try:
            table = await self._configured()
        except peers.PeerFileUnusable as error:
            raise ownership.EngineStartError(str(error)) from error
        self._put_in_force(table)
        if table.is_open:
            log.warning(
                "no Diameter peer is configured: everybody who reaches the port may connect;"
                " `openmvno peer add` closes it to all others"
            )

    async def run(self) -> None:
        """Look for changes until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self.reload()

    async def reload(self) -> bool:
        """Put what is configured now in force; False when it cannot be read."""
        async with self._one_reload:
            try:
                self._put_in_force(await self._configured())
            except (peers.PeerFileUnusable, psycopg.Error, ownership.EngineStartError) as error:
                self._complain([f"the peers in force stay: {str(error).strip()}"])
                return False
            return True

    async def _configured(self) -> peers.PeerTable:
        await self._look_at_file()
        if self._connection is None or self._connection.broken:
            self._connection = await ownership.connect(self._conninfo, "openmvno charge peers")
        return await peers.peer_table(
            self._connection,
            self._file,
            open_when_empty=self._settings.diameter_open_when_empty,
        )

    async def _look_at_file(self) -> None:
        """Read the file when it has changed: parsing holds up the door."""
        path = self._settings.diameter_peers_file
        state = (0, 0)
        if path is not None:
            with contextlib.suppress(OSError):  # reading it says what is wrong
                found = path.stat()
                state = (found.st_mtime_ns, found.st_size)
        if state != self._file_state:
            self._file = await asyncio.to_thread(peers.read_peer_file, path)
            self._file_state = state

    def _put_in_force(self, table: peers.PeerTable) -> None:
        self._complain(table.problems)
        if table.document == self._in_force:
            return
        self._door.act(self._engine.set_peers(table.document, self._clock()))
        if self._in_force is not None:
            log.info("the peer table has changed")
        self._in_force = table.document

    def _complain(self, problems: list[str]) -> None:
        """Each state of affairs is told once, not at every look."""
        complaint = "; ".join(problems)
        if complaint and complaint != self._complaint:
            log.error("%s", complaint)
        self._complaint = complaint
