"""Keeps an ordered list of child processes running, and stops them in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Iterator

from openmvno.supervisor.process import ManagedProcess, StartError, ending

log = logging.getLogger(__name__)

FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 10.0
# A child that ran this long was fine: its next end starts the delays anew.
STEADY_SECONDS = 60.0


class Supervisor:
    """Starts children in order, restarts what dies, stops in the opposite order."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        """``progress`` gets a line for each step of the start."""
        self._progress = progress
        self._children: list[ManagedProcess] = []
        self._keepers: list[asyncio.Task[None]] = []
        self._stop_requests = 0
        self._stop_requested = asyncio.Event()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop_requested.is_set()

    @contextlib.contextmanager
    def handling_signals(self) -> Iterator[None]:
        """SIGINT and SIGTERM ask for an orderly end; the second one for a quick end."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGINT, signal.SIGTERM)
        for number in signals:
            loop.add_signal_handler(number, self.request_stop)
        try:
            yield
        finally:
            for number in signals:
                loop.remove_signal_handler(number)

    def request_stop(self) -> None:
        """Ask for the end; asked again, the roles are killed instead of awaited."""
        self._stop_requests += 1
        self._stop_requested.set()
        if self._stop_requests > 1:
            for child in self._children[1:]:  # never PostgreSQL: it closes quickly and in order
                child.kill()

    async def start(self, child: ManagedProcess) -> bool:
        """Start ``child`` after all earlier ones; False when the end was asked for meanwhile.

        Raises:
            StartError: it did not come to serve.
        """
        if self.is_stopping:
            return False
        began = time.monotonic()
        self._children.append(child)
        starting = asyncio.create_task(child.start())
        stopping = asyncio.create_task(self._stop_requested.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            return False
        starting.result()
        self._progress(f"{child.name} is ready ({time.monotonic() - began:.1f} s)")
        self._keepers.append(asyncio.create_task(self._keep(child)))
        return True

    async def _keep(self, child: ManagedProcess) -> None:
        delay = FIRST_DELAY_SECONDS
        began = time.monotonic()
        while True:
            status = await child.wait()
            if self.is_stopping:
                return
            if time.monotonic() - began > STEADY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            log.error(
                "%s %s, starting it again in %.1f s",
                child.name,
                ending(status),
                delay,
                extra={"child": child.name, "status": status},
            )
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_DELAY_SECONDS)
            began = time.monotonic()
            try:
                await child.start()
            except StartError as error:
                log.error("%s", error, extra={"child": child.name})  # noqa: TRY400 - a sentence
            else:
                log.info("%s is ready again", child.name, extra={"child": child.name})

    async def run_until_stopped(self) -> None:
        """Return when the end is asked for."""
        await self._stop_requested.wait()

    async def stop(self) -> None:
        """Stop all children, the last one started first."""
        self._stop_requested.set()
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for child in reversed(self._children):
            await child.stop()
            self._progress(f"{child.name} stopped")
