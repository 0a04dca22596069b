"""How an engine stops: nobody new is let in, peers are told by a DPR, and what was asked before
they agree is answered first. No request that came in is lost silently.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable

from openmvno._core import Engine
from openmvno.charging.committer import Committer
from openmvno.charging.control import Control
from openmvno.charging.door import Door

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.01
COMMIT_SECONDS = 1.0
"""What the last commit gets in any case."""
FLUSH_SECONDS = 0.5
"""How long what was written may take to leave, once every connection is told to close."""


async def drain(
    engine: Engine,
    clock: Callable[[], int],
    door: Door,
    committer: Committer,
    control: Control | None,
    seconds: float,
) -> None:
    """End every connection in peace, within ``seconds``; what is left then is cut off.

    The listeners are closed already. Peers get a Disconnect-Peer-Request with the cause REBOOTING
    (RFC 6733 section 5.4) and are served until they answer it; our own processes get the outcome
    of what they handed in, and ask another engine from now on.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    if control is not None:
        control.draining = True
    door.begin_drain()
    door.act(engine.disconnect_peers(clock()))
    door.act(_strangers(engine))

    def is_quiet() -> bool:
        calls = 0 if control is None else control.under_way
        return not door.serving and not calls and not _unanswered(engine)

    while not is_quiet() and loop.time() < until:
        await asyncio.sleep(LOOK_SECONDS)
    if door.serving:
        log.warning("%d peers did not answer the DPR in time", door.serving)
    if committer.storage_available:
        with contextlib.suppress(TimeoutError):  # PostgreSQL went away meanwhile
            await asyncio.wait_for(committer.drain(), max(COMMIT_SECONDS, until - loop.time()))
    # Its bundle was released a moment ago: the call still has to send it.
    while control is not None and control.under_way and loop.time() < until:
        await asyncio.sleep(LOOK_SECONDS)
    door.close()
    flushed = loop.time() + FLUSH_SECONDS
    while door.connections and loop.time() < flushed:
        await asyncio.sleep(LOOK_SECONDS)


def _unanswered(engine: Engine) -> int:
    """Requests that wait for the database, or for another engine."""
    figures = json.loads(engine.statistics())
    forwards = figures["forwards"]
    return int(figures["parked"] + forwards["outstanding"] + forwards["waiting"])


def _strangers(engine: Engine) -> list[tuple[int, bytes, str | None]]:
    """Whoever has not sent a CER is told nothing and waited for no longer."""
    connections = json.loads(engine.peer_connections())
    unproven = [one["connection"] for one in connections if one["state"] == "unproven"]
    return [(connection, b"", "the engine stops") for connection in unproven]
