"""OsmoHLR from Debian's package, in a folder of its own and on a loopback address of its own.

Its control interface listens on a fixed port, so that two of them need two addresses.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PROGRAM = shutil.which("osmo-hlr")
CONTROL_PORT = 4259
VTY_PORT = 4258
START_SECONDS = 10.0

needs_osmo_hlr = pytest.mark.skipif(
    PROGRAM is None, reason="osmo-hlr is not installed: make test-packages"
)

CONFIGURATION = """\
log stderr
 logging filter all 1
 logging level set-all notice
line vty
 bind {address} {vty}
ctrl
 bind {address}
hlr
 database {database}
 gsup
  bind ip {address}
"""


class OsmoHlr:
    """``with OsmoHlr(folder) as hlr: …``; stopped and started again it still knows everyone."""

    def __init__(self, folder: Path) -> None:
        # Every address of 127.0.0.0/8 is this machine's; the process number spreads test runs.
        self.address = f"127.{os.getpid() >> 8 & 0x7F | 0x40}.{os.getpid() & 0xFF}.7"
        self._folder = folder
        self._log = folder / "osmo-hlr.log"
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "hlr.cfg").write_text(
            CONFIGURATION.format(address=self.address, vty=VTY_PORT, database=folder / "hlr.db")
        )

    @property
    def url(self) -> str:
        """Its address as a provisioning target."""
        return f"osmo-hlr://{self.address}:{CONTROL_PORT}?vty={VTY_PORT}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert PROGRAM is not None
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, "-c", str(self._folder / "hlr.cfg"), "-l", str(self._folder / "hlr.db")],
                cwd=self._folder,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process.poll() is None, self._log.read_text()
            try:
                socket.create_connection((self.address, CONTROL_PORT), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline, self._log.read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        """Stop it."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)

    def ask(self, text: str) -> str:
        """One control command, as its words: ``GET 1 subscriber.by-imsi-….info``."""
        body = b"\x00" + text.encode()
        with socket.create_connection((self.address, CONTROL_PORT), 5) as connection:
            connection.sendall(struct.pack("!HB", len(body), 0xEE) + body)
            size, _ = struct.unpack("!HB", _exactly(connection, 3))
            return _exactly(connection, size)[1:].decode()

    def subscriber(self, imsi: str) -> dict[str, str] | None:
        """What it holds of a subscriber, in its own words."""
        answer = self.ask(f"GET 1 subscriber.by-imsi-{imsi}.info-all")
        if answer.startswith("ERROR"):
            assert "No such subscriber" in answer, answer
            return None
        return dict(line.split("\t", 1) for line in answer.splitlines() if "\t" in line)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        if kind is not None:
            print(self._log.read_text()[-3000:])


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        assert more, "the connection ended early"
        data += more
    return data


class Listener:
    """Stands before the control interface and writes down what is asked to be changed."""

    def __init__(self, hlr: OsmoHlr) -> None:
        self._hlr = hlr
        self.port = 0
        self.changes: list[str] = []

    @property
    def url(self) -> str:
        """The register's address, by way of this listener; the list of subscribers goes past it."""
        return f"osmo-hlr://{self._hlr.address}:{self.port}?vty={VTY_PORT}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass a connection on."""
        try:
            upward, onward = await asyncio.open_connection(self._hlr.address, CONTROL_PORT)
        except OSError:
            writer.close()
            return
        answers = asyncio.create_task(_copy(upward, writer))
        try:
            while True:
                header = await reader.readexactly(3)
                body = await reader.readexactly(struct.unpack("!HB", header)[0])
                words = body[1:].decode().split(" ")
                if words[0] == "SET":
                    self.changes.append(" ".join(words[2:]))
                onward.write(header + body)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            answers.cancel()
            onward.close()
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def listening(hlr: OsmoHlr) -> AsyncIterator[Listener]:
    """A listener on a free port of the register's address."""
    listener = Listener(hlr)
    server = await asyncio.start_server(listener.serve, hlr.address, 0)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener
