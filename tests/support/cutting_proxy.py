"""A proxy between us and PostgreSQL that can lose answers, as a network does."""

from __future__ import annotations

import asyncio
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class CuttingProxy:
    """Forwards a Unix socket; ``cut_after_request`` drops the connection once the server has
    answered the next request, without passing that answer on."""

    def __init__(self, target: str, folder: Path) -> None:
        options = conninfo_to_dict(target)
        port = options.get("port", 5432)
        self._target = f"{options['host']}/.s.PGSQL.{port}"
        self._path = folder / f".s.PGSQL.{port}"
        self.conninfo = make_conninfo(target, host=str(folder))
        self.cut_next_answer = False
        self.cuts = 0
        self._armed = False
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_unix_server(self._serve, str(self._path))

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_unix_connection(self._target)

        async def upward() -> None:
            while data := await reader.read(1 << 16):
                if self.cut_next_answer and b"journal_insert" in data:
                    self._armed = True
                    self.cut_next_answer = False
                server_writer.write(data)

        async def downward() -> None:
            while data := await server_reader.read(1 << 16):
                if self._armed:
                    self._armed = False
                    self.cuts += 1
                    return
                writer.write(data)

        tasks = [asyncio.create_task(upward()), asyncio.create_task(downward())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        writer.transport.abort()
        server_writer.close()
