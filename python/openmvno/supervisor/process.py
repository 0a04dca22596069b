"""One child process: started, awaited until it serves, stopped."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from abc import ABC, abstractmethod
from asyncio.subprocess import DEVNULL, Process

from openmvno.database.embedded import EmbeddedPostgres
from openmvno.database.errors import DatabaseError
from openmvno.readiness import READY_DESCRIPTOR, READY_LINE, SUPERVISOR_PROCESS
from openmvno.settings import Settings, environment

log = logging.getLogger(__name__)


class StartError(Exception):
    """A child did not come to serve; the message says which and how it ended."""


class ManagedProcess(ABC):
    """A child process the supervisor keeps running."""

    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_seconds = 30.0

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def is_running(self) -> bool:
        """Whether the child exists."""
        return self._process is not None and self._process.returncode is None

    @abstractmethod
    async def start(self) -> None:
        """Start the child and return once it serves.

        Raises:
            StartError: it ended or stayed silent; nothing of it is left running.
        """

    async def wait(self) -> int:
        """Exit status of the child once it has ended; negative: the signal that killed it."""
        return await self._process.wait() if self._process is not None else 0

    async def stop(self) -> None:
        """End the child in order, and by force when it does not follow."""
        process = self._process
        if process is None or process.returncode is not None:
            return
        self._signal(self.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), self.stop_timeout_seconds)
        except TimeoutError:
            log.warning("child does not stop, killing it", extra={"child": self.name})
            self.kill()
            await process.wait()

    def kill(self) -> None:
        """End the child at once."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            try:
                self._process.send_signal(number)
            except ProcessLookupError:
                return


class RoleProcess(ManagedProcess):
    """A role (charge, serve, …): ready when it says so, see :mod:`openmvno.readiness`."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        *,
        command: list[str] | None = None,
        ready_timeout_seconds: float = 60.0,
    ) -> None:
        """``command`` stands in for ``python -m openmvno <name>`` (tests)."""
        super().__init__(name)
        self._settings = settings
        # -P: the folder we were started from is not a place to import from.
        self._command = command or [sys.executable, "-P", "-m", "openmvno", name]
        self._ready_timeout_seconds = ready_timeout_seconds

    async def start(self) -> None:
        """Start the role and return once it has announced itself."""
        reader, writer = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment(writer),
                pass_fds=[writer],
                stdin=DEVNULL,
                start_new_session=True,  # Ctrl-C is for the supervisor, which keeps the order
            )
        except BaseException:
            os.close(reader)
            raise
        finally:
            os.close(writer)
        try:
            await self._await_announcement(reader)
        except StartError:
            await self.stop()
            raise

    def _environment(self, ready_descriptor: int) -> dict[str, str]:
        return {
            **os.environ,
            **environment(self._settings),
            READY_DESCRIPTOR: str(ready_descriptor),
            SUPERVISOR_PROCESS: str(os.getpid()),
        }

    async def _await_announcement(self, descriptor: int) -> None:
        stream = asyncio.StreamReader()
        pipe = os.fdopen(descriptor, "rb", buffering=0)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), pipe
        )
        try:
            line = await asyncio.wait_for(stream.readline(), self._ready_timeout_seconds)
        except TimeoutError as error:
            raise StartError(
                f"{self.name} is not ready after {self._ready_timeout_seconds:.0f} s; its log "
                "above says what it waits for."
            ) from error
        finally:
            transport.close()
        if line == READY_LINE:
            return
        try:
            status = await asyncio.wait_for(self.wait(), 5)
        except TimeoutError as error:
            raise StartError(f"{self.name} runs but will never say that it is ready.") from error
        raise StartError(f"{self.name} {ending(status)} before it was ready; see its log above.")


class PostgresProcess(ManagedProcess):
    """The embedded PostgreSQL: ready when it answers."""

    stop_signal = signal.SIGINT  # "fast shutdown": does not wait for clients to leave
    stop_timeout_seconds = 120.0

    def __init__(self, server: EmbeddedPostgres) -> None:
        super().__init__("postgres")
        self._server = server

    async def start(self) -> None:
        """Prepare the data folder, start PostgreSQL and return once it answers."""
        try:
            await asyncio.to_thread(self._server.prepare)
            with self._server.folders.startup_log.open("wb") as output:
                self._process = await asyncio.create_subprocess_exec(
                    *self._server.command(),
                    stdout=output,
                    stderr=output,
                    **self._server.process_options(),
                )
            await asyncio.to_thread(self._server.wait_ready, lambda: self.is_running)
        except DatabaseError as error:
            await self.stop()
            raise StartError(str(error)) from error


def ending(status: int) -> str:
    """How a process ended, in words."""
    if status < 0:
        return f"was killed by {signal.Signals(-status).name}"
    return f"ended with status {status}"
