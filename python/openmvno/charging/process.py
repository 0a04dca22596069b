"""The ``charge`` process: the engine, its Diameter door, its committer, and nothing else.

One thread of Python. Whatever is busy for long lives in another process and comes by gRPC or
through the database.
"""

from __future__ import annotations

import logging
import secrets

import psycopg
import uvloop

from openmvno.charging import ownership
from openmvno.charging.engine_node import EngineNode
from openmvno.charging.ownership import EngineStartError
from openmvno.database import Role, connection_url
from openmvno.readiness import announce_ready, stop_on_signals
from openmvno.settings import Settings

log = logging.getLogger(__name__)

EXIT_OK = 0
EXIT_CANNOT_START = 1
# Another engine wrote the journal: this one's state is void. A restart reads it anew.
EXIT_FENCED = 76


def main(settings: Settings) -> int:
    """Run the engine until SIGTERM; returns the exit status."""
    try:
        return uvloop.run(_run(settings))
    except EngineStartError as error:
        log.error("%s", error)  # noqa: TRY400 -- a sentence for the operator, not a traceback
        return EXIT_CANNOT_START
    except psycopg.OperationalError as error:
        log.error("PostgreSQL cannot be used: %s", str(error).strip())  # noqa: TRY400
        return EXIT_CANNOT_START


async def _run(settings: Settings) -> int:
    stop = stop_on_signals()
    conninfo = connection_url(settings, Role.ENGINE)
    connection = await ownership.connect(conninfo, "openmvno charge")
    shards = await ownership.installed_shards(connection, settings.shards)
    owner = secrets.randbits(62) + 1
    state_id = await ownership.origin_state_id(connection)
    node = EngineNode(settings, conninfo, shards, owner, stop, origin_state_id=state_id)
    try:
        await node.start(connection)
        announce_ready()
        await stop.wait()
        await node.hand_over()
    finally:
        await node.stop()
    return EXIT_FENCED if node.fenced else EXIT_OK
